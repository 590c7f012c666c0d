"""Named settings of ``CNNClassifier``: recipes that are known to work, one entry each.

All settings are parameters of the constructor.  What a preset does not name keeps its default.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Preset:
    """One recipe.

    Attributes
    ----------
    summary : str
        What it is, in a line.
    settings : mapping of str to Any
        Parameters of ``CNNClassifier`` that differ from their defaults, but for ``augmentation``.
    augmentation : mapping of str to Any or None
        Parameters of the ``RandomAffine`` that varies training images, where they differ from its
        defaults; None where images stay as they are.
    """

    summary: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    augmentation: Mapping[str, Any] | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """Parameters of ``CNNClassifier`` that differ from their defaults, made anew."""
        if self.augmentation is None:
            return dict(self.settings)
        # It loads scikit-learn, and a list of the names should not wait for that.
        from skcnn._augmentation import RandomAffine

        return {**self.settings, "augmentation": RandomAffine(**self.augmentation)}


# A schedule that runs its course: nothing stops it early, so nothing need be held out for that.
_ONE_CYCLE = {
    "learning_rate": "one_cycle",
    "validation_split": 0.0,
    "early_stopping": False,
}

PRESETS: Mapping[str, Preset] = {
    "textbook": Preset(
        "the defaults: two convolutions, one pooling, Adam, early stopping on a held-out quarter"
    ),
    # LeCun, Bottou, Bengio and Haffner (1998), "Gradient-based learning applied to document
    # recognition", section II.B.
    "lenet5": Preset(
        "LeNet-5 of 1998: convolutions of 6 and 16 filters, averages, dense layers of 120 and 84",
        {
            **_ONE_CYCLE,
            "filters": (6, 16),
            "kernel_size": 5,
            "pooling": "each",
            "pool_type": "average",
            "dropout": 0.0,
            "dense_units": (120, 84),
            "dense_dropout": 0.0,
            "activation": "tanh",
            "epochs": 20,
        },
    ),
    "fast": Preset(
        "for grids and laptops: small, normalized, images varied, ten epochs of one cycle",
        {
            **_ONE_CYCLE,
            "filters": (16, (32, 32)),
            "pooling": "each",
            "dropout": 0.0,
            "dense_dropout": 0.3,
            "batch_normalization": True,
            "peak_learning_rate": 0.008,
            "epochs": 10,
        },
        augmentation={},
    ),
    "accurate": Preset(
        "the best single network: wider, normalized, images varied, twenty epochs of one cycle",
        {
            **_ONE_CYCLE,
            "filters": (32, (64, 128)),
            "pooling": "each",
            "dropout": 0.2,
            "dense_dropout": 0.4,
            "batch_normalization": True,
            "label_smoothing": 0.05,
            "epochs": 20,
        },
        augmentation={},
    ),
    # The first layer's normalization makes bytes and scaled pixels alike, so neither is rescaled.
    "photos": Preset(
        "for colour photographs of 32 to 256 pixels: deeper, images mirrored, ten epochs",
        {
            **_ONE_CYCLE,
            "filters": (32, 64, (128, 128), 256),
            "strides": "auto",
            "padding": "same",
            "pooling": "each",
            "global_pooling": "average",
            "dropout": 0.0,
            "dense_units": (),
            "batch_normalization": True,
            "optimizer": "adamw",
            "batch_size": 128,
            "epochs": 10,
        },
        augmentation={
            "shift": 0.1,
            "rotation": 0.0,
            "zoom": 0.1,
            "shear": 0.0,
            "flip": "horizontal",
        },
    ),
}
