"""Python in a process of its own: a module runs, the last line of its stdout is JSON."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[1]
_LIMIT_SECONDS = 3600


class ProcessFailedError(Exception):
    """A process ended without a result; the message says why in one line."""


def address_of(function: Callable[..., Any]) -> str:
    """Return ``module:function``, by which another process finds a function of a module."""
    return f"{function.__module__}:{function.__qualname__}"


def function_at(address: str) -> Callable[..., Any]:
    """Import the function that ``address_of`` gave the address of."""
    module, _, function = address.partition(":")
    return getattr(import_module(module), function)


def run_module(module: str, *arguments: str) -> Any:
    """Run ``python -m module`` and return what it prints as JSON in its last line.

    Parameters
    ----------
    module : str
        Name of the module, from the root of the repository.
    *arguments : str
        Its command line.

    Raises
    ------
    ProcessFailedError
        If it fails, takes longer than an hour or prints no JSON.
    """
    try:
        process = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            capture_output=True,
            check=False,
            cwd=_ROOT,
            encoding="utf-8",
            timeout=_LIMIT_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise ProcessFailedError(f"not done after {_LIMIT_SECONDS} s") from None
    if process.returncode != 0:
        raise ProcessFailedError(_reason(process))
    try:
        return json.loads(process.stdout.strip().splitlines()[-1])
    except (IndexError, ValueError):
        raise ProcessFailedError("printed no JSON") from None


def _reason(process: subprocess.CompletedProcess[str]) -> str:
    if process.returncode < 0:
        return f"ended by {signal.Signals(-process.returncode).name}"
    lines = process.stderr.strip().splitlines()
    return lines[-1] if lines else f"exit status {process.returncode}"
