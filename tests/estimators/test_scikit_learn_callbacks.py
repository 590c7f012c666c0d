"""scikit-learn's callbacks on networks: one task a fit, and one an epoch."""

import copy
import io
import pickle
import random
import subprocess
import sys
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skcnn import (
    CNNClassifier,
    CNNRegressor,
    ImageFlattener,
    KerasClassifier,
    KerasRegressor,
    MLPClassifier,
    MLPRegressor,
    PixelScaler,
    build_mlp,
)
from skcnn.estimators import _scikit_learn_callbacks
from skcnn.estimators._scikit_learn_callbacks import FitTask
from tests.recording import Recorder

callback = pytest.importorskip("sklearn.callback", reason="scikit-learn has callbacks since 1.9")

pytestmark = pytest.mark.slow

SETTINGS = {"epochs": 2, "batch_size": 32, "random_state": 0}
ESTIMATORS = [
    MLPClassifier((8,), **SETTINGS),
    MLPRegressor((8,), **SETTINGS),
    CNNClassifier((2,), dense_units=4, **SETTINGS),
    CNNRegressor((2,), dense_units=4, **SETTINGS),
    KerasClassifier(build_mlp, hidden_units=(8,), **SETTINGS),
    KerasRegressor(build_mlp, hidden_units=(8,), output_activation="linear", **SETTINGS),
]
FIT = ("fit", 0)
FIRST, SECOND = ("epoch", 0), ("epoch", 1)


class DeafToEstimators(Recorder):
    """A callback that asks for no fitted estimator, as the progress bar."""

    def on_fit_task_end(self, estimator, context):
        return super().on_fit_task_end(estimator, context)


@pytest.fixture
def data(scaled_digits):
    images, labels = scaled_digits
    return images[:160], labels[:160]


def predictions(estimator, X):
    return getattr(estimator, "predict_proba", estimator.predict)(X)


# --- what is told ------------------------------------------------------------------------------


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: type(e).__name__)
def test_a_fit_is_told_with_each_of_its_epochs(estimator, data):
    X, y = data
    recorder = Recorder()

    fitted = clone(estimator).set_callbacks(recorder).fit(X, y)

    epochs = [(hook, epoch) for epoch in (FIRST, SECOND) for hook in ("begin", "end")]
    expected = [("setup", FIT), ("begin", FIT), *epochs, ("end", FIT), ("teardown", FIT)]
    assert recorder.hooks == expected
    assert all(call.X is X and call.y is y for call in recorder.calls[1:-1])
    assert all(call.metadata is None for call in recorder.calls)
    assert_array_equal(predictions(recorder.calls[-2].fitted, X), predictions(fitted, X))


def test_weights_of_samples_are_told(data):
    recorder, weight = Recorder(), np.arange(160) % 3

    clone(ESTIMATORS[0]).set_callbacks(recorder).fit(*data, sample_weight=weight)

    assert all(call.metadata["sample_weight"] is weight for call in recorder.calls[1:-1])


def test_epochs_are_as_many_as_a_routed_parameter_says(data):
    recorder = Recorder()

    clone(ESTIMATORS[4]).set_params(fit__epochs=4).set_callbacks(recorder).fit(*data)

    assert [call.task for call in recorder.ends_of("epoch")] == [("epoch", i) for i in range(4)]


def test_keras_own_loop_tells_the_same(data):
    recorders = Recorder(), Recorder()
    batches = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: None)

    for recorder, callbacks in zip(recorders, (None, [batches]), strict=True):
        clone(ESTIMATORS[0]).set_params(callbacks=callbacks).set_callbacks(recorder).fit(*data)

    programs, by_keras = recorders
    assert programs.hooks == by_keras.hooks
    assert len(programs.hooks) == 8


# --- the estimator as it stands ----------------------------------------------------------------


@pytest.mark.parametrize(
    "settings",
    [{}, {"weight_averaging": 0.9}, {"monitor": "val_accuracy"}],
    ids=["plain", "averaged", "by accuracy"],
)
@pytest.mark.parametrize("estimator", ESTIMATORS[:3:2], ids=lambda e: type(e).__name__)
def test_an_epoch_gives_what_a_fit_of_as_many_epochs_gives(estimator, settings, data):
    X, y = data
    recorder = Recorder()
    estimator = clone(estimator).set_params(early_stopping=False, **settings)

    estimator.set_params(epochs=3).set_callbacks(recorder).fit(X, y)

    for n_epochs, call in enumerate(recorder.ends_of("epoch"), start=1):
        alone = clone(estimator).set_callbacks().set_params(epochs=n_epochs).fit(X, y)
        assert_array_equal(call.fitted.predict_proba(X), alone.predict_proba(X))
        assert call.fitted.history_ == alone.history_
        assert call.fitted.n_iter_ == n_epochs
        assert call.fitted.best_epoch_ == alone.best_epoch_
        assert call.fitted.classes_.tolist() == alone.classes_.tolist()


