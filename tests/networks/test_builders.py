import random

import keras
import numpy as np
import pytest

from skcnn import build_cnn, build_mlp


def summary(model):
    """Return what a layer is and how it is set, in the textbook's words."""
    words = []
    for layer in model.layers:
        match layer:
            case keras.layers.Dense():
                words.append(("dense", layer.units, layer.activation.__name__))
            case keras.layers.Conv2D():
                words.append(("conv", layer.filters, layer.kernel_size, layer.activation.__name__))
            case keras.layers.MaxPooling2D():
                words.append(("pool", layer.pool_size))
            case keras.layers.AveragePooling2D():
                words.append(("average pool", layer.pool_size))
            case keras.layers.BatchNormalization():
                words.append(("normalization",))
            case keras.layers.Activation():
                words.append(("activation", layer.activation.__name__))
            case keras.layers.Dropout():
                words.append(("dropout", layer.rate))
            case keras.layers.Flatten():
                words.append(("flatten",))
            case _:
                raise AssertionError(f"unexpected layer {layer}")
    return words


def test_default_mlp_is_the_textbooks():
    model = build_mlp((784,), 10)

    assert summary(model) == [("dense", 512, "relu"), ("dense", 10, "softmax")]
    assert model.count_params() == 407_050
    assert model.input_shape == (None, 784)
    assert model.output_shape == (None, 10)


def test_default_cnn_is_the_textbooks():
    model = build_cnn((28, 28, 1), 10)

    assert summary(model) == [
        ("conv", 32, (3, 3), "relu"),
        ("conv", 64, (3, 3), "relu"),
        ("pool", (2, 2)),
        ("dropout", 0.25),
        ("flatten",),
        ("dense", 128, "relu"),
        ("dropout", 0.5),
        ("dense", 10, "softmax"),
    ]
    assert model.count_params() == 1_199_882


@pytest.mark.parametrize("build", [build_mlp, build_cnn])
def test_networks_come_uncompiled(build):
    assert not build((8, 8, 1), 3).compiled


def test_mlp_flattens_images():
    model = build_mlp((28, 28, 1), 10)

    assert summary(model)[0] == ("flatten",)
    assert model.count_params() == 407_050


@pytest.mark.parametrize("hidden_units", [(), 7, (5,), (9, 8, 7, 6, 5), [4, 3], np.array([6, 2])])
def test_mlp_takes_any_number_of_hidden_layers(hidden_units):
    model = build_mlp((10,), 3, hidden_units=hidden_units, activation="tanh", dropout=0.1)

    expected = []
    for units in np.atleast_1d(hidden_units).astype(int):
        expected += [("dense", units, "tanh"), ("dropout", 0.1)]
    assert summary(model) == [*expected, ("dense", 3, "softmax")]


def test_filters_in_a_sequence_of_their_own_are_pooled_once():
    model = build_cnn(
        (28, 28, 1), 10, filters=(16, (32, 64)), pooling="each", dropout=0, dense_units=()
    )

    assert summary(model) == [
        ("conv", 16, (3, 3), "relu"),
        ("pool", (2, 2)),
        ("conv", 32, (3, 3), "relu"),
        ("conv", 64, (3, 3), "relu"),
        ("pool", (2, 2)),
        ("flatten",),
        ("dense", 10, "softmax"),
    ]


def test_blocks_that_are_equal_are_told_apart():
    one, other = (
        summary(build_cnn((28, 28, 1), 10, filters=filters))
        for filters in [((8, 8), (8, 8)), (8, 8, 8, 8)]
    )

    assert one == other


def test_cnn_pools_by_the_mean():
    model = build_cnn((28, 28, 1), 10, filters=(6, 16), pooling="each", pool_type="average")

    assert [words[0] for words in summary(model)].count("average pool") == 2
    assert not any(isinstance(layer, keras.layers.MaxPooling2D) for layer in model.layers)


def test_cnn_is_normalized_between_pooling_and_activation():
    model = build_cnn((28, 28, 1), 10, filters=((4, 8),), batch_normalization=True)

    assert summary(model) == [
        ("conv", 4, (3, 3), "linear"),
        ("normalization",),
        ("activation", "relu"),
        ("conv", 8, (3, 3), "linear"),
        ("pool", (2, 2)),
        ("normalization",),
        ("activation", "relu"),
        ("dropout", 0.25),
        ("flatten",),
        ("dense", 128, "linear"),
        ("normalization",),
        ("activation", "relu"),
        ("dropout", 0.5),
        ("dense", 10, "softmax"),
    ]
    assert not any(
        layer.use_bias for layer in model.layers if isinstance(layer, keras.layers.Conv2D)
    )


