import functools

import keras
import numpy as np
import pytest

from skcnn._engine.compiling import (
    fresh_optimizer,
    one_cycle,
    set_learning_rate,
    smoothed,
    takes_logits,
)


def test_by_name():
    optimizer = fresh_optimizer("sgd")

    assert type(optimizer) is keras.optimizers.SGD
    assert float(optimizer.learning_rate) == pytest.approx(0.01)


def test_by_class_with_options():
    optimizer = fresh_optimizer(keras.optimizers.Adam, 0.5, {"clipnorm": 2.0, "beta_1": 0.8})

    assert float(optimizer.learning_rate) == 0.5
    assert (optimizer.clipnorm, optimizer.beta_1) == (2.0, 0.8)


def test_an_instance_is_copied():
    mine = keras.optimizers.RMSprop(0.25, rho=0.7)
    fresh = fresh_optimizer(mine)

    assert fresh is not mine
    assert float(fresh.learning_rate) == 0.25
    assert fresh.rho == 0.7
    assert float(fresh_optimizer(mine, 0.125).learning_rate) == 0.125


def test_the_learning_rate_may_be_a_schedule():
    schedule = keras.optimizers.schedules.CosineDecay(0.1, 10)
    optimizer = fresh_optimizer("adam", schedule)
    copied = fresh_optimizer(optimizer)

    assert float(optimizer.learning_rate) == pytest.approx(0.1)
    assert float(copied.learning_rate) == pytest.approx(0.1)


@pytest.mark.parametrize("number", [2, np.float32(2), np.int64(2)])
def test_the_learning_rate_may_be_any_number(number):
    assert float(fresh_optimizer("sgd", number).learning_rate) == 2.0


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(ValueError, match=r"optimizer must be.*adam.*sgd.*received 'sdg'"):
        fresh_optimizer("sdg")


@pytest.mark.parametrize("optimizer", [3, None, keras.layers.Dense])
def test_what_is_no_optimizer_is_refused(optimizer):
    with pytest.raises(TypeError, match="optimizer must be"):
        fresh_optimizer(optimizer)


def test_an_unknown_option_is_refused():
    with pytest.raises((TypeError, ValueError), match="nonsense"):
        fresh_optimizer("adam", options={"nonsense": 1})


# --- another learning rate --------------------------------------------------------------------


def model_with(optimizer):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(optimizer, "mse")
    return model


@pytest.mark.parametrize("around", [lambda o: o, keras.optimizers.LossScaleOptimizer])
def test_a_number_takes_the_place_of_a_number(around):
    inner = keras.optimizers.SGD(0.1)
    set_learning_rate(model_with(around(inner)), np.float64(0.25))

    assert float(inner.learning_rate) == 0.25


@pytest.mark.parametrize(
    ("given", "other", "received"),
    [
        (one_cycle(0.1, 10), 0.2, r"CosineDecay.*learning_rate=0\.2"),
        (0.5, one_cycle(0.1, 10), r"0\.5.*learning_rate=<.*CosineDecay"),
        (one_cycle(0.1, 10), None, r"CosineDecay.*learning_rate=None"),
    ],
)
def test_a_schedule_takes_no_place_and_gives_none(given, other, received):
    with pytest.raises(ValueError, match=rf"(?s){received}.*warm_start=True"):
        set_learning_rate(model_with(keras.optimizers.SGD(given)), other)


# --- one cycle of the learning rate -----------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("n_steps", [1, 2, 10, 1000])
def test_one_cycle_rises_to_its_peak_and_falls_to_nothing(n_steps):
    schedule = one_cycle(0.5, n_steps)
    rates = np.array([float(schedule(step)) for step in range(n_steps + 1)])
    peak = int(0.3 * n_steps)

    assert rates.argmax() == peak
    assert rates[peak] == pytest.approx(0.5)
    assert rates[-1] == pytest.approx(0, abs=1e-8)
    assert (np.diff(rates[: peak + 1]) > 0).all()
    assert (np.diff(rates[peak:]) < 0).all()
    if peak:
        assert rates[0] == pytest.approx(0.5 / 25)


# --- smoothed labels --------------------------------------------------------------------------


def test_smoothing_is_that_of_szegedy():
    y, p = np.array([[0, 1, 0, 0]], float), np.array([[0.1, 0.6, 0.2, 0.1]])
    smooth = 0.8 * y + 0.2 / 4

    got = smoothed("categorical_crossentropy", 0.2)(y, p)

    assert float(got) == pytest.approx(-(smooth * np.log(p)).sum(), rel=1e-5)
    assert smoothed("any loss", 0.0) == "any loss"


@pytest.mark.parametrize("loss", ["sparse_categorical_crossentropy", keras.losses.KLDivergence()])
def test_not_every_loss_smooths(loss):
    with pytest.raises(ValueError, match="label_smoothing needs a loss that is one of"):
        smoothed(loss, 0.1)


@pytest.mark.parametrize(
    ("loss", "answer"),
    [
        ("binary_crossentropy", False),
        (keras.losses.BinaryCrossentropy(), False),
        (keras.losses.BinaryCrossentropy(from_logits=True), True),
        (keras.losses.binary_crossentropy, False),
        (functools.partial(keras.losses.binary_crossentropy, from_logits=True), True),
        (functools.partial(keras.losses.binary_crossentropy, label_smoothing=0.1), False),
    ],
)
def test_whether_a_loss_takes_logits(loss, answer):
    assert takes_logits(loss) is answer
