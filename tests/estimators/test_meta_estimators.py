"""Every estimator of scikit-learn that takes another, around networks: on rows and on images.

Where scikit-learn itself takes tables alone, the tests say so, and a CNN learns from the rows of
its images instead.
"""

from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.experimental import enable_halving_search_cv, enable_iterative_imputer  # noqa: F401
from sklearn.feature_selection import RFE, SelectFromModel, SequentialFeatureSelector
from sklearn.frozen import FrozenEstimator
from sklearn.impute import IterativeImputer
from sklearn.inspection import (
    permutation_importance,
)
from sklearn.linear_model import LogisticRegression, RANSACRegressor, Ridge
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    RandomizedSearchCV,
    TunedThresholdClassifierCV,
    cross_val_predict,
    cross_validate,
    permutation_test_score,
)
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier, OutputCodeClassifier
from sklearn.multioutput import (
    ClassifierChain,
    MultiOutputClassifier,
    MultiOutputRegressor,
    RegressorChain,
)
from sklearn.semi_supervised import SelfTrainingClassifier

from tests.small_networks import CLASSIFIERS, RATES, REGRESSORS, samples

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:X holds rows of:UserWarning"),
]

TABLES_ALONE = {  # by scikit-learn's own check of X
    "BaggingClassifier",
    "BaggingRegressor",
    "ClassifierChain",
    "OneVsOneClassifier",
    "RANSACRegressor",
    "RegressorChain",
    "SelfTrainingClassifier",
}
on_both = pytest.mark.parametrize("kind", CLASSIFIERS)


def fitted(make, estimator, kind, data_of):
    """Fit a meta-estimator; on the rows of images where it takes tables alone."""
    meta = make(estimator)
    if kind == "images" and type(meta).__name__ in TABLES_ALONE:
        images = data_of("images")
        with pytest.raises(ValueError, match="Found array with dim 3"):
            clone(meta).fit(images.X, images.y)
        kind = "rows"
    data = data_of(kind)
    return meta.fit(data.X, data.y), data


# --- searches ----------------------------------------------------------------------------------

HALVING = {"resource": "epochs", "min_resources": 4, "max_resources": 8, "factor": 2, "cv": 2}
SEARCHES = [
    partial(GridSearchCV, param_grid=RATES, cv=2),
    partial(RandomizedSearchCV, param_distributions=RATES, n_iter=2, cv=2),
    partial(HalvingGridSearchCV, param_grid=RATES, **HALVING),
    partial(HalvingRandomSearchCV, param_distributions=RATES, n_candidates=2, **HALVING),
]


@pytest.mark.slow
@on_both
@pytest.mark.parametrize("make", SEARCHES, ids=lambda make: make.func.__name__)
def test_searches_find_what_learns(make, kind):
    data = samples(kind, "names")

    search = make(CLASSIFIERS[kind]).fit(data.X, data.y)

    assert search.best_params_["learning_rate"] == 0.02
    assert search.best_score_ > 0.7
    assert search.score(data.X_new, data.y_new) > 0.85
    if "resource" in make.keywords:
        assert search.n_resources_ == [4, 8]
        assert search.best_estimator_.n_iter_ == 8


# --- classifiers -------------------------------------------------------------------------------


def twice(network):
    return [("one", network), ("other", clone(network).set_params(random_state=1))]


AROUND_CLASSIFIERS = {
    "calibrated by sigmoid": lambda network: CalibratedClassifierCV(network, cv=2),
    "calibrated by isotonic": lambda network: CalibratedClassifierCV(
        network, method="isotonic", cv=2
    ),
    "hard voting": lambda network: VotingClassifier(twice(network)),
    "soft voting": lambda network: VotingClassifier(twice(network), voting="soft"),
    "stacking": lambda network: StackingClassifier(twice(network), LogisticRegression(), cv=2),
    "bagging": lambda network: BaggingClassifier(network, 2, random_state=0),
    "boosting": lambda network: AdaBoostClassifier(network, n_estimators=2, random_state=0),
    "one versus rest": OneVsRestClassifier,
    "one versus one": OneVsOneClassifier,
    "output codes": lambda network: OutputCodeClassifier(network, random_state=4),
}


