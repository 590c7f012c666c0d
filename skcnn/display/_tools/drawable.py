"""From pixels as users have them to images as matplotlib draws them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from numpy.typing import ArrayLike, NDArray

from skcnn._arrays import ImageShape, LazyRows, as_samples

_GREY, _COLOUR = (1,), (3, 4)
_FRAME = "0.7"


def as_images(
    X: ArrayLike,
    image_shape: Sequence[int] | None = None,
    *,
    rows: NDArray[np.integer] | None = None,
) -> NDArray[Any]:
    """Return X as grey images (n, height, width), or as colour images with 3 or 4 channels.

    Parameters
    ----------
    X : array-like of shape (n, n_pixels), (n, height, width) or (n, height, width, channels)
        Pixels of any numeric dtype.
    image_shape : sequence of 2 or 3 int, or None, default=None
        Height, width and channels of an image; rows of pixels need it.
    rows : ndarray of int or None, default=None
        Which images to return, perhaps none, so that the others can stay in their files; None for
        all.

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
    if not isinstance(samples, LazyRows):
        samples = np.asarray(samples)
    if samples.dtype.kind not in "buif":
        raise ValueError(f"Images must hold numbers; received dtype {samples.dtype}.")
    shape = _checked_shape(samples.shape, image_shape)
    images = samples[slice(None) if rows is None else rows]
    return images.reshape(len(images), *shape)


def _checked_shape(shape: tuple[int, ...], image_shape: Sequence[int] | None) -> tuple[int, ...]:
    """Return the shape in which an image is drawn, of samples of ``shape``."""
    sample_shape = list(shape[1:])
    if image_shape is not None:
        sample_shape = list(_described(sample_shape, image_shape))
    if len(sample_shape) == 1:
        raise ValueError(
            f"Expected images of shape (n, height, width) or (n, height, width, channels); "
            f"received an array of shape {shape}. If its rows hold pixels, pass "
            "image_shape=(height, width, channels); a single image needs a leading axis."
        )
    channels = tuple(sample_shape[2:])
    if len(sample_shape) not in (2, 3) or channels not in ((), *zip(_GREY + _COLOUR)):
        raise ValueError(
            "Expected images of shape (n, height, width) or (n, height, width, channels) with 1 "
            f"(grey), 3 (RGB) or 4 (RGBA) channels; received an array of shape {shape}."
        )
    if math.prod(shape) == 0:
        raise ValueError(
            f"Expected at least one image to draw; received an array of shape {shape}."
        )
    return tuple(sample_shape[:2]) if channels == _GREY else tuple(sample_shape)


def _described(sample_shape: Sequence[int], image_shape: Sequence[int]) -> ImageShape:
    shape = ImageShape.of(image_shape)
    if shape.n_pixels != math.prod(sample_shape):
        raise ValueError(
            f"image_shape={tuple(image_shape)} does not fit samples of shape "
            f"{tuple(sample_shape)}; expected (height, width) or (height, width, channels), with "
            "as many pixels as a sample."
        )
    return shape


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
