"""Regressors: what they learn, in which units, and what they refuse."""

import keras
import numpy as np
import pytest
from sklearn.base import clone, is_regressor
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.neural_network import MLPRegressor as MLPRegressorOfScikitLearn

from skcnn import CNNRegressor, KerasRegressor, MLPClassifier, MLPRegressor, RandomAffine
from skcnn._engine.programs import store

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(scope="module")
def inked(scaled_digits):
    """Images, and the share of ink in their left half: what an image tells for certain."""
    X, _ = scaled_digits
    ink = X.astype(np.float64)
    return X, ink[:, :, :4].sum(axis=(1, 2)) / ink.sum(axis=(1, 2))


@pytest.fixture(scope="module")
def diabetes():
    return load_diabetes(return_X_y=True)


def mlp(**changes):
    defaults = {"epochs": 15, "batch_size": 32, "random_state": 0}
    return MLPRegressor((32,), **{**defaults, **changes})


def linear_network(input_shape, n_outputs):
    layers = [keras.Input(input_shape), keras.layers.Flatten(), keras.layers.Dense(n_outputs)]
    return keras.Sequential(layers)


# --- what they learn


@pytest.mark.slow
def test_the_defaults_learn_diabetes_as_well_as_ridge(diabetes):
    folds = KFold(5, shuffle=True, random_state=0)

    def score(regressor):
        return cross_val_score(regressor, *diabetes, cv=folds).mean()

    ours = score(MLPRegressor(random_state=0))
    assert ours > score(Ridge()) - 0.03
    assert ours > score(MLPRegressorOfScikitLearn(random_state=0)) + 1


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["rows", "images"])
def test_images_tell_a_number(inked, kind):
    X, y = inked
    regressor = (
        mlp() if kind == "rows" else CNNRegressor(8, epochs=20, batch_size=32, random_state=0)
    )
    regressor.fit(X[:300], y[:300])

    assert is_regressor(regressor)
    assert regressor.score(X[300:], y[300:]) > 0.8


@pytest.mark.slow
@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
@pytest.mark.parametrize("offset", [0.0, 1e4])
def test_the_scale_of_y_does_not_matter(inked, scale, offset):
    X, y = inked
    plain = mlp().fit(X, y)
    scaled = mlp().fit(X, (y + offset) * scale)

    np.testing.assert_allclose(scaled.history_["loss"], plain.history_["loss"], rtol=1e-3)
    np.testing.assert_allclose(scaled.predict(X) / scale - offset, plain.predict(X), atol=2e-3)


def test_targets_of_one_value_are_learned(inked):
    X, _ = inked
    regressor = mlp(epochs=60, learning_rate=0.01).fit(X[:200], np.full(200, 7.0))

    np.testing.assert_allclose(regressor.predict(X[:200]), 7, atol=0.2)


@pytest.mark.slow
def test_several_numbers_a_sample(inked):
    X, y = inked
    both = np.column_stack([y, 1000 * y + 5])
    regressor = mlp().fit(X, both)

    assert regressor.n_outputs_ == 2
    assert regressor.predict(X).shape == both.shape
    assert regressor.score(X, both) > 0.7
    with pytest.warns(UserWarning, match="column-vector y"):
        assert mlp(epochs=1).fit(X, y[:, np.newaxis]).predict(X).shape == y.shape


def test_what_is_held_out_of_a_sorted_y_is_shuffled(inked):
    X, y = inked
    order = np.argsort(y)
    history = mlp(epochs=10).fit(X[order], y[order]).history_

    assert history["val_loss"][-1] < 1.5 * history["loss"][-1]


@pytest.mark.slow
def test_weights_of_samples_count(inked):
    X, y = inked
    weight = np.where(y > np.median(y), 1.0, 0.0)
    whole = mlp(validation_split=0, early_stopping=False)
    some = clone(whole).fit(X, y, weight)
    alone = clone(whole).fit(X[weight > 0], y[weight > 0])

    np.testing.assert_allclose(some.predict(X), alone.predict(X), atol=0.05)
    assert not np.allclose(whole.fit(X, y).predict(X), some.predict(X), atol=0.1)


@pytest.mark.slow
@pytest.mark.parametrize("loss", ["mae", "huber", keras.losses.LogCosh()])
def test_losses_of_any_form(inked, loss):
    X, y = inked

    assert mlp(loss=loss, epochs=10).fit(X[:400], y[:400]).score(X[:400], y[:400]) > 0.2


# --- in which units


