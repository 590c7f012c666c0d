"""Packages that only some users need, by the extra of skcnn that installs them."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def needed(module: str, extra: str, purpose: str) -> Any:
    """Return a module of an optional package.

    Parameters
    ----------
    module : str
        Its dotted name.
    extra : str
        The extra of skcnn that installs the package.
    purpose : str
        What needs it, for the message.

    Raises
    ------
    ImportError
        If it is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        package = module.split(".")[0]
        raise ImportError(
            f"{purpose} needs the package {package}, which cannot be imported ({error}). Install "
            f'it with: pip install "skcnn[{extra}]"'
        ) from error
