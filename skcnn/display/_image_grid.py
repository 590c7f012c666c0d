"""The picture of a data set: images with their labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skcnn._arrays import as_samples
from skcnn.display._tools.axes_grid import AxesLike, DrawnInGrid, draw_captioned_images
from skcnn.display._tools.drawable import as_images, one_each
from skcnn.display._tools.files import are_files, read_files


class ImageGridDisplay(DrawnInGrid):
    """Draw images with their labels.

    Parameters
    ----------
    images : array-like of shape (n, height, width) or (n, height, width, channels)
        The images to draw, grey or with 3 (RGB) or 4 (RGBA) channels.  Bytes run from 0 to 255,
        other pixels from 0 (or their minimum) to 1 (or their maximum).
    labels : array-like of shape (n,) or None, default=None
        What stands above each image.

    Attributes
    ----------
    figure_ : matplotlib.figure.Figure
        The figure that was drawn into.
    bounding_ax_ : matplotlib.axes.Axes or None
        The axes around the grid; None where each image was given its axes.
    axes_ : ndarray of matplotlib.axes.Axes, of shape (n_rows, n_cols)
        The axes of each image; None in places that are left over.

    Examples
    --------
    >>> from skcnn import load_digit_images
    >>> from skcnn.display import ImageGridDisplay
    >>> X, y = load_digit_images(return_X_y=True)
    >>> ImageGridDisplay.from_images(X, y, max_images=10).axes_.shape
    (2, 5)
    """

    def __init__(self, images: ArrayLike, labels: ArrayLike | None = None) -> None:
        self.images = images
        self.labels = labels

    @classmethod
    def from_images(
        cls,
        images: ArrayLike,
        labels: ArrayLike | None = None,
        *,
        indices: int | Sequence[int] | NDArray[np.integer] | None = None,
        max_images: int = 25,
        image_shape: Sequence[int] | None = None,
        n_cols: int = 5,
        cmap: Any = "gray_r",
        ax: AxesLike | None = None,
    ) -> Self:
        """Draw some images of a data set.

        Parameters
        ----------
        images : array-like of shape (n, n_pixels), (n, height, width) or \
                (n, height, width, channels), or of paths of shape (n,)
            All images, of any numeric dtype; or the paths of pictures, of which those to be drawn
            are read.  Where these differ in size, they get white margins.
        labels : array-like of shape (n,) or None, default=None
            Label of each image.
        indices : int, array-like of int or None, default=None
            Which images to draw, counted from 0; None for the first ``max_images``.
        max_images : int, default=25
            How many images are drawn at most where ``indices`` is None.
        image_shape : sequence of 2 or 3 int, or None, default=None
            Height, width and channels of an image, where ``images`` holds rows of pixels.
        n_cols : int, default=5
            Images side by side.
        cmap : str or matplotlib.colors.Colormap, default="gray_r"
            Colours of grey images.  The default draws low values white and high ones black, as
            ink on paper; ``"gray"`` does the reverse, as a photograph.
        ax : matplotlib.axes.Axes, array-like of Axes or None, default=None
            Axes to divide, an axes for each image, or None for a new figure.

        Returns
        -------
        ImageGridDisplay
            Drawn.

        Raises
        ------
        ValueError
            If there is no image to draw, an index is past the end, images and labels differ in
            number, or ``images`` holds no images.
        OSError
            If a picture's file cannot be read.
        """
        given: Any = images
        n_images = len(given if are_files(given) else as_samples(given))
        rows = _rows(n_images, indices, max_images)
        chosen = None if labels is None else one_each(labels, "labels", n_images)[rows]
        if are_files(images):
            pixels = read_files(np.asarray(images, dtype=object)[rows])
        else:
            pixels = as_images(images, image_shape, rows=rows)
        return cls(pixels, chosen).plot(ax, n_cols=n_cols, cmap=cmap)

    def plot(
        self,
        ax: AxesLike | None = None,
        *,
        n_cols: int = 5,
        cmap: Any = "gray_r",
    ) -> Self:
        """Draw the images row by row.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, array-like of Axes or None, default=None
            Axes to divide, an axes for each image, or None for a new figure.
        n_cols : int, default=5
            Images side by side.
        cmap : str or matplotlib.colors.Colormap, default="gray_r"
            Colours of grey images: low values white and high ones black.

        Returns
        -------
        self
            With ``figure_``, ``bounding_ax_`` and ``axes_``.

        Raises
        ------
        ValueError
            If there is no image to draw, images and labels differ in number, or ``ax`` does not
            have the right number of axes.
        """
        images = as_images(self.images)
        captions = [""] * len(images)
        if self.labels is not None:
            captions = [str(label) for label in one_each(self.labels, "labels", len(images))]
        grid = draw_captioned_images(images, captions, ax=ax, n_cols=n_cols, cmap=cmap)
        return self._drawn_in(grid)


def _rows(n_images: int, indices: Any, max_images: int) -> NDArray[np.integer]:
    if indices is None:
        if max_images < 1:
            raise ValueError(f"max_images must be 1 or more; received {max_images}.")
        return np.arange(min(n_images, max_images))
    rows = np.atleast_1d(indices)
    if rows.size == 0:
        raise ValueError("indices is empty; expected the index of at least one image to draw.")
    if rows.ndim != 1 or rows.dtype.kind not in "iu":
        raise ValueError(f"indices must be integers in one row; received {indices!r}.")
    outside = rows[(rows < 0) | (rows >= n_images)]
    if len(outside):
        raise ValueError(
            f"indices must be between 0 and {n_images - 1}, for there are {n_images} images; "
            f"received {', '.join(map(str, outside.tolist()))}."
        )
    return rows
