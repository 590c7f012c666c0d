"""A note set upright: lines of text level, digits of one usual height."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from skcnn.reading._paper import deviation_from_paper, noise_of, without_impulses
from skcnn.reading._picture import WorkingPicture
from skcnn.reading._rulings import MOST_TURNED, without_rulings
from skcnn.reading._strokes import Ink, find_ink, parts_of

USUAL_HEIGHT = 40.0  # pixels of a digit in an upright note
_EDGE = 0.42  # of full ink: where a stroke ends
_SMALLEST = 6.0  # pixels of a digit's height
_SMALL, _ON_LINES = 0.6, 0.7  # of a digit's height, and of its own area: the rest of a line
_ALL_ON_LINES = 0.95  # of a part's area: such parts do not tell how high digits are
_LONGER, _NARROW = 1.8, 0.6  # than other parts; of its length: what no digit is
_MOST_ENLARGED = 4.0
_DOUBT = 9.0  # degrees: how far askew a short line is believed to lie


@dataclass(frozen=True)
class UprightNote:
    """A note's ink, level and of the usual height.

    Attributes
    ----------
    ink : Ink
        The ink.
    to_picture : ndarray of shape (2, 3), float64
        By which (x, y, 1) of the ink become (x, y) of the picture given.
    picture_size : tuple of int
        (height, width) of the picture given.
    """

    ink: Ink
    to_picture: NDArray[np.float64]
    picture_size: tuple[int, int]

    def box_in_picture(
        self, rows: NDArray[np.intp], columns: NDArray[np.intp]
    ) -> tuple[int, int, int, int]:
        """Return (x, y, width, height) of the upright rectangle around pixels of the ink."""
        middles = np.stack([columns + 0.5, rows + 0.5, np.ones(len(rows))])
        points = self.to_picture @ middles
        half = np.abs(self.to_picture[:, 0]).max() / 2
        most = np.array(self.picture_size[::-1])
        start = np.floor(points.min(axis=1) - half).astype(int).clip(0, most - 1)
        end = np.ceil(points.max(axis=1) + half).astype(int).clip(start + 1, most)
        left, top = start.tolist()
        width, height = (end - start).tolist()
        return left, top, width, height


def find_upright_note(picture: WorkingPicture) -> UprightNote | None:
    """Return the note in a picture; None where there is no ink."""
    deviation = without_impulses(deviation_from_paper(picture.pixels))
    noise = noise_of(deviation)
    cleared = without_rulings(deviation, noise)
    ink = find_ink(cleared.deviation, noise)
    on_lines = _share_on_lines(ink, cleared.lines)
    off_lines = on_lines < _ALL_ON_LINES
    if not off_lines.any():
        return None
    height = digit_height(ink, off_lines)
    if height < _SMALLEST:
        return None
    small = np.maximum(ink.heights, ink.widths) < _SMALL * height
    rests = small & (on_lines > _ON_LINES)
    written = ~rests & ~_across(ink)
    if len(ink.areas) > 1 or cleared.lines.any():
        written &= ~_corners(ink)
    angle = text_angle(ink, height) if cleared.angle is None else cleared.angle
    return _set_upright(ink, written, angle, height, picture)


def _share_on_lines(ink: Ink, lines: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return how much of each part lies on lines that were taken out."""
    return np.bincount(ink.parts[lines], minlength=len(ink.areas) + 1)[1:] / ink.areas


def _corners(ink: Ink) -> NDArray[np.bool_]:
    """Return which parts hold a corner of the picture, as what lies under the paper."""
    return np.isin(np.arange(len(ink.areas)) + 1, ink.parts[[0, 0, -1, -1], [0, -1, 0, -1]])


def _across(ink: Ink) -> NDArray[np.bool_]:
    """Return which parts run from an edge of the picture to the opposite one, as shadows do.

    In a picture that is cut out tightly, digits do, too: they are no longer than others there, and
    a lone one is as wide as a digit.
    """
    across = np.zeros(len(ink.areas), bool)
    for axis, lengths, breadths in ((0, ink.heights, ink.widths), (1, ink.widths, ink.heights)):
        spans = lengths == ink.parts.shape[axis]
        others = lengths[~spans]
        if len(others):
            across |= spans & (lengths > _LONGER * np.median(others))
        else:
            narrow = breadths < _NARROW * np.minimum(lengths, ink.parts.shape[1 - axis])
            across |= spans & narrow
    return across


