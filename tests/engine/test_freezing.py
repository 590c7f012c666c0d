"""Networks in parts, of which the last alone learns."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from skcnn import RandomAffine
from skcnn._engine import freezing
from skcnn._engine.augmenting import Affine
from skcnn._engine.feeding import TrainingData
from skcnn._engine.fitting import Training, create_variables, train
from skcnn._engine.freezing import chained, freeze, in_two, parts_of, past, thaw, tunable_layers

pytestmark = pytest.mark.slow

L = keras.layers
SHAPE = (6, 6, 1)


def block(x, name):
    """Return a convolution beside a way around it, which no single tensor cuts."""
    inner = L.Conv2D(4, 3, padding="same", name=f"{name}_conv")(x)
    inner = L.BatchNormalization(name=f"{name}_norm")(inner)
    return L.Add(name=f"{name}_sum")([x, L.ReLU(name=f"{name}_relu")(inner)])


def borrowed():
    keras.utils.set_random_seed(0)
    given = keras.Input(SHAPE)
    x = L.Conv2D(4, 1, name="stem")(given)
    x = L.Dropout(0.5)(L.GaussianNoise(0.5)(block(x, "first")))
    x = L.GlobalAveragePooling2D(name="pool")(block(x, "second"))
    network = keras.Model(given, x, name="borrowed")
    for layer in network.layers:
        if isinstance(layer, L.BatchNormalization):
            layer.moving_mean.assign([0.1, -0.2, 0.3, 0.0])
            layer.moving_variance.assign([0.5, 1.5, 2.0, 1.0])
    return network


def head():
    return keras.Sequential(
        [keras.Input((4,)), L.Dense(2, "softmax", name="outputs")], name="head"
    )


@pytest.fixture
def images():
    return np.random.default_rng(0).normal(size=(24, *SHAPE)).astype(np.float32)


def names_of(layers):
    return [layer.name for layer in layers]


# --- what learns -------------------------------------------------------------------------------


def test_a_frozen_network_is_in_training_what_it_is_in_prediction(images):
    network = borrowed()
    before, expected = network.get_weights(), network(images, training=False)

    freeze(network)

    np.testing.assert_array_equal(network(images, training=True), expected)
    for weight, other in zip(network.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, other)
    assert network.trainable_variables == []


def test_layers_are_counted_without_those_that_have_nothing_to_learn():
    names = names_of(tunable_layers(borrowed()))

    assert names == ["stem", "first_conv", "second_conv"]


def test_layers_of_networks_within_a_network_are_counted():
    whole = chained([borrowed(), head()])

    assert names_of(tunable_layers(whole))[-2:] == ["second_conv", "outputs"]


def test_the_last_layers_thaw_and_batch_normalization_stays_as_it_is(images):
    network = borrowed()
    freeze(network)
    norms = [network.get_layer(name) for name in ("first_norm", "second_norm")]
    means = [norm.moving_mean.numpy() for norm in norms]

    thaw(network, 2)

    network(images, training=True)
    learn = {variable.path.split("/")[0] for variable in network.trainable_variables}
    assert learn == {"first_conv", "second_conv"}
    for norm, mean in zip(norms, means, strict=True):
        np.testing.assert_array_equal(norm.moving_mean, mean)


# --- parts -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n_layers", "above"),
    [(1, ["second_conv"]), (2, ["first_conv", "second_conv"])],
)
def test_a_network_is_cut_where_a_single_tensor_stands(images, n_layers, above):
    network = borrowed()

    first, second = in_two(network, n_layers)

    assert names_of(tunable_layers(second)) == above
    np.testing.assert_array_equal(chained([first, second])(images), network(images))


def test_a_way_around_the_last_layers_moves_the_cut_down():
    given = keras.Input((4,))
    below = L.Dense(4, name="below")(given)
    around = L.Dense(4, name="around")(below)
    within = L.Dense(4, name="within")(L.Dense(4, name="between")(below))
    network = keras.Model(given, L.Add()([around, within]))

    first, second = in_two(network, 1)

    assert names_of(tunable_layers(first)) == ["below"]
    assert {"around", "between", "within"} == set(names_of(tunable_layers(second)))


def test_a_network_without_a_cut_is_one_part():
    assert len(in_two(borrowed(), 3)) == 1


def test_a_layer_that_is_called_twice_stands_above_the_cut():
    given, shared = keras.Input((4,)), L.Dense(4, name="shared")
    x = shared(L.Dense(4, name="below")(given))
    network = keras.Model(given, L.Dense(4, name="last")(shared(x)))

    first, second = in_two(network, 2)

    assert names_of(tunable_layers(first)) == ["below"]
    assert names_of(tunable_layers(second)) == ["shared", "last"]


def test_parts_are_copies_and_leave_the_network_alone():
    network = borrowed()
    before = network.get_layer("stem").get_weights()

    first, _ = in_two(network, 1)
    first.get_layer("stem").kernel.assign(np.zeros((1, 1, 1, 4)))

    np.testing.assert_array_equal(network.get_layer("stem").kernel, before[0])
    assert network.get_layer("second_conv").output is not None


# --- trainings ---------------------------------------------------------------------------------


def training_of(images, **settings):
    parts = [*in_two(borrowed(), 1), head()]
    for part in parts[:-1]:
        freeze(part)
    network = chained(parts)
    network.compile("sgd", "sparse_categorical_crossentropy", weighted_metrics=["accuracy"])
    labels = (images.mean(axis=(1, 2, 3)) > 0).astype(np.int32)
    data = TrainingData(images, labels, None, np.arange(16))
    create_variables(network, data)
    held_out = replace(data, rows=np.arange(16, 24))
    return Training(network, data, 8, 2, seed=3, held_out=held_out, **settings)


@pytest.mark.parametrize("n_parts", [1, 2])
def test_a_training_past_the_frozen_parts_is_the_same_training(images, n_parts):
    whole = training_of(images)
    scores = train(whole)
    again = training_of(images)

    shorter = past(again, n_parts)

    assert len(shorter.model.inputs[0].shape) == (4 if n_parts == 1 else 2)
    assert shorter.held_out.shares_arrays_with(shorter.data)
    of_shorter = train(shorter)
    for name in scores:
        np.testing.assert_allclose(of_shorter[name], scores[name], rtol=1e-5)
    for ours, theirs in zip(again.model.get_weights(), whole.model.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def test_a_training_stays_where_samples_are_augmented(images):
    training = training_of(images, augmenter=Affine(RandomAffine(0.1, 6.0, 0.1, 0.0)))

    assert past(training, 2) is training


def test_a_training_stays_where_the_frozen_parts_give_too_much(images, monkeypatch):
    training = training_of(images)
    bytes_given = len(images) * 6 * 6 * 4 * 4
    monkeypatch.setattr(freezing, "_KEPT_BYTES", bytes_given - 1)

    assert past(training, 1) is training
    assert past(training, 2) is not training


def test_a_chain_knows_its_parts(images):
    training = training_of(images)

    assert names_of(parts_of(training.model)) == ["borrowed_below", "borrowed", "head"]
