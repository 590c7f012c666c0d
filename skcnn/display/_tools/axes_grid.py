"""A grid of axes: in a figure of its own, inside given axes, or made of given ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral
from textwrap import fill
from typing import Any, Self

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from numpy.typing import NDArray

from skcnn.display._tools.drawable import as_brightness, draw_image

AxesArray = NDArray[Any]
AxesLike = Axes | Sequence[Axes] | AxesArray  # axes to divide, or those to draw into

_CAPTION_WIDTH = 18  # characters in a line
_CAPTION_SIZE = 9  # points
_LINE_INCHES = 0.17
_TITLE_INCHES = 0.4
# For captions, titles and a colour bar, in a figure that does not look for the room itself.
_ROOM_WITHOUT_LAYOUT = {"left": 0.02, "right": 0.8, "bottom": 0.02, "top": 0.76, "hspace": 0.5}
_LEAST_FIGURE_WIDTH = 4.5  # inches, for a title above one narrow column


@dataclass(frozen=True)
class AxesGrid:
    """Where a picture of several axes is drawn.

    Attributes
    ----------
    figure : matplotlib.figure.Figure
        The whole figure.
    bounding_ax : matplotlib.axes.Axes or None
        The axes around the grid, which carry its title; None where the user gave every axes.
    axes : ndarray of matplotlib.axes.Axes, of shape (n_rows, n_cols)
        None in the places that are left over.
    """

    figure: Figure
    bounding_ax: Axes | None
    axes: AxesArray


class DrawnInGrid:
    """What displays of several axes share: the axes that they were drawn into.

    Attributes
    ----------
    figure_ : matplotlib.figure.Figure
        The figure that was drawn into.
    bounding_ax_ : matplotlib.axes.Axes or None
        The axes around the grid; None where the user gave every axes.
    axes_ : ndarray of matplotlib.axes.Axes, of shape (n_rows, n_cols)
        None in the places that are left over.
    """

    figure_: Figure
    bounding_ax_: Axes | None
    axes_: AxesArray

    def _drawn_in(self, grid: AxesGrid) -> Self:
        """Return the display itself, which has been drawn in ``grid``."""
        self.figure_, self.bounding_ax_, self.axes_ = grid.figure, grid.bounding_ax, grid.axes
        return self


def make_axes_grid(
    ax: AxesLike | None,
    n_axes: int,
    *,
    n_cols: int,
    cell_inches: tuple[float, float],
    title: str = "",
) -> AxesGrid:
    """Return ``n_axes`` axes, row by row.

    Parameters
    ----------
    ax : matplotlib.axes.Axes, array-like of Axes or None
        Axes to divide, the axes to draw into, or None for a new figure.
    n_axes : int
        How many axes there shall be.
    n_cols : int
        How many of them stand side by side at most.
    cell_inches : tuple of 2 float
        Width and height of one cell of a new figure.
    title : str, default=""
        What stands above the grid; above axes that the user gave one by one there is none.

    Raises
    ------
    ValueError
        If ``n_cols`` is no positive integer, or ``ax`` holds another number of axes.
    """
    n_cols = min(_at_least_one(n_cols, "n_cols"), n_axes)
    shape = (-(-n_axes // n_cols), n_cols)
    if ax is not None and not isinstance(ax, Axes):
        return _given_axes(np.asarray(ax, dtype=object), n_axes, shape)
    if ax is None:
        height, width = np.multiply(shape, cell_inches[::-1])
        layout = ConstrainedLayoutEngine(w_pad=0.05, h_pad=0.05)
        figsize = (max(width, _LEAST_FIGURE_WIDTH), height + _TITLE_INCHES)
        ax = plt.figure(figsize=figsize, layout=layout).subplots()
    place = ax.figure.add_subfigure(_free_place(ax))
    axes = np.full(shape, None, dtype=object)
    for i in range(n_axes):
        axes.flat[i] = place.add_subplot(*shape, i + 1)
    if title:
        place.suptitle(title, parse_math=False)
    if ax.figure.figure.get_layout_engine() is None:
        place.subplots_adjust(**_ROOM_WITHOUT_LAYOUT)
    return AxesGrid(ax.figure.figure, ax, axes)


def draw_captioned_images(
    images: NDArray[Any],
    captions: Sequence[str],
    *,
    ax: AxesLike | None,
    n_cols: int,
    cmap: Any,
    title: str = "",
) -> AxesGrid:
    """Draw images in a grid, each below its caption.

    Parameters
    ----------
    images : ndarray of shape (n, height, width) or (n, height, width, channels)
        At least one.
    captions : sequence of str
        One an image; long lines are wrapped.
    ax, n_cols
        As in ``make_axes_grid``.
    cmap : str or matplotlib.colors.Colormap
        Colours of grey images.
    title : str, default=""
        What stands above the grid.
    """
    wrapped = [
        "\n".join(fill(line, _CAPTION_WIDTH) for line in caption.splitlines())
        for caption in captions
    ]
    n_lines = max(text.count("\n") + 1 if text else 0 for text in wrapped)
    height = 1.25 * min(max(images.shape[1] / images.shape[2], 0.4), 2.5)
    cell_inches = (1.45, height + 0.12 + _LINE_INCHES * n_lines)
    grid = make_axes_grid(ax, len(images), n_cols=n_cols, cell_inches=cell_inches, title=title)
    brightness = as_brightness(images)
    cells = [cell for cell in grid.axes.flat if cell is not None]
    for cell, image, text in zip(cells, brightness, wrapped, strict=True):
        draw_image(cell, image, cmap)
        cell.set_title(text, fontsize=_CAPTION_SIZE, pad=4, parse_math=False)
    return grid


def _at_least_one(number: Any, name: str) -> int:
    if not isinstance(number, Integral) or number < 1:
        raise ValueError(f"{name} must be an integer of 1 or more; received {number!r}.")
    return int(number)


def _given_axes(axes: AxesArray, n_axes: int, shape: tuple[int, int]) -> AxesGrid:
    if axes.size != n_axes:
        raise ValueError(
            f"The picture has {n_axes} axes, but ax holds {axes.size}. Pass as many, a single "
            "one to be divided, or None for a new figure."
        )
    return AxesGrid(axes.flat[0].figure.figure, None, axes.reshape(shape))


def _free_place(ax: Axes) -> Any:
    """Return the place of ``ax`` in its figure's layout, and make room there."""
    place = ax.get_subplotspec()
    if place is None or not ax.axison:
        raise ValueError(
            "ax cannot be divided: "
            + ("it was placed by hand." if place is None else "another picture was drawn into it.")
            + " Pass axes of plt.subplots, or the axes_ of the display that drew there."
        )
    ax.set_axis_off()
    ax.set_in_layout(False)
    return place
