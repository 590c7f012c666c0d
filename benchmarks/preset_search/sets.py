"""The training images that presets are chosen on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from benchmarks.error_table.datasets import load_cifar10, load_fashion_mnist, load_mnist


@dataclass(frozen=True)
class TrainingImages:
    """The training images of a data set.

    Attributes
    ----------
    title : str
        What the set is called.
    X : ndarray of shape (n, height, width, channels), uint8
        Images.
    y : ndarray of shape (n,)
        Labels.
    """

    title: str
    X: NDArray[Any] = field(repr=False)
    y: NDArray[Any] = field(repr=False)


def training_images(name: str) -> TrainingImages:
    """Return the training images of "mnist", "fashion" or "cifar10"."""
    title, load, shape = {
        "mnist": ("MNIST", load_mnist, (28, 28, 1)),
        "fashion": ("Fashion-MNIST", load_fashion_mnist, (28, 28, 1)),
        "cifar10": ("CIFAR-10", load_cifar10, (32, 32, 3)),
    }[name]
    images = load()
    return TrainingImages(title, images.X_train.reshape(-1, *shape), images.y_train)
