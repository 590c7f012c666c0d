"""The picture of how an estimator varies a training image."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_random_state

from skcnn._engine.augmenting import augmenter_for
from skcnn._engine.inspecting import variations
from skcnn.display._tools.axes_grid import AxesLike, DrawnInGrid, draw_captioned_images
from skcnn.display._tools.drawable import as_images
from skcnn.estimators._finding import find_network


class AugmentationDisplay(DrawnInGrid):
    """Draw an image, and what an estimator's ``augmentation`` makes of it in training.

    The images are shown as the network receives them, after the steps of a Pipeline.

    Parameters
    ----------
    image : array-like of shape (height, width) or (height, width, channels)
        The image itself.
    varied : array-like of shape (n, height, width) or (n, height, width, channels)
        What it looks like in n epochs.

    Attributes
    ----------
    figure_ : matplotlib.figure.Figure
        The figure that was drawn into.
    bounding_ax_ : matplotlib.axes.Axes or None
        The axes around the grid; None where each image was given its axes.
    axes_ : ndarray of matplotlib.axes.Axes, of shape (n_rows, n_cols)
        The axes of the image and, after it, of its variations; None in places that are left over.

    Examples
    --------
    >>> from skcnn import CNNClassifier, RandomAffine, load_digit_images
    >>> from skcnn.display import AugmentationDisplay
    >>> X, y = load_digit_images(return_X_y=True)
    >>> cnn = CNNClassifier((8, 16), batch_size=32, epochs=3, augmentation=RandomAffine())
    >>> _ = cnn.fit(X / 255, y)
    >>> AugmentationDisplay.from_estimator(cnn, X[0] / 255).varied.shape
    (11, 8, 8, 1)
    """

    def __init__(self, image: ArrayLike, varied: ArrayLike) -> None:
        self.image = image
        self.varied = varied

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        image: ArrayLike,
        *,
        n_variations: int = 11,
        random_state: int | np.random.RandomState | None = 0,
        n_cols: int = 6,
        cmap: Any = "gray_r",
        ax: AxesLike | None = None,
    ) -> Self:
        """Draw how a fitted estimator varies an image.

        Parameters
        ----------
        estimator : estimator of skcnn, Pipeline or search
            Fitted; a Pipeline or a search must end in an estimator of skcnn.
        image : array-like of shape (n_pixels,), (height, width) or (height, width, channels)
            A single sample, as ``estimator`` takes it, such as ``X[0]``; of a Pipeline that begins
            with an ImageLoader, a path or whatever else this one loads.
        n_variations : int, default=11
            How many variations are drawn.
        random_state : int, RandomState or None, default=0
            Decides about the variations; Keras layers that were given seeds keep theirs.
        n_cols : int, default=6
            Images side by side.
        cmap : str or matplotlib.colors.Colormap, default="gray_r"
            Colours of grey images: low values white and high ones black.
        ax : matplotlib.axes.Axes, array-like of Axes or None, default=None
            Axes to divide, an axes for each image, or None for a new figure.

        Returns
        -------
        AugmentationDisplay
            Drawn.

        Raises
        ------
        TypeError
            If ``estimator`` is no estimator of skcnn.
        NotFittedError
            If it is not fitted.
        ValueError
            If its ``augmentation`` is None, or ``n_variations`` is less than 1.
        """
        network = find_network(estimator)
        if network.last.augmentation is None:
            raise ValueError("The estimator varies no images: its augmentation is None.")
        if n_variations < 1:
            raise ValueError(f"n_variations must be 1 or more; received {n_variations}.")
        received = network.received(network.as_samples(image))[0]
        x = received.astype(np.float32)
        seed = check_random_state(random_state).randint(2**31, size=2)
        augmenter = augmenter_for(network.last.augmentation, x.shape, int(seed[0]))
        varied = variations(augmenter, x, n_variations, seed)
        if received.dtype == np.uint8:  # whose white is 255, whatever the brightest pixel is
            x, varied = received, varied.round().clip(0, 255).astype(np.uint8)
        return cls(x, varied).plot(ax, n_cols=n_cols, cmap=cmap)

    def plot(
        self,
        ax: AxesLike | None = None,
        *,
        n_cols: int = 6,
        cmap: Any = "gray_r",
    ) -> Self:
        """Draw the image first and its variations after it, row by row.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, array-like of Axes or None, default=None
            Axes to divide, an axes for each image, or None for a new figure.
        n_cols : int, default=6
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
            If ``ax`` does not have the right number of axes.
        """
        images = as_images(np.concatenate([np.asarray(self.image)[np.newaxis], self.varied]))
        captions = ["as it is", *[""] * (len(images) - 1)]
        grid = draw_captioned_images(images, captions, ax=ax, n_cols=n_cols, cmap=cmap)
        return self._drawn_in(grid)
