"""What a fit that goes on from the last one keeps, counts and refuses."""

import math
import pickle
import warnings

import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from skcnn import CNNClassifier, MLPClassifier, MLPRegressor, RandomAffine


@pytest.fixture(scope="module")
def data(scaled_digits):
    return scaled_digits


def small(**changes):
    defaults = {"epochs": 10, "batch_size": 100, "random_state": 0, "warm_start": True}
    return MLPClassifier((16,), **{**defaults, **changes})


class Note(keras.callbacks.Callback):
    """Keep the numbers of epochs, and what the weights and scores were."""

    def __init__(self):
        super().__init__()
        self.begun, self.ended, self.weights, self.losses, self.rates = [], [], [], [], []

    def on_epoch_begin(self, epoch, logs=None):
        self.begun.append(epoch)
        self.rates.append(float(self.model.optimizer.learning_rate))

    def on_epoch_end(self, epoch, logs=None):
        self.ended.append(epoch)
        self.losses.append(logs.get("val_loss"))
        self.weights.append(self.model.get_weights())


def through_pickle(classifier):
    return pickle.loads(pickle.dumps(classifier))


def same(weights, others):
    return all(np.array_equal(a, b) for a, b in zip(weights, others, strict=True))


# --- history


@pytest.mark.parametrize("between", [lambda c: c, through_pickle], ids=["at once", "unpickled"])
def test_history_and_epochs_go_on(data, between):
    classifier = small().fit(*data)
    first = {name: list(values) for name, values in classifier.history_.items()}
    classifier = between(classifier).set_params(epochs=4).fit(*data)

    assert classifier.n_iter_ == 14
    assert classifier.history_.keys() == first.keys()
    for name, values in classifier.history_.items():
        assert values[:10] == first[name]
        assert len(values) == 14
    assert between(classifier).fit(*data).n_iter_ == 18


def test_learning_goes_on_from_the_last_weights_alike_after_a_pickle(data):
    classifier = small().fit(*data)
    unpickled = through_pickle(classifier)

    assert classifier.fit(*data).history_ == unpickled.fit(*data).history_
    np.testing.assert_array_equal(
        classifier.predict_proba(data[0]), unpickled.predict_proba(data[0])
    )


def test_each_fit_has_a_history_of_its_own(data):
    classifier = small().fit(*data)
    first = classifier.history_
    classifier.fit(*data)

    assert len(first["loss"]) == 10
    assert classifier.history_ is not first


def test_scores_that_only_some_fits_have_are_padded_with_nan(data):
    classifier = small(epochs=3).fit(*data)
    classifier.set_params(validation_split=0, early_stopping=False).fit(*data)
    plateau = keras.callbacks.ReduceLROnPlateau("loss")
    classifier.set_params(callbacks=[plateau]).fit(*data)
    history = classifier.history_

    assert {len(values) for values in history.values()} == {9}
    assert [math.isnan(value) for value in history["val_loss"]] == [False] * 3 + [True] * 6
    assert [math.isnan(value) for value in history["learning_rate"]] == [True] * 6 + [False] * 3
    assert not any(math.isnan(value) for value in history["loss"])


def test_without_warm_start_nothing_goes_on(data):
    classifier = small(warm_start=False).fit(*data)

    assert classifier.fit(*data).n_iter_ == 10
    assert classifier.set_params(warm_start=True).fit(*data).n_iter_ == 20
    assert classifier.set_params(warm_start=False).fit(*data).n_iter_ == 10


def test_a_clone_begins_afresh(data):
    assert clone(small().fit(*data)).fit(*data).n_iter_ == 10


def test_a_fit_that_fails_leaves_the_last_one_to_go_on_from(data):
    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise KeyboardInterrupt

    classifier = small().fit(*data)
    untouched = through_pickle(classifier)
    with pytest.raises(KeyboardInterrupt):
        classifier.set_params(callbacks=[Stop()]).fit(*data)
    classifier.set_params(callbacks=None)

    assert classifier.n_iter_ == 10
    assert classifier.fit(*data).history_ == untouched.fit(*data).history_


# --- epochs


def test_callbacks_see_the_numbers_of_epochs_go_on(data):
    note = Note()
    small(callbacks=[note]).fit(*data).set_params(epochs=3).fit(*data)

    assert note.begun == note.ended == list(range(13))


