"""A fitted estimator as one ONNX file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, is_classifier, is_regressor
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skcnn._onnx._contents import Contents
from skcnn._onnx._describing import (
    contents_of,
    estimators_in,
    last_of,
    random_samples,
    steps_of,
)
from skcnn._onnx._estimators import ONNXClassifier, ONNXRegressor
from skcnn._onnx._graph import converted, let_bytes_in
from skcnn._onnx._session import Session
from skcnn._onnx._weights import shrink_weights
from skcnn._whole_files import write_whole
from skcnn.preprocessing import ImageLoader

_DTYPES = ("uint8", "float32")
_PASSING = "passthrough"
_N_TRIED = 4  # samples that the file and the estimator are compared on
_CLOSE = {"float32": 1e-4, "float16": 2e-2, "int8": 1e-1}  # by how weights are kept
_REMEDIES = {
    "float32": "Where a step tells numbers apart that are equal in float32, scale them before it.",
    "float16": "Keep more of its weights, by weights='float32'.",
    "int8": "Keep more of its weights, by weights='float16'.",
}
_CLOSE_IN_HALF_PRECISION = 2e-2


def export_onnx(
    estimator: Any,
    path: str | os.PathLike[str],
    *,
    dtype: str | None = None,
    weights: str = "float32",
) -> None:
    """Write a fitted estimator as one ONNX file, with all that samples pass before the network.

    The file holds the whole Pipeline: reshaping, scaling, scikit-learn's own steps, the network,
    and the labels.  ``ONNXClassifier`` and ``ONNXRegressor`` predict by it without TensorFlow, and
    so does any other runtime of ONNX.  The graph takes samples ``X`` of the shape that the
    estimator was fitted on, any number of them, and gives ``label`` and ``probabilities``, or
    ``variable`` for numbers, as those of sklearn-onnx do.  Before it is written, it is run beside
    the estimator on a few random samples.

    Parameters
    ----------
    estimator : estimator
        Fitted: a classifier or regressor of skcnn, a Pipeline, a search, or another estimator of
        scikit-learn that holds such.  scikit-learn's own steps are converted by sklearn-onnx.
    path : str or path-like
        The file; one that is there is replaced.
    dtype : {"uint8", "float32"} or None, default=None
        Dtype of the samples that the graph takes.  None stands for bytes where the estimator is
        known to have been fitted on such (a network of skcnn that came first, or a
        ``PixelScaler`` that saw integers up to 255), and for float32 otherwise.
    weights : {"float32", "float16", "int8"}, default="float32"
        How weights are kept.  "float16" halves the file, "int8" makes about a quarter of it: a
        step for each filter and each unit, and 127 of them to its largest weight [1]_.  The
        arithmetic stays that of float32.

    Raises
    ------
    ImportError
        If the packages that write ONNX are not installed: ``pip install "skcnn[onnx]"``.
    NotFittedError
        If the estimator is not fitted.
    TypeError
        If it is neither a classifier nor a regressor, or a step of it cannot be exported, which
        the message names.
    ValueError
        If a parameter has another value, or the file does not predict what the estimator does.
    OSError
        If the file cannot be written.

    See Also
    --------
    ONNXClassifier, ONNXRegressor : Estimators that predict by such a file.

    References
    ----------
    .. [1] R. Krishnamoorthi, "Quantizing deep convolutional networks for efficient inference: a
       whitepaper", 2018, arXiv:1806.08342, section 3.1.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from sklearn.pipeline import make_pipeline
    >>> from skcnn import MLPClassifier, ONNXClassifier, PixelScaler
    >>> from skcnn import export_onnx, load_digit_images
    >>> X, y = load_digit_images(return_X_y=True)
    >>> pipe = make_pipeline(PixelScaler(), MLPClassifier((32,), batch_size=32, random_state=0))
    >>> pipe = pipe.fit(X, y)
    >>> with TemporaryDirectory() as folder:
    ...     export_onnx(pipe, Path(folder) / "digits.onnx")
    ...     ONNXClassifier(Path(folder) / "digits.onnx").predict(X[:3]).dtype
    dtype('int64')
    """
    for name, value, allowed in (
        ("dtype", dtype, (*_DTYPES, None)),
        ("weights", weights, tuple(_CLOSE)),
    ):
        if value not in allowed:
            raise ValueError(
                f"{name} must be {' or '.join(map(repr, allowed))}; received {value!r}."
            )
    place = _writable(path)
    fitted = _without_wrappers(estimator)
    _check(fitted)
    model = converted(fitted)
    contents = contents_of(fitted, dtype)
    for key, text in contents.to_metadata().items():
        model.metadata_props.add(key=key, value=text)
    if contents.dtype == "uint8":
        let_bytes_in(model)
    if weights != "float32":
        shrink_weights(model, weights)
    content = model.SerializeToString()
    _try(content, fitted, contents, place, weights)
    _write(content, place)


# --- what is exported --------------------------------------------------------------------------


def _without_wrappers(estimator: Any) -> Any:
    """Return what predicts: the best of a search, what is frozen, a Pipeline of such steps."""
    if isinstance(estimator, FrozenEstimator):
        return _without_wrappers(estimator.estimator)
    if hasattr(estimator, "best_estimator_"):
        return _without_wrappers(estimator.best_estimator_)
    if isinstance(estimator, Pipeline):
        steps = [(name, step) for name, step in estimator.steps if step not in (None, _PASSING)]
        return Pipeline([(name, _without_wrappers(step)) for name, step in steps])
    return estimator


def _check(fitted: Any) -> None:
    if not isinstance(fitted, BaseEstimator) or not (
        is_classifier(fitted) or is_regressor(fitted)
    ):
        raise TypeError(
            "Expected a fitted classifier or regressor, a Pipeline that ends in one, or a search; "
            f"received {fitted!r}. A search must be fitted with refit=True."
        )
    check_is_fitted(fitted)
    for name, step in steps_of(fitted):
        if isinstance(step, ImageLoader):
            raise TypeError(
                f"The step {name!r}, an ImageLoader, cannot be exported: an ONNX file takes "
                "images and reads no files. Export what follows it, export_onnx(pipeline[1:], "
                "path), and predict by make_pipeline(pipeline[0], ONNXClassifier(path))."
            )


# --- the file ----------------------------------------------------------------------------------


def _writable(path: str | os.PathLike[str]) -> Path:
    place = Path(path).expanduser()
    if place.is_dir():
        raise IsADirectoryError(f"{place} is a folder; expected the path of a file to write.")
    if not place.parent.is_dir():
        raise FileNotFoundError(
            f"Cannot write {place}: there is no folder {place.parent}. Make it first."
        )
    return place


def _try(content: bytes, fitted: Any, contents: Contents, place: Path, weights: str) -> None:
    """Compare the file with the estimator on a few samples.

    Raises
    ------
    ValueError
        If they do not agree.
    """
    from onnx import checker

    checker.check_model(content)
    kind = ONNXRegressor if contents.kind == "numbers" else ONNXClassifier
    exported = kind._of(Session(content, str(place), None), place)
    X = random_samples(fitted, contents.dtype, _N_TRIED)
    method = "predict_proba" if contents.has_probabilities else "predict"
    expected, received = (getattr(each, method)(X) for each in (fitted, exported))
    if not _agree(expected, received, _tolerance(fitted, weights)):
        raise ValueError(
            f"{place} was not written: on random samples, it predicts {_first(received)} where "
            f"{type(last_of(fitted)).__name__} predicts {_first(expected)}. {_REMEDIES[weights]}"
        )


def _agree(expected: Any, received: Any, tolerance: float) -> bool:
    expected, received = np.asarray(expected), np.asarray(received)
    if expected.shape != received.shape:
        return False
    if expected.dtype.kind != "f":
        return bool((expected == received).all())
    return np.allclose(expected, received, rtol=tolerance, atol=tolerance)


def _tolerance(fitted: Any, weights: str) -> float:
    networks = [part for part in estimators_in(fitted) if hasattr(part, "_network")]
    halved = any(part.model_.compute_dtype != "float32" for part in networks)
    return max(_CLOSE[weights], _CLOSE_IN_HALF_PRECISION if halved else 0)


def _first(predictions: Any) -> str:
    return str(np.asarray(predictions)[0].tolist())


def _write(content: bytes, place: Path) -> None:
    try:
        write_whole(place, content)
    except OSError as error:
        raise OSError(
            f"Cannot write {place} ({error}). Choose a folder that can be written to."
        ) from error
