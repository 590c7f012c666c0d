"""Scores are right: on sorted labels, over every parameter, in one process and in several."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    cross_val_predict,
    cross_val_score,
    cross_validate,
)
from sklearn.pipeline import Pipeline

from skcnn import (
    CNNClassifier,
    ImageFlattener,
    ImageReshaper,
    KerasClassifier,
    MLPClassifier,
    PixelScaler,
    build_cnn,
    load_digit_images,
)

pytestmark = pytest.mark.slow


def make_pipeline(name, **parameters):
    if name == "mlp":
        reshape, network = ImageFlattener(), MLPClassifier(**parameters)
    else:
        reshape, network = ImageReshaper((8, 8, 1)), CNNClassifier(**parameters)
    return Pipeline([("reshape", reshape), ("scale", PixelScaler()), (name, network)])


@pytest.fixture(scope="module")
def all_digits():
    return load_digit_images(return_X_y=True)


@pytest.mark.parametrize("name", ["mlp", "cnn"])
def test_sorted_labels_score_as_shuffled_ones(name, all_digits, capsys):
    X, y = all_digits
    pipeline = make_pipeline(name, epochs=15, random_state=0)
    order = np.argsort(y, kind="stable")
    shuffled = np.random.default_rng(0).permutation(len(y))

    of_sorted = cross_val_score(pipeline, X[order], y[order], cv=5)
    of_shuffled = cross_val_score(pipeline, X[shuffled], y[shuffled], cv=5)
    with capsys.disabled():
        print(f"\n{name}: sorted {of_sorted.mean():.4f}, shuffled {of_shuffled.mean():.4f}")

    assert of_shuffled.mean() > 0.85
    assert of_sorted.mean() == pytest.approx(of_shuffled.mean(), abs=0.05)


def test_folds_are_stratified_as_for_logistic_regression(digits):
    X, y = digits
    logistic = LogisticRegression(max_iter=10, tol=1)
    network = MLPClassifier((4,), epochs=1, random_state=0)
    folds = [
        cross_validate(classifier, X.reshape(len(X), 64) / 255, y, cv=4, return_indices=True)[
            "indices"
        ]["test"]
        for classifier in (logistic, network)
    ]

    for one, other in zip(*folds, strict=True):
        np.testing.assert_array_equal(one, other)


GRIDS = {
    "filters": {"cnn__filters": [(2,), (4, 8)]},
    "dropout": {"cnn__dropout": [0.0, 0.6]},
    "learning_rate": {"cnn__learning_rate": [1e-5, 1e-2]},
    "batch_size": {"cnn__batch_size": [20, 400]},
    "steps": {"scale": [PixelScaler(), "passthrough"]},
}


@pytest.mark.parametrize("grid", GRIDS.values(), ids=GRIDS)
def test_every_parameter_of_a_grid_counts(grid, digits):
    X, y = digits
    pipeline = make_pipeline("cnn", epochs=3, dense_units=16, random_state=0)
    search = GridSearchCV(pipeline, grid, cv=2).fit(X, y)

    direct = [
        cross_val_score(pipeline.set_params(**parameters), X, y, cv=2).mean()
        for parameters in search.cv_results_["params"]
    ]
    np.testing.assert_array_equal(search.cv_results_["mean_test_score"], direct)
    assert len(set(direct)) == 2
    assert search.best_estimator_.predict(X).shape == (400,)


def test_a_grid_in_two_processes_scores_as_in_one(digits):
    X, y = digits
    grid = {"cnn__filters": [(2,), (4, 8)], "cnn__dropout": [0.1, 0.5]}
    pipeline = make_pipeline("cnn", epochs=3, dense_units=16, random_state=0)
    one = GridSearchCV(pipeline, grid, cv=2).fit(X, y)
    two = GridSearchCV(pipeline, grid, cv=2, n_jobs=2).fit(X, y)

    assert two.best_params_ == one.best_params_
    np.testing.assert_allclose(
        two.cv_results_["mean_test_score"], one.cv_results_["mean_test_score"], atol=0.01
    )
    np.testing.assert_array_equal(two.predict(X), one.predict(X))


def test_fitted_classifiers_come_back_from_workers(digits):
    X, y = digits
    pipeline = make_pipeline("mlp", hidden_units=(8,), epochs=2, random_state=0)
    result = cross_validate(pipeline, X, y, cv=2, n_jobs=2, return_estimator=True)

    for fitted, score in zip(result["estimator"], result["test_score"], strict=True):
        assert fitted.predict_proba(X).shape == (400, 10)
        assert 0 <= score <= 1


def test_probabilities_across_folds(digits):
    X, y = digits
    probabilities = cross_val_predict(
        make_pipeline("mlp", learning_rate=0.005, random_state=0),
        X,
        y,
        cv=3,
        method="predict_proba",
    )

    assert (probabilities.argmax(axis=1) == y).mean() > 0.8


def test_scorers_that_want_probabilities(digits):
    X, y = digits
    pipeline = make_pipeline("mlp", learning_rate=0.005, random_state=0)
    scores = cross_validate(pipeline, X, y, cv=2, scoring=["neg_log_loss", "roc_auc_ovr"])

    assert (scores["test_neg_log_loss"] > -1).all()
    assert (scores["test_roc_auc_ovr"] > 0.95).all()


def test_weights_reach_the_classifier_through_a_pipeline(digits):
    X, y = digits
    pipeline = make_pipeline("mlp", epochs=5, random_state=0)
    pipeline.fit(X, y, mlp__sample_weight=np.where(y == 3, 0.0, 1.0))

    assert (pipeline.predict(X) == 3).sum() == 0


def test_a_builders_arguments_survive_cross_validation(digits):
    X, y = digits
    classifier = KerasClassifier(build_cnn, filters=(3,), epochs=1, random_state=0)
    result = cross_validate(classifier, X[..., np.newaxis], y, cv=2, return_estimator=True)

    for fitted in result["estimator"]:
        assert fitted.model_.get_layer("conv_1").filters == 3
        assert fitted.n_iter_ == 1
