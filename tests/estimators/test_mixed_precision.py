"""Networks of images that are trained in 16 bits."""

import pickle

import keras
import numpy as np
import pytest
from sklearn.base import clone

from skcnn import CNNClassifier, CNNRegressor
from skcnn.estimators import _precision
from tests.small_networks import NORMALIZED

pytestmark = pytest.mark.slow


class HearsOfBatches(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        pass


def small(**settings):
    return CNNClassifier(**{**NORMALIZED, "mixed_precision": True, **settings})


def weights(network):
    return network.model_.get_weights()


def same(one, other):
    return all(map(np.array_equal, weights(one), weights(other)))


def test_it_learns_as_much_and_something_else(scaled_digits):
    X, y = scaled_digits
    half, whole = (small(mixed_precision=mixed).fit(X, y) for mixed in (True, False))

    assert half.score(X, y) > 0.95
    assert half.score(X, y) == pytest.approx(whole.score(X, y), abs=0.03)
    assert not same(half, whole)


def test_the_network_that_is_left_computes_in_32_bits(scaled_digits):
    X, y = scaled_digits
    half = small(epochs=4).fit(X, y)
    anew = keras.models.clone_model(half.model_)
    anew.set_weights(weights(half))

    assert {layer.dtype_policy.name for layer in half.model_.layers} == {"float32"}
    assert {weight.dtype for weight in weights(half)} == {np.dtype(np.float32)}
    expected = anew.predict(X, verbose=0)
    np.testing.assert_allclose(half.predict_proba(X), expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(
        pickle.loads(pickle.dumps(half)).predict_proba(X), half.predict_proba(X)
    )


def test_the_same_seed_gives_the_same_network(scaled_digits):
    X, y = scaled_digits
    first = small(epochs=4).fit(X, y)

    assert same(first, clone(first).fit(X, y))


@pytest.mark.parametrize("has_amx", [True, False])
def test_auto_is_what_the_processor_can_do(monkeypatch, scaled_digits, has_amx):
    X, y = scaled_digits
    monkeypatch.setattr(_precision, "multiplies_16_bits_fast", lambda: has_amx)
    auto = small(mixed_precision="auto", epochs=4).fit(X, y)

    assert same(auto, small(mixed_precision=has_amx, epochs=4).fit(X, y))
    assert auto.get_params()["mixed_precision"] == "auto"


def test_held_out_samples_are_scored_in_32_bits(scaled_digits):
    X, y = scaled_digits
    half = small(epochs=4).fit(X, y, X_val=X, y_val=y)
    loss = -np.log(half.predict_proba(X)[np.arange(len(y)), y]).mean()

    assert half.history_["val_loss"][-1] == pytest.approx(loss, rel=1e-4)


def test_parts_of_a_stream_are_trained_in_16_bits_too(scaled_digits):
    X, y = scaled_digits
    streams = [small(mixed_precision=mixed) for mixed in (True, True, False)]
    for stream in streams:
        for part in (slice(0, 200), slice(200, 400)):
            stream.partial_fit(X[part], y[part], classes=np.arange(10))
    half, again, whole = streams
    changed = clone(whole).partial_fit(X[:200], y[:200], classes=np.arange(10))
    changed.set_params(mixed_precision=True).partial_fit(X[200:], y[200:])

    assert same(half, again)
    assert not same(half, whole)
    assert not same(changed, whole)


def test_a_callback_that_hears_of_batches_leaves_training_in_32_bits(scaled_digits):
    X, y = scaled_digits
    half, whole = (
        small(mixed_precision=mixed, epochs=2, callbacks=[HearsOfBatches()]).fit(X, y)
        for mixed in (True, False)
    )

    assert same(half, whole)


def test_numbers_are_learned_too(scaled_digits):
    X, _ = scaled_digits
    ink = X.mean(axis=(1, 2))
    half, whole = (
        CNNRegressor(**{**NORMALIZED, "epochs": 20}, mixed_precision=mixed)
        .fit(X, ink)
        .score(X, ink)
        for mixed in (True, False)
    )

    assert whole > 0.7
    assert half == pytest.approx(whole, abs=0.05)


@pytest.mark.parametrize("value", ["half", 16, None])
def test_another_value_is_refused(scaled_digits, value):
    with pytest.raises(ValueError, match="'mixed_precision' parameter of CNNClassifier must be"):
        small(mixed_precision=value).fit(*scaled_digits)
