"""Networks of several inputs, each of which takes columns of one X."""

import pickle

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder, StandardScaler

from skcnn import KerasClassifier, KerasRegressor

FAST = {"epochs": 2, "random_state": 0}
INPUTS = {"image": slice(0, 64), "table": [64, 65]}


@pytest.fixture(scope="module")
def data(scaled_digits):
    images, y = scaled_digits
    table = np.random.default_rng(0).normal(size=(150, 2)).astype(np.float32)
    return np.hstack([images[:150].reshape(150, -1), table]), y[:150]


def network(n_outputs, output_activation, units=4, as_dict=False):
    inputs = {
        "image": keras.Input((8, 8, 1), name="image"),
        "table": keras.Input((2,), name="table"),
    }
    hidden = keras.layers.Dense(units, "relu")(keras.layers.Flatten()(inputs["image"]))
    joined = keras.layers.concatenate([hidden, inputs["table"]])
    outputs = keras.layers.Dense(n_outputs, output_activation)(joined)
    return keras.Model(inputs if as_dict else list(inputs.values()), outputs)


def compiled():
    model = network(10, "softmax")
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@pytest.mark.slow
@pytest.mark.parametrize("as_dict", [False, True])
def test_each_input_gets_its_columns_in_its_shape(data, as_dict):
    X, y = data
    classifier = KerasClassifier(network, inputs=INPUTS, as_dict=as_dict, **FAST).fit(X, y)
    inner = classifier.model_.layers[-1]
    parts = {"image": X[:, :64].reshape(-1, 8, 8, 1), "table": X[:, 64:]}

    np.testing.assert_allclose(
        classifier.predict_proba(X), inner(parts if as_dict else list(parts.values())), rtol=1e-5
    )
    assert classifier.input_shape_ == (66,)


@pytest.mark.slow
def test_it_trains_as_keras_trains_the_network_itself(data):
    X, y = data
    classifier = KerasClassifier(compiled, inputs=INPUTS, batch_size=150, **FAST).initialize(X, y)
    by_keras = compiled()
    by_keras.set_weights(classifier.model_.get_weights())
    parts = [X[:, :64].reshape(-1, 8, 8, 1), X[:, 64:]]
    by_keras.fit(parts, y, batch_size=150, epochs=2, shuffle=False, verbose=0)
    classifier.set_params(warm_start=True).fit(X, y)

    np.testing.assert_allclose(
        classifier.predict_proba(X), by_keras.predict(parts, verbose=0), rtol=1e-4
    )
    assert classifier.history_.keys() == {"loss", "accuracy"}


@pytest.mark.slow
def test_columns_have_names_in_a_table_and_may_stand_anywhere(data):
    X, y = data
    names = ["age", "sex", *(f"pixel_{i}" for i in range(64))]
    table = pd.DataFrame(np.hstack([X[:, 64:], X[:, :64]]), columns=names)
    by_numbers = KerasClassifier(network, inputs=INPUTS, **FAST).fit(X, y)
    by_names = KerasClassifier(
        network, inputs={"image": slice(2, None), "table": ["age", "sex"]}, **FAST
    ).fit(table, y)
    swapped = clone(by_names).set_params(inputs={"image": names[2:], "table": ["sex", "age"]})
    swapped.fit(table, y)

    expected = by_numbers.predict_proba(X)
    np.testing.assert_array_equal(by_names.predict_proba(table), expected)
    assert (swapped.predict_proba(table) != expected).any()


@pytest.mark.slow
def test_inputs_may_share_columns_and_want_whole_numbers():
    def build(n_classes):
        code, all_of_it = (
            keras.Input((1,), dtype="int32", name="code"),
            keras.Input((2,), name="all"),
        )
        embedded = keras.layers.Flatten()(keras.layers.Embedding(4, 3)(code))
        joined = keras.layers.concatenate([embedded, all_of_it])
        return keras.Model([code, all_of_it], keras.layers.Dense(n_classes, "softmax")(joined))

    codes = np.random.default_rng(0).integers(0, 4, 400)
    X = np.c_[codes, np.random.default_rng(1).normal(size=400)]
    classifier = KerasClassifier(
        build, inputs={"code": 0, "all": [0, 1]}, epochs=20, learning_rate=0.05, random_state=0
    )

    assert classifier.fit(X, np.isin(codes, (0, 3))).score(X, np.isin(codes, (0, 3))) == 1


