"""The picture of which pixels decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skcnn.display._tools.axes_grid import AxesLike, DrawnInGrid, make_axes_grid
from skcnn.display._tools.captions import write_probability
from skcnn.display._tools.drawable import as_brightness, as_images, draw_image
from skcnn.display._tools.scales import draw_colour_bar, scale_of
from skcnn.estimators._finding import FittedClassifier, find_classifier

Shape = tuple[int, int]
Window = tuple[slice, slice]

_PATCHES_ACROSS = 7  # a patch is this part of the image's shorter side
_STEPS_A_PATCH = 4
_AT_A_TIME = 100  # covered copies of the image in memory


class SaliencyDisplay(DrawnInGrid):
    """Draw which pixels of an image decided about its label, by covering them.

    A square patch is moved over the image.  At each place the classifier is asked again, with the
    pixels under the patch covered, and the probability that the label loses is noted.  A pixel's
    importance is the mean loss over all places in which the patch covers it, and dark pixels
    speak for the label.  Where others speak against it, because the label is more probable
    without them, these are light and 0 is the grey in the middle.

    This is the occlusion of Zeiler and Fergus [1]_ rather than the gradient of Simonyan et al.
    [2]_.  It answers in probabilities, it sees the Pipeline as a whole, from pixels of 0..255 on,
    and it goes on telling pixels apart where the classifier is certain and the gradient of its
    softmax vanishes.  It costs some 600 predictions an image.  What it cannot see is the
    importance of an area that already looks like the cover, such as the hole in a zero.

    Parameters
    ----------
    image : array-like of shape (height, width) or (height, width, channels)
        The image.
    importance : array-like of shape (height, width)
        Mean probability lost where a pixel is covered.
    title : str, default=""
        What stands above the picture.

    Attributes
    ----------
    figure_ : matplotlib.figure.Figure
        The figure that was drawn into.
    bounding_ax_ : matplotlib.axes.Axes or None
        The axes around the two, with the title; None where both were given.
    axes_ : ndarray of matplotlib.axes.Axes, of shape (2,)
        The axes of the image and of its pixels' importance.

    References
    ----------
    .. [1] M. D. Zeiler and R. Fergus, "Visualizing and Understanding Convolutional Networks",
       ECCV 2014.
    .. [2] K. Simonyan, A. Vedaldi and A. Zisserman, "Deep Inside Convolutional Networks:
       Visualising Image Classification Models and Saliency Maps", arXiv:1312.6034, 2013.

    Examples
    --------
    >>> from skcnn import CNNClassifier, load_digit_images
    >>> from skcnn.display import SaliencyDisplay
    >>> X, y = load_digit_images(return_X_y=True)
    >>> cnn = CNNClassifier(filters=(8, 16), batch_size=32, epochs=3, random_state=0)
    >>> _ = cnn.fit(X / 255, y)
    >>> SaliencyDisplay.from_estimator(cnn, X[0] / 255, label=0).importance.shape
    (8, 8)
    """

    def __init__(self, image: ArrayLike, importance: ArrayLike, *, title: str = "") -> None:
        self.image = image
        self.importance = importance
        self.title = title

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        image: ArrayLike,
        *,
        label: Any = None,
        patch_size: int | None = None,
        cover: float = 0,
        image_shape: Sequence[int] | None = None,
        cmap: Any = "gray_r",
        ax: AxesLike | None = None,
    ) -> Self:
        """Draw which pixels of an image decided for a fitted classifier.

        Parameters
        ----------
        estimator : classifier, Pipeline or search
            Fitted, with ``predict_proba`` and ``classes_``: skcnn's, scikit-learn's or any other.
        image : array-like of shape (n_pixels,), (height, width) or (height, width, channels)
            A single sample, as ``estimator`` takes it, such as ``X[0]``; of a Pipeline that begins
            with an ImageLoader, a path or whatever else this one loads.
        label : label or None, default=None
            The label that pixels speak for; None for the most probable one.
        patch_size : int or None, default=None
            Side of the patch, in pixels; None for a seventh of the image's shorter side, and at
            least 2.
        cover : float, default=0
            What the pixels under the patch become: 0 is the paper of MNIST.  For photographs
            take their mean.
        image_shape : sequence of 2 or 3 int, or None, default=None
            Height, width and channels of a sample that is a row of pixels; None for the shape in
            which a network of skcnn takes it.
        cmap : str or matplotlib.colors.Colormap, default="gray_r"
            Colours of a grey image and of the importance.
        ax : matplotlib.axes.Axes, array-like of Axes or None, default=None
            Axes to divide, two axes, or None for a new figure.

        Returns
        -------
        SaliencyDisplay
            Drawn.

        Raises
        ------
        TypeError
            If ``estimator`` gives no probabilities.
        NotFittedError
            If it is not fitted.
        ValueError
            If ``image`` is not a sample as ``estimator`` takes it, the classifier does not know
            ``label`` or gives several labels a sample, or the patch does not fit into the image.
        """
        classifier = find_classifier(estimator)
        X = classifier.image(image)
        probabilities = classifier.probabilities(X)[0]
        pixels = as_images(X, classifier.image_shape(image_shape, X))[0]
        column = int(probabilities.argmax()) if label is None else _column(classifier, label)
        shape = pixels.shape[0], pixels.shape[1]
        size, cover = _checked_size(patch_size, shape), _checked_cover(cover, X.dtype)
        importance = _importance(classifier, X, shape, column, size, cover)
        title = f"label {classifier.classes[column]}: {write_probability(probabilities[column])}"
        return cls(pixels, importance, title=title).plot(ax, cmap=cmap)

    def plot(
        self,
        ax: AxesLike | None = None,
        *,
        cmap: Any = "gray_r",
    ) -> Self:
        """Draw the image, and beside it the importance of its pixels with a colour bar.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, array-like of Axes or None, default=None
            Axes to divide, two axes, or None for a new figure.
        cmap : str or matplotlib.colors.Colormap, default="gray_r"
            Colours of a grey image and of the importance.

        Returns
        -------
        self
            With ``figure_``, ``bounding_ax_`` and ``axes_``.

        Raises
        ------
        ValueError
            If ``ax`` does not have the right number of axes.
        """
        importance = np.asarray(self.importance)
        grid = make_axes_grid(ax, 2, n_cols=2, cell_inches=(3.2, 2.8), title=self.title)
        of_image, of_importance = grid.axes.ravel()
        draw_image(of_image, as_brightness(as_images(np.asarray(self.image)[np.newaxis]))[0], cmap)
        of_image.set_title("image", fontsize=10)
        draw_image(of_importance, importance, cmap, scale_of(importance))
        of_importance.set_title("importance of its pixels", fontsize=10)
        draw_colour_bar(of_importance, "probability lost if covered")
        return self._drawn_in(replace(grid, axes=grid.axes.ravel()))


def _column(classifier: FittedClassifier, label: Any) -> int:
    """Return the place of ``label`` among the probabilities."""
    known = classifier.classes.tolist()
    if label not in known:
        raise ValueError(
            f"label must be one that the classifier knows: {', '.join(map(repr, known))}; "
            f"received {label!r}."
        )
    return known.index(label)


def _checked_size(patch_size: int | None, shape: tuple[int, ...]) -> int:
    shorter = min(shape)
    if patch_size is None:
        return min(max(2, round(shorter / _PATCHES_ACROSS)), shorter)
    if not 1 <= patch_size <= shorter:
        raise ValueError(
            f"patch_size must be between 1 and {shorter}, the shorter side of the image; "
            f"received {patch_size}."
        )
    return patch_size


def _checked_cover(cover: float, dtype: np.dtype[Any]) -> float:
    if dtype.kind in "bui" and np.asarray(cover).astype(dtype) != cover:
        raise ValueError(
            f"cover must be a value that pixels of {dtype} can have; received {cover}."
        )
    return cover


def _importance(
    classifier: FittedClassifier,
    X: NDArray[Any],
    shape: Shape,
    column: int,
    size: int,
    cover: float,
) -> NDArray[np.float64]:
    """Return the probability that a class loses where a pixel is covered, the mean by pixel."""
    whole = classifier.probabilities(X)[0, column]
    image = X.reshape(1, *shape, -1)
    lost, visits = np.zeros(shape), np.zeros(shape)
    for windows in _batches(_windows(shape, size)):
        copies = np.repeat(image, len(windows), axis=0)
        for copy, window in zip(copies, windows, strict=True):
            copy[window] = cover
        answers = classifier.probabilities(copies.reshape(-1, *X.shape[1:]))[:, column]
        for window, answer in zip(windows, answers, strict=True):
            lost[window] += whole - answer
            visits[window] += 1
    return lost / visits


def _windows(shape: Shape, size: int) -> list[Window]:
    """Return the places of the patch, which together cover every pixel."""
    step = max(1, size // _STEPS_A_PATCH)
    tops, lefts = ([*range(0, side - size, step), side - size] for side in shape)
    return [(slice(top, top + size), slice(left, left + size)) for top in tops for left in lefts]


def _batches(windows: list[Window]) -> Iterator[list[Window]]:
    for start in range(0, len(windows), _AT_A_TIME):
        yield windows[start : start + _AT_A_TIME]
