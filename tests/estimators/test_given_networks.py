"""Networks that exist: each fit trains a copy; from_network is fitted without training."""

import pickle

import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score

from skcnn import KerasClassifier, KerasRegressor, MLPClassifier, MLPRegressor

FAST = {"epochs": 2, "random_state": 0}


@pytest.fixture(scope="module")
def data(scaled_digits):
    X, y = scaled_digits
    return X.reshape(len(X), -1)[:150], y[:150]


def network(n_outputs=10, activation="softmax", input_shape=(64,)):
    layers = [
        keras.Input(input_shape),
        keras.layers.Flatten(),
        keras.layers.Dense(8, "relu"),
        keras.layers.Dropout(0.25),
        keras.layers.Dense(n_outputs, activation),
    ]
    return keras.Sequential(layers)


def of_any_length():
    pooled = keras.layers.GlobalAveragePooling1D()
    return keras.Sequential([keras.Input((None, 3)), pooled, keras.layers.Dense(10, "softmax")])


def compiled(**arguments):
    model = network(**arguments)
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def state_of(model):
    optimizer = [v.numpy() for v in model.optimizer.variables] if model.compiled else []
    return [variable.numpy() for variable in model.variables] + optimizer


@pytest.mark.slow
@pytest.mark.parametrize("make", [network, compiled])
def test_each_fit_trains_a_copy_and_the_given_network_stays_as_it_was(data, make):
    model = make()
    before, was_compiled = state_of(model), model.compiled
    classifier = KerasClassifier(model, **FAST)
    first = classifier.fit(*data).predict_proba(data[0])

    np.testing.assert_array_equal(classifier.fit(*data).predict_proba(data[0]), first)
    assert model.compiled is was_compiled
    assert classifier.model is model
    assert classifier.model_ is not model
    for now, then in zip(state_of(model), before, strict=True):
        np.testing.assert_array_equal(now, then)


@pytest.mark.slow
def test_a_fit_starts_from_the_weights_and_with_a_fresh_optimizer(data):
    X, y = data
    model = compiled()
    model.fit(X, y, epochs=3, verbose=0)
    classifier = KerasClassifier(model, **FAST).initialize(X, y)

    np.testing.assert_allclose(classifier.predict_proba(X), model.predict(X, verbose=0), rtol=1e-5)
    assert int(classifier.model_.optimizer.iterations) == 0
    assert int(model.optimizer.iterations) == 15


@pytest.mark.slow
def test_dropout_follows_random_state(data):
    model = compiled()
    by_seed = [
        KerasClassifier(model, epochs=1, random_state=seed).fit(*data).predict_proba(data[0])
        for seed in (0, 0, 1)
    ]

    np.testing.assert_array_equal(by_seed[0], by_seed[1])
    assert (by_seed[0] != by_seed[2]).any()


@pytest.mark.slow
def test_it_is_compiled_as_the_given_one_is(data):
    X, y = data
    model, metric = network(1, None), keras.metrics.MeanAbsoluteError(name="error")
    model.compile("sgd", keras.losses.Huber(delta=1e-3), metrics=[metric])
    regressor = KerasRegressor(model, **FAST).fit(X, y * 100.0)

    assert regressor.model_.loss is model.loss
    assert regressor.history_["loss"][0] == pytest.approx(
        1e-3 * regressor.history_["error"][0], rel=1e-2
    )
    assert float(metric.result()) == 0


@pytest.mark.slow
def test_clones_share_it_and_pickles_keep_it(data):
    classifier = KerasClassifier(compiled(), **FAST)
    expected = classifier.fit(*data).predict_proba(data[0])

    assert clone(classifier).model is classifier.model
    assert clone(classifier).get_params() == classifier.get_params()
    for copied in (clone(classifier), pickle.loads(pickle.dumps(clone(classifier)))):
        np.testing.assert_array_equal(copied.fit(*data).predict_proba(data[0]), expected)
    loaded = pickle.loads(pickle.dumps(classifier))
    np.testing.assert_array_equal(loaded.predict_proba(data[0]), expected)
    np.testing.assert_array_equal(loaded.fit(*data).predict_proba(data[0]), expected)


