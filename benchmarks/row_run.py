"""The run of a row: each contestant in its own process, one after the other, again and again."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.own_process import ProcessFailedError, address_of, run_module
from benchmarks.row import Contestant, Numbers, Row


@dataclass
class RowRun:
    """What came of running a row.

    Attributes
    ----------
    row : Row
        What was run.
    numbers : dict of str to list of dict
        The numbers of each contestant, one entry a repeat; a contestant that failed has none.
    failures : dict of str to str
        Why a contestant failed, by its name.
    """

    row: Row
    numbers: dict[str, list[Numbers]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)


def run_row(row: Row, repeats: int, announce: Callable[[str], None]) -> RowRun:
    """Run every contestant of ``row`` ``repeats`` times, in turns.

    In turns (A B A B, not A A B B), so that a machine that slows down slows all of them.  A
    contestant that fails once is out, with all its numbers; the others go on.

    Parameters
    ----------
    row : Row
        What to run.
    repeats : int
        Runs of each contestant.
    announce : callable
        Is handed a line of progress after each run.

    Returns
    -------
    RowRun
        All numbers and failures.
    """
    run = RowRun(row, {name: [] for name in row.contestants})
    for repeat in range(1, repeats + 1):
        for name in list(run.numbers):
            try:
                numbers = _run_in_own_process(row.contestants[name], row.measure)
            except ProcessFailedError as error:
                del run.numbers[name]
                run.failures[name] = str(error)
                outcome = f"failed: {error}"
            else:
                run.numbers[name].append(numbers)
                outcome = f"{numbers[row.measure]:,.3f} {row.unit}"
            announce(f"{row.name} {repeat}/{repeats}  {name}: {outcome}")
    return run


def _run_in_own_process(contestant: Contestant, measure: str) -> Numbers:
    numbers = run_module("benchmarks.call", address_of(contestant))
    try:
        measured = math.isfinite(numbers[measure])
    except (KeyError, TypeError):
        measured = False
    if not measured:
        raise ProcessFailedError(f"printed no number {measure!r}")
    return numbers
