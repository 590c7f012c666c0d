"""When a classifier warns, of which line, and when it keeps quiet."""

import copy
import pickle
import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline

from skcnn import (
    CNNClassifier,
    KerasClassifier,
    MLPClassifier,
    build_mlp,
    default_classifiers,
    load_digit_images,
)
from skcnn.estimators import _base
from skcnn.estimators._samples import warn_of_channels_first


def small_network(input_shape, n_classes):
    return build_mlp(input_shape, n_classes, hidden_units=(4,))


FAST = {"epochs": 1, "validation_split": 0, "early_stopping": False, "random_state": 0}
SMALL = {
    "mlp": lambda **changes: MLPClassifier((4,), **{**FAST, **changes}),
    "cnn": lambda **changes: CNNClassifier(2, dense_units=4, **{**FAST, **changes}),
    "keras": lambda **changes: KerasClassifier(small_network, **{**FAST, **changes}),
}


@pytest.fixture(params=SMALL)
def make(request):
    return SMALL[request.param]


def told_by(call, category=UserWarning):
    """Return the warnings of a category that a call gives."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    return [warning for warning in caught if issubclass(warning.category, category)]


def about(word, call):
    return [warning for warning in told_by(call) if word in str(warning.message)]


def noise(*shape):
    return np.random.default_rng(0).random(shape, dtype=np.float32)


def ways_to_fit(classifier):
    """Return an estimator for each way that a user's line may reach a fit."""
    return {
        "alone": classifier,
        "Pipeline": make_pipeline(classifier),
        "GridSearchCV": GridSearchCV(classifier, {"epochs": [1]}, cv=2),
        "GridSearchCV of a Pipeline": GridSearchCV(make_pipeline(classifier), {}, cv=2),
    }


# --- one-hot labels


MIXED = np.random.default_rng(0).permutation(np.repeat([0, 1, 2], 8))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("codes", "width", "message"),
    [
        (MIXED, 5, r"no sample of the classes \[3, 4\]"),
        (np.sort(MIXED), 3, "is sorted by class"),
        (np.sort(MIXED), 4, r"no sample of the classes \[3\]"),
    ],
)
def test_one_hot_rows_that_scikit_learn_would_not_stratify_are_told(make, codes, width, message):
    with pytest.warns(UserWarning, match=rf"{message}.*y\.argmax\(axis=1\)") as caught:
        make().fit(noise(24, 16), np.eye(width)[codes])

    assert caught[0].filename == __file__


@pytest.mark.slow
def test_one_hot_rows_of_all_classes_in_any_order_are_fine(make):
    assert not about("one-hot", lambda: make().fit(noise(24, 16), np.eye(3)[MIXED]))


def test_sorted_labels_that_are_no_one_hot_rows_are_fine(make):
    assert not about("sorted", lambda: make().fit(noise(24, 16), np.sort(MIXED)))


def test_cross_validation_on_sorted_one_hot_rows_is_told_of_at_the_users_line():
    X, y = noise(24, 16), np.eye(3)[np.sort(MIXED)]
    told = about("one-hot", lambda: cross_val_score(SMALL["mlp"](), X, y, cv=3))

    assert told
    assert {warning.filename for warning in told} == {__file__}


# --- channels first


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["cnn", "keras"])
@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 32), (2, 16, 16), (4, 9, 7)])
def test_channels_first_are_told(kind, shape):
    with pytest.warns(UserWarning, match=r"np\.moveaxis\(X, 1, -1\)") as caught:
        SMALL[kind]().fit(noise(6, *shape), [0, 1] * 3)

    assert f"read as images of height {shape[0]}, width {shape[1]}" in str(caught[0].message)
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    "shape",
    [
        (28, 28, 1),
        (32, 32, 3),
        (32, 32, 4),
        (3, 3, 3),
        (4, 4, 4),
        (1, 64, 1),
        (3, 64, 3),
        (8, 8),
        (3, 8),
        (4, 4, 64),
        (2, 2, 512),
        (7, 7, 32),
        (64,),
    ],
)
def test_channels_last_are_not_told(shape):
    assert not told_by(lambda: warn_of_channels_first(shape))


def test_channels_first_are_nothing_to_a_network_that_flattens():
    X = noise(6, 1, 28, 28)

    assert not about("moveaxis", lambda: MLPClassifier((4,), **FAST).fit(X, [0, 1] * 3))


@pytest.mark.slow
def test_a_given_image_shape_is_believed():
    classifier = CNNClassifier(2, dense_units=4, image_shape=(3, 9, 9), **FAST)

    assert not about("moveaxis", lambda: classifier.fit(noise(6, 3, 9, 9), [0, 1] * 3))


# --- few gradient steps


@pytest.mark.slow
@pytest.mark.filterwarnings("always")
def test_too_few_gradient_steps_are_told_with_what_makes_them(make):
    classifier = make(epochs=3, batch_size=10)
    with pytest.warns(ConvergenceWarning, match="9 gradient steps") as caught:
        classifier.fit(noise(24, 16), MIXED)

    message = str(caught[0].message)
    assert "batch_size=10 makes 3 of an epoch" in message
    assert "epochs=3" in message
    assert caught[0].filename == __file__


