"""What decides how long a classifier trains, on what, and which weights it keeps."""

import keras
import numpy as np
import pytest

from skcnn import MLPClassifier
from skcnn._engine import fitting
from skcnn._engine.fitting import train


@pytest.fixture(scope="module")
def data(scaled_digits):
    return scaled_digits


def small(**parameters):
    return MLPClassifier((16,), **({"epochs": 3, "random_state": 0} | parameters))


class Spy(keras.callbacks.Callback):
    """Keep each epoch's weights and logs."""

    def __init__(self):
        super().__init__()
        self.weights, self.logs = [], []

    def on_epoch_end(self, epoch, logs=None):
        self.weights.append(self.model.get_weights())
        self.logs.append(dict(logs))


@pytest.mark.slow
def test_numbers_of_numpy_are_numbers(data):
    numbers = {"epochs": np.int64(2), "batch_size": np.int32(50), "patience": np.int8(3)}
    rates = {"learning_rate": np.float32(0.01), "validation_split": np.float64(0.5)}

    assert small(**numbers, **rates).fit(*data).n_iter_ == 2


# --- the held-out part -----------------------------------------------------------------------


@pytest.mark.slow
def test_the_held_out_part_is_fair_on_sorted_labels(data):
    X, y = data
    order = np.argsort(y, kind="stable")
    shuffled = small(epochs=30, learning_rate=0.02).fit(X, y).history_["val_accuracy"][-1]
    in_order = (
        small(epochs=30, learning_rate=0.02).fit(X[order], y[order]).history_["val_accuracy"][-1]
    )

    # Keras' validation_split would hold out the eights and nines, never trained on.
    assert in_order > 0.8
    assert in_order == pytest.approx(shuffled, abs=0.1)


def test_the_held_out_part_is_not_trained_on(data, monkeypatch):
    seen = []

    def look(training):
        seen.append((training.data, training.held_out))
        return train(training)

    monkeypatch.setattr("skcnn.estimators._base.train", look)
    small().fit(*data)

    [(trained_on, held_out)] = seen
    assert not set(trained_on.rows) & set(held_out.rows)
    assert (len(trained_on), len(held_out)) == (300, 100)


@pytest.mark.parametrize(("split", "scores"), [(0, 2), (0.25, 4)])
def test_nothing_held_out_means_no_validation_scores(data, split, scores):
    classifier = small(validation_split=split, early_stopping=False).fit(*data)

    assert len(classifier.history_) == scores


@pytest.mark.parametrize(
    "parameters", [{}, {"early_stopping": False, "checkpoint_path": "a.keras"}]
)
def test_watching_validation_without_a_held_out_part_is_refused(data, parameters):
    with pytest.raises(ValueError, match=r"monitor='val_loss'.*nothing is held out"):
        small(validation_split=0, **parameters).fit(*data)


def test_too_few_samples_to_hold_any_out_are_refused_with_the_same_words():
    with pytest.raises(ValueError, match="nothing is held out"):
        small().fit(np.eye(3), [0, 1, 2])


# --- early stopping --------------------------------------------------------------------------


def test_training_stops_after_epochs_without_progress(data):
    classifier = small(learning_rate=0.5, epochs=50, patience=3).fit(*data)
    best = int(np.argmin(classifier.history_["val_loss"]))

    assert classifier.n_iter_ == len(classifier.history_["loss"]) == best + 1 + 3 < 50


@pytest.mark.parametrize(
    ("monitor", "best_of"), [("val_loss", np.argmin), ("accuracy", np.argmax)]
)
def test_the_best_weights_are_kept(data, monitor, best_of):
    spy = Spy()
    classifier = small(learning_rate=0.1, epochs=90, monitor=monitor, callbacks=[spy]).fit(*data)
    best = int(best_of(classifier.history_[monitor]))

    assert best < classifier.n_iter_ - 1
    for kept, expected in zip(classifier.model_.get_weights(), spy.weights[best], strict=True):
        np.testing.assert_array_equal(kept, expected)


def test_without_early_stopping_the_last_weights_are_kept(data):
    spy = Spy()
    classifier = small(learning_rate=0.3, epochs=9, early_stopping=False, callbacks=[spy])
    classifier.fit(*data)

    assert classifier.n_iter_ == 9
    for kept, expected in zip(classifier.model_.get_weights(), spy.weights[-1], strict=True):
        np.testing.assert_array_equal(kept, expected)


