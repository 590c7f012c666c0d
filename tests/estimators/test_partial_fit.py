"""What a part of a stream teaches, what it keeps, and what it refuses."""

import copy
import math
import pickle

import h5py
import keras
import numpy as np
import pandas as pd
import pytest

from skcnn import (
    CNNClassifier,
    CNNRegressor,
    KerasClassifier,
    MLPClassifier,
    MLPRegressor,
    RandomAffine,
)
from skcnn._engine import keras_internals
from skcnn._engine.feeding import epoch_draws
from skcnn.estimators._task import Seeds

DIGITS = np.arange(10)
PARTS = [slice(0, 50), slice(50, 130), slice(130, 131), slice(131, 300)]  # of unequal sizes


@pytest.fixture(scope="module")
def data(scaled_digits):
    return scaled_digits


def small(**changes):
    return MLPClassifier((16,), **{"batch_size": 64, "random_state": 0, **changes})


def grown(classifier, X, y, parts=PARTS, between=lambda estimator: estimator, **others):
    """Hand one part after the other to a classifier, with something done to it in between."""
    for part in parts:
        weights = {name: values[part] for name, values in others.items()}
        classifier = between(classifier.partial_fit(X[part], y[part], classes=DIGITS, **weights))
    return classifier


def through_pickle(estimator):
    return pickle.loads(pickle.dumps(estimator))


def same(these, those):
    return all(np.array_equal(a, b) for a, b in zip(these, those, strict=True))


def variables_of(estimator):
    """Return all that decides how a network goes on: weights, draws, state of the optimizer."""
    network = estimator._network
    variables = [*network.variables, *network.optimizer.variables]
    return [np.array(variable) for variable in variables]


def state_of(estimator):
    """Return all that an estimator holds, and the numbers in it that a training changes."""
    held = {name: value for name, value in vars(estimator).items() if name != "_passes"}
    return held, copy.deepcopy(estimator.history_), variables_of(estimator)


class Start(keras.callbacks.Callback):
    """Keep what the network held before the first part."""

    weights = draws = None

    def on_train_begin(self, logs=None):
        if self.weights is None:
            self.weights = self.model.get_weights()
            self.draws = [np.array(s) for s in keras_internals.generator_states(self.model)]


def by_hand(classifier, start, optimizer, X, y, parts=PARTS):
    """Train the network of a classifier by Keras alone, a batch at a time."""
    model = keras.models.clone_model(classifier._network)
    model.set_weights(start.weights)
    for state, drawn in zip(keras_internals.generator_states(model), start.draws, strict=True):
        state.assign(drawn)
    model.compile(optimizer, "categorical_crossentropy")
    size = classifier.batch_size
    for epoch, part in enumerate(parts):
        x, codes = X[part], np.eye(10, dtype=np.float32)[y[part]]
        rows = epoch_draws(np.arange(len(x)), Seeds.of(0).order, epoch).rows
        for first in range(0, len(rows), size):
            batch = rows[first : first + size]
            model.train_on_batch(x[batch], codes[batch])
    return model


# --- an epoch of a part -------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "dropout"),
    [(lambda: keras.optimizers.SGD(0.1, momentum=0.9), 0.0), (keras.optimizers.RMSprop, 0.3)],
    ids=["momentum", "dropout"],
)
def test_a_stream_is_what_keras_gives_a_batch_at_a_time(data, make, dropout):
    start = Start()
    classifier = grown(small(dropout=dropout, optimizer=make(), callbacks=[start]), *data)

    expected = by_hand(classifier, start, make(), *data)
    assert same(classifier.model_.get_weights(), expected.get_weights())


@pytest.mark.slow
def test_a_stream_by_adam_differs_from_keras_by_the_rounding(data):
    start = Start()
    classifier = grown(small(callbacks=[start]), *data)

    expected = by_hand(classifier, start, "adam", *data).get_weights()
    for got, wanted in zip(classifier.model_.get_weights(), expected, strict=True):
        np.testing.assert_allclose(got, wanted, atol=1e-6)