@pytest.mark.parametrize("filters", [4, (4,), (8, 4, 2), [2] * 6])
def test_cnn_takes_any_number_of_filters(filters):
    model = build_cnn((32, 32, 3), 2, filters=filters)

    convolutions = [word for word in summary(model) if word[0] == "conv"]
    assert [filters for _, filters, _, _ in convolutions] == np.atleast_1d(filters).tolist()


def test_pooling_each_pools_after_every_convolution():
    words = [word[0] for word in summary(build_cnn((28, 28, 1), 10, pooling="each"))]

    assert words[:6] == ["conv", "pool", "dropout", "conv", "pool", "dropout"]


def test_cnn_takes_windows_that_are_not_square():
    model = build_cnn((12, 20, 1), 2, filters=3, kernel_size=(1, 5), pool_size=(3, 2))

    assert ("conv", 3, (1, 5), "relu") in summary(model)
    assert ("pool", (3, 2)) in summary(model)


@pytest.mark.parametrize("image_shape", [(1, 1, 1), (1, 7, 1), (2, 2, 3), (5, 3, 1)])
@pytest.mark.parametrize("pooling", ["last", "each"])
def test_windows_are_clipped_to_small_feature_maps(image_shape, pooling):
    model = build_cnn(image_shape, 2, filters=(4, 4, 4), pooling=pooling, pool_size=4)

    assert model(np.zeros((1, *image_shape))).shape == (1, 2)


def test_dense_layers_may_be_several_or_none():
    several = summary(build_cnn((8, 8, 1), 2, dense_units=(16, 8), dense_dropout=0))
    none = summary(build_cnn((8, 8, 1), 2, dense_units=()))

    assert several[-3:] == [("dense", 16, "relu"), ("dense", 8, "relu"), ("dense", 2, "softmax")]
    assert none[-2:] == [("flatten",), ("dense", 2, "softmax")]


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("filters", ()),
        ("filters", (32, 0)),
        ("filters", 1.5),
        ("filters", (True,)),
        ("filters", "32"),
        ("filters", (32, ())),
        ("filters", (32, (64, 0))),
        ("pool_type", "min"),
        ("kernel_size", 0),
        ("kernel_size", (3, 3, 3)),
        ("pool_size", (2, -1)),
        ("pooling", "first"),
        ("dropout", 1.5),
        ("dropout", 1.0),
        ("dropout", "0.5"),
        ("dense_units", -1),
        ("dense_units", None),
        ("dense_dropout", -0.1),
        ("input_shape", (28, 28)),
        ("input_shape", (0, 28, 1)),
        ("n_classes", 1),
        ("n_classes", 2.0),
    ],
)
def test_cnn_names_the_argument_that_makes_no_network(argument, value):
    arguments = {"input_shape": (8, 8, 1), "n_classes": 3, argument: value}

    with pytest.raises(ValueError, match=argument) as error:
        build_cnn(**arguments)
    assert repr(value) in str(error.value)


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("hidden_units", (512, 0)),
        ("hidden_units", None),
        ("dropout", 1.5),
        ("input_shape", ()),
        ("n_classes", 0),
    ],
)
def test_mlp_names_the_argument_that_makes_no_network(argument, value):
    arguments = {"input_shape": (64,), "n_classes": 3, argument: value}

    with pytest.raises(ValueError, match=argument):
        build_mlp(**arguments)


def test_unknown_activation_is_refused():
    with pytest.raises(ValueError, match="nonsense"):
        build_mlp((4,), 2, activation="nonsense")


def test_builders_are_pure():
    np.random.seed(0)
    first, second = build_cnn((8, 8, 1), 3), build_cnn((8, 8, 1), 3)
    after = np.random.random()
    np.random.seed(0)

    assert first is not second
    assert [layer.name for layer in first.layers] == [layer.name for layer in second.layers]
    assert after == np.random.random()


def test_weights_follow_pythons_random_state():
    random.seed(3)
    first = build_mlp((4,), 2).get_weights()
    random.seed(3)
    second = build_mlp((4,), 2).get_weights()

    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)
