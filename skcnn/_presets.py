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
# What was chosen on MNIST, Fashion-MNIST and CIFAR-10 together.  The first layer's normalization
# makes bytes and scaled pixels alike, so that neither is rescaled.
_NORMALIZED = {
    **_ONE_CYCLE,
    "strides": "auto",
    "padding": "same",
    "pooling": "each",
    "global_pooling": "max",
    "dropout": 0.0,
    "dense_units": (),
    "batch_normalization": True,
    "optimizer": "adamw",
    "peak_learning_rate": 0.02,
    "label_smoothing": 0.1,
    "batch_size": "auto",
    "epochs": "auto",
    "mixed_precision": "auto",
}
_MOVED = {"rotation": 0.0, "zoom": 0.0, "shear": 0.0}

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
        "for grids and laptops: small, normalized, images moved, up to 1800 steps of one cycle",
        {
            **_NORMALIZED,
            "filters": (16, 32, (64, 64), 128),
            "auto_steps": 1800,
            "predict_augmentation": "shift",
        },
        augmentation=_MOVED,
    ),
    "accurate": Preset(
        "wider and longer than fast: normalized, images moved, up to 4000 steps of one cycle",
        {
            **_NORMALIZED,
            "filters": (32, 64, (128, 128), 256),
            "auto_steps": 4000,
            "predict_augmentation": "shift",
        },
        augmentation=_MOVED,
    ),
    "photos": Preset(
        "for colour photographs of 32 to 256 pixels: accurate with mirrors, whitening, SiLU",
        {
            **_NORMALIZED,
            "filters": (32, 64, (128, 128), 256),
            "whitening": True,
            "auto_steps": 4000,
            "activation": "silu",
            "weight_decay": 0.03,
            "predict_augmentation": "flip_and_shift",
        },
        augmentation={**_MOVED, "flip": "horizontal"},
    ),
}
