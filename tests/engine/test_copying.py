"""Copies of a network are networks of their own, and cost the process nothing."""

import random
import warnings
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest

from skcnn._engine.copying import compile_as, copied, fresh_copy


@pytest.fixture
def trained():
    keras.utils.set_random_seed(0)
    layers = [keras.Input((3,)), keras.layers.Dropout(0.5), keras.layers.Dense(2, "softmax")]
    model = keras.Sequential(layers)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=[keras.metrics.AUC()])
    model.optimizer.build(model.trainable_variables)
    model.optimizer.iterations.assign(5)
    return model


def test_a_copy_has_the_weights_and_the_state_of_the_optimizer(trained):
    copy = copied(trained)

    assert copy is not trained
    assert int(copy.optimizer.iterations) == 5
    for ours, theirs in zip(copy.get_weights(), trained.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    copy.layers[-1].kernel.assign(np.zeros((3, 2)))
    assert trained.layers[-1].kernel.numpy().any()


def test_a_fresh_copy_begins_with_an_optimizer_and_draws_of_its_own(trained):
    first, again, other = (fresh_copy(trained, seed) for seed in (0, 0, 1))

    def state(model):
        return model.layers[0].seed_generator.state.numpy().tolist()

    assert int(first.optimizer.iterations) == 0
    assert state(first) == state(again) != state(other)
    assert int(trained.optimizer.iterations) == 5


def test_a_copy_neither_reads_nor_changes_what_belongs_to_the_process(trained):
    number = int(keras.layers.Dense(1).name.rpartition("_")[2])
    before = random.getstate(), np.random.get_state()[1].tolist()
    copied(trained)

    assert (random.getstate(), np.random.get_state()[1].tolist()) == before
    assert keras.layers.Dense(1).name == f"dense_{number + 1}"


@pytest.mark.slow
def test_copies_in_many_threads_leave_the_filters_of_warnings_as_they_were(trained):
    before = list(warnings.filters)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(copied, [trained] * 24))

    assert list(warnings.filters) == before


def test_what_is_compiled_alike_shares_no_metric():
    one, other = (keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)]) for _ in range(2))
    metric = keras.metrics.MeanAbsoluteError(name="error")
    one.compile("sgd", "mse", metrics=[metric])
    compile_as(other, one, optimizer=keras.optimizers.SGD(0.5), loss="mae")
    other.fit(np.ones((4, 3)), np.zeros((4, 1)), verbose=0)

    assert float(metric.result()) == 0
    assert "error" in other.get_metrics_result()
    assert other.loss == "mae"
    assert float(other.optimizer.learning_rate) == 0.5
