"""The picture of a note that was read: boxes around its digits, and what each was taken for."""

from __future__ import annotations

import os
from collections.abc import Sequence
from statistics import median
from typing import Any, Self

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from numpy.typing import NDArray
from PIL import Image

from skcnn._pictures import read_picture
from skcnn.display._tools.drawable import as_brightness, as_images, draw_image

# Blue, orange and vermilion of Okabe and Ito differ for all kinds of colour vision.
_SURE, _FAIR, _UNREAD = "#0072b2", "#e69f00", "#d55e00"
_MEANINGS = {_SURE: "p ≥ 0.9", _FAIR: "p < 0.9", _UNREAD: "? too improbable"}
_SURE_FROM = 0.9
_TEXT_ON = {_SURE: "white", _FAIR: "black", _UNREAD: "white"}
_LONGEST_SIDE = 2000  # pixels that are drawn; a figure shows no more
_FIGURE_INCHES = (8.0, 6.5)  # at most
_LEAST_FIGURE_INCHES = (4.0, 1.2)
_TITLE_INCHES, _LINE_INCHES = 0.6, 0.22
_LABEL_POINTS = (5.0, 15.0)
_LABEL_HEIGHT = 1.7  # of a label with its frame, in its points
_MOST_TITLE_LINES = 8
_TITLE_PAD = 6.0  # points
_EMPTY = "no digits found"


class NoteDisplay:
    """Draw a note that was read.

    Each digit has a box, and above it what it was taken for.  Blue ones are sure, orange ones have
    a probability below 0.9, and those that the reader prints as "?" are vermilion with a dashed
    box.  The text of the note is the title.

    Parameters
    ----------
    note : Note
        As ``NoteReader.read`` returns it.
    picture : ndarray of shape (height, width), (height, width, 3) or (height, width, 4)
        Of which it was read, with bytes or numbers in 0..1.

    Attributes
    ----------
    figure_ : matplotlib.figure.Figure
        The figure that was drawn into.
    ax_ : matplotlib.axes.Axes
        The axes that were drawn into.
    """

    figure_: Figure
    ax_: Axes

    def __init__(self, note: Any, picture: NDArray[Any]) -> None:
        self.note = note
        self.picture = picture

    @classmethod
    def from_reader(cls, reader: Any, image: Any, *, ax: Axes | None = None) -> Self:
        """Read a note and draw it.

        Parameters
        ----------
        reader : NoteReader
            Who reads it.
        image : str, path-like, PIL.Image.Image or ndarray
            As ``NoteReader.read`` takes it.
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None for a new figure.

        Returns
        -------
        NoteDisplay
            Drawn.

        Raises
        ------
        ValueError, OSError
            If ``image`` is no picture, or cannot be read.
        """
        return cls.from_note(reader.read(image), image, ax=ax)

    @classmethod
    def from_note(cls, note: Any, image: Any, *, ax: Axes | None = None) -> Self:
        """Draw a note that was read before.

        Parameters
        ----------
        note : Note
            As ``NoteReader.read`` returns it.
        image : str, path-like, PIL.Image.Image or ndarray
            The picture that was read.
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None for a new figure.

        Returns
        -------
        NoteDisplay
            Drawn.

        Raises
        ------
        ValueError, OSError
            If ``image`` is no picture, or cannot be read.
        """
        is_source = isinstance(image, (str, os.PathLike, bytes, Image.Image))
        return cls(note, read_picture(image) if is_source else np.asarray(image)).plot(ax)

    def plot(self, ax: Axes | None = None) -> Self:
        """Draw the picture with its boxes.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None for a new figure.

        Returns
        -------
        self
            With ``figure_`` and ``ax_``.

        Raises
        ------
        ValueError
            If ``picture`` is no image.
        """
        (picture,) = as_images(self.picture[np.newaxis])
        height, width = picture.shape[:2]
        title = _title(self.note.text)
        self.ax_ = _new_axes(width, height, title) if ax is None else ax
        self.figure_ = self.ax_.figure.figure
        draw_image(self.ax_, as_brightness(_thinned(picture)), "gray")
        self.ax_.images[-1].set_extent((0, width, height, 0))
        digits = [digit for line in self.note.lines for digit in line.digits]
        overhang = _draw_digits(self.ax_, digits)
        _explain(self.ax_, {_colour(digit) for digit in digits})
        pad = _TITLE_PAD + overhang
        self.ax_.set_title(title, parse_math=False, family="monospace", loc="left", pad=pad)
        return self


def _title(text: str) -> str:
    lines = text.splitlines() or [_EMPTY]
    return "\n".join([*lines[:_MOST_TITLE_LINES], *["…"][: len(lines) - _MOST_TITLE_LINES]])


def _new_axes(width: int, height: int, title: str) -> Axes:
    scale = min(_FIGURE_INCHES[0] / width, _FIGURE_INCHES[1] / height)
    inches = np.maximum(np.multiply((width, height), scale), _LEAST_FIGURE_INCHES)
    room = _TITLE_INCHES + _LINE_INCHES * (title.count("\n") + 1)
    return plt.subplots(figsize=(inches[0], inches[1] + room), layout="constrained")[1]


def _thinned(picture: NDArray[Any]) -> NDArray[Any]:
    """Return every so many pixels of a picture that is much larger than a figure."""
    step = max(max(picture.shape[:2]) // _LONGEST_SIDE, 1)
    return picture[::step, ::step]


def _points_a_pixel(ax: Axes) -> float:
    """Return in which size a pixel of the picture is drawn."""
    columns, rows = (abs(high - low) for low, high in (ax.get_xlim(), ax.get_ylim()))
    drawn = ax.get_window_extent()
    return 72 / ax.figure.figure.dpi * min(drawn.width / columns, drawn.height / rows)


def _colour(digit: Any) -> str:
    if digit.text != str(digit.label):
        return _UNREAD
    return _SURE if digit.probability >= _SURE_FROM else _FAIR


def _draw_digits(ax: Axes, digits: Sequence[Any]) -> float:
    """Draw boxes and labels, and return how many points these stand out above the picture."""
    if not digits:
        return 0.0
    scale = _points_a_pixel(ax)
    points = float(np.clip(median(d.box[3] for d in digits) * scale / 2, *_LABEL_POINTS))
    for digit in digits:
        _draw_digit(ax, digit, points)
    return max(_LABEL_HEIGHT * points - min(digit.box[1] for digit in digits) * scale, 0.0)


def _draw_digit(ax: Axes, digit: Any, points: float) -> None:
    colour = _colour(digit)
    x, y, width, height = digit.box
    style = "--" if colour == _UNREAD else "-"
    ax.add_patch(Rectangle((x, y), width, height, fill=False, edgecolor=colour, linestyle=style))
    ax.annotate(
        digit.text,
        (x + width / 2, y),
        (0, 0.25 * points),
        textcoords="offset points",
        ha="center",
        va="bottom",
        size=points,
        color=_TEXT_ON[colour],
        parse_math=False,
        bbox={"boxstyle": "square,pad=0.15", "facecolor": colour, "edgecolor": "none"},
    )


def _explain(ax: Axes, colours: set[str]) -> None:
    """Say what the colours mean, below the picture, where there are several."""
    handles = [
        Line2D([], [], color=colour, linestyle="--" if colour == _UNREAD else "-", label=meaning)
        for colour, meaning in _MEANINGS.items()
        if colour in colours
    ]
    if colours - {_SURE}:
        ax.legend(
            handles=handles,
            frameon=False,
            loc="upper center",
            bbox_to_anchor=(0.5, 0.0),
            ncols=len(handles),
        )
