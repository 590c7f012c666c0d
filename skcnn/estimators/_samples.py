"""Samples: how X is read, before a network sees it."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence, Sized
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.utils import assert_all_finite
from sklearn.utils.validation import validate_data

from skcnn._arrays import (
    FileRows,
    ImageShape,
    LazyRows,
    SparseRows,
    as_samples,
    blocks_of,
    is_on_disk,
    names_texts,
    side_by_side,
)
from skcnn._warning import warn

Shape = tuple[int, ...]

_IN_MEMORY = (np.float32, np.uint8)
_CHECKED_BYTES = 64 * 2**20  # of a file, at a time
_CHANNELS = (1, 3)
_MOST_CHANNELS = 4  # of a picture: red, green, blue and alpha


@dataclass(frozen=True)
class Samples:
    """What X holds.

    Attributes
    ----------
    rows : ndarray or LazyRows of shape (n, n_features_in_)
        The samples, each as a row of numbers.
    shape : tuple of int or None
        Shape of one image; None where X holds rows.
    learned : dict of str to Any
        ``n_features_in_``, and ``feature_names_in_`` where X has names.
    """

    rows: NDArray[Any] | LazyRows
    shape: Shape | None
    learned: dict[str, Any]

    def __len__(self) -> int:
        return len(self.rows)


def read_samples(estimator: Any, X: Any, *, at_least: int = 2) -> Samples:
    """Read the X of a fit, which decides what X looks like from then on.

    Parameters
    ----------
    estimator : estimator
        Whose name the messages bear; it stays as it is.
    X : array-like of shape (n, n_features), (n, height, width) or (n, height, width, channels)
        Samples, as ``skcnn._arrays.as_samples`` takes them.
    at_least : int, default=2
        How many there must be.

    Raises
    ------
    ValueError
        If X holds no finite numbers, images that differ in shape, or too few samples.
    TypeError
        If X is no set of samples, such as a dict of several inputs.
    """
    rows, shape = _as_rows(X)
    seen = object.__new__(type(estimator))  # takes note in the estimator's place
    if isinstance(rows, FileRows):
        _check_file(rows, at_least=at_least)
        seen.n_features_in_ = rows.shape[1]
    else:
        rows = _validated(seen, rows, ensure_min_samples=at_least)
    return Samples(rows, shape, vars(seen))


def read_samples_like(estimator: Any, X: Any, samples: Samples) -> NDArray[Any] | LazyRows:
    """Read samples that must look like others, such as those of a validation set.

    Parameters
    ----------
    estimator : estimator
        Whose name the messages bear; it stays as it is.
    X : array-like
        Samples of the same shape, or their rows.
    samples : Samples
        The others.

    Raises
    ------
    ValueError
        If they have another shape.
    """
    seen = object.__new__(type(estimator))
    vars(seen).update(samples.learned)
    return read_samples_again(seen, X, fitted_shape=samples.shape, other_shapes=())


def read_samples_again(
    estimator: Any, X: Any, *, fitted_shape: Shape | None, other_shapes: Collection[Shape]
) -> NDArray[Any] | LazyRows:
    """Read the X of a prediction, and return its rows.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    X : array-like
        Samples as fit has seen them, or their rows.
    fitted_shape : tuple of int or None
        Shape of the images that fit has seen; None for rows.
    other_shapes : collection of tuple of int
        Further shapes of images that the network knows how to read.

    Raises
    ------
    ValueError
        If the samples have another shape than fit has seen.
    """
    rows, shape = _as_rows(X)
    as_given = (*rows.shape[:1], *(rows.shape[1:] if shape is None else shape))
    n_features = estimator.n_features_in_
    fits = shape is None or shape == fitted_shape or shape in other_shapes
    problem: str | None
    if _is_single(as_given, rows, n_features):
        exactly = as_given in {fitted_shape, *other_shapes}
        leading = (1, *(fitted_shape or (n_features,)))
        problem = f"a single sample, of shape {as_given}"
        remedy = (
            "Give a single sample its axis of samples: X"
            f"{'[np.newaxis]' if exactly else f'.reshape{leading}'}."
        )
    else:
        problem = None if fits else f"samples of shape {shape}"
        remedy = "Reshape X, or put an ImageReshaper before the classifier and fit again."
    if problem is not None:
        expected = "n_features" if fitted_shape is None else ", ".join(map(str, fitted_shape))
        raise ValueError(
            f"{type(estimator).__name__} was fitted on X of shape (n, {expected}), but received "
            f"{problem}. {remedy}"
        )
    if isinstance(rows, FileRows):
        _check_file(rows, at_least=1)
        _check_n_features(rows.shape[1], estimator)
        return rows
    if _stay_as_they_are(rows, estimator):
        if not _has_finite_sum(rows):
            assert_all_finite(rows, estimator_name=type(estimator).__name__, input_name="X")
        return rows
    return _validated(estimator, rows, reset=False)


def _stay_as_they_are(rows: Any, estimator: Any) -> bool:
    """Tell whether scikit-learn's validation would find nothing but numbers to look at.

    It takes a fifth of the time in which a small network predicts one image.
    """
    return (
        type(rows) is np.ndarray
        and rows.dtype in _IN_MEMORY
        and rows.ndim == 2
        and len(rows) > 0
        and rows.shape[1] == estimator.n_features_in_
        and not hasattr(estimator, "feature_names_in_")
    )


def _has_finite_sum(rows: NDArray[Any]) -> bool:
    """Tell whether the sum of rows alone says that all of their numbers are finite.

    scikit-learn looks at more, which takes a tenth of the time for one image.
    """
    if rows.dtype.kind != "f":
        return True
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(rows.sum()))


def _validated(estimator: Any, rows: Any, **options: Any) -> NDArray[Any] | SparseRows:
    """Return rows as scikit-learn's validation gives them, sparse ones to be made dense later."""
    dtypes = _dtypes_for(rows)
    with names_texts(rows, type(estimator).__name__):
        rows = validate_data(estimator, rows, dtype=dtypes, accept_sparse="csr", **options)
    if issparse(rows):
        return SparseRows(rows)
    _check_range(rows)
    return rows


