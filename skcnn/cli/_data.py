"""The data sets that a command can be told to use, by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import skcnn

DATASETS = ("digits", "mnist", "fashion-mnist")


@dataclass(frozen=True)
class Images:
    """The images of a data set, and their labels.

    Attributes
    ----------
    X : ndarray of shape (n, height, width), uint8
        Training images.
    y : ndarray of shape (n,), int
        Their labels.
    X_test, y_test : ndarray or None
        The test set, where the data set has one.
    names : sequence of str
        What each label stands for.
    """

    X: Any
    y: Any
    X_test: Any
    y_test: Any
    names: Sequence[str]

    @property
    def shape(self) -> tuple[int, ...]:
        """Height, width and channels of an image."""
        from skcnn._arrays import ImageShape

        return ImageShape.of(self.X.shape[1:])


def load(dataset: str) -> Images:
    """Load a data set, or download it the first time.

    Raises
    ------
    OSError
        If it is not there and cannot be downloaded.
    ValueError
        If a file of it is damaged.
    """
    if dataset == "digits":
        digits = skcnn.load_digit_images()
        return Images(digits.images, digits.target, None, None, digits.target_names)
    fetch = skcnn.fetch_mnist if dataset == "mnist" else skcnn.fetch_fashion_mnist
    data = fetch()
    return Images(data.X_train, data.y_train, data.X_test, data.y_test, data.target_names)
