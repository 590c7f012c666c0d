"""Subclasses of KerasClassifier with a constructor of their own, as scikeras teaches them."""

import pickle

import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from skcnn import KerasClassifier, network_estimator, parameter


@pytest.fixture(scope="module")
def data(scaled_digits):
    X, y = scaled_digits
    return X.reshape(len(X), -1), y


def compiled(n_features, n_classes, sizes, compile_kwargs):
    model = keras.Sequential([keras.Input((n_features,))])
    for size in sizes:
        model.add(keras.layers.Dense(size, "relu"))
    model.add(keras.layers.Dense(n_classes, "softmax"))
    model.compile(loss="sparse_categorical_crossentropy", optimizer=compile_kwargs["optimizer"])
    return model


class AsDocumented(KerasClassifier):
    """The MLPClassifier of scikeras' documentation; optimizer__learning_rate is not stored."""

    def __init__(
        self,
        hidden_layer_sizes=(100,),
        optimizer="adam",
        optimizer__learning_rate=0.001,
        epochs=200,
        verbose=0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.hidden_layer_sizes = hidden_layer_sizes
        self.optimizer = optimizer
        self.epochs = epochs
        self.verbose = verbose

    def _keras_build_fn(self, compile_kwargs):
        model = keras.Sequential([keras.Input((self.n_features_in_,))])
        for size in self.hidden_layer_sizes:
            model.add(keras.layers.Dense(size, activation="relu"))
        if self.target_type_ == "binary":
            model.add(keras.layers.Dense(1, activation="sigmoid"))
            loss = "binary_crossentropy"
        elif self.target_type_ == "multiclass":
            model.add(keras.layers.Dense(self.n_classes_, activation="softmax"))
            loss = "sparse_categorical_crossentropy"
        else:
            raise NotImplementedError(self.target_type_)
        model.compile(loss=loss, optimizer=compile_kwargs["optimizer"])
        return model


class WithArguments(KerasClassifier):
    """The builder names what it needs."""

    def __init__(self, hidden_layer_sizes=(100,), epochs=200, **kwargs):
        super().__init__(epochs=epochs, **kwargs)
        self.hidden_layer_sizes = hidden_layer_sizes

    def _keras_build_fn(self, hidden_layer_sizes, meta, compile_kwargs):
        return compiled(
            meta["n_features_in_"], meta["n_classes_"], hidden_layer_sizes, compile_kwargs
        )


class Routed(KerasClassifier):
    """The constructor names an argument of the builder by its route."""

    def __init__(self, model__hidden_layer_sizes=(100,), epochs=200, **kwargs):
        super().__init__(epochs=epochs, **kwargs)
        self.model__hidden_layer_sizes = model__hidden_layer_sizes

    @staticmethod
    def _keras_build_fn(hidden_layer_sizes, meta, compile_kwargs):
        return compiled(
            meta["n_features_in_"], meta["n_classes_"], hidden_layer_sizes, compile_kwargs
        )


class NoMore(KerasClassifier):
    """The constructor takes no other names, and hands on some by name."""

    def __init__(self, hidden_layer_sizes=(100,), epochs=200, random_state=None):
        super().__init__(epochs=epochs, random_state=random_state, learning_rate=0.01)
        self.hidden_layer_sizes = hidden_layer_sizes

    def _keras_build_fn(self, compile_kwargs, batch_size=7, verbose="loud"):
        assert (batch_size, verbose) == (7, "loud")
        return compiled(
            self.n_features_in_, self.n_classes_, self.hidden_layer_sizes, compile_kwargs
        )


class FromAFunction(KerasClassifier):
    """The constructor chooses the builder."""

    def __init__(self, hidden_layer_sizes=(100,), epochs=200, **kwargs):
        super().__init__(model=layered, width=3, optimizer__clipnorm=0.5, epochs=epochs, **kwargs)
        self.hidden_layer_sizes = hidden_layer_sizes

    def _keras_build_fn(self, width, meta, compile_kwargs):
        assert (width, compile_kwargs["optimizer"].clipnorm) == (3, 0.5)
        return self.model(meta, self.hidden_layer_sizes, compile_kwargs)


def layered(meta, sizes, compile_kwargs):
    return compiled(meta["n_features_in_"], meta["n_classes_"], sizes, compile_kwargs)


KINDS = [AsDocumented, WithArguments, Routed, NoMore, FromAFunction]
FAST = {"epochs": 2, "random_state": 0}


def sizes_argument(kind):
    return "model__hidden_layer_sizes" if kind is Routed else "hidden_layer_sizes"


@pytest.fixture(params=KINDS, ids=lambda kind: kind.__name__)
def kind(request):
    return request.param


def units(classifier):
    return [layer.units for layer in classifier.model_.layers]


@pytest.mark.slow
def test_it_learns_and_tells_probabilities(kind, data):
    X, y = data
    classifier = kind(**{sizes_argument(kind): (64,)}, epochs=30, random_state=0).fit(X, y)

    assert units(classifier) == [64, 10]
    assert classifier.score(X, y) > 0.85
    probabilities = classifier.predict_proba(X)
    assert probabilities.shape == (400, 10)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)