def test_the_printed_numbers_of_epochs_go_on(data, capfd):
    classifier = small(verbose=2).fit(*data)
    assert "Epoch 10/10" in capfd.readouterr().out
    classifier.fit(*data)

    printed = capfd.readouterr().out
    assert "Epoch 11/20" in printed
    assert "Epoch 20/20" in printed
    assert "Epoch 10/" not in printed


def test_a_schedule_by_the_epoch_goes_on(data):
    def faster(epoch, rate):
        return 0.001 * (epoch + 1)

    note = Note()
    by_epoch = keras.callbacks.LearningRateScheduler(faster)
    small(epochs=2, callbacks=[by_epoch, note]).fit(*data).fit(*data)

    np.testing.assert_allclose(note.rates, [0.001, 0.002, 0.003, 0.004], rtol=1e-6)


# --- all in one ---------------------------------------------------------------------------------

WHOLE = {"validation_split": 0, "early_stopping": False}  # nothing else is drawn from a seed


def variables_of(estimator):
    """Return all that decides how a network goes on: weights, draws, state of the optimizer."""
    network = estimator._network
    return [np.array(variable) for variable in (*network.variables, *network.optimizer.variables)]


@pytest.mark.slow
@pytest.mark.parametrize("between", [lambda c: c, through_pickle], ids=["at once", "unpickled"])
@pytest.mark.parametrize(
    "estimator",
    [
        MLPClassifier((16,), dropout=0.3),
        MLPClassifier((16,), optimizer=keras.optimizers.SGD(0.1, momentum=0.9)),
        CNNClassifier(2, dense_units=8, augmentation=RandomAffine(shift=0.1)),
        MLPRegressor((16,), optimizer="rmsprop"),
    ],
    ids=["Adam", "momentum", "CNN", "regressor"],
)
def test_three_epochs_and_three_are_six(data, estimator, between):
    """With all draws those of their epoch, and all means of the optimizer kept."""
    X, y = data
    settings = {**WHOLE, "epochs": 3, "batch_size": 64, "random_state": 0, "warm_start": True}
    in_parts = between(clone(estimator).set_params(**settings).fit(X, y)).fit(X, y)
    at_once = clone(estimator).set_params(**settings).set_params(epochs=6).fit(X, y)

    assert in_parts.history_ == at_once.history_
    assert same(variables_of(in_parts), variables_of(at_once))


@pytest.mark.slow
def test_averages_begin_at_the_averaged_weights_of_the_last_fit(data):
    """Such a fit ends with its averages, so that two are not as one: Polyak's mean begins anew."""
    settings = {**WHOLE, "epochs": 2, "weight_averaging": 0.9}
    classifier = small(**settings).fit(*data)
    average = classifier.model_.get_weights()
    classifier.set_params(learning_rate=1e-30).fit(*data)

    for weight, wanted in zip(classifier.model_.get_weights(), average, strict=True):
        np.testing.assert_allclose(weight, wanted, atol=1e-6)


@pytest.mark.slow
def test_one_cycle_begins_anew(data):
    X, y = data
    cycle = {**WHOLE, "learning_rate": "one_cycle", "epochs": 5}
    classifier = small(**cycle).fit(X, y)
    before = classifier.model_.get_weights()
    classifier.fit(X, y)

    assert classifier.model_.optimizer.iterations == 20  # of this cycle alone
    assert not same(classifier.model_.get_weights(), before)
    assert classifier.history_["loss"][-1] < classifier.history_["loss"][4]


@pytest.mark.slow
def test_an_optimizer_of_another_kind_takes_nothing_over(data):
    classifier = small(**WHOLE, epochs=2).fit(*data)
    weights = classifier.model_.get_weights()
    note = Note()
    classifier.set_params(optimizer="sgd", learning_rate=1e-30, callbacks=[note]).fit(*data)

    assert classifier.model_.optimizer.iterations == 8
    assert same(note.weights[0], weights)


def test_another_learning_rate_is_that_of_the_next_fit(data):
    note = Note()
    classifier = small(**WHOLE, epochs=2, callbacks=[note], learning_rate=0.01).fit(*data)
    classifier.set_params(learning_rate=0.02).fit(*data)

    assert note.rates == pytest.approx([0.01, 0.01, 0.02, 0.02])
    assert classifier.model_.optimizer.iterations == 16