@pytest.mark.slow
@on_both
@pytest.mark.parametrize("name", AROUND_CLASSIFIERS)
def test_classifiers_around_a_network(name, kind):
    make = AROUND_CLASSIFIERS[name]

    meta, data = fitted(make, CLASSIFIERS[kind], kind, partial(samples, y="names"))

    assert meta.classes_.tolist() == ["none", "one", "three", "two"]
    assert meta.score(data.X_new, data.y_new) > 0.8
    if hasattr(meta, "predict_proba"):
        probabilities = meta.predict_proba(data.X_new)
        assert probabilities.shape == (80, 4)
        assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)


@pytest.mark.slow
@on_both
def test_calibration_of_a_frozen_network_by_temperature(kind):
    pytest.importorskip("sklearn.callback", reason="scikit-learn has temperatures since 1.8")
    data = samples(kind, "names")
    network = clone(CLASSIFIERS[kind]).fit(data.X, data.y)

    frozen = FrozenEstimator(network)
    meta = CalibratedClassifierCV(frozen, method="temperature").fit(data.X_new, data.y_new)

    assert_array_equal(meta.predict(data.X), network.predict(data.X))  # which it cannot change
    assert np.abs(meta.predict_proba(data.X) - network.predict_proba(data.X)).max() > 1e-3


@pytest.mark.slow
@on_both
def test_thresholds(kind):
    data = samples(kind, "pairs")
    network = CLASSIFIERS[kind]

    tuned = TunedThresholdClassifierCV(network, scoring="recall", cv=2).fit(data.X, data.y)
    fixed = FixedThresholdClassifier(network, threshold=0.9).fit(data.X, data.y)

    assert tuned.best_threshold_ < 0.5  # nothing is missed where the threshold is low
    assert tuned.predict(data.X_new)[data.y_new == 1].mean() > 0.95
    of_ones = fixed.predict_proba(data.X_new)[:, 1]
    assert_array_equal(fixed.predict(data.X_new), (of_ones >= 0.9).astype(int))
    assert fixed.score(data.X_new, data.y_new) > 0.8


@pytest.mark.slow
@on_both
@pytest.mark.parametrize(
    "make", [MultiOutputClassifier, partial(ClassifierChain, random_state=0)], ids=str
)
def test_several_labels_a_sample(make, kind):
    network = CLASSIFIERS[kind]
    if kind == "images" and make is not MultiOutputClassifier:
        network = CLASSIFIERS["rows"]  # a chain adds labels to the pixels

    meta, data = fitted(make, network, kind, partial(samples, y="bits"))

    assert meta.predict(data.X_new).shape == (80, 2)
    assert (meta.predict(data.X_new) == data.y_new).mean() > 0.85


@on_both
def test_self_training_learns_from_what_has_no_label(kind):
    def made_of(network):
        return SelfTrainingClassifier(network, threshold=0.6, max_iter=2)

    def half_labelled(kind):
        data = samples(kind, "pairs")
        return SimpleNamespace(**vars(data) | {"y": np.where(np.arange(160) < 80, data.y, -1)})

    meta, data = fitted(made_of, CLASSIFIERS[kind], kind, half_labelled)

    assert (meta.labeled_iter_ > 0).sum() > 40
    taken = meta.labeled_iter_ >= 0
    assert (meta.transduction_[taken] == samples("rows", "pairs").y[taken]).mean() > 0.85
    assert meta.score(data.X_new, data.y_new) > 0.85


# --- regressors --------------------------------------------------------------------------------

AROUND_REGRESSORS = {
    "voting": lambda network: VotingRegressor(twice(network)),
    "stacking": lambda network: StackingRegressor(twice(network), Ridge(), cv=2),
    "bagging": lambda network: BaggingRegressor(network, 2, random_state=0),
    "boosting": lambda network: AdaBoostRegressor(network, n_estimators=2, random_state=0),
    "transformed targets": lambda network: TransformedTargetRegressor(
        network, func=np.log1p, inverse_func=np.expm1, check_inverse=False
    ),
    "ransac": lambda network: RANSACRegressor(
        network, min_samples=120, max_trials=2, random_state=0
    ),
    "searched": lambda network: GridSearchCV(network, RATES, cv=2),
}


