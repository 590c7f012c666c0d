"""What the transformers of images share: validation, names of pixels, no tables of images."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, OneToOneFeatureMixin
from sklearn.utils import Tags, check_array
from sklearn.utils.validation import check_is_fitted, validate_data

from skcnn._arrays import FileRows, as_samples, names_texts
from skcnn._sklearn_internals import returns_tables


def check_images(
    estimator: BaseEstimator, X: Any, expected: Collection[tuple[int, ...]] = ()
) -> NDArray[Any]:
    """Return rows or images as a valid array, where need be with samples of an expected shape.

    Raises
    ------
    TypeError
        If X is sparse or does not hold numbers.
    ValueError
        If X holds no finite numbers, or samples of another shape than those expected.
    """
    X, name = _in_memory(X), type(estimator).__name__
    with names_texts(X, name):
        X = check_array(X, allow_nd=True, estimator=estimator, input_name="X")
    if expected and X.shape[1:] not in expected:
        raise ValueError(_shape_message(estimator, X.shape, expected))
    if X.ndim > 4:
        raise ValueError(f"Found array with dim {X.ndim}, while dim <= 4 is required by {name}.")
    if X.size == 0:
        raise ValueError(
            f"Found array with 0 feature(s) (shape={X.shape}) while a minimum of 1 is required "
            f"by {name}."
        )
    return X


def validate_images(
    estimator: Any, X: Any, *, reset: bool, expected: Collection[tuple[int, ...]] = ()
) -> NDArray[Any]:
    """Do what ``validate_data`` does, counting the pixels of an image as its features.

    ``validate_data`` itself takes the number of rows of an image for the number of features.
    """
    X = _in_memory(X)
    validate_data(estimator, X, reset=reset, skip_check_array=True, ensure_2d=False)
    X = check_images(estimator, X, expected)
    if reset:
        estimator.n_features_in_ = math.prod(X.shape[1:])
    return X


def pixel_names(image_shape: tuple[int, ...]) -> list[str]:
    """Name the pixels of an image by row and column, and by channel where there are several."""
    shape = image_shape[:2] if image_shape[2:] == (1,) else image_shape
    return [f"pixel_{'_'.join(map(str, index))}" for index in np.ndindex(shape)]


def _in_memory(X: Any) -> Any:
    samples = as_samples(X)
    return samples[:] if isinstance(samples, FileRows) else samples


def _shape_message(
    estimator: Any, shape: tuple[int, ...], expected: Collection[tuple[int, ...]]
) -> str:
    name = type(estimator).__name__
    wanted = " or ".join(f"(n_samples, {', '.join(map(str, sample))})" for sample in expected)
    message = f"{name} expected X of shape {wanted}, but received X of shape {shape}."
    n_received, n_expected = math.prod(shape[1:]), math.prod(next(iter(expected)))
    if n_received != n_expected:
        message = (
            f"X has {n_received} features, but {name} is expecting {n_expected} features as "
            f"input. {message}"
        )
    if shape in expected:
        return f"{message} A single image needs a leading axis: pass X[np.newaxis]."
    return f"{message} Reshape or resize X, or {estimator._shape_remedy}."


class PixelsMixin(OneToOneFeatureMixin):
    """What the transformers of images share: names of pixels, output containers and tags."""

    image_shape_: tuple[int, ...]
    _shape_remedy = "fit again on samples of this shape"
    _preserves_dtype: ClassVar[list[str]] = [
        *("float64", "float32", "float16", "bool", "uint8", "uint16", "uint32", "uint64"),
        *("int8", "int16", "int32", "int64"),
    ]

    def get_feature_names_out(
        self, input_features: ArrayLike | None = None
    ) -> NDArray[np.object_]:
        """Give the names of the pixels, in the order of the flattened image.

        Parameters
        ----------
        input_features : array-like of str of shape (n_features_in_,), default=None
            Names of the input pixels.  They become the names of the output; they must agree with
            ``feature_names_in_`` where that is known.

        Returns
        -------
        feature_names_out : ndarray of str objects of shape (n_features_in_,)
            ``input_features``; else ``feature_names_in_``; else, for images,
            ``pixel_<row>_<column>`` and, with more than one channel,
            ``pixel_<row>_<column>_<channel>``; else, for rows, ``x0``, ``x1`` and so on.

        Raises
        ------
        ValueError
            If ``input_features`` has the wrong length or disagrees with ``feature_names_in_``.
        """
        check_is_fitted(self, "image_shape_")
        shape = self.image_shape_
        if input_features is None and len(shape) > 1 and not hasattr(self, "feature_names_in_"):
            input_features = pixel_names(shape)
        return super().get_feature_names_out(input_features)

    def set_output(self, *, transform: str | None = None) -> PixelsMixin:
        """Choose the container of ``transform`` and ``fit_transform``.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"}, default=None
            Container of a two-dimensional output; None leaves it unchanged.

        Returns
        -------
        self : estimator instance
            The transformer itself.

        Raises
        ------
        ValueError
            If a table is asked of a transformer that returns images.
        """
        if returns_tables(self):
            return super().set_output(transform=transform)
        if transform not in (None, "default"):
            raise ValueError(
                f"{type(self).__name__} returns images of more than two dimensions, which are not "
                f"a table and do not fit into {transform} output. Keep "
                "set_output(transform='default') here, and call "
                f"set_output(transform={transform!r}) on steps that return rows, such as "
                "ImageFlattener."
            )
        return self

    def __sklearn_tags__(self) -> Tags:
        """Tell scikit-learn that images are welcome, and which dtypes are kept."""
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = list(self._preserves_dtype)
        return tags
