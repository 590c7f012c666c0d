"""What a pickled network takes along that Keras would leave behind."""

import pickle
import zipfile

import keras
import numpy as np
import pytest

from skcnn._engine.archives import PickledModel
from skcnn._engine.keras_internals import generator_states


def network(dropout=0.5):
    layers = [keras.layers.Dense(8), keras.layers.Dropout(dropout), keras.layers.Dense(3)]
    model = keras.Sequential([keras.Input((4,)), *layers])
    model.compile("adam", "mse")
    return model


def pickled(model):
    return pickle.loads(pickle.dumps(PickledModel(model))).model


@pytest.fixture
def of_half_precision():
    keras.config.set_dtype_policy("mixed_float16")
    yield
    keras.config.set_dtype_policy("float32")


def test_layers_go_on_with_what_they_would_have_drawn():
    model, x = network(), np.ones((5, 4), np.float32)
    model(x, training=True)
    copy = pickled(model)

    assert [state.numpy().tolist() for state in generator_states(copy)] == [
        state.numpy().tolist() for state in generator_states(model)
    ]
    np.testing.assert_array_equal(copy(x, training=True), model(x, training=True))


def test_the_bytes_of_a_pickle_tell_neither_the_time_nor_the_place_in_memory():
    model = network()
    content = pickle.dumps(PickledModel(model))
    archive = next(part for part in PickledModel(model).__reduce__()[1][1])

    with zipfile.ZipFile(archive) as file:
        assert {entry.date_time for entry in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"date_saved" not in file.read("metadata.json")
        assert str(id(model.layers[0].dtype_policy)).encode() not in file.read("config.json")
    assert pickle.dumps(PickledModel(model)) == content


@pytest.mark.slow
def test_an_optimizer_that_scales_the_loss_is_found_again_in_a_process_without(of_half_precision):
    model = network()
    model.fit(np.ones((8, 4)), np.ones((8, 3)), epochs=2, verbose=0)
    keras.config.set_dtype_policy("float32")
    copy = pickled(model)

    assert isinstance(copy.optimizer, keras.optimizers.LossScaleOptimizer)
    for ours, theirs in zip(copy.optimizer.variables, model.optimizer.variables, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())
    assert keras.config.dtype_policy().name == "float32"


@pytest.mark.slow
def test_an_optimizer_that_scales_nothing_stays_so_where_others_do(of_half_precision):
    keras.config.set_dtype_policy("float32")
    model = network()
    model.fit(np.ones((8, 4)), np.ones((8, 3)), verbose=0)
    keras.config.set_dtype_policy("mixed_float16")
    copy = pickled(model)

    assert type(copy.optimizer) is keras.optimizers.Adam
    assert copy.optimizer.iterations == 1
    assert keras.config.dtype_policy().name == "mixed_float16"
