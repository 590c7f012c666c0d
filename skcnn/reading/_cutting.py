"""Cuts through ink that touches: the paths from top to bottom that cross the least of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Map = NDArray[np.float32]

_PAPER = 0.03  # what a pixel of paper costs a path, where one of ink costs 1
_ASIDE = 0.04  # what a step aside costs
_THROUGH = (0.15, 0.5, 0.85)  # of the height: rows of which each column has a path of its own
_LEAST = 0.08  # of a glyph's ink, that a cut separates from the rest
_APART = 0.06  # of a glyph's ink, that lies between two cuts


def find_cuts(strength: Map, most: int, costliest: float) -> list[tuple[float, NDArray[np.intp]]]:
    """Return the best cuts through a glyph, from left to right.

    A cut goes down by a row and aside by a column at most in each step: the shortest paths of
    Wang and Jean (1993), of which each column of three rows has its own.  One row would not do:
    from the paper between two digits, the shortest path goes across the thinnest stroke, and not
    through the place where they touch above or below.

    Parameters
    ----------
    strength : ndarray of shape (height, width), float32
        The glyph's ink alone.
    most : int
        How many cuts.
    costliest : float
        How much ink a cut may cross, in pixels.

    Returns
    -------
    list of (float, ndarray of shape (height,))
        What each cut costs, and its column in each row: what is left of it belongs to the left.
    """
    height = len(strength)
    price = strength + _PAPER
    from_top, steps_up = _paths(price)
    from_bottom, steps_down = _paths(price[::-1])
    rows = [int(share * height) for share in _THROUGH]
    costs = (from_top + from_bottom[::-1] - price)[rows].ravel()
    paths = np.concatenate([_paths_through(row, steps_up, steps_down[::-1]) for row in rows])
    left = (np.cumsum(strength, axis=1) / strength.sum())[np.arange(height), paths]
    shares = left.sum(axis=1)
    found: list[np.intp] = []
    for i in np.argsort(costs, kind="stable"):
        if costs[i] > costliest or len(found) == most:
            break
        between = np.abs(left[found] - left[i]).sum(axis=1)
        if _LEAST < shares[i] < 1 - _LEAST and (between > _APART).all():
            found.append(i)
    return [(float(costs[i]), paths[i]) for i in sorted(found, key=lambda i: shares[i])]


def pieces_between(cuts: list[NDArray[np.intp]], shape: tuple[int, int]) -> NDArray[np.intp]:
    """Return how many cuts lie left of each pixel."""
    columns = np.arange(shape[1])
    return np.sum([columns > cut[:, np.newaxis] for cut in cuts], axis=0, dtype=np.intp)


def _paths(price: Map) -> tuple[Map, NDArray[np.int8]]:
    """Return the least cost from the first row to each pixel, and the step that leads there."""
    steps = np.zeros(price.shape, np.int8)
    costs = price.copy()
    for row in range(1, len(price)):
        before = np.pad(costs[row - 1], 1, constant_values=np.inf)
        ways = np.stack([before[:-2] + _ASIDE, before[1:-1], before[2:] + _ASIDE])
        which = ways.argmin(axis=0)
        steps[row] = which - 1
        costs[row] += ways[which, np.arange(price.shape[1])]
    return costs, steps


def _paths_through(
    row: int, steps_up: NDArray[np.int8], steps_down: NDArray[np.int8]
) -> NDArray[np.intp]:
    """Return the columns of the path through each pixel of a row, from top to bottom."""
    height, width = steps_up.shape
    paths = np.zeros((height, width), np.intp)
    paths[row] = np.arange(width)
    for above in range(row, 0, -1):
        paths[above - 1] = paths[above] + steps_up[above, paths[above]]
    for below in range(row, height - 1):
        paths[below + 1] = paths[below] + steps_down[below, paths[below]]
    return paths.T
