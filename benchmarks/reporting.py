"""The table in the terminal, and the report in Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.judging import Spread, Verdict, judge, spread_of
from benchmarks.row import AtMost, ShareOf, Target, TimesBetter
from benchmarks.row_run import RowRun

_HEADINGS = ("row", "ours", "against", "result", "target", "reached")


def verdicts_of(runs: Sequence[RowRun]) -> list[Verdict]:
    """Return all verdicts, in the order of the table."""
    return [verdict for run in runs for verdict in judge(run)]


def print_results(runs: Sequence[RowRun], console: Console) -> None:
    """Print the table, the remarks below it and how many targets were reached."""
    rows = Table(*_HEADINGS, box=box.HORIZONTALS, show_lines=True)
    for verdict in verdicts_of(runs):
        rows.add_row(*_cells(verdict, line_break="\n"))
    console.print(rows)
    console.print("\n".join([*_remarks(runs), summary(runs)]), markup=False, highlight=False)


def summary(runs: Sequence[RowRun]) -> str:
    """Say how many targets were reached."""
    verdicts = verdicts_of(runs)
    reached = sum(verdict.reached for verdict in verdicts)
    missing = sum(not verdict.measured for verdict in verdicts)
    text = f"{reached} of {len(verdicts)} targets reached"
    return f"{text}, {missing} not measured." if missing else f"{text}."


def report(runs: Sequence[RowRun], repeats: int, cpu: str, versions: Mapping[str, str]) -> str:
    """Return results.md: the table, what it was measured on, and every number.

    Parameters
    ----------
    runs : sequence of RowRun
        What was run.
    repeats : int
        Runs of each contestant.
    cpu : str
        Model and cores.
    versions : mapping of str to str
        Version of each package, by its name.
    """
    packages = ", ".join(f"{name} {version}" for name, version in versions.items())
    parts = [
        "# Results",
        "Written by `make bench`; [README.md](README.md) says how to read it.",
        "![Each result beside its target](results.png)",
        f"**{summary(runs)}** Medians of {repeats} repeats, lowest and highest in brackets.",
        markdown_table([_HEADINGS, *(_cells(verdict) for verdict in verdicts_of(runs))]),
        *(["\n".join(_remarks(runs))] if _remarks(runs) else []),
        f"Measured on {date.today():%d %B %Y} on {cpu}, with {packages}.",
        "## Every number",
        *(_every_number(run) for run in runs),
    ]
    return "\n\n".join(parts) + "\n"


def amount(value: float) -> str:
    """Write a whole number as it is, any other with three digits or all those before the point."""
    is_long = abs(value) >= 99.95
    return f"{value:,.0f}" if is_long or value == int(value) else f"{value:#.3g}"


def markdown_table(rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table; its first row is the header."""
    header, *body = ["| " + " | ".join(cells) + " |" for cells in rows]
    return "\n".join([header, "|" + "---|" * len(rows[0]), *body])


def target_text(target: Target, unit: str) -> str:
    """Say in a few words what was to be reached."""
    match target:
        case TimesBetter(factor=factor):
            return f"at least {factor:g}x"
        case ShareOf(share=share):
            return f"at most {share:g} of it"
        case AtMost(amount=limit):
            return f"at most {limit:g} {unit}"
    raise TypeError(f"Expected a known kind of target; received {target!r}.")


def result_text(verdict: Verdict) -> str:
    """Say what was measured: how many times better, which share, or how much."""
    if verdict.value is None:
        return "not measured"
    match verdict.target:
        case TimesBetter():
            return _with_range(verdict.value, "x")
        case ShareOf():
            return _with_range(verdict.value, " of it")
        case _:
            return _with_range(verdict.value, f" {verdict.row.unit}")


def _cells(verdict: Verdict, line_break: str = "<br>") -> tuple[str, ...]:
    peers = verdict.peer or " or ".join(verdict.target.peers)

    def measured(contestant: str, spread: Spread | None) -> str:
        numbers = _with_range(spread, f" {verdict.row.unit}") if spread else "failed"
        return f"{contestant}{line_break}{numbers}"

    return (
        f"{verdict.row.name}{line_break}{verdict.row.work}",
        measured(verdict.target.ours, verdict.ours),
        measured(peers, verdict.theirs) if peers else "",
        result_text(verdict),
        target_text(verdict.target, verdict.row.unit),
        _yes_or_no(verdict),
    )


def _yes_or_no(verdict: Verdict) -> str:
    if not verdict.measured:
        return "not measured"
    return "yes" if verdict.reached else "no, see below" if verdict.remarks else "no"


def _remarks(runs: Sequence[RowRun]) -> list[str]:
    remarks = [f"- {v.row.name}: {text}." for v in verdicts_of(runs) for text in v.remarks]
    return list(dict.fromkeys(remarks))


def _with_range(spread: Spread, unit: str = "") -> str:
    median, lowest, highest = map(amount, (spread.median, spread.lowest, spread.highest))
    return f"{median}{unit} ({lowest} to {highest})"


def _every_number(run: RowRun) -> str:
    keys = list(dict.fromkeys(key for repeats in run.numbers.values() for key in repeats[0]))
    header = ("contestant", *(key.replace("_", " ") for key in keys))
    lines = [
        (name, *(_cell(run, name, key) for key in keys))
        for name in run.row.contestants
        if name in run.numbers
    ]
    failures = [f"- {name} failed: {reason}" for name, reason in run.failures.items()]
    return "\n\n".join(
        [
            f"### {run.row.name}: {run.row.work}",
            *([markdown_table([header, *lines])] if lines else []),
            *(["\n".join(failures)] if failures else []),
        ]
    )


def _cell(run: RowRun, contestant: str, key: str) -> str:
    if key not in run.numbers[contestant][0]:
        return ""
    spread = spread_of(run, contestant, key)
    if spread is None:
        return ""
    return amount(spread.median) if spread.lowest == spread.highest else _with_range(spread)
