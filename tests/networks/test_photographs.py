"""What makes a CNN fit for photographs: strides, padding, global pooling, shortcuts, rescaling."""

import random

import keras
import numpy as np
import pytest

from skcnn import build_cnn, build_mlp

RESIDUAL = {"residual": True, "padding": "same"}


def names_of(model):
    return [layer.name for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]


def kept(model, name):
    """Return height and width of what a layer gives."""
    return tuple(model.get_layer(name).output.shape[1:3])


def test_without_them_the_network_is_a_plain_sequence():
    model = build_cnn(
        (8, 8, 1), 3, strides=1, padding="valid", global_pooling=None, residual=False, rescale=None
    )

    assert isinstance(model, keras.Sequential)
    assert model.get_config() == build_cnn((8, 8, 1), 3).get_config()


# --- rescale


@pytest.mark.parametrize("build", [build_mlp, build_cnn])
def test_a_rescaled_network_takes_bytes_as_it_takes_scaled_pixels(build):
    random.seed(0)
    rescaling = build((8, 8, 3), 3, rescale=1 / 255)
    random.seed(0)
    plain = build((8, 8, 3), 3)
    images = np.random.default_rng(0).integers(0, 256, (5, 8, 8, 3), dtype=np.uint8)

    assert names_of(rescaling) == ["rescaled", *names_of(plain)]
    np.testing.assert_allclose(
        rescaling(images.astype(np.float32)), plain(images / np.float32(255)), atol=1e-6
    )


def test_pixels_of_16_bits_are_scaled_before_they_become_half_precision():
    pixels = np.array([[0, 1, 4095, 65535]], np.float32)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = build_mlp((4,), 2, rescale=1 / 65535)
    finally:
        keras.config.set_dtype_policy(before)

    assert model.get_layer("dense_1").compute_dtype == "float16"
    np.testing.assert_allclose(model.get_layer("rescaled")(pixels), pixels / 65535, rtol=1e-6)
    assert np.isfinite(model(pixels).numpy()).all()


@pytest.mark.parametrize("rescale", [0, -1 / 255, float("nan"), float("inf"), "1/255", True])
@pytest.mark.parametrize("build", [build_mlp, build_cnn])
def test_what_is_no_factor(build, rescale):
    with pytest.raises(ValueError, match="rescale must be a positive, finite number") as error:
        build((8, 8, 1), 3, rescale=rescale)
    assert repr(rescale) in str(error.value)


# --- strides


@pytest.mark.parametrize(("strides", "size"), [(1, (18, 28)), (2, (9, 14)), ((1, 3), (18, 10))])
def test_strides_are_steps_of_the_first_convolution_alone(strides, size):
    model = build_cnn((20, 30, 1), 3, strides=strides, filters=(4, 8))

    assert kept(model, "conv_1") == size
    assert kept(model, "conv_2") == (size[0] - 2, size[1] - 2)


@pytest.mark.parametrize(
    ("image", "step", "window"),
    [
        ((5, 9), 1, 3),
        ((32, 32), 1, 3),
        ((63, 200), 1, 3),
        ((64, 64), 2, 3),
        ((96, 128), 3, 5),
        ((300, 224), 7, 13),
        ((256, 256), 8, 15),
    ],
)
def test_automatic_strides_follow_the_shorter_side(image, step, window):
    model = build_cnn((*image, 3), 3, strides="auto", filters=2, padding="same", dense_units=())
    first = model.get_layer("conv_1")

    assert first.strides == (step, step)
    assert first.kernel_size == (window, window)
    assert 32 <= min(kept(model, "conv_1")) < 64 or image == (5, 9)


def test_automatic_strides_do_not_narrow_the_window():
    model = build_cnn((64, 64, 3), 3, strides="auto", filters=(2, 2), kernel_size=(5, 2))

    assert model.get_layer("conv_1").kernel_size == (5, 3)
    assert model.get_layer("conv_2").kernel_size == (5, 2)


# --- padding and global pooling


def test_the_same_padding_keeps_the_size_of_feature_maps():
    model = build_cnn((9, 7, 1), 3, filters=(4, (4, 4)), pooling="each", padding="same")

    assert [kept(model, f"conv_{i}") for i in (1, 2, 3)] == [(9, 7), (4, 3), (4, 3)]


@pytest.mark.parametrize("kind", ["average", "max"])
def test_global_pooling_keeps_a_number_of_each_feature_map(kind):
    small, large = (
        build_cnn((side, side, 3), 4, filters=(4, 6), global_pooling=kind) for side in (12, 40)
    )
    image = np.random.default_rng(0).random((1, 12, 12, 3), np.float32)
    maps = keras.Model(small.inputs[0], small.get_layer("pool_2").output)(image).numpy()
    numbers = keras.Model(small.inputs[0], small.get_layer("global_pool").output)(image).numpy()

    assert small.count_params() == large.count_params()
    assert "flatten" not in names_of(small)
    expected = (maps.mean if kind == "average" else maps.max)(axis=(1, 2))
    np.testing.assert_allclose(numbers, expected, rtol=1e-5)


# --- shortcuts


