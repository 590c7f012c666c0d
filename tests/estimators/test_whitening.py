"""CNNs whose first layer is set by the images and not trained."""

import pickle

import keras
import numpy as np
import pytest

from skcnn import CNNClassifier, CNNRegressor
from tests.small_networks import NORMALIZED

pytestmark = pytest.mark.slow

SETTINGS = {**NORMALIZED, "epochs": 8, "whitening": True}


def filters(network):
    return network.model_.get_layer("whitening").get_weights()


def same(one, other):
    return all(map(np.array_equal, filters(one), filters(other)))


def cnn(**settings):
    return CNNClassifier(**{**SETTINGS, **settings})


def test_it_learns_and_leaves_its_first_layer_as_it_was_set(scaled_digits):
    X, y = scaled_digits
    short, long = cnn(epochs=1).fit(X, y), cnn().fit(X, y)

    assert long.score(X, y) > 0.97
    assert same(short, long)
    assert long.n_parameters_ == short.model_.count_params()


def test_two_fits_are_the_same_and_another_seed_sets_the_same_filters(scaled_digits):
    X, y = scaled_digits
    one, again, other = (cnn(epochs=2, random_state=seed).fit(X, y) for seed in (0, 0, 1))

    np.testing.assert_array_equal(one.predict_proba(X), again.predict_proba(X))
    assert same(one, other)
    assert not np.array_equal(one.predict_proba(X), other.predict_proba(X))


def test_held_out_images_have_no_part_in_the_filters(scaled_digits):
    X, y = scaled_digits
    held_out = {"X_val": X[:150], "y_val": y[:150]}
    noise = np.random.default_rng(0).random(X[:150].shape)
    one = cnn(epochs=1).fit(X[150:], y[150:], **held_out)
    other = cnn(epochs=1).fit(X[150:], y[150:], **{**held_out, "X_val": noise})

    assert same(one, other)


def test_images_without_weight_have_no_part_in_the_filters(scaled_digits):
    X, y = scaled_digits
    counts = np.arange(len(X)) % 2
    spoilt = X.copy()
    spoilt[counts == 0] = np.random.default_rng(0).random(X[counts == 0].shape)
    one, other = (cnn(epochs=1).fit(x, y, sample_weight=counts) for x in (X, spoilt))

    assert same(one, other)


def test_what_goes_on_keeps_its_filters(scaled_digits):
    X, y = scaled_digits
    network = cnn(epochs=1, warm_start=True).fit(X, y)
    before = filters(network)
    network.fit(X[::-1] * 0.5, y[::-1])
    after = filters(network)
    n = len(X) // 2
    by_parts = cnn(epochs=1).partial_fit(X[:n], y[:n], classes=np.unique(y))
    at_first = filters(by_parts)
    by_parts.partial_fit(X[n:] * 0.5, y[n:])

    assert all(map(np.array_equal, before, after))
    assert all(map(np.array_equal, at_first, filters(by_parts)))


def test_bytes_that_the_network_rescales_are_as_scaled_ones(scaled_digits):
    X, y = scaled_digits
    in_bytes = np.round(X * 255).astype(np.uint8)
    of_bytes = cnn(rescale=1 / 255).fit(in_bytes, y)
    of_scaled = cnn().fit(in_bytes / np.float32(255), y)

    for ours, theirs in zip(filters(of_bytes), filters(of_scaled), strict=True):
        np.testing.assert_allclose(np.abs(ours), np.abs(theirs), rtol=1e-2, atol=1e-2)


def test_images_in_a_file_give_the_filters_of_those_in_memory(scaled_digits, tmp_path):
    X, y = scaled_digits
    stored = np.memmap(tmp_path / "x.bin", X.dtype, "w+", shape=X.shape)
    stored[:] = X

    assert same(cnn(epochs=1).fit(stored, y), cnn(epochs=1).fit(X, y))


def test_it_outlives_files(scaled_digits, tmp_path):
    X, y = scaled_digits
    network = cnn(epochs=2, mixed_precision=True).fit(X, y)
    again = pickle.loads(pickle.dumps(network))
    network.model_.save(tmp_path / "network.keras")
    loaded = keras.models.load_model(tmp_path / "network.keras")
    x = X.reshape(-1, 8, 8, 1)

    np.testing.assert_array_equal(again.predict_proba(X), network.predict_proba(X))
    np.testing.assert_allclose(loaded.predict(x, verbose=0), network.predict_proba(X), atol=1e-5)


def test_a_regressor_and_a_residual_network_have_it_too(scaled_digits):
    X, _ = scaled_digits
    ink = X.mean(axis=(1, 2))
    settings = {**SETTINGS, "filters": (8, (8, 8)), "residual": True, "epochs": 24}
    regressor = CNNRegressor(**settings).fit(X, ink)

    assert regressor.score(X, ink) > 0.8
    assert regressor.model_.get_layer("whitening").get_weights()[0].shape == (2, 2, 1, 8)


def test_keras_own_loop_leaves_it_as_it_was_set(scaled_digits):
    class HearsOfBatches(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            pass

    X, y = scaled_digits
    assert same(cnn(epochs=1, callbacks=[HearsOfBatches()]).fit(X, y), cnn(epochs=1).fit(X, y))