@pytest.mark.slow
def test_averages_are_those_of_the_whole_stream(data):
    start = Start()
    classifier = grown(
        small(optimizer=keras.optimizers.SGD(0.1), weight_averaging=0.9, callbacks=[start]),
        *data,
        between=through_pickle,
    )
    averaging = keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.9)
    hand = by_hand(classifier, start, averaging, *data)
    averages = [average.numpy() for _, average in keras_internals.averages_of(averaging)]

    assert not same(averages, hand.get_weights())
    for got, wanted in zip(classifier.model_.get_weights(), averages, strict=True):
        np.testing.assert_allclose(got, wanted, atol=1e-6)


@pytest.mark.slow
def test_one_sample_at_a_time_is_learned(data):
    X, y = data[0][:10], data[1][:10]
    classifier = small(optimizer="sgd", learning_rate=0.1)
    for _ in range(12):
        grown(classifier, X, y, [slice(row, row + 1) for row in range(10)])

    assert classifier.n_iter_ == 120
    assert (classifier.predict(X) == y).mean() > 0.8


@pytest.mark.slow
def test_a_stream_goes_on_from_a_fit_as_a_warm_start_does(data):
    settings = {"epochs": 2, "validation_split": 0, "early_stopping": False, "dropout": 0.2}
    fitted = small(**settings).fit(*data)
    at_once = small(**settings).set_params(epochs=4).fit(*data)
    warm = copy.deepcopy(fitted).set_params(warm_start=True).fit(*data)
    grown_twice = fitted.partial_fit(*data).partial_fit(*data)

    assert same(variables_of(grown_twice), variables_of(at_once))
    assert same(variables_of(grown_twice), variables_of(warm))
    assert grown_twice.history_ == at_once.history_


@pytest.mark.parametrize("between", [through_pickle, copy.deepcopy], ids=["pickle", "deepcopy"])
@pytest.mark.parametrize("settings", [{"dropout": 0.3}, {"weight_averaging": 0.9}], ids=str)
@pytest.mark.slow
def test_copies_go_on_as_the_original(data, between, settings):
    at_once = grown(small(**settings), *data)
    in_copies = grown(small(**settings), *data, between=between)

    assert same(variables_of(in_copies), variables_of(at_once))
    assert in_copies.history_ == at_once.history_


@pytest.mark.slow
def test_a_convolutional_network_grows_on_images_and_rows(data):
    X, y = data
    settings = {"dense_units": 8, "batch_size": 64, "random_state": 0}
    settings["augmentation"] = RandomAffine(shift=0.1)
    on_images = grown(CNNClassifier(2, **settings), X, y)
    on_rows = grown(CNNClassifier(2, **settings), X.reshape(400, 64), y, between=through_pickle)

    assert same(variables_of(on_images), variables_of(on_rows))
    plain = grown(CNNClassifier(2, **{**settings, "augmentation": None}), X, y)
    assert not same(plain.model_.get_weights(), on_images.model_.get_weights())


# --- scores -------------------------------------------------------------------------------------


def test_history_goes_on(data):
    classifier = small(monitor="loss", early_stopping=False)
    grown(classifier, *data, [slice(0, 100), slice(100, 200)])
    first = classifier.history_["loss"]
    grown(classifier, *data, [slice(200, 400)])

    assert classifier.n_iter_ == 3
    assert classifier.history_.keys() == {"loss", "accuracy"}
    assert len(first) == 2
    assert classifier.history_["loss"][:2] == first
    assert classifier.best_score_ == min(classifier.history_["loss"])
    assert classifier.history_["loss"][classifier.best_epoch_ - 1] == classifier.best_score_


@pytest.mark.slow
def test_after_a_fit_with_held_out_scores_there_are_none(data):
    classifier = small(epochs=2).fit(*data)
    best = classifier.best_epoch_, classifier.best_score_
    classifier.partial_fit(*data)

    assert [math.isnan(score) for score in classifier.history_["val_loss"]] == [False, False, True]
    assert len(classifier.history_["loss"]) == classifier.n_iter_ == 3
    assert (classifier.best_epoch_, classifier.best_score_) == best