@pytest.mark.slow
def test_it_is_searched_and_validated(data):
    classifier = KerasClassifier(network(), learning_rate=0.01, **FAST)
    search = GridSearchCV(classifier, {"epochs": [1, 25]}, cv=2, error_score="raise").fit(*data)

    assert search.best_params_ == {"epochs": 25}
    assert cross_val_score(search.best_estimator_, *data, cv=2).min() > 0.5
    with_networks = GridSearchCV(
        classifier, {"model": [network(), compiled()]}, cv=2, error_score="raise"
    )
    with_networks.set_params(estimator__learning_rate=None).fit(*data)


@pytest.mark.slow
def test_settings_reach_one_that_is_not_compiled(data):
    classifier = KerasClassifier(
        network(), optimizer="sgd", optimizer__momentum=0.5, loss__label_smoothing=0.1, **FAST
    ).fit(*data)

    assert classifier.model_.optimizer.momentum == 0.5
    assert classifier.model_.loss.label_smoothing == 0.1


@pytest.mark.parametrize(
    "unheard", [{"optimizer": "adam"}, {"learning_rate": 0.1}, {"loss__label_smoothing": 0.1}]
)
def test_settings_that_a_compiled_one_would_not_hear_are_refused(data, unheard):
    with pytest.raises(ValueError, match=f"is compiled, so {next(iter(unheard))} would have no"):
        KerasClassifier(compiled(), **unheard, **FAST).fit(*data)


@pytest.mark.slow
def test_rows_and_images_are_shaped_as_it_takes_them(data):
    X, y = data
    by_rows = KerasClassifier(network(input_shape=(8, 8, 1)), **FAST).fit(X, y)
    by_images = clone(by_rows).fit(X.reshape(-1, 8, 8), y)

    assert by_rows.input_shape_ == by_images.input_shape_ == (8, 8, 1)
    np.testing.assert_array_equal(
        by_rows.predict_proba(X), by_images.predict_proba(X.reshape(-1, 8, 8))
    )


def test_a_network_of_another_shape_is_refused(data):
    X, y = data
    with pytest.raises(ValueError, match=r"takes samples of shape \(64,\); received X.*\(60,\)"):
        KerasClassifier(network(), **FAST).fit(X[:, :60], y)
    with pytest.raises(ValueError, match="has 10 outputs, but y holds 3 classes"):
        KerasClassifier(network(), **FAST).fit(X, y % 3)


@pytest.mark.slow
def test_one_that_is_built_when_called_is_copied_too(data):
    unbuilt = keras.Sequential([keras.layers.Dense(10, "softmax")])
    classifier = KerasClassifier(unbuilt, **FAST).fit(*data)

    assert not unbuilt.built
    assert classifier.predict_proba(data[0]).shape == (150, 10)


def test_one_that_keras_cannot_copy_is_refused_with_what_to_do(data):
    class Own(keras.Model):
        def __init__(self, units):
            super().__init__()
            self.out = keras.layers.Dense(units, "softmax")

        def call(self, x):
            return self.out(x)

    with pytest.raises(ValueError, match=r"cannot copy.*get_config.*or pass a function"):
        KerasClassifier(Own(10), **FAST).fit(*data)


@pytest.mark.slow
def test_a_regressor_takes_one_too(data):
    X, y = data
    model = network(1, None)
    regressor = KerasRegressor(model, **FAST).fit(X, y)

    assert regressor.predict(X).shape == (150,)
    assert clone(regressor).model is model


# --- from_network --------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    "relabel",
    [
        lambda y: y,
        lambda y: y > 4,
        lambda y: np.c_[y > 4, y % 2 == 0, y == 3].astype(int),
    ],
    ids=["classes", "two classes", "labels"],
)
def test_the_file_of_the_best_model_predicts_what_the_fitted_one_did(data, relabel, tmp_path):
    X, y, path = data[0], relabel(data[1]), tmp_path / "best.keras"
    fitted = MLPClassifier((8,), epochs=3, checkpoint_path=path, random_state=0).fit(X, y)
    classes = None if y.dtype == int else [False, True]
    classifier = KerasClassifier.from_network(path, classes)

    np.testing.assert_array_equal(classifier.predict_proba(X), fitted.predict_proba(X))
    np.testing.assert_array_equal(classifier.predict(X), fitted.predict(X))
    assert classifier.score(X, y) == fitted.score(X, y)
    assert (classifier.n_features_in_, classifier.input_shape_) == (64, (64,))
    np.testing.assert_array_equal(classifier.classes_, fitted.classes_)
    assert classifier.history_ == {}