def test_an_epoch_of_a_regressor_speaks_in_the_units_of_y(data):
    X, y = data
    recorder = Recorder()
    settings = SETTINGS | {"epochs": 8, "early_stopping": False}
    regressor = MLPRegressor((16,), learning_rate=0.02, **settings)

    regressor.set_callbacks(recorder).fit(X, 1000.0 + y)

    last = recorder.ends_of("epoch")[-1].fitted
    assert_array_equal(last.predict(X), regressor.predict(X))
    assert last.score(X, 1000.0 + y) > 0.3


def test_a_fit_that_goes_on_tells_of_all_epochs(data):
    X, y = data
    recorder = Recorder()
    classifier = clone(ESTIMATORS[0]).set_params(warm_start=True).fit(X, y)
    before = classifier.history_["loss"]

    classifier.set_callbacks(recorder).fit(X, y)

    first, second = recorder.ends_of("epoch")
    assert first.fitted.history_["loss"][:2] == before
    assert (first.fitted.n_iter_, second.fitted.n_iter_, classifier.n_iter_) == (3, 4, 4)


def test_nothing_is_copied_for_callbacks_that_do_not_ask(data, monkeypatch):
    monkeypatch.setattr(_scikit_learn_callbacks, "copied", None)

    clone(ESTIMATORS[0]).set_callbacks(DeafToEstimators()).fit(*data)

    with pytest.raises(TypeError, match="not callable"):
        clone(ESTIMATORS[0]).set_callbacks(Recorder()).fit(*data)


def test_training_is_the_same_whether_somebody_listens_or_not(data):
    X, y = data
    before = random.getstate()

    plain = clone(ESTIMATORS[2]).fit(X, y)
    told = clone(ESTIMATORS[2]).set_callbacks(Recorder()).fit(X, y)

    assert random.getstate() == before
    assert told.history_ == plain.history_
    assert [layer.name for layer in told.model_.layers] == [
        layer.name for layer in plain.model_.layers
    ]
    assert_array_equal(told.predict_proba(X), plain.predict_proba(X))


def test_without_callbacks_training_stays_as_it_is(data):
    X, y = data
    training = SimpleNamespace(epochs=2, first_epoch=0)

    told = FitTask.begin(clone(ESTIMATORS[0]), training, X, y, None)

    assert told.epoch_by_epoch(training, None) is training


# --- the end -----------------------------------------------------------------------------------


@pytest.mark.parametrize("weight_averaging", [None, 0.9])
def test_a_callback_ends_training(data, weight_averaging):
    X, y = data
    classifier = clone(ESTIMATORS[0]).set_params(
        weight_averaging=weight_averaging, early_stopping=False
    )
    two = clone(classifier).fit(X, y)

    stopped = classifier.set_params(epochs=9).set_callbacks(Recorder(stop_after=2)).fit(X, y)

    assert stopped.n_iter_ == 2
    assert_array_equal(stopped.predict_proba(X), two.predict_proba(X))


@pytest.mark.parametrize("weight_averaging", [None, 0.5])
def test_a_callback_ends_training_with_the_best_weights(data, weight_averaging):
    X, _ = data
    nonsense = np.random.default_rng(0).integers(0, 4, len(X))  # scores of others get worse
    classifier = MLPClassifier(
        (64,), **SETTINGS, learning_rate=0.02, weight_averaging=weight_averaging
    )
    recorder = Recorder(stop_after=7)

    stopped = classifier.set_params(epochs=20, patience=10).set_callbacks(recorder)
    stopped.fit(X, nonsense)

    assert stopped.n_iter_ == 7
    assert 1 <= stopped.best_epoch_ < 7
    best = recorder.ends_of("epoch")[stopped.best_epoch_ - 1].fitted
    assert_array_equal(stopped.predict_proba(X), best.predict_proba(X))


def test_a_fit_that_fails_tears_down_and_leaves_the_estimator_as_it_was(data):
    X, y = data
    recorder = Recorder()
    classifier = clone(ESTIMATORS[0]).fit(X, y).set_callbacks(recorder)
    before = vars(classifier).copy()

    with pytest.raises(ValueError, match="diverged"):
        classifier.fit(X * np.float32(1e30), y)

    assert recorder.hooks[-1] == ("teardown", FIT)
    assert vars(classifier) == before