@pytest.mark.parametrize(("epochs", "told"), [(33, True), (34, False)])
def test_a_hundred_gradient_steps_are_enough(epochs, told):
    classifier = SMALL["mlp"](epochs=epochs, batch_size=10)  # 3 steps an epoch

    assert bool(told_by(lambda: classifier.fit(noise(24, 16), MIXED), ConvergenceWarning)) is told


def test_exactly_a_hundred_gradient_steps_are_enough():
    classifier = SMALL["mlp"](epochs=25, batch_size=6)  # 4 steps an epoch
    X = noise(24, 16)

    assert not told_by(lambda: classifier.fit(X, MIXED), ConvergenceWarning)
    classifier.set_params(epochs=24)
    assert told_by(lambda: classifier.fit(X, MIXED), ConvergenceWarning)


@pytest.mark.slow
def test_held_out_samples_and_weights_of_zero_make_no_gradient_steps():
    X, weight = noise(24, 16), (np.arange(24) % 2).astype(float)
    half = SMALL["mlp"](epochs=25, batch_size=6, validation_split=0.5)
    whole = SMALL["mlp"](epochs=25, batch_size=6)

    assert told_by(lambda: half.fit(X, MIXED), ConvergenceWarning)
    assert told_by(lambda: whole.fit(X, MIXED, sample_weight=weight), ConvergenceWarning)


# --- many weights


@pytest.fixture
def few_are_many(monkeypatch):
    monkeypatch.setattr(_base, "_MANY_WEIGHTS", 1000)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["mlp", "cnn"])
def test_a_first_dense_layer_of_many_weights_is_told(few_are_many, kind):
    classifier = {
        "mlp": MLPClassifier((4,), **FAST),  # 16 * 16 * 4 = 1024 weights
        "cnn": CNNClassifier(4, dense_units=6, **FAST),  # 7 * 7 * 4 * 6 = 1176 weights
    }[kind]
    (told,) = about("dense layer", lambda: classifier.fit(noise(6, 16, 16), [0, 1] * 3))

    message = str(told.message)
    assert f"{'1,024' if kind == 'mlp' else '1,176'} weights" in message
    assert "pool_size" in message
    assert "hidden_units" in message
    assert told.filename == __file__


def test_a_first_dense_layer_within_the_limit_is_not_told(few_are_many):
    classifier = MLPClassifier((3,), **FAST)  # 768 weights

    assert not about("dense layer", lambda: classifier.fit(noise(6, 16, 16), [0, 1] * 3))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("classifier", "shape", "many"),
    [
        (CNNClassifier(), (224, 224, 3), True),
        (MLPClassifier(), (224, 224, 3), True),
        (CNNClassifier(), (28, 28, 1), False),
        (MLPClassifier(), (28, 28), False),
        (CNNClassifier(), (32, 32, 3), False),
    ],
)
def test_photographs_make_many_weights_and_digits_do_not(classifier, shape, many):
    model = classifier.build_network(shape, 10)

    told = about("dense layer", lambda: _base._warn_of_many_weights(model))
    assert bool(told) is many


# --- the line


@pytest.mark.slow
@pytest.mark.parametrize(
    "way", ["alone", "Pipeline", "GridSearchCV", "GridSearchCV of a Pipeline"]
)
def test_every_warning_points_at_the_users_line(monkeypatch, way):
    monkeypatch.setattr(_base, "_MANY_WEIGHTS", 10)
    X, y = noise(24, 1, 7, 9), np.eye(3)[np.sort(MIXED)]
    estimator = ways_to_fit(SMALL["cnn"]())[way]
    told = told_by(lambda: estimator.fit(X, y))

    words = ["one-hot", "moveaxis", "gradient step", "dense layer"]
    found = {word: [w for w in told if word in str(w.message)] for word in words}
    assert all(found.values())
    assert {w.filename for ws in found.values() for w in ws} == {__file__}


@pytest.mark.slow
@pytest.mark.parametrize(
    "way", ["alone", "Pipeline", "GridSearchCV", "GridSearchCV of a Pipeline"]
)
def test_rows_read_as_a_row_of_pixels_are_told_at_the_users_line(way):
    estimator = ways_to_fit(SMALL["cnn"]())[way]
    told = about("rows of 7 pixels", lambda: estimator.fit(noise(24, 7), MIXED))

    assert told
    assert {warning.filename for warning in told} == {__file__}


# --- quiet


def no_warning_of_ours():
    warnings.simplefilter("error")
    warnings.filterwarnings("ignore", category=DeprecationWarning, module="keras")


@pytest.mark.slow
def test_defaults_are_quiet_on_digits():
    X, y = load_digit_images(return_X_y=True)
    with warnings.catch_warnings():
        no_warning_of_ours()
        for classifier in default_classifiers((8, 8), random_state=0).values():
            classifier.fit(X, y).predict(X[:10])


@pytest.mark.slow
def test_an_ordinary_fit_and_what_follows_it_are_quiet(make, digits):
    X, y = digits
    with warnings.catch_warnings():
        no_warning_of_ours()
        classifier = make(epochs=20, batch_size=50).fit(X, y)
        classifier.predict(X)
        classifier.predict_proba(X.reshape(400, 64))
        classifier.score(X, y)
        pickle.loads(pickle.dumps(classifier)).predict(X)
        copy.deepcopy(classifier).predict(X)
        copy.copy(classifier).predict(X)
        clone(classifier)
        repr(classifier)
        classifier._repr_html_()
