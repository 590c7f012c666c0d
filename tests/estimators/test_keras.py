"""KerasClassifier takes any builder."""

import pickle

import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from skcnn import KerasClassifier, build_cnn, build_mlp

FAST = {"epochs": 2, "random_state": 0}
LONGER = {"epochs": 25, "random_state": 0}


@pytest.fixture(scope="module")
def data(scaled_digits):
    return scaled_digits


def dense(units=8, n_outputs=10, activation="softmax", input_shape=(8, 8)):
    return keras.Sequential(
        [
            keras.Input(input_shape),
            keras.layers.Flatten(),
            keras.layers.Dense(units, "relu"),
            keras.layers.Dense(n_outputs, activation),
        ]
    )


@pytest.mark.slow
def test_a_builder_is_handed_what_it_names(data):
    seen = {}

    def build(input_shape, n_classes, meta, compile_kwargs, params, units):
        seen.update(locals())
        return build_mlp(input_shape, n_classes, hidden_units=(units,))

    X, y = data
    labels = np.array([f"digit {label}" for label in y])
    KerasClassifier(build, units=5, learning_rate=0.5, **FAST).fit(X, labels)

    assert seen["input_shape"] == (8, 8)
    assert seen["n_classes"] == 10
    assert seen["units"] == 5
    assert seen["params"]["learning_rate"] == 0.5
    assert float(seen["compile_kwargs"]["optimizer"].learning_rate) == 0.5
    assert seen["compile_kwargs"]["loss"] == "categorical_crossentropy"
    assert seen["meta"]["n_features_in_"] == 64
    assert seen["meta"]["X_shape_"] == (400, 8, 8)
    assert seen["meta"]["n_classes_"] == 10
    assert seen["meta"]["target_type_"] == "multiclass"
    assert seen["meta"]["n_outputs_expected_"] == 1
    assert seen["meta"]["classes_"].tolist() == sorted(set(labels))


@pytest.mark.slow
def test_a_builder_that_names_nothing_is_handed_nothing(data):
    classifier = KerasClassifier(dense, **FAST).fit(*data)

    assert classifier.predict(data[0]).shape == (400,)


def scikeras_builder(hidden_layer_sizes, dropout, meta, compile_kwargs):
    """Build as scikeras' documentation teaches: output and loss by the type of target."""
    model = keras.Sequential()
    model.add(keras.Input((meta["n_features_in_"],)))
    for size in hidden_layer_sizes:
        model.add(keras.layers.Dense(size, activation="relu"))
        model.add(keras.layers.Dropout(dropout))
    if meta["target_type_"] == "binary":
        model.add(keras.layers.Dense(1, activation="sigmoid"))
        loss = "binary_crossentropy"
    elif meta["target_type_"] == "multiclass":
        model.add(keras.layers.Dense(meta["n_classes_"], activation="softmax"))
        loss = "sparse_categorical_crossentropy"
    else:
        raise NotImplementedError(meta["target_type_"])
    model.compile(loss=loss, optimizer=compile_kwargs["optimizer"])
    return model


@pytest.mark.slow
@pytest.mark.parametrize("relabel", [lambda y: y, lambda y: y > 4, lambda y: np.eye(10)[y]])
def test_a_builder_written_for_scikeras_works_as_it_is(data, relabel):
    X, y = data[0].reshape(-1, 64), relabel(data[1])
    classifier = KerasClassifier(
        scikeras_builder, hidden_layer_sizes=(64,), dropout=0.1, learning_rate=0.01, **LONGER
    )

    assert classifier.fit(X, y).score(X, y) > 0.85
    assert classifier.predict_proba(X).shape == (400, 2 if y.dtype == bool else 10)
    np.testing.assert_allclose(classifier.predict_proba(X).sum(axis=1), 1, rtol=1e-5)
    assert sorted(classifier.history_) == ["loss"]


def one_unit_by_default(compile_kwargs):
    """Build as scikeras' tests do: with the loss that is handed over, where there is one."""
    model = dense(units=64, n_outputs=1, activation="sigmoid")
    compile_kwargs["loss"] = compile_kwargs["loss"] or "binary_crossentropy"
    model.compile(**compile_kwargs)
    return model


