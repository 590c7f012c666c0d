"""What programs compute in place of Keras' own code gives the same numbers."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from skcnn._engine import keras_internals
from skcnn._engine.feeding import TrainingData
from skcnn._engine.fitting import Training, create_variables, train
from skcnn._engine.kernels import bound_to, layers_of, settings_of
from skcnn._engine.seeding import seeded

RENORM = pytest.param(
    {"renorm": True},
    marks=pytest.mark.skipif(
        not hasattr(keras.layers.BatchNormalization(), "renorm"), reason="Keras before 3.14"
    ),
)


def network(*layers, optimizer="adam"):
    with seeded(0):
        model = keras.Sequential([keras.Input((8,)), *layers])
    model.compile(optimizer, "mse")
    model.optimizer.build(model.trainable_variables)
    return model


@pytest.mark.parametrize("rate", [0.1, 0.25, 1 / 3, 0.9])
@pytest.mark.parametrize("noise_shape", [None, (None, 1), (1, 8)])
def test_dropout_draws_the_masks_of_keras(rate, noise_shape):
    x = tf.random.stateless_normal((50, 8), (1, 2))
    keras_own = network(keras.layers.Dropout(rate, noise_shape, seed=4))
    ours = network(keras.layers.Dropout(rate, noise_shape, seed=4))

    for _ in range(2):
        with bound_to(ours, settings_of(ours)):
            got = ours(x, training=True)
        np.testing.assert_array_equal(got, keras_own(x, training=True))
    with bound_to(ours, settings_of(ours)):
        np.testing.assert_array_equal(ours(x, training=False), x)


def test_dropout_is_found_wherever_it_stands_and_left_as_it_was():
    inner = keras.Sequential([keras.layers.Dropout(0.3)])
    model = network(
        keras.layers.Dropout(0.0),
        inner,
        keras.layers.GaussianDropout(0.5),
        keras.layers.Dropout(0.4),
    )

    np.testing.assert_allclose(settings_of(model)[0], [[0.3, 1 / 0.7], [0.4, 1 / 0.6]])
    with bound_to(model, settings_of(model)):
        pass
    for layer in layers_of(model, keras.layers.Dropout):
        assert "call" not in vars(layer)
    assert not {"update_step", "_all_reduce_sum_gradients"} & vars(model.optimizer).keys()


@pytest.mark.slow
@pytest.mark.parametrize(
    "optimizer",
    [
        keras.optimizers.Adam(0.01),
        keras.optimizers.Adam(0.01, beta_1=0.5, beta_2=0.9, epsilon=1e-3),
        keras.optimizers.Adam(0.01, amsgrad=True),
        keras.optimizers.Adam(0.01, clipnorm=0.1),
        keras.optimizers.Adam(0.01, gradient_accumulation_steps=2),
        keras.optimizers.AdamW(0.01, weight_decay=0.1),
        keras.optimizers.SGD(0.01, momentum=0.9),
        keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.01)),
    ],
    ids=lambda optimizer: optimizer.name,
)
def test_updates_are_those_of_keras(optimizer):
    def updated(in_place_of_keras):
        fresh = type(optimizer).from_config(optimizer.get_config())
        model = network(
            keras.layers.Dense(4, kernel_initializer="ones"),
            keras.layers.Dense(2, kernel_initializer="ones"),
            optimizer=fresh,
        )

        @tf.function(autograph=False)
        def step(seed):
            gradients = [
                tf.random.stateless_normal(w.shape, seed) * 40 for w in model.trainable_weights
            ]
            fresh.apply(gradients, model.trainable_weights)

        for number in range(5):
            if in_place_of_keras:
                with bound_to(model, settings_of(model)):
                    step(tf.constant([number, 7]))
            else:
                step(tf.constant([number, 7]))
        return [*model.get_weights(), *(v.numpy() for v in fresh.variables)]

    for ours, keras_own in zip(updated(True), updated(False), strict=True):
        np.testing.assert_allclose(ours, keras_own, rtol=2e-5, atol=1e-6)


def test_sparse_gradients_are_updated_by_keras():
    def updated(in_place_of_keras):
        with seeded(0):
            model = keras.Sequential([keras.Input((3,)), keras.layers.Embedding(6, 2)])
        model.compile("adam", "mse")
        model.optimizer.build(model.trainable_variables)

        def step():
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(model(tf.constant([[1, 2, 2]])) ** 2)
            model.optimizer.apply(tape.gradient(loss, model.trainable_weights))

        if in_place_of_keras:
            with bound_to(model, settings_of(model)):
                step()
        else:
            step()
        return model.get_weights()[0]

    np.testing.assert_allclose(updated(True), updated(False), rtol=1e-6)


@pytest.mark.parametrize(
    "shape", [(50, 6), (20, 5, 4, 6), (1, 6)], ids=["rows", "images", "one row"]
)
@pytest.mark.parametrize("settings", [{}, {"scale": False}, {"center": False, "momentum": 0.5}])
def test_batch_normalization_is_that_of_keras(shape, settings):
    x = tf.random.stateless_normal(shape, (1, 2)) * 3 + 5
    keras_own, ours = (
        keras.Sequential([keras.Input(shape[1:]), keras.layers.BatchNormalization(**settings)])
        for _ in range(2)
    )
    for model in (keras_own, ours):
        model.compile("adam", "mse")

    for _ in range(2):
        with bound_to(ours, settings_of(ours)):
            got = ours(x, training=True)
        np.testing.assert_allclose(got, keras_own(x, training=True), rtol=1e-4, atol=1e-5)
    for one, other in zip(ours.get_weights(), keras_own.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5)


def test_batch_normalization_in_16_bits_keeps_its_own_numbers_in_32():
    x = tf.random.stateless_normal((20, 5, 4, 6), (1, 2)) * 3 + 5
    settings = [{}, {"dtype": "mixed_bfloat16"}]
    whole, half = (
        keras.Sequential([keras.Input(x.shape[1:]), keras.layers.BatchNormalization(**one)])
        for one in settings
    )
    weights = [np.linspace(0.9, 1.1, 6), np.linspace(-1, 1, 6), np.ones(6), np.ones(6)]
    for model in (whole, half):
        model.compile("adam", "mse")
        model.set_weights(weights)

    with bound_to(half, settings_of(half)):
        got = half(tf.cast(x, tf.bfloat16), training=True)
    expected = whole(tf.cast(tf.cast(x, tf.bfloat16), tf.float32), training=True)

    assert got.dtype == tf.bfloat16
    np.testing.assert_allclose(tf.cast(got, tf.float32), expected, rtol=2**-8, atol=1e-4)
    for one, other in zip(half.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4)


@pytest.mark.parametrize(
    "settings",
    [
        RENORM,
        {"axis": 1},
        {"trainable": False},
        {"dtype": "mixed_float16"},
        {"dtype": "bfloat16"},
    ],
)
def test_batch_normalization_of_other_sorts_is_left_to_keras(settings):
    x = tf.random.stateless_normal((20, 5, 4, 6), (1, 2)) * 3 + 5
    keras_own, ours = (
        keras.Sequential([keras.Input(x.shape[1:]), keras.layers.BatchNormalization(**settings)])
        for _ in range(2)
    )
    ours.compile("adam", "mse")

    with bound_to(ours, settings_of(ours)):
        got = ours(x, training=True)

    np.testing.assert_allclose(got, keras_own(x, training=True), rtol=1e-5, atol=1e-5)
    for one, other in zip(ours.get_weights(), keras_own.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5)


def test_a_step_works_out_its_learning_rate_once_for_all_weights():
    schedule = keras.optimizers.schedules.CosineDecay(0.01, 6, warmup_target=0.03, warmup_steps=2)
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=0.1)
    model = network(keras.layers.Dense(4), keras.layers.Dense(2), optimizer=optimizer)
    settings = settings_of(model)

    @tf.function(autograph=False)
    def step():
        with bound_to(model, settings):
            optimizer.apply([tf.ones(w.shape) for w in model.trainable_weights])

    operations = step.get_concrete_function().graph.get_operations()
    assert sum(operation.type in ("If", "StatelessIf") for operation in operations) == 1


@pytest.mark.parametrize("warmup", [{}, {"warmup_target": 0.03, "warmup_steps": 4}])
@pytest.mark.parametrize("wrap", [lambda o: o, keras.optimizers.LossScaleOptimizer])
def test_a_cosine_schedule_whose_numbers_are_fed_in_is_that_of_keras(warmup, wrap):
    schedule = keras.optimizers.schedules.CosineDecay(0.01, 6, alpha=0.1, **warmup)
    optimizer = wrap(keras.optimizers.Adam(schedule))
    model = network(keras.layers.Dense(2), optimizer=optimizer)
    inner = getattr(optimizer, "inner_optimizer", optimizer)

    for step in range(12):
        inner.iterations.assign(step)
        with bound_to(model, settings_of(model)):
            got = inner.learning_rate
        np.testing.assert_allclose(got, schedule(step), rtol=1e-6)
    assert "_get_current_learning_rate" not in vars(inner)


def test_a_layer_of_keras_before_it_knew_renorm_does_not_renormalize():
    class Older:
        """Like a ``BatchNormalization`` of Keras 3.10."""

    assert not keras_internals.renormalizes(Older())


def test_batch_normalization_works_where_keras_has_no_renorm(monkeypatch):
    model = network(keras.layers.BatchNormalization())
    layer = model.layers[0]
    vars(layer).pop("renorm", None)
    x = tf.random.stateless_normal((20, 8), (1, 2)) * 3 + 5

    with bound_to(model, settings_of(model)):
        got = model(x, training=True)

    np.testing.assert_allclose(tf.reduce_mean(got, axis=0), np.zeros(8), atol=1e-5)


# --- what an object has of its own --------------------------------------------------------------


def trained(with_own_methods, *, by_keras):
    """Return the weights after an epoch of a network some of whose methods are its own."""
    with seeded(0):
        model = network(
            keras.layers.Dense(4),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.5, seed=1),
            keras.layers.Dense(1),
            optimizer=keras.optimizers.Adam(0.1),
        )
    dense, normalization, dropout, _ = model.layers
    methods = with_own_methods(dense, normalization, dropout, model.optimizer)
    rng = np.random.default_rng(0)
    data = TrainingData(
        rng.random((64, 8), dtype=np.float32),
        rng.random((64, 1), dtype=np.float32),
        None,
        np.arange(64),
    )
    create_variables(model, data)
    train(Training(model, data, 64, 2, 0, callbacks=[HearsOfBatches()] if by_keras else []))
    for owner, name, method in methods:
        assert vars(owner)[name] is method, "it is still there"
    return model.get_weights()


class HearsOfBatches(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        """Make training go by ``keras.Model.fit``."""


def own_methods(dense, normalization, dropout, optimizer):
    """Let each compute something else than its class does."""
    methods = [
        (normalization, "call", lambda x, training=None, mask=None: 3 * x),
        (dropout, "call", lambda x, training=None: x + 1),
        (optimizer, "update_step", lambda grad, w, rate: w.assign_sub(0.01 * grad)),
    ]
    for owner, name, method in methods:
        vars(owner)[name] = method
    return methods


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Gradients do not exist")
def test_methods_that_objects_have_of_their_own_are_honoured_and_kept():
    ours, keras_own = (trained(own_methods, by_keras=by_keras) for by_keras in (False, True))
    plain = trained(lambda *parts: [], by_keras=False)

    for one, other in zip(ours, keras_own, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
    assert not np.allclose(ours[0], plain[0])


def test_what_is_replaced_comes_back_even_after_an_error():
    model = network(keras.layers.Dense(1), optimizer=keras.optimizers.SGD())
    sums = keras_internals.SUM_OVER_REPLICAS
    own = vars(model.optimizer)[sums] = lambda gradients: gradients

    def fail():
        with bound_to(model, settings_of(model)):
            assert vars(model.optimizer)[sums] is not own
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert vars(model.optimizer)[sums] is own