@pytest.mark.slow
def test_a_pipeline_from_a_table_is_searched(data):
    X, y = data
    table = pd.DataFrame(X, columns=[f"pixel_{i}" for i in range(64)] + ["age", "size"])
    table["sex"] = np.where(y % 2, "f", "m")
    columns = ColumnTransformer(
        [
            ("pixels", "passthrough", [f"pixel_{i}" for i in range(64)]),
            ("scaled", StandardScaler(), ["age"]),
            ("coded", OrdinalEncoder(), ["sex"]),
        ],
        verbose_feature_names_out=False,
    ).set_output(transform="pandas")
    inputs = {"image": slice(0, 64), "table": ["age", "sex"]}
    pipeline = make_pipeline(
        columns, KerasClassifier(network, inputs=inputs, learning_rate=0.02, **FAST)
    )
    grid = {"kerasclassifier__units": [1, 32], "kerasclassifier__epochs": [20]}
    search = GridSearchCV(pipeline, grid, cv=2, error_score="raise").fit(table, y)

    assert search.best_params_["kerasclassifier__units"] == 32
    assert search.score(table, y) > 0.9


@pytest.mark.slow
def test_it_pickles_and_its_file_is_a_network_of_one_input(data, tmp_path):
    X, y = data
    path = tmp_path / "best.keras"
    classifier = KerasClassifier(
        network, inputs=INPUTS, checkpoint_path=path, monitor="loss", **FAST
    ).fit(X, y)
    expected = classifier.predict_proba(X)

    np.testing.assert_array_equal(
        pickle.loads(pickle.dumps(classifier)).predict_proba(X), expected
    )
    np.testing.assert_array_equal(KerasClassifier.from_network(path).predict_proba(X), expected)


@pytest.mark.slow
def test_a_network_that_exists_takes_columns_too(data):
    X, y = data
    model = compiled()
    fitted = KerasClassifier(model, inputs=INPUTS, **FAST).fit(X, y)
    assert fitted.history_.keys() == {"loss", "accuracy"}

    as_it_is = KerasClassifier.from_network(model, inputs=INPUTS)
    parts = [X[:, :64].reshape(-1, 8, 8, 1), X[:, 64:]]
    np.testing.assert_allclose(
        as_it_is.predict_proba(X), model.predict(parts, verbose=0), rtol=1e-5
    )
    with pytest.raises(ValueError, match="does not tell how many columns"):
        KerasClassifier.from_network(model, inputs={"image": slice(0, 64), "table": ["a", "b"]})


@pytest.mark.slow
def test_a_regressor_takes_them_too(data):
    X, y = data
    regressor = KerasRegressor(network, inputs=INPUTS, standardize_targets=True, **FAST)

    assert regressor.fit(X, np.c_[y, y]).predict(X).shape == (150, 2)


@pytest.mark.parametrize(
    ("inputs", "error", "message"),
    [
        (None, ValueError, r"2 inputs: image, table.*\{'image': slice\(0, 64\), 'table': slice"),
        ({"image": slice(0, 64)}, ValueError, "each input.*'image', 'table'; received 'image'"),
        (INPUTS | {"x": [0]}, ValueError, "received 'image', 'table', 'x'"),
        (INPUTS | {"table": [64, 66]}, ValueError, "column 66, but X has 66 columns, 0 to 65"),
        (INPUTS | {"table": slice(64, 70)}, ValueError, "but X has 66 columns. Let it end at 66"),
        (INPUTS | {"table": ["age", "sex"]}, ValueError, "'age', but the columns of X have no"),
        (INPUTS | {"image": slice(0, 63)}, ValueError, r"shape \(8, 8, 1\); received 63 columns"),
        (INPUTS | {"table": []}, ValueError, "received 0 columns"),
        (INPUTS | {"table": 1.5}, TypeError, "must be a slice, a column's number or name"),
    ],
)
def test_columns_that_do_not_fit_are_refused(data, inputs, error, message):
    with pytest.raises(error, match=message):
        KerasClassifier(network, inputs=inputs, **FAST).fit(*data)


def test_a_column_that_a_table_does_not_have_is_refused(data):
    table = pd.DataFrame(data[0], columns=[f"column {i}" for i in range(66)])
    with pytest.raises(ValueError, match="'age', but X has 66 others: column 0, column 1"):
        KerasClassifier(network, inputs=INPUTS | {"table": ["age", "sex"]}, **FAST).fit(
            table, data[1]
        )


def test_a_network_without_named_inputs_is_refused(data):
    def build():
        return keras.Sequential([keras.layers.Dense(10, "softmax")])

    with pytest.raises(ValueError, match="needs a network with named inputs"):
        KerasClassifier(build, inputs=INPUTS, **FAST).fit(*data)


def test_a_network_of_several_outputs_is_refused_with_what_to_do(data):
    def build(input_shape):
        x = keras.Input(input_shape)
        return keras.Model(x, [keras.layers.Dense(10)(x), keras.layers.Dense(3)(x)])

    with pytest.raises(ValueError, match=r"several outputs.*an estimator for each"):
        KerasClassifier(build, **FAST).fit(*data)
