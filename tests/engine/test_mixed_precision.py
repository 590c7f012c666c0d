"""Training in 16 bits: which layers, which gradients, on which processors."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from skcnn._engine import mixed_precision
from skcnn._engine.feeding import TrainingData
from skcnn._engine.fitting import Training, create_variables, train
from skcnn._engine.mixed_precision import in_16_bits, multiplies_16_bits_fast
from skcnn._engine.seeding import seeded

FLAGS = "processor\t: 0\nmodel name\t: some\nflags\t\t: fpu avx512f {} amx_tile\nbugs\t: none\n"


def network(activation="relu", side=8):
    with seeded(0):
        model = keras.Sequential(
            [
                keras.Input((side, side, 1)),
                keras.layers.Rescaling(1 / 16),
                keras.layers.Conv2D(8, 3, padding="same", use_bias=False),
                keras.layers.MaxPooling2D(),
                keras.layers.BatchNormalization(),
                keras.layers.Activation(activation),
                keras.layers.Conv2D(8, 3, padding="same", activation=activation),
                keras.layers.Flatten(),
                keras.layers.Dense(16, activation=activation),
                keras.layers.Dropout(0.2),
                keras.layers.Dense(10, activation="softmax"),
            ]
        )
    model.compile("adam", "categorical_crossentropy", weighted_metrics=["accuracy"])
    return model


def trained(x, y, *, halved, activation="relu", epochs=1):
    model = network(activation)
    data = TrainingData(x, y, None, np.arange(len(x)), one_hot_width=10)
    create_variables(model, data)
    train(Training(model, data, batch_size=50, epochs=epochs, seed=3, in_16_bits=halved))
    return model


@pytest.fixture
def processor(monkeypatch, tmp_path):
    """Return a function that lets the process run on a processor with a flag."""

    def with_flag(flag):
        path = tmp_path / "cpuinfo"
        path.write_text(FLAGS.format(flag))
        monkeypatch.setattr(mixed_precision, "_PROCESSORS", path)

    for name in ("TF_ENABLE_ONEDNN_OPTS", "ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"):
        monkeypatch.delenv(name, raising=False)
    return with_flag


@pytest.mark.parametrize("maps", [(4, 4), (3, 5), (1, 1), (2, 7)])
@pytest.mark.parametrize("window", [(3, 3), (2, 2), (1, 3), (5, 4)])
def test_the_gradient_of_small_maps_is_that_of_tensorflow(maps, window):
    x = tf.random.stateless_normal((6, *maps, 3), (1, 2))
    kernel = tf.random.stateless_normal((*window, 3, 5), (3, 4))
    weights = tf.random.stateless_normal((6, *maps, 5), (5, 6))

    def gradients(convolution):
        with tf.GradientTape() as tape:
            tape.watch([x, kernel])
            outputs = convolution(x, kernel)
        return [outputs, *tape.gradient(outputs, [x, kernel], weights)]

    ours = gradients(mixed_precision._small_convolution)
    theirs = gradients(lambda x, k: tf.nn.conv2d(x, k, 1, "SAME"))
    for got, expected in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-4)


def test_the_gradient_of_silu_is_that_of_tensorflow():
    x = tf.linspace(-12.0, 12.0, 301)

    def gradient(function):
        with tf.GradientTape() as tape:
            tape.watch(x)
            outputs = function(x)
        return tape.gradient(outputs, x)

    np.testing.assert_allclose(
        gradient(mixed_precision._silu), gradient(tf.nn.silu), rtol=1e-5, atol=1e-6
    )


def test_all_but_the_last_layer_compute_in_16_bits_inside_the_block_alone():
    model = network("silu")
    policies = [layer.dtype_policy for layer in model.layers]
    activations = [getattr(layer, "activation", None) for layer in model.layers]

    with in_16_bits(model):
        inside = [layer.compute_dtype for layer in model.layers]
        assert model.layers[4].activation is not activations[4]
        assert model(tf.ones((2, 8, 8, 1)), training=True).dtype == tf.float32

    half, whole = "bfloat16", "float32"
    assert inside == [whole, half, half, half, half, half, whole, half, whole, whole]
    assert [layer.dtype_policy for layer in model.layers] == policies
    assert [getattr(layer, "activation", None) for layer in model.layers] == activations
    assert not any("convolution_op" in vars(layer) for layer in model.layers)
    assert {variable.dtype for variable in model.trainable_variables} == {whole}


def test_feature_maps_may_have_any_size():
    convolution = keras.layers.Conv2D(2, 3, padding="same")
    model = keras.Sequential(
        [keras.Input((None, None, 1)), convolution, keras.layers.GlobalMaxPooling2D()]
    )
    x = tf.ones((2, 3, 4, 1))
    with in_16_bits(model):
        assert convolution.compute_dtype == "bfloat16"
        half = model(x)

    np.testing.assert_allclose(half, model(x), rtol=0.02, atol=0.01)


def test_layers_of_another_precision_and_of_ones_own_stay_as_they_are():
    class OwnConvolution(keras.layers.Conv2D):
        pass

    model = keras.Sequential(
        [
            keras.Input((12, 12, 1)),
            OwnConvolution(2, 3),
            keras.layers.Conv2D(2, 3, dtype="float64"),
            keras.layers.Conv2D(2, 3, dtype="mixed_float16"),
            keras.Sequential([keras.layers.Conv2D(2, 3), keras.layers.Conv2D(2, 2)]),
        ]
    )
    with in_16_bits(model):
        inside = [layer.compute_dtype for layer in model.layers[:3]]
        within = [layer.compute_dtype for layer in model.layers[3].layers]

    assert inside == ["float32", "float64", "float16"]
    assert within == ["bfloat16", "float32"]


@pytest.mark.slow
@pytest.mark.parametrize("activation", ["relu", "silu"])
def test_a_step_in_16_bits_goes_where_one_in_32_goes(digits, activation):
    x, y = digits[0][:50].astype(np.float32), digits[1][:50].astype(np.int64)
    start = network(activation).get_weights()
    half, whole = (
        trained(x, y, halved=halved, activation=activation).get_weights()
        for halved in (True, False)
    )
    begun, in_half, in_whole = (
        np.concatenate([part.ravel() for part in weights]) for weights in (start, half, whole)
    )

    assert 0 < np.linalg.norm(in_half - in_whole) < 0.2 * np.linalg.norm(in_whole - begun)


@pytest.mark.slow
def test_programs_of_either_precision_are_kept_apart(digits):
    x, y = digits[0][:100].astype(np.float32), digits[1][:100].astype(np.int64)
    first, half, again = (trained(x, y, halved=halved) for halved in (False, True, False))

    for one, other in zip(first.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert not np.array_equal(first.get_weights()[0], half.get_weights()[0])


def test_a_processor_with_amx_is_known(processor):
    processor("amx_bf16")
    assert multiplies_16_bits_fast()


@pytest.mark.parametrize("flag", ["avx512_bf16", "amx_int8", "amx_bf16_"])
def test_others_are_not_taken_for_one(processor, flag):
    processor(flag)
    assert not multiplies_16_bits_fast()


def test_a_system_that_does_not_tell_has_none(monkeypatch, processor, tmp_path):
    monkeypatch.setattr(mixed_precision, "_PROCESSORS", tmp_path / "none")
    assert not multiplies_16_bits_fast()


@pytest.mark.parametrize(
    ("name", "value"),
    [("TF_ENABLE_ONEDNN_OPTS", "0"), ("ONEDNN_MAX_CPU_ISA", "AVX2"), ("DNNL_MAX_CPU_ISA", "AVX2")],
)
def test_amx_that_is_switched_off_does_not_count(monkeypatch, processor, name, value):
    processor("amx_bf16")
    monkeypatch.setenv(name, value)
    assert not multiplies_16_bits_fast()


def test_a_gpu_decides_by_itself(monkeypatch, processor):
    processor("amx_bf16")
    monkeypatch.setattr(tf.config, "list_logical_devices", lambda kind: [kind])
    assert not multiplies_16_bits_fast()
