"""The parameter ``augmentation`` of a classifier."""

import warnings

import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV

from skcnn import CNNClassifier, MLPClassifier, RandomAffine
from skcnn._engine import fitting


def small(**parameters):
    return CNNClassifier((4,), **({"dense_units": 8, "epochs": 2, "random_state": 0} | parameters))


def weights_of(classifier, data):
    return classifier.fit(*data).model_.get_weights()


def equal(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.fixture
def layers():
    return [keras.layers.RandomRotation(0.05), keras.layers.RandomTranslation(0.1, 0.1)]


def test_random_affine_is_a_setting_that_clones_and_prints():
    classifier = small(augmentation=RandomAffine(rotation=15))

    assert clone(classifier).get_params()["augmentation__rotation"] == 15
    assert "RandomAffine(rotation=15)" in repr(classifier)
    assert small(augmentation=RandomAffine()).get_params()["augmentation__shift"] == 0.07


@pytest.mark.slow
def test_a_grid_varies_the_limits(scaled_digits):
    grid = GridSearchCV(
        small(augmentation=RandomAffine(), epochs=1),
        {"augmentation__rotation": [0.0, 20.0], "augmentation__zoom": [0.0, 0.1]},
        cv=2,
        error_score="raise",
    ).fit(*scaled_digits)

    assert len(grid.cv_results_["params"]) == 4


@pytest.mark.slow
def test_a_grid_over_limits_compiles_once(scaled_digits, monkeypatch):
    fitting.store.clear()
    for rotation in (0.0, 5.0, 20.0):
        small(augmentation=RandomAffine(rotation=rotation)).fit(*scaled_digits)

    trained = [name for name in fitting.store.names if name.startswith("train,")]
    assert len(trained) == 1


@pytest.mark.slow
def test_augmented_and_plain_programs_are_told_apart(scaled_digits):
    plain = weights_of(small(), scaled_digits)
    varied = weights_of(small(augmentation=RandomAffine()), scaled_digits)

    assert not equal(plain, varied)
    assert equal(plain, weights_of(small(), scaled_digits))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["affine", "layers"])
def test_random_state_decides_the_variations(scaled_digits, layers, kind):
    augmentation = RandomAffine() if kind == "affine" else layers
    one = weights_of(small(augmentation=augmentation), scaled_digits)

    assert equal(one, weights_of(small(augmentation=augmentation), scaled_digits))
    assert equal(one, weights_of(clone(small(augmentation=augmentation)), scaled_digits))
    assert not equal(one, weights_of(small(), scaled_digits))


@pytest.mark.slow
def test_keras_layers_given_are_not_the_layers_used(scaled_digits, layers):
    before = [layer.generator.state.numpy() for layer in layers]
    small(augmentation=layers).fit(*scaled_digits)

    for layer, state in zip(layers, before, strict=True):
        np.testing.assert_array_equal(layer.generator.state.numpy(), state)


@pytest.mark.slow
def test_a_layer_of_the_users_own_is_never_taken_for_another(scaled_digits):
    class Plus(keras.layers.Layer):
        def __init__(self, summand=0.0, **kwargs):
            super().__init__(**kwargs)
            self.summand = summand

        def call(self, x):
            return x + self.summand

        def get_config(self):
            return super().get_config() | {"summand": self.summand}

    results = [weights_of(small(augmentation=[Plus(s)]), scaled_digits) for s in (0.0, 0.5, 0.0)]

    assert equal(results[0], results[2])
    assert not equal(results[0], results[1])


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(8, 8), (8, 8, 1)])
def test_an_mlp_on_images_is_augmented_too(scaled_digits, shape):
    X, y = scaled_digits
    X = X.reshape(-1, *shape)
    mlp = MLPClassifier((8,), epochs=2, random_state=0)
    varied = clone(mlp).set_params(augmentation=RandomAffine())

    assert not equal(weights_of(mlp, (X, y)), weights_of(varied, (X, y)))


