"""Whatever a builder names reaches it, and nothing that was given goes unheard."""

import functools
import pickle

import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skcnn import KerasClassifier

FAST = {"epochs": 1, "random_state": 0}
CLASSES = 10


@pytest.fixture(scope="module")
def data(scaled_digits):
    X, y = scaled_digits
    return X.reshape(len(X), -1)[:120], y[:120]


def network(units=8):
    return keras.Sequential(
        [
            keras.Input((64,)),
            keras.layers.Dense(units, "relu"),
            keras.layers.Dense(CLASSES, "softmax"),
        ]
    )


def compiled(optimizer="sgd", loss="categorical_crossentropy"):
    model = network()
    model.compile(optimizer, loss)
    return model


def names_of(*arguments):
    """Return a builder that takes arguments so written, and the list of what it is handed."""
    heard = []
    code = f"def build({', '.join(arguments)}):\n heard.append(dict(locals()))\n return compiled()"
    place = {"heard": heard, "compiled": compiled}
    exec(code, place)
    return place["build"], heard


def kind_of(classifier):
    """Return the name of the optimizer that trained a classifier."""
    return type(classifier.model_.optimizer).__name__.lower()


OF_THE_CLASSIFIER = [
    ("optimizer", "rmsprop"),
    ("optimizer", "adam"),
    ("optimizer", keras.optimizers.Nadam),
    ("learning_rate", 0.25),
    ("loss", "kl_divergence"),
    ("random_state", 7),
    ("epochs", 2),
    ("batch_size", 32),
    ("batch_size", 17),
    ("verbose", 0),
    ("class_weight", "balanced"),
    ("validation_split", 0.0),
    ("label_smoothing", 0.25),
    ("patience", 3),
    ("monitor", "val_accuracy"),
    ("warm_start", False),
]


@pytest.mark.parametrize("default", ["", "='of the builder'"])
@pytest.mark.parametrize(("name", "value"), OF_THE_CLASSIFIER)
def test_a_parameter_that_was_given_reaches_a_builder_that_names_it(data, name, value, default):
    build, heard = names_of(f"{name}{default}")
    given = KerasClassifier(build, **({"epochs": 1} | {name: value}))
    was_set = KerasClassifier(build, epochs=1).set_params(**{name: value})

    for classifier in (given, was_set, clone(given), clone(clone(was_set))):
        classifier.fit(*data)
    assert heard == [{name: value}] * 4


def test_a_default_of_the_classifier_reaches_a_builder_without_one(data):
    build, heard = names_of("batch_size", "validation_split", "verbose", "optimizer")
    KerasClassifier(build, **FAST).fit(*data)

    assert heard == [
        {"batch_size": 32, "validation_split": 0.0, "verbose": 0, "optimizer": "adam"}
    ]


@pytest.mark.parametrize("copied", [clone, lambda c: c, lambda c: pickle.loads(pickle.dumps(c))])
def test_a_builders_own_default_wins_where_nothing_was_given(data, copied):
    classifier = copied(KerasClassifier(compiled, **FAST)).fit(*data)

    assert kind_of(classifier) == "sgd"
    assert kind_of(copied(classifier).fit(*data)) == "sgd"


def test_a_parameter_stays_given_after_pickling(data):
    classifier = KerasClassifier(compiled, optimizer="adam", **FAST)

    again = pickle.loads(pickle.dumps(classifier)).fit(*data)
    assert kind_of(again) == "adam"


def rmsprop_by_default(optimizer="rmsprop"):
    return compiled(optimizer)


@pytest.mark.parametrize("best", ["adam", "rmsprop", "sgd"])
def test_each_candidate_of_a_grid_reaches_the_builder(data, best):
    search = GridSearchCV(KerasClassifier(rmsprop_by_default, **FAST), {"optimizer": [best]}, cv=2)

    assert kind_of(search.fit(*data).best_estimator_) == best


@pytest.mark.slow
def test_each_candidate_of_a_grid_over_a_pipeline_reaches_the_builder(data):
    pipeline = make_pipeline(StandardScaler(), KerasClassifier(rmsprop_by_default, **FAST))
    grid = {
        "kerasclassifier__optimizer": ["adam"],
        "kerasclassifier__optimizer__clipnorm": [0.5],
        "kerasclassifier__learning_rate": [0.25],
    }
    search = GridSearchCV(pipeline, grid, cv=2, error_score="raise").fit(*data)

    optimizer = search.best_estimator_[-1].model_.optimizer
    assert type(optimizer) is keras.optimizers.Adam
    assert optimizer.clipnorm == 0.5
    assert float(optimizer.learning_rate) == 0.25


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"learning_rate": 0.25}, ("rmsprop", 0.25, None)),
        ({"optimizer__clipnorm": 0.5}, ("rmsprop", 0.001, 0.5)),
        ({"optimizer": "adam", "learning_rate": 0.25}, ("adam", 0.25, None)),
    ],
)
def test_settings_of_the_optimizer_come_upon_the_builders_own(data, settings, expected):
    classifier = KerasClassifier(rmsprop_by_default, **settings, **FAST).fit(*data)

    optimizer = classifier.model_.optimizer
    found = kind_of(classifier), optimizer.learning_rate.numpy(), optimizer.clipnorm
    assert found == (expected[0], pytest.approx(expected[1]), expected[2])


