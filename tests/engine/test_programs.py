"""One program serves every model of a kind, and a fit does not notice."""

import functools
import gc
import pickle
import warnings
import weakref
from concurrent.futures import ThreadPoolExecutor
from types import MethodType

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.base import clone

from skcnn import CNNClassifier, KerasClassifier, MLPClassifier, build_mlp
from skcnn._engine import fitting, predicting, programs
from skcnn._engine.programs import (
    Program,
    ProgramStore,
    clear_programs,
    network_kind,
    training_kind,
)
from skcnn._engine.seeding import names_given_back


@pytest.fixture
def store(monkeypatch):
    """Return an empty store that counts the programs compiled, in use by the engine."""
    empty = ProgramStore(capacity=4)
    empty.compiled = []

    class Counted(Program):
        def __init__(self, model, function, specs, **options):
            empty.compiled.append(model.name)
            super().__init__(model, function, specs, **options)

    monkeypatch.setattr(programs, "Program", Counted)
    monkeypatch.setattr(fitting, "store", empty)
    monkeypatch.setattr(predicting, "store", empty)
    return empty


def mlp(*units, **parameters):
    return MLPClassifier(units or (16,), **({"epochs": 2, "random_state": 0} | parameters))


def compiled_model(build=build_mlp, **parameters):
    compile_arguments = {"optimizer": "adam", "loss": "categorical_crossentropy"}
    for name in ("optimizer", "loss", "metrics"):
        if name in parameters:
            compile_arguments[name] = parameters.pop(name)
    with names_given_back():
        model = build((6,), 3, **parameters)
        model.compile(**compile_arguments)
    return model


# --- what is shared, and what is not ----------------------------------------------------------


@pytest.mark.slow
def test_a_grid_over_what_is_no_architecture_compiles_once(store, scaled_digits):
    for dropout in (0.1, 0.3):
        for learning_rate in (0.001, 0.01):
            for batch_size in (50, 128):
                mlp(
                    dropout=dropout, learning_rate=learning_rate, batch_size=batch_size, epochs=1
                ).fit(*scaled_digits).predict(scaled_digits[0])

    assert len(store.compiled) == 3  # training, the held-out part, prediction


def with_a_shortcut(input_shape, n_outputs):
    given = keras.Input(input_shape)
    hidden = keras.layers.Dense(8, "relu")(keras.layers.Flatten()(given))
    both = keras.layers.Add()([hidden, keras.layers.Dense(8, "relu")(hidden)])
    return keras.Model(given, keras.layers.Dense(n_outputs, "softmax")(both[:, :4]))


@pytest.mark.slow
def test_networks_whose_layers_form_a_graph_share_programs_too(store, scaled_digits):
    X, y = scaled_digits
    first, second = (
        KerasClassifier(with_a_shortcut, epochs=2, random_state=seed).fit(X, y) for seed in (0, 1)
    )
    given = [first.predict_proba(X), second.predict_proba(X)]
    assert len(store.compiled) == 2  # training, prediction

    store.clear()
    alone = KerasClassifier(with_a_shortcut, epochs=2, random_state=1).fit(X, y)
    np.testing.assert_array_equal(alone.predict_proba(X), given[1])
    assert abs(given[0] - given[1]).max() > 0


def test_graphs_of_the_same_layers_are_told_apart_by_how_they_are_connected():
    def graph(swapped):
        with names_given_back():
            given = keras.Input((4,))
            one, two = keras.layers.Dense(4)(given), keras.layers.Dense(4)(given)
            parts = [two, one] if swapped else [one, two]
            return keras.Model(given, keras.layers.Subtract()(parts))

    assert network_kind(graph(swapped=False)) == network_kind(graph(swapped=False)) is not None
    assert network_kind(graph(swapped=False)) != network_kind(graph(swapped=True))


@pytest.mark.slow
def test_other_architectures_get_programs_of_their_own(store, scaled_digits):
    for units in (8, 16, 8):
        mlp(units, validation_split=0, early_stopping=False).fit(*scaled_digits)

    assert len(store.compiled) == 2


