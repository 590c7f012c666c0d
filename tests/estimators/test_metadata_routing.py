"""Weights, groups and validation samples on their way through scikit-learn's meta-estimators."""

import numpy as np
import pytest
import sklearn
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import StackingClassifier, StackingRegressor
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_validate
from sklearn.pipeline import Pipeline, make_pipeline

from skcnn import (
    CNNClassifier,
    ImageFlattener,
    KerasRegressor,
    MLPClassifier,
    MLPRegressor,
    PixelScaler,
    build_mlp,
)

pytestmark = pytest.mark.slow

SETTINGS = {"epochs": 2, "batch_size": 32, "random_state": 0}
REQUESTS = ["X_val", "groups", "sample_weight", "sample_weight_val", "y_val"]


@pytest.fixture(autouse=True)
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


@pytest.fixture
def data(scaled_digits):
    images, labels = scaled_digits
    return images[:120].reshape(120, -1), labels[:120] % 4


@pytest.fixture
def params(data):
    """Return weights and groups, which both change what is learned."""
    n = len(data[0])
    return {"sample_weight": np.arange(n) % 5, "groups": np.arange(n) // 6}


@pytest.fixture
def validation(scaled_digits):
    images, labels = scaled_digits
    return {"X_val": images[300:340].reshape(40, -1), "y_val": labels[300:340] % 4}


def asking(estimator, *names):
    return estimator.set_fit_request(**dict.fromkeys(names, True))


def mlp(*names):
    return asking(MLPClassifier((8,), **SETTINGS), *names)


def chosen(values, rows):
    return {name: value[rows] for name, value in values.items()}


@pytest.mark.parametrize(
    "estimator", [MLPClassifier(), CNNClassifier(), MLPRegressor(), KerasRegressor(build_mlp)]
)
def test_what_can_be_requested(estimator):
    asked = clone(asking(estimator, *REQUESTS))

    requests = asked.get_metadata_routing().fit.requests
    assert requests == dict.fromkeys(REQUESTS, True)


# --- weights and groups ------------------------------------------------------------------------


def test_cross_validation_hands_each_fit_its_weights_and_groups(data, params):
    X, y = data
    classifier = mlp("sample_weight", "groups").set_score_request(sample_weight=True)
    folds = GroupKFold(2)

    scores = cross_validate(
        classifier, X, y, cv=folds, params=params, return_estimator=True, return_indices=True
    )

    for fitted, rows in zip(scores["estimator"], scores["indices"]["train"], strict=True):
        by_hand = clone(classifier).fit(X[rows], y[rows], **chosen(params, rows))
        plain = clone(classifier).fit(X[rows], y[rows])
        assert_array_equal(fitted.predict_proba(X), by_hand.predict_proba(X))
        assert (fitted.predict_proba(X) != plain.predict_proba(X)).any()


def test_a_search_hands_weights_and_groups_through_a_pipeline(data, params):
    X, y = data
    classifier = mlp("sample_weight", "groups")
    pipeline = make_pipeline(PixelScaler(1), classifier)
    grid = {"mlpclassifier__hidden_units": [(8,)]}
    accuracy = make_scorer(accuracy_score).set_score_request(sample_weight=False)

    search = GridSearchCV(pipeline, grid, scoring=accuracy, cv=GroupKFold(2)).fit(X, y, **params)

    by_hand = clone(classifier).fit(X, y, **params)
    assert_array_equal(search.predict_proba(X), by_hand.predict_proba(X))


def test_calibration_hands_weights_and_groups(data, params):
    X, y = data
    classifier = mlp("sample_weight", "groups")

    calibrated = CalibratedClassifierCV(classifier, cv=2, ensemble=False).fit(X, y, **params)

    by_hand = clone(classifier).fit(X, y, **params)
    fitted = calibrated.calibrated_classifiers_[0].estimator
    assert_array_equal(fitted.predict_proba(X), by_hand.predict_proba(X))


@pytest.mark.parametrize(
    ("kind", "estimator", "final"),
    [
        (StackingClassifier, MLPClassifier((8,), **SETTINGS), LogisticRegression()),
        (StackingRegressor, MLPRegressor((8,), **SETTINGS), Ridge()),
    ],
)
def test_stacking_hands_weights(kind, estimator, final, data, params):
    # scikit-learn hands the final estimator all that it is given, so that groups cannot pass
    X, y = data
    weight = params["sample_weight"]
    estimator = asking(clone(estimator), "sample_weight")

    stacked = kind([("mlp", estimator)], final, cv=2).fit(X, y, sample_weight=weight)

    by_hand = clone(estimator).fit(X, y, sample_weight=weight)
    plain = clone(estimator).fit(X, y)
    assert_array_equal(stacked.estimators_[0].predict(X), by_hand.predict(X))
    assert (by_hand.predict(X) != plain.predict(X)).any()


# --- validation samples ------------------------------------------------------------------------


def piped(classifier):
    steps = [("flatten", ImageFlattener()), ("scale", PixelScaler()), ("mlp", classifier)]
    return Pipeline(steps, transform_input=["X_val"])


def test_a_pipeline_transforms_validation_samples(digits):
    images, labels = digits
    X, y, X_val, y_val = images[:120], labels[:120], images[300:340], labels[300:340]
    weight = np.arange(40) % 3
    classifier = mlp("X_val", "y_val", "sample_weight_val")
    scaled = (np.float32(part.reshape(len(part), -1)) / np.float32(255) for part in (X, X_val))
    validation = {"y_val": y_val, "sample_weight_val": weight}

    fitted = piped(classifier).fit(X, y, X_val=X_val, **validation)[-1]

    X_scaled, X_val_scaled = scaled
    by_hand = clone(classifier).fit(X_scaled, y, X_val=X_val_scaled, **validation)
    assert fitted.history_ == by_hand.history_
    assert_array_equal(fitted.predict_proba(X_scaled), by_hand.predict_proba(X_scaled))


def test_a_search_over_a_pipeline_transforms_validation_samples(digits):
    images, labels = digits
    X, y = images[:120], labels[:120]
    validation = {"X_val": images[300:340], "y_val": labels[300:340]}
    pipeline = piped(mlp("X_val", "y_val"))

    search = GridSearchCV(pipeline, {"mlp__hidden_units": [(8,)]}, cv=2).fit(X, y, **validation)

    by_hand = clone(pipeline).fit(X, y, **validation)
    assert search.best_estimator_[-1].history_ == by_hand[-1].history_


def test_cross_validation_hands_validation_samples(data, validation):
    X, y = data
    classifier = mlp("X_val", "y_val")

    scores = cross_validate(
        classifier, X, y, cv=2, params=validation, return_estimator=True, return_indices=True
    )

    rows = scores["indices"]["train"][0]
    by_hand = clone(classifier).fit(X[rows], y[rows], **validation)
    assert scores["estimator"][0].history_ == by_hand.history_


# --- nothing requested -------------------------------------------------------------------------


def through(name, classifier):
    return {
        "pipeline": make_pipeline(PixelScaler(1), classifier),
        "search": GridSearchCV(classifier, {"batch_size": [32]}, cv=2),
        "calibration": CalibratedClassifierCV(classifier, cv=2),
        "stacking": StackingClassifier([("mlp", classifier)], cv=2),
    }[name]


@pytest.mark.parametrize("name", ["sample_weight", "groups", "X_val"])
@pytest.mark.parametrize("way", ["pipeline", "search", "calibration", "stacking"])
def test_what_nobody_has_requested_is_scikit_learns_error(way, name, data, params, validation):
    X, y = data

    with pytest.raises(UnsetMetadataPassedError, match=rf"\[{name}\] are passed but"):
        through(way, mlp()).fit(X, y, **{name: (params | validation)[name]})


def test_cross_validation_says_so_too(data, params):
    with pytest.raises(UnsetMetadataPassedError, match="are passed but are not explicitly set"):
        cross_validate(mlp(), *data, params=params, cv=2)
