"""The images that a command can be told to use: a data set by its name, or a folder."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import skcnn

if TYPE_CHECKING:
    from skcnn.preprocessing import ImageLoader

DATASETS = ("digits", "mnist", "fashion-mnist", "cifar10")

HOW_TO_SKIP = "--skip-unreadable does so."

_TEST_SHARE = 0.2  # of images that come without a test set


@dataclass(frozen=True)
class Images:
    """Images to learn from, and their labels.

    Attributes
    ----------
    name : str
        What they are called: a data set's name or a folder.
    X : array-like of shape (n, height, width) or (n, height, width, channels), uint8
        Training images; before they are loaded, an ndarray of the paths of n pictures.
    y : ndarray of shape (n,), int
        Their labels.
    X_test, y_test : array-like or None
        The test set, where there is one.
    names : sequence of str
        What each label stands for.
    loader : ImageLoader or None, default=None
        How pictures are read; None where the images have come as arrays.
    """

    name: str
    X: Any
    y: Any
    X_test: Any
    y_test: Any
    names: Sequence[str]
    loader: ImageLoader | None = None

    @property
    def are_pictures(self) -> bool:
        """Whether they are read from files, of which there may be more than memory holds."""
        return self.loader is not None

    @property
    def shape(self) -> tuple[int, ...]:
        """Height, width and channels of an image."""
        from skcnn._arrays import ImageShape

        return ImageShape.of(self.X.shape[1:])

    def loaded(self) -> Self:
        """Return the same with images in place of paths.

        Raises
        ------
        OSError, ValueError
            If a picture cannot be read.
        """
        if self.loader is None:
            return self
        from skcnn._pictures import UNREADABLE

        try:
            X = self.loader.fit_transform(self.X)
            test = None if self.X_test is None else self.loader.transform(self.X_test)
        except UNREADABLE as error:  # the cause says it without the words of Python's users
            raise type(error)(f"{error.__cause__ or error} {HOW_TO_SKIP}") from None
        return replace(self, X=X, X_test=test)

    def with_test_set(self) -> Self:
        """Return the same with a test set, a fifth of the images where they come without one.

        Raises
        ------
        ValueError
            If a class has a single image.
        """
        if self.X_test is not None:
            return self
        from sklearn.model_selection import train_test_split

        _check_two_of_each(self)
        X, X_test, y, y_test = train_test_split(
            self.X,
            self.y,
            test_size=max(math.ceil(_TEST_SHARE * len(self.y)), len(self.names)),
            stratify=self.y,
            random_state=0,
        )
        return replace(self, X=X, y=y, X_test=X_test, y_test=y_test)


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
        return Images(dataset, digits.images, digits.target, None, None, digits.target_names)
    fetch = getattr(skcnn, f"fetch_{dataset.replace('-', '_')}")
    data = fetch()
    return Images(dataset, data.X_train, data.y_train, data.X_test, data.y_test, data.target_names)


def _check_two_of_each(images: Images) -> None:
    import numpy as np

    counts = np.bincount(images.y, minlength=len(images.names))
    if counts.min() < 2:
        rarest = images.names[int(counts.argmin())]
        raise ValueError(
            f"{images.name} has {counts.min()} image of class {rarest!r}; "
            "expected two or more of each class: one to train on and one to test."
        )