@pytest.mark.parametrize(
    "difference",
    [
        {"hidden_units": (9,)},
        {"activation": "tanh"},
        {"dropout": 0.0},
        {"optimizer": "sgd"},
        {"optimizer": keras.optimizers.Adam(beta_1=0.8)},
        {"optimizer": keras.optimizers.Adam(clipnorm=1.0)},
        {"optimizer": keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.1, 10))},
        {"loss": "mse"},
        {"loss": keras.losses.CategoricalCrossentropy(label_smoothing=0.1)},
        {"metrics": ["accuracy"]},
    ],
    ids=[
        *("units", "activation", "dropout", "optimizer", "momentum", "clipping", "schedule"),
        *("loss", "smoothing", "metrics"),
    ],
)
def test_what_the_program_holds_tells_kinds_apart(difference):
    settings = {"hidden_units": (8,), "dropout": 0.2}

    assert training_kind(compiled_model(**settings)) is not None
    assert training_kind(compiled_model(**settings)) == training_kind(compiled_model(**settings))
    assert training_kind(compiled_model(**settings)) != training_kind(
        compiled_model(**(settings | difference))
    )


@pytest.mark.parametrize(
    "difference",
    [{"dropout": 0.4}, {"optimizer": keras.optimizers.Adam(0.5)}, {"optimizer": "adam"}],
    ids=["rate of dropout", "learning rate", "learning rate by default"],
)
def test_what_the_program_is_handed_does_not(difference):
    settings = {"dropout": 0.2}

    assert training_kind(compiled_model(**settings)) == training_kind(
        compiled_model(**(settings | difference))
    )


def test_settings_of_keras_that_a_program_holds_tell_kinds_apart():
    model = compiled_model()
    before = training_kind(model)
    epsilon = keras.config.epsilon()
    keras.config.set_epsilon(0.1)
    try:
        assert training_kind(model) != before
    finally:
        keras.config.set_epsilon(epsilon)


def test_prediction_does_not_ask_how_a_model_is_trained():
    assert network_kind(compiled_model()) == network_kind(compiled_model(optimizer="sgd"))
    assert network_kind(compiled_model()) != network_kind(compiled_model(hidden_units=(3,)))


class Doubled(keras.layers.Layer):
    def call(self, x):
        return 2 * x


class OwnSteps(keras.Sequential):
    def train_step(self, data):
        return super().train_step(data)


def relu(x):
    """Not Keras' relu, whose name Keras would give it."""
    return x * 3


def categorical_crossentropy(y_true, y_pred):
    """Not Keras' loss, whose name it has."""
    return tf.reduce_mean(y_pred)


def network(*layers, kind=keras.Sequential, **compile_arguments):
    with names_given_back():
        model = kind([keras.Input((6,)), *layers, keras.layers.Dense(3, "softmax")])
        model.compile(**({"optimizer": "adam", "loss": "mse"} | compile_arguments))
    return model


def sparing_optimizer():
    optimizer = keras.optimizers.AdamW()
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    return optimizer


def loss_of(function):
    loss = keras.losses.MeanSquaredError()
    loss.fn = function
    return loss


def own_updates():
    optimizer = keras.optimizers.SGD()
    optimizer.update_step = lambda gradient, variable, rate: variable.assign_sub(gradient)
    return optimizer


def with_own(model, method, *, of_layer=False, wrap=lambda function: function):
    """Return a model with a method of its own, or whose last layer has one."""
    owner = model.layers[-1] if of_layer else model
    setattr(owner, method, wrap(lambda *arguments: arguments[-1]))
    return model


FROM_KERAS_3_15 = pytest.mark.skipif(
    tuple(map(int, keras.__version__.split(".")[:2])) < (3, 15),
    reason="Keras before 3.15 refuses functions as regularizers and constraints",
)


def with_settings(model, **settings):
    """Return a model whose last kernel has settings of its own."""
    for name, value in settings.items():
        setattr(model.layers[-1].kernel, name, value)
    return model