def _is_single(as_given: Shape, rows: Any, n_features: int) -> bool:
    """Tell whether X holds the numbers of one sample, spread over the axis of samples too."""
    return (
        len(as_given) > 1
        and as_given[0] > 1
        and math.prod(as_given) == n_features
        and rows.shape[-1] != n_features
    )


def check_not_single(samples: Samples, y: Any) -> None:
    """Raise where a single label says that X is a single image without its axis of samples.

    Raises
    ------
    ValueError
        If ``y`` is a label, or holds one, and X seems to hold several samples.
    """
    if len(samples) > 1 and _count_labels(y) == 1:
        raise ValueError(
            f"Found {len(samples)} samples in X and a single label in y. If X is a single image, "
            "give it its axis of samples, X[np.newaxis]; a network needs more than one to learn "
            "from."
        )


def _count_labels(y: Any) -> int | None:
    """Return how many labels y holds as it was given, None where it does not say."""
    shape = (1,) if np.isscalar(y) else getattr(y, "shape", None)
    if shape is None:
        return len(y) if isinstance(y, Sequence) else None
    return int(shape[0]) if len(shape) else 1


def check_lengths(samples: Sized, n_labels: int, X: str = "X", y: str = "y") -> None:
    """Raise unless there are as many labels as samples.

    Parameters
    ----------
    samples : sized
        The samples.
    n_labels : int
        How many labels there are.
    X, y : str
        What the user calls them.

    Raises
    ------
    ValueError
        If there are not.
    """
    if n_labels != len(samples):
        remedy = "Pass one label a sample."
        if isinstance(samples, Samples) and samples.shape and samples.shape[0] == n_labels:
            inputs = {f"input_{i + 1}": samples.shape for i in range(len(samples))}
            remedy = f"If {X} is a list of inputs, {side_by_side(inputs, X)}"
        raise ValueError(
            f"Found input variables with inconsistent numbers of samples: {X} has "
            f"{len(samples)}, and {y} has {n_labels}. {remedy}"
        )


def _as_rows(X: Any) -> tuple[Any, Shape | None]:
    """View images as rows of pixels, which scikit-learn's validation knows how to check.

    Raises
    ------
    ValueError
        If the images differ in shape, or X has no axis or more than 4.
    """
    X = as_samples(X)
    if not 0 < len(X.shape) <= 4:
        raise ValueError(
            "X must be an array of shape (n, n_features), (n, height, width) or (n, height, "
            f"width, channels); received shape {X.shape}."
        )
    if len(X.shape) < 3:
        return X, None
    sample_shape = tuple(map(int, X.shape[1:]))
    return shaped(X, (math.prod(sample_shape),)), sample_shape


