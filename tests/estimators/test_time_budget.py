"""A fit that takes a given time; what time it is, is a fake."""

from __future__ import annotations

import inspect
from itertools import count

import keras
import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from skcnn import (
    CNNClassifier,
    CNNRegressor,
    KerasClassifier,
    MLPClassifier,
    MLPRegressor,
    TransferClassifier,
    load_digit_images,
)
from skcnn._engine import pacing
from skcnn.estimators import _base
from tests.small_networks import NORMALIZED

pytestmark = pytest.mark.slow

NO_STOP = {"early_stopping": False, "validation_split": 0.0}


@pytest.fixture(scope="module")
def digits():
    X, y = load_digit_images(return_X_y=True)
    return X / 16, y


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    """A hundredth of a second passes between two looks at the clock."""
    ticks = count()
    clock = lambda: next(ticks) / 100  # noqa: E731
    monkeypatch.setattr(pacing, "perf_counter", clock)
    monkeypatch.setattr(_base, "perf_counter", clock)


class Steps(keras.callbacks.Callback):
    """Keep how many steps there were by the end of each epoch."""

    def on_train_begin(self, logs=None):
        self.by_epoch = []

    def on_epoch_end(self, epoch, logs=None):
        self.by_epoch.append(int(self.model.optimizer.iterations.numpy()))


def test_the_time_decides_how_many_epochs_there_are(digits):
    short = CNNClassifier(8, time_budget=1, epochs=1, **NO_STOP, random_state=0).fit(*digits)
    long = CNNClassifier(8, time_budget=4, epochs=1, **NO_STOP, random_state=0).fit(*digits)

    assert 1 < short.n_iter_ < long.n_iter_
    assert len(long.history_["loss"]) == long.n_iter_
    assert long.history_["loss"][-1] < short.history_["loss"][-1]


def test_one_cycle_ends_with_the_time(digits, monkeypatch):
    planned = []
    cycle = CNNClassifier._cycle

    def watched(self):
        make = cycle(self)
        return lambda n_steps: planned.append(n_steps) or make(n_steps)

    monkeypatch.setattr(CNNClassifier, "_cycle", watched)
    steps = Steps()
    CNNClassifier(
        8, learning_rate="one_cycle", time_budget=3, callbacks=[steps], **NO_STOP, random_state=0
    ).fit(*digits)

    assert planned[-1] == pytest.approx(steps.by_epoch[-1], rel=0.02)


def test_the_same_time_gives_the_same_fit(digits):
    """What a fit depends on beside its seed is the clock, which is the same here."""
    settings = {"time_budget": 2, "learning_rate": "one_cycle", "random_state": 0, **NO_STOP}
    first, second = (CNNClassifier(8, **settings) for _ in range(2))

    for estimator in (first, second):
        ticks = count()
        for module in (pacing, _base):
            module.perf_counter = lambda: next(ticks) / 100  # noqa: B023
        estimator.fit(*digits)

    assert first.n_iter_ == second.n_iter_
    np.testing.assert_array_equal(first.predict_proba(digits[0]), second.predict_proba(digits[0]))


def test_parts_of_an_epoch_train_as_the_whole_does(digits):
    """With a learning rate that time does not change, an epoch in parts is the same epoch."""
    X, y = digits
    settings = {"random_state": 0, "batch_size": 32, **NO_STOP}
    whole = CNNClassifier(8, epochs=1, **settings).fit(X, y)
    with pytest.warns(ConvergenceWarning, match="do not suffice"):
        in_parts = CNNClassifier(8, time_budget=1e-6, **settings).fit(X, y)

    assert in_parts.history_["loss"] == pytest.approx(whole.history_["loss"], rel=1e-5)
    np.testing.assert_allclose(in_parts.predict_proba(X), whole.predict_proba(X), atol=1e-5)


def test_a_budget_that_no_epoch_fits_into(digits):
    cnn = CNNClassifier(8, time_budget=0.01, random_state=0)

    with pytest.warns(
        ConvergenceWarning, match=r"time_budget=0\.01 seconds do not suffice for one .* 7 steps"
    ):
        cnn.fit(*digits)

    assert cnn.n_iter_ == 1
    assert cnn.score(*digits) > 0.1


def test_early_stopping_ends_sooner(digits):
    cnn = CNNClassifier(8, time_budget=1000, patience=1, random_state=0, learning_rate=0.01)

    cnn.fit(*digits)

    assert cnn.best_epoch_ == cnn.n_iter_ - 1


def test_warm_start_adds_time(digits):
    cnn = CNNClassifier(8, time_budget=1, warm_start=True, random_state=0, **NO_STOP).fit(*digits)
    before = cnn.n_iter_

    assert cnn.fit(*digits).n_iter_ > before + 1