@pytest.mark.slow
def test_the_file_of_a_regressor_predicts_in_the_units_of_y(data, tmp_path):
    X, y, path = data[0], data[1] * 1000.0, tmp_path / "best.keras"
    fitted = MLPRegressor((8,), epochs=3, checkpoint_path=path, random_state=0).fit(X, y)
    regressor = KerasRegressor.from_network(str(path))

    np.testing.assert_allclose(regressor.predict(X), fitted.predict(X), rtol=1e-4)
    assert regressor.n_outputs_ == 1


@pytest.mark.slow
def test_it_goes_on_with_the_state_of_the_optimizer(data, tmp_path):
    X, y = data
    path = tmp_path / "best.keras"
    MLPClassifier((8,), epochs=1, checkpoint_path=path, batch_size=10, random_state=0).fit(X, y)
    classifier = KerasClassifier.from_network(path, batch_size=50)
    steps = int(classifier.model_.optimizer.iterations)
    classifier.partial_fit(X, y)

    assert steps > 0
    assert int(classifier.model_.optimizer.iterations) == steps + 3
    assert len(classifier.history_["loss"]) == 1
    fresh = clone(classifier).set_params(epochs=1).fit(X, y)
    assert int(fresh.model_.optimizer.iterations) == 3


@pytest.mark.slow
def test_the_network_that_was_given_stays_as_it_was(data):
    model = compiled()
    before = state_of(model)
    KerasClassifier.from_network(model).partial_fit(*data)

    for now, then in zip(state_of(model), before, strict=True):
        np.testing.assert_array_equal(now, then)


@pytest.mark.slow
def test_it_pickles(data):
    classifier = KerasClassifier.from_network(network(), list("abcdefghij"))
    loaded = pickle.loads(pickle.dumps(classifier))

    np.testing.assert_array_equal(loaded.predict_proba(data[0]), classifier.predict_proba(data[0]))
    assert set(loaded.predict(data[0])) <= set("abcdefghij")


@pytest.mark.slow
def test_classes_come_in_the_order_of_the_outputs(data):
    X, y = data
    names = np.array(list("jihgfedcba"))
    trained = KerasClassifier(network(), epochs=15, learning_rate=0.01, random_state=0).fit(X, y)
    classifier = KerasClassifier.from_network(trained.model_, names, epochs=1)

    np.testing.assert_array_equal(classifier.predict(X), names[trained.predict(X)])
    np.testing.assert_array_equal(classifier.predict_proba(X), trained.predict_proba(X)[:, ::-1])
    score = classifier.score(X, names[y])
    assert classifier.partial_fit(X, names[y]).score(X, names[y]) > score - 0.1
    assert classifier.fit(X, names[y]).score(X, names[y]) > score - 0.1


@pytest.mark.slow
def test_one_that_is_not_compiled_is_compiled_as_the_parameters_say(data):
    classifier = KerasClassifier.from_network(network(), optimizer="sgd").partial_fit(*data)

    assert type(classifier.model_.optimizer) is keras.optimizers.SGD
    assert classifier.history_.keys() == {"loss", "accuracy"}


@pytest.mark.slow
@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
def test_what_several_outputs_mean_can_be_said(data, activation):
    model = network(3, activation)

    by_itself = KerasClassifier.from_network(model)
    assert by_itself.predict(data[0]).ndim == (1 if activation == "softmax" else 2)
    if activation == "sigmoid":
        one_class = KerasClassifier.from_network(model, target_type="multiclass")
        assert one_class.predict(data[0]).ndim == 1


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (lambda: ["nothing.keras"], FileNotFoundError, "There is no file 'nothing.keras'"),
        (lambda: [__file__], ValueError, r"can read no network from .*expected a \.keras file"),
        (lambda: [3], TypeError, r"Expected a keras\.Model, or the path"),
        (lambda: [network(), [0, 1]], ValueError, "10 outputs, for 10 classes; received 2"),
        (lambda: [network(3), [1, 1, 2]], ValueError, "each label once"),
        (lambda: [network(1, "sigmoid"), ["b", "a"]], ValueError, "Pass sorted classes"),
        (lambda: [of_any_length()], ValueError, r"does not tell the shape.*\(None, 3\)"),
    ],
)
def test_what_makes_no_classifier_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        KerasClassifier.from_network(*arguments())