def test_what_its_constructor_says_are_its_parameters(kind, data):
    name = sizes_argument(kind)
    classifier = kind(**{name: (5,)}, **FAST)
    params = classifier.get_params()

    assert (params[name], params["epochs"], params["random_state"]) == ((5,), 2, 0)
    assert ("batch_size" in params) == (kind is not NoMore)
    assert "epochs=2" in repr(classifier)
    assert ("model" in params) == (kind not in (NoMore, FromAFunction))
    assert kind().get_params()["epochs"] == 200
    assert kind().get_params()[name] == (100,)


@pytest.mark.slow
def test_clones_and_pickles_are_the_same_estimator(kind, data):
    classifier = kind(**{sizes_argument(kind): (5,)}, **FAST)
    expected = classifier.fit(*data).predict_proba(data[0])

    for copied in (clone(classifier), pickle.loads(pickle.dumps(clone(clone(classifier))))):
        assert copied.get_params() == classifier.get_params()
        np.testing.assert_array_equal(copied.fit(*data).predict_proba(data[0]), expected)
    loaded = pickle.loads(pickle.dumps(classifier))
    np.testing.assert_array_equal(loaded.predict_proba(data[0]), expected)


@pytest.mark.slow
def test_parameters_can_be_set_and_searched(kind, data):
    name = sizes_argument(kind)
    assert units(kind(**FAST).set_params(**{name: (3, 4)}).fit(*data)) == [3, 4, 10]

    search = GridSearchCV(
        kind(epochs=15, random_state=0), {name: [(1,), (64,)]}, cv=2, error_score="raise"
    )
    assert search.fit(*data).best_params_ == {name: (64,)}
    assert units(search.best_estimator_) == [64, 10]


@pytest.mark.slow
def test_a_second_fit_starts_afresh(kind, data):
    classifier = kind(**FAST)
    first = classifier.fit(*data).predict_proba(data[0])

    np.testing.assert_array_equal(classifier.fit(*data).predict_proba(data[0]), first)
    X, y = data[0][:, :32], data[1] > 4
    if kind is AsDocumented:
        assert units(classifier.fit(X, y)) == [100, 1]
        assert classifier.predict_proba(X).shape == (400, 2)


@pytest.mark.slow
def test_a_failed_fit_leaves_it_as_it_was(kind, data):
    classifier = kind(**FAST).fit(*data)
    before = dict(vars(classifier))
    with pytest.raises(ValueError, match="NaN"):
        classifier.fit(np.full((20, 7), np.nan), data[1][:20])
    classifier.set_params(**{sizes_argument(kind): (-1,)})
    with pytest.raises(ValueError, match="-1"):
        classifier.fit(data[0][:, :32], data[1] > 4)

    assert set(vars(classifier)) == set(before)
    assert classifier.model_ is before["model_"]
    assert (classifier.n_features_in_, len(classifier.classes_)) == (64, 10)
    unfitted = kind(**{sizes_argument(kind): (-1,)}, **FAST)
    names = set(vars(unfitted))
    with pytest.raises(ValueError, match="-1"):
        unfitted.fit(*data)
    assert set(vars(unfitted)) == names


# --- what is given is heard ----------------------------------------------------------------------


def learning_rate(classifier):
    return pytest.approx(float(classifier.model_.optimizer.learning_rate))