def test_smoothing_comes_upon_the_builders_own_loss(data):
    classifier = KerasClassifier(compiled, label_smoothing=0.25, **FAST).fit(*data)

    assert classifier.model_.loss.label_smoothing == 0.25


def test_a_builder_that_names_the_loss_is_handed_one_that_suits_the_classes(data):
    def build(loss):
        return compiled(loss=loss)

    assert KerasClassifier(build, **FAST).fit(*data).model_.loss == "categorical_crossentropy"


def test_a_builder_that_names_the_learning_rate_is_handed_the_schedule(data):
    build, heard = names_of("learning_rate")
    KerasClassifier(build, learning_rate="one_cycle", peak_learning_rate=0.5, **FAST).fit(*data)

    assert heard[0]["learning_rate"].get_config()["warmup_target"] == 0.5


def test_a_name_of_an_optimizer_that_only_the_builder_knows_reaches_it(data):
    build, heard = names_of("optimizer")
    KerasClassifier(build, optimizer="sgd with a twist", **FAST).fit(*data)

    assert heard == [{"optimizer": "sgd with a twist"}]


@pytest.mark.parametrize(
    "unheard",
    [
        {"optimizer": "adam"},
        {"optimizer": "sgd"},
        {"learning_rate": 0.1},
        {"label_smoothing": 0.1},
    ],
)
def test_what_no_one_would_hear_is_refused_with_what_to_do(data, unheard):
    def build():
        return compiled()

    name = next(iter(unheard))
    with pytest.raises(ValueError, match=f"{name} would have no effect.*compile_kwargs, or arg"):
        KerasClassifier(build, **unheard, **FAST).fit(*data)
    with pytest.raises(ValueError, match=f"{name} would have no effect"):
        clone(KerasClassifier(build, **FAST).set_params(**unheard)).fit(*data)


@pytest.mark.parametrize("silent", [{"loss": None}, {"learning_rate": None}])
def test_what_asks_for_nothing_is_not_refused(data, silent):
    def build():
        return compiled()

    KerasClassifier(build, **silent, **FAST).fit(*data)


# --- optimizers have a state ---------------------------------------------------------------------


def by_compile_kwargs(compile_kwargs):
    return compiled(compile_kwargs["optimizer"])


def by_params(params):
    return compiled(params["optimizer"])


def by_name(optimizer):
    return compiled(optimizer)


@pytest.mark.slow
@pytest.mark.parametrize("build", [network, by_name, by_compile_kwargs, by_params])
def test_an_optimizer_is_copied_for_each_fit(data, build):
    given = keras.optimizers.SGD(0.25, momentum=0.5)
    classifier = KerasClassifier(build, optimizer=given, **FAST)

    models = [classifier.fit(*data).model_ for _ in range(2)]
    assert [model.optimizer.momentum for model in models] == [0.5, 0.5]
    assert [int(model.optimizer.iterations) for model in models] == [4, 4]
    assert int(given.iterations) == 0
    assert classifier.optimizer is given


@pytest.mark.parametrize(
    "classifier",
    [
        KerasClassifier(by_name, model__optimizer=keras.optimizers.SGD()),
        KerasClassifier(lambda opt: compiled(opt), opt=keras.optimizers.SGD()),
        KerasClassifier(functools.partial(by_name, optimizer=keras.optimizers.SGD())),
    ],
    ids=["routed", "by a name of the builder's", "partial"],
)
def test_an_optimizer_is_copied_whatever_way_it_goes(data, classifier):
    for _ in range(2):
        classifier.set_params(**FAST).fit(*data)

    assert int(classifier.model_.optimizer.iterations) == 4


# --- names ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["_x", "x_", "_x_", "epochs_", "units"])
def test_an_argument_of_any_name_reaches_the_builder(data, name):
    build, heard = names_of(f"{name}=1")
    classifier = KerasClassifier(build, **{name: 5}, **FAST)

    assert f"{name}=5" in repr(classifier)
    assert classifier.get_params()[name] == 5
    for copied in (classifier, clone(classifier), clone(clone(classifier).fit(*data))):
        assert copied.get_params() == classifier.get_params()
        copied.fit(*data)
    KerasClassifier(build, **FAST).set_params(**{name: 5}).fit(*data)
    assert heard == [{name: 5}] * 5


@pytest.mark.parametrize("name", ["_x", "x_"])
def test_an_argument_of_any_name_survives_pickling(name):
    classifier = pickle.loads(pickle.dumps(KerasClassifier(network, **{name: 5})))

    assert classifier.get_params()[name] == 5


