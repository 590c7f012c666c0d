"""Labels as skl2onnx takes them for granted."""

from __future__ import annotations

from copy import copy
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from skcnn.estimators import CNNFeatureExtractor
from skcnn.estimators._base import BaseKerasEstimator

_OF_LABELS = ("classes_", "classes")


def with_long_labels(thing: Any) -> Any:
    """Return a fitted estimator whose labels are int64 wherever they are integers or bool.

    Many of skl2onnx's converters take bytes, as MNIST's labels are, for texts.  The estimator
    itself stays as it is: copies are made of all of scikit-learn's that it holds.  skcnn's own
    write labels of any integer dtype themselves.
    """
    if isinstance(thing, (BaseKerasEstimator, CNNFeatureExtractor)):
        return thing
    if type(thing) in (list, tuple):
        return type(thing)(map(with_long_labels, thing))
    if isinstance(thing, BaseEstimator) or _is_part_of_calibration(thing):
        long = copy(thing)
        for name, value in vars(thing).items():
            new = _long(value) if name in _OF_LABELS else with_long_labels(value)
            if new is not value:
                vars(long)[name] = new
        return long
    return thing


def _is_part_of_calibration(thing: Any) -> bool:
    """Tell whether it is what CalibratedClassifierCV keeps for each fold."""
    return hasattr(thing, "calibrators") and hasattr(thing, "estimator")


def _long(labels: Any) -> Any:
    is_whole = isinstance(labels, np.ndarray) and labels.dtype.kind in "biu"
    return labels.astype(np.int64) if is_whole else labels
