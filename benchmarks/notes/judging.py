"""What was read beside what was written: which lines are right, and why the others are not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from benchmarks.notes.composing import Box, ComposedNote, WrittenLine
from skcnn.reading import Note

LOST_NOTE = "nothing of the note was read"
LOST_LINE = "line not read"
MIXED_LINES = "lines joined or divided"
JOINED = "digits joined into one"
DIVIDED = "digit divided"
CUT = "touching digits cut elsewhere"
LOST_DIGIT = "digit not read"
EXTRA_DIGIT = "digit that is not there"
WRONG_CLASS = "digit taken for another"
UNSURE = "digit held too improbable"
SPACES = "spaces"
EXTRA_LINE = "line that is not there"

_SAME = 0.5  # of two boxes' union: from here on they are of the same digit
_TOLERANCE = 0.08  # of a digit's height: boxes that differ by so much are the same
_INSIDE = 0.4  # of the smaller box: from here on two boxes have something to do with each other


@dataclass(frozen=True)
class LineVerdict:
    """What has become of a line.

    Attributes
    ----------
    written, read : str
        Its text, and what was read of it.
    cause : str or None
        The first reason why it is wrong; None where it is right.
    """

    written: str
    read: str
    cause: str | None


@dataclass(frozen=True)
class NoteVerdict:
    """What has become of a note.

    Attributes
    ----------
    lines : tuple of LineVerdict
        One for each line written, and one for each that was read where none is.
    n_digits, n_right : int
        How many were written, and how many of them were read rightly in their place.
    """

    lines: tuple[LineVerdict, ...]
    n_digits: int
    n_right: int


@dataclass(frozen=True)
class _Read:
    """A digit that was read."""

    line: int
    text: str
    label: str
    box: Box


def judge(written: ComposedNote, note: Note) -> NoteVerdict:
    """Compare a note with what was read of it."""
    read = [
        _Read(number, digit.text, str(digit.label), digit.box)
        for number, line in enumerate(note.lines)
        for digit in line.digits
    ]
    boxes = [digit.box for line in written.lines for digit in line.digits]
    matches = _matches(boxes, [digit.box for digit in read])
    verdicts, claimed, first, n_right = [], set(), 0, 0
    for line in written.lines:
        of_line = [matches.get(first + place) for place in range(len(line.digits))]
        first += len(line.digits)
        found = [None if match is None else read[match] for match in of_line]
        n_right += sum(
            digit is not None and digit.text == str(true.label)
            for digit, true in zip(found, line.digits, strict=True)
        )
        home = _home(line, found, read)
        text = "" if home is None else note.lines[home].text
        claimed |= {digit.line for digit in found if digit is not None} | {home}
        cause = None if text == line.text else _cause(line, found, read, home)
        verdicts.append(LineVerdict(line.text, text, cause))
    verdicts += [
        LineVerdict("", line.text, EXTRA_LINE)
        for number, line in enumerate(note.lines)
        if number not in claimed
    ]
    return NoteVerdict(tuple(verdicts), len(boxes), n_right)


def _matches(boxes: Sequence[Box], others: Sequence[Box]) -> dict[int, int]:
    """Return which of the others each box is the same as."""
    if not others:
        return {}
    alike = np.array([[_likeness(box, other) for other in others] for box in boxes])
    pairs = zip(*linear_sum_assignment(-alike), strict=True)
    return {int(i): int(j) for i, j in pairs if alike[i, j] > _SAME}


def _home(line: WrittenLine, found: Sequence[_Read | None], read: Sequence[_Read]) -> int | None:
    """Return the line that was read where a line was written, if there is one."""
    lines = [digit.line for digit in found if digit is not None]
    lines = lines or [digit.line for digit in read if _touches(line, digit.box)]
    return max(set(lines), key=lines.count) if lines else None


def _cause(
    line: WrittenLine, found: Sequence[_Read | None], read: Sequence[_Read], home: int | None
) -> str:
    if not read:
        return LOST_NOTE
    if home is None:
        return LOST_LINE
    if None in found:
        return _cause_of_lost(line, found, read)
    if any(digit.line != home for digit in found if digit is not None):
        return MIXED_LINES
    known = {digit.box for digit in found if digit is not None}
    others = [digit for digit in read if digit.line == home and digit.box not in known]
    if any(_touches(line, digit.box) for digit in others):
        return DIVIDED
    if any(not _level_with(line, digit.box) for digit in others):
        return MIXED_LINES
    if others:
        return EXTRA_DIGIT
    pairs = [(d, str(true.label)) for d, true in zip(found, line.digits, strict=True) if d]
    if any(digit.label != label for digit, label in pairs):
        return WRONG_CLASS
    return UNSURE if any(digit.text != label for digit, label in pairs) else SPACES


def _cause_of_lost(line: WrittenLine, found: Sequence[_Read | None], read: Sequence[_Read]) -> str:
    """Return what has become of the first digit that was not read in its place."""
    place = found.index(None)
    touches = line.digits[place].touches_next or (
        place > 0 and line.digits[place - 1].touches_next
    )
    near = [other.box for other in read if _inside(line.digits[place].box, other.box) > _INSIDE]
    if not near:
        return LOST_DIGIT
    covered = [sum(_inside(d.box, box) > _INSIDE for d in line.digits) for box in near]
    if len(near) == 1 and covered[0] > 1:
        return JOINED
    return CUT if touches else DIVIDED


def _touches(line: WrittenLine, box: Box) -> bool:
    return any(_inside(digit.box, box) > _INSIDE for digit in line.digits)


def _level_with(line: WrittenLine, box: Box) -> bool:
    """Tell whether a box lies at the height of a line."""
    tops, bottoms = zip(*((d.box[1], d.box[1] + d.box[3]) for d in line.digits), strict=True)
    return min(tops) < box[1] + box[3] / 2 < max(bottoms)


def _likeness(box: Box, other: Box) -> float:
    """Return the share of two boxes' union that both cover, a little widened."""
    margin = max(1.0, _TOLERANCE * box[3])
    first, second = _corners(box, margin), _corners(other, margin)
    both = _common(first, second)
    return both / (_area(first) + _area(second) - both)


def _inside(box: Box, other: Box) -> float:
    """Return how much of the smaller of two boxes lies inside the other."""
    first, second = _corners(box), _corners(other)
    return _common(first, second) / min(_area(first), _area(second))


def _corners(box: Box, margin: float = 0.0) -> NDArray[Any]:
    x, y, width, height = box
    return np.array([x - margin, y - margin, x + width + margin, y + height + margin])


def _area(corners: NDArray[Any]) -> float:
    return float(np.prod(np.maximum(corners[2:] - corners[:2], 0)))


def _common(first: NDArray[Any], second: NDArray[Any]) -> float:
    lower, upper = np.maximum(first[:2], second[:2]), np.minimum(first[2:], second[2:])
    return float(np.prod(np.maximum(upper - lower, 0)))
