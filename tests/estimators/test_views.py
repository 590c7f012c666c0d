"""Predictions are the mean over several views of an image, wherever they are made."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from sklearn.base import clone

from skcnn import CNNClassifier, CNNRegressor, load_digit_images
from skcnn._engine.predicting import ForwardPass

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def digits():
    X, y = load_digit_images(return_X_y=True)
    return np.pad(X[:400], ((0, 0), (2, 2), (2, 2))), y[:400]


@pytest.fixture(scope="module")
def cnn(digits):
    return CNNClassifier(8, rescale=1 / 16, epochs=3, batch_size=32, random_state=0).fit(*digits)


@pytest.fixture
def averaging(cnn):
    return pickle.loads(pickle.dumps(cnn))


def moved(X):
    wide = np.pad(X, ((0, 0), (1, 1), (1, 1)), mode="edge")
    return [X, wide[:, 2:, 2:], wide[:, :-2, :-2]]


WAYS = {
    "flip": lambda X: [X, X[:, :, ::-1]],
    "shift": moved,
    "flip_and_shift": lambda X: moved(X) + moved(X[:, :, ::-1]),
}


@pytest.mark.parametrize("views", WAYS)
def test_probabilities_are_the_mean_over_the_views(cnn, averaging, digits, views):
    X, _ = digits
    expected = np.mean([cnn.predict_proba(view) for view in WAYS[views](X)], axis=0)

    averaging.set_params(predict_augmentation=views)

    np.testing.assert_allclose(averaging.predict_proba(X), expected, atol=1e-6)
    np.testing.assert_array_equal(averaging.predict(X), expected.argmax(axis=1))
    assert not np.allclose(expected, cnn.predict_proba(X), atol=1e-3)


def test_it_may_change_after_fit(cnn, averaging, digits):
    X, _ = digits
    averaging.set_params(predict_augmentation="flip")
    flipped = averaging.predict_proba(X)
    averaging.set_params(predict_augmentation="shift")
    shifted = averaging.predict_proba(X)
    averaging.set_params(predict_augmentation=None)

    assert not np.allclose(flipped, shifted, atol=1e-3)
    np.testing.assert_array_equal(averaging.predict_proba(X), cnn.predict_proba(X))


def test_a_further_fit_predicts_by_its_own_network(averaging, digits):
    X, y = digits
    averaging.set_params(predict_augmentation="flip").predict(X)
    fresh = clone(averaging).fit(X, y[::-1])

    averaging.fit(X, y[::-1])

    np.testing.assert_allclose(averaging.predict_proba(X), fresh.predict_proba(X), atol=1e-5)


def test_the_network_itself_stays_plain(averaging, digits):
    layers = [layer.name for layer in averaging.model_.layers]
    averaging.set_params(predict_augmentation="flip").predict(digits[0])

    assert [layer.name for layer in averaging.model_.layers] == layers


def test_a_pickle_predicts_alike(averaging, digits):
    averaging.set_params(predict_augmentation="flip_and_shift")
    expected = averaging.predict_proba(digits[0])

    again = pickle.loads(pickle.dumps(averaging))

    np.testing.assert_array_equal(again.predict_proba(digits[0]), expected)


def test_numbers_are_averaged_too(digits):
    X, _ = digits
    y = X[:, :, :4].mean(axis=(1, 2))
    regressor = CNNRegressor(4, rescale=1 / 16, epochs=3, batch_size=32, random_state=0).fit(X, y)
    expected = np.mean([regressor.predict(view) for view in WAYS["flip"](X)], axis=0)

    regressor.set_params(predict_augmentation="flip")

    np.testing.assert_allclose(regressor.predict(X), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("views", "left"), [("shift", None), ("flip_and_shift", "flip"), ("flip", "flip")]
)
def test_small_images_are_not_moved(views, left, digits):
    X, y = digits[0][:, 1:, 1:], digits[1]
    cnn = CNNClassifier(8, rescale=1 / 16, epochs=3, batch_size=32, random_state=0).fit(X, y)
    expected = cnn.set_params(predict_augmentation=left).predict_proba(X)

    np.testing.assert_array_equal(
        cnn.set_params(predict_augmentation=views).predict_proba(X), expected
    )


def test_images_of_a_single_row():
    X = np.random.default_rng(0).random((60, 1, 9), np.float32)
    y = np.arange(60) % 2
    cnn = CNNClassifier(
        4, epochs=1, batch_size=8, predict_augmentation="flip_and_shift", random_state=0
    )

    assert cnn.fit(X, y).predict_proba(X).shape == (60, 2)


def test_unknown_views(averaging, digits):
    with pytest.raises(ValueError, match="'predict_augmentation' parameter of CNNClassifier must"):
        CNNClassifier(predict_augmentation="mirror").fit(*digits)
    with pytest.raises(ValueError, match="must be None or one of flip, shift, flip_and_shift;"):
        averaging.set_params(predict_augmentation="mirror").predict(digits[0])


def test_six_views_of_an_image_take_the_place_of_six_images(averaging, digits, monkeypatch):
    monkeypatch.setattr("skcnn._engine.predicting._SAMPLE_BYTES", 12 * 12 * 12 * 4)
    passed = []
    run = ForwardPass._run
    monkeypatch.setattr(ForwardPass, "_run", lambda self, x: passed.append(len(x)) or run(self, x))

    averaging.set_params(predict_augmentation="flip_and_shift").predict(digits[0])

    assert max(passed) == 2