@pytest.mark.slow
def test_the_default_loss_is_that_of_as_many_outputs_as_the_network_turns_out_to_have(data):
    X, y = data[0], data[1] > 4
    classifier = KerasClassifier(one_unit_by_default, learning_rate=0.01, **LONGER).fit(X, y)

    assert classifier.model_.loss == "binary_crossentropy"
    assert classifier.score(X, y) > 0.85
    assert classifier.history_.keys() == {"loss", "accuracy"}
    smoothed = KerasClassifier(one_unit_by_default, label_smoothing=0.2, **FAST).fit(X, y)
    assert smoothed.model_.loss.label_smoothing == 0.2
    with pytest.raises(ValueError, match="with the network's single output it teaches nothing"):
        KerasClassifier(one_unit_by_default, loss="categorical_crossentropy", **FAST).fit(X, y)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("loss", "activation"),
    [
        ("categorical_crossentropy", "softmax"),
        ("sparse_categorical_crossentropy", "softmax"),
        (keras.losses.CategoricalCrossentropy(label_smoothing=0.1), "softmax"),
        (keras.losses.CategoricalCrossentropy(from_logits=True), None),
        (keras.losses.SparseCategoricalCrossentropy(from_logits=True), None),
        (keras.losses.categorical_focal_crossentropy, "softmax"),
    ],
)
def test_labels_are_encoded_as_the_loss_wants_them(data, loss, activation):
    X, y = data
    classifier = KerasClassifier(
        dense, loss=loss, units=64, activation=activation, learning_rate=0.01, **LONGER
    )
    classifier.fit(X, y)

    assert classifier.score(X, y) > 0.85
    np.testing.assert_allclose(classifier.predict_proba(X).sum(axis=1), 1, rtol=1e-5)


@pytest.mark.slow
def test_one_logit_for_two_classes(data):
    X, y = data[0], data[1] > 4
    classifier = KerasClassifier(
        dense,
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
        units=64,
        n_outputs=1,
        activation=None,
        learning_rate=0.01,
        **LONGER,
    ).fit(X, y)

    assert classifier.score(X, y) > 0.85
    np.testing.assert_array_equal(classifier.predict(X), classifier.predict_proba(X)[:, 1] > 0.5)


@pytest.mark.slow
def test_outputs_that_are_no_probabilities_are_refused_as_such(data):
    X, y = data
    classifier = KerasClassifier(
        dense, loss="categorical_hinge", activation=None, units=32, learning_rate=0.01, **LONGER
    ).fit(X, y)

    assert classifier.score(X, y) > 0.5
    with pytest.raises(ValueError, match=r"no probabilities.*softmax"):
        classifier.predict_proba(X)


def test_a_network_of_the_wrong_width_is_refused(data):
    with pytest.raises(ValueError, match="7 outputs, but y holds 10 classes"):
        KerasClassifier(dense, n_outputs=7, **FAST).fit(*data)


@pytest.mark.parametrize("model", [3, None, "mlp"])
def test_what_builds_no_network_is_refused(data, model):
    with pytest.raises(TypeError, match=r"must be a keras\.Model.*or a function that builds one"):
        KerasClassifier(model, **FAST).fit(*data)


def test_a_builder_that_returns_something_else_is_refused(data):
    def build():
        return "a network"

    with pytest.raises(TypeError, match=r"must return a keras\.Model; build returned str"):
        KerasClassifier(build, **FAST).fit(*data)


def test_an_unknown_argument_of_the_builder_is_refused(data):
    with pytest.raises(TypeError, match="unitz"):
        KerasClassifier(dense, unitz=3, **FAST).fit(*data)


@pytest.mark.slow
def test_arguments_of_the_builder_are_parameters(data):
    classifier = KerasClassifier(build_cnn, filters=(4,), model__dense_units=8, **FAST)

    copy = clone(classifier)
    assert copy.get_params() == classifier.get_params()
    assert copy.get_params()["filters"] == (4,)
    model = copy.fit(data[0][..., np.newaxis], data[1]).model_
    assert model.get_layer("conv_1").filters == 4
    assert model.get_layer("dense_1").units == 8


