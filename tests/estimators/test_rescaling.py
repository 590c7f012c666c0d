"""Pixels that the network scales by itself."""

import pickle
import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skcnn import CNNClassifier, CNNRegressor, MLPClassifier, MLPRegressor, PixelScaler

BRIEF = {"epochs": 2, "batch_size": 50, "random_state": 0}
SMALL = {
    "MLPClassifier": MLPClassifier((8,), **BRIEF),
    "MLPRegressor": MLPRegressor((8,), **BRIEF),
    "CNNClassifier": CNNClassifier(4, dense_units=8, **BRIEF),
    "CNNRegressor": CNNRegressor(4, dense_units=8, **BRIEF),
}
MLP = SMALL["MLPClassifier"]


def rescaling(estimator, rescale=1 / 255):
    return clone(estimator).set_params(rescale=rescale)


def told(estimator, X, y):
    """Return the warnings of a fit that are about scaling."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        estimator.fit(X, y)
    return [warning for warning in caught if "scaled already" in str(warning.message)]


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
def test_a_fit_on_bytes_is_that_on_scaled_pixels(digits, name):
    X, y = digits
    ours = rescaling(SMALL[name]).fit(X, y)
    scaled = clone(SMALL[name]).fit((X / 255).astype(np.float32), y)
    outputs = "predict_proba" if hasattr(ours, "predict_proba") else "predict"

    np.testing.assert_allclose(
        getattr(ours, outputs)(X), getattr(scaled, outputs)(X / 255), rtol=1e-3, atol=1e-4
    )
    assert np.array_equal(pickle.loads(pickle.dumps(ours)).predict(X), ours.predict(X))
    assert clone(ours).rescale == 1 / 255


@pytest.mark.slow
def test_a_grid_chooses_the_factor(digits):
    grid = GridSearchCV(MLP, {"rescale": [None, 1 / 255]}, cv=2, error_score="raise").fit(*digits)

    assert list(grid.cv_results_["param_rescale"]) == [None, 1 / 255]


@pytest.mark.slow
def test_bytes_and_wider_numbers_are_rescaled_in_silence(digits):
    X, y = digits

    assert not told(rescaling(MLP), X, y)
    assert not told(rescaling(MLP), X * np.uint8(0), y)
    assert not told(rescaling(MLP, 1 / 65535), X.astype(np.uint16) * 257, y)
    assert not told(MLP, X / 255, y)


@pytest.mark.slow
def test_pixels_that_are_scaled_already_are_told_of_at_the_users_line(digits):
    X, y = digits
    (warning,) = told(rescaling(MLP), X / 255, y)

    assert "numbers up to 1, and rescale=0.00392157 makes them 0.0039 at most" in str(
        warning.message
    )
    assert warning.filename == __file__


@pytest.mark.slow
def test_a_scaler_before_it_is_told_of(digits):
    assert told(make_pipeline(PixelScaler(), rescaling(SMALL["CNNClassifier"])), *digits)


@pytest.mark.slow
def test_samples_in_a_file_are_looked_at_too(digits, tmp_path):
    X, y = digits
    np.save(tmp_path / "x.npy", X / 255)

    assert told(rescaling(MLP), np.load(tmp_path / "x.npy", mmap_mode="r"), y)


@pytest.mark.parametrize("name", SMALL)
def test_what_is_no_factor_is_told_in_fit(digits, name):
    with pytest.raises(ValueError, match=r"rescale must be a positive, finite number.*received 0"):
        rescaling(SMALL[name], 0).fit(*digits)