def shaped(X: Any, sample_shape: Shape) -> Any:
    """Return the same samples in another shape of as many numbers."""
    if isinstance(X, LazyRows):
        return X.with_samples(sample_shape)
    return X.reshape(len(X), *sample_shape)


def _dtypes_for(X: Any) -> Any:
    """Return the dtypes to validate X as; what is in a file stays, for else it were copied."""
    return "numeric" if is_on_disk(X) else _IN_MEMORY


def _check_file(rows: FileRows, *, at_least: int) -> None:
    if rows.dtype.kind not in "buif":
        raise ValueError(f"X must hold real numbers; received a data set of dtype {rows.dtype}.")
    if len(rows.shape) != 2 or len(rows) < at_least or rows.nbytes == 0:
        raise ValueError(
            f"X must hold {at_least} or more samples, as rows or as images; received a data set "
            f"of shape {rows.shape}."
        )
    if rows.dtype.kind == "f":
        for block in blocks_of(rows, _CHECKED_BYTES):
            assert_all_finite(block, input_name="X")
    _check_range(rows)


def _check_range(rows: NDArray[Any] | FileRows) -> None:
    """Raise where a number of a file is finite there, but not as the float32 of a network."""
    largest = np.finfo(np.float32).max
    if rows.dtype.kind != "f" or np.finfo(rows.dtype).max <= largest:
        return
    for block in blocks_of(rows, _CHECKED_BYTES):
        if block.max() > largest or block.min() < -largest:
            raise ValueError(
                "Input X contains a value too large for dtype float32, in which a network "
                "computes. Scale X first."
            )


def _check_n_features(received: int, estimator: Any) -> None:
    if received != estimator.n_features_in_:
        raise ValueError(
            f"X has {received} features, but {type(estimator).__name__} is expecting "
            f"{estimator.n_features_in_} features as input."
        )


# --- images ------------------------------------------------------------------------------------


def given_image_shape(image_shape: Sequence[int], sample_shape: Shape) -> ImageShape:
    """Return ``image_shape`` as (height, width, channels), checked against X.

    Raises
    ------
    ValueError
        If it is no image shape, or X's samples are not of that shape.
    """
    try:
        shape = ImageShape.of(image_shape)
    except ValueError:
        shape = None
    if shape is None or sample_shape not in shape.sample_shapes:
        raise ValueError(
            f"image_shape={image_shape} does not fit X, whose samples have shape {sample_shape}; "
            "expected (height, width, channels) or (height, width), with as many pixels as X."
        )
    return shape


def guess_image_shape(sample_shape: Shape) -> ImageShape:
    """Return the (height, width, channels) that samples of X most plausibly have.

    Images keep their shape, grey ones gain a channel.  Rows are square grey images where the
    number of pixels allows it, else square RGB images, else one row of pixels with a warning.
    """
    if len(sample_shape) > 1:
        return ImageShape.of(sample_shape)
    n_pixels = sample_shape[0]
    for channels in _CHANNELS:
        side = math.isqrt(n_pixels // channels)
        if channels * side * side == n_pixels:
            return ImageShape(side, side, channels)
    warn(
        f"X holds rows of {n_pixels} pixels, which make neither a square grey nor a square RGB "
        f"image; each is read as one row of pixels, (1, {n_pixels}, 1). Pass "
        "image_shape=(height, width, channels) to say what they are."
    )
    return ImageShape(1, n_pixels, 1)


def warn_of_channels_first(sample_shape: Shape) -> None:
    """Warn where images seem to come as (channels, height, width)."""
    if len(sample_shape) != 3:
        return
    channels, *sides = sample_shape
    if channels <= _MOST_CHANNELS < min(sides):
        warn(
            f"X has shape (n, {', '.join(map(str, sample_shape))}), which is read as images of "
            f"height {channels}, width {sides[0]} and {sides[1]} channels. If its images have "
            f"{channels} channel{'s' * (channels > 1)} of {sides[0]} x {sides[1]} pixels, move "
            "the channels to the end: np.moveaxis(X, 1, -1)."
        )