FAILING = """
import numpy as np
from sklearn.callback import ProgressBar
from skcnn import MLPClassifier
X = np.full((40, 4), 1e30, dtype=np.float32)
classifier = MLPClassifier((4,), batch_size=8, random_state=0).set_callbacks(ProgressBar())
classifier.fit(X, np.arange(40) % 2)
"""


def test_a_process_ends_after_a_fit_with_a_progress_bar_that_fails():
    done = subprocess.run(
        [sys.executable, "-c", FAILING], capture_output=True, text=True, timeout=120
    )

    assert done.returncode == 1
    assert "Training diverged" in done.stderr


# --- scikit-learn's own ------------------------------------------------------------------------


@pytest.mark.parametrize(("estimator", "score"), [(0, "accuracy"), (1, "r2")])
def test_a_scoring_monitor_scores_each_epoch(estimator, score, data):
    monitor = callback.ScoringMonitor(scoring=score)

    fitted = clone(ESTIMATORS[estimator]).set_params(early_stopping=False)
    fitted.set_callbacks(monitor).fit(*data)

    log = monitor.get_logs().data_as_pandas
    assert log["task_name"].tolist() == ["fit", "epoch", "epoch"]
    of_fit, first, second = log[score]
    assert of_fit == second == pytest.approx(fitted.score(*data))
    assert first < second


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_progress_bar_shows_search_fold_step_and_fit(n_jobs, digits, monkeypatch):
    screen = io.StringIO()
    monkeypatch.setattr("sys.stdout", screen)
    monkeypatch.setenv("COLUMNS", "120")
    X, y = digits
    pipeline = make_pipeline(ImageFlattener(), PixelScaler(), clone(ESTIMATORS[0]))
    search = GridSearchCV(
        pipeline, {"mlpclassifier__hidden_units": [(4,), (8,)]}, cv=2, n_jobs=n_jobs
    )

    search.set_callbacks(callback.ProgressBar(max_propagation_depth=None)).fit(X[:120], y[:120])

    last_picture = screen.getvalue().rpartition("GridSearchCV - fit")[2]
    lines = [line.strip() for line in last_picture.splitlines()]
    for shown, times in {
        "GridSearchCV - search #0": 1,
        "GridSearchCV - candidate-split-evaluation | Pipeline - fit #": 4,
        "GridSearchCV - refit-with-best-params | Pipeline - fit #": 1,
        "Pipeline - fit-transform-pixelscaler | PixelScaler - fit #": 5,
        "Pipeline - fit-final-estimator | MLPClassifier - fit #": 5,
    }.items():
        of_kind = [line for line in lines if line.startswith(shown)]
        assert len(of_kind) == times
        assert all("100%" in line for line in of_kind)


def test_a_search_scores_each_epoch_of_each_fold(data):
    monitor = callback.ScoringMonitor(scoring="accuracy")
    classifier = clone(ESTIMATORS[0]).set_callbacks(monitor)

    GridSearchCV(classifier, {"batch_size": [16, 32]}, cv=2, refit=False, n_jobs=2).fit(*data)

    log = monitor.get_logs().data_as_pandas
    assert (log["task_name"] == "epoch").sum() == 2 * 2 * 2
    assert log.loc[log["task_name"] == "epoch", "accuracy"].between(0, 1).all()


# --- copies ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("duplicate", "is_shared"),
    [
        (clone, True),
        (copy.copy, True),
        (copy.deepcopy, False),
        (lambda estimator: pickle.loads(pickle.dumps(estimator)), False),
    ],
    ids=["clone", "copy", "deepcopy", "pickle"],
)
def test_copies_keep_callbacks_as_copies_of_scikit_learns_estimators(duplicate, is_shared, data):
    recorder = Recorder()
    classifier = clone(ESTIMATORS[0]).set_callbacks(recorder).fit(*data)
    told = len(recorder.calls)

    duplicate(classifier).fit(*data)

    assert len(recorder.calls) == (2 * told if is_shared else told)


def test_no_callbacks_any_more(data):
    recorder = Recorder()
    classifier = clone(ESTIMATORS[0]).set_callbacks(recorder).set_callbacks()

    classifier.fit(*data)

    assert recorder.calls == []


def test_a_part_of_a_stream_is_no_fit(data):
    recorder = Recorder()

    clone(ESTIMATORS[0]).set_callbacks(recorder).partial_fit(*data, classes=range(10))

    assert recorder.calls == []


def test_a_callback_of_keras_is_refused_with_scikit_learns_words():
    with pytest.raises(TypeError, match="must be instances following the FitCallback protocol"):
        MLPClassifier().set_callbacks(keras.callbacks.TerminateOnNaN())
