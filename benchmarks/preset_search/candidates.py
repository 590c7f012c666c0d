"""Where the search for each preset starts, and what is tried beside it.

Each candidate differs in some settings from the start of its search, and takes about as long.
What was chosen stands in ``skcnn/_presets.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from skcnn import RandomAffine

# Accurate networks differ by little: it takes more images to see that.
HELD_OUT = {"fast": 10_000, "accurate": 30_000}
_MILD = RandomAffine(shift=0.07, rotation=7.0, zoom=0.07, shear=0.05)

_START: Mapping[str, Any] = {
    "pooling": "each",
    "dense_dropout": 0.3,
    "batch_normalization": True,
    "learning_rate": "one_cycle",
    "augmentation": RandomAffine(),
    "validation_split": 0.0,
    "early_stopping": False,
}
STARTS: Mapping[str, Mapping[str, Any]] = {
    "fast": {
        "filters": (16, (32, 32)),
        "dropout": 0.0,
        "peak_learning_rate": 0.008,
        "epochs": 10,
        **_START,
    },
    "accurate": {
        "filters": (24, (48, 96)),
        "dropout": 0.1,
        "peak_learning_rate": 0.004,
        "epochs": 30,
        **_START,
    },
}
CANDIDATES: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "fast": [
        {},
        {"peak_learning_rate": 0.004},
        {"label_smoothing": 0.05},
        {"dropout": 0.1},
        {"augmentation": _MILD},
        {"batch_size": 100},
        {"filters": (16, (32, 64)), "epochs": 7},
        {"filters": (16, 48), "epochs": 11},
    ],
    "accurate": [
        {},
        {
            "filters": (32, (64, 128)),
            "epochs": 20,
            "dropout": 0.2,
            "dense_dropout": 0.4,
            "label_smoothing": 0.05,
        },
        {
            "batch_size": 100,
            "epochs": 26,
            "dropout": 0.2,
            "dense_dropout": 0.4,
            "label_smoothing": 0.05,
        },
    ],
}


def in_code(settings: Mapping[str, Any]) -> str:
    """Write settings as the arguments that they are in code."""
    return ", ".join(f"`{name}={value!r}`" for name, value in settings.items())
