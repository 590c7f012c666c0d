"""The command ``skcnn``, one subcommand a file.

A module of ``_COMMANDS`` has ``add_parser``, which adds the subcommand and its options, and
``run``, which does its work and returns the exit status.
"""

from __future__ import annotations

import argparse
import signal
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console

import skcnn
from skcnn.cli import _compare, _predict, _read, _show, _train
from skcnn.cli._interruption import end_at_once
from skcnn.cli._messages import print_error, print_warning

__all__ = ["main"]

_COMMANDS = (_show, _train, _predict, _compare, _read)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status.

    Parameters
    ----------
    arguments : sequence of str or None, default=None
        What follows ``skcnn``; None takes it from the command line.

    Returns
    -------
    int
        0 for success, 1 for an error, 2 for unusable arguments, 130 after Ctrl-C.
    """
    options = _parser().parse_args(arguments)
    console = Console(highlight=False, emoji=False)
    try:
        with _warnings_as_lines():
            return options.run(options, console)
    except (ImportError, OSError, ValueError) as error:
        print_error(str(error))
        return 1
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C would end in a traceback
        console.show_cursor()  # a second one may have come before the progress bar did so
        Console(stderr=True, highlight=False).print("skcnn: interrupted")
        end_at_once()


@contextmanager
def _warnings_as_lines() -> Iterator[None]:
    """Print each warning once, as a line of the command, without the place where it arose."""
    shown, texts = warnings.showwarning, set()

    def show(message: Warning | str, *_: Any, **__: Any) -> None:
        text = str(message)
        if text not in texts:
            print_warning(text)
        texts.add(text)

    warnings.showwarning = show
    try:
        yield
    finally:
        warnings.showwarning = shown


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="skcnn", description="Keras networks as scikit-learn classifiers of images."
    )
    parser.add_argument("--version", action="version", version=f"skcnn {skcnn.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in _COMMANDS:
        command.add_parser(commands)
    return parser
