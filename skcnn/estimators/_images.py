"""Images: how X is read, before a network sees it."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any

from skcnn.preprocessing._images import stack_images

Shape = tuple[int, ...]


def as_rows(X: Any) -> tuple[Any, Shape | None]:
    """View images as rows of pixels, which scikit-learn's validation knows how to check.

    Parameters
    ----------
    X : array-like
        Arrays of 3 or 4 axes are images, (n, height, width) or (n, height, width, channels).

    Returns
    -------
    rows : array-like of shape (n, n_pixels)
        A view where memory allows; ``X`` itself where it holds no images.
    sample_shape : tuple of int or None
        Shape of one image; None where ``X`` holds no images.

    Raises
    ------
    ValueError
        If the images differ in shape, or X has more than 4 axes.
    """
    X = stack_images(X)
    if len(X.shape) > 4:
        raise ValueError(
            "X must have shape (n, n_features), (n, height, width) or (n, height, width, "
            f"channels); received shape {X.shape}."
        )
    if len(X.shape) < 3:
        return X, None
    sample_shape = tuple(map(int, X.shape[1:]))
    return X.reshape(len(X), math.prod(sample_shape)), sample_shape


def check_sample_shape(received: Shape | None, fitted: Shape | None, estimator_name: str) -> None:
    """Raise unless X holds samples as fit saw them; None stands for rows, of any length.

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    if received != fitted:
        expected = "(n, n_features)" if fitted is None else f"(n, {', '.join(map(str, fitted))})"
        raise ValueError(
            f"{estimator_name} was fitted on X of shape {expected}, but received "
            f"{'rows' if received is None else f'samples of shape {received}'}. Reshape X, or "
            "put an ImageReshaper before the classifier and fit again."
        )


def given_image_shape(image_shape: Sequence[int], sample_shape: Shape) -> Shape:
    """Return ``image_shape`` as (height, width, channels), checked against X.

    Raises
    ------
    ValueError
        If it is no image shape, or X's samples are not of that shape.
    """
    shape = tuple(image_shape)
    shape = (*shape, 1) if len(shape) == 2 else shape
    fits = (
        math.prod(shape) == sample_shape[0]
        if len(sample_shape) == 1
        else shape == (*sample_shape, 1)[:3]
    )
    if len(shape) != 3 or not fits:
        raise ValueError(
            f"image_shape={image_shape} does not fit X, whose samples have shape {sample_shape}; "
            "expected (height, width, channels) or (height, width), with as many pixels as X."
        )
    return shape


def guess_image_shape(sample_shape: Shape) -> Shape:
    """Return the (height, width, channels) that samples of X most plausibly have.

    Images keep their shape, grey ones gain a channel.  Rows are square grey images where the
    number of pixels allows it, else square RGB images, else one row of pixels with a warning.
    """
    if len(sample_shape) > 1:
        return (*sample_shape, 1)[:3]
    n_pixels = sample_shape[0]
    for channels in (1, 3):
        side = math.isqrt(n_pixels // channels)
        if channels * side * side == n_pixels:
            return (side, side, channels)
    warnings.warn(
        f"X holds rows of {n_pixels} pixels, which make neither a square grey nor a square RGB "
        f"image; each is read as one row of pixels, (1, {n_pixels}, 1). Pass "
        "image_shape=(height, width, channels) to say what they are.",
        UserWarning,
        stacklevel=6,
    )
    return (1, n_pixels, 1)
