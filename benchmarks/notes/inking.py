"""Digits of 28 x 28 pixels as pen strokes of any size, slant and width.

A digit is kept as its signed distance to the edge of the ink. A distance can be turned, scaled
and thresholded without becoming blurred, and a pen's width is a number that is added to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Map = NDArray[np.float32]

DIGIT_HEIGHT = 20  # pixels of 28, as MNIST's digits are scaled
_FINENESS = 4  # places a pixel, where distances are kept
_EDGE = 0.42  # of the darkest pixel: half-covered pixels are a little darker than half
_SMOOTHING = 1.3  # places; without it, edges show the stairs of 28 pixels
_SPARE = 0.35  # pixels by which a loop stays open, and a stroke whole
_GAP = (0.4, 1.0)  # of a pen's width: how long it skips
_LEAST_GAP = 0.8  # pixels
_MARGIN = 6  # pixels around a digit, for wide pens and slants


@dataclass(frozen=True)
class Ink:
    """A digit as it stands on paper.

    Attributes
    ----------
    depth : ndarray of shape (height, width), float32
        Signed distance to the edge of the ink in pixels, positive inside.
    """

    depth: Map

    @cached_property
    def coverage(self) -> Map:
        """How much of each pixel is covered, in 0..1."""
        return np.clip(self.depth + np.float32(0.5), 0, 1)

    @cached_property
    def box(self) -> tuple[int, int, int, int]:
        """(x, y, width, height) of the pixels that are covered by half."""
        inked = self.depth > 0
        rows, columns = np.flatnonzero(inked.any(1)), np.flatnonzero(inked.any(0))
        x, y = int(columns[0]), int(rows[0])
        return x, y, int(columns[-1]) - x + 1, int(rows[-1]) - y + 1


@dataclass(frozen=True)
class DigitShape:
    """A digit without size.

    Attributes
    ----------
    depth : ndarray of shape (n, n), float32
        Signed distance to the edge of the ink in pixels of the 28, positive inside, four places
        a pixel.
    half_width : float
        Half the width of the pen in the same pixels.
    """

    depth: Map
    half_width: float

    @classmethod
    def of(cls, pixels: NDArray[np.uint8]) -> Self:
        """Return the shape of light ink on black.

        Parameters
        ----------
        pixels : ndarray of shape (28, 28), uint8
            As MNIST has them.
        """
        framed = np.pad(pixels.astype(np.float32) / max(int(pixels.max()), 1), _MARGIN)
        fine = ndimage.zoom(framed, _FINENESS, order=3, grid_mode=True, mode="grid-constant")
        inside = fine > _EDGE
        distance = ndimage.distance_transform_edt
        signed = np.where(inside, distance(inside) - 0.5, 0.5 - distance(~inside))
        depth = ndimage.gaussian_filter(signed, _SMOOTHING) / _FINENESS
        within = depth[depth > 0]
        half_width = 2 * float(within.mean()) if len(within) else 0.0  # a ridge's mean is half
        return cls(depth.astype(np.float32), half_width)

    def with_pen(self, factor: float) -> Self:
        """Return the digit as a pen of another width writes it.

        Where a narrower pen would break a stroke, or a wider one fill a loop, it is changed less.

        Parameters
        ----------
        factor : float
            Width, as a multiple of the present one.
        """
        wanted, change = _topology(self.depth), self.half_width * (factor - 1)
        spare = np.copysign(_SPARE, change)  # so that loops and strokes can also be seen
        while abs(change) > 0.05 and _topology(self.depth + np.float32(change + spare)) != wanted:
            change /= 1.5
        return type(self)(self.depth + np.float32(change), self.half_width + change)

    def broken(self, rng: np.random.Generator) -> Self:
        """Return the digit with a gap in its stroke, where the pen skipped."""
        ridge = self.depth >= ndimage.maximum_filter(self.depth, 5)
        ridge &= self.depth > 0.4 * self.half_width
        row, column = rng.choice(np.argwhere(ridge))
        n_rows, n_columns = self.depth.shape
        rows, columns = np.ogrid[:n_rows, :n_columns]
        down, right = (rows - row) / _FINENESS, (columns - column) / _FINENESS
        deepest = float(self.depth[row, column])
        near = (self.depth > 0) & (np.hypot(down, right) < 2 * deepest + 1)
        points = np.argwhere(near) - (row, column)
        along = np.linalg.eigh(points.T @ points)[1][:, -1]  # the stroke runs as its pixels lie
        length = max(rng.uniform(*_GAP) * 2 * self.half_width, _LEAST_GAP)
        gap = np.maximum(
            np.abs(along[0] * down + along[1] * right) - length / 2,
            np.abs(along[1] * down - along[0] * right) - (1.3 * deepest + 0.6),
        )
        return type(self)(np.minimum(self.depth, gap.astype(np.float32)), self.half_width)

    def written(self, height: float, angle: float = 0.0, shear: float = 0.0) -> Ink:
        """Return the digit in a size and slant.

        Parameters
        ----------
        height : float
            Pixels of what are 20 of MNIST's 28.
        angle : float, default=0.0
            Degrees by which it is turned counter-clockwise.
        shear : float, default=0.0
            Pixels that a row moves to the right of the row below it.
        """
        scale = height / DIGIT_HEIGHT
        turn = np.deg2rad(angle)
        rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        slant = np.array([[1.0, 0.0], [-shear, 1.0]])  # of rows and columns
        back = np.linalg.inv(rotation @ slant)
        side = len(self.depth) / _FINENESS * scale * (1 + abs(shear) / 2)
        shape = (int(np.ceil(side)),) * 2
        matrix = back * (_FINENESS / scale)
        middle = (len(self.depth) - 1) / 2
        offset = middle - matrix @ ((np.array(shape) - 1) / 2)
        depth = ndimage.affine_transform(
            self.depth, matrix, offset, shape, order=1, mode="nearest", output=np.float32
        )
        return Ink(depth * np.float32(scale))


def _topology(depth: Map) -> tuple[int, int]:
    """Return how many pieces the ink has, and how many the paper."""
    eight = np.ones((3, 3))
    return ndimage.label(depth > 0, eight)[1], ndimage.label(depth <= 0)[1]
