"""Estimators with the parameters that are meant for photographs."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from skcnn import CNNClassifier, CNNRegressor, RandomAffine
from skcnn._engine import fitting
from skcnn._engine.whitening import whiten

BRIEF = {"epochs": 2, "batch_size": 20, "random_state": 0}
DEEP = {
    "filters": (4, (4, 6)),
    "rescale": 1 / 255,
    "strides": "auto",
    "padding": "same",
    "global_pooling": "average",
    "residual": True,
    "batch_normalization": True,
    "dense_units": (),
}


@pytest.fixture(scope="module")
def photographs():
    """Return 60 colour images of two kinds: darker above, and darker below."""
    rng = np.random.default_rng(0)
    y = np.arange(60) % 2
    shade = np.where(np.arange(12) < 6, 60, 180)[:, np.newaxis, np.newaxis]
    X = np.where(y[:, None, None, None], shade, shade[::-1]) + rng.integers(0, 60, (60, 12, 12, 3))
    return X.astype(np.uint8), y


@pytest.mark.slow
@pytest.mark.parametrize("kind", [CNNClassifier, CNNRegressor])
def test_a_copy_predicts_what_the_estimator_predicts(kind, photographs):
    X, y = photographs
    estimator = kind(**DEEP, **BRIEF).fit(X, y)

    assert np.array_equal(pickle.loads(pickle.dumps(estimator)).predict(X), estimator.predict(X))
    assert np.array_equal(clone(estimator).fit(X, y).predict(X), estimator.predict(X))


@pytest.mark.slow
def test_a_branching_network_learns(photographs):
    classifier = CNNClassifier(**DEEP, **BRIEF | {"epochs": 20}, learning_rate=0.02)

    assert classifier.fit(*photographs).score(*photographs) > 0.9


@pytest.mark.slow
def test_fits_of_one_branching_network_compile_once(photographs):
    fitting.store.clear()
    for seed in (0, 1):
        CNNClassifier(**DEEP, **BRIEF | {"random_state": seed}).fit(*photographs)

    trained = [name for name in fitting.store.names if name.startswith("train,")]
    assert len(trained) == 1


@pytest.mark.slow
def test_a_grid_over_networks(photographs):
    grid = GridSearchCV(
        CNNClassifier(4, dense_units=4, augmentation=RandomAffine(), **BRIEF | {"epochs": 1}),
        {"global_pooling": [None, "max"], "augmentation__flip": [None, "horizontal"]},
        cv=2,
        error_score="raise",
    ).fit(*photographs)

    assert len(grid.cv_results_["params"]) == 4


def test_what_makes_no_network_is_told_in_fit(photographs):
    with pytest.raises(ValueError, match="expected padding='same'; received 'valid'"):
        CNNClassifier((4, (4, 4)), residual=True, **BRIEF).fit(*photographs)


# --- the preset --------------------------------------------------------------------------------


def test_the_preset_for_photographs_stays_small_for_large_ones():
    preset = CNNClassifier.from_preset("photos")
    small, large = (preset.build_network((side, side, 3), 10) for side in (32, 224))

    assert small.count_params() < large.count_params() < 600_000
    assert large.get_layer("conv_1").output.shape[1:3] == (32, 32)


@pytest.mark.slow
@pytest.mark.parametrize("brightest", [1, 255])
def test_the_preset_for_photographs_learns_from_bytes_and_from_scaled_pixels(
    photographs, brightest
):
    X, y = photographs[0] / np.float32(255) * brightest, photographs[1]
    classifier = CNNClassifier.from_preset("photos", batch_size=6, auto_steps=300, random_state=0)

    assert classifier.fit(X, y).score(X, y) > 0.95


@pytest.mark.parametrize("name", ["fast", "accurate", "photos"])
def test_what_presets_do_first_makes_scales_alike(photographs, name):
    X = photographs[0].astype(np.float32)
    preset = CNNClassifier.from_preset(name)
    network = preset.build_network((12, 12, 3), 10)
    network.get_layer("conv_1_normalization").epsilon = 0.0
    outputs = []
    for x in (X, X / 255):
        if preset.whitening:
            whiten(network, x, np.arange(len(x)))
        outputs.append(network(x, training=True))

    np.testing.assert_allclose(*outputs, atol=1e-3)
