import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

from skcnn import RandomAffine, build_cnn, build_mlp
from skcnn._engine.augmenting import Affine, KerasLayers, Unchanged
from skcnn._engine.feeding import TrainingData, epoch_draws
from skcnn._engine.fitting import Training, create_variables, train
from skcnn._engine.models import count_outputs
from skcnn._engine.seeding import seeded


def make_model(build=build_mlp, shape=(12,), **compile_arguments):
    with seeded(0):
        model = build(shape, 3, dropout=0.2)
    arguments = {"optimizer": "adam", "loss": "categorical_crossentropy", "metrics": ["accuracy"]}
    model.compile(**(arguments | compile_arguments))
    return model


def make_data(n=70, shape=(12,), *, dtype=np.float32, weighted=False, held_out=0):
    rng = np.random.default_rng(0)
    x = rng.random((n, *shape))
    x = (x * 255).astype(dtype) if dtype == np.uint8 else x.astype(dtype)
    y = np.eye(3, dtype=np.float32)[rng.integers(3, size=n)]
    weight = rng.random(n).astype(np.float32) if weighted else None
    rows = rng.permutation(n)
    return TrainingData(x, y, weight, rows[held_out:])


def rest_of(data):
    """Return the rows that are held out, or None."""
    rest = np.setdiff1d(np.arange(len(data.x)), data.rows)
    return dataclasses.replace(data, rows=rest) if len(rest) else None


def run(model, data, **arguments):
    create_variables(model, data)
    settings = {"batch_size": 16, "epochs": 3, "seed": 5, "held_out": rest_of(data)} | arguments
    return train(Training(model, data, **settings))


def train_with_keras(model, data, *, batch_size=16, epochs=3, seed=5):
    """Do what `train` does with `keras.Model.fit`, an epoch at a time."""

    def arrays(rows):
        weight = None if data.sample_weight is None else data.sample_weight[rows]
        return data.x[rows], data.y[rows], weight

    history, held_out = {}, rest_of(data)
    for number in range(epochs):
        x, y, weight = arrays(epoch_draws(data.rows, seed, number).rows)
        epoch = model.fit(
            x,
            y,
            sample_weight=weight,
            batch_size=batch_size,
            shuffle=False,
            verbose=0,
            validation_data=None if held_out is None else arrays(held_out.rows),
        )
        for name, values in epoch.history.items():
            history.setdefault(name, []).extend(values)
    return history


