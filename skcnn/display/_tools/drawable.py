"""From pixels as users have them to images as matplotlib draws them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from numpy.typing import ArrayLike, NDArray

from skcnn._arrays import FileRows, ImageShape, as_samples

_GREY, _COLOUR = (1,), (3, 4)
_FRAME = "0.7"


def as_images(X: ArrayLike, image_shape: Sequence[int] | None = None) -> NDArray[Any]:
    """Return X as grey images (n, height, width), or as colour images with 3 or 4 channels.

    Parameters
    ----------
    X : array-like of shape (n, n_pixels), (n, height, width) or (n, height, width, channels)
        Pixels of any numeric dtype.
    image_shape : sequence of 2 or 3 int, or None, default=None
        Height, width and channels of an image; rows of pixels need it.

    Returns
    -------
    ndarray of shape (n, height, width), (n, height, width, 3) or (n, height, width, 4)
        In the dtype of X, a view where memory allows.

    Raises
    ------
    ValueError
        If X holds no images, or images that ``image_shape`` does not describe.
    """
    samples = as_samples(X)
    images = samples[:] if isinstance(samples, FileRows) else np.asarray(samples)
    if images.dtype.kind not in "buif":
        raise ValueError(f"Images must hold numbers; received dtype {images.dtype}.")
    if image_shape is not None:
        images = _reshaped(images, image_shape)
    if images.ndim == 2:
        raise ValueError(
            f"Expected images of shape (n, height, width) or (n, height, width, channels); "
            f"received an array of shape {images.shape}. If its rows hold pixels, pass "
            "image_shape=(height, width, channels); a single image needs a leading axis."
        )
    if images.ndim not in (3, 4) or images.shape[3:] not in ((), *zip(_GREY + _COLOUR)):
        raise ValueError(
            "Expected images of shape (n, height, width) or (n, height, width, channels) with 1 "
            f"(grey), 3 (RGB) or 4 (RGBA) channels; received an array of shape {images.shape}."
        )
    if images.size == 0:
        raise ValueError(
            f"Expected at least one image to draw; received an array of shape {images.shape}."
        )
    return images[..., 0] if images.shape[3:] == _GREY else images


def _reshaped(images: NDArray[Any], image_shape: Sequence[int]) -> NDArray[Any]:
    shape = ImageShape.of(image_shape)
    if shape.n_pixels != math.prod(images.shape[1:]):
        raise ValueError(
            f"image_shape={tuple(image_shape)} does not fit samples of shape {images.shape[1:]}; "
            "expected (height, width) or (height, width, channels), with as many pixels as a "
            "sample."
        )
    return images.reshape(len(images), *shape)


def as_brightness(images: NDArray[Any]) -> NDArray[np.float32]:
    """Scale images to 0..1, all of them alike.

    Bytes run from 0 to 255.  Other pixels run from 0, or their minimum where that is negative,
    to 1, or their maximum where that is larger.

    Raises
    ------
    ValueError
        If a pixel is NaN or infinite.
    """
    if images.dtype == np.uint8:
        return np.divide(images, 255, dtype=np.float32)
    if not np.isfinite(images).all():
        raise ValueError("Images must hold finite pixels; received NaN or infinity.")
    low, high = min(float(images.min()), 0.0), max(float(images.max()), 1.0)
    return ((images - low) / (high - low)).astype(np.float32)


def draw_image(ax: Axes, pixels: NDArray[Any], cmap: Any, scale: Normalize | None = None) -> None:
    """Draw one image with a thin frame and no ticks; without a scale its pixels are 0..1."""
    ax.imshow(pixels, cmap=cmap, norm=scale or Normalize(0, 1))
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_color(_FRAME)


def one_each(values: ArrayLike, name: str, n_images: int) -> NDArray[Any]:
    """Return ``values`` as an array, or raise where there is not one for each image.

    Raises
    ------
    ValueError
        If the numbers differ.
    """
    array = np.asarray(values)
    if array.shape[:1] != (n_images,):
        received = f"an array of shape {array.shape}" if array.ndim != 1 else f"{len(array)}"
        raise ValueError(
            f"{name} must hold one entry an image: expected {n_images}, received {received}. "
            "Pass images and labels of the same samples."
        )
    return array