def digit_height(ink: Ink, counted: NDArray[np.bool_] | None = None) -> float:
    """Return the median height of parts, over their pixels: how high most of the ink is.

    Parameters
    ----------
    ink : Ink
        The ink.
    counted : ndarray of shape (n_parts,), bool, or None, default=None
        Which parts tell; None for all.
    """
    sizes, areas = np.maximum(ink.heights, 0.6 * ink.widths), ink.areas
    if counted is not None:
        sizes, areas = sizes[counted], areas[counted]
    order = np.argsort(sizes)
    below = np.cumsum(areas[order])
    return float(sizes[order][np.searchsorted(below, below[-1] / 2)])


def text_angle(ink: Ink, height: float) -> float:
    """Return by how many degrees lines of text fall to the right.

    It is the angle at which parts of digits' height lie over each other most when they are
    projected along it; the fewer there are beside each other, the nearer to 0.
    """
    digits = (ink.heights > 0.4 * height) & (ink.heights < 2.5 * height)
    rows, columns = ink.centres[digits].T
    extents = ink.heights[digits]
    if len(rows) < 2:
        return 0.0
    angles = np.arange(-MOST_TURNED, MOST_TURNED + 0.5, 0.5)
    levels = rows - np.tan(np.radians(angles))[:, np.newaxis] * columns
    scores = np.array([_overlap(level, extents) for level in levels])
    scores *= np.exp(-0.5 * (angles / _DOUBT) ** 2 * 4 / len(rows))
    best = scores >= scores.max() * 0.999
    return float(angles[best][np.abs(angles[best]).argmin()])


def _set_upright(
    ink: Ink, written: NDArray[np.bool_], angle: float, height: float, picture: WorkingPicture
) -> UprightNote | None:
    """Turn ink back by an angle, and scale its digits from a height to the usual one."""
    from scipy.ndimage import binary_dilation

    shape = np.array(ink.parts.shape)
    scale = min(USUAL_HEIGHT / height, _MOST_ENLARGED)
    mask = np.concatenate([[False], written])[ink.parts]
    clean = np.where(binary_dilation(mask, iterations=2), ink.strength, 0)
    step = max(1, int(1 / scale))
    small = Image.fromarray(clean.astype(np.float32)).reduce(step)
    cosine, sine = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    turned = np.array([[cosine, -sine], [sine, cosine]])  # of (x, y), upright to picture
    corners = np.array([[0, 0], [shape[1], 0], [0, shape[0]], shape[::-1]]) @ turned
    start = corners.min(axis=0)
    width, rows = np.ceil(np.ptp(corners, axis=0) * scale).astype(int) + 1
    to_picture = np.column_stack([turned / scale, turned @ start])
    data = tuple((to_picture / step).ravel())
    strength = np.asarray(
        small.transform(
            (int(width), int(rows)), Image.Transform.AFFINE, data, Image.Resampling.BICUBIC
        )
    ).clip(0, 1)
    upright = parts_of(strength, strength > _EDGE)
    if not len(upright.areas):
        return None
    return UprightNote(upright, to_picture * picture.reduction, picture.size)


def _overlap(levels: NDArray[np.float64], extents: NDArray[np.int64]) -> float:
    """Return the sum of squares of how many extents, centred on levels, cover each row."""
    start = levels - extents / 2
    origin = start.min()
    unit = max(1.0, float(np.median(extents)) / 20)
    size = int((levels + extents / 2 - origin).max() / unit) + 3
    ends = np.zeros(size)
    np.add.at(ends, ((start - origin) / unit).astype(int), 1.0)
    np.add.at(ends, ((levels + extents / 2 - origin) / unit).astype(int) + 1, -1.0)
    return float((np.cumsum(ends) ** 2).sum())