def test_samples_in_blocks(digits, monkeypatch, tmp_path):
    monkeypatch.setattr("skcnn._engine.feeding._BLOCK_BYTES", 400 * 8 * 8 * 4)
    X, y = digits
    np.save(tmp_path / "x.npy", X.astype(np.float32))
    on_disk = np.load(tmp_path / "x.npy", mmap_mode="r")
    settings = {"time_budget": 1e-6, "batch_size": 100, "random_state": 0, **NO_STOP}

    with pytest.warns(ConvergenceWarning, match="do not suffice"):
        scores = [CNNClassifier(8, **settings).fit(x, y).history_ for x in (X, on_disk)]

    assert scores[0]["loss"] == pytest.approx(scores[1]["loss"], rel=1e-5)


@pytest.mark.parametrize("cls", [MLPClassifier, CNNClassifier, MLPRegressor, CNNRegressor])
def test_all_networks_of_our_own_take_it(digits, cls):
    assert cls(time_budget=0.5, random_state=0, **NO_STOP).fit(*digits).n_iter_ > 1


def test_networks_that_are_trained_in_16_bits_take_it(digits):
    X, y = digits
    settings = {**NORMALIZED, "learning_rate": "one_cycle", "time_budget": 2}
    timed = CNNClassifier(**settings, mixed_precision=True).fit(X, y)

    assert timed.n_iter_ > 1
    assert timed.score(X, y) > 0.95


# --- a borrowed network ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lender(digits):
    settings = {"padding": "same", "epochs": 3, "batch_size": 32, "random_state": 0}
    return CNNClassifier((8, 16), **settings, **NO_STOP).fit(*digits)


class Trainings(keras.callbacks.Callback):
    """Keep how many epochs each training has had."""

    def __init__(self):
        super().__init__()
        self.n_epochs = []

    def on_train_begin(self, logs=None):
        self.n_epochs.append(0)

    def on_epoch_end(self, epoch, logs=None):
        self.n_epochs[-1] += 1


def test_a_head_has_its_epochs_as_far_as_there_is_time(lender, digits):
    settings = {"learning_rate": "one_cycle", "random_state": 0}
    unlimited = TransferClassifier(lender, epochs=3, **settings).fit(*digits)
    limited = TransferClassifier(lender, epochs=3, time_budget=1000, **settings).fit(*digits)
    short = TransferClassifier(lender, epochs=5000, time_budget=2, **settings).fit(*digits)

    assert limited.n_iter_ == 3
    assert limited.history_["loss"] == pytest.approx(unlimited.history_["loss"], rel=1e-4)
    assert 1 < short.n_iter_ < 100


def test_borrowed_layers_learn_in_the_time_that_the_head_leaves(lender, digits):
    heard = Trainings()
    settings = {"fine_tune": 1, "fine_tune_epochs": 1, "callbacks": [heard], "random_state": 0}

    TransferClassifier(lender, epochs=2, time_budget=4, **settings).fit(*digits)
    classifier = TransferClassifier(lender, epochs=5000, time_budget=4, **settings).fit(*digits)

    of_two, tuned, of_half, tuned_for_half = heard.n_epochs
    assert of_two == 2
    assert 1 < tuned_for_half < tuned
    assert of_half == pytest.approx(tuned_for_half, rel=0.3)
    assert classifier.n_iter_ == of_half + tuned_for_half == len(classifier.history_["loss"])


def test_a_budget_that_no_epoch_of_head_and_borrowed_layers_fits_into(lender, digits):
    classifier = TransferClassifier(lender, fine_tune=1, time_budget=0.01, random_state=0)

    with pytest.warns(ConvergenceWarning, match="do not suffice for one epoch") as heard:
        classifier.fit(*digits)

    assert sum(warning.category is ConvergenceWarning for warning in heard) == 2
    assert classifier.n_iter_ == 2


# --- bad input, and what is told ---------------------------------------------------------------


def test_no_other_estimator_takes_it():
    """A builder may compile its network for so many steps as it knows of."""
    assert "time_budget" not in inspect.signature(KerasClassifier).parameters


@pytest.mark.parametrize("seconds", [0, -1, "60"])
def test_no_time(digits, seconds):
    with pytest.raises(ValueError, match="'time_budget' parameter of CNNClassifier must be"):
        CNNClassifier(time_budget=seconds).fit(*digits)


def test_a_training_that_keras_does(digits):
    class HearsOfBatches(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            """Hear."""

    with pytest.raises(ValueError, match=r"time_budget=5 needs whole passes .* set epochs"):
        CNNClassifier(8, time_budget=5, callbacks=[HearsOfBatches()]).fit(*digits)


def test_progress_is_told_without_an_end(digits, capsys):
    CNNClassifier(8, time_budget=0.5, verbose=2, random_state=0, **NO_STOP).fit(*digits)

    assert "Epoch 2/inf" in capsys.readouterr().out
