"""Any callable builds, and the classifier that it is given to keeps scikit-learn's contract."""

import functools
import pickle

import keras
import numpy as np
import pytest
from sklearn.base import clone

from skcnn import KerasClassifier, RandomAffine

FAST = {"epochs": 1, "random_state": 0}


@pytest.fixture(scope="module")
def data(scaled_digits):
    X, y = scaled_digits
    return X.reshape(len(X), -1)[:120], y[:120]


def network(units=8):
    return keras.Sequential(
        [keras.Input((64,)), keras.layers.Dense(units, "relu"), keras.layers.Dense(10, "softmax")]
    )


def rmsprop_by_default(optimizer="rmsprop"):
    model = network()
    model.compile(optimizer, "categorical_crossentropy")
    return model


def kind_of(classifier):
    """Return the name of the optimizer that trained a classifier."""
    return type(classifier.model_.optimizer).__name__.lower()


class Builder:
    """Builds from an object of one's own."""

    def __init__(self, width):
        self.width = width

    def __call__(self, depth=1):
        assert depth == 2
        return network(self.width)

    def build(self, depth=1):
        return self(depth)

    @staticmethod
    def static(depth=1):
        return network(4 * depth)


def mlp(width, depth=1):
    return Builder(width)(depth)


@pytest.mark.slow
@pytest.mark.parametrize(
    "builder",
    [Builder(8), Builder(8).build, Builder.static, functools.partial(mlp, 8)],
    ids=["object", "method", "staticmethod", "partial"],
)
def test_any_callable_builds(data, builder):
    classifier = KerasClassifier(builder, **FAST).set_params(depth=2)

    copied = pickle.loads(pickle.dumps(clone(classifier).fit(*data)))
    assert copied.model_.layers[0].units == 8
    assert copied.get_params()["depth"] == 2


@pytest.mark.slow
def test_a_partials_keyword_is_a_default_of_the_builder(data):
    builder = functools.partial(rmsprop_by_default, optimizer="sgd")
    fitted = [KerasClassifier(builder, **FAST, **given) for given in ({}, {"optimizer": "adam"})]

    assert [kind_of(c.fit(*data)) for c in fitted] == ["sgd", "adam"]


@pytest.mark.slow
def test_a_model_class_builds(data):
    class Own(keras.Model):
        def __init__(self, units=3):
            super().__init__()
            self.hidden, self.out = keras.layers.Dense(units), keras.layers.Dense(10, "softmax")

        def call(self, x):
            return self.out(self.hidden(x))

    classifier = KerasClassifier(Own, units=5, **FAST).fit(*data)
    assert classifier.model_.hidden.units == 5


# --- the contract --------------------------------------------------------------------------------


def test_parameters_come_back_as_they_were_given():
    class_weight, augmentation = {0: 1.0, 1: 2.0}, RandomAffine(rotation=5)
    given = {
        "class_weight": class_weight,
        "augmentation": augmentation,
        "optimizer": keras.optimizers.SGD(),
        "units": [3],
        "optimizer__clipnorm": 0.5,
        "model__depth": 2,
    }
    params = KerasClassifier(network, **given).get_params(deep=False)

    assert all(params[name] is value for name, value in given.items())
    assert "augmentation__rotation" in KerasClassifier(network, **given).get_params()


def test_the_repr_shows_what_was_given_and_no_more():
    shown = repr(KerasClassifier(network, units=3, epochs=2, optimizer__clipnorm=0.5))

    assert all(part in shown for part in ("units=3", "epochs=2", "optimizer__clipnorm=0.5"))
    assert "batch_size" not in shown
    assert "<div" in KerasClassifier(network, units=3)._repr_html_()


def test_a_clone_shares_nothing_with_its_origin():
    first = KerasClassifier(network)
    second = clone(first).set_params(units=3, epochs=2)

    assert "units" not in first.get_params()
    assert first.epochs == 30
    assert second.epochs == 2


def test_another_builder_brings_its_own_names(data):
    classifier = KerasClassifier(rmsprop_by_default, **FAST).set_params(model=network, units=3)

    assert classifier.fit(*data).model_.layers[0].units == 3
    np.testing.assert_array_equal(classifier.classes_, np.arange(10))
