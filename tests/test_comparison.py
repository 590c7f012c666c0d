"""Classifiers side by side: what the table promises."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, get_scorer, log_loss
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    ShuffleSplit,
    StratifiedGroupKFold,
    StratifiedKFold,
    cross_val_score,
    cross_validate,
)
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR, LinearSVC

from skcnn import (
    CNNClassifier,
    CNNRegressor,
    ImageFlattener,
    ImageReshaper,
    MLPClassifier,
    MLPRegressor,
    PixelScaler,
    compare_classifiers,
    default_classifiers,
)
from skcnn._comparison import compare_regressors, default_regressors
from skcnn._measuring import count_parameters, measure

COLUMNS = [
    "mean_score",
    "std_score",
    "fit_seconds",
    "predict_microseconds",
    "n_parameters",
    "error",
]


class Recorder(ClassifierMixin, BaseEstimator):
    """Notes, by name, the samples of each fit and each prediction."""

    notes = {}  # noqa: RUF012  (a clone is a new instance, so the notes are the class's)

    def __init__(self, name):
        self.name = name

    def fit(self, X, y):
        self.notes.setdefault(self.name, []).append(("fit", X[:, 0].tolist()))
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        self.notes[self.name].append(("predict", X[:, 0].tolist()))
        return np.full(len(X), self.classes_[0])


class Failing(ClassifierMixin, BaseEstimator):
    """Fails to fit when it is given ``n_samples`` samples, or any number for None."""

    def __init__(self, n_samples=None):
        self.n_samples = n_samples

    def fit(self, X, y):
        if self.n_samples in (None, len(X)):
            raise RuntimeError("out of ink")
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


@pytest.fixture(scope="module")
def rows(scaled_digits):
    images, labels = scaled_digits
    return images.reshape(len(images), -1), labels


def cheap():
    return {
        "guess": DummyClassifier(),
        "logistic regression": LogisticRegression(max_iter=300),
        "network": MLPClassifier((16,), epochs=2, random_state=0),
    }


@pytest.fixture(scope="module")
def table(rows):
    return compare_classifiers(cheap(), *rows, cv=3)


@pytest.fixture(scope="module")
def table_with_test_set(rows):
    X, y = rows
    classifiers = {"guess": DummyClassifier(), "SVM": SVC()}
    return compare_classifiers(classifiers, X[:300], y[:300], cv=2, X_test=X[300:], y_test=y[300:])


# --- the default classifiers


def test_default_classifiers_are_two_classical_ones_and_two_networks():
    classifiers = default_classifiers((8, 8, 1))

    assert list(classifiers) == ["logistic regression", "SVM", "MLP", "CNN"]
    assert {name: type(pipeline[-1]) for name, pipeline in classifiers.items()} == {
        "logistic regression": LogisticRegression,
        "SVM": SVC,
        "MLP": MLPClassifier,
        "CNN": CNNClassifier,
    }


@pytest.mark.parametrize(
    ("name", "first", "kind"),
    [
        ("logistic regression", "flatten", ImageFlattener),
        ("SVM", "flatten", ImageFlattener),
        ("MLP", "flatten", ImageFlattener),
        ("CNN", "reshape", ImageReshaper),
    ],
)
def test_default_classifiers_are_pipelines_from_pixels_to_labels(name, first, kind):
    pipeline = default_classifiers((8, 8, 1))[name]

    assert isinstance(pipeline, Pipeline)
    assert list(pipeline.named_steps) == [first, "scale", "classifier"]
    assert isinstance(pipeline[0], kind)
    assert isinstance(pipeline[1], PixelScaler)


def test_default_classifiers_are_unfitted():
    for pipeline in default_classifiers((8, 8, 1)).values():
        assert not [name for step in pipeline for name in vars(step) if name.endswith("_")]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["logistic regression", "SVM", "MLP", "CNN"])
def test_default_classifiers_take_images_and_rows_of_bytes(digits, name):
    images, labels = digits[0][:100], digits[1][:100]
    for X in (images, images.reshape(100, 64)):
        pipeline = default_classifiers((8, 8), random_state=0)[name]
        if name in ("MLP", "CNN"):
            pipeline.set_params(classifier__epochs=1)
        assert pipeline.fit(X, labels).predict(X).shape == (100,)


def test_an_image_shape_may_be_a_list():
    assert default_classifiers([8, 8, 1])["CNN"][0].image_shape == (8, 8, 1)


@pytest.mark.parametrize("random_state", [None, 7])
def test_random_state_reaches_the_networks(random_state):
    classifiers = default_classifiers((8, 8, 1), random_state=random_state)

    for name in ("MLP", "CNN"):
        assert classifiers[name][-1].random_state == random_state


# --- the same folds


def test_all_classifiers_see_the_same_folds_even_of_a_random_splitter():
    X, y = np.arange(40).reshape(-1, 1), np.tile([0, 1], 20)
    Recorder.notes.clear()

    folds = ShuffleSplit(n_splits=3, random_state=None)
    compare_classifiers({"a": Recorder("a"), "b": Recorder("b")}, X, y, cv=folds)

    assert len([what for what, _ in Recorder.notes["a"] if what == "fit"]) == 3
    assert Recorder.notes["a"] == Recorder.notes["b"]


def test_an_int_makes_stratified_folds():
    X, y = np.arange(40).reshape(-1, 1), np.repeat([0, 1], [30, 10])
    Recorder.notes.clear()

    compare_classifiers({"a": Recorder("a")}, X, y, cv=5)

    fitted = [samples for what, samples in Recorder.notes["a"] if what == "fit"]
    expected = [train.tolist() for train, _ in StratifiedKFold(5).split(X, y)]
    assert fitted == expected


def test_the_test_set_is_predicted_after_a_fit_on_all_samples():
    X, y = np.arange(20).reshape(-1, 1), np.tile([0, 1], 10)
    Recorder.notes.clear()

    compare_classifiers(
        {"a": Recorder("a")}, X, y, cv=2, X_test=np.array([[98], [99]]), y_test=[0, 1]
    )

    assert [what for what, _ in Recorder.notes["a"]].count("fit") == 3
    fit, *predictions = Recorder.notes["a"][-3:]
    assert fit == ("fit", list(range(20)))
    assert predictions == [("predict", [98, 99])] * 2  # once for the time, once for the score


# --- scores


@pytest.mark.slow
@pytest.mark.parametrize("scoring", ["accuracy", "neg_log_loss"])
def test_scores_are_those_of_cross_val_score(rows, scoring):
    classifier = LogisticRegression(max_iter=300)

    measurements = measure("classifier", {"lr": classifier}, *rows, cv=4, scoring=scoring)
    table = compare_classifiers({"lr": classifier}, *rows, cv=4, scoring=scoring)

    expected = cross_val_score(classifier, *rows, cv=4, scoring=scoring)
    assert [measurement.scores["score"] for measurement in measurements] == expected.tolist()
    assert table.loc["lr", "mean_score"] == pytest.approx(expected.mean(), rel=1e-14)
    assert table.loc["lr", "std_score"] == pytest.approx(expected.std(ddof=0), rel=1e-12)


def test_scoring_can_be_a_callable(rows):
    def seven(classifier, X, y):
        return 7

    table = compare_classifiers({"guess": DummyClassifier()}, *rows, cv=2, scoring=seven)

    assert table.loc["guess", ["mean_score", "std_score"]].tolist() == [7, 0]


@pytest.mark.slow
def test_scores_of_a_network_are_those_of_cross_val_score(rows, table):
    expected = cross_val_score(cheap()["network"], *rows, cv=3)

    assert table.loc["network", "mean_score"] == pytest.approx(expected.mean())


def test_the_test_score_is_that_of_one_fit_on_all_samples(rows, table_with_test_set):
    X, y = rows
    expected = SVC().fit(X[:300], y[:300]).score(X[300:], y[300:])

    assert table_with_test_set.loc["SVM", "test_score"] == expected


def test_cross_validation_does_not_depend_on_the_test_set(rows, table_with_test_set):
    X, y = rows
    table = compare_classifiers({"SVM": SVC()}, X[:300], y[:300], cv=2)

    for column in ("mean_score", "std_score"):
        assert table_with_test_set.loc["SVM", column] == table.loc["SVM", column]


@pytest.mark.slow
def test_two_jobs_give_the_scores_of_one(rows, table):
    parallel = compare_classifiers(cheap(), *rows, cv=3, n_jobs=2)

    pd.testing.assert_frame_equal(
        parallel[["mean_score", "std_score"]], table[["mean_score", "std_score"]]
    )


# --- several scores


SEVERAL = {
    "list": ["accuracy", "neg_log_loss"],
    "tuple": ("accuracy", "neg_log_loss"),
    "set": {"neg_log_loss", "accuracy"},
    "dict": {"accuracy": "accuracy", "neg_log_loss": get_scorer("neg_log_loss")},
    "callable": lambda classifier, X, y: {
        "accuracy": classifier.score(X, y),
        "neg_log_loss": -log_loss(y, classifier.predict_proba(X)),
    },
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", SEVERAL)
def test_several_scores_are_those_of_cross_validate_and_a_column_each(rows, kind):
    X, y = rows
    classifier = LogisticRegression(max_iter=300)
    table = compare_classifiers(
        {"lr": classifier, "guess": DummyClassifier()},
        X[:300],
        y[:300],
        cv=2,
        X_test=X[300:],
        y_test=y[300:],
        scoring=SEVERAL[kind],
    )
    expected = cross_validate(classifier, X[:300], y[:300], cv=2, scoring=SEVERAL["list"])
    fitted = clone(classifier).fit(X[:300], y[:300])

    names = ["accuracy", "neg_log_loss"]
    assert table.columns.tolist() == [
        *(f"{statistic}_{name}" for name in names for statistic in ("mean", "std", "test")),
        *COLUMNS[2:],
    ]
    assert (table.dtypes[table.columns[:6]] == np.float64).all()
    for name in names:
        scores = expected[f"test_{name}"]
        assert table.loc["lr", f"mean_{name}"] == pytest.approx(scores.mean(), rel=1e-12)
        assert table.loc["lr", f"std_{name}"] == pytest.approx(scores.std(), rel=1e-9)
        on_test_set = get_scorer(name)(fitted, X[300:], y[300:])
        assert table.loc["lr", f"test_{name}"] == pytest.approx(on_test_set, rel=1e-12)


def test_the_first_of_several_scores_sorts(rows):
    classifiers = {"guess": DummyClassifier(), "SVM": SVC()}

    def seconds_first(classifier, X, y):
        return {"laziness": float(isinstance(classifier, DummyClassifier)), "score": 0.5}

    lazy = compare_classifiers(classifiers, *rows, cv=2, scoring=seconds_first)
    accurate = compare_classifiers(classifiers, *rows, cv=2, scoring=["accuracy", "f1_macro"])

    assert lazy.index.tolist() == ["guess", "SVM"]
    assert accurate.index.tolist() == ["SVM", "guess"]
    assert lazy.columns.tolist()[:4] == ["mean_laziness", "std_laziness", *COLUMNS[:2]]


def test_one_score_in_a_list_bears_its_name(rows):
    table = compare_classifiers({"guess": DummyClassifier()}, *rows, cv=2, scoring=["accuracy"])

    assert table.columns.tolist() == ["mean_accuracy", "std_accuracy", *COLUMNS[2:]]


def test_a_score_that_fails_fails_its_classifier_alone(rows):
    scoring = ["accuracy", "neg_log_loss"]  # an SVC tells no probabilities
    classifiers = {"SVM": SVC(), "guess": DummyClassifier()}

    table = compare_classifiers(classifiers, *rows, cv=2, scoring=scoring)
    failures = compare_classifiers({"SVM": SVC()}, *rows, cv=2, scoring=scoring)

    assert table.index.tolist() == ["guess", "SVM"]
    assert "predict_proba" in table.loc["SVM", "error"]
    pd.testing.assert_series_equal(failures.dtypes, table.dtypes)


# --- groups


def test_a_splitter_of_groups_keeps_them_together():
    X, y, groups = np.arange(40).reshape(-1, 1), np.tile([0, 1], 20), np.repeat(range(8), 5)
    Recorder.notes.clear()

    compare_classifiers(
        {"a": Recorder("a")}, X, y, cv=StratifiedGroupKFold(4), groups=groups.tolist()
    )

    fits = [samples for what, samples in Recorder.notes["a"] if what == "fit"]
    assert len(fits) == 4
    for samples in fits:
        assert np.bincount(groups[samples]).tolist().count(5) == 6


# --- sparse samples


@pytest.mark.slow
@pytest.mark.parametrize("layout", ["csr", "coo"])
def test_sparse_samples_are_compared_as_dense_ones(rows, layout):
    X, y = rows
    classifiers = {"lr": LogisticRegression(max_iter=300), "guess": DummyClassifier()}

    dense = compare_classifiers(classifiers, X, y, cv=2)
    sparse = compare_classifiers(classifiers, scipy.sparse.csr_array(X).asformat(layout), y, cv=2)

    assert (sparse["error"] == "").all()
    np.testing.assert_allclose(sparse["mean_score"], dense["mean_score"], atol=0.01)


# --- regressors


@pytest.fixture(scope="module")
def slants(digits):
    images, _ = digits
    columns = np.arange(8)
    return images[:200], (images[:200] * columns).sum((1, 2)) / images[:200].sum((1, 2)) * 1000


def test_default_regressors_are_two_classical_ones_and_two_networks():
    regressors = default_regressors([8, 8, 1], random_state=7)

    assert {name: [type(step) for step in pipeline] for name, pipeline in regressors.items()} == {
        "ridge": [ImageFlattener, PixelScaler, Ridge],
        "SVR": [ImageFlattener, PixelScaler, TransformedTargetRegressor],
        "MLP": [ImageFlattener, PixelScaler, MLPRegressor],
        "CNN": [ImageReshaper, PixelScaler, CNNRegressor],
    }
    assert isinstance(regressors["SVR"][-1].regressor, SVR)
    assert regressors["CNN"][0].image_shape == (8, 8, 1)
    assert all(regressors[name][-1].random_state == 7 for name in ("MLP", "CNN"))
    assert all(list(pipeline.named_steps)[-1] == "regressor" for pipeline in regressors.values())


@pytest.mark.slow
def test_regressors_are_compared_by_r2_whatever_the_unit(slants):
    X, y = slants
    regressors = default_regressors((8, 8, 1), random_state=0)
    for name in ("MLP", "CNN"):
        regressors[name].set_params(regressor__epochs=30, regressor__batch_size=10)

    table = compare_regressors(regressors, X, y, cv=2)

    assert table.index.name == "regressor"
    assert sorted(table.index) == ["CNN", "MLP", "SVR", "ridge"]
    assert table.columns.tolist() == COLUMNS
    assert (table["error"] == "").all()
    assert (table["mean_score"] > 0.5).all()
    assert table.loc["ridge", "n_parameters"] == 65
    assert (table["n_parameters"] > 0).all()
    expected = cross_val_score(regressors["ridge"], X, y, cv=2)
    assert table.loc["ridge", "mean_score"] == pytest.approx(expected.mean())


def test_an_int_cuts_regression_samples_in_their_order():
    X, y = np.arange(40).reshape(-1, 1), np.linspace(0, 1, 40)
    Recorder.notes.clear()

    compare_regressors({"a": Recorder("a")}, X, y, cv=4)

    fitted = [samples for what, samples in Recorder.notes["a"] if what == "fit"]
    assert fitted == [train.tolist() for train, _ in KFold(4).split(X)]


@pytest.mark.slow
def test_several_targets_and_several_scores_of_regressors(slants):
    X, y = slants
    both = np.column_stack([y, -2 * y])
    scoring = ["r2", "neg_mean_absolute_error"]
    regressors = {name: default_regressors((8, 8, 1))[name] for name in ("ridge", "SVR")}

    table = compare_regressors(
        regressors, X, both, cv=KFold(2, shuffle=True, random_state=0), scoring=scoring
    )

    assert table.index.tolist() == ["ridge", "SVR"]
    assert table.loc["ridge", "mean_r2"] > 0.9
    assert table.loc["ridge", "mean_neg_mean_absolute_error"] < 0
    assert "1d array" in table.loc["SVR", "error"]


def test_no_regressors_are_nothing_to_compare(slants):
    with pytest.raises(ValueError, match="regressors is empty; expected at least one regressor"):
        compare_regressors({}, *slants)


# --- the table


def test_columns_dtypes_and_index(table):
    assert table.columns.tolist() == COLUMNS
    assert table.index.name == "classifier"
    assert (table.dtypes[COLUMNS[:4]] == np.float64).all()
    assert table["n_parameters"].dtype == pd.Int64Dtype()
    assert pd.api.types.is_string_dtype(table["error"])
    assert (table["error"] == "").all()


def test_the_best_classifier_comes_first(table):
    assert table["mean_score"].is_monotonic_decreasing
    assert table.index[0] == "logistic regression"
    assert sorted(table.index) == sorted(cheap())


def test_equal_scores_keep_the_order_of_the_classifiers(rows):
    classifiers = {name: DummyClassifier() for name in "zaymb"}

    assert compare_classifiers(classifiers, *rows, cv=2).index.tolist() == list("zaymb")


def test_times_are_those_of_one_fit_and_one_image(rows, table):
    X, _ = rows
    network = table.loc["network"]

    assert (table[["fit_seconds", "predict_microseconds"]] > 0).all(axis=None)
    assert network["fit_seconds"] > table.loc["guess", "fit_seconds"]
    assert network["fit_seconds"] < 30
    assert network["predict_microseconds"] * len(X) / 3 < 30e6


def test_parameters_are_counted_and_missing_where_unknown(table):
    assert table.loc["network", "n_parameters"] == 64 * 16 + 16 + 16 * 10 + 10
    assert table.loc["logistic regression", "n_parameters"] == 650
    assert table.loc["guess", "n_parameters"] is pd.NA


def test_with_a_test_set_parameters_are_those_of_the_fit_on_all_samples(rows, table_with_test_set):
    X, y = rows
    expected = count_parameters(SVC().fit(X[:300], y[:300]))

    assert table_with_test_set.loc["SVM", "n_parameters"] == expected


def test_a_test_set_gives_one_more_column(table_with_test_set):
    assert table_with_test_set.columns.tolist() == [*COLUMNS[:2], "test_score", *COLUMNS[2:]]
    assert table_with_test_set["test_score"].dtype == np.float64


@pytest.mark.slow
def test_classifiers_are_neither_fitted_nor_changed(rows):
    classifiers = cheap()
    before = {name: repr(clone(c).get_params()) for name, c in classifiers.items()}
    attributes = {name: dict(vars(c)) for name, c in classifiers.items()}

    compare_classifiers(classifiers, *rows, cv=2)

    assert {name: repr(c.get_params()) for name, c in classifiers.items()} == before
    assert {name: vars(c) for name, c in classifiers.items()} == attributes


def test_lists_will_do(rows):
    X, y = rows
    as_lists = compare_classifiers({"SVM": SVC()}, X.tolist(), y.tolist(), cv=2)
    as_arrays = compare_classifiers({"SVM": SVC()}, X, y, cv=2)

    assert as_lists.loc["SVM", "mean_score"] == as_arrays.loc["SVM", "mean_score"]


# --- classifiers that fail


def test_a_failing_classifier_comes_last_with_its_error_and_the_others_go_on(rows):
    classifiers = {"broken": Failing(), "guess": DummyClassifier(), "SVM": SVC()}

    table = compare_classifiers(classifiers, *rows, cv=2)

    assert table.index.tolist() == ["SVM", "guess", "broken"]
    assert table["error"].tolist() == ["", "", "RuntimeError: out of ink"]
    assert table.loc["broken", COLUMNS[:-1]].isna().all()
    assert table.loc[["SVM", "guess"], "mean_score"].notna().all()
    assert table.loc["SVM", "n_parameters"] > 0


@pytest.mark.parametrize("n_samples", [99, 150, 151], ids=["fold", "other fold", "test set"])
def test_a_single_failing_fit_fails_the_classifier(rows, n_samples):
    X, y = rows
    folds = [(np.arange(99), np.arange(99, 150)), (np.arange(150), np.arange(150, 151))]

    table = compare_classifiers(
        {"broken": Failing(n_samples)}, X[:151], y[:151], cv=folds, X_test=X[151:], y_test=y[151:]
    )

    assert table["error"].tolist() == ["RuntimeError: out of ink"]
    assert table.drop(columns="error").isna().all(axis=None)


def test_a_table_of_failures_only_has_its_columns_and_dtypes_too(rows, table):
    failures = compare_classifiers({"b": Failing(), "a": Failing()}, *rows, cv=2)

    assert failures.index.tolist() == ["b", "a"]
    pd.testing.assert_series_equal(failures.dtypes, table.dtypes)


def test_ctrl_c_is_no_failure_of_a_classifier(rows):
    class Interrupted(Failing):
        def fit(self, X, y):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compare_classifiers({"stop": Interrupted()}, *rows, cv=2)


# --- errors before the first fit


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"classifiers": {}}, ValueError, "classifiers is empty"),
        ({"y": np.tile([0, 1], 9)}, ValueError, "inconsistent numbers of samples"),
        ({"X_test": np.zeros((4, 1))}, ValueError, "X_test and y_test belong together"),
        ({"y_test": [0, 1]}, ValueError, "X_test and y_test belong together"),
        (
            {"X_test": np.zeros((4, 1)), "y_test": [0, 1]},
            ValueError,
            "inconsistent numbers of samples",
        ),
        ({"cv": 1}, ValueError, "n_splits=2 or more"),
        ({"cv": 11}, ValueError, "n_splits=11 cannot be greater"),
        ({"scoring": "beauty"}, ValueError, "'beauty'"),
        ({"scoring": []}, ValueError, "Empty list"),
        ({"scoring": ["accuracy", "beauty"]}, ValueError, "'beauty'"),
        ({"scoring": ["accuracy", "accuracy"]}, ValueError, "unique strings"),
        ({"scoring": None}, TypeError, "scoring must be .* or several of them.* received None"),
        ({"groups": [0, 1]}, ValueError, "inconsistent numbers of samples"),
        ({"cv": GroupKFold(2)}, ValueError, "'groups' parameter should not be None"),
        ({"scoring": accuracy_score}, ValueError, "make_scorer"),
        ({"classifiers": {"SVM": "SVM"}}, (TypeError, ValueError), "fit"),
    ],
)
def test_unusable_arguments_raise_before_the_first_fit(changes, error, message):
    Recorder.notes.clear()
    arguments = {
        "classifiers": {"a": Recorder("a")},
        "X": np.arange(20).reshape(-1, 1),
        "y": np.tile([0, 1], 10),
        **changes,
    }

    with pytest.raises(error, match=message):
        compare_classifiers(**arguments)

    assert Recorder.notes == {}


# --- counting parameters


@pytest.mark.slow
def test_the_textbook_mlp_has_407050_parameters():
    X, y = np.zeros((20, 784), dtype=np.uint8), np.tile(np.arange(10), 2)
    network = MLPClassifier(epochs=1, validation_split=0, early_stopping=False).fit(X, y)

    assert count_parameters(network) == 407_050


def test_parameters_of_linear_models(rows):
    assert count_parameters(LogisticRegression(max_iter=300).fit(*rows)) == 64 * 10 + 10
    assert count_parameters(LinearSVC().fit(*rows)) == 64 * 10 + 10


def test_parameters_of_a_support_vector_machine(rows):
    machine = SVC().fit(*rows)
    n_vectors = machine.n_support_.sum()

    assert count_parameters(machine) == n_vectors * 64 + n_vectors * 9 + 45


def test_a_linear_support_vector_machine_keeps_its_vectors_too(rows):
    machine = SVC(kernel="linear").fit(*rows)

    assert count_parameters(machine) == machine.n_support_.sum() * (64 + 9) + 45


def test_of_a_pipeline_the_last_step_counts(rows):
    pipeline = make_pipeline(StandardScaler(), LogisticRegression()).fit(*rows)

    assert count_parameters(pipeline) == 650


def test_parameters_of_other_classifiers_are_unknown(rows):
    class Wrapper(Failing):
        model_ = DummyClassifier()

    assert count_parameters(RandomForestClassifier(n_estimators=2).fit(*rows)) is None
    assert count_parameters(Wrapper()) is None
