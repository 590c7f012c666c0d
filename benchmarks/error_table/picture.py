"""The picture of a table: test errors over the time of the fits."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from benchmarks.error_table.table import Table

_INK = "#222222"
_GRID = "#dddddd"


def courses(table: Table) -> Figure:
    """Return a drawing of what each classifier reaches, and after how many seconds.

    A network is a line from epoch to epoch of its first seed, which ends where the fit does; a
    classifier without epochs is a point.  Both axes are logarithmic.

    Parameters
    ----------
    table : Table
        With one line or more.
    """
    figure = Figure(figsize=(9.5, 5.4), layout="constrained")
    axes = figure.subplots()
    for place, line in enumerate(table.lines):
        first = line.records[0]
        points = [*map(tuple, first.course), (first.fit_seconds, first.test_error)]
        seconds, errors = zip(*sorted(points), strict=True)
        color = f"C{place}"
        axes.plot(seconds, errors, color=color, linewidth=1.8, alpha=0.85, zorder=3)
        axes.plot(
            first.fit_seconds,
            first.test_error,
            marker="o" if first.course else "s",
            markersize=8,
            color=color,
            linestyle="none",
            label=f"{line.classifier.title}: {first.test_error:.2%}, {first.fit_seconds:,.0f} s",
            zorder=4,
        )
    axes.set(xscale="log", yscale="log")
    axes.set_title(f"{table.dataset.title}: test error over seconds of the fit", loc="left")
    axes.set_xlabel("seconds", color=_INK)
    axes.set_ylabel("test error", color=_INK)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g} %"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.grid(color=_GRID, zorder=0)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside right upper", frameon=False, title="at the end of the fit")
    return figure
