"""The picture: every result as a bar beside the mark of its target."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from benchmarks.judging import Spread, Verdict
from benchmarks.reporting import amount
from benchmarks.row import AtMost, ShareOf, TimesBetter

_INK = "#222222"
_PALE_INK = "#666666"
_FILL = "#1f4e79"
_MARK = "#d55e00"
_SPREAD = "#8c8c8c"
_INCHES_A_BAR = 0.52


def draw(verdicts: Sequence[Verdict], path: Path) -> None:
    """Draw all verdicts as horizontal bars and save them as a PNG.

    Above, on a log scale, how many times better than the peer; below, on a linear one for each
    row, what has a target in a unit of its own.  Full bars reach their target, hatched ones miss
    it.

    Parameters
    ----------
    verdicts : sequence of Verdict
        In the order of the table.
    path : Path
        File to write.
    """
    ratios = [verdict for verdict in verdicts if not isinstance(verdict.target, AtMost)]
    amounts = [verdict for verdict in verdicts if isinstance(verdict.target, AtMost)]
    by_row = [list(panel) for _, panel in groupby(amounts, lambda verdict: verdict.row.name)]
    panels = [panel for panel in (ratios, *by_row) if panel]
    heights = [len(panel) + 0.3 for panel in panels]
    figure = Figure(
        figsize=(9.5, _INCHES_A_BAR * sum(heights) + 0.8 * len(panels) + 0.4),
        layout=ConstrainedLayoutEngine(hspace=0.06, w_pad=0.12),
    )
    axes_of_panels = figure.subplots(len(panels), 1, squeeze=False, height_ratios=heights)[:, 0]
    for axes, panel in zip(axes_of_panels, panels, strict=True):
        _draw_panel(axes, panel)
    figure.legend(handles=_legend(), loc="outside lower right", ncols=4, frameon=False)
    figure.savefig(path, dpi=150)


def _draw_panel(axes: Axes, verdicts: Sequence[Verdict]) -> None:
    in_own_unit = isinstance(verdicts[0].target, AtMost)
    start = 0.0 if in_own_unit else 1.0
    if in_own_unit:
        row = verdicts[0].row
        title = f"{row.work[0].upper()}{row.work[1:]}, in {row.unit}: less is better"
        axes.set_title(title, loc="left")
        axes.margins(x=0.45)
    else:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}x")
        axes.set_title("How many times better than the peer", loc="left")
        axes.margins(x=0.25)
    for place, verdict in enumerate(verdicts):
        _draw_bar(axes, verdict, place, start)
        _label(axes, verdict, place)
    axes.set_yticks([])
    axes.set_ylim(len(verdicts) - 0.4, -0.6)
    axes.axvline(start, color=_INK, linewidth=0.8)
    axes.grid(axis="x", color="#e3e3e3", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)


def _draw_bar(axes: Axes, verdict: Verdict, place: int, start: float) -> None:
    goal = _goal(verdict)
    axes.plot([goal, goal], [place - 0.38, place + 0.38], color=_MARK, linewidth=3, zorder=4)
    shown = _as_drawn(verdict)
    text, rightmost = f"not measured (target {_number(goal, verdict)})", max(start, goal)
    if shown is not None:
        bars = axes.barh(place, shown.median - start, 0.5, left=start, edgecolor=_FILL, zorder=2)
        bars[0].set(**_style(reached=verdict.reached))
        ends = [shown.lowest, shown.highest]
        axes.plot(ends, [place, place], color=_SPREAD, linewidth=2, zorder=3)
        text = f"{_number(shown.median, verdict)} (target {_number(goal, verdict)})"
        rightmost = max(rightmost, shown.median, shown.highest)
    axes.annotate(
        text,
        (rightmost, place),
        xytext=(8, 0),
        textcoords="offset points",
        va="center",
        color=_INK,
        fontweight="bold" if verdict.reached else "normal",
    )


def _label(axes: Axes, verdict: Verdict, place: int) -> None:
    """Write beside a bar what was done, and in a smaller line against whom."""
    peers = verdict.peer or " or ".join(verdict.target.peers)
    ours, row = verdict.target.ours, verdict.row
    is_only_one = len({target.ours for target in row.targets}) == 1
    against = f"against {peers}" if is_only_one else f"{ours}, against {peers}"
    first, second = (
        (row.work, against) if peers else (ours, f"{row.name.replace('_', ' ')}, no peer")
    )
    for text, rise, size, color in ((first, 6, 10, _INK), (second, -6, 8, _PALE_INK)):
        axes.annotate(
            text,
            (0, place),
            xycoords=axes.get_yaxis_transform(),
            xytext=(-8, rise),
            textcoords="offset points",
            ha="right",
            va="center",
            color=color,
            fontsize=size,
        )


def _style(*, reached: bool) -> dict[str, str]:
    return {"facecolor": _FILL} if reached else {"facecolor": "white", "hatch": "////"}


def _as_drawn(verdict: Verdict) -> Spread | None:
    """Return the value as a length of a bar: a share turns into how many times less."""
    value = verdict.value
    if value is None or not isinstance(verdict.target, ShareOf):
        return value
    return Spread(1 / value.median, 1 / value.highest, 1 / value.lowest)


def _goal(verdict: Verdict) -> float:
    match verdict.target:
        case TimesBetter(factor=factor):
            return factor
        case ShareOf(share=share):
            return 1 / share
        case AtMost(amount=limit):
            return limit
    raise TypeError(f"Expected a known kind of target; received {verdict.target!r}.")


def _number(value: float, verdict: Verdict) -> str:
    return amount(value) + (f" {verdict.row.unit}" if isinstance(verdict.target, AtMost) else "x")


def _legend() -> list[Patch | Line2D]:
    return [
        _sample_of_bar("reached", reached=True),
        _sample_of_bar("missed", reached=False),
        Line2D([], [], color=_MARK, linewidth=3, label="target"),
        Line2D([], [], color=_SPREAD, linewidth=2, label="lowest to highest"),
    ]


def _sample_of_bar(label: str, *, reached: bool) -> Patch:
    sample = Patch(edgecolor=_FILL, label=label)
    sample.set(**_style(reached=reached))
    return sample