@pytest.mark.slow
@on_both
@pytest.mark.parametrize("name", AROUND_REGRESSORS)
def test_regressors_around_a_network(name, kind):
    make = AROUND_REGRESSORS[name]

    meta, data = fitted(make, REGRESSORS[kind], kind, partial(samples, y="ink"))

    assert meta.predict(data.X_new).shape == (80,)
    assert meta.score(data.X_new, data.y_new) > 0.4


@pytest.mark.slow
@on_both
@pytest.mark.parametrize(
    "make", [MultiOutputRegressor, partial(RegressorChain, random_state=0)], ids=str
)
def test_several_numbers_a_sample(make, kind):
    network = REGRESSORS[kind]
    if kind == "images" and make is not MultiOutputRegressor:
        network = REGRESSORS["rows"]  # a chain adds numbers to the pixels

    meta, data = fitted(make, network, kind, partial(samples, y="halves"))

    assert meta.predict(data.X_new).shape == (80, 2)
    assert meta.score(data.X_new, data.y_new) > 0.4


# --- functions ---------------------------------------------------------------------------------


@pytest.mark.slow
@on_both
def test_cross_validation(kind):
    data = samples(kind, "names")
    scoring = ["accuracy", "neg_log_loss", "roc_auc_ovr"]

    scores = cross_validate(CLASSIFIERS[kind], data.X, data.y, scoring=scoring, cv=2)
    probabilities = cross_val_predict(
        CLASSIFIERS[kind], data.X, data.y, cv=2, method="predict_proba"
    )

    assert scores["test_accuracy"].min() > 0.7
    assert scores["test_neg_log_loss"].min() > -np.log(4) / 1.5
    assert scores["test_roc_auc_ovr"].min() > 0.9
    assert probabilities.shape == (160, 4)
    named = np.unique(data.y)[probabilities.argmax(axis=1)]
    assert (named == data.y).mean() == pytest.approx(scores["test_accuracy"].mean())


@pytest.mark.slow
@on_both
def test_a_permutation_of_labels_is_not_learned(kind):
    data = samples(kind, "names")

    score, permuted, _ = permutation_test_score(
        CLASSIFIERS[kind], data.X, data.y, cv=2, n_permutations=2, random_state=0
    )

    assert score > permuted.max() + 0.3


@on_both
def test_the_importance_of_pixels(kind):
    data = samples("rows", "ink")  # scikit-learn permutes columns of a table
    network = clone(REGRESSORS[kind]).fit(data.X, data.y)

    importance = permutation_importance(
        network, data.X_new, data.y_new, n_repeats=2, random_state=0
    ).importances_mean

    is_empty = data.X_new.max(axis=0) == data.X_new.min(axis=0)
    assert importance.shape == (64,)
    assert (importance[is_empty] == 0).all()
    assert importance[~is_empty].mean() > 0.005


def first_weights(network):
    return np.abs(network.model_.get_weights()[0]).sum(axis=1)


@pytest.mark.slow
@pytest.mark.parametrize(
    "make",
    [
        partial(SequentialFeatureSelector, n_features_to_select=1, cv=2),
        partial(RFE, n_features_to_select=1, importance_getter=first_weights),
        partial(SelectFromModel, max_features=1, importance_getter=first_weights),
    ],
    ids=lambda make: make.func.__name__,
)
def test_the_feature_that_tells_is_selected(make):
    data = samples("rows", "pairs")
    X = np.column_stack([np.zeros(160), data.y, np.ones(160)])

    selector = make(CLASSIFIERS["rows"]).fit(X, data.y)

    assert selector.get_support().tolist() == [False, True, False]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*Early stopping criterion not reached")
def test_an_imputer_asks_a_network():
    X = np.random.default_rng(0).uniform(-1, 1, 160)
    table = np.column_stack([X, X**2])
    holes = table.copy()
    holes[::4, 1] = np.nan

    filled = IterativeImputer(REGRESSORS["rows"], max_iter=1, random_state=0).fit_transform(holes)

    error = np.abs(filled[::4, 1] - table[::4, 1]).mean()
    assert error < 0.5 * table[::4, 1].std()
