"""From the numbers of all repeats to a verdict on each target."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median

from benchmarks.row import AtMost, Numbers, Row, ShareOf, Target, TimesBetter
from benchmarks.row_run import RowRun


@dataclass(frozen=True)
class Spread:
    """Median, lowest and highest of the repeats."""

    median: float
    lowest: float
    highest: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        """Summarize the values of all repeats, at least one."""
        values = list(values)
        return cls(median(values), min(values), max(values))


@dataclass(frozen=True)
class Verdict:
    """One line of the table.

    Attributes
    ----------
    row : Row
        The row that the target belongs to.
    target : Target
        What was to be reached.
    ours : Spread or None
        The measure of the contestant that is judged; None if it failed.
    peer : str or None
        The peer that counts: the best of the target's peers.
    theirs : Spread or None
        Its measure.
    value : Spread or None
        What is compared with the target, repeat by repeat: the ratio, or the measure itself where
        the target has no peer.  None if a contestant that is needed failed.
    remarks : tuple of str
        Why there is no value, or why the value does not count: unequal work, a condition that
        does not hold.
    """

    row: Row
    target: Target
    ours: Spread | None
    peer: str | None
    theirs: Spread | None
    value: Spread | None
    remarks: tuple[str, ...] = ()

    @property
    def measured(self) -> bool:
        """Whether all that the target needs was measured."""
        return self.value is not None

    @property
    def reached(self) -> bool:
        """Whether the median reaches the target, by equal work and with all conditions met."""
        if self.value is None or self.remarks:
            return False
        match self.target:
            case TimesBetter(factor=factor):
                return self.value.median >= factor
            case ShareOf(share=share):
                return self.value.median <= share
            case AtMost(amount=amount):
                return self.value.median <= amount
        raise TypeError(f"Expected a known kind of target; received {self.target!r}.")


def judge(run: RowRun) -> list[Verdict]:
    """Return a verdict on each target of the row that was run."""
    return [_verdict(run, target) for target in run.row.targets]


def medians(run: RowRun) -> dict[str, Numbers]:
    """Return the median of every number of every contestant that did not fail."""
    return {
        name: {key: median(numbers[key] for numbers in repeats) for key in repeats[0]}
        for name, repeats in run.numbers.items()
    }


def spread_of(run: RowRun, contestant: str, number: str) -> Spread | None:
    """Summarize a number of a contestant, or return None if that contestant failed."""
    repeats = run.numbers.get(contestant)
    return Spread.of(numbers[number] for numbers in repeats) if repeats else None


def _verdict(run: RowRun, target: Target) -> Verdict:
    failed = [name for name in (target.ours, *target.peers) if name in run.failures]
    peer = _best_peer(run, target)
    return Verdict(
        row=run.row,
        target=target,
        ours=spread_of(run, target.ours, run.row.measure),
        peer=peer,
        theirs=spread_of(run, peer, run.row.measure) if peer else None,
        value=None if failed else _value(run, target, peer),
        remarks=tuple(
            [f"{name} failed: {run.failures[name]}" for name in failed]
            or [*_unequal_work(run, target.ours, peer), *_unmet(run, target.ours)]
        ),
    )


def _best_peer(run: RowRun, target: Target) -> str | None:
    measures = {
        name: numbers[run.row.measure]
        for name, numbers in medians(run).items()
        if name in target.peers
    }
    best = max if run.row.more_is_better else min
    return best(measures, key=measures.__getitem__, default=None)


def _value(run: RowRun, target: Target, peer: str | None) -> Spread:
    measure = run.row.measure
    ours = [numbers[measure] for numbers in run.numbers[target.ours]]
    if peer is None:
        return Spread.of(ours)
    theirs = [numbers[measure] for numbers in run.numbers[peer]]
    shares = [our / their for our, their in zip(ours, theirs, strict=True)]
    if isinstance(target, ShareOf) or run.row.more_is_better:
        return Spread.of(shares)
    return Spread.of(1 / share for share in shares)


def _unequal_work(run: RowRun, ours: str, peer: str | None) -> list[str]:
    """Say which numbers show that two contestants did not do the same."""
    if peer is None:
        return []
    numbers = medians(run)

    def number(contestant: str, key: str) -> float:
        return numbers[contestant].get(key, math.nan)

    tolerances: Mapping[str, float] = {**dict.fromkeys(run.row.same, 0.0), **run.row.close}
    return [
        f"{key} differs: {ours} {number(ours, key):.4g}, {peer} {number(peer, key):.4g}"
        for key, tolerance in tolerances.items()
        if not abs(number(ours, key) - number(peer, key)) <= tolerance
    ]


def _unmet(run: RowRun, contestant: str) -> list[str]:
    return [
        f"does not hold: {condition.text}"
        for condition in run.row.conditions
        if condition.contestant == contestant and not condition.holds(medians(run)[contestant])
    ]
