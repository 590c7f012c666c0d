"""Warnings that point at the user's line, however deep in the house they are given."""

from __future__ import annotations

import inspect
import warnings

_INSIDE = ("skcnn.", "sklearn.", "joblib.")  # joblib runs the fits of a grid search


def warn(message: str | Warning, category: type[Warning] = UserWarning) -> None:
    """Warn of the first line on the way up that is none of skcnn's, scikit-learn's or joblib's."""
    frame = inspect.currentframe()
    depth = 0
    while frame is not None and f"{frame.f_globals.get('__name__')}.".startswith(_INSIDE):
        frame = frame.f_back
        depth += 1
    warnings.warn(message, category, stacklevel=depth + 1)