@pytest.mark.slow
@pytest.mark.parametrize("hooks", [("on_epoch_end",), ("on_epoch_end", "on_train_batch_end")])
def test_callbacks_are_called_once_an_epoch_and_let_go(data, hooks):
    called = []
    callback = keras.callbacks.LambdaCallback(
        **{hook: lambda number, logs, hook=hook: called.append((hook, number)) for hook in hooks}
    )
    classifier = grown(small(optimizer="sgd", callbacks=[callback]), *data)

    assert [number for hook, number in called if hook == "on_epoch_end"] == [0, 1, 2, 3]
    assert len(called) == (4 if len(hooks) == 1 else 4 + 1 + 2 + 1 + 3)
    assert callback.model is None
    expected = grown(small(optimizer="sgd"), *data)
    wanted = expected.model_.get_weights()
    for weight, other in zip(classifier.model_.get_weights(), wanted, strict=True):
        np.testing.assert_allclose(weight, other, atol=1e-6)


def test_the_printed_numbers_of_epochs_go_on(data, capfd):
    grown(small(verbose=2), *data, [slice(0, 50), slice(50, 400)])

    printed = capfd.readouterr().out
    assert "1/1" in printed
    assert "Epoch 2/2" in printed


@pytest.mark.slow
def test_a_training_that_was_restored_in_a_fit_goes_on_an_epoch_at_a_time(data, tmp_path):
    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 1:
                raise KeyboardInterrupt

    X, y = data
    settings = {"validation_split": 0, "early_stopping": False, "epochs": 3}
    backup = keras.callbacks.BackupAndRestore(tmp_path / "backup")
    with pytest.raises(KeyboardInterrupt):
        small(**settings, callbacks=[Stop(), backup]).fit(X, y)
    classifier = small(**settings, callbacks=[backup]).fit(X, y).set_params(callbacks=None)
    restored = classifier.n_iter_
    for _ in range(3):
        classifier.partial_fit(X, y)

    assert restored < 3
    assert classifier.n_iter_ == restored + 3


# --- parameters that may change -----------------------------------------------------------------


def test_another_learning_rate_is_heard(data):
    X, y = data
    classifier = small(learning_rate=0.1).partial_fit(X, y, DIGITS)
    before = classifier.model_.get_weights()
    classifier.set_params(learning_rate=1e-30).partial_fit(X, y)

    assert same(classifier.model_.get_weights(), before)
    assert not same(
        classifier.set_params(learning_rate=0.1).partial_fit(X, y).model_.get_weights(), before
    )


def test_what_a_callback_has_made_of_the_learning_rate_stays(data):
    halving = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
    classifier = grown(small(learning_rate=0.8, callbacks=[halving]), *data)
    assert classifier.history_["learning_rate"] == pytest.approx([0.4, 0.2, 0.1, 0.05])


@pytest.mark.slow
def test_the_size_of_batches_and_the_augmentation_are_heard(data):
    X, y = data
    classifier = CNNClassifier(2, dense_units=8, batch_size=200, random_state=0)
    classifier.partial_fit(X, y, DIGITS)
    assert classifier.model_.optimizer.iterations == 2
    classifier.set_params(batch_size=100).partial_fit(X, y)
    assert classifier.model_.optimizer.iterations == 6

    plain = copy.deepcopy(classifier).partial_fit(X, y)
    classifier.set_params(augmentation=RandomAffine(rotation=90)).partial_fit(X, y)
    assert classifier.history_ != plain.history_


@pytest.mark.slow
def test_a_schedule_of_all_steps_gives_way_to_no_other_rate(data):
    cycle = {"learning_rate": "one_cycle", "validation_split": 0, "early_stopping": False}
    classifier = small(epochs=2, **cycle).fit(*data)
    before = variables_of(classifier)

    for rate in (0.01, None):
        with pytest.raises(ValueError, match=r"CosineDecay.*warm_start=True"):
            classifier.set_params(learning_rate=rate).partial_fit(*data)
    assert same(variables_of(classifier), before)
    classifier.set_params(learning_rate=0.01, warm_start=True).fit(*data).partial_fit(*data)
    assert classifier.n_iter_ == 5


