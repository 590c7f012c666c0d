"""The tables: how many lines and digits are read rightly under each condition, and why not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from benchmarks.machine import describe_cpu
from benchmarks.notes.measuring import MAIN, Tally
from benchmarks.reporting import markdown_table

_HEADINGS = ("notes", "lines", "wholly right", "95 % interval", "digits", "ms a note")
_MAIN_NAMES = {setting.name for setting in MAIN}


def tables(tallies: Sequence[Tally], seed: int) -> str:
    """Return the results in Markdown: by condition, and by cause.

    Parameters
    ----------
    tallies : sequence of Tally
        One a setting.
    seed : int
        That the notes were composed by.
    """
    main = [tally for tally in tallies if tally.setting.name in _MAIN_NAMES]
    parts = [
        markdown_table([_HEADINGS, *map(_cells, tallies)]),
        "Lines count as right where every digit and space is; a line that was read where none is "
        "counts as a wrong one. Digits count where they are read rightly in their place. "
        f"Seed {seed}; {describe_cpu()}.",
        markdown_table([("why lines are wrong", *(t.setting.name for t in main)), *_causes(main)]),
    ]
    return "\n\n".join(parts)


def _cells(tally: Tally) -> tuple[str, ...]:
    low, high = tally.line_interval
    return (
        tally.setting.name,
        f"{tally.n_lines:,}",
        f"{tally.lines:.1%}",
        f"{low:.1%} to {high:.1%}",
        f"{tally.digits:.2%}",
        f"{tally.milliseconds:.0f}",
    )


def _causes(tallies: Sequence[Tally]) -> list[tuple[str, ...]]:
    """Return a row a cause, the commonest first."""
    total: Counter[str] = Counter()
    for tally in tallies:
        total += tally.causes
    shares = {
        cause: [f"{tally.causes[cause] / tally.n_lines:.2%}" for tally in tallies]
        for cause, _ in total.most_common()
    }
    return [(cause, *cells) for cause, cells in shares.items()]
