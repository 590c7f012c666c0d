"""Samples as an ONNX graph takes them, checked without scikit-learn."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skcnn._arrays import names_texts
from skcnn._onnx._contents import Contents


def as_input(X: Any, contents: Contents, name: str) -> NDArray[Any]:
    """Return samples in the shape and dtype of a graph.

    Parameters
    ----------
    X : array-like of shape (n, ...)
        Samples, each with as many numbers as the graph takes, in C order.
    contents : Contents
        What the graph takes.
    name : str
        Class of the estimator, for messages.

    Raises
    ------
    TypeError
        If X is sparse or holds no numbers.
    ValueError
        If it holds other numbers, or another number of them, than the graph takes.
    """
    is_ready = (
        type(X) is np.ndarray
        and X.dtype == contents.dtype
        and X.shape[1:] == contents.sample_shape
        and len(X) > 0
        and X.flags.c_contiguous
    )
    if not is_ready:
        _check_names(X, contents)
        with names_texts(X, name):
            X = _as_numbers(X, name)
        _check_shape(X.shape, contents, name)
        X = _cast(X, contents, name)
        X = np.ascontiguousarray(X.reshape(len(X), *contents.sample_shape))
    if X.dtype.kind == "f" and not np.isfinite(X).all():
        raise ValueError(
            f"Input X contains NaN, infinity or a value too large for dtype({X.dtype.name!r}). "
            f"{name} takes finite numbers: impute them, or leave these samples out."
        )
    return X


def _as_numbers(X: Any, name: str) -> NDArray[Any]:
    if hasattr(X, "toarray"):
        raise TypeError(
            f"Sparse data was passed for X, but dense data is required by {name}. Use "
            "'.toarray()' to convert it to an array."
        )
    try:
        array = np.asarray(X)
        if array.dtype.kind == "O":
            array = array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"X must hold numbers, and samples of one shape; received what makes none ({error})."
        ) from None
    if array.dtype.kind not in "buif":
        raise TypeError(f"X must hold real numbers; received dtype {array.dtype}.")
    return array


def _check_shape(shape: tuple[int, ...], contents: Contents, name: str) -> None:
    sample_shape = contents.sample_shape
    n_expected = math.prod(sample_shape)
    expected = f"(n_samples, {', '.join(map(str, sample_shape))})"
    if len(shape) < 2 or (math.prod(shape[1:]) != n_expected and math.prod(shape) == n_expected):
        raise ValueError(
            f"{name} expected X of shape {expected}, but received X of shape {shape}. A single "
            f"sample needs a leading axis: X.reshape{(1, *sample_shape)}."
        )
    if math.prod(shape[1:]) != n_expected:
        raise ValueError(
            f"X has {math.prod(shape[1:])} features, but {name} is expecting {n_expected} "
            f"features as input: X of shape {expected}, or rows of {n_expected} numbers. Reshape "
            "or resize X."
        )
    if shape[0] == 0:
        raise ValueError(
            f"Found array with 0 sample(s) (shape={shape}) while a minimum of 1 is required by "
            f"{name}."
        )


def _check_names(X: Any, contents: Contents) -> None:
    names = contents.feature_names
    columns = getattr(X, "columns", None)
    if names is not None and columns is not None and list(columns) != names:
        raise ValueError(
            "The feature names should match those that were passed during fit: expected "
            f"{_some(names)}, received {_some(list(columns))}. Select and order the columns."
        )


def _some(names: list[Any]) -> str:
    return ", ".join(map(str, names[:5])) + ", ..." * (len(names) > 5)


def _cast(X: NDArray[Any], contents: Contents, name: str) -> NDArray[Any]:
    if X.dtype == contents.dtype:
        return X
    if contents.dtype == "float32":
        with np.errstate(over="ignore"):  # what is too large becomes infinite, which is found
            return X.astype(np.float32)
    if X.dtype.kind == "b":
        return X.astype(np.uint8)
    smallest, largest = X.min(), X.max()
    whole = X.dtype.kind in "ui" or bool((np.floor(X) == X).all())
    if not (smallest >= 0 and largest <= 255 and whole):
        raise ValueError(
            f"The file of this {name} takes bytes, whole numbers from 0 to 255; received numbers "
            f"of dtype {X.dtype} from {smallest:.6g} to {largest:.6g}. If X is scaled, pass it "
            "unscaled; for other numbers, export the estimator with "
            "export_onnx(..., dtype='float32')."
        )
    return X.astype(np.uint8)