# --- y and weights ------------------------------------------------------------------------------


@pytest.mark.slow
def test_weights_are_taken_as_they_are(data):
    """Twice the weight is twice the step of plain descent."""
    weighted = grown(
        small(optimizer="sgd", learning_rate=0.1), *data, sample_weight=np.full(400, 2.0)
    )
    by_class = grown(
        small(optimizer="sgd", learning_rate=0.1, class_weight=dict.fromkeys(DIGITS, 2)), *data
    )
    faster = grown(small(optimizer="sgd", learning_rate=0.2), *data)

    for one in (weighted, by_class):
        for got, wanted in zip(one.model_.get_weights(), faster.model_.get_weights(), strict=True):
            np.testing.assert_allclose(got, wanted, atol=1e-6)


@pytest.mark.slow
def test_a_sample_without_weight_teaches_nothing(data):
    X, y = data
    only_half = grown(small(), X[:200], y[:200], [slice(0, 200)])
    without = grown(
        small(), X, y, [slice(0, 400)], sample_weight=np.repeat([1.0, 0.0], 200).astype(float)
    )

    assert same(only_half.model_.get_weights(), without.model_.get_weights())


def test_one_hot_rows_are_labels(data):
    X, y = data
    on_labels, on_rows = grown(small(), X, y), grown(small(), X, np.eye(10)[y])

    assert same(on_labels.model_.get_weights(), on_rows.model_.get_weights())
    assert on_rows.predict(X).shape == (400, 10)


@pytest.mark.slow
def test_sets_of_labels_are_learned(data):
    X, y = data
    sets = np.column_stack([y % 2, y > 4, y % 3 == 0]).astype(int)
    settings = {"batch_size": 32, "random_state": 0, "target_type": "multilabel-indicator"}
    classifier = MLPClassifier((32,), **settings)
    for part in [*PARTS, slice(0, 300)] * 10:
        classifier.partial_fit(X[part], sets[part], classes=[0, 1, 2])

    assert (classifier.predict(X[:300]) == sets[:300]).mean() > 0.85
    with pytest.raises(ValueError, match="2 labels"):
        classifier.partial_fit(X, sets[:, :2])


@pytest.mark.slow
def test_labels_are_strings(data):
    X, y = data
    names = np.array(["zero", "one", "two"])
    classifier = small().partial_fit(X, names[y % 3], classes=names)

    assert classifier.classes_.tolist() == ["one", "two", "zero"]
    assert set(classifier.predict(X)) <= set(names)


# --- X ------------------------------------------------------------------------------------------


def test_samples_may_lie_in_files(data, tmp_path):
    X, y = data
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    expected = grown(small(), X, y).model_.get_weights()

    assert same(grown(small(), mapped, y).model_.get_weights(), expected)
    with h5py.File(tmp_path / "X.h5", "w") as file:
        stored = file.create_dataset("X", data=X[:50])
        classifier = small().partial_fit(stored, y[:50], DIGITS)
    assert classifier.n_features_in_ == 64


@pytest.mark.slow
def test_names_of_features_are_checked(data):
    table = pd.DataFrame(data[0].reshape(400, 64)).add_prefix("pixel")
    classifier = small().partial_fit(table, data[1], DIGITS)

    assert classifier.feature_names_in_[1] == "pixel1"
    with pytest.raises(ValueError, match="feature names"):
        classifier.partial_fit(table.rename(columns={"pixel0": "edge"}), data[1])


# --- what is refused ----------------------------------------------------------------------------


def parts_that_are_refused():
    X, y = np.full((20, 8, 8), 0.5, np.float32), np.arange(20) % 10
    return {
        "another shape": (X[:, :4], y, {}, r"shape|features"),
        "labels that are no classes": (X, y + 3, {}, r"not among the classes: \[10, 11, 12\]"),
        "too few labels": (X, y[:5], {}, "inconsistent numbers of samples"),
        "NaN": (np.where(X == 0.5, np.nan, X), y, {}, "NaN"),
        "negative weights": (X, y, {"sample_weight": np.full(20, -1.0)}, "[Nn]egative"),
        "too few weights": (X, y, {"sample_weight": np.ones(3)}, "sample_weight"),
        "weights of nothing": (X, y, {"sample_weight": np.zeros(20)}, "non-zero|are zero"),
        "other classes": (X, y, {"classes": [0, 1]}, r"not the same as on last call"),
    }


