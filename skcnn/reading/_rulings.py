"""Ruled and squared paper: its lines found, and taken out from under the digits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Map = NDArray[np.float32]

MOST_TURNED = 12.0  # degrees that a page may lie askew
_COVERED = 0.5  # of the way through the picture, by a line
_SURELY_COVERED = 0.65  # by one at least: not a row of digits
_SHORTEST, _LONG, _SURELY_LONG = 0.03, 0.15, 0.7  # of the longest way: any, a line, a sure one
_SMALLEST = 32 + 16  # pixels of a picture's side, with its margins: a smaller one has no lines
_ALONG = 5  # pixels that are averaged along a line
_THICKEST = 0.035  # of the picture's shorter side
_LIGHTER = 0.75  # of the ink: a line that ink on it can be told from
_FAINTEST = 0.12  # of the ink: a fainter line does no harm
_USUAL, _OFTEN = (
    40,
    75,
)  # per cent: a line is as dark as its usual rows, and as thick as it often is
_STEEP = 0.01  # rows for each column, of a line that is not level
_REACH = 4  # pixels that a line may bend away from a straight one
_MARGIN = 8  # pixels of paper around the picture, so that its edge is like its middle
_SAMPLE = 40_000  # pixels by which angles are compared


@dataclass(frozen=True)
class Cleared:
    """A map of ink without the lines of its paper.

    Attributes
    ----------
    deviation : ndarray of shape (height, width), float32
        The map.
    lines : ndarray of shape (height, width), bool
        Where lines were, and what is next to them.
    angle : float or None
        Degrees by which the lines fall to the right; None where there are none.
    """

    deviation: Map
    lines: NDArray[np.bool_]
    angle: float | None


@dataclass(frozen=True)
class _Ruling:
    """A line that crosses from left to right.

    ``rows`` holds its middle in each column; ``above`` and ``below`` say how many rows it covers
    beside that; ``level`` has the darkness of each row around it, from ``-reach`` to ``reach``.
    """

    rows: NDArray[np.intp]
    above: int
    below: int
    level: Map

    @property
    def reach(self) -> int:
        return len(self.level) // 2


def without_rulings(deviation: Map, noise: float) -> Cleared:
    """Return a map of ink without the paper's lines.

    Parameters
    ----------
    deviation : ndarray of shape (height, width), float32
        As ``deviation_from_paper`` returns it.
    noise : float
        Its standard deviation.
    """
    inner = (slice(_MARGIN, -_MARGIN),) * 2
    padded = np.pad(deviation, _MARGIN)
    angle: float | None
    angle, level_lines = _find_lines(padded, noise)
    other_angle, upright_lines = _find_lines(padded.T, noise)
    level_mask, upright_mask = _mask(level_lines, padded), _mask(upright_lines, padded.T)
    darkest = float(np.percentile(deviation, 99.9))
    cleared = padded.copy()
    for line in level_lines:
        _clear(cleared, line, darkest, upright_mask.T)
    for line in upright_lines:
        _clear(cleared.T, line, darkest, level_mask.T)
    if not level_lines:
        angle = -other_angle if upright_lines else None
    return Cleared(cleared[inner], (level_mask | upright_mask.T)[inner], angle)


def _find_lines(deviation: Map, noise: float) -> tuple[float, list[_Ruling]]:
    """Return the lines that cross from left to right, and at which angle."""
    height, width = deviation.shape
    if min(height, width) < _SMALLEST:
        return 0.0, []
    thin = _thin_and_level(deviation, noise)
    rows, columns = np.nonzero(thin)
    values, columns = thin[rows, columns], columns - width // 2
    every = max(1, len(rows) // _SAMPLE)

    def sharpness(angle: float) -> float:
        offsets = rows[::every] - np.tan(np.radians(angle)) * columns[::every]
        return float((_profile(offsets, values[::every], height, width) ** 2).sum())

    step = max(0.25, float(np.degrees(2.0 / width)))
    angle = max(np.arange(-MOST_TURNED, MOST_TURNED + step, step), key=sharpness)
    angle = max(angle + step * np.linspace(-1, 1, 9), key=sharpness)
    slope = np.tan(np.radians(angle))
    profile = _profile(rows - slope * columns, values, height, width)
    starts = _peaks(profile, _chords(height, width, slope)) - width // 2
    straight = starts[:, np.newaxis] + slope * (np.arange(width) - width // 2)
    paths = [_followed(thin, line) for line in straight]
    found = [_measured(deviation, path) for path in paths if _reaches_edges(thin, path)]
    return float(angle), [ruling for ruling in found if ruling is not None]


def _thin_and_level(deviation: Map, noise: float) -> Map:
    """Return, as 0..1, what is thin from top to bottom and goes on from left to right."""
    from scipy.ndimage import grey_opening, uniform_filter1d

    along = uniform_filter1d(deviation, _ALONG, axis=1)
    thickest = max(7, round(_THICKEST * min(deviation.shape)))
    thin = along - grey_opening(along, (thickest + 2, 1))
    darkest = float(np.percentile(deviation[::2, ::2], 99.5))
    level = max(0.03, _FAINTEST * darkest, 4 * noise / np.sqrt(_ALONG))
    thin = np.clip((thin - level / 2) / level, 0, 1)
    return thin


def _profile(
    offsets: NDArray[np.floating], values: Map, height: int, width: int
) -> NDArray[np.float64]:
    """Return the sum of values by row at which a line crosses the middle column.

    The first is that of row ``-(width // 2)``: a line may enter the picture from above.
    """
    rows = np.rint(offsets).astype(np.intp) + width // 2
    return np.asarray(np.bincount(rows, values, minlength=height + width), np.float64)


def _chords(height: int, width: int, slope: float) -> NDArray[np.float64]:
    """Return how many columns a line crosses, by the same row."""
    middles = np.arange(height + width)[:, np.newaxis] - width // 2
    rows = middles + slope * np.linspace(-width / 2, width / 2, 64)
    return ((rows >= 0) & (rows < height)).mean(axis=1) * width


def _peaks(profile: NDArray[np.float64], chords: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return where a profile has the peaks of lines; none where none is certain."""
    from scipy.signal import find_peaks

    three = np.convolve(profile, np.ones(3), "same")
    longest = chords.max()
    covered = np.where(chords >= _SHORTEST * longest, three / np.maximum(chords, 1), 0)
    peaks = find_peaks(covered, height=_COVERED, prominence=_COVERED / 2, distance=4)[0]
    surely = covered[peaks] > _SURELY_COVERED
    long, longer = (chords[peaks] > share * longest for share in (_LONG, _SURELY_LONG))
    return peaks[surely | long] if (surely & longer).any() else peaks[:0]


def _followed(thin: Map, line: Map) -> NDArray[np.intp]:
    """Return the row of a line in each column, where it bends a little."""
    from scipy.ndimage import uniform_filter1d

    height, width = thin.shape
    reach = np.arange(-_REACH, _REACH + 1)[:, np.newaxis]
    rows = np.rint(line).astype(np.intp) + reach
    band = np.where((rows >= 0) & (rows < height), thin[rows.clip(0, height - 1), range(width)], 0)
    window = max(15, width // 12)
    likely = uniform_filter1d(band, window, axis=1, mode="nearest") - 0.02 * np.abs(reach)
    bent = uniform_filter1d(reach[likely.argmax(axis=0), 0].astype(float), window, mode="nearest")
    return np.rint(line + bent).astype(np.intp)


def _reaches_edges(thin: Map, line: NDArray[np.intp]) -> bool:
    """Tell whether a line runs into both edges of the picture, as strokes of digits do not."""
    height, width = thin.shape
    columns = np.flatnonzero((line >= _MARGIN) & (line < height - _MARGIN))
    columns = columns[(columns >= _MARGIN) & (columns < width - _MARGIN)]
    if len(columns) < 8:
        return False
    rows = line[columns] + np.array([[-1], [0], [1]])
    covered = thin[rows, columns].max(axis=0) > 0.5
    ends = np.array_split(covered, 8)
    return bool(min(ends[0].mean(), ends[-1].mean()) > 0.5)


def _measured(deviation: Map, rows: NDArray[np.intp]) -> _Ruling | None:
    """Return a line with its thickness; None where it has none, as the edge of a shadow."""
    reach = max(9, round(1.5 * _THICKEST * min(deviation.shape)))
    band, inside = _band(deviation, rows, reach)
    columns = inside[reach]
    if columns.sum() < _ALONG:
        return None
    within = np.where(inside, band, 0)[:, columns]
    level, often = np.percentile(within, [_USUAL, _OFTEN], axis=1)
    paper = np.median(level)  # of most rows: another line may be as near as the last of them
    level -= paper
    steps = int(abs(rows[-1] - rows[0]) > _STEEP * len(rows))  # pixels of the stairs of its edge
    above, below = (
        min(seen, usual + 1) + steps  # where digits stand on a line, it is no thicker
        for seen, usual in zip(_extent(often - paper, reach), _extent(level, reach), strict=True)
    )
    return None if max(above, below) > reach - 2 else _Ruling(rows, above, below, level)


def _band(
    picture: NDArray[np.generic], rows: NDArray[np.intp], reach: int
) -> tuple[NDArray[np.generic], NDArray[np.bool_]]:
    """Return the rows around a path, and where they are inside the picture."""
    height, width = picture.shape
    wanted = rows + np.arange(-reach, reach + 1)[:, np.newaxis]
    inside = (wanted >= 0) & (wanted < height)
    return picture[wanted.clip(0, height - 1), np.arange(width)], inside


def _mask(rulings: list[_Ruling], deviation: Map) -> NDArray[np.bool_]:
    """Return where lines are, and the two pixels next to them."""
    mask = np.zeros(deviation.shape, bool)
    columns = np.arange(deviation.shape[1])
    for ruling in rulings:
        for offset in range(-ruling.above - 2, ruling.below + 3):
            mask[(ruling.rows + offset).clip(0, len(mask) - 1), columns] = True
    return mask


def _clear(deviation: Map, ruling: _Ruling, darkest: float, others: NDArray[np.bool_]) -> None:
    """Take a line out, but for what goes on above or below it and is no other line.

    A stroke that crosses the line is as long beside it as its own slope allows; where the ink is
    darker than the line, what is left without the line stays, too.
    """
    from scipy.ndimage import maximum_filter1d

    reach, columns = ruling.reach, np.arange(deviation.shape[1])
    band, inside = _band(deviation, ruling.rows, reach)
    crossed, _ = _band(others, ruling.rows, reach)
    edges = reach - ruling.above - 1, reach + ruling.below + 1
    beside = [np.where(crossed[edge], 0, band[edge]) for edge in edges]
    for i in range(edges[0] + 1, edges[1]):
        support = np.maximum(
            *(
                maximum_filter1d(values, 2 * abs(i - edge) + 1)
                for values, edge in zip(beside, edges, strict=True)
            )
        )
        if ruling.level[i] < _LIGHTER * darkest:
            above_line = darkest - max(ruling.level[i], 0)
            stripped = (band[i] - ruling.level[i]) * darkest / above_line
            support = np.minimum(support, np.maximum(stripped, 0))
        here = inside[i]
        row = ruling.rows[here] + i - reach
        deviation[row, columns[here]] = np.minimum(band[i], support)[here]


def _extent(level: Map, middle: int) -> tuple[int, int]:
    """Return how many pixels a line reaches above and below its middle."""
    faint = level < 0.2 * level[middle - 1 : middle + 2].max()
    above = next((i for i in range(middle) if faint[middle - i - 1]), middle)
    below = next((i for i in range(middle) if faint[middle + i + 1]), middle)
    return above, below
