"""The picture that is read: from whatever holds it to pixels of a working size."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from skcnn._pictures import as_pixels, read_picture

MOST_PIXELS = 2_000_000  # of a picture that is read; of a larger one several pixels make one


@dataclass(frozen=True)
class WorkingPicture:
    """A picture of bounded size.

    Attributes
    ----------
    pixels : ndarray of shape (height, width, channels), float32
        In 0..1; one channel where the picture is grey.
    reduction : int
        How many pixels of the picture given make one of these, along each side.
    size : tuple of int
        (height, width) of the picture given.
    """

    pixels: NDArray[np.float32]
    reduction: int
    size: tuple[int, int]


def working_picture(image: Any) -> WorkingPicture:
    """Return a picture of bounded size from a file, an image of Pillow or an array.

    Raises
    ------
    TypeError
        If it is none of them.
    ValueError
        If it is an array of another shape or dtype, of floats beyond 0..1, or an empty one; or
        no picture (``UnreadablePictureError``).
    OSError
        If the file is not there or cannot be read.
    """
    picture = _as_image(image)
    size = picture.height, picture.width
    reduction = math.ceil(math.sqrt(picture.height * picture.width / MOST_PIXELS))
    if reduction > 1:
        picture = picture.reduce(reduction)
    pixels = as_pixels(picture)
    if pixels.shape[-1] == 3 and (pixels == pixels[..., :1]).all():
        pixels = pixels[..., :1]
    return WorkingPicture(pixels.astype(np.float32) / np.float32(255), reduction, size)


def _as_image(image: Any) -> Image.Image:
    if isinstance(image, (str, os.PathLike, bytes, Image.Image)):
        return Image.fromarray(_without_single_channel(read_picture(image)))
    if isinstance(image, np.ndarray):
        pixels = _without_single_channel(_eight_bits(image))
        return Image.fromarray(_without_single_channel(read_picture(Image.fromarray(pixels))))
    raise TypeError(
        "Expected the path of a picture, an image of Pillow, or an ndarray of shape (height, "
        "width), (height, width, 3) or (height, width, 4); received "
        f"{type(image).__name__}. Pass one of them, a picture at a time."
    )


def _without_single_channel(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return pixels[..., 0] if pixels.ndim == 3 and pixels.shape[-1] == 1 else pixels


def _eight_bits(image: NDArray[Any]) -> NDArray[np.uint8]:
    """Return an array's pixels in 8 bits, with as many channels."""
    if image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[-1] not in (1, 3, 4)):
        raise ValueError(
            "Expected a picture of shape (height, width), (height, width, 3) or (height, width, "
            f"4); received an array of shape {image.shape}. Pass one picture, channels last."
        )
    if image.size == 0:
        raise ValueError(
            f"Expected a picture; received an array of shape {image.shape}, which has no pixels. "
            "Pass one of at least one pixel."
        )
    if image.dtype == np.uint8:
        return image
    if image.dtype == np.bool_:
        return image * np.uint8(255)
    if image.dtype == np.uint16:
        return np.rint(image / np.float32(257)).astype(np.uint8)
    if np.issubdtype(image.dtype, np.floating):
        if not (image.min() >= 0 and image.max() <= 1):  # false of NaN, too
            raise ValueError(
                f"Expected a picture of floats in 0..1; received {image.min():g} to "
                f"{image.max():g}. Divide it by its white, or pass uint8."
            )
        return np.rint(image * 255).astype(np.uint8)
    raise ValueError(
        "Expected a picture of dtype bool, uint8, uint16 or float in 0..1; received "
        f"{image.dtype}. Convert it, for example by image.astype('uint8')."
    )