def test_rows_of_pixels_are_no_images(scaled_digits):
    X, y = scaled_digits
    mlp = MLPClassifier((8,), augmentation=RandomAffine())

    with pytest.raises(ValueError, match=r"received samples of shape \(64,\).*ImageReshaper"):
        mlp.fit(X.reshape(len(X), -1), y)


@pytest.mark.parametrize(
    "limits",
    [{"shift": 1.5}, {"rotation": -1}, {"zoom": 1.0}, {"shear": "a lot"}, {"flip": "sideways"}],
)
def test_limits_out_of_range(scaled_digits, limits):
    with pytest.raises(ValueError, match=f"The '{next(iter(limits))}' parameter of RandomAffine"):
        small(augmentation=RandomAffine(**limits)).fit(*scaled_digits)


@pytest.mark.parametrize("augmentation", ["affine", {"shift": 0.1}, 0.1])
def test_what_is_no_augmentation(scaled_digits, augmentation):
    with pytest.raises(ValueError, match="The 'augmentation' parameter of CNNClassifier"):
        small(augmentation=augmentation).fit(*scaled_digits)


def test_what_is_no_layer(scaled_digits):
    with pytest.raises(TypeError, match=r"keras\.layers\.Layer; received 'flip'"):
        small(augmentation=["flip"]).fit(*scaled_digits)


# --- layers of Keras that want something else ---------------------------------------------------


class OwnMixUp(keras.layers.MixUp):
    """Mixes, too."""


@pytest.mark.skipif(not hasattr(keras.layers, "CutMix"), reason="Keras before 3.11")
@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: keras.layers.MixUp(), "MixUp"),
        (lambda: keras.layers.CutMix(), "CutMix"),
        (lambda: OwnMixUp(), "OwnMixUp"),
        (lambda: keras.layers.Pipeline([keras.layers.MixUp()]), "MixUp"),
        (lambda: keras.Sequential([keras.layers.CutMix()]), "CutMix"),
    ],
)
def test_layers_that_would_mix_labels_are_refused(scaled_digits, make, name):
    with pytest.raises(ValueError, match=f"but {name} mixes several into one"):
        small(augmentation=[keras.layers.RandomFlip(), make()]).fit(*scaled_digits)


@pytest.fixture
def coloured():
    X = np.random.default_rng(0).random((60, 8, 8, 3)).astype(np.float32)
    return X, np.arange(60) % 3


def brightness(high):
    return keras.layers.RandomBrightness(0.1, value_range=(0, high), name="brightness")


@pytest.mark.slow
@pytest.mark.parametrize(("high", "factor"), [(255, 1), (1, 255)])
@pytest.mark.parametrize(
    "wrap", [lambda layer: layer, lambda layer: keras.layers.Pipeline([layer])]
)
def test_a_layer_for_another_range_of_pixels_is_warned_of(coloured, high, factor, wrap):
    X, y = coloured
    wanted = r"\(0, 1\)" if factor == 1 else r"\(0, 255\)"

    with pytest.warns(UserWarning, match=f"'brightness' is set for.*Give it value_range={wanted}"):
        small(augmentation=[wrap(brightness(high))]).fit(X * factor, y)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("layers", "factor"),
    [
        (lambda: [brightness(1)], 1),
        (lambda: [brightness(255)], 255),
        (lambda: [keras.layers.Rescaling(255), brightness(255)], 1),
        (lambda: [keras.layers.RandomFlip()], 255),
    ],
    ids=["0..1", "0..255", "rescaled", "any"],
)
def test_a_layer_for_the_range_of_the_pixels_is_not(coloured, layers, factor):
    X, y = coloured
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        warnings.simplefilter("ignore", ConvergenceWarning)
        small(augmentation=layers()).fit(X * factor, y)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["RandAugment", "AugMix"])
def test_bundles_of_layers_are_warned_of_once(coloured, name):
    if not hasattr(keras.layers, name):
        pytest.skip("Keras knows it from a later version on")
    X, y = coloured
    with pytest.warns(UserWarning, match="value_range") as warned:
        small(augmentation=[getattr(keras.layers, name)()]).fit(X, y)

    assert sum("value_range" in str(one.message) for one in warned) == 1
