"""Cuts through ink that touches: the paths from top to bottom that cross the least of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Map = NDArray[np.float32]

_PAPER = 0.03  # what a pixel of paper costs a path, where one of ink costs 1
_LEAST = 0.06  # of a glyph's ink, that a cut separates from another
_ASIDE = 0.04  # what a step aside costs


def find_cuts(strength: Map, most: int, costliest: float) -> list[tuple[float, NDArray[np.intp]]]:
    """Return the best cuts through a glyph, from left to right.

    A cut goes down by a row and aside by a column at most in each step: the shortest paths of
    Wang and Jean (1993), of which each column of the middle row has its own.

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
    middle = height // 2
    price = strength + _PAPER
    down, steps_up = _paths(price[: middle + 1])
    up, steps_down = _paths(price[middle:][::-1])
    costs = down + up - price[middle]
    total = float(strength.sum())
    left_of = np.cumsum(strength, axis=1)
    found: list[tuple[float, float, NDArray[np.intp]]] = []
    for column in np.argsort(costs, kind="stable"):
        if costs[column] > costliest or len(found) == most:
            break
        path = np.concatenate([_path(steps_up, column)[::-1], _path(steps_down, column)[1:]])
        left = float(left_of[np.arange(height), path].sum()) / total
        if _LEAST < left < 1 - _LEAST and all(abs(left - other) > _LEAST for _, other, _ in found):
            found.append((float(costs[column]), left, path))
    return [(cost, path) for cost, _, path in sorted(found, key=lambda cut: cut[1])]


def pieces_between(cuts: list[NDArray[np.intp]], shape: tuple[int, int]) -> NDArray[np.intp]:
    """Return how many cuts lie left of each pixel."""
    columns = np.arange(shape[1])
    return np.sum([columns > cut[:, np.newaxis] for cut in cuts], axis=0, dtype=np.intp)


def _paths(price: Map) -> tuple[Map, NDArray[np.int8]]:
    """Return the least cost from the first row to each pixel of the last, and the steps there."""
    steps = np.zeros(price.shape, np.int8)
    cost = price[0]
    for row in range(1, len(price)):
        before = np.pad(cost, 1, constant_values=np.inf)
        ways = np.stack([before[:-2] + _ASIDE, before[1:-1], before[2:] + _ASIDE])
        which = ways.argmin(axis=0)
        steps[row] = which - 1
        cost = ways[which, np.arange(price.shape[1])] + price[row]
    return cost, steps


def _path(steps: NDArray[np.int8], column: int) -> NDArray[np.intp]:
    """Return the columns of the path that ends in one, from the last row to the first."""
    columns = [column]
    for row in range(len(steps) - 1, 0, -1):
        columns.append(columns[-1] + steps[row, columns[-1]])
    return np.array(columns, np.intp)