@pytest.mark.parametrize("problem", parts_that_are_refused())
def test_after_a_part_that_is_refused_the_estimator_is_as_it_was(data, problem):
    X, y, others, message = parts_that_are_refused()[problem]
    classifier = grown(small(), *data)
    held, history, variables = state_of(classifier)
    with pytest.raises(ValueError, match=message):
        classifier.partial_fit(X, y, **others)

    held_after, history_after, variables_after = state_of(classifier)
    assert held_after.keys() == held.keys()
    assert all(held_after[name] is held[name] for name in held)
    assert history_after == history
    assert same(variables_after, variables)


@pytest.mark.parametrize(
    ("settings", "part", "error", "message"),
    [
        ({}, {"classes": None}, ValueError, "classes must be passed on the first call"),
        ({}, {"classes": [3]}, ValueError, "class"),
        ({}, {"classes": np.arange(9)}, ValueError, r"not among the classes: \[9\]"),
        ({}, {"y": np.full(400, np.nan)}, ValueError, "NaN"),
        ({}, {"X": np.zeros((3, 8, 8))}, ValueError, "inconsistent numbers"),
        ({}, {"sample_weight": np.ones(3)}, ValueError, "sample_weight"),
        ({"learning_rate": "one_cycle"}, {}, ValueError, r"one_cycle.*partial_fit.*another"),
        ({"class_weight": "balanced"}, {}, ValueError, r"needs all of y.*compute_class_weight"),
        ({"batch_size": 0}, {}, ValueError, "batch_size"),
        ({"callbacks": ["stop"]}, {}, TypeError, "instances of keras.callbacks.Callback"),
        ({"augmentation": [keras.layers.Dropout]}, {}, TypeError, "augmentation"),
        ({"learning_rate": 1e20, "optimizer": "sgd"}, {}, ValueError, "diverged"),
    ],
)
def test_after_a_first_part_that_is_refused_nothing_is_fitted(
    data, settings, part, error, message
):
    X, y = data
    classifier = small(**settings)
    before = dict(vars(classifier))
    part = {"X": X, "y": y, "classes": DIGITS, **part}
    if "diverged" in message:
        part["X"] = X * 1e15
    with pytest.raises(error, match=message):
        classifier.partial_fit(**part)

    assert vars(classifier) == before


def test_weights_of_classes_are_refused_where_a_sample_has_several(data):
    X, y = data
    sets = np.column_stack([y > 3, y > 5]).astype(int)
    classifier = small(class_weight={0: 2.0})
    with pytest.raises(ValueError, match="needs one class a sample"):
        classifier.partial_fit(X, sets, classes=[0, 1])

    assert not hasattr(classifier, "classes_")


def test_a_stream_that_diverges_says_so(data):
    X, y = data
    classifier = small(optimizer="sgd", learning_rate=0.1).partial_fit(X, y, DIGITS)
    with pytest.raises(ValueError, match=r"diverged.*epoch 2"):
        classifier.set_params(learning_rate=1e20).partial_fit(X * 1e15, y)

    assert classifier.n_iter_ == len(classifier.history_["loss"]) == 1


# --- regressors ---------------------------------------------------------------------------------


def numbers_of(data):
    return data[0], 1e6 + 1e4 * data[0].mean(axis=(1, 2)).astype(np.float64)


@pytest.mark.slow
def test_the_first_part_decides_about_the_scale_of_numbers(data):
    X, y = numbers_of(data)
    regressor = MLPRegressor((32,), batch_size=20, learning_rate=0.003, random_state=0)
    for part in PARTS * 30:
        regressor.partial_fit(X[part], y[part])

    assert regressor._targets.mean == pytest.approx(y[:50].mean())
    assert regressor._targets.scale == pytest.approx(y[:50].std())
    assert regressor.score(X[:300], y[:300]) > 0.8
    rows = X[:5].reshape(5, 8, 8)
    np.testing.assert_allclose(
        regressor.predict(rows), regressor.model_.predict(rows, verbose=0)[:, 0], rtol=1e-4
    )


