"""Pictures in files, as images to draw."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from skcnn._pictures import read_picture

_LONGEST_SIDE = 256  # pixels; a cell of a grid shows no more


def are_files(images: Any) -> bool:
    """Tell whether images are given as paths or as the content of files."""
    if hasattr(images, "columns") or not isinstance(images, Iterable):
        return False
    return isinstance(next(iter(images), None), (str, os.PathLike, bytes))


def read_files(files: Sequence[Any]) -> NDArray[np.uint8]:
    """Return pictures as images of one size, in colour.

    Pictures of one size keep it, up to 256 pixels a side; others get white margins, so that they
    keep their proportions.
    """
    pictures = [_read(file) for file in files]
    if len({picture.shape for picture in pictures}) > 1:
        side = max(max(picture.shape) for picture in pictures)
        pictures = [_padded(Image.fromarray(picture), side) for picture in pictures]
    return np.stack(pictures)


def _read(file: Any) -> NDArray[np.uint8]:
    picture = read_picture(file)
    height, width = picture.shape[:2]
    if max(height, width) <= _LONGEST_SIDE:
        return picture
    shrunk = Image.fromarray(picture)
    shrunk.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    return np.array(shrunk)


def _padded(picture: Image.Image, side: int) -> NDArray[np.uint8]:
    return read_picture(picture, image_size=side, fit="pad")