@pytest.mark.slow
def test_numbers_keep_the_scale_of_the_first_fit(data):
    X, y = data
    regressor = MLPRegressor((8,), epochs=2, random_state=0, warm_start=True).fit(X, y)
    mean, scale = regressor._targets.mean, regressor._targets.scale
    regressor.fit(X, 5.0 * y + 100)

    assert (regressor._targets.mean, regressor._targets.scale) == (mean, scale)
    assert regressor.history_["loss"][-1] > 100 * regressor.history_["loss"][0]


# --- gradient steps


def convergence_warnings(call):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    return [w for w in caught if issubclass(w.category, ConvergenceWarning)]


def test_the_gradient_steps_of_all_fits_count(data):
    classifier = small(batch_size=75, epochs=10)  # 4 steps an epoch

    assert "40 gradient steps" in str(
        convergence_warnings(lambda: classifier.fit(*data))[0].message
    )
    (second,) = convergence_warnings(lambda: classifier.fit(*data))
    assert "80 gradient steps in all" in str(second.message)
    assert second.filename == __file__
    classifier.set_params(epochs=5)
    assert not convergence_warnings(lambda: classifier.fit(*data))  # 100 in all


# --- early stopping


def test_early_stopping_keeps_the_best_weights_of_this_fit(data):
    note = Note()
    classifier = small(learning_rate=0.02, epochs=40, patience=40).fit(*data)
    best_before = min(classifier.history_["val_loss"])
    # So fast that no epoch is as good as those before.
    classifier.set_params(learning_rate=0.5, epochs=50, patience=3, callbacks=[note]).fit(*data)

    ours = classifier.history_["val_loss"][40:]
    best = int(np.argmin(ours))
    assert len(ours) == best + 1 + 3 < 50
    assert min(ours) > best_before
    assert ours == note.losses
    assert same(classifier.model_.get_weights(), note.weights[best])


def test_the_best_weights_of_a_users_early_stopping_are_those_of_this_fit(data):
    note = Note()
    stopping = keras.callbacks.EarlyStopping("val_loss", patience=2, restore_best_weights=True)
    classifier = small(
        learning_rate=0.02, epochs=20, early_stopping=False, callbacks=[stopping, note]
    ).fit(*data)
    begun = classifier.n_iter_
    classifier.set_params(learning_rate=0.5).fit(*data)

    best = int(np.argmin(classifier.history_["val_loss"][begun:]))
    assert same(classifier.model_.get_weights(), note.weights[begun + best])


# --- other tasks


def test_going_on_with_another_task_is_refused_and_changes_nothing(data):
    X, y = data
    classifier = small().fit(X, y)
    expected = classifier.predict_proba(X)

    for X_other, y_other, message in [
        (X[:, :4], y, r"expected samples of shape \(8, 8\).*received \(4, 8\)"),
        (X[y < 5], y[y < 5], r"classes \[0, 1, 2, 3, 4, 5, 6, 7, 8, 9\]; received .*3, 4\]"),
        (X, y.astype(str), r"warm_start=True.*classes"),
    ]:
        with pytest.raises(ValueError, match=message):
            classifier.fit(X_other, y_other)
    assert classifier.n_iter_ == 10
    np.testing.assert_array_equal(classifier.predict_proba(X), expected)


def test_going_on_with_another_network_is_refused(data):
    classifier = small().fit(*data).set_params(hidden_units=(8,))

    with pytest.raises(
        ValueError, match=r"warm_start=True.*\(64, 16\).*received.*\(64, 8\).*warm_start=False"
    ):
        classifier.fit(*data)
    assert classifier.n_iter_ == 10


def test_other_samples_of_the_same_task_are_learned_further(data):
    X, y = data
    classifier = small().fit(X[:200], y[:200])

    assert classifier.fit(X[200:], y[200:]).n_iter_ == 20


@pytest.mark.slow
def test_rows_and_images_of_a_convolutional_network_are_one_task(data):
    X, y = data
    classifier = CNNClassifier(2, dense_units=8, epochs=2, warm_start=True, random_state=0)

    assert classifier.fit(X, y).fit(X.reshape(400, 64), y).n_iter_ == 4
    assert classifier.fit(X[..., np.newaxis], y).n_iter_ == 6


def test_one_hot_rows_and_labels_are_of_one_task(data):
    X, y = data
    classifier = small().fit(X, y)

    assert classifier.fit(X, np.eye(10)[y]).n_iter_ == 20
    assert classifier.predict(X).shape == (400, 10)