@pytest.mark.slow
@pytest.mark.parametrize("first", [slice(0, 1), slice(0, 60)], ids=["one sample", "all alike"])
def test_a_first_part_of_equal_numbers_is_divided_by_one(data, first):
    X, y = numbers_of(data)
    y = np.where(np.arange(400) < 60, 7.0, y / 1e6)
    regressor = MLPRegressor((8,), random_state=0).partial_fit(X[first], y[first])

    assert (regressor._targets.mean, regressor._targets.scale) == (7.0, 1.0)
    assert np.isfinite(regressor.partial_fit(X, y).predict(X)).all()
    with pytest.raises(ValueError, match="2 numbers a sample; expected 1"):
        regressor.partial_fit(X, np.column_stack([y, y]))


@pytest.mark.slow
def test_regressors_in_copies_go_on_as_the_original(data):
    X, y = numbers_of(data)
    y = np.column_stack([y, -y])
    at_once, in_copies = (
        CNNRegressor(2, dense_units=8, batch_size=50, random_state=0) for _ in range(2)
    )
    for part in PARTS:
        at_once.partial_fit(X[part], y[part])
        in_copies = through_pickle(in_copies.partial_fit(X[part], y[part]))

    assert same(variables_of(in_copies), variables_of(at_once))
    assert in_copies.predict(X).shape == (400, 2)


# --- networks of one's own ----------------------------------------------------------------------


def build(input_shape, n_classes):
    layers = [keras.layers.Flatten(), keras.layers.Dense(n_classes, "softmax")]
    return keras.Sequential([keras.Input(input_shape), *layers])


def compiled(input_shape, n_classes):
    model = build(input_shape, n_classes)
    model.compile(keras.optimizers.SGD(0.1, momentum=0.9), "sparse_categorical_crossentropy")
    return model


def eager(input_shape, n_classes):
    model = build(input_shape, n_classes)
    model.compile("adam", "categorical_crossentropy", run_eagerly=True)
    return model


@pytest.mark.slow
@pytest.mark.parametrize("builder", [build, compiled, eager])
def test_networks_of_a_builder_grow(data, builder):
    at_once = grown(KerasClassifier(builder, random_state=0), *data)
    in_copies = grown(KerasClassifier(builder, random_state=0), *data, between=through_pickle)

    assert at_once.score(*data) > 0.2
    assert same(variables_of(in_copies), variables_of(at_once))


@pytest.mark.slow
def test_a_network_that_was_trained_by_keras_goes_on(data):
    X, y = data
    network = compiled((8, 8), 10)
    network.fit(X, y, epochs=2, verbose=0)
    classifier = KerasClassifier.from_network(network, random_state=0, batch_size=400)
    before = variables_of(classifier)
    classifier.partial_fit(X, y)

    momentum = network.optimizer.variables[-1].numpy()
    assert momentum.any()
    assert np.array_equal(before[-1], momentum)
    assert classifier.n_iter_ == 1
    assert same(network.optimizer.variables[-1:], [momentum])


# --- the streams of others ----------------------------------------------------------------------


def test_dask_ml_hands_over_the_blocks_of_an_array(data):
    wrappers = pytest.importorskip("dask_ml.wrappers")
    dask_array = pytest.importorskip("dask.array")
    X, y = data[0].reshape(400, 64), data[1]
    blocks = dask_array.from_array(X, (100, 64)), dask_array.from_array(y, 100)
    incremental = wrappers.Incremental(small(), shuffle_blocks=False)
    incremental.fit(*blocks, classes=DIGITS)

    expected = grown(small(), X, y, [slice(start, start + 100) for start in range(0, 400, 100)])
    assert same(variables_of(incremental.estimator_), variables_of(expected))