# --- the checkpoint --------------------------------------------------------------------------


@pytest.mark.slow
def test_the_best_model_is_on_disk_during_fit_and_after_it(data, tmp_path):
    X, y = data
    path = tmp_path / "best.keras"
    seen = []

    class Look(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.append(path.exists())

    classifier = small(learning_rate=0.3, epochs=9, checkpoint_path=path, callbacks=[Look()])
    classifier.fit(X, y)

    assert seen == [True] * 9
    on_disk = keras.models.load_model(path).predict(X, verbose=0)
    np.testing.assert_allclose(on_disk, classifier.predict_proba(X), rtol=1e-5, atol=1e-7)


@pytest.mark.slow
def test_the_checkpoint_is_the_best_even_where_the_last_weights_are_kept(data, tmp_path):
    spy, path = Spy(), str(tmp_path / "best.keras")
    small(
        learning_rate=0.3, epochs=9, early_stopping=False, checkpoint_path=path, callbacks=[spy]
    ).fit(*data)
    best = int(np.argmin([logs["val_loss"] for logs in spy.logs]))

    for kept, expected in zip(
        keras.models.load_model(path).get_weights(), spy.weights[best], strict=True
    ):
        np.testing.assert_array_equal(kept, expected)


# --- callbacks and verbose -------------------------------------------------------------------


def test_callbacks_of_the_user_are_called_with_the_scores(data):
    spy = Spy()
    classifier = small(callbacks=[spy]).fit(*data)

    assert [logs["val_loss"] for logs in spy.logs] == classifier.history_["val_loss"]


def test_a_callback_may_change_the_learning_rate(data):
    plateau = keras.callbacks.ReduceLROnPlateau("loss", patience=1, min_delta=10.0)
    classifier = small(epochs=5, callbacks=[plateau]).fit(*data)

    assert classifier.history_["learning_rate"][-1] < classifier.history_["learning_rate"][0]


def test_an_error_in_a_callback_reaches_the_user(data):
    class Broken(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise RuntimeError("out of paper")

    with pytest.raises(RuntimeError, match="out of paper"):
        small(callbacks=[Broken()]).fit(*data)


def test_verbose_prints_and_silence_is_silent(data, capfd):
    small().fit(*data).predict(data[0])
    assert capfd.readouterr() == ("", "")
    small(verbose=2).fit(*data)
    assert "Epoch 3/3" in capfd.readouterr().out


# --- optimizer and learning rate -------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    "optimizer",
    ["sgd", keras.optimizers.SGD, keras.optimizers.SGD(0.01)],
    ids=["name", "class", "instance"],
)
def test_optimizers_by_name_class_and_instance_are_the_same(data, optimizer):
    expected = small(optimizer="SGD").fit(*data).predict_proba(data[0])

    for _ in range(2):  # an instance carries nothing over to the next fit
        got = small(optimizer=optimizer).fit(*data).predict_proba(data[0])
        np.testing.assert_array_equal(got, expected)


@pytest.mark.slow
def test_the_learning_rate_reaches_the_optimizer(data):
    classifier = small(optimizer=keras.optimizers.SGD(9.0), learning_rate=0.125).fit(*data)

    assert float(classifier.model_.optimizer.learning_rate) == 0.125


@pytest.mark.slow
def test_a_schedule_may_be_the_learning_rate(data):
    schedule = keras.optimizers.schedules.PiecewiseConstantDecay([2], [0.01, 0.0])
    spy = Spy()
    small(learning_rate=schedule, validation_split=0, early_stopping=False, callbacks=[spy]).fit(
        *data
    )

    for before, after in zip(spy.weights[1], spy.weights[2], strict=True):
        np.testing.assert_array_equal(before, after)


# --- warm start ------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_warm_start_continues_from_the_last_weights(data):
    classifier = small(warm_start=True, epochs=10).fit(*data)
    first = classifier.history_["loss"]
    second = classifier.fit(*data).history_["loss"]

    assert second[10] < first[-1] + 0.05 < first[0]
    assert second[:10] == first
    assert classifier.n_iter_ == len(second) == 20


def test_a_cold_start_begins_afresh(data):
    classifier = small(epochs=10).fit(*data)

    assert classifier.fit(*data).history_["loss"][0] > 2


def test_a_warm_start_on_another_task_is_refused(data):
    X, y = data
    classifier = small(warm_start=True).fit(X, y)

    with pytest.raises(
        ValueError, match=r"warm_start=True.*expected.*\(8, 8\).*received \(4, 16\)"
    ):
        classifier.fit(X.reshape(-1, 4, 16), y)
    with pytest.raises(ValueError, match=r"warm_start=True.*classes"):
        classifier.fit(X, y + 1)


# --- weights ---------------------------------------------------------------------------------


FULL_BATCH = {
    "dropout": 0.0,
    "validation_split": 0,
    "early_stopping": False,
    "batch_size": 10_000,
    "epochs": 20,
}


@pytest.mark.slow
def test_weighting_is_repeating_and_leaving_out(data):
    X, y = data
    weight = np.random.default_rng(0).integers(0, 4, len(X))
    repeated = np.repeat(np.arange(len(X)), weight)

    weighted = small(**FULL_BATCH).fit(X, y, sample_weight=weight)
    with_repeats = small(**FULL_BATCH).fit(X[repeated], y[repeated])

    np.testing.assert_allclose(
        weighted.predict_proba(X), with_repeats.predict_proba(X), rtol=0, atol=1e-4
    )


@pytest.mark.slow
def test_equal_weights_are_no_weights(data):
    plain = small().fit(*data).predict_proba(data[0])

    for weight in (np.ones(400), np.full(400, 7.0)):
        weighted = small().fit(*data, sample_weight=weight).predict_proba(data[0])
        np.testing.assert_allclose(weighted, plain, atol=1e-5)


@pytest.mark.slow
def test_class_weights_are_sample_weights(data):
    X, y = data
    by_class = small(class_weight={label: label + 1.0 for label in range(10)}).fit(X, y)
    by_sample = small().fit(X, y, sample_weight=y + 1.0)

    np.testing.assert_array_equal(by_class.predict_proba(X), by_sample.predict_proba(X))


def test_a_heavy_class_is_predicted_more_often(data):
    X, y = data
    plain = small(epochs=10).fit(X, y)
    heavy = small(epochs=10, class_weight={label: 50 if label == 8 else 1 for label in range(10)})
    heavy.fit(X, y)

    assert (heavy.predict(X) == 8).sum() > (plain.predict(X) == 8).sum() + 20


def test_classes_whose_weight_is_zero_stay_classes(data):
    X, y = data
    classifier = small(epochs=30, learning_rate=0.02)
    classifier.fit(X, y, sample_weight=(y != 3).astype(float))

    assert len(classifier.classes_) == 10
    assert (classifier.predict(X) == 3).sum() == 0


# --- one cycle of the learning rate, smoothed labels, averaged weights ------------------------


class LearningRates(keras.callbacks.Callback):
    """Keep the learning rate after each epoch."""

    def __init__(self):
        super().__init__()
        self.rates = []

    def on_epoch_end(self, epoch, logs=None):
        self.rates.append(float(self.model.optimizer.learning_rate))


@pytest.mark.slow
def test_one_cycle_spans_the_whole_fit(data):
    watch = LearningRates()
    small(
        learning_rate="one_cycle",
        peak_learning_rate=0.05,
        epochs=10,
        batch_size=30,
        validation_split=0,
        early_stopping=False,
        callbacks=[watch],
    ).fit(*data)

    assert np.argmax(watch.rates) == 2, "the peak is after three of ten epochs"
    assert watch.rates[2] == pytest.approx(0.05, rel=0.05)
    assert watch.rates[-1] == pytest.approx(0, abs=1e-9)


@pytest.mark.slow
def test_the_length_of_the_cycle_is_that_of_the_training_part(data):
    classifier = small(learning_rate="one_cycle", validation_split=0.25, batch_size=50)
    config = classifier.fit(*data).model_.optimizer.get_config()["learning_rate"]["config"]

    assert config["decay_steps"] + config["warmup_steps"] == 3 * 6  # 300 of 400 rows


@pytest.mark.slow
def test_a_grid_over_peaks_compiles_once(data):
    fitting.store.clear()
    for peak in (0.001, 0.01, 0.1):
        small(learning_rate="one_cycle", peak_learning_rate=peak).fit(*data)

    assert len([name for name in fitting.store.names if name.startswith("train,")]) == 1


@pytest.mark.slow
def test_the_peak_decides_where_one_cycle_is_asked_for(data):
    def weights(**parameters):
        return small(**parameters).fit(*data).model_.get_weights()[0]

    low, high = (weights(learning_rate="one_cycle", peak_learning_rate=p) for p in (0.001, 0.05))

    assert not np.allclose(low, high, atol=1e-3)
    np.testing.assert_array_equal(weights(peak_learning_rate=0.001), weights())


def test_a_learning_rate_by_an_unknown_name(data):
    with pytest.raises(ValueError, match=r"'learning_rate' parameter of MLPClassifier.*one_cycle"):
        small(learning_rate="two_cycles").fit(*data)


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("peak_learning_rate", 0),
        ("label_smoothing", 1.0),
        ("weight_averaging", 1.0),
        ("weight_decay", -0.1),
    ],
)
def test_settings_out_of_range(data, parameter, value):
    with pytest.raises(ValueError, match=f"The '{parameter}' parameter of MLPClassifier"):
        small(**{parameter: value}).fit(*data)


