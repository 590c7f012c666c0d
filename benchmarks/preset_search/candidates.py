"""Where the search for each preset starts, and what is tried beside it.

Each candidate differs in some settings from the start of its search.
What was chosen stands in ``skcnn/_presets.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from skcnn import RandomAffine

SETS = {
    "fast": ("mnist", "fashion", "cifar10"),
    "accurate": ("mnist", "fashion", "cifar10"),
    "photos": ("cifar10",),
}
HELD_OUT = 5_000


def _moved(**others: Any) -> RandomAffine:
    return RandomAffine(rotation=0.0, zoom=0.0, shear=0.0, **others)


_START: Mapping[str, Any] = {
    "strides": "auto",
    "padding": "same",
    "pooling": "each",
    "global_pooling": "max",
    "dropout": 0.0,
    "dense_units": (),
    "batch_normalization": True,
    "optimizer": "adamw",
    "learning_rate": "one_cycle",
    "peak_learning_rate": 0.02,
    "label_smoothing": 0.1,
    "batch_size": "auto",
    "epochs": "auto",
    "validation_split": 0.0,
    "early_stopping": False,
}
STARTS: Mapping[str, Mapping[str, Any]] = {
    "fast": {
        **_START,
        "filters": (16, 32, (64, 64), 128),
        "auto_steps": 1800,
        "augmentation": _moved(),
        "predict_augmentation": "shift",
    },
    "accurate": {
        **_START,
        "filters": (32, 64, (128, 128), 256),
        "auto_steps": 4000,
        "augmentation": _moved(),
        "predict_augmentation": "shift",
    },
    "photos": {
        **_START,
        "filters": (32, 64, (128, 128), 256),
        "auto_steps": 6000,
        "augmentation": _moved(flip="horizontal"),
        "predict_augmentation": "flip_and_shift",
    },
}
_LONGER: Sequence[Mapping[str, Any]] = (
    {},
    {"peak_learning_rate": 0.02},
    {"augmentation": _moved(erasing=0.25)},
    {"augmentation": RandomAffine(rotation=5.0, zoom=0.05, shear=0.05)},
    {"label_smoothing": 0.0},
)
CANDIDATES: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "fast": [
        {},
        {"peak_learning_rate": 0.01},
        *({"auto_steps": 3000, "peak_learning_rate": 0.01, **other} for other in _LONGER),
    ],
    "accurate": [{}],
    "photos": [{}, {"peak_learning_rate": 0.01}],
}


def in_code(settings: Mapping[str, Any]) -> str:
    """Write settings as the arguments that they are in code."""
    return ", ".join(f"`{name}={value!r}`" for name, value in settings.items())
