"""Ink and its strokes: what of a picture is written, and in which connected parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skcnn.reading._paper import noise_of

Map = NDArray[np.float32]

_CERTAIN = 5.0  # standard deviations of noise that ink stands out by
_FAINTEST = 0.06  # of the paper's brightness that ink stands out by
_EDGE = 0.42  # of the ink around it: where a stroke ends
_CORE = 0.6  # of the ink around it, reached in each part of a stroke
_PALEST = 0.3  # of the note's ink, of ink that belongs to it
_SMALLEST = 6  # pixels of a part


@dataclass(frozen=True)
class Ink:
    """The ink of a picture, or of a part of it.

    Attributes
    ----------
    strength : ndarray of shape (height, width), float32
        In 0..1: from paper to full ink.
    parts : ndarray of shape (height, width), int32
        The number of the connected part that a pixel belongs to, from 1; 0 on paper.
    boxes : ndarray of shape (n_parts, 4), int64
        (top, left, bottom, right) of each part.
    areas : ndarray of shape (n_parts,), int64
        How many pixels each part has.
    """

    strength: Map
    parts: NDArray[np.int32]
    boxes: NDArray[np.int64]
    areas: NDArray[np.int64]

    @property
    def heights(self) -> NDArray[np.int64]:
        """How many rows each part covers."""
        return self.boxes[:, 2] - self.boxes[:, 0]

    @property
    def widths(self) -> NDArray[np.int64]:
        """How many columns each part covers."""
        return self.boxes[:, 3] - self.boxes[:, 1]

    @property
    def centres(self) -> NDArray[np.float64]:
        """The (row, column) in the middle of each part's box."""
        return (self.boxes[:, :2] + self.boxes[:, 2:] - 1) / 2


def find_ink(deviation: Map, noise: float) -> Ink:
    """Return the ink of a map in which paper is 0, as ``deviation_from_paper`` makes it.

    A stroke ends where ink falls to less than half of what is written around it, so that strokes
    stay apart where they are bold, and whole where they are faint.
    """
    from scipy.ndimage import gaussian_filter

    level = _ink_level(deviation, noise)
    blur = float(np.clip(8 * noise / level, 0, 1.3)) if level else 0.0
    smooth = gaussian_filter(deviation, blur) if blur > 0.3 else deviation
    noise = noise_of(smooth)
    least = max(_FAINTEST, _CERTAIN * noise)
    level = _ink_level(smooth, noise)
    if level <= least:
        return _parts_of(np.zeros_like(deviation), np.zeros(deviation.shape, bool), None)
    around = _ink_around(smooth, level)
    edge = np.maximum(_EDGE * around, least * 0.7)
    core = np.maximum(_CORE * around, least)
    strength = np.clip(smooth / around, 0, 1)
    return _parts_of(strength, smooth > edge, smooth > core)


def stroke_width(ink: Ink) -> float:
    """Return how wide strokes are, in pixels: their area over the length of one side."""
    from scipy.ndimage import binary_erosion

    mask = ink.parts > 0
    area, inside = int(mask.sum()), int(binary_erosion(mask).sum())
    return max(1.0, 2 * area / max(1, area - inside))


def parts_of(strength: Map, mask: NDArray[np.bool_]) -> Ink:
    """Return the ink of which a mask tells where it is."""
    return _parts_of(strength, mask, None)


def _ink_level(deviation: Map, noise: float) -> float:
    """Return how dark the darker part of the ink is; 0 where there is none."""
    ink = deviation[deviation > max(_FAINTEST, _CERTAIN * noise)]
    return float(np.percentile(ink, 75)) if len(ink) >= _SMALLEST else 0.0


def _ink_around(smooth: Map, level: float) -> Map:
    """Return the ink of the strokes nearby; the note's own where there is none."""
    from scipy.ndimage import maximum_filter, uniform_filter

    side = max(5, min(smooth.shape) // 24) | 1
    nearby = maximum_filter(np.minimum(smooth, 1.25 * level), side)
    nearby = uniform_filter(nearby, side)
    return np.asarray(np.maximum(nearby, _PALEST / _EDGE * level), np.float32)


def _parts_of(strength: Map, mask: NDArray[np.bool_], core: NDArray[np.bool_] | None) -> Ink:
    """Return the ink in a mask, of which each part reaches into the core, where there is one."""
    from scipy.ndimage import find_objects, label

    parts, n_parts = label(mask, np.ones((3, 3)))
    areas = np.bincount(parts.ravel(), minlength=n_parts + 1)
    kept = areas >= _SMALLEST
    if core is not None:
        kept &= np.bincount(parts[core], minlength=n_parts + 1) > 0
    kept[0] = False
    numbers = np.where(kept, np.cumsum(kept), 0).astype(np.int32)
    parts = numbers[parts]
    boxes = [
        (rows.start, columns.start, rows.stop, columns.stop)
        for rows, columns in find_objects(parts)
    ]
    return Ink(strength, parts, np.array(boxes, np.int64).reshape(-1, 4), areas[kept])
