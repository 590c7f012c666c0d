"""What was read: a note, its lines and their digits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

UNREAD = "?"


@dataclass(frozen=True)
class NoteDigit:
    """A digit of a note.

    Attributes
    ----------
    label : object
        The likeliest class, as the classifier names it: an integer where it was fitted on
        MNIST's labels.
    probability : float
        What the classifier gave it, in 0..1.
    box : tuple of int
        (x, y, width, height) in pixels of the picture that was read: the smallest upright
        rectangle around the digit's ink.
    alternatives : tuple of (object, float)
        The next likeliest classes and their probabilities, the likelier first.
    min_probability : float
        Below which the digit prints as "?".
    """

    label: Any
    probability: float
    box: tuple[int, int, int, int]
    alternatives: tuple[tuple[Any, float], ...]
    min_probability: float = 0.0

    @property
    def text(self) -> str:
        """The label as it prints; "?" where it is too improbable."""
        return str(self.label) if self.probability >= self.min_probability else UNREAD


@dataclass(frozen=True)
class NoteLine:
    """A line of a note.

    Attributes
    ----------
    digits : tuple of NoteDigit
        From left to right.
    spaces : tuple of int
        Which digits have a wide gap before them, counted from 0.
    """

    digits: tuple[NoteDigit, ...]
    spaces: tuple[int, ...] = ()

    @property
    def text(self) -> str:
        """The digits, with a space for each wide gap."""
        return "".join(
            f" {digit.text}" if i in self.spaces else digit.text
            for i, digit in enumerate(self.digits)
        )


@dataclass(frozen=True)
class Note:
    """What stands in a picture.

    Attributes
    ----------
    lines : tuple of NoteLine
        From top to bottom; none where the picture holds no digits.
    """

    lines: tuple[NoteLine, ...]

    @property
    def text(self) -> str:
        """The lines, joined by newlines; empty where there are none."""
        return "\n".join(line.text for line in self.lines)