def test_a_shortcut_goes_around_each_sequence_of_convolutions():
    model = build_cnn(
        (8, 8, 1),
        3,
        filters=(4, (4, 4), (6, 6, 8)),
        batch_normalization=True,
        dense_units=(),
        **RESIDUAL,
    )
    added = [layer.name for layer in model.layers if isinstance(layer, keras.layers.Add)]

    assert added == ["conv_3_sum", "conv_6_sum"]
    assert sorted(names_of(model)) == sorted(
        [
            *(f"conv_{i}" for i in range(1, 7)),
            *(f"conv_{i}_normalization" for i in range(1, 7)),
            *(f"conv_{i}_activation" for i in range(1, 7)),
            *("conv_3_sum", "conv_6_sum", "conv_6_shortcut", "conv_6_shortcut_normalization"),
            *("pool_6", "dropout_6", "flatten", "probabilities"),
        ]
    )


def test_convolutions_that_give_nothing_let_the_shortcut_through():
    model = build_cnn(
        (6, 6, 3), 2, filters=((5, 3),), dropout=0, dense_units=(), pool_size=1, **RESIDUAL
    )
    for name in ("conv_1", "conv_2"):
        layer = model.get_layer(name)
        layer.set_weights([np.zeros_like(w) for w in layer.get_weights()])
    images = np.random.default_rng(0).normal(size=(2, 6, 6, 3)).astype(np.float32)
    through = keras.Model(model.inputs[0], model.get_layer("pool_2").output)(images)

    np.testing.assert_array_equal(through, np.maximum(images, 0))


@pytest.mark.parametrize("strides", [1, 2, (1, 3), "auto"])
@pytest.mark.parametrize("image", [(1, 1, 1), (5, 3, 3), (70, 66, 1)])
@pytest.mark.parametrize("filters", [((4, 4),), (4, (4, 6), (6, 6))])
def test_both_ways_around_a_block_are_of_one_size(strides, image, filters):
    model = build_cnn(
        image, 2, filters=filters, strides=strides, pooling="each", pool_size=3, **RESIDUAL
    )

    assert model(np.zeros((1, *image), np.float32)).shape == (1, 2)


@pytest.mark.parametrize("whitening", [False, True])
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("strides", [1, 2, 5, (3, 1), "auto"])
@pytest.mark.parametrize("image", [(1, 1, 1), (1, 7, 1), (5, 3, 2), (70, 66, 1)])
def test_no_combination_shrinks_feature_maps_to_nothing(image, strides, padding, whitening):
    model = build_cnn(
        image,
        2,
        filters=(2, 2, (2, 2)),
        pooling="each",
        strides=strides,
        padding=padding,
        whitening=whitening,
    )

    assert model(np.zeros((1, *image), np.float32)).shape == (1, 2)


def test_weights_of_a_branching_network_follow_pythons_random_state():
    def weights(seed):
        random.seed(seed)
        return build_cnn((8, 8, 1), 2, filters=(4, (4, 6)), **RESIDUAL).get_weights()

    assert all(map(np.array_equal, weights(3), weights(3)))
    assert not all(map(np.array_equal, weights(3), weights(4)))


# --- a first layer that is not trained


@pytest.mark.parametrize("residual", [False, True])
def test_whitening_comes_first_and_is_not_trained(residual):
    settings = {"filters": ((4, 4),), "padding": "same", "residual": residual}
    model = build_cnn((8, 8, 3), 3, rescale=1 / 255, whitening=True, **settings)
    plain = build_cnn((8, 8, 3), 3, rescale=1 / 255, **settings)

    assert names_of(model) == [
        "rescaled",
        "whitening",
        "whitening_activation",
        *(name for name in names_of(plain) if name != "rescaled"),
    ]
    assert len(model.trainable_variables) == len(plain.trainable_variables)
    assert len(model.weights) == len(plain.weights) + 2


@pytest.mark.parametrize(
    ("strides", "window", "n_filters"), [(1, (2, 2), 24), (2, (4, 4), 48), ((1, 3), (2, 6), 48)]
)
def test_whitening_takes_the_steps_of_the_first_convolution(strides, window, n_filters):
    model = build_cnn((24, 24, 3), 3, strides=strides, padding="same", whitening=True)
    kernel, _ = model.get_layer("whitening").weights
    steps = model.get_layer("whitening").strides

    assert kernel.shape == (*window, 3, n_filters)
    assert model.get_layer("conv_1").strides == (1, 1)
    assert model.get_layer("conv_1").kernel.shape == (3, 3, n_filters, 32)
    assert kept(model, "conv_1") == (24 // steps[0], 24 // steps[1])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"strides": 0}, r"strides must .*received \(0, 0\)"),
        ({"strides": (2, 2, 2)}, r"strides must .*received \(2, 2, 2\)"),
        ({"strides": "first"}, "strides must .*received 'first'"),
        ({"padding": "causal"}, "padding must be 'valid' or 'same'; received 'causal'"),
        ({"global_pooling": "sum"}, "global_pooling must be 'average' or 'max' or None"),
        ({"residual": True, "filters": (4, (4, 4))}, "padding='same'; received 'valid'"),
        (RESIDUAL, r"sequence of two or more convolutions .*received \(32, 64\)"),
    ],
)
def test_what_makes_no_network_is_told(arguments, message):
    with pytest.raises(ValueError, match=message):
        build_cnn((8, 8, 1), 3, **arguments)
