"""The picture of a classifier's most confident mistakes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from skcnn._arrays import as_samples
from skcnn.display._tools.axes_grid import (
    AxesLike,
    DrawnInGrid,
    draw_captioned_images,
    make_axes_grid,
)
from skcnn.display._tools.captions import write_probability
from skcnn.display._tools.drawable import as_images, one_each
from skcnn.estimators._finding import find_classifier


class MisclassifiedDisplay(DrawnInGrid):
    """Draw the images that a classifier got wrong, the most confident mistakes first.

    Above each image stand its true label, the label that the classifier gave it, and the
    probability that it gave that answer.

    Parameters
    ----------
    images : array-like of shape (n, height, width) or (n, height, width, channels)
        The misclassified images to draw; may be empty.
    y_true, y_pred : array-like of shape (n,)
        Their true and their predicted labels.
    confidence : array-like of shape (n,)
        The probability that was given to each predicted label.
    n_misclassified : int
        How many images were misclassified in all.
    n_samples : int
        How many images there were.

    Attributes
    ----------
    figure_ : matplotlib.figure.Figure
        The figure that was drawn into.
    bounding_ax_ : matplotlib.axes.Axes or None
        The axes around the grid, with the title; None where each image was given its axes.
    axes_ : ndarray of matplotlib.axes.Axes, of shape (n_rows, n_cols)
        The axes of each image; None in places that are left over.

    See Also
    --------
    sklearn.metrics.ConfusionMatrixDisplay : How often each label is taken for which.

    Examples
    --------
    >>> from skcnn import MLPClassifier, load_digit_images
    >>> from skcnn.display import MisclassifiedDisplay
    >>> X, y = load_digit_images(return_X_y=True)
    >>> mlp = MLPClassifier(hidden_units=(64,), batch_size=32, epochs=5, random_state=0)
    >>> _ = mlp.fit(X[:1000] / 255, y[:1000])
    >>> display = MisclassifiedDisplay.from_estimator(mlp, X[1000:] / 255, y[1000:])
    >>> display.axes_.shape
    (2, 5)
    """

    def __init__(
        self,
        images: ArrayLike,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        confidence: ArrayLike,
        *,
        n_misclassified: int,
        n_samples: int,
    ) -> None:
        self.images = images
        self.y_true = y_true
        self.y_pred = y_pred
        self.confidence = confidence
        self.n_misclassified = n_misclassified
        self.n_samples = n_samples

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: ArrayLike,
        y: ArrayLike,
        *,
        max_images: int = 10,
        image_shape: Sequence[int] | None = None,
        n_cols: int = 5,
        cmap: Any = "gray_r",
        ax: AxesLike | None = None,
    ) -> Self:
        """Draw the mistakes of a fitted classifier.

        Parameters
        ----------
        estimator : classifier, Pipeline or search
            Fitted, with ``predict_proba`` and ``classes_``: skcnn's, scikit-learn's or any other.
        X : array-like of shape (n, n_pixels), (n, height, width) or (n, height, width, channels)
            Images, as ``estimator`` takes them; of a Pipeline that begins with an ImageLoader, the
            paths or whatever else this one loads.
        y : array-like of shape (n,) or (n, n_classes)
            Their true labels, or one-hot rows with a column a class.
        max_images : int, default=10
            How many mistakes are drawn at most.
        image_shape : sequence of 2 or 3 int, or None, default=None
            Height, width and channels of an image, where X holds rows of pixels; None for the
            shape in which a network of skcnn takes them.
        n_cols : int, default=5
            Images side by side.
        cmap : str or matplotlib.colors.Colormap, default="gray_r"
            Colours of grey images: low values white and high ones black.
        ax : matplotlib.axes.Axes, array-like of Axes or None, default=None
            Axes to divide, an axes for each image, or None for a new figure.

        Returns
        -------
        MisclassifiedDisplay
            Drawn.

        Raises
        ------
        TypeError
            If ``estimator`` gives no probabilities.
        NotFittedError
            If it is not fitted.
        ValueError
            As ``from_predictions``; or if ``estimator`` gives several labels a sample, or the
            rows of ``y`` have no column for each class.
        """
        classifier = find_classifier(estimator)
        images = classifier.images(X)
        samples = as_samples(images)
        labels = classifier.as_labels(one_each(y, "y", len(samples)))
        predicted, confidence = classifier.answers(images)
        return cls.from_predictions(
            samples,
            labels,
            predicted,
            confidence,
            max_images=max_images,
            image_shape=classifier.image_shape(image_shape, samples),
            n_cols=n_cols,
            cmap=cmap,
            ax=ax,
        )

    @classmethod
    def from_predictions(
        cls,
        images: ArrayLike,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        confidence: ArrayLike,
        *,
        max_images: int = 10,
        image_shape: Sequence[int] | None = None,
        n_cols: int = 5,
        cmap: Any = "gray_r",
        ax: AxesLike | None = None,
    ) -> Self:
        """Draw the mistakes among predictions of any classifier.

        Parameters
        ----------
        images : array-like of shape (n, n_pixels), (n, height, width) or \
                (n, height, width, channels)
            All images that were classified.
        y_true, y_pred : array-like of shape (n,)
            Their true and their predicted labels.
        confidence : array-like of shape (n,)
            The probability that was given to each predicted label, such as
            ``predict_proba(X).max(axis=1)``.
        max_images : int, default=10
            How many mistakes are drawn at most.
        image_shape : sequence of 2 or 3 int, or None, default=None
            Height, width and channels of an image, where ``images`` holds rows of pixels.
        n_cols : int, default=5
            Images side by side.
        cmap : str or matplotlib.colors.Colormap, default="gray_r"
            Colours of grey images: low values white and high ones black.
        ax : matplotlib.axes.Axes, array-like of Axes or None, default=None
            Axes to divide, an axes for each image, or None for a new figure.

        Returns
        -------
        MisclassifiedDisplay
            Drawn.

        Raises
        ------
        ValueError
            If the arrays differ in length, ``images`` holds no images, or ``max_images`` is less
            than 1.
        """
        if max_images < 1:
            raise ValueError(f"max_images must be 1 or more; received {max_images}.")
        n_samples = len(as_samples(images))
        true, predicted, sure = (
            one_each(values, name, n_samples)
            for name, values in (
                ("y_true", y_true),
                ("y_pred", y_pred),
                ("confidence", confidence),
            )
        )
        wrong = np.flatnonzero(true != predicted)
        shown = wrong[np.argsort(-sure[wrong], kind="stable")][:max_images]
        display = cls(
            as_images(images, image_shape, rows=shown),
            true[shown],
            predicted[shown],
            sure[shown],
            n_misclassified=len(wrong),
            n_samples=n_samples,
        )
        return display.plot(ax, n_cols=n_cols, cmap=cmap)

    def plot(
        self,
        ax: AxesLike | None = None,
        *,
        n_cols: int = 5,
        cmap: Any = "gray_r",
    ) -> Self:
        """Draw the images row by row; where nothing was misclassified, say so.

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
            If ``ax`` does not have the right number of axes.
        """
        title = f"{self.n_misclassified:,} of {self.n_samples:,} misclassified"
        if self.n_misclassified:
            images = as_images(self.images)
            if len(images) < self.n_misclassified:
                title += f"; the {len(images)} most confident"
            grid = draw_captioned_images(
                images, self._captions(), ax=ax, n_cols=n_cols, cmap=cmap, title=title
            )
        else:
            grid = make_axes_grid(ax, 1, n_cols=1, cell_inches=(4.5, 1.0), title=title)
            _write_alone(grid.axes[0, 0], "no mistakes")
        return self._drawn_in(grid)

    def _captions(self) -> list[str]:
        rows = zip(
            *(np.asarray(v).tolist() for v in (self.y_true, self.y_pred, self.confidence)),
            strict=True,
        )
        return [
            f"true: {true}\npredicted: {pred}\n{write_probability(p)}" for true, pred, p in rows
        ]


def _write_alone(ax: Axes, text: str) -> None:
    ax.set_axis_off()
    ax.text(0.5, 0.5, text, ha="center", va="center", transform=ax.transAxes)
