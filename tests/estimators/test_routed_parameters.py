"""scikeras' routes lead to optimizer, loss, metrics, callbacks, fit and predict."""

import pickle

import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from skcnn import KerasClassifier

FAST = {"epochs": 2, "random_state": 0}


@pytest.fixture(scope="module")
def data(scaled_digits):
    X, y = scaled_digits
    return X.reshape(len(X), -1)[:120], y[:120]


def network():
    return keras.Sequential([keras.Input((64,)), keras.layers.Dense(10, "softmax")])


def fitted(data, model=network, **parameters):
    return KerasClassifier(model, **FAST | parameters).fit(*data)


DECAY = {
    "optimizer__learning_rate": keras.optimizers.schedules.ExponentialDecay,
    "optimizer__learning_rate__initial_learning_rate": 0.5,
    "optimizer__learning_rate__decay_steps": 10,
    "optimizer__learning_rate__decay_rate": 0.9,
}


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", ["sgd", keras.optimizers.SGD, keras.optimizers.SGD()])
def test_an_optimizer_has_settings_that_have_settings(data, optimizer):
    classifier = clone(
        KerasClassifier(network, optimizer=optimizer, optimizer__momentum=0.5, **DECAY, **FAST)
    )
    config = classifier.fit(*data).model_.optimizer.get_config()

    assert config["momentum"] == 0.5
    assert config["learning_rate"]["config"]["initial_learning_rate"] == 0.5


@pytest.mark.slow
def test_loss_and_metrics_have_settings(data):
    classifier = fitted(
        data,
        loss__label_smoothing=0.25,
        metrics=[keras.metrics.AUC, "accuracy"],
        metrics__0__name="area",
    )

    assert classifier.model_.loss.label_smoothing == 0.25
    assert classifier.history_.keys() == {"loss", "area", "accuracy"}
    np.testing.assert_allclose(classifier.predict_proba(data[0]).sum(axis=1), 1, rtol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("names", [("loss",), ("optimizer", "metrics")])
def test_a_builder_that_names_them_is_handed_what_was_made(data, names):
    seen = {}

    def build(loss=None, optimizer=None, metrics=None):
        seen.update(loss=loss, optimizer=optimizer, metrics=metrics)
        return network()

    settings = {
        "loss": {"loss__label_smoothing": 0.25},
        "optimizer": {"optimizer": "sgd", "optimizer__momentum": 0.5},
        "metrics": {"metrics": ["auc"], "metrics__0__name": "area"},
    }
    given = {key: value for name in names for key, value in settings[name].items()}
    fitted(data, build, **given)

    if "loss" in names:
        assert seen["loss"].label_smoothing == 0.25
    else:
        assert seen["optimizer"].momentum == 0.5
        assert seen["metrics"][0].name == "area"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("given", "settings"),
    [
        ({"stop": "EarlyStopping"}, {"callbacks__stop__patience": 0}),
        ([keras.callbacks.EarlyStopping], {"callbacks__0__patience": 0}),
        ("EarlyStopping", {"callbacks__patience": 0}),
        (keras.callbacks.EarlyStopping("loss", patience=0, min_delta=9), {}),
        ([[keras.callbacks.EarlyStopping("loss", patience=0, min_delta=9)]], {}),
    ],
    ids=["dict", "list", "name", "instance", "nested"],
)
def test_callbacks_are_made_anew_for_each_fit(data, given, settings):
    for_all = {"callbacks__monitor": "loss", "callbacks__min_delta": 9.0} if settings else {}
    classifier = KerasClassifier(network, callbacks=given, **settings, **for_all, random_state=0)

    for copied in (classifier, clone(classifier), pickle.loads(pickle.dumps(classifier))):
        assert copied.fit(*data).n_iter_ == 2
        assert copied.fit(*data).n_iter_ == 2
    assert classifier.callbacks is given


@pytest.mark.parametrize("given", ["TerminateOnNaN", ["TerminateOnNaN"]])
def test_a_name_alone_is_a_callback(data, given):
    [callback] = KerasClassifier(network, callbacks=given)._users_callbacks()

    assert isinstance(callback, keras.callbacks.TerminateOnNaN)


def test_what_is_no_callback_is_refused(data):
    with pytest.raises(TypeError, match=r"callbacks must hold instances of keras\.callbacks"):
        fitted(data, callbacks=[3])


@pytest.mark.slow
def test_routes_to_fit_go_before_names(data):
    classifier = fitted(
        data, batch_size=64, fit__batch_size=30, fit__epochs=3, fit__class_weight="balanced"
    )

    assert classifier.n_iter_ == 3
    assert int(classifier.model_.optimizer.iterations) == 12
    assert (classifier.batch_size, classifier.epochs, classifier.class_weight) == (64, 2, None)
    plain = fitted(data, batch_size=30, epochs=3, class_weight="balanced")
    assert classifier.history_ == plain.history_


def test_callbacks_may_come_by_the_route_to_fit(data):
    settings = {"fit__callbacks": ["EarlyStopping"], "fit__callbacks__0__patience": 0}
    more = {"fit__callbacks__monitor": "loss", "fit__callbacks__0__min_delta": 9.0}

    assert fitted(data, epochs=9, **settings, **more).n_iter_ == 2


