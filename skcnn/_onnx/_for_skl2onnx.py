"""Fitted estimators as skl2onnx takes them for granted."""

from __future__ import annotations

from copy import copy
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.ensemble import VotingClassifier
from sklearn.svm import LinearSVC

from skcnn.estimators import CNNFeatureExtractor
from skcnn.estimators._base import BaseKerasEstimator

_OF_LABELS = ("classes_", "classes")


class OptionalLinearSVC(LinearSVC):
    """A LinearSVC with a converter of its own, which has all options of classifiers.

    That of ``LinearSVC`` lacks one, for which it is refused at the end of a Pipeline.
    """


def for_skl2onnx(thing: Any) -> Any:
    """Return a fitted estimator that predicts the same, as skl2onnx takes it for granted.

    Labels are int64 wherever they are integers or bool, for many of its converters take bytes, as
    MNIST's labels are, for texts.  Votes have the one ``flatten_transform`` that it knows, which
    decides about ``transform`` alone.  A LinearSVC is an ``OptionalLinearSVC``.  The estimator
    itself stays as it is: copies are made of all of scikit-learn's that it holds.  skcnn's own
    write labels of any integer dtype themselves.
    """
    if isinstance(thing, (BaseKerasEstimator, CNNFeatureExtractor)):
        return thing
    if type(thing) in (list, tuple):
        return type(thing)(map(for_skl2onnx, thing))
    if isinstance(thing, BaseEstimator) or _is_part_of_calibration(thing):
        changed = copy(thing)
        for name, value in vars(thing).items():
            new = _long(value) if name in _OF_LABELS else for_skl2onnx(value)
            if new is not value:
                vars(changed)[name] = new
        if isinstance(thing, VotingClassifier):
            changed.flatten_transform = False
        if type(thing) is LinearSVC:
            changed.__class__ = OptionalLinearSVC
        return changed
    return thing


def _is_part_of_calibration(thing: Any) -> bool:
    """Tell whether it is what CalibratedClassifierCV keeps for each fold."""
    return hasattr(thing, "calibrators") and hasattr(thing, "estimator")


def _long(labels: Any) -> Any:
    is_whole = isinstance(labels, np.ndarray) and labels.dtype.kind in "biu"
    return labels.astype(np.int64) if is_whole else labels