def assert_same_weights(one, other, *, exactly=False):
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        if exactly:
            np.testing.assert_array_equal(a, b)
        else:
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("weighted", [False, True], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("held_out", [0, 20])
def test_training_is_keras_own(weighted, held_out):
    data = make_data(weighted=weighted, held_out=held_out)
    ours, keras_own = make_model(), make_model()

    history = run(ours, data)
    expected = train_with_keras(keras_own, data)

    assert_same_weights(ours, keras_own)
    assert history.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_allclose(history[name], values, rtol=1e-4, err_msg=name)


@pytest.mark.slow
def test_training_is_keras_own_with_schedule_regularizer_and_batch_normalization():
    def build():
        with seeded(0):
            model = keras.Sequential(
                [
                    keras.Input((12,)),
                    keras.layers.Dense(8, "relu", kernel_regularizer="l2"),
                    keras.layers.BatchNormalization(),
                    keras.layers.Dense(3, "softmax"),
                ]
            )
        schedule = keras.optimizers.schedules.CosineDecay(0.05, 15)
        model.compile(keras.optimizers.SGD(schedule, momentum=0.9), "categorical_crossentropy")
        return model

    data, ours, keras_own = make_data(), build(), build()
    run(ours, data)
    train_with_keras(keras_own, data)

    assert_same_weights(ours, keras_own)


def test_a_model_with_its_own_train_step_keeps_it():
    class Frozen(keras.Sequential):
        def train_step(self, data):
            return {"loss": tf.constant(1.0)}

    model = Frozen([keras.Input((12,)), keras.layers.Dense(3, "softmax")])
    model.compile("adam", "categorical_crossentropy")
    before = model.get_weights()
    run(model, make_data())

    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


class BatchCounter(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.calls = []

    def on_train_batch_end(self, batch, logs=None):
        self.calls.append((batch, logs["loss"]))


@pytest.mark.slow
def test_callbacks_that_hear_of_batches_get_them_with_the_same_result():
    data, counter = make_data(held_out=10), BatchCounter()
    ours, stepwise = make_model(), make_model()

    history = run(ours, data)
    stepwise_history = run(stepwise, data, callbacks=[counter])

    assert [batch for batch, _ in counter.calls] == [0, 1, 2, 3] * 3
    assert all(loss > 0 for _, loss in counter.calls)
    assert_same_weights(ours, stepwise)
    np.testing.assert_allclose(history["val_loss"], stepwise_history["val_loss"], rtol=1e-4)


def test_a_model_that_runs_eagerly_is_trained_eagerly():
    eagerly = []

    class Spy(keras.layers.Layer):
        def call(self, x):
            eagerly.append(tf.executing_eagerly())
            return x

    with seeded(0):
        model = keras.Sequential([keras.Input((12,)), Spy(), keras.layers.Dense(3, "softmax")])
    model.compile("adam", "categorical_crossentropy", run_eagerly=True)
    data = make_data()
    create_variables(model, data)
    eagerly.clear()
    train(Training(model, data, batch_size=16, epochs=1, seed=0))

    assert eagerly == [True] * 5


class Recorder(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.events = []

    def on_train_begin(self, logs=None):
        self.events.append(("train begin", self.params["epochs"], self.params["steps"]))

    def on_epoch_begin(self, epoch, logs=None):
        self.events.append(("epoch begin", epoch))

    def on_test_begin(self, logs=None):
        self.events.append("test begin")

    def on_test_end(self, logs=None):
        self.events.append(("test end", sorted(logs)))

    def on_epoch_end(self, epoch, logs=None):
        self.events.append(("epoch end", epoch, sorted(logs)))
        self.model.stop_training = epoch == 1

    def on_train_end(self, logs=None):
        self.events.append("train end")


@pytest.mark.slow
def test_epoch_callbacks_are_called_as_fit_calls_them():
    recorder = Recorder()
    history = run(make_model(), make_data(held_out=10), callbacks=[recorder], epochs=5)

    scores = ["accuracy", "loss", "val_accuracy", "val_loss"]
    epochs = [
        event
        for epoch in (0, 1)
        for event in [
            ("epoch begin", epoch),
            "test begin",
            ("test end", ["accuracy", "loss"]),
            ("epoch end", epoch, scores),
        ]
    ]
    assert recorder.events == [("train begin", 5, 4), *epochs, "train end"]
    assert len(history["loss"]) == 2


def test_what_callbacks_add_to_the_logs_is_history():
    schedule = keras.callbacks.LearningRateScheduler(lambda epoch: 0.1 / (epoch + 1))
    history = run(make_model(), make_data(), callbacks=[schedule])

    np.testing.assert_allclose(history["learning_rate"], [0.1, 0.05, 0.1 / 3], rtol=1e-6)


@pytest.mark.slow
def test_averaged_weights_are_put_in_place_at_the_end():
    plain = make_model(optimizer=keras.optimizers.Adam(0.1))
    averaged = make_model(optimizer=keras.optimizers.Adam(0.1, use_ema=True, ema_momentum=0.9))
    data = make_data()
    run(plain, data)
    run(averaged, data)

    assert not np.allclose(plain.get_weights()[0], averaged.get_weights()[0])


@pytest.mark.slow
def test_the_seed_alone_decides_the_order():
    data = make_data()
    first, second, other = make_model(), make_model(), make_model()
    run(first, data)
    tf.random.set_seed(99)
    np.random.seed(99)
    run(second, data)
    run(other, data, seed=6)

    assert_same_weights(first, second, exactly=True)
    assert not np.array_equal(first.get_weights()[0], other.get_weights()[0])


def test_tensorflows_random_state_is_left_alone():
    data = make_data()
    tf.random.set_seed(4)
    expected = tf.random.uniform((3,)).numpy()
    tf.random.set_seed(4)
    run(make_model(), data)

    np.testing.assert_array_equal(tf.random.uniform((3,)).numpy(), expected)


@pytest.mark.slow
def test_bytes_are_cast_batch_by_batch():
    bytes_model, float_model = make_model(build_cnn, (4, 4, 1)), make_model(build_cnn, (4, 4, 1))
    data = make_data(shape=(4, 4, 1), dtype=np.uint8)
    floats = dataclasses.replace(data, x=data.x.astype(np.float32))
    run(bytes_model, data)
    run(float_model, floats)

    assert_same_weights(bytes_model, float_model, exactly=True)


def test_a_model_may_want_bytes_itself():
    model = keras.Sequential(
        [keras.Input((12,), dtype="uint8"), keras.layers.Rescaling(1 / 255), keras.layers.Dense(3)]
    )
    model.compile("adam", keras.losses.CategoricalCrossentropy(from_logits=True))

    assert run(model, make_data(dtype=np.uint8))["loss"][-1] < 5


def test_a_diverging_training_says_so():
    data, model = make_data(dtype=np.uint8), make_model(optimizer=keras.optimizers.SGD(1e30))

    with pytest.raises(ValueError, match=r"loss became (nan|inf) in epoch \d.*PixelScaler"):
        run(model, data)


@pytest.mark.parametrize(("verbose", "expected"), [(0, ""), (2, "Epoch 1/3")])
def test_verbose_prints_what_keras_prints(verbose, expected, capsys):
    run(make_model(), make_data(), verbose=verbose)

    assert capsys.readouterr().out.startswith(expected)
    assert (verbose == 0) == (expected == "")


def test_silent_training_prints_nothing(capfd):
    run(make_model(), make_data())

    assert capfd.readouterr() == ("", "")


def test_outputs_are_counted_and_weights_made():
    model = keras.Sequential([keras.layers.Dense(7)])

    assert count_outputs(model, np.zeros((5, 4), np.float32)) == 7
    assert model.built


@pytest.mark.parametrize(
    ("network", "received"),
    [
        (lambda x: keras.layers.Reshape((4, 3))(x), r"shape \(n, \*\(4, 3\)\)"),
        (lambda x: [keras.layers.Dense(2)(x), keras.layers.Dense(2)(x)], "several outputs"),
    ],
)
def test_networks_without_one_row_a_sample_are_refused(network, received):
    inputs = keras.Input((12,))
    model = keras.Model(inputs, network(inputs))

    with pytest.raises(ValueError, match=received):
        count_outputs(model, np.zeros((5, 12), np.float32))


# --- callbacks that work by the epoch, and what is left to keras.Model.fit ----------------------


@pytest.fixture
def fits_by_keras(monkeypatch):
    """Return the list of models that were handed to keras.Model.fit."""
    models = []
    fit = keras.Model.fit

    def spy(model, *arguments, **settings):
        models.append(model)
        return fit(model, *arguments, **settings)

    monkeypatch.setattr(keras.Model, "fit", spy)
    return models


def test_keras_own_epoch_callbacks_take_the_fast_path(fits_by_keras, tmp_path):
    run(
        make_model(),
        make_data(held_out=20),
        callbacks=[
            keras.callbacks.EarlyStopping(restore_best_weights=True),
            keras.callbacks.ModelCheckpoint(tmp_path / "best.keras", save_best_only=True),
            keras.callbacks.LearningRateScheduler(lambda epoch: 0.01),
            keras.callbacks.ReduceLROnPlateau(),
            keras.callbacks.CSVLogger(tmp_path / "log.csv"),
            keras.callbacks.TerminateOnNaN(),
            keras.callbacks.TensorBoard(tmp_path / "board"),
            keras.callbacks.BackupAndRestore(tmp_path / "backup"),
        ],
    )

    assert fits_by_keras == []
    assert (tmp_path / "best.keras").exists()
    assert len((tmp_path / "log.csv").read_text().splitlines()) == 4
    assert {path.name for path in (tmp_path / "board").iterdir()} == {"train", "validation"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "callback",
    [
        lambda folder: BatchCounter(),
        lambda folder: keras.callbacks.ModelCheckpoint(folder / "at_{batch}.keras", save_freq=2),
        lambda folder: keras.callbacks.TensorBoard(folder, update_freq="batch"),
    ],
    ids=["own", "checkpoint", "tensorboard"],
)
def test_callbacks_that_need_batches_are_left_to_keras(fits_by_keras, tmp_path, callback):
    model = make_model()
    run(model, make_data(), callbacks=[callback(tmp_path)])

    assert fits_by_keras == [model]


@pytest.mark.slow
@pytest.mark.parametrize("weighted", [False, True])
def test_what_is_left_to_keras_gives_the_same(weighted):
    data = make_data(weighted=weighted, held_out=20)
    ours, keras_own = make_model(), make_model()

    history = run(ours, data)
    expected = run(keras_own, data, callbacks=[BatchCounter()])

    assert_same_weights(ours, keras_own)
    assert history.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_allclose(history[name], values, rtol=1e-4, err_msg=name)


@pytest.mark.slow
def test_a_fit_of_the_models_own_is_called():
    class Own(keras.Sequential):
        def fit(self, *arguments, **settings):
            self.fitted = settings["epochs"]
            return super().fit(*arguments, **settings)

    model = Own([keras.Input((12,)), keras.layers.Dense(3, "softmax")])
    model.compile("adam", "categorical_crossentropy")

    assert len(run(model, make_data())["loss"]) == model.fitted == 3


class Broken(keras.callbacks.Callback):
    """Spoil the weights at the end of the first epoch."""

    def on_epoch_end(self, epoch, logs=None):
        if epoch == 0:
            self.model.set_weights([w * np.nan for w in self.model.get_weights()])


def test_terminate_on_nan_ends_the_training_and_the_best_weights_come_back():
    stopping = keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)
    callbacks = [stopping, Broken(), keras.callbacks.TerminateOnNaN()]
    model = make_model()
    history = run(model, make_data(held_out=20), epochs=6, callbacks=callbacks)

    assert len(history["loss"]) == 2
    assert np.isnan(history["loss"][1])
    assert np.isfinite(model.get_weights()[0]).all()


def test_terminate_on_nan_without_weights_to_come_back_to_is_a_divergence():
    with pytest.raises(ValueError, match="weights that are no finite numbers"):
        run(make_model(), make_data(), callbacks=[Broken(), keras.callbacks.TerminateOnNaN()])


@pytest.mark.slow
@pytest.mark.parametrize("callbacks", [[], [BatchCounter()]], ids=["program", "keras"])
def test_a_divergence_is_told_on_both_paths(callbacks):
    with pytest.raises(ValueError, match="loss became nan in epoch 2"):
        run(make_model(), make_data(), callbacks=[Broken(), *callbacks])


# --- beginning at a later epoch -----------------------------------------------------------------


def flip():
    with seeded(3):
        return KerasLayers([keras.layers.RandomFlip(), keras.layers.RandomTranslation(0.2, 0.2)])


@pytest.mark.slow
@pytest.mark.parametrize("callbacks", [[], [BatchCounter()]], ids=["program", "keras"])
@pytest.mark.parametrize(
    "augmenter",
    [Unchanged, lambda: Affine(RandomAffine(0.1, 17.0, 0.1, 0.1)), flip],
    ids=["no", "affine", "keras"],
)
def test_a_training_that_begins_later_is_the_tail_of_the_whole(callbacks, augmenter):
    data = make_data(shape=(8, 8, 1), held_out=10)

    def make():
        with seeded(0):
            model = build_cnn((8, 8, 1), 3, filters=4, dropout=0, dense_dropout=0)
        model.compile(keras.optimizers.SGD(0.1), "categorical_crossentropy")
        return model

    whole, begun, resumed = make(), make(), make()
    expected = run(whole, data, epochs=5, augmenter=augmenter(), callbacks=callbacks)
    run(begun, data, epochs=2, augmenter=augmenter(), callbacks=callbacks)
    create_variables(resumed, data)
    resumed.set_weights(begun.get_weights())
    history = run(
        resumed, data, first_epoch=2, epochs=5, augmenter=augmenter(), callbacks=callbacks
    )

    assert_same_weights(whole, resumed, exactly=True)
    assert history == {name: values[2:] for name, values in expected.items()}


@pytest.mark.slow
@pytest.mark.parametrize("augmenter", [Unchanged, flip], ids=["no", "keras"])
def test_both_paths_see_the_same_samples_in_each_epoch(augmenter):
    data = make_data(shape=(8, 8, 1))
    seen = []

    class Watched(Unchanged):
        kind = None

        def __init__(self, inner):
            self.inner = inner

        def begin(self, seed):
            self.inner.begin(seed)

        def __call__(self, x, seed, settings):
            x = self.inner(x, seed, settings)
            tf.py_function(lambda *place_and_x: seen.append(place_and_x), [seed[1], x], [])
            return x

    def samples(callbacks):
        model = make_model(build_cnn, (8, 8, 1))
        create_variables(model, data)
        inner = augmenter()
        seen.clear()
        settings = {"batch_size": 16, "epochs": 3, "seed": 5, "first_epoch": 1}
        train(Training(model, data, augmenter=Watched(inner), callbacks=callbacks, **settings))
        n_batches = 2 * 5  # Keras looks at some more before it begins
        return np.concatenate([x for _, x in seen[-n_batches:]])

    np.testing.assert_allclose(samples([]), samples([BatchCounter()]), atol=1e-6)