@pytest.mark.slow
def test_all_samples_make_one_batch(data):
    classifier = fitted(data, batch_size=-1)

    assert int(classifier.model_.optimizer.iterations) == 2
    assert classifier.history_ == fitted(data, batch_size=120).history_
    classifier.partial_fit(data[0][:50], data[1][:50]).partial_fit(data[0][:20], data[1][:20])
    assert int(classifier.model_.optimizer.iterations) == 4
    held_out = fitted(data, batch_size=-1, validation_split=0.25)
    assert int(held_out.model_.optimizer.iterations) == 2


def test_the_size_of_a_batch_in_predict_changes_no_prediction(data):
    classifier = fitted(data)
    expected = classifier.predict_proba(data[0])

    for size in (7, -1):
        classifier.set_params(predict__batch_size=size)
        np.testing.assert_allclose(classifier.predict_proba(data[0]), expected, rtol=1e-5)
    classifier.set_params(predict__verbose=0).predict(data[0])


@pytest.mark.slow
def test_routes_are_searched(data):
    grid = {
        "fit__epochs": [1, 20],
        "loss__label_smoothing": [0.0],
        "optimizer__learning_rate": [0.01],
        "metrics__0__name": ["share"],
    }
    classifier = KerasClassifier(network, metrics=["categorical_accuracy"], **FAST)
    search = GridSearchCV(classifier, grid, cv=2, error_score="raise").fit(*data)

    assert search.best_params_["fit__epochs"] == 20
    assert search.best_estimator_.n_iter_ == 20
    assert "share" in search.best_estimator_.history_


@pytest.mark.parametrize(
    ("unheard", "message"),
    [
        ({"fit__sample_weight": [1]}, r"fit__sample_weight.*pass them to fit\(X, y"),
        ({"fit__validation_data": 1}, "fit__validation_data.*X_val and y_val"),
        ({"fit__initial_epoch": 1}, "fit__initial_epoch.*warm_start=True and partial_fit"),
        ({"fit__shuffle": False}, r"fit__shuffle.*batch_size, epochs.*always shuffled"),
        ({"fit__epochs__x": 1}, "fit__epochs__x would have no effect"),
        ({"fit__epochs": 0}, r"'epochs' parameter of KerasClassifier \(as fit__\*\)"),
        ({"predict__steps": 1}, r"predict__steps.*takes batch_size, verbose"),
        ({"predict__verbose": 1}, "predict prints nothing"),
        ({"predict__batch_size": 0}, "predict__batch_size must be"),
        ({"callbacks__patience": 1}, "callbacks__patience would have no effect: callbacks=None"),
        ({"optimizer__nonsense": 1}, "adam cannot be made with optimizer__nonsense"),
        ({"optimizer__nonsense__x": 1}, "there is no optimizer__nonsense"),
        ({"learning_rate": 0.1, "optimizer__learning_rate": 0.2}, "both say how fast to learn"),
        ({"loss__nonsense": 1}, "CategoricalCrossentropy cannot be made with loss__nonsense"),
        ({"metrics__5__name": "x"}, "metrics__5__name would have no effect"),
    ],
)
def test_a_setting_that_nobody_hears_is_refused(data, unheard, message):
    classifier = KerasClassifier(network, **FAST | unheard)
    before = dict(vars(classifier))

    with pytest.raises(ValueError, match=message):
        classifier.fit(*data)
    assert vars(classifier) == before


@pytest.mark.parametrize(
    "unheard", [{"loss__label_smoothing": 0.1}, {"metrics": ["auc"]}, {"metrics__0__name": "x"}]
)
def test_a_builder_that_compiles_must_hear_of_them(data, unheard):
    def build():
        model = network()
        model.compile("sgd", "categorical_crossentropy")
        return model

    with pytest.raises(ValueError, match=f"{next(iter(unheard))} would have no effect"):
        fitted(data, build, **unheard)


def test_several_losses_are_refused(data):
    with pytest.raises(TypeError, match="loss must be a single one"):
        fitted(data, loss=["mse"])


# --- initialize ----------------------------------------------------------------------------------


def test_initialize_builds_without_training(data):
    X, y = data
    classifier = KerasClassifier(network, **FAST).initialize(X, y)
    untrained = classifier.predict_proba(X)

    assert untrained.shape == (120, 10)
    assert (classifier.history_, classifier.n_iter_, classifier.best_epoch_) == ({}, 0, None)
    assert int(classifier.model_.optimizer.iterations) == 0
    one = clone(classifier).set_params(epochs=1).fit(X, y)
    np.testing.assert_array_equal(
        classifier.partial_fit(X, y).predict_proba(X), one.predict_proba(X)
    )


def test_a_fit_with_a_warm_start_goes_on_from_what_was_initialized(data):
    X, y = data
    classifier = KerasClassifier(network, warm_start=True, **FAST).initialize(X, y)
    classifier.fit(X, y)

    assert classifier.n_iter_ == 2
    cold = KerasClassifier(network, **FAST).fit(X, y)
    np.testing.assert_array_equal(classifier.predict_proba(X), cold.predict_proba(X))
