"""The runs: many notes under every condition, each composed, read and judged."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from statistics import median
from typing import Any

import numpy as np

from benchmarks.error_table.significance import Interval, wilson_interval
from benchmarks.notes.composing import ComposedNote, Composer
from benchmarks.notes.conditions import CLEAN, FACTORS, Conditions, common, mixed
from benchmarks.notes.judging import NoteVerdict, judge
from skcnn.reading import Note

Draw = Callable[[np.random.Generator], Conditions]


@dataclass(frozen=True)
class Setting:
    """Conditions that many notes are composed under.

    Attributes
    ----------
    name : str
        As the table calls it.
    draw : callable
        From a generator to the conditions of one note.
    """

    name: str
    draw: Draw


def _just(conditions: Conditions) -> Draw:
    return lambda rng: conditions


CLEAN_NOTES = Setting("clean", _just(CLEAN))
COMMON = Setting("common conditions mixed", common)
MIXED = Setting("all mixed", mixed)
TOUCHING = Setting("one touching pair a line", _just(replace(CLEAN, touching=True)))
MIXED_TOUCHING = Setting(
    "all mixed, one touching pair a line", lambda rng: replace(mixed(rng), touching=True)
)
MAIN = (CLEAN_NOTES, COMMON, MIXED, TOUCHING, MIXED_TOUCHING)
SINGLE = tuple(Setting(name, _just(CLEAN.but([name]))) for name in FACTORS)


@dataclass(frozen=True)
class Reading:
    """A note that was read.

    Attributes
    ----------
    number : int
        Of the note under its setting.
    verdict : NoteVerdict
        What has become of it.
    seconds : float
        Time that it took to read.
    """

    number: int
    verdict: NoteVerdict
    seconds: float


@dataclass(frozen=True)
class Tally:
    """What has become of all notes of a setting.

    Attributes
    ----------
    setting : Setting
        Their conditions.
    readings : tuple of Reading
        One a note.
    """

    setting: Setting
    readings: tuple[Reading, ...] = field(repr=False)

    @cached_property
    def causes(self) -> Counter[str]:
        """How many lines are wrong for each cause."""
        return Counter(
            line.cause for reading in self.readings for line in reading.verdict.lines if line.cause
        )

    @property
    def n_lines(self) -> int:
        """Lines that were written, and those that were read where none is."""
        return sum(len(reading.verdict.lines) for reading in self.readings)

    @property
    def lines(self) -> float:
        """Share of the lines that are wholly right."""
        return 1 - self.causes.total() / self.n_lines

    @property
    def line_interval(self) -> Interval:
        """Where that share lies, with a confidence of 95 %."""
        return wilson_interval(self.lines, self.n_lines)

    @property
    def n_digits(self) -> int:
        """Digits that were written."""
        return sum(reading.verdict.n_digits for reading in self.readings)

    @property
    def digits(self) -> float:
        """Share of the digits that were read rightly in their place."""
        return sum(reading.verdict.n_right for reading in self.readings) / self.n_digits

    @property
    def milliseconds(self) -> float:
        """Median time of a note."""
        return 1000 * median(reading.seconds for reading in self.readings)


def note_of(setting: Setting, composer: Composer, seed: int, number: int) -> ComposedNote:
    """Return one of a setting's notes, the same one for the same numbers."""
    rng = np.random.default_rng([seed, *setting.name.encode(), number])
    return composer.compose(setting.draw(rng), rng)


def measure(
    setting: Setting,
    composer: Composer,
    reader: Any,
    seed: int,
    numbers: Iterable[int],
    on_failure: Callable[[ComposedNote, Note, Reading], None],
) -> Tally:
    """Read notes of a setting.

    Parameters
    ----------
    setting : Setting
        Their conditions.
    composer : Composer
        Who writes them.
    reader : NoteReader
        Who reads them.
    seed : int
        Of all chance.
    numbers : iterable of int
        Which notes, counted from 0.
    on_failure : callable
        Is given each note of which a line is wrong, and what was read of it.
    """
    readings = []
    for number in numbers:
        written = note_of(setting, composer, seed, number)
        start = time.perf_counter()
        note = reader.read(written.picture)
        seconds = time.perf_counter() - start
        readings.append(Reading(number, judge(written, note), seconds))
        if any(line.cause for line in readings[-1].verdict.lines):
            on_failure(written, note, readings[-1])
    return Tally(setting, tuple(readings))
