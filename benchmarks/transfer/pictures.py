"""CIFAR-10 as JPEGs, and its two halves: five classes with many images, five with few."""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skcnn import load_image_folder

ARCHIVE = "cifar10-jpeg.zip"
_SIZE = (32, 32)
_WITH_MANY = 5  # classes, the first by name


@dataclass(frozen=True)
class Images:
    """Images of some classes.

    Attributes
    ----------
    X : ndarray of shape (n, 32, 32, 3), uint8
        The images.
    y : ndarray of shape (n,), str
        Their classes.
    """

    X: NDArray[np.uint8]
    y: NDArray[Any]

    def __len__(self) -> int:
        return len(self.y)

    @property
    def classes(self) -> list[str]:
        """Names of the classes, sorted."""
        return np.unique(self.y).tolist()

    def few(self, per_class: int, seed: int) -> Images:
        """Return some images of each class, drawn by a seed."""
        rng = np.random.default_rng(seed)
        drawn = [
            rng.permutation(np.flatnonzero(self.y == name))[:per_class] for name in self.classes
        ]
        rows = rng.permutation(np.concatenate(drawn))
        return Images(self.X[rows], self.y[rows])


@dataclass(frozen=True)
class Halves:
    """CIFAR-10 in halves.

    Attributes
    ----------
    known : Images
        All training images of the first five classes.
    known_test : Images
        Their test images.
    new : Images
        All training images of the other five classes.
    new_test : Images
        Their test images.
    """

    known: Images
    known_test: Images
    new: Images
    new_test: Images


def load_halves(sample: int | None = None) -> Halves:
    """Return CIFAR-10 in halves, unpacked for as long as it takes to read it.

    Parameters
    ----------
    sample : int or None, default=None
        Images to read of each part, at random; None for all.

    Raises
    ------
    FileNotFoundError
        If the archive is not in the folder that ``SKCNN_DATA_HOME`` names.
    """
    with _unpacked() as folder:
        train, test = (
            load_image_folder(folder / part, _SIZE, sample=sample) for part in ("train", "test")
        )
    known = train.target_names[:_WITH_MANY]
    (known_train, new_train), (known_test, new_test) = _halves(train, known), _halves(test, known)
    return Halves(known_train, known_test, new_train, new_test)


def _halves(part: Any, known: list[str]) -> tuple[Images, Images]:
    is_known = np.isin(part.labels, known)
    first, second = (
        Images(part.images[rows], part.labels[rows]) for rows in (is_known, ~is_known)
    )
    return first, second


@contextmanager
def _unpacked() -> Iterator[Path]:
    archive = Path(os.environ.get("SKCNN_DATA_HOME", ".")) / ARCHIVE
    if not archive.is_file():
        raise FileNotFoundError(
            f"There is no {archive}; expected CIFAR-10 as JPEGs, cifar10/train/<class>/<n>.jpg "
            "and cifar10/test/<class>/<n>.jpg. Set SKCNN_DATA_HOME to the folder that has it."
        )
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(folder)
        yield Path(folder) / "cifar10"