def test_what_its_constructor_does_not_store_is_heard_all_the_same(data):
    given = AsDocumented(optimizer__learning_rate=0.25, **FAST)
    was_set = AsDocumented(**FAST).set_params(optimizer__learning_rate=0.25)

    assert AsDocumented().get_params()["optimizer__learning_rate"] == 0.001
    for classifier in (given, was_set, clone(given), pickle.loads(pickle.dumps(was_set))):
        assert classifier.get_params()["optimizer__learning_rate"] == 0.25
        assert learning_rate(classifier.fit(*data)) == 0.25
    search = GridSearchCV(AsDocumented(**FAST), {"optimizer__learning_rate": [0.125]}, cv=2)
    assert learning_rate(search.fit(*data).best_estimator_) == 0.125


def test_settings_beyond_its_constructor_are_heard(data):
    classifier = clone(AsDocumented(batch_size=50, optimizer__clipnorm=0.5, **FAST)).fit(*data)

    assert classifier.get_params()["batch_size"] == 50
    assert int(classifier.model_.optimizer.iterations) == 2 * 400 / 50
    assert classifier.model_.optimizer.clipnorm == 0.5


class CompilesWithSelf(KerasClassifier):
    """The method reads the parameters from the instance, and no one need hand them over."""

    def __init__(self, optimizer="sgd", **kwargs):
        super().__init__(**kwargs)
        self.optimizer = optimizer

    def _keras_build_fn(self):
        model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(10, "softmax")])
        model.compile(self.optimizer, self.loss)
        return model


def test_a_method_may_read_its_parameters_from_the_instance(data):
    optimizer = keras.optimizers.SGD(0.25)
    loss = "sparse_categorical_crossentropy"
    classifier = CompilesWithSelf(optimizer, loss=loss, batch_size=100, **FAST)

    models = [classifier.fit(*data).model_ for _ in range(2)]
    assert [int(model.optimizer.iterations) for model in models] == [8, 8]
    assert classifier.optimizer is optimizer
    assert int(optimizer.iterations) == 0


class WithDefaults(KerasClassifier):
    """The builder has defaults of its own, beside those of the constructor."""

    def __init__(self, optimizer="adam", epochs=1, **kwargs):
        super().__init__(**kwargs)
        self.optimizer = optimizer
        self.epochs = epochs

    def _keras_build_fn(self, optimizer="rmsprop"):
        model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(10, "softmax")])
        model.compile(optimizer, "sparse_categorical_crossentropy")
        return model


@pytest.mark.slow
@pytest.mark.parametrize(
    "make",
    [
        lambda: WithDefaults("adam"),
        lambda: WithDefaults(optimizer="adam"),
        lambda: WithDefaults().set_params(optimizer="adam"),
        lambda: GridSearchCV(WithDefaults(), {"optimizer": ["adam"]}, cv=2),
    ],
)
def test_what_a_user_gave_a_subclass_goes_before_a_builders_default(data, make):
    fitted = clone(make()).fit(*data)

    model = getattr(fitted, "best_estimator_", fitted).model_
    assert type(model.optimizer) is keras.optimizers.Adam
    assert type(WithDefaults().fit(*data).model_.optimizer) is keras.optimizers.RMSprop


def test_a_name_that_its_constructor_does_not_know_is_refused():
    with pytest.raises(TypeError, match="batch_size"):
        NoMore(batch_size=3)
    with pytest.raises(ValueError, match="Invalid parameter 'patience'"):
        NoMore().set_params(patience=3)
    with pytest.raises(ValueError, match="Invalid parameter 'model'"):
        FromAFunction().set_params(model=layered)


@network_estimator
class Declared(KerasClassifier):
    """A subclass that declares a parameter and has no constructor of its own."""

    units: int = parameter("int", "Units of the hidden layer.", default=7)

    def _keras_build_fn(self, units, n_classes, optimizer="rmsprop"):
        model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(units, "relu")])
        model.add(keras.layers.Dense(n_classes, "softmax"))
        model.compile(optimizer, "sparse_categorical_crossentropy")
        return model


@pytest.mark.slow
def test_a_declared_parameter_is_handed_to_the_builder_that_names_it(data):
    assert units(clone(Declared(**FAST)).fit(*data)) == [7, 10]
    classifier = clone(Declared(optimizer="adam", **FAST).set_params(units=5)).fit(*data)
    assert units(classifier) == [5, 10]
    assert type(classifier.model_.optimizer) is keras.optimizers.Adam
    assert repr(classifier) == "Declared(epochs=2, random_state=0, units=5)"
