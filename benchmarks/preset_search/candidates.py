"""Where each search starts, and what is tried beside it.

Each candidate differs in some settings from the start of its search.
What was chosen stands in ``skcnn/_presets.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from skcnn import RandomAffine

HELD_OUT = 5_000
_ALL = ("mnist", "fashion", "cifar10")


@dataclass(frozen=True)
class Search:
    """What is compared, and on what.

    Attributes
    ----------
    start : mapping
        Parameters of ``CNNClassifier`` that all candidates have.
    candidates : sequence of mapping
        Parameters that each has instead.
    sets : tuple of str
        Names of the data sets.
    seeds : tuple of int, default=(0,)
        Each candidate is fitted once with each.
    preset : str or None, default=None
        What is being chosen; None where the candidates only show what their settings are worth.
    """

    start: Mapping[str, Any]
    candidates: Sequence[Mapping[str, Any]]
    sets: tuple[str, ...] = _ALL
    seeds: tuple[int, ...] = (0,)
    preset: str | None = None


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
    "mixed_precision": "auto",
}
_SMALL: Mapping[str, Any] = {**_START, "filters": (16, 32, (64, 64), 128), "auto_steps": 1800}
_WIDE: Mapping[str, Any] = {**_START, "filters": (32, 64, (128, 128), 256)}
_IN_BOTH_VIEWS = {
    "augmentation": _moved(flip="horizontal"),
    "predict_augmentation": "flip_and_shift",
}
_LONGER: Sequence[Mapping[str, Any]] = (
    {},
    {"peak_learning_rate": 0.02},
    {"augmentation": _moved(erasing=0.25)},
    {"augmentation": RandomAffine(rotation=5.0, zoom=0.05, shear=0.05)},
    {"label_smoothing": 0.0},
)

SEARCHES: Mapping[str, Search] = {
    "fast": Search(
        {**_SMALL, "augmentation": _moved(), "predict_augmentation": "shift"},
        [
            {},
            {"peak_learning_rate": 0.01},
            *({"auto_steps": 3000, "peak_learning_rate": 0.01, **other} for other in _LONGER),
        ],
        preset="fast",
    ),
    "accurate": Search(
        {**_WIDE, "auto_steps": 4000, "augmentation": _moved(), "predict_augmentation": "shift"},
        [{}],
        preset="accurate",
    ),
    "photos": Search(
        {
            **_WIDE,
            "whitening": True,
            "auto_steps": 4000,
            "activation": "silu",
            "weight_decay": 0.03,
            **_IN_BOTH_VIEWS,
        },
        [
            {},
            {"auto_steps": 5000, "whitening": False},
            {"activation": "relu"},
        ],
        sets=("cifar10",),
        preset="photos",
    ),
    # The small network for fewer steps, so that three seeds of each take half an hour.
    "ablation": Search(
        {**_SMALL, "auto_steps": 800, **_IN_BOTH_VIEWS},
        [
            {},
            {"augmentation": _moved(flip="horizontal", erasing=0.25)},
            {"augmentation": _moved(flip="horizontal", fill_mode="reflect")},
            {"augmentation": _moved()},
            {"predict_augmentation": None},
            {"residual": True},
            {"whitening": True},
            {"filters": ((16, 16), 32, (64, 64), 128)},
            {"cutmix": 1.0},
            {"mixup": 0.2},
        ],
        sets=("cifar10",),
        seeds=(0, 1, 2),
    ),
}


def in_code(settings: Mapping[str, Any]) -> str:
    """Write settings as the arguments that they are in code, in one line."""
    texts = {name: " ".join(repr(value).split()) for name, value in settings.items()}
    return ", ".join(f"`{name}={text}`" for name, text in texts.items())
