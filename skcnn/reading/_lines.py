"""Lines of a note: which parts of its ink stand in one, from left to right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from skcnn.reading._strokes import Ink

Box = NDArray[np.int64]  # (top, left, bottom, right)
Boxes = NDArray[np.int64]  # a row of tops, of lefts, of bottoms and of rights

_ONE_LEVEL = 0.75  # of a digit's height: how much neighbours in a line go up and down at most
_NEAR = 3.0  # of it: how far apart neighbours in a line stand


@dataclass(frozen=True)
class Glyph:
    """Parts of the ink that lie over each other: a digit, several that touch, or a piece of one.

    Attributes
    ----------
    parts : tuple of int
        Their numbers.
    box : ndarray of shape (4,), int64
        (top, left, bottom, right) around them.
    """

    parts: tuple[int, ...]
    box: Box

    @property
    def height(self) -> int:
        """How many rows it covers."""
        return int(self.box[2] - self.box[0])

    @property
    def width(self) -> int:
        """How many columns it covers."""
        return int(self.box[3] - self.box[1])

    @property
    def middle(self) -> float:
        """The column in the middle of its box."""
        return float(self.box[1] + self.box[3]) / 2


def find_lines(ink: Ink, height: float) -> list[list[Glyph]]:
    """Return the glyphs of each line, lines from top to bottom and glyphs from left to right.

    Parameters
    ----------
    ink : Ink
        Of an upright note.
    height : float
        Of its digits, in pixels.
    """
    glyphs = _without_specks(_glyphs(ink, height), ink, height)
    tall = [glyph for glyph in glyphs if glyph.height >= 0.5 * height]
    found = _Lines()
    for glyph in sorted(tall, key=lambda glyph: glyph.middle):
        best, which = found.best_for(glyph)
        found.add(glyph, which if best > 0.4 else None)
    found = _Lines(_joined(found.lines, height))
    for glyph in glyphs:
        if glyph.height < 0.5 * height:
            best, which = found.best_for(glyph)
            if best > 0.5:
                found.add(glyph, which)
    lines = [sorted(line, key=lambda glyph: glyph.middle) for line in found.lines]
    return sorted(lines, key=lambda line: np.mean([glyph.box[[0, 2]].mean() for glyph in line]))


class _Lines:
    """Lines as they are found.

    Attributes
    ----------
    lines : list of list of Glyph
        The glyphs of each.
    """

    def __init__(self, lines: Iterable[list[Glyph]] = ()) -> None:
        self.lines: list[list[Glyph]] = []
        self._tops = np.zeros(0)
        self._bottoms = np.zeros(0)
        for which, line in enumerate(lines):
            for place, glyph in enumerate(line):
                self.add(glyph, which if place else None)

    def best_for(self, glyph: Glyph) -> tuple[float, int]:
        """Return how well a glyph fits into the line that it fits best, and which that is."""
        beside = (self._tops < glyph.box[2]) & (self._bottoms > glyph.box[0])
        fits = ((_fit(glyph, self.lines[i]), int(i)) for i in np.flatnonzero(beside))
        return max(fits, default=(0.0, 0))

    def add(self, glyph: Glyph, which: int | None) -> None:
        """Add a glyph to a line, or to a new one for None."""
        if which is None:
            which = len(self.lines)
            self.lines.append([])
            self._tops = np.append(self._tops, np.inf)
            self._bottoms = np.append(self._bottoms, -np.inf)
        self.lines[which].append(glyph)
        self._tops[which] = min(self._tops[which], glyph.box[0])
        self._bottoms[which] = max(self._bottoms[which], glyph.box[2])


def _glyphs(ink: Ink, height: float) -> list[Glyph]:
    """Join parts that lie over each other and are no higher than a digit together."""
    parts: list[tuple[int, ...]] = []
    boxes = np.empty((len(ink.areas), 4), np.int64)
    for i in np.argsort(-ink.areas, kind="stable"):
        fits = np.flatnonzero(_over_each_other(ink.boxes[i], boxes[: len(parts)], height))
        which = int(fits[0]) if len(fits) else len(parts)
        if which == len(parts):
            parts.append(())
            boxes[which] = ink.boxes[i]
        parts[which] += (int(i) + 1,)
        boxes[which] = _around(ink.boxes[i], boxes[which])
    return [Glyph(*glyph) for glyph in zip(parts, boxes[: len(parts)], strict=True)]


def _over_each_other(one: Box, others: Box, height: float) -> NDArray[np.bool_]:
    top, left, bottom, right = one
    tops, lefts, bottoms, rights = others.T
    common = np.minimum(right, rights) - np.maximum(left, lefts)
    gap = np.maximum(top, tops) - np.minimum(bottom, bottoms)
    joined = _around(one, others)
    return (
        (common > 0.6 * np.minimum(right - left, rights - lefts))
        & (gap < 0.25 * height)
        & (joined[:, 2] - joined[:, 0] < 1.4 * height)
        & (joined[:, 3] - joined[:, 1] < 1.4 * height)
    )


def _around(one: Box, other: Box) -> Box:
    """Return the box around one and the other, or around one and each of the others."""
    first, last = np.minimum(one[:2], other[..., :2]), np.maximum(one[2:], other[..., 2:])
    return np.concatenate([first, last], axis=-1)


def _without_specks(glyphs: list[Glyph], ink: Ink, height: float) -> list[Glyph]:
    return [
        glyph
        for glyph in glyphs
        if max(glyph.height, glyph.width) > 0.2 * height
        and ink.areas[np.array(glyph.parts) - 1].sum() > (0.1 * height) ** 2
    ]


def _joined(lines: Sequence[list[Glyph]], height: float) -> list[list[Glyph]]:
    """Join parts of a line whose digits go up and down."""
    parts = dict(enumerate(lines))
    boxes = {i: np.array([glyph.box for glyph in part]).T for i, part in parts.items()}
    apart = {
        (one, other): _apart(boxes[one], boxes[other], height)
        for one, other in combinations(parts, 2)
    }
    while apart:
        one, other = nearest = min(apart, key=apart.__getitem__)
        if apart[nearest] > _ONE_LEVEL:
            break
        parts[one] = parts[one] + parts.pop(other)
        boxes[one] = np.hstack([boxes[one], boxes.pop(other)])
        for first, second in list(apart):
            if other in (first, second):
                del apart[first, second]
            elif one in (first, second):
                apart[first, second] = _apart(boxes[first], boxes[second], height)
    return list(parts.values())


def _apart(ours: Boxes, theirs: Boxes, height: float) -> float:
    """Return how far apart the levels of two parts of lines are, in heights of a digit.

    It is a mean over pairs of their boxes, of which the nearest count most; and infinite where
    boxes of the one are nowhere near the other's, or above them.
    """
    if max(ours[0].min(), theirs[0].min()) - min(ours[2].max(), theirs[2].max()) > height:
        return np.inf
    top, left, bottom, right = ours[:, :, np.newaxis]
    tops, lefts, bottoms, rights = theirs[:, np.newaxis]
    gaps = np.maximum(left, lefts) - np.minimum(right, rights)
    narrower = np.minimum(right - left, rights - lefts)
    near = gaps < _NEAR * height
    if not near.any() or (gaps < -0.5 * narrower).any():
        return np.inf
    levels = np.abs((top + bottom) - (tops + bottoms)) / 2 / height
    return float(np.average(levels, weights=near * np.exp(-np.maximum(gaps, 0) / height)))


def _fit(glyph: Glyph, line: list[Glyph]) -> float:
    """Return the part of a glyph's height that lies beside its neighbours in a line."""
    near = sorted(line, key=lambda other: abs(other.middle - glyph.middle))[:3]
    top, bottom = (np.mean([other.box[i] for other in near]) for i in (0, 2))
    common = min(glyph.box[2], bottom) - max(glyph.box[0], top)
    return float(common / min(glyph.height, bottom - top))