@pytest.mark.parametrize(
    "model",
    [
        lambda: network(Doubled()),
        lambda: network(keras.layers.Lambda(lambda x: 2 * x)),
        lambda: network(keras.layers.Dense(4, relu)),
        lambda: network(keras.layers.Dense(4, functools.partial(relu))),
        lambda: network(kind=OwnSteps),
        lambda: network(loss=categorical_crossentropy),
        lambda: network(loss=lambda y_true, y_pred: tf.reduce_mean(y_pred)),
        lambda: network(metrics=[categorical_crossentropy]),
        lambda: network(optimizer=sparing_optimizer()),
        lambda: network(optimizer=keras.optimizers.LossScaleOptimizer(sparing_optimizer())),
        pytest.param(
            lambda: network(keras.layers.Dense(4, kernel_regularizer=lambda w: tf.reduce_sum(w))),
            marks=FROM_KERAS_3_15,
        ),
        lambda: network(metrics=[keras.metrics.MeanMetricWrapper(categorical_crossentropy)]),
        lambda: network(loss=loss_of(categorical_crossentropy)),
        lambda: with_own(network(), "train_step"),
        lambda: with_own(network(), "call", of_layer=True),
        lambda: with_own(network(), "call", of_layer=True, wrap=tf.function),
        lambda: with_own(network(), "call", of_layer=True, wrap=functools.partial),
        lambda: with_own(network(), "call", of_layer=True, wrap=lambda f: MethodType(f, 1)),
        pytest.param(
            lambda: with_settings(network(), regularizer=lambda w: tf.reduce_sum(w)),
            marks=FROM_KERAS_3_15,
        ),
        pytest.param(
            lambda: with_settings(network(), constraint=lambda w: w), marks=FROM_KERAS_3_15
        ),
        lambda: network(optimizer=own_updates()),
        lambda: network(optimizer=keras.optimizers.LossScaleOptimizer(own_updates())),
    ],
    ids=[
        "layer",
        "lambda",
        "activation",
        "partial",
        "model",
        "loss",
        "lambda-loss",
        "metric",
        "optimizer",
        "inner optimizer",
        "regularizer",
        "metric of a function",
        "loss of a function",
        "own train_step",
        "own call",
        "compiled call",
        "partial call",
        "bound call",
        "regularizer of a variable",
        "constraint of a variable",
        "own updates",
        "own inner updates",
    ],
)
def test_code_that_no_configuration_shows_is_never_shared(model):
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # as Keras' serialization of functions would warn
        assert training_kind(model()) is None