@pytest.fixture(scope="module")
def years(inked):
    X, y = inked
    return X, 1900 + 100 * y


@pytest.mark.slow
def test_model_and_checkpoint_give_the_units_of_y(years, tmp_path):
    X, y = years
    path = tmp_path / "best.keras"
    regressor = mlp(checkpoint_path=path).fit(X, y)
    expected = regressor.predict(X)
    rows = X.astype(np.float32)

    assert expected.dtype == np.float64
    assert np.sqrt(np.mean((expected - y) ** 2)) < y.std()
    np.testing.assert_allclose(
        regressor.model_.predict(rows, verbose=0)[:, 0], expected, rtol=1e-6
    )
    saved = keras.saving.load_model(path)
    np.testing.assert_allclose(saved.predict(rows, verbose=0)[:, 0], expected, rtol=1e-6)


@pytest.mark.slow
def test_targets_may_stay_as_they_are(inked):
    X, y = inked
    regressor = mlp(standardize_targets=False, metrics=["mae"]).fit(X, y)
    error = np.abs(regressor.predict(X) - y).mean()

    assert regressor.predict(X).dtype == np.float64
    assert np.mean(
        [regressor.history_["mae"][-1], regressor.history_["val_mae"][-1]]
    ) == pytest.approx(error, rel=0.2)


def test_what_a_sample_gives_does_not_depend_on_the_others(inked):
    X, y = inked
    regressor = mlp(epochs=2).fit(X, y)
    together = regressor.predict(X[:40])

    assert together.tolist() == [regressor.predict(X[i : i + 1])[0] for i in range(40)]


# --- through the engine


@pytest.mark.slow
def test_fits_of_one_kind_share_their_programs(inked):
    X, y = inked
    mlp(epochs=1).fit(X, y)
    before = list(store.names)
    GridSearchCV(mlp(epochs=1), {"learning_rate": [0.1, 0.01]}, cv=2).fit(X, 50 * y)

    assert sorted(store.names) == sorted(before)


@pytest.mark.slow
def test_memory_maps_bytes_and_varied_images(inked, tmp_path):
    X, y = inked
    as_bytes = (X * 255).astype(np.uint8)
    mapped = np.memmap(tmp_path / "x", np.uint8, "w+", shape=X.shape)
    mapped[:] = as_bytes
    regressor = CNNRegressor(
        4, epochs=2, batch_size=64, augmentation=RandomAffine(shift=0.1), random_state=0
    )
    expected = clone(regressor).fit(as_bytes, y).predict(as_bytes)

    np.testing.assert_array_equal(regressor.fit(mapped, y).predict(mapped), expected)


# --- what they refuse


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (lambda y: np.where(y == y.max(), np.nan, y), "y contains NaN"),
        (lambda y: np.where(y == y.max(), np.inf, y), "infinity"),
        (lambda y: None, "requires y to be passed"),
        (lambda y: y[:-1], "inconsistent numbers"),
        (lambda y: y[:, None, None], "dim 3"),
        (lambda y: np.full(len(y), "seven"), "could not convert"),
    ],
)
def test_bad_y_is_refused(inked, y, message):
    X, numbers = inked
    regressor = mlp()

    with pytest.raises(ValueError, match=message):
        regressor.fit(X, y(numbers))
    assert not hasattr(regressor, "model_")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"loss": "poisson"}, "loss poisson.*standardize_targets=False"),
        ({"loss": "categorical_crossentropy"}, "tells classes apart"),
    ],
)
def test_a_loss_that_does_not_fit_is_refused(inked, settings, message):
    with pytest.raises(ValueError, match=message):
        mlp(**settings).fit(*inked)


def test_networks_that_do_not_fit_are_refused(inked):
    X, y = inked

    def three_outputs(input_shape):
        return linear_network(input_shape, 3)

    def positive(input_shape):
        layers = [keras.Input(input_shape), keras.layers.Flatten()]
        return keras.Sequential([*layers, keras.layers.Dense(1, "relu")])

    with pytest.raises(ValueError, match="3 outputs, but y holds 1 numbers"):
        KerasRegressor(three_outputs).fit(X, y)
    with pytest.raises(ValueError, match=r"ends in relu.*standardize_targets=False"):
        KerasRegressor(positive, standardize_targets=True).fit(X, y)
    KerasRegressor(positive).fit(X, y)


def test_a_classifier_still_refuses_numbers(inked):
    with pytest.raises(ValueError, match="continuous"):
        MLPClassifier().fit(*inked)
