"""From pixels of 8 or 16 bits to float32 between 0 and 1."""

from __future__ import annotations

from numbers import Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from skcnn._arrays import empty_aligned
from skcnn._sklearn_internals import Interval, set_returns_tables
from skcnn._warning import warn
from skcnn.preprocessing._pixels import PixelsMixin, check_images, validate_images
from skcnn.preprocessing._transformer import Transformer, fit_in_one_step

_FAR_ABOVE_ONE = 10  # real images do not keep to the lowest tenth of their range


class PixelScaler(PixelsMixin, Transformer):
    """Scale pixels from 0..max_value to 0..1 in float32.

    The formula is ``X_out = float32(X) / float32(max_value)``, whatever the dtype of X: pixels of
    0 become exactly 0.0 and pixels of ``max_value`` exactly 1.0.  The output array is the only one
    that is made.

    Values outside 0..max_value are refused, in ``fit`` and in ``transform``.  Integers whose dtype
    cannot leave that range, such as uint8 with the default ``max_value``, are not even searched.
    ``fit`` warns of floats that are within 0..1 already: dividing them again makes images black.

    Rows follow ``set_output``.  Images stay arrays, so that in a Pipeline with pandas output the
    images go through and the rows of a later ImageFlattener become the table.

    Parameters
    ----------
    max_value : float, default=255
        Largest value that a pixel can have: 255 for images of 8 bits, 65535 for 16 bits.
        Positive and within the range of float32.

    Attributes
    ----------
    image_shape_ : tuple of int
        Shape of one sample in ``fit``: (height, width), (height, width, channels), or (n_pixels,)
        for rows.
    input_dtype_ : numpy.dtype
        Dtype of the pixels in ``fit``, which ``inverse_transform`` goes back to if it is an
        integer.
    n_features_in_ : int
        Number of pixels of one sample.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of the columns, where ``fit`` saw a table with string column names.

    See Also
    --------
    sklearn.preprocessing.MinMaxScaler : Scales each feature by the range it has in the data.

    Examples
    --------
    >>> import numpy as np
    >>> from skcnn.preprocessing import PixelScaler
    >>> pixels = np.array([[0, 51, 255]], dtype=np.uint8)
    >>> scaler = PixelScaler().fit(pixels)
    >>> scaler.transform(pixels)
    array([[0. , 0.2, 1. ]], dtype=float32)
    >>> scaler.inverse_transform(scaler.transform(pixels))
    array([[  0,  51, 255]], dtype=uint8)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "max_value": [
            Interval(
                Real,
                float(np.finfo(np.float32).tiny),
                float(np.finfo(np.float32).max),
                closed="both",
            )
        ]
    }
    _preserves_dtype: ClassVar[list[str]] = ["float32"]

    def __init__(self, max_value: float = 255) -> None:
        self.max_value = max_value

    @fit_in_one_step
    def fit(self, X: Any, y: Any = None) -> PixelScaler:
        """Check the range of the pixels and remember their shape and dtype.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_pixels), (n_samples, height, width) or \
                (n_samples, height, width, channels)
            Pixels from 0 to ``max_value``, of any numeric dtype.
        y : None
            Ignored.

        Returns
        -------
        self : PixelScaler
            The fitted transformer.

        Raises
        ------
        ValueError
            If a pixel is negative, above ``max_value``, NaN or infinite.

        Warns
        -----
        UserWarning
            If X holds floats within 0..1, not all of them 0, and ``max_value`` is 10 or more.
        """
        X = validate_images(self, X, reset=True)
        smallest, largest = _checked_range(X, self.max_value)
        if X.dtype.kind == "f" and 0 < largest <= 1 and self.max_value >= _FAR_ABOVE_ONE:
            warn(
                f"PixelScaler received floats from {smallest:.6g} to {largest:.6g}, which look "
                f"scaled already, and divides them by max_value={self.max_value} once more: the "
                "network would see almost black images. Drop this step, or use "
                "PixelScaler(max_value=1)."
            )
        self.image_shape_ = X.shape[1:]
        self.input_dtype_ = X.dtype
        set_returns_tables(self, X.ndim == 2)  # images do not fit into a DataFrame
        return self

    def transform(self, X: Any) -> NDArray[np.float32]:
        """Divide the pixels by ``max_value``.

        Parameters
        ----------
        X : array-like of shape (n_samples, *image_shape_)
            Pixels from 0 to ``max_value``, of any numeric dtype.

        Returns
        -------
        X_out : ndarray of the shape of X, float32
            Pixels from 0 to 1.

        Raises
        ------
        ValueError
            If a pixel is negative, above ``max_value``, NaN or infinite, or the samples of X have
            another shape than those seen in ``fit``.
        """
        check_is_fitted(self, "image_shape_")
        X = validate_images(self, X, reset=False, expected=[self.image_shape_])
        _checked_range(X, self.max_value)
        scaled = empty_aligned(X.shape, np.float32)
        return np.divide(X, np.float32(self.max_value), out=scaled, dtype=np.float32)

    def inverse_transform(self, X: Any) -> NDArray[Any]:
        """Multiply by ``max_value``, and round where ``fit`` saw integers.

        For integers of up to 24 bits this is the exact inverse of ``transform``.  Values outside
        0..1 are clipped where ``fit`` saw integers or booleans, so that none wraps around.

        Parameters
        ----------
        X : array-like of shape (n_samples, *image_shape_)
            Scaled pixels.

        Returns
        -------
        X_out : ndarray of the shape of X
            Pixels, of dtype ``input_dtype_`` if that is integer or boolean, else float32.

        Raises
        ------
        ValueError
            If X holds NaN or infinity, or its samples have another shape than those seen in
            ``fit``.
        """
        check_is_fitted(self, "image_shape_")
        X = check_images(self, X, [self.image_shape_])
        pixels = np.multiply(X, np.float32(self.max_value), dtype=np.float32)
        if self.input_dtype_.kind == "f":
            return pixels
        largest = _largest_value(self.input_dtype_)
        limit = np.float32(min(self.max_value, largest))
        if float(limit) > largest:
            limit = np.nextafter(limit, np.float32(0))
        np.clip(pixels, np.float32(0), limit, out=pixels)
        return np.rint(pixels, out=pixels).astype(self.input_dtype_)

    def __sklearn_tags__(self) -> Tags:
        """Tell scikit-learn, moreover, that pixels must not be negative."""
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = True
        return tags


def _largest_value(dtype: np.dtype[Any]) -> int:
    return 1 if dtype.kind == "b" else int(np.iinfo(dtype).max)


def _checked_range(X: NDArray[Any], max_value: float) -> tuple[float, float]:
    """Return the smallest and the largest pixel, or what the dtype allows where that is enough."""
    if X.dtype.kind in "ub" and _largest_value(X.dtype) <= max_value:
        return 0, _largest_value(X.dtype)
    smallest, largest = X.min().item(), X.max().item()
    # float32 may round max_value up, and then pixels that are equal to it exceed the original.
    if smallest >= 0 and largest <= max(max_value, float(np.float32(max_value))):
        return smallest, largest
    if smallest < 0:
        problem, remedy = "Negative values", "shift the pixels into that range"
    else:
        problem = f"Values above max_value={max_value}"
        remedy = "set max_value to the largest value a pixel can have (65535 for 16 bits)"
    raise ValueError(
        f"{problem} in data passed to PixelScaler: expected pixels from 0 to {max_value}, but the "
        f"smallest is {smallest} and the largest is {largest}. If these are pixels, {remedy}; for "
        "data without a fixed range use sklearn.preprocessing.MinMaxScaler."
    )