@pytest.mark.parametrize(
    "settings",
    [
        {"trainable": False},
        {"regularizer": keras.regularizers.L2(0.1)},
        {"constraint": keras.constraints.NonNeg()},
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_settings_of_single_variables_tell_kinds_apart(settings):
    plain, own = network(), with_settings(network(), **settings)

    assert None not in (training_kind(plain), training_kind(own))
    assert training_kind(plain) != training_kind(own)
    assert training_kind(own) == training_kind(with_settings(network(), **settings))


@pytest.mark.slow
@pytest.mark.parametrize("frozen_first", [False, True])
def test_a_frozen_variable_stays_as_it_is_and_others_learn(store, scaled_digits, frozen_first):
    def build(input_shape, n_classes, frozen):
        dense = keras.layers.Dense(n_classes, "softmax")
        model = keras.Sequential([keras.Input(input_shape), keras.layers.Flatten(), dense])
        dense.kernel.trainable = not frozen
        return model

    def learned(frozen):
        classifier = KerasClassifier(build, frozen=frozen, epochs=1, random_state=0)
        kernel, bias = classifier.fit(*scaled_digits).model_.get_weights()
        untrained = KerasClassifier(
            build, frozen=frozen, epochs=1, learning_rate=1e-30, random_state=0
        )
        before = untrained.fit(*scaled_digits).model_.get_weights()[0]
        return not np.array_equal(kernel, before), bool(bias.any())

    for frozen in (frozen_first, not frozen_first):
        assert learned(frozen) == (not frozen, True)


@pytest.mark.slow
def test_a_constraint_of_a_variable_holds_after_a_program_without(store, scaled_digits):
    def build(input_shape, n_classes, positive):
        dense = keras.layers.Dense(n_classes, "softmax")
        model = keras.Sequential([keras.Input(input_shape), keras.layers.Flatten(), dense])
        if positive:
            dense.kernel.constraint = keras.constraints.NonNeg()
        return model

    smallest = [
        KerasClassifier(build, positive=positive, epochs=1, random_state=0)
        .fit(*scaled_digits)
        .model_.get_weights()[0]
        .min()
        for positive in (False, True, False)
    ]

    assert smallest[0] == smallest[2] < 0 == smallest[1]


def test_a_name_that_the_user_has_registered_is_not_keras_own():
    model = compiled_model(activation="relu")
    assert training_kind(model) is not None
    with keras.saving.custom_object_scope({"relu": relu}):
        keras.saving.get_custom_objects()["relu"] = relu
        try:
            assert training_kind(model) is None
        finally:
            del keras.saving.get_custom_objects()["relu"]


@pytest.mark.slow
def test_changing_code_of_the_users_is_never_run_from_an_old_program(scaled_digits):
    X, y = scaled_digits
    factor = [0.0]

    def build(input_shape, n_classes):
        return keras.Sequential(
            [
                keras.Input(input_shape),
                keras.layers.Flatten(),
                keras.layers.Lambda(lambda x: x * factor[0]),
                keras.layers.Dense(n_classes, "softmax", use_bias=False),
            ]
        )

    classifier = KerasClassifier(build, epochs=2, random_state=0)
    blind = classifier.fit(X, y).predict_proba(X[:2])
    factor[0] = 1.0
    seeing = classifier.fit(X, y).predict_proba(X[:2])

    np.testing.assert_allclose(blind, 0.1, rtol=1e-6)
    assert not np.allclose(seeing, 0.1)


def test_a_program_that_reads_what_is_no_variable_is_bound_to_its_model_alone(store):
    table = tf.constant([1.0, 2.0])

    class Reader(keras.layers.Layer):
        def call(self, x):
            return x * table[1]

    model = network(Reader())
    spec = tf.TensorSpec([None, 6], tf.float32)
    program = store.get("f", model, "kind", lambda x: [model(x)], [spec])

    assert not program.serves_all
    assert len(store) == 0
    x = np.ones((2, 6), np.float32)
    np.testing.assert_allclose(program.bind(model)(x)[0], model(x), rtol=1e-6)


# --- a fit is a function of parameters, data and random_state ---------------------------------


def weights_of(classifier, X, y):
    return classifier.fit(X, y).model_.get_weights()


def assert_identical(one, other):
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", ["adam", "sgd", "rmsprop", "adamw"])
def test_reused_and_fresh_programs_give_identical_weights(store, scaled_digits, optimizer):
    X, y = scaled_digits
    classifier = mlp(dropout=0.2, optimizer=optimizer)
    fresh = weights_of(classifier, X, y)
    mlp(dropout=0.4, optimizer=optimizer, learning_rate=0.1, random_state=1).fit(X[:90], y[:90])
    compiled = len(store.compiled)
    reused = weights_of(classifier, X, y)

    assert len(store.compiled) == compiled
    assert_identical(fresh, reused)


@pytest.mark.slow
def test_interleaved_architectures_and_clones_do_not_notice_each_other(store, scaled_digits):
    X, y = scaled_digits
    cnn = CNNClassifier((4,), dense_units=8, epochs=2, random_state=0)
    expected = [weights_of(mlp(8), X, y), weights_of(mlp(24), X, y), weights_of(cnn, X, y)]

    for _ in range(2):
        for classifier, wanted in zip([mlp(8), mlp(24), clone(cnn)], expected, strict=True):
            assert_identical(weights_of(classifier, X, y), wanted)


@pytest.mark.slow
def test_folds_are_as_if_each_had_a_process_of_its_own(store, scaled_digits):
    X, y = scaled_digits
    folds = [np.arange(len(X)) % 3 != fold for fold in range(3)]
    one_by_one = []
    for fold in folds:
        store.clear()
        one_by_one.append(weights_of(mlp(dropout=0.3), X[fold], y[fold]))
    compiled = len(store.compiled)
    for fold, expected in zip(folds, one_by_one, strict=True):
        assert_identical(weights_of(mlp(dropout=0.3), X[fold], y[fold]), expected)

    assert len(store.compiled) == compiled


@pytest.mark.slow
def test_threads_that_share_programs_get_what_they_get_alone(store, scaled_digits):
    X, y = scaled_digits

    def work(seed):
        return weights_of(mlp(dropout=0.3, random_state=seed), X, y)

    alone = [work(seed) for seed in range(6)]
    with ThreadPoolExecutor(6) as pool:
        for got, expected in zip(pool.map(work, range(6)), alone, strict=True):
            assert_identical(got, expected)


@pytest.mark.slow
def test_a_classifier_keeps_its_weights_whatever_is_fitted_after_it(store, scaled_digits):
    X, y = scaled_digits
    first = mlp().fit(X, y)
    weights, probabilities = first.model_.get_weights(), first.predict_proba(X)
    iterations = int(first.model_.optimizer.iterations)
    second = mlp(random_state=1).fit(X, y)

    assert_identical(first.model_.get_weights(), weights)
    np.testing.assert_array_equal(first.predict_proba(X), probabilities)
    assert int(first.model_.optimizer.iterations) == iterations
    assert not np.allclose(second.predict_proba(X), probabilities)


@pytest.mark.slow
def test_pickles_predict_from_the_programs_of_their_kind(store, scaled_digits):
    X, y = scaled_digits
    classifier = mlp().fit(X, y)
    expected = classifier.predict_proba(X)
    compiled = len(store.compiled)
    copy = pickle.loads(pickle.dumps(classifier))

    np.testing.assert_array_equal(copy.predict_proba(X), expected)
    assert len(store.compiled) == compiled


def names(model):
    return [model.name, *(layer.name for layer in model.layers), model.optimizer.name]


@pytest.mark.slow
def test_every_fit_of_a_builder_gives_the_same_names(scaled_digits):
    def build(input_shape, n_classes):
        return keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(n_classes, "softmax")])

    classifier = KerasClassifier(build, epochs=1)
    first = names(classifier.fit(*scaled_digits).model_)

    assert names(classifier.fit(*scaled_digits).model_) == first