@pytest.mark.slow
def test_arguments_of_the_builder_can_be_set_without_having_been_given(data):
    classifier = KerasClassifier(dense, **FAST).set_params(units=3, optimizer__clipnorm=0.5)

    model = clone(classifier).fit(*data).model_
    assert model.layers[1].units == 3
    assert model.optimizer.clipnorm == 0.5
    with pytest.raises(ValueError, match="Invalid parameter 'nonsense'"):
        classifier.set_params(nonsense=3)


@pytest.mark.slow
def test_grid_search_over_arguments_of_the_builder(data):
    search = GridSearchCV(
        KerasClassifier(dense, learning_rate=0.01, **LONGER),
        {"units": [2, 64], "optimizer__clipnorm": [None, 1.0]},
        cv=2,
    ).fit(*data)

    assert search.best_params_["units"] == 64
    assert len(set(search.cv_results_["mean_test_score"])) > 1


@pytest.mark.parametrize("name", ["compile__jit_compile", "nonsense__x"])
def test_routes_that_lead_nowhere_are_refused(data, name):
    with pytest.raises(ValueError, match=rf"fit__\* and predict__\*; received '{name}'"):
        KerasClassifier(dense, **{name: 1}, **FAST).fit(*data)


def compiled():
    model = dense()
    model.compile("sgd", "categorical_crossentropy")
    return model


@pytest.mark.slow
def test_a_compiled_network_keeps_its_settings(data):
    classifier = KerasClassifier(compiled, **FAST).fit(*data)

    assert type(classifier.model_.optimizer) is keras.optimizers.SGD


@pytest.mark.parametrize(
    "unheard",
    [
        {"learning_rate": 0.1},
        {"optimizer": "adamw"},
        {"loss": "kl_divergence"},
        {"label_smoothing": 0.1},
        {"weight_averaging": 0.9},
        {"optimizer__clipnorm": 1.0},
    ],
)
def test_settings_that_a_compiled_network_would_not_hear_are_refused(data, unheard):
    with pytest.raises(ValueError, match=f"{next(iter(unheard))} would have no effect"):
        KerasClassifier(compiled, **unheard, **FAST).fit(*data)


@pytest.mark.slow
def test_labels_are_smoothed_for_a_loss_by_name(data):
    def fit(**parameters):
        return KerasClassifier(dense, **parameters, **FAST).fit(*data).history_["loss"]

    own = keras.losses.CategoricalCrossentropy(label_smoothing=0.2)

    assert fit(label_smoothing=0.2) == fit(loss=own)
    with pytest.raises(ValueError, match="label_smoothing needs a loss"):
        fit(label_smoothing=0.2, loss=own)


@pytest.mark.slow
def test_a_builder_that_compiles_is_handed_the_schedule_and_the_average(data):
    def build(compile_kwargs):
        model = dense()
        model.compile(**compile_kwargs)
        return model

    settings = {"learning_rate": "one_cycle", "peak_learning_rate": 0.05, "weight_averaging": 0.5}
    optimizer = KerasClassifier(build, **settings, **FAST).fit(*data).model_.optimizer

    assert optimizer.get_config()["learning_rate"]["config"]["warmup_target"] == 0.05
    assert (optimizer.use_ema, optimizer.ema_momentum) == (True, 0.5)


@pytest.mark.slow
def test_the_builder_draws_from_seeded_generators(data):
    def build():
        return dense(units=int(np.random.randint(2, 1000)))

    sizes = {KerasClassifier(build, **FAST).fit(*data).model_.layers[1].units for _ in range(2)}
    assert len(sizes) == 1


@pytest.mark.slow
def test_a_network_that_is_built_only_when_called(data):
    class Subclassed(keras.Model):
        def __init__(self):
            super().__init__()
            self.flatten = keras.layers.Flatten()
            self.out = keras.layers.Dense(10, "softmax")

        def call(self, x):
            return self.out(self.flatten(x))

    first, second = (
        KerasClassifier(lambda: Subclassed(), **FAST).fit(*data).predict_proba(data[0])
        for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)


@pytest.mark.slow
def test_a_fitted_classifier_with_a_function_of_a_module_pickles(data):
    classifier = KerasClassifier(dense, **FAST).fit(*data)
    copy = pickle.loads(pickle.dumps(classifier))

    np.testing.assert_array_equal(copy.predict_proba(data[0]), classifier.predict_proba(data[0]))
