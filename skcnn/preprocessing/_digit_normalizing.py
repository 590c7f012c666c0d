"""Handwritten digits of any size and colour of ink, brought into the form of MNIST."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from skcnn._digit_form import SIDE, normal_digit
from skcnn._sklearn_internals import StrOptions, set_returns_tables
from skcnn._warning import warn
from skcnn.preprocessing._pixels import PixelsMixin, pixel_names, validate_images
from skcnn.preprocessing._transformer import Transformer, fit_in_one_step

_NOISE_TO_INK = 6.0  # standard deviations of the paper's noise, which ink exceeds
_TO_DEVIATION = 1.4826  # from the median absolute deviation to the standard one, of a normal law


class DigitNormalizer(PixelsMixin, Transformer):
    """Bring images of single digits into the form of MNIST.

    The ink of each image is scaled, with its proportions kept, into a box of 20 x 20 pixels, which
    is set into 28 x 28 pixels with the centre of its mass in the middle, as the digits of MNIST
    were (LeCun et al. 1998, section III.A).  Ink becomes light, up to 255, and paper 0.  Networks
    that have learned MNIST, such as ``load_pretrained("digits")``, read what has this form.

    Parameters
    ----------
    ink : {"auto", "dark", "light"}, default="auto"
        Whether ink is darker or lighter than the paper.  "auto" looks at each image's edge, which
        is taken for paper.

    Attributes
    ----------
    image_shape_ : tuple of int
        Shape of one sample in ``fit``: (height, width), (height, width, 1) or (n_pixels,).
    n_features_in_ : int
        Number of pixels of one sample.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of the columns, where ``fit`` saw a table with string column names.

    See Also
    --------
    skcnn.NoteReader : Finds the digits of a note, and reads them.

    References
    ----------
    Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to document
    recognition", Proceedings of the IEEE 86(11), 2278-2324, 1998.

    Examples
    --------
    >>> import numpy as np
    >>> from skcnn import DigitNormalizer
    >>> photo = np.full((1, 90, 60), 220, dtype=np.uint8)
    >>> photo[:, 20:70, 25:32] = 40  # a 1, in dark ink
    >>> digit = DigitNormalizer().fit_transform(photo)
    >>> digit.shape, digit.dtype, np.flatnonzero(digit[0].any(axis=1)).size
    ((1, 28, 28), dtype('uint8'), 20)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "ink": [StrOptions({"auto", "dark", "light"})]
    }
    _shape_remedy = "fit again on samples of this shape"

    def __init__(self, ink: str = "auto") -> None:
        self.ink = ink

    @fit_in_one_step
    def fit(self, X: Any, y: Any = None) -> DigitNormalizer:
        """Learn the shape of one sample.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width), (n_samples, height, width, 1), or \
                (n_samples, n_pixels)
            Grey images of one digit each, or rows of square ones, of any numeric dtype.
        y : None
            Ignored.

        Returns
        -------
        self : DigitNormalizer
            The fitted transformer.

        Raises
        ------
        ValueError
            If X holds images of several channels, or no finite numbers.

        Warns
        -----
        UserWarning
            If X holds rows that make no square image; each is read as one row of pixels.
        """
        shape = validate_images(self, X, reset=True).shape[1:]
        if _grey_shape(shape) == (1, *shape) and shape != (1,):
            warn(
                f"X holds rows of {shape[0]} pixels, which make no square image; each is read as "
                "one row of pixels. Reshape X to (n_samples, height, width)."
            )
        self.image_shape_ = shape
        set_returns_tables(self, len(shape) == 1)  # images do not fit into a DataFrame
        return self

    def transform(self, X: Any) -> NDArray[np.uint8]:
        """Bring each digit into the form of MNIST.

        Parameters
        ----------
        X : array-like of shape (n_samples, *image_shape_)
            Grey images of one digit each.

        Returns
        -------
        X_out : ndarray of shape (n_samples, 28, 28), (n_samples, 28, 28, 1) or (n_samples, 784), \
                uint8
            From 0 (paper) to 255 (ink), with as many axes as X has.  All 0 where an image is of
            one colour.

        Raises
        ------
        ValueError
            If X does not hold samples of ``image_shape_``.
        """
        check_is_fitted(self, "image_shape_")
        X = validate_images(self, X, reset=False, expected=[self.image_shape_])
        images = X.reshape(len(X), *_grey_shape(self.image_shape_))
        digits = np.empty((len(X), SIDE, SIDE), np.uint8)
        for row, image in enumerate(images):  # threads would take turns: images are small
            ink = _as_ink(image.astype(np.float32), self.ink)
            digits[row] = np.rint(normal_digit(ink) * 255)
        return digits.reshape(len(X), *_form_like(self.image_shape_))

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> NDArray[Any]:
        """Give the names of the 28 x 28 pixels, by row and column.

        Parameters
        ----------
        input_features : array-like of str of shape (n_features_in_,), default=None
            Names of the input pixels, which must agree with ``feature_names_in_`` where that is
            known; no pixel of the output is one of them.

        Returns
        -------
        feature_names_out : ndarray of str objects of shape (784,)
            ``pixel_<row>_<column>``.

        Raises
        ------
        ValueError
            If ``input_features`` has the wrong length or disagrees with ``feature_names_in_``.
        """
        super().get_feature_names_out(input_features)
        return np.array(pixel_names((SIDE, SIDE)), dtype=object)

    def __sklearn_tags__(self) -> Tags:
        """Tell scikit-learn, moreover, that the output is bytes."""
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags


def _grey_shape(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return height and width of a grey image.

    Raises
    ------
    ValueError
        If it is none.
    """
    if len(shape) == 1:
        side = math.isqrt(shape[0])
        return (side, side) if side * side == shape[0] else (1, shape[0])
    if shape[2:] not in ((), (1,)):
        raise ValueError(
            "DigitNormalizer expected grey images, (n_samples, height, width) or (n_samples, "
            f"height, width, 1); received {shape[2]} channels. Make them grey first, by "
            "ImageLoader(color='grey') or X.mean(axis=-1)."
        )
    return shape[0], shape[1]


def _form_like(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (SIDE * SIDE,) if len(shape) == 1 else (SIDE, SIDE, *shape[2:])


def _as_ink(image: NDArray[np.float32], ink: str) -> NDArray[np.float32]:
    """Return how much ink each pixel has, from 0 to 1."""
    darkest, lightest = float(image.min()), float(image.max())
    if darkest == lightest:
        return np.zeros_like(image)
    light = (image - darkest) / (lightest - darkest)
    if ink == "dark" or (ink == "auto" and np.median(_edge_of(light)) > 0.5):
        light = 1 - light
    edge = _edge_of(light)
    paper = np.median(edge)
    noise = _TO_DEVIATION * np.median(np.abs(edge - paper))
    amount = np.clip((light - paper) / (1 - paper), 0, 1) if paper < 1 else light
    return np.where(amount > _NOISE_TO_INK * noise, amount, 0)


def _edge_of(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the pixels at an image's edge, of which most show paper."""
    return np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
