"""KerasRegressor takes any builder, as KerasClassifier does."""

import inspect
import pickle

import keras
import numpy as np
import pytest
from sklearn.base import clone, is_regressor
from sklearn.datasets import load_diabetes
from sklearn.model_selection import GridSearchCV

from skcnn import KerasClassifier, KerasRegressor, build_mlp

FAST = {"epochs": 2, "random_state": 0}


@pytest.fixture(scope="module")
def data():
    X, y = load_diabetes(return_X_y=True)
    return X, (y - y.mean()) / y.std()


def for_scikeras(meta, compile_kwargs, hidden_layer_sizes=(16,)):
    """Build as scikeras' documentation teaches."""
    model = keras.Sequential([keras.Input((meta["n_features_in_"],))])
    for size in hidden_layer_sizes:
        model.add(keras.layers.Dense(size, "relu"))
    model.add(keras.layers.Dense(meta["n_outputs_"]))
    model.compile(**compile_kwargs)
    return model


def for_keras_wrappers(X, y, loss, layers=(16,)):
    """Build as the documentation of keras.wrappers teaches."""
    model = keras.Sequential([keras.Input((X.shape[1],))])
    for size in layers:
        model.add(keras.layers.Dense(size, "relu"))
    model.add(keras.layers.Dense(y.shape[1]))
    model.compile("adam", loss)
    return model


@pytest.mark.slow
@pytest.mark.parametrize("builder", [for_scikeras, for_keras_wrappers, build_mlp])
def test_builders_of_each_kind_learn(data, builder):
    X, y = data
    regressor = KerasRegressor(builder, epochs=40, random_state=0)
    if builder is for_keras_wrappers:
        regressor.set_params(loss="mse")

    assert regressor.fit(X, y).score(X, y) > 0.4
    assert regressor.predict(X).shape == y.shape


@pytest.mark.slow
def test_several_numbers_a_sample(data):
    X, y = data
    regressor = KerasRegressor(for_scikeras, **FAST).fit(X, np.c_[y, -y])

    assert regressor.predict(X).shape == (442, 2)


@pytest.mark.parametrize(
    ("n_outputs", "target_type"), [(1, "continuous"), (3, "continuous-multioutput")]
)
def test_a_builder_is_handed_facts_about_numbers(data, n_outputs, target_type):
    seen = {}

    def build(meta, n_outputs, output_activation):
        seen.update(meta, named=n_outputs, activation=output_activation)
        return keras.Sequential([keras.layers.Dense(n_outputs, output_activation)])

    X, y = data
    y = np.column_stack([y] * n_outputs) if n_outputs > 1 else y
    KerasRegressor(build, **FAST).fit(X, y)

    assert (seen["named"], seen["activation"]) == (n_outputs, "linear")
    assert (seen["n_outputs_"], seen["n_outputs_expected_"]) == (n_outputs, 1)
    assert (seen["target_type_"], seen["y_ndim_"]) == (target_type, y.ndim)
    assert (seen["X_shape_"], seen["n_features_in_"]) == ((442, 10), 10)


def test_its_defaults_are_those_of_keras_fit():
    assert is_regressor(KerasRegressor(build_mlp))
    params = KerasRegressor(build_mlp).get_params()

    assert (params["loss"], params["standardize_targets"]) == ("mse", False)
    of_classifier = KerasClassifier(build_mlp).get_params()
    for name in ("batch_size", "validation_split", "early_stopping", "callbacks"):
        assert params[name] == of_classifier[name]
    signature = inspect.signature(KerasRegressor)
    assert next(iter(signature.parameters)) == "model"
    assert "standardize_targets" in signature.parameters
    assert "class_weight" not in signature.parameters


@pytest.mark.slow
def test_loss_and_parameters_reach_it(data):
    regressor = KerasRegressor(
        build_mlp, hidden_units=(4,), loss="Huber", loss__name="robust", metrics=["mae"], **FAST
    )
    copied = pickle.loads(pickle.dumps(clone(regressor).fit(*data)))

    assert copied.get_params() == regressor.get_params()
    assert copied.history_.keys() == {"loss", "mae"}
    assert copied.model_.loss.name == "robust"


@pytest.mark.slow
def test_a_search_reaches_the_builder(data):
    search = GridSearchCV(
        KerasRegressor(build_mlp, epochs=20, random_state=0),
        {"hidden_units": [(32,)], "optimizer__learning_rate": [1e-6, 0.01]},
        cv=2,
        error_score="raise",
    ).fit(*data)

    assert search.best_params_["optimizer__learning_rate"] == 0.01


class AsDocumented(KerasRegressor):
    """A subclass with a constructor and a method that builds."""

    def __init__(self, hidden_layer_sizes=(8,), epochs=3, **kwargs):
        super().__init__(**kwargs)
        self.hidden_layer_sizes = hidden_layer_sizes
        self.epochs = epochs

    def _keras_build_fn(self, compile_kwargs):
        model = keras.Sequential([keras.Input((self.n_features_in_,))])
        for size in self.hidden_layer_sizes:
            model.add(keras.layers.Dense(size, "relu"))
        model.add(keras.layers.Dense(self.n_outputs_))
        model.compile(**compile_kwargs)
        return model


def test_a_subclass_builds_with_a_method(data):
    regressor = clone(AsDocumented((3,), random_state=0)).fit(*data)

    assert regressor.n_iter_ == 3
    assert regressor.model_.layers[0].units == 3
    assert AsDocumented().get_params()["hidden_layer_sizes"] == (8,)


@pytest.mark.slow
def test_initialize_and_partial_fit_grow_it(data):
    X, y = data
    regressor = KerasRegressor(build_mlp, hidden_units=(4,), **FAST).initialize(X, y)

    assert regressor.predict(X).shape == (442,)
    assert regressor.partial_fit(X, y).n_iter_ == 1


def test_settings_of_classes_are_not_its_own():
    with pytest.raises(ValueError, match="fit__class_weight would have no effect"):
        KerasRegressor(build_mlp, fit__class_weight="balanced").fit(np.eye(4), np.arange(4.0))
