"""The state of a classifier around a fit, with callbacks and where the fit fails."""

import copy
import pickle
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from skcnn import MLPClassifier
from tests.estimators.test_state import FAST, small, through_cloudpickle, through_pickle


@pytest.fixture(scope="module")
def data(scaled_digits):
    return scaled_digits


# --- callbacks


def faster(epoch, rate):
    return rate / 2


def nothing(epoch, logs):
    return None


def callbacks_in(folder):
    of = keras.callbacks
    return {
        "CSVLogger": lambda: of.CSVLogger(folder / "log.csv"),
        "TensorBoard": lambda: of.TensorBoard(folder / "board"),
        "ReduceLROnPlateau": lambda: of.ReduceLROnPlateau("loss", patience=1),
        "EarlyStopping": lambda: of.EarlyStopping("loss", restore_best_weights=True),
        "ModelCheckpoint": lambda: of.ModelCheckpoint(folder / "model.keras", "loss"),
        "BackupAndRestore": lambda: of.BackupAndRestore(folder / "backup"),
        "LearningRateScheduler": lambda: of.LearningRateScheduler(faster),
        "TerminateOnNaN": lambda: of.TerminateOnNaN(),
        "RemoteMonitor": lambda: of.RemoteMonitor("http://127.0.0.1:9"),
        "LambdaCallback": lambda: of.LambdaCallback(on_epoch_end=nothing),
        "History": lambda: of.History(),
        "ProgbarLogger": lambda: of.ProgbarLogger(),
    }


KINDS = list(callbacks_in(Path()))


@pytest.fixture(params=KINDS)
def with_callback(request, tmp_path):
    make = callbacks_in(tmp_path)[request.param]
    return small(callbacks=[make()], early_stopping=False)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Could not reach RemoteMonitor")
def test_a_classifier_with_a_callback_of_keras_is_copied_before_and_after_fit(with_callback, data):
    X, y = data
    for copied in (through_pickle, through_cloudpickle, copy.deepcopy, clone):
        assert type(copied(with_callback).callbacks[0]) is type(with_callback.callbacks[0])
    with_callback.fit(X, y)
    expected = with_callback.predict_proba(X)

    for copied in (through_pickle, through_cloudpickle, copy.deepcopy):
        np.testing.assert_array_equal(copied(with_callback).predict_proba(X), expected)
    again = through_pickle(with_callback)
    assert again.fit(X, y).n_iter_ == clone(with_callback).fit(X, y).n_iter_


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Could not reach RemoteMonitor")
def test_a_classifier_with_a_callback_of_keras_is_copied_after_a_fit_that_failed(
    with_callback, data
):
    X, y = data

    class Break(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise RuntimeError("out of paper")

    kept = with_callback.callbacks
    with pytest.raises(RuntimeError, match="out of paper"):
        with_callback.set_params(callbacks=[*kept, Break()]).fit(X, y)
    with_callback.set_params(callbacks=kept)

    for copied in (through_pickle, copy.deepcopy, clone):
        assert not hasattr(copied(with_callback), "model_")
    assert through_pickle(with_callback).fit(X, y).n_iter_ >= 1  # a backup goes on where it was


def large(**changes):
    return MLPClassifier((2048,), **{**FAST, "epochs": 1, **changes})  # 600 kB of weights


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Could not reach RemoteMonitor")
@pytest.mark.parametrize("kind", KINDS)
def test_callbacks_carry_no_trained_network_along(kind, data, tmp_path):
    classifier = large(callbacks=[callbacks_in(tmp_path)[kind]()], early_stopping=False).fit(*data)

    assert len(pickle.dumps(clone(classifier))) < 20_000
    bare = large(early_stopping=False).fit(*data)
    assert len(pickle.dumps(classifier)) < len(pickle.dumps(bare)) + 20_000


def test_a_history_of_the_users_holds_the_last_fit_alone(data):
    history = keras.callbacks.History()
    classifier = small(callbacks=[history])

    assert classifier.fit(*data).fit(*data).n_iter_ == 2
    assert history.history["loss"] == classifier.history_["loss"]


# --- around a fit


class Raise(keras.callbacks.Callback):
    def __init__(self, error):
        super().__init__()
        self.error = error

    def on_epoch_end(self, epoch, logs=None):
        raise self.error


def test_a_classifier_is_fitted_after_fit_and_not_before(data):
    classifier = small()
    with pytest.raises(NotFittedError):
        check_is_fitted(classifier)
    check_is_fitted(classifier.fit(*data))
    with pytest.raises(NotFittedError):
        check_is_fitted(clone(classifier))


@pytest.mark.slow
@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("out of paper")])
@pytest.mark.parametrize("warm_start", [False, True])
def test_an_error_in_a_callback_leaves_the_classifier_as_it_was(data, error, warm_start):
    X, y = data
    frame = pd.DataFrame(X.reshape(400, 64)).add_prefix("pixel")
    classifier = small(warm_start=warm_start).fit(frame, y)
    expected = classifier.predict_proba(frame)
    before = {name: copy.deepcopy(v) for name, v in vars(classifier).items() if name != "model_"}
    model = classifier.model_
    failing = Raise(error)
    classifier.callbacks = [failing]
    with pytest.raises(type(error)):
        classifier.fit(X.reshape(400, 64), y)

    after = vars(classifier)
    assert after.keys() - {"_forward_pass"} == (before.keys() | {"model_"}) - {"_forward_pass"}
    assert after["model_"] is model
    assert after["history_"] == before["history_"]
    assert after["n_features_in_"] == 64
    assert after["feature_names_in_"].tolist() == frame.columns.tolist()
    np.testing.assert_array_equal(classifier.predict_proba(frame), expected)
    assert failing.model is None


@pytest.mark.slow
@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("out of paper")])
def test_an_unfitted_classifier_stays_so_after_an_error_in_a_callback(data, error):
    classifier = small(callbacks=[Raise(error)])
    before = dict(vars(classifier))
    with pytest.raises(type(error)):
        classifier.fit(*data)

    assert vars(classifier) == before
    with pytest.raises(NotFittedError):
        check_is_fitted(classifier)


@pytest.mark.slow
def test_names_of_features_go_when_the_next_x_has_none(data):
    X, y = data
    frame = pd.DataFrame(X.reshape(400, 64)).add_prefix("pixel")
    classifier = small().fit(frame, y)
    assert len(classifier.feature_names_in_) == 64

    classifier.fit(X.reshape(400, 64), y)
    assert not hasattr(classifier, "feature_names_in_")


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("name", ["_callback_fit_ctx", "_parent_callback_ctx", "_skl_callbacks"])
def test_what_scikit_learn_notes_during_a_fit_stays(data, name, fails):
    noted = object()

    class Note(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            setattr(classifier, name, noted)
            if name == "_callback_fit_ctx":
                classifier._skl_callbacks_to_teardown = []

        def on_epoch_end(self, epoch, logs=None):
            if fails:
                raise RuntimeError("out of paper")

    classifier = small(callbacks=[Note()])
    seen = []
    take_over = type(classifier)._take_over

    class Watching(MLPClassifier):
        def _take_over(self, fitted):
            take_over(self, fitted)
            seen.append(getattr(self, name))

    classifier.__class__ = Watching
    if fails:
        with pytest.raises(RuntimeError, match="out of paper"):
            classifier.fit(*data)
    else:
        classifier.fit(*data)
        assert seen == [noted]
    if name != "_callback_fit_ctx":  # which scikit-learn itself takes away at the end
        assert getattr(classifier, name) is noted
