"""How often each class was taken for which: as a table for a terminal, and as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LONGEST_NAME = 24  # characters
_MOST_ROWS = 30  # of a table by class
_LEAST_COLUMN = 3  # characters

_MOST_COUNTED = 25  # classes; cells of more are too small for numbers
_MOST_NAMED = 80  # classes; more names would lie upon each other
_CELL_INCHES, _INCHES_FOR_NAMES = 0.42, 1.8
_CHARACTER_INCHES = 0.11
_LEAST_INCHES, _MOST_INCHES = 6.0, 15.0


def print_confusion(counts: Any, names: Sequence[str], console: Console) -> None:
    """Print counts of shape (n_classes, n_classes), with true classes in rows.

    Names head the columns, or numbers where names are too wide.  Of more classes than fit side by
    side, each becomes a row that says what it was mostly taken for.
    """
    shortened = [_shortened(name) for name in names]
    could_fit = _LEAST_COLUMN * len(names) <= console.width
    for lay_out in (_by_names, _by_numbers) if could_fit else ():
        table = lay_out(counts, shortened)
        if _width(table, console) <= console.width:
            console.print("confusion matrix (rows: true, columns: predicted):")
            console.print(table)
            return
    worst = f"{_MOST_ROWS} worst of {len(names)} classes" if len(names) > _MOST_ROWS else "classes"
    console.print(f"test images of the {worst}, the worst first:")
    console.print(_by_class(counts, names))


def draw_confusion(counts: Any, names: Sequence[str]) -> Figure:
    """Draw counts of shape (n_classes, n_classes), with true classes in rows."""
    from matplotlib import pyplot as plt
    from sklearn.metrics import ConfusionMatrixDisplay

    n_classes = len(names)
    shortened = [_shortened(name) for name in names]
    side = n_classes * _CELL_INCHES + _INCHES_FOR_NAMES
    side = min(max(side, _LEAST_INCHES), _MOST_INCHES)
    fits = max(map(len, shortened)) * _CHARACTER_INCHES < (side - _INCHES_FOR_NAMES) / n_classes
    figure, ax = plt.subplots(figsize=(side + 0.5, side), layout="constrained")
    ConfusionMatrixDisplay(counts, display_labels=shortened).plot(
        cmap="Greys",
        colorbar=False,
        include_values=n_classes <= _MOST_COUNTED,
        xticks_rotation="horizontal" if fits else "vertical",
        ax=ax,
    )
    ax.tick_params(labelsize=10 if n_classes <= _MOST_COUNTED else 6)
    if n_classes > _MOST_NAMED:
        ax.set(xticks=[], yticks=[])
    return figure


def _by_names(counts: Any, names: Sequence[str]) -> Table:
    return _matrix(counts, names, names)


def _by_numbers(counts: Any, names: Sequence[str]) -> Table:
    rows = [name if name == str(n) else f"{n} {name}" for n, name in enumerate(names)]
    return _matrix(counts, rows, list(map(str, range(len(names)))))


def _matrix(counts: Any, rows: Sequence[str], columns: Sequence[str]) -> Table:
    """Lay out all counts; mistakes stand out from empty cells."""
    table = _table("")
    for heading in columns:
        table.add_column(Text(heading), justify="right", no_wrap=True)
    for heading, row in zip(rows, counts, strict=True):
        table.add_row(Text(heading), *(str(count) if count else "." for count in row))
    return table


def _by_class(counts: Any, names: Sequence[str]) -> Table:
    """Lay out the worst classes, a row each: how many were right, and the commonest mistake."""
    table = _table("class")
    for heading in ("images", "right"):
        table.add_column(heading, justify="right")
    table.add_column("most often taken for", overflow="fold")
    totals = counts.sum(axis=1)
    shares = counts.diagonal() / totals.clip(1)
    for n in shares.argsort(kind="stable")[:_MOST_ROWS]:
        mistakes = counts[n].copy()
        mistakes[n] = 0
        taken_for = f"{names[mistakes.argmax()]} ({mistakes.max()})" if mistakes.any() else ""
        table.add_row(Text(names[n]), str(totals[n]), f"{shares[n]:.1%}", Text(taken_for))
    return table


def _table(heading: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, collapse_padding=True)
    table.add_column(heading, overflow="fold")
    return table


def _width(table: Table, console: Console) -> int:
    """Return how wide a table would be with every cell in one line."""
    return console.measure(table, options=console.options.update(max_width=10_000)).maximum


def _shortened(name: str) -> str:
    """Return a name with its middle left out where it is long: lists of names tell by the ends."""
    if len(name) <= _LONGEST_NAME:
        return name
    half = _LONGEST_NAME // 2
    return f"{name[: half - 1]}…{name[-half:]}"
