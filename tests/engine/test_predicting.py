from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest
import tensorflow as tf

from skcnn import build_cnn, build_mlp
from skcnn._engine.predicting import ForwardPass
from skcnn._engine.programs import Program


@pytest.fixture(scope="module")
def model():
    return build_cnn((8, 8, 1), 3)


@pytest.mark.parametrize("n", [1, 999, 1000, 2345])
def test_outputs_are_those_of_keras(model, n):
    x = np.random.default_rng(n).random((n, 8, 8, 1), dtype=np.float32)
    outputs = ForwardPass(model, (8, 8, 1))(x)

    assert outputs.dtype == np.float32
    np.testing.assert_allclose(outputs, model.predict(x, verbose=0), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.uint8, np.float64, np.int32])
def test_samples_are_cast_to_what_the_model_wants(model, dtype):
    x = np.random.default_rng(0).integers(0, 255, (10, 8, 8, 1)).astype(dtype)
    forward = ForwardPass(model, (8, 8, 1))

    np.testing.assert_array_equal(forward(x), forward(x.astype(np.float32)))


@pytest.mark.parametrize("n", [2, 7, 14, 20, 33, 127])
@pytest.mark.parametrize(
    ("network", "shape"),
    [
        (lambda: build_mlp((784,), 10), (784,)),
        (lambda: build_mlp((7,), 3, hidden_units=(100,)), (7,)),
        (lambda: build_cnn((9, 11, 3), 3), (9, 11, 3)),
    ],
    ids=["digits", "numbers", "images"],
)
def test_what_a_small_network_gives_for_a_sample_does_not_depend_on_its_place(network, shape, n):
    """Without AVX-512, TensorFlow computes the last rows of a batch in another way."""
    x = np.random.default_rng(0).random((1, *shape), dtype=np.float32)
    outputs = ForwardPass(network(), shape)(np.repeat(x, n, axis=0))

    assert (outputs == outputs[0]).all()


def test_dropout_is_off_and_weights_are_read_at_each_call(model):
    x = np.ones((4, 8, 8, 1), np.float32)
    forward = ForwardPass(model, (8, 8, 1))
    before = forward(x)
    np.testing.assert_array_equal(before, forward(x))
    weights = model.get_weights()
    try:
        model.set_weights([weight * 2 for weight in weights])
        assert not np.array_equal(before, forward(x))
    finally:
        model.set_weights(weights)


def test_many_threads_may_predict_at_once(model):
    x = np.random.default_rng(0).random((64, 8, 8, 1), dtype=np.float32)
    forward = ForwardPass(model, (8, 8, 1))
    expected = forward(x)
    with ThreadPoolExecutor(8) as pool:
        for outputs in pool.map(forward, [x] * 40):
            np.testing.assert_array_equal(outputs, expected)


def _by_turns(x):
    return tf.map_fn(lambda row: row * 2, x)


def _one_way_or_the_other(x):
    return tf.cond(tf.reduce_sum(x) > 0, lambda: x, lambda: -x)


def test_operations_in_order_give_what_a_pool_of_threads_gives(model):
    x = tf.random.stateless_uniform((32, 8, 8, 1), [0, 1])
    spec = tf.TensorSpec([None, 8, 8, 1], tf.float32)
    ways = [
        Program(model, lambda x: [model(x)], [spec], in_order=in_order).bind(model)
        for in_order in (False, True)
    ]

    np.testing.assert_array_equal(*(way(x)[0] for way in ways))


@pytest.mark.parametrize(
    "layer",
    [
        keras.layers.LSTM(3),
        keras.layers.GRU(3, return_sequences=True),
        keras.layers.Bidirectional(keras.layers.SimpleRNN(2)),
        keras.layers.Lambda(_by_turns),
        keras.layers.Lambda(_one_way_or_the_other),
    ],
    ids=lambda layer: layer.name,
)
def test_networks_with_loops_and_branches_predict_too(layer):
    model = keras.Sequential([keras.Input((5, 4)), layer])
    x = np.random.default_rng(0).random((7, 5, 4), dtype=np.float32)

    np.testing.assert_allclose(
        ForwardPass(model, (5, 4))(x), model.predict(x, verbose=0), rtol=1e-5, atol=1e-6
    )


def test_the_pass_survives_batch_normalization_without_changing_it():
    model = keras.Sequential([keras.Input((4,)), keras.layers.BatchNormalization()])
    before = model.get_weights()
    ForwardPass(model, (4,))(np.random.default_rng(0).random((20, 4), dtype=np.float32))

    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
