"""The picture of a comparison: scores with their spread, and what they cost."""

from __future__ import annotations

from textwrap import fill
from typing import Self

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.container import Container
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

_INK = "#1f3b57"  # dark enough to read in black and white, and safe for colour-blind readers
_NAME_WIDTH = 24  # characters in a line of a classifier's name


class ComparisonDisplay:
    """Draw a table of ``compare_classifiers`` or ``compare_regressors``.

    Parameters
    ----------
    table : pandas.DataFrame
        As these return it.

    Attributes
    ----------
    figure_ : matplotlib.figure.Figure
        The figure that was drawn into.
    ax_ : matplotlib.axes.Axes
        The axes that were drawn into.

    Examples
    --------
    >>> from skcnn import compare_classifiers, default_classifiers, load_digit_images
    >>> from skcnn.display import ComparisonDisplay
    >>> X, y = load_digit_images(return_X_y=True)
    >>> svm = {"SVM": default_classifiers((8, 8, 1))["SVM"]}
    >>> display = ComparisonDisplay(compare_classifiers(svm, X, y, cv=3)).plot()
    """

    figure_: Figure
    ax_: Axes

    def __init__(self, table: pd.DataFrame) -> None:
        self.table = table

    def plot(self, ax: Axes | None = None, *, score: str | None = None) -> Self:
        """Draw one line a classifier or regressor, best at the top.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None for a new figure.
        score : str or None, default=None
            Name of the score to draw where the table has several; None for the first.

        Returns
        -------
        self
            With ``figure_`` and ``ax_``.

        Raises
        ------
        ValueError
            If nothing in the table has the score.
        """
        score = _chosen(score, self.table)
        table = self.table[self.table[f"mean_{score}"].notna()]
        if table.empty:
            raise ValueError(
                "The table holds no score to draw; its error column says why each fit failed."
            )
        table = table.sort_values(f"mean_{score}", ascending=False, kind="stable")
        names = [fill(str(name), _NAME_WIDTH) for name in table.index]
        self.ax_ = _new_axes(names) if ax is None else ax
        self.figure_ = self.ax_.figure.figure
        _draw_scores(self.ax_, table, score)
        _draw_frame(self.ax_, names, score)
        _write_costs(self.ax_, table, score)
        return self


def _chosen(score: str | None, table: pd.DataFrame) -> str:
    """Return the name of the score to draw."""
    columns = [str(column) for column in table.columns]
    names = [name.removeprefix("mean_") for name in columns if name.startswith("mean_")]
    if score is None:
        return names[0]
    if score not in names:
        raise ValueError(
            f"The table holds no score {score!r}; expected one of {', '.join(map(repr, names))}."
        )
    return score


def _new_axes(names: list[str]) -> Axes:
    inches_a_row = 0.4 + 0.2 * max(name.count("\n") + 1 for name in names)
    layout = ConstrainedLayoutEngine(w_pad=0.1, h_pad=0.1)
    return plt.figure(figsize=(8, 1.4 + inches_a_row * len(names)), layout=layout).subplots()


def _draw_scores(ax: Axes, table: pd.DataFrame, score: str) -> None:
    rows = np.arange(len(table))
    folds = ax.errorbar(
        table[f"mean_{score}"],
        rows,
        xerr=table[f"std_{score}"],
        fmt="o",
        color=_INK,
        capsize=4,
        label="folds: mean ± standard deviation",
    )
    marks: list[Artist | Container] = [folds]
    if f"test_{score}" in table:
        marks += ax.plot(
            table[f"test_{score}"],
            rows,
            "D",
            markerfacecolor="none",
            markeredgecolor=_INK,
            markersize=9,
            label="test set",
        )
    ax.legend(
        handles=marks,
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=2,
        frameon=False,
        borderpad=0,
    )


def _draw_frame(ax: Axes, names: list[str], score: str) -> None:
    ax.set_yticks(np.arange(len(names)), names, parse_math=False)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_xlabel(score, parse_math=False)
    ax.xaxis.grid(True, color="0.85")
    ax.set_axisbelow(True)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)


def _write_costs(ax: Axes, table: pd.DataFrame, score: str) -> None:
    costs = zip(table[f"mean_{score}"], table["fit_seconds"], strict=True)
    for row, (mean, seconds) in enumerate(costs):
        ax.annotate(
            f"{mean:{'.4f' if abs(mean) < 10 else ',.1f'}}   {_seconds(seconds)} a fit",
            (1.03, row),
            xycoords=("axes fraction", "data"),
            va="center",
        )


def _seconds(seconds: float) -> str:
    return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:,.0f} s"