def test_an_attribute_of_the_user_is_no_argument(data):
    build, heard = names_of("**arguments")
    classifier = KerasClassifier(build, **FAST)
    classifier.note, classifier.units, classifier._x = "mine", 3, 4

    copied = clone(classifier.fit(*data)).fit(*data)
    assert heard == [{"arguments": {}}] * 2
    assert {"note", "units", "_x"} & copied.get_params().keys() == set()


@pytest.mark.parametrize(
    "name",
    ["score", "fit", "_build", "model_", "classes_", "history_", "n_features_in_", "_given"],
)
def test_an_argument_with_a_name_of_the_classifiers_is_refused_with_the_way_out(data, name):
    build, heard = names_of(f"{name}=1")

    with pytest.raises(ValueError, match=f"'{name}' has the name of.*Pass it as model__{name}"):
        KerasClassifier(build, **{name: 5})
    classifier = KerasClassifier(build, **FAST)
    with pytest.raises(ValueError, match=f"Pass it as model__{name}"):
        classifier.set_params(**{name: 5, "epochs": 9})
    assert classifier.epochs == 1
    clone(classifier.set_params(**{f"model__{name}": 5})).fit(*data)
    assert heard == [{name: 5}]


def test_a_route_goes_before_a_name(data):
    build, heard = names_of("units=1", "optimizer=None")
    KerasClassifier(build, units=2, model__units=3, model__optimizer="mine", **FAST).fit(*data)

    assert heard == [{"units": 3, "optimizer": "mine"}]


@pytest.mark.parametrize(
    ("relabel", "expected"),
    [
        (lambda y: y, (10, 10, "softmax")),
        (lambda y: np.c_[y > 4, y % 2 == 0].astype(int), (2, 2, "sigmoid")),
    ],
    ids=["classes", "labels"],
)
def test_facts_about_the_outputs_reach_a_builder_that_names_them(data, relabel, expected):
    seen = {}

    def build(input_shape, n_classes, n_outputs, output_activation):
        seen.update(locals())
        layers = [keras.Input(input_shape), keras.layers.Dense(n_outputs, output_activation)]
        return keras.Sequential(layers)

    KerasClassifier(build, **FAST).fit(data[0], relabel(data[1]))
    assert seen["input_shape"] == (64,)
    assert (seen["n_classes"], seen["n_outputs"], seen["output_activation"]) == expected


@pytest.mark.slow
def test_a_builder_for_keras_wrappers_is_handed_samples_and_rows_of_targets(data):
    seen = {}

    def build(X, y, loss, layers=(10,)):
        seen.update(X=X, y=y)
        model = keras.Sequential([keras.Input((X.shape[1],))])
        for size in layers:
            model.add(keras.layers.Dense(size, "relu"))
        model.add(keras.layers.Dense(y.shape[1], "softmax"))
        model.compile("rmsprop", loss)
        return model

    X, y = data
    classifier = KerasClassifier(build, loss="categorical_crossentropy", layers=[5, 4], **FAST)
    labels = np.array(list("abcdefghij"))[y]
    model = classifier.fit(X, labels).model_

    assert [layer.units for layer in model.layers] == [5, 4, 10]
    np.testing.assert_array_equal(seen["X"], X)
    np.testing.assert_array_equal(seen["y"], np.eye(10)[y])


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("build_fn", "as model="),
        ("model_kwargs", "by its own name"),
        ("fit_kwargs", "parameters of the estimator"),
        ("shuffle", "always shuffled"),
        ("run_eagerly", "compile its network"),
        ("validation_batch_size", "batches of batch_size"),
    ],
)
def test_parameters_of_other_wrappers_are_refused_with_what_stands_for_them(data, name, remedy):
    model = {} if name == "build_fn" else {"model": network}
    with pytest.raises(TypeError, match=f"takes no {name}.*{remedy}"):
        KerasClassifier(**model, **{name: network}, **FAST).fit(*data)
    build, heard = names_of(name)
    KerasClassifier(build, **{name: 3}, **FAST).fit(*data)
    assert heard == [{name: 3}]


def test_what_is_offered_can_be_said_by_the_user(data):
    build, heard = names_of("n_classes", "meta")
    KerasClassifier(build, n_classes=7, model__meta="mine", **FAST).fit(*data)

    assert heard == [{"n_classes": 7, "meta": "mine"}]


def test_a_builder_with_any_names_is_handed_what_was_given_for_it(data):
    build, heard = names_of("units=1", "**params")
    KerasClassifier(build, depth=2, units=3, model__width=4, **FAST).fit(*data)
    clone(KerasClassifier(build, **FAST).set_params(depth=2)).fit(*data)

    assert heard == [
        {"units": 3, "params": {"depth": 2, "width": 4}},
        {"units": 1, "params": {"depth": 2}},
    ]
    with pytest.raises(ValueError, match=r"hands on model.*received 'epochs__x'"):
        KerasClassifier(build).set_params(epochs__x=3)
