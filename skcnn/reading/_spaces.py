"""Spaces: the gaps between a note's digits that are wider than those within a number."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Box = NDArray[np.int64]  # (top, left, bottom, right)

_WIDE = 0.55  # of a digit's height
_WIDER = 1.8  # than the note's usual gap
_MUCH_WIDER = 3.0  # so that the distance of the digits' middles does not matter
_FARTHER = 1.35  # than the note's usual distance from a digit's middle to the next
_FEW = 2  # gaps, which have no usual width
_WIDE_AMONG_FEW = 0.75


def wide_gaps(lines: Sequence[Sequence[Box]], height: float) -> list[tuple[int, ...]]:
    """Return, for each line, which of its digits have a wide gap before them.

    Digits may stand close to each other or each in a cell of its own, where a narrow one has wide
    gaps on both sides: a space is wider than is usual in this note, and moves digits apart.

    Parameters
    ----------
    lines : sequence of sequence of ndarray of shape (4,)
        (top, left, bottom, right) of the digits of each line, in an upright note.
    height : float
        Of its digits, in pixels.
    """
    gaps = [_differences([(box[1], box[3]) for box in line]) / height for line in lines]
    middles = [
        _differences([((box[1] + box[3]) / 2,) * 2 for box in line]) / height for line in lines
    ]
    every_gap, every_middle = np.concatenate(gaps), np.concatenate(middles)
    if not len(every_gap):
        return [() for _ in lines]
    if len(every_gap) <= _FEW:
        return [_following(line > _WIDE_AMONG_FEW) for line in gaps]
    usual, usual_middle = max(0.1, np.median(every_gap)), np.median(every_middle)
    return [
        _following(
            (gap > _WIDE)
            & (gap > _WIDER * usual)
            & ((gap > _MUCH_WIDER * usual) | (middle > _FARTHER * usual_middle))
        )
        for gap, middle in zip(gaps, middles, strict=True)
    ]


def _differences(spans: Sequence[tuple[float, float]]) -> NDArray[np.float64]:
    """Return how far each span begins behind the end of the one before."""
    starts, ends = np.array(spans, np.float64).reshape(-1, 2).T
    return np.asarray(starts[1:] - ends[:-1], np.float64)


def _following(wide: NDArray[np.bool_]) -> tuple[int, ...]:
    return tuple(int(i) + 1 for i in np.flatnonzero(wide))
