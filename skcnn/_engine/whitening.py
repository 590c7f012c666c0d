"""A first layer whose outputs are uncorrelated: filters that follow from the images alone.

Sources: Coates, Ng and Lee (2011), "An analysis of single-layer networks in unsupervised feature
learning"; Jordan (2024), "94% on CIFAR-10 in 3.29 seconds on a single GPU", arXiv:2404.00498,
whose network begins with one that is not trained.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skcnn._arrays import LazyRows
from skcnn._engine.models import layers_of
from skcnn._engine.runtime import keras

LAYER = "whitening"
_MOST_IMAGES = 2000
_MOST_NUMBERS = 30_000_000  # in all windows that are looked at, which take a second or two
_EVERY = 3  # window down and sideways: odd, as JPEG gives pairs and eights of pixels one colour
_BLOCK_BYTES = 64 * 2**20  # of them, at a time
# What is added to the variance along each direction, as a share of their mean: so much noise is
# in 8 bits and in JPEG that the faintest directions hold little else.
_FLOOR = 0.01
_NOTHING = 1e-9  # what is left of no variance at all, beside their mean


def whiten(
    model: keras.Model, x: NDArray[Any] | LazyRows, rows: NDArray[np.int64], scale: float = 1.0
) -> None:
    """Let the layer ``LAYER`` of a model give uncorrelated numbers of variance 1 for images.

    Half of its filters are the principal components of the windows that it sees, from the one of
    the largest variance on; the other half are the same with the other sign.

    Parameters
    ----------
    model : keras.Model
        With its variables.
    x : ndarray or LazyRows of shape (n, height, width, channels)
        Images.
    rows : ndarray of int
        Those that count; 2,000 of them at most are looked at, evenly spaced, and fewer where they
        are large.
    scale : float, default=1.0
        What the layer receives for a pixel of 1.
    """
    layer = next(own for own in layers_of(model, keras.layers.Conv2D) if own.name == LAYER)
    height, width, channels, n_filters = layer.kernel.shape
    mean, covariance = _moments(x, rows, (height, width), layer.strides)
    components = _components(covariance * scale**2, n_filters // 2)
    filters = np.concatenate([components, -components], axis=1)
    layer.kernel.assign(filters.reshape(height, width, channels, n_filters))
    layer.bias.assign(-scale * mean @ filters)


def _moments(
    x: Any, rows: NDArray[np.int64], window: tuple[int, int], strides: Sequence[int]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and covariance of the windows of some images, each as one row of pixels."""
    of_one = _patches(x[rows[:1]], window, strides)
    length = of_one.shape[1]
    n_images = max(1, min(_MOST_IMAGES, _MOST_NUMBERS // of_one.size, len(rows)))
    some = rows[np.linspace(0, len(rows) - 1, n_images).astype(np.int64)]
    size = max(1, _BLOCK_BYTES // of_one.nbytes)
    total, products, count = np.zeros(length), np.zeros((length, length)), 0
    for start in range(0, n_images, size):
        patches = _patches(x[some[start : start + size]], window, strides)
        total += patches.sum(axis=0)
        products += patches.T @ patches
        count += len(patches)
    mean = total / count
    return mean, products / count - np.outer(mean, mean)


def _patches(
    images: NDArray[Any], window: tuple[int, int], strides: Sequence[int]
) -> NDArray[np.float64]:
    """Return what a convolution without padding sees at some places, as rows of pixels."""
    down, right = (_EVERY * step for step in strides)
    seen = np.lib.stride_tricks.sliding_window_view(images, window, axis=(1, 2))
    patches = seen[:, ::down, ::right].transpose(0, 1, 2, 4, 5, 3)
    return patches.reshape(-1, patches[0, 0, 0].size).astype(np.float64)


def _components(covariance: NDArray[np.float64], n_components: int) -> NDArray[np.float64]:
    """Return the first principal components as columns, each over its standard deviation.

    A direction in which images do not vary at all, such as a channel that is opaque everywhere,
    gives nothing: zeros around the images would be all that it tells.
    """
    variances, directions = np.linalg.eigh(covariance)
    mean = variances.mean()
    varies = variances > _NOTHING * mean
    factors = np.zeros_like(variances)
    factors[varies] = 1 / np.sqrt(variances[varies] + _FLOOR * mean)
    return (directions * factors)[:, : -n_components - 1 : -1]
