"""What a row of the benchmark declares: its work, its contestants and its targets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Numbers = dict[str, float]
Contestant = Callable[[], Numbers]


@dataclass(frozen=True)
class Target:
    """How one contestant is to stand beside others.

    Attributes
    ----------
    ours : str
        Name of the contestant that is judged.
    peers : tuple of str
        Names of those it is judged against.  Of several the best one counts.
    """

    ours: str
    peers: tuple[str, ...]


@dataclass(frozen=True)
class TimesBetter(Target):
    """At least ``factor`` times faster, or with that many times the throughput."""

    factor: float


@dataclass(frozen=True)
class ShareOf(Target):
    """At most ``share`` times what the peer takes."""

    share: float


@dataclass(frozen=True)
class AtMost(Target):
    """At most ``amount``, in the unit of the row; there is no peer."""

    amount: float


@dataclass(frozen=True)
class Condition:
    """What must hold besides the ratio.

    Attributes
    ----------
    contestant : str
        Name of the contestant that must fulfil it.
    text : str
        The condition in words, as the report prints it.
    holds : callable
        Takes the contestant's numbers, each the median of its repeats.
    """

    contestant: str
    text: str
    holds: Callable[[Numbers], bool]


@dataclass(frozen=True)
class Row:
    """One subject of the benchmark.

    Attributes
    ----------
    name : str
        As in ``make bench ROW=name``.
    work : str
        What every contestant does, in a few words.
    measure, unit : str
        Which of a contestant's numbers is compared, and its unit.
    contestants : dict of str to callable
        Functions of a module that take nothing and return numbers by name.  Each call runs in a
        process of its own, so they import what they need themselves.
    targets : tuple of Target
        Each is a line of the table.
    more_is_better : bool, default=False
        Whether a higher measure is the better one.
    same : tuple of str, default=()
        Numbers that must be equal for contestants to have done equal work.
    close : dict of str to float, default={}
        Numbers that may differ by this much between contestants that did equal work.
    conditions : tuple of Condition, default=()
        What must hold besides.
    """

    name: str
    work: str
    measure: str
    unit: str
    contestants: Mapping[str, Contestant]
    targets: tuple[Target, ...]
    more_is_better: bool = False
    same: tuple[str, ...] = ()
    close: Mapping[str, float] = field(default_factory=dict)
    conditions: tuple[Condition, ...] = ()
