"""What a fitted estimator takes and gives, as its ONNX file shall say it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, is_regressor
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.pipeline import Pipeline

import skcnn
from skcnn._onnx._contents import Contents
from skcnn.estimators import BaseKerasClassifier, BaseKerasRegressor, CNNFeatureExtractor
from skcnn.estimators._base import BaseKerasEstimator
from skcnn.estimators._class_targets import ClassTargets
from skcnn.preprocessing import ImageFlattener, ImageReshaper, PixelScaler

Steps = Sequence[tuple[str, Any]]

_LARGEST_BYTE = 255
_ENSEMBLES = (StackingClassifier, StackingRegressor, VotingClassifier, VotingRegressor)


def steps_of(fitted: Any) -> Steps:
    """Return the steps of a Pipeline by their names; of any other estimator, itself."""
    return fitted.steps if isinstance(fitted, Pipeline) else [(type(fitted).__name__, fitted)]


def last_of(fitted: Any) -> Any:
    """Return what predicts at the end of a Pipeline."""
    return last_of(fitted.steps[-1][1]) if isinstance(fitted, Pipeline) else fitted


def estimators_in(thing: Any) -> Iterator[Any]:
    """Yield all estimators that an estimator holds, itself the first."""
    if isinstance(thing, BaseKerasEstimator):
        yield thing
    elif isinstance(thing, CNNFeatureExtractor):
        yield thing
        yield from estimators_in(list(thing._steps))
    elif isinstance(thing, BaseEstimator):
        yield thing
        yield from estimators_in(vars(thing))
    elif isinstance(thing, dict):
        yield from estimators_in(list(thing.values()))
    elif isinstance(thing, (list, tuple)):
        for part in thing:
            yield from estimators_in(part)


def contents_of(fitted: Any, dtype: str | None) -> Contents:
    """Return what the file of a fitted estimator shall say.

    Parameters
    ----------
    fitted : estimator
        A classifier or a regressor.
    dtype : {"uint8", "float32"} or None
        What the graph shall take; None for what the estimator was fitted on.
    """
    names = getattr(fitted, "feature_names_in_", None)
    contents = Contents(
        "numbers",
        sample_shape=sample_shape_of(steps_of(fitted)),
        dtype=dtype or _dtype_of(steps_of(fitted)),
        feature_names=None if names is None else list(map(str, names)),
        estimator=type(last_of(fitted)).__name__,
        version=skcnn.__version__,
    )
    of_y = _numbers_of if is_regressor(fitted) else _labels_of
    return replace(contents, **of_y(fitted))


def _numbers_of(fitted: Any) -> dict[str, Any]:
    last = last_of(fitted)
    if isinstance(last, BaseKerasRegressor):
        return {"n_outputs": 0 if last._targets.flat else last._targets.n_outputs}
    tried = np.asarray(fitted.predict(random_samples(fitted, "float32", 1)))
    return {"n_outputs": tried.shape[1] if tried.ndim == 2 else 0}


def _labels_of(fitted: Any) -> dict[str, Any]:
    last, classes = last_of(fitted), np.asarray(fitted.classes_)
    targets = last._targets if isinstance(last, BaseKerasClassifier) else None
    is_of_sets = targets is not None and not isinstance(targets, ClassTargets)
    has_margins = getattr(targets, "output", None) == "margins"
    return {
        "kind": "label_sets" if is_of_sets else "classes",
        "classes": classes.tolist(),
        "classes_dtype": classes.dtype.str,
        "has_probabilities": hasattr(fitted, "predict_proba") and not has_margins,
        "largest_decides": isinstance(targets, ClassTargets),
        "one_hot": getattr(targets, "one_hot", False),
    }


# --- samples -----------------------------------------------------------------------------------


def sample_shape_of(steps: Steps) -> tuple[int, ...]:
    """Return the shape of one sample that the first of some steps takes."""
    first = _taker(steps[0][1])
    if isinstance(first, Pipeline):
        return sample_shape_of(first.steps)
    shape: Sequence[int] = (first.n_features_in_,)
    if isinstance(first, ImageReshaper):
        shape = first.image_shape_
        shape = shape[:2] if shape[2:] == (1,) else shape
    elif isinstance(first, (ImageFlattener, PixelScaler)):
        shape = first.image_shape_
    elif isinstance(first, BaseKerasEstimator):
        shape = first._sample_shape or shape
    elif isinstance(first, CNNFeatureExtractor):
        shape = first._like.shape or first._like.rows.shape[1:]
    return tuple(map(int, shape))


def _taker(estimator: Any) -> Any:
    """Return what takes samples as an estimator does: of a vote, its first voter."""
    if isinstance(estimator, _ENSEMBLES):
        return _taker(estimator.estimators_[0])
    if isinstance(estimator, CalibratedClassifierCV):
        return _taker(estimator.calibrated_classifiers_[0].estimator)
    return estimator


def _dtype_of(steps: Steps) -> str:
    """Return in what dtype samples come, as far as what takes them first knows."""
    first = _taker(steps[0][1])
    if isinstance(first, (ImageReshaper, ImageFlattener)):
        return _dtype_of(steps[1:])
    if isinstance(first, Pipeline):
        return _dtype_of([*first.steps, *steps[1:]])
    if isinstance(first, PixelScaler):
        whole = first.input_dtype_.kind in "bui" and first.max_value <= _LARGEST_BYTE
        return "uint8" if whole else "float32"
    if isinstance(first, CNNFeatureExtractor):
        seen = first._like.rows.dtype.name
    else:
        seen = getattr(first, "_sample_dtype", "float32")
    return seen if seen == "uint8" else "float32"


def random_samples(fitted: Any, dtype: str, n: int) -> Any:
    """Return samples of numbers that all steps take, always the same."""
    scalers = [part for part in estimators_in(fitted) if isinstance(part, PixelScaler)]
    largest: float = _LARGEST_BYTE if dtype == "uint8" else 1
    largest = min((scaler.max_value for scaler in scalers), default=largest)
    values = np.random.default_rng(0).random((n, *sample_shape_of(steps_of(fitted))))
    samples = (values * largest).astype(dtype)
    names = getattr(fitted, "feature_names_in_", None)
    return samples if names is None else pd.DataFrame(samples, columns=names)