@pytest.mark.slow
def test_smoothed_labels_make_probabilities_modest(data):
    X, y = data
    sure = small(epochs=40, learning_rate=0.02).fit(X, y)
    modest = small(epochs=40, learning_rate=0.02, label_smoothing=0.3).fit(X, y)

    assert np.median(sure.predict_proba(X).max(axis=1)) > 0.95
    assert np.median(modest.predict_proba(X).max(axis=1)) < 0.9
    assert modest.score(X, y) > 0.95


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", ["sgd", "adamw", keras.optimizers.SGD(weight_decay=0.1)])
def test_weights_decay_by_their_share_of_each_step(data, optimizer):
    """Samples of zeros give no gradient to the first layer's weights: they decay alone."""
    X, y = data
    settings = {"epochs": 2, "batch_size": 100, "validation_split": 0, "early_stopping": False}
    first = []

    class Begin(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            first.append(self.model.get_weights()[0])

    network = small(
        **settings,
        optimizer=optimizer,
        learning_rate=0.5,
        weight_decay=0.02,
        callbacks=[Begin()],
    ).fit(np.zeros_like(X), y)

    left = (1 - 0.5 * 0.02) ** int(network.model_.optimizer.iterations)
    np.testing.assert_allclose(network.model_.get_weights()[0], left * first[0], rtol=1e-5)


@pytest.mark.slow
def test_a_network_keeps_its_averaged_weights(data):
    """The average of Polyak and Juditsky, worked out beside a training that keeps its last."""
    X, y = data
    by_step = []

    class Steps(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            by_step.append(self.model.get_weights())

    everything = {"validation_split": 0, "early_stopping": False, "batch_size": 100}
    small(**everything, callbacks=[Steps()]).fit(X, y)
    average = by_step[0]
    for weights in by_step[1:]:
        average = [0.9 * a + 0.1 * w for a, w in zip(average, weights, strict=True)]

    averaged = small(**everything, weight_averaging=0.9).fit(X, y)

    for got, wanted in zip(averaged.model_.get_weights(), average, strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-6)


@pytest.mark.slow
def test_held_out_scores_are_those_of_averaged_weights(data, tmp_path):
    spy = Spy()
    path = tmp_path / "best.keras"
    averaged = small(
        epochs=6, weight_averaging=0.9, callbacks=[spy], checkpoint_path=path, learning_rate=0.01
    ).fit(*data)
    best = int(np.argmin(averaged.history_["val_loss"]))

    for got, wanted in zip(averaged.model_.get_weights(), spy.weights[best], strict=True):
        np.testing.assert_array_equal(got, wanted)
    from_disk = keras.models.load_model(path).get_weights()
    for got, wanted in zip(from_disk, spy.weights[best], strict=True):
        np.testing.assert_array_equal(got, wanted)


@pytest.mark.slow
@pytest.mark.parametrize("early_stopping", [True, False])
def test_averaged_weights_stay_where_a_callback_stops_the_training(data, early_stopping):
    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.stop_training = epoch == 1

    def fit(callbacks, epochs):
        return small(
            epochs=epochs,
            weight_averaging=0.9,
            callbacks=callbacks,
            early_stopping=early_stopping,
            learning_rate=0.01,
        ).fit(*data)

    stopped, run_out = fit([Stop()], epochs=9), fit([], epochs=2)

    assert stopped.n_iter_ == 2
    for one, other in zip(stopped.model_.get_weights(), run_out.model_.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
