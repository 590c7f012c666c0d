"""Lines of a note: which parts of its ink stand in one, from left to right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skcnn.reading._strokes import Ink

Box = NDArray[np.int64]  # (top, left, bottom, right)


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
    lines: list[list[Glyph]] = []
    for glyph in sorted(tall, key=lambda glyph: glyph.middle):
        fits = [(_fit(glyph, line), i) for i, line in enumerate(lines)]
        best, which = max(fits, default=(0.0, 0))
        if best > 0.4:
            lines[which].append(glyph)
        else:
            lines.append([glyph])
    for glyph in glyphs:
        if glyph.height < 0.5 * height:
            best, which = max(
                ((_fit(glyph, line), i) for i, line in enumerate(lines)), default=(0.0, 0)
            )
            if best > 0.5:
                lines[which].append(glyph)
    lines = [sorted(line, key=lambda glyph: glyph.middle) for line in lines]
    return sorted(lines, key=lambda line: np.mean([glyph.box[[0, 2]].mean() for glyph in line]))


def _glyphs(ink: Ink, height: float) -> list[Glyph]:
    """Join parts that lie over each other and are no higher than a digit together."""
    glyphs: list[Glyph] = []
    for i in np.argsort(-ink.areas, kind="stable"):
        glyph = Glyph((int(i) + 1,), ink.boxes[i])
        fits = (k for k, other in enumerate(glyphs) if _over_each_other(glyph, other, height))
        which = next(fits, None)
        if which is None:
            glyphs.append(glyph)
        else:
            other = glyphs[which]
            glyphs[which] = Glyph(other.parts + glyph.parts, _around(other.box, glyph.box))
    return glyphs


def _over_each_other(one: Glyph, other: Glyph, height: float) -> bool:
    common = min(one.box[3], other.box[3]) - max(one.box[1], other.box[1])
    gap = max(one.box[0], other.box[0]) - min(one.box[2], other.box[2])
    joined = _around(one.box, other.box)
    return bool(
        common > 0.6 * min(one.width, other.width)
        and gap < 0.25 * height
        and joined[2] - joined[0] < 1.4 * height
        and joined[3] - joined[1] < 1.4 * height
    )


def _around(one: Box, other: Box) -> Box:
    return np.concatenate([np.minimum(one[:2], other[:2]), np.maximum(one[2:], other[2:])])


def _without_specks(glyphs: list[Glyph], ink: Ink, height: float) -> list[Glyph]:
    return [
        glyph
        for glyph in glyphs
        if max(glyph.height, glyph.width) > 0.2 * height
        and ink.areas[np.array(glyph.parts) - 1].sum() > (0.1 * height) ** 2
    ]


def _fit(glyph: Glyph, line: list[Glyph]) -> float:
    """Return the part of a glyph's height that lies beside its neighbours in a line."""
    near = sorted(line, key=lambda other: abs(other.middle - glyph.middle))[:3]
    top, bottom = (np.mean([other.box[i] for other in near]) for i in (0, 2))
    common = min(glyph.box[2], bottom) - max(glyph.box[0], top)
    return float(common / min(glyph.height, bottom - top))
