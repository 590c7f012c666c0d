"""Notes of handwritten digits, and what stands in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from benchmarks.notes.conditions import Conditions
from benchmarks.notes.inking import DigitShape
from benchmarks.notes.paper import photograph
from benchmarks.notes.setting import (
    Hand,
    Line,
    Placed,
    UnfitError,
    all_digits,
    check_contacts,
    set_below,
    set_line,
)

Box = tuple[int, int, int, int]

_MARGIN = (0.4, 2.0)  # around all ink, in heights of a digit
_LARGEST = 12_000_000  # pixels of a page
_ATTEMPTS = 200
_LOOSEST = 0.1  # how much a line's size differs from the note's, where sizes are uneven


@dataclass(frozen=True)
class WrittenDigit:
    """A digit of a note.

    Attributes
    ----------
    label : int
        Which it is.
    box : tuple of int
        (x, y, width, height) of its ink in pixels.
    touches_next : bool
        Whether it touches the next digit of its line.
    """

    label: int
    box: Box
    touches_next: bool


@dataclass(frozen=True)
class WrittenLine:
    """A line of a note.

    Attributes
    ----------
    digits : tuple of WrittenDigit
        From left to right.
    text : str
        The digits, with its spaces.
    """

    digits: tuple[WrittenDigit, ...]
    text: str


@dataclass(frozen=True)
class ComposedNote:
    """A note with the truth about it.

    Attributes
    ----------
    picture : ndarray of shape (height, width, 3), uint8
        The note.
    lines : tuple of WrittenLine
        From top to bottom.
    conditions : Conditions
        Under which it was composed.
    """

    picture: NDArray[np.uint8] = field(repr=False)
    lines: tuple[WrittenLine, ...]
    conditions: Conditions

    @property
    def text(self) -> str:
        """The lines, joined by newlines."""
        return "\n".join(line.text for line in self.lines)


@dataclass(frozen=True)
class Composer:
    """Composes notes of given digits.

    Parameters
    ----------
    images : ndarray of shape (n, 28, 28), uint8
        Light digits on black, as MNIST has them.
    labels : ndarray of shape (n,), int
        Which they are.
    """

    images: NDArray[np.uint8] = field(repr=False)
    labels: NDArray[np.integer] = field(repr=False)

    def compose(
        self,
        conditions: Conditions,
        rng: np.random.Generator,
        text: str | None = None,
    ) -> ComposedNote:
        """Return a note.

        Parameters
        ----------
        conditions : Conditions
            Under which it is written and photographed.
        rng : numpy.random.Generator
            All chance.
        text : str or None, default=None
            Its digits, line by line; None for any.

        Raises
        ------
        ValueError
            If no such note can be composed.
        """
        for _ in range(_ATTEMPTS):
            try:
                return self._attempt(conditions, rng, text)
            except UnfitError:
                continue
        raise ValueError(f"{_ATTEMPTS} notes did not fit their conditions: {conditions}.")

    def _attempt(
        self, conditions: Conditions, rng: np.random.Generator, text: str | None
    ) -> ComposedNote:
        low, high = np.log(conditions.height)
        height = float(np.exp(rng.uniform(low, high)))
        pen, shear = rng.uniform(*conditions.pen), rng.uniform(*conditions.shear)
        lines: list[Line] = []
        for labels in _labels(conditions, rng, text):
            size = height * (1 + min(conditions.size, _LOOSEST) * rng.uniform(-1, 1))
            hands = [self._hand(label, size, pen, shear, conditions, rng) for label in labels]
            lines.append(set_below(lines, set_line(hands, conditions, rng), height, rng))
        angle = conditions.page_angle * rng.uniform(-1, 1)
        return _on_paper([line.turned(angle) for line in lines], height, angle, conditions, rng)

    def _hand(
        self,
        label: int | None,
        height: float,
        pen: float,
        shear: float,
        conditions: Conditions,
        rng: np.random.Generator,
    ) -> Hand:
        rows = len(self.labels) if label is None else np.flatnonzero(self.labels == label)
        row = rng.choice(rows)
        shape = DigitShape.of(self.images[row])
        shape = shape if pen == 1 else shape.with_pen(pen)
        shape = shape.broken(rng) if rng.random() < conditions.broken else shape
        return Hand(
            shape,
            int(self.labels[row]),
            height * (1 + conditions.size * rng.uniform(-1, 1)),
            conditions.digit_angle * rng.uniform(-1, 1),
            shear,
        )


def _labels(
    conditions: Conditions, rng: np.random.Generator, text: str | None
) -> list[list[int | None]]:
    """Return the digits of each line; None for any."""
    if text is not None:
        return [[int(digit) for digit in line] for line in text.split("\n")]
    fewest, most = conditions.n_digits
    fewest = max(fewest, 2) if conditions.touching else fewest
    n_lines = rng.integers(conditions.n_lines[0], conditions.n_lines[1] + 1)
    return [[None] * int(rng.integers(fewest, most + 1)) for _ in range(n_lines)]


def _on_paper(
    lines: Sequence[Line],
    height: float,
    angle: float,
    conditions: Conditions,
    rng: np.random.Generator,
) -> ComposedNote:
    left, top, right, bottom = _extent(lines)
    margins = np.round(rng.uniform(*_MARGIN, 4) * height).astype(int)
    lines = [line.moved(margins[0] - left, margins[1] - top) for line in lines]
    check_contacts(lines)
    shape = (bottom - top + margins[1] + margins[3], right - left + margins[0] + margins[2])
    if shape[0] * shape[1] > _LARGEST:
        raise UnfitError(f"a page of {shape[1]} x {shape[0]} pixels is too large")
    ink = np.zeros(shape, np.float32)
    for digit in all_digits(lines):
        _draw(ink, digit)
    picture = photograph(ink, height, angle, conditions, rng)
    return ComposedNote(picture, tuple(_written(line) for line in lines), conditions)


def _extent(lines: Sequence[Line]) -> Box:
    boxes = np.array([digit.box for digit in all_digits(lines)])
    left, top = boxes[:, :2].min(0)
    right, bottom = (boxes[:, :2] + boxes[:, 2:]).max(0)
    return int(left), int(top), int(right), int(bottom)


def _draw(page: NDArray[np.float32], digit: Placed) -> None:
    """Draw a digit; what its patch has beyond the page holds no ink."""
    height, width = digit.ink.depth.shape
    top, left = max(digit.y, 0), max(digit.x, 0)
    place = page[top : digit.y + height, left : digit.x + width]
    patch = digit.ink.coverage[top - digit.y :, left - digit.x :]
    np.maximum(place, patch[: place.shape[0], : place.shape[1]], out=place)


def _written(line: Line) -> WrittenLine:
    digits = tuple(
        WrittenDigit(digit.hand.label, digit.box, number == line.touching)
        for number, digit in enumerate(line.digits)
    )
    text = "".join(
        " " * (number in line.spaces) + str(digit.label) for number, digit in enumerate(digits)
    )
    return WrittenLine(digits, text)
