"""Digits set into lines: where each stands, and that two of them touch or do not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from benchmarks.notes.conditions import Conditions
from benchmarks.notes.inking import DigitShape, Ink

_CLEARANCE = 0.05  # of a digit's height: the least paper between two digits
_LEAST_CLEARANCE = 2  # pixels
_GAP = (-0.05, 0.3)  # between the boxes of two digits, in heights
_SPACE = (0.75, 1.3)
_PITCH = (1.45, 2.1)  # from line to line, in heights
_OVERLAP = (0.15, 0.8)  # ink of two digits that touch, in squares of the pen's width
_DEEPEST = 0.25  # of the narrower digit's width: how far their boxes may overlap


class UnfitError(Exception):
    """Digits cannot be set as they should be: others, or other chance, may fit."""


@dataclass(frozen=True)
class Hand:
    """How one digit is written.

    Attributes
    ----------
    shape : DigitShape
        The digit.
    label : int
        Which it is.
    height, angle, shear : float
        As ``DigitShape.written`` takes them.
    """

    shape: DigitShape
    label: int
    height: float
    angle: float
    shear: float

    def ink(self, page_angle: float = 0.0) -> Ink:
        """Return it as it stands on a page that is turned by an angle in degrees."""
        return self.shape.written(self.height, self.angle + page_angle, self.shear)


@dataclass(frozen=True)
class Placed:
    """A digit with its place.

    Attributes
    ----------
    hand : Hand
        How it is written.
    ink : Ink
        Its ink.
    x, y : int
        Where the ink's first pixel stands.
    """

    hand: Hand
    ink: Ink
    x: int
    y: int

    @property
    def box(self) -> tuple[int, int, int, int]:
        """(x, y, width, height) of its ink."""
        x, y, width, height = self.ink.box
        return self.x + x, self.y + y, width, height

    def moved(self, x: int, y: int) -> Placed:
        """Return it moved by pixels to the right and down."""
        return replace(self, x=self.x + x, y=self.y + y)

    def turned(self, angle: float) -> Placed:
        """Return it on a page that is turned about its origin by an angle in degrees."""
        if angle == 0:
            return self
        turn = np.deg2rad(angle)
        half = (len(self.ink.depth) - 1) / 2
        x, y = self.x + half, self.y + half
        x, y = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
        ink = self.hand.ink(angle)
        half = (len(ink.depth) - 1) / 2
        return replace(self, ink=ink, x=round(x - half), y=round(y - half))


@dataclass(frozen=True)
class Line:
    """A line of a note.

    Attributes
    ----------
    digits : tuple of Placed
        From left to right.
    spaces : frozenset of int
        Numbers of the digits that have a space before them.
    touching : int or None
        Number of the digit that touches the next one.
    """

    digits: tuple[Placed, ...]
    spaces: frozenset[int]
    touching: int | None

    def moved(self, x: int, y: int) -> Line:
        """Return it moved by pixels to the right and down."""
        return replace(self, digits=tuple(digit.moved(x, y) for digit in self.digits))

    def turned(self, angle: float) -> Line:
        """Return it on a page that is turned about its origin by an angle in degrees."""
        return replace(self, digits=tuple(digit.turned(angle) for digit in self.digits))


def set_line(hands: Sequence[Hand], conditions: Conditions, rng: np.random.Generator) -> Line:
    """Return digits side by side, with their feet near a baseline at y = 0.

    Raises
    ------
    UnfitError
        If two digits that shall touch do so only where they run into each other.
    """
    touching = int(rng.integers(len(hands) - 1)) if conditions.touching else None
    placed: list[Placed] = []
    spaces = set()
    for number, hand in enumerate(hands):
        digit = _standing(hand, conditions, rng)
        if not placed:
            placed.append(digit)
        elif touching == number - 1:
            placed.append(_touching(placed, digit, rng))
        else:
            wide = rng.random() < conditions.spaces
            if wide:
                spaces.add(number)
            gap = rng.uniform(*(_SPACE if wide else _GAP)) * hand.height
            placed.append(_clear(placed, digit, round(gap)))
    if conditions.line_angle:
        slope = np.tan(np.radians(conditions.line_angle * rng.uniform(-1, 1)))
        placed = [digit.moved(0, round(slope * digit.x)) for digit in placed]
    return Line(tuple(placed), frozenset(spaces), touching)


def set_below(lines: Sequence[Line], line: Line, height: float, rng: np.random.Generator) -> Line:
    """Return a line moved below others, clear of them."""
    if not lines:
        return line
    line = line.moved(0, lines[-1].digits[0].y + len(lines[-1].digits[0].ink.depth))
    baseline = _baseline(lines[-1]) + round(rng.uniform(*_PITCH) * height)
    line = line.moved(round(rng.uniform(0, 1) * height), baseline - _baseline(line))
    while any(_near(above, digit) for above in lines[-1].digits for digit in line.digits):
        line = line.moved(0, max(1, round(0.05 * height)))
    return line


def check_contacts(lines: Sequence[Line]) -> None:
    """Make sure that the digits that shall touch do so, and no others.

    Raises
    ------
    UnfitError
        If it is otherwise.
    """
    pairs = {
        frozenset((id(line.digits[line.touching]), id(line.digits[line.touching + 1])))
        for line in lines
        if line.touching is not None
    }
    digits = [digit for line in lines for digit in line.digits]
    for one, other in combinations(digits, 2):
        shall_touch = frozenset((id(one), id(other))) in pairs
        if shall_touch and not _overlap(one, other):
            raise UnfitError("two digits have come apart")
        if not shall_touch and _overlap(one, other, 1.5):
            raise UnfitError("two digits have come together")


def _baseline(line: Line) -> int:
    _, y, _, height = line.digits[0].box
    return y + height


def _standing(hand: Hand, conditions: Conditions, rng: np.random.Generator) -> Placed:
    ink = hand.ink()
    _, y, _, height = ink.box
    foot = round(conditions.baseline * rng.uniform(-1, 1) * hand.height)
    return Placed(hand, ink, 0, foot - y - height)


def _beside(placed: Sequence[Placed], digit: Placed, gap: int) -> Placed:
    x, _, width, _ = placed[-1].box
    return digit.moved(x + width + gap - digit.box[0], 0)


def _clear(placed: Sequence[Placed], digit: Placed, gap: int) -> Placed:
    digit = _beside(placed, digit, gap)
    while any(_near(other, digit) for other in placed[-2:]):
        digit = digit.moved(1, 0)
    return digit


def _touching(placed: Sequence[Placed], digit: Placed, rng: np.random.Generator) -> Placed:
    before = placed[-1]
    digit = _beside(placed, digit, 0)
    pen = 2 * digit.hand.shape.half_width * digit.hand.height / 20
    wanted = max(2.0, rng.uniform(*_OVERLAP) * pen**2)
    narrower = min(before.box[2], digit.box[2])
    deepest = digit.x - max(round(_DEEPEST * narrower), 2)
    while (overlap := _overlap(before, digit)) < wanted and digit.x > deepest:
        digit = digit.moved(-1, 0)
    if not overlap or overlap > 2 * wanted or any(_near(other, digit) for other in placed[-2:-1]):
        raise UnfitError("two digits do not touch without running into each other")
    return digit


def _near(one: Placed, other: Placed) -> bool:
    height = max(one.hand.height, other.hand.height)
    return _overlap(one, other, max(_LEAST_CLEARANCE, _CLEARANCE * height)) > 0


def _overlap(one: Placed, other: Placed, reach: float = 0.0) -> int:
    """Return how many pixels of one digit's ink stand within ``reach`` of another's."""
    x0, y0 = max(one.x, other.x), max(one.y, other.y)
    (h1, w1), (h2, w2) = one.ink.depth.shape, other.ink.depth.shape
    x1, y1 = min(one.x + w1, other.x + w2), min(one.y + h1, other.y + h2)
    if x0 >= x1 or y0 >= y1:
        return 0
    first, second = (
        digit.ink.depth[y0 - digit.y : y1 - digit.y, x0 - digit.x : x1 - digit.x]
        for digit in (one, other)
    )
    return int(((first > -reach) & (second > -0.5 if reach else second > 0)).sum())


def all_digits(lines: Sequence[Line]) -> Iterator[Placed]:
    """Yield the digits of all lines."""
    for line in lines:
        yield from line.digits
