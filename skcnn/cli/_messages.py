"""What a command says on stderr: errors and warnings, a line each."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text


def print_error(text: str) -> None:
    """Print what went wrong."""
    _print("error", "bold red", text)


def print_warning(text: str) -> None:
    """Print what did not stop the work and should be known."""
    _print("warning", "bold yellow", text)


def _print(kind: str, style: str, text: str) -> None:
    errors = Console(stderr=True, highlight=False, emoji=False)
    errors.print(Text.assemble((f"skcnn: {kind}: ", style), text), soft_wrap=True)