def test_names_that_fits_have_used_are_free_again(scaled_digits):
    def count():
        return int("0" + "".join(filter(str.isdigit, keras.layers.Dense(1).name)))

    before = count()
    KerasClassifier(build_mlp, epochs=1).fit(*scaled_digits)

    assert count() == before + 1


def test_a_builder_may_use_a_layer_from_outside(scaled_digits):
    shared = keras.layers.Dense(10, "softmax")

    def build(input_shape, n_classes):
        return keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(4, "relu"), shared])

    assert KerasClassifier(build, epochs=1).fit(*scaled_digits).n_iter_ == 1


# --- the store --------------------------------------------------------------------------------


def get(store, units):
    model = compiled_model(hidden_units=(units,))
    spec = tf.TensorSpec([None, 6], tf.float32)
    return store.get("f", model, network_kind(model), lambda x: [model(x)], [spec])


def test_the_store_is_bounded_and_keeps_what_was_used_last():
    store = ProgramStore(capacity=2)
    first, second = get(store, 1), get(store, 2)
    assert get(store, 1) is first
    get(store, 3)

    assert len(store) == 2
    assert get(store, 1) is first
    assert get(store, 2) is not second


def count_graphs():
    gc.collect()
    return sum(type(thing).__name__ == "FuncGraph" for thing in gc.get_objects())


@pytest.mark.slow
def test_programs_that_are_dropped_leave_no_graph_behind(store, scaled_digits):
    X, y = scaled_digits
    for units in range(2, 6):
        mlp(units, epochs=1, validation_split=0, early_stopping=False).fit(X, y).predict(X)
    before = count_graphs()
    for units in range(6, 12):
        mlp(units, epochs=1, validation_split=0, early_stopping=False).fit(X, y).predict(X)

    assert count_graphs() <= before


@pytest.mark.slow
def test_a_program_keeps_no_weights_alive(store, scaled_digits):
    X, y = scaled_digits
    classifier = CNNClassifier((4,), dense_units=8, epochs=2, random_state=0).fit(X, y)
    classifier.predict(X)
    variables = [*classifier.model_.variables, *classifier.model_.optimizer.variables]
    handles = [weakref.ref(variable.handle) for variable in variables]
    del classifier, variables
    gc.collect()

    assert len(store) == 3
    assert [ref() for ref in handles] == [None] * len(handles)


@pytest.mark.slow
def test_a_program_outlives_its_first_model(store, scaled_digits):
    X, y = scaled_digits
    expected = mlp(dropout=0.2).fit(X, y).predict_proba(X)
    gc.collect()
    np.testing.assert_array_equal(mlp(dropout=0.2).fit(X, y).predict_proba(X), expected)

    assert len(store.compiled) == 3


@pytest.mark.slow
def test_clearing_the_programs_leaves_classifiers_at_work(scaled_digits):
    X, y = scaled_digits
    classifier = mlp().fit(X, y)
    expected = classifier.predict_proba(X)
    clear_programs()

    assert len(programs.store) == 0
    np.testing.assert_array_equal(classifier.predict_proba(X), expected)
    assert_identical(weights_of(mlp(), X, y), classifier.model_.get_weights())


@pytest.mark.slow
def test_fits_in_threads_leave_the_filters_of_warnings_as_they_are(scaled_digits):
    X, y = scaled_digits

    def loss(y_true, y_pred):
        return keras.losses.categorical_crossentropy(y_true, y_pred)

    def work(seed):
        KerasClassifier(build_mlp, loss=loss, epochs=1, random_state=seed).fit(X, y)

    before = list(warnings.filters)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(8)))

    assert warnings.filters == before
