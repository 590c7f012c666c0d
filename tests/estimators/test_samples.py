"""What may come in as X and y, and what a classifier says of what may not."""

import functools

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

from skcnn import CNNClassifier, KerasClassifier, MLPClassifier, PixelScaler
from skcnn import build_mlp as build
from skcnn.estimators._samples import Samples, check_not_single


def small_network(input_shape, n_classes):
    return build(input_shape, n_classes, hidden_units=(8,))


FAST = {"epochs": 1, "batch_size": 32, "random_state": 0}
CLASSIFIERS = {
    "mlp": lambda **changes: MLPClassifier((8,), **{**FAST, **changes}),
    "cnn": lambda **changes: CNNClassifier((2,), dense_units=8, **{**FAST, **changes}),
}


@pytest.fixture(params=CLASSIFIERS)
def make(request):
    return CLASSIFIERS[request.param]


@pytest.fixture(scope="module")
def X(digits):  # noqa: N802
    return digits[0][:120]


@pytest.fixture(scope="module")
def y(digits):
    return digits[1][:120]


@pytest.fixture(scope="module")
def expected_of(X, y):
    """Return a function that trains a kind of classifier on the arrays, once."""
    return functools.cache(lambda make: make().fit(X, y))


def same_weights(one, other):
    pairs = zip(one.model_.get_weights(), other.model_.get_weights(), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)


# --- containers of X


def of_tensorflow(X):
    import tensorflow as tf

    return tf.constant(X)


def of_torch(X):
    return pytest.importorskip("torch").tensor(X)


def of_jax(X):
    return pytest.importorskip("jax.numpy").asarray(X)


def of_dask(X):
    return pytest.importorskip("dask.array").from_array(X, chunks=(50, *X.shape[1:]))


def of_objects(X):
    objects = np.empty(len(X), dtype=object)
    objects[:] = list(X)
    return objects


def of_pictures(X):
    return [Image.fromarray(image) for image in X]


KINDS = {
    "nested lists": lambda X: X.tolist(),
    "tensor of TensorFlow": of_tensorflow,
    "tensor of PyTorch": of_torch,
    "array of JAX": of_jax,
    "array of dask": of_dask,
    "list of arrays": list,
    "object array": of_objects,
    "Series": lambda X: pd.Series(list(X)),
    "table of one column": lambda X: pd.DataFrame({"image": list(X)}),
    "pictures": of_pictures,
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_every_container_of_the_same_images_gives_the_same_network(make, expected_of, X, y, kind):
    given = KINDS[kind](X)
    expected = expected_of(make)
    classifier = make().fit(given, y)

    same = kind != "nested lists"  # those hold integers, which become float32
    assert same_weights(classifier, expected) or not same
    np.testing.assert_allclose(
        classifier.predict_proba(given), expected.predict_proba(X), rtol=1e-6
    )
    assert classifier.score(given, y) == expected.score(X, y)
    assert classifier.n_features_in_ == 64


@pytest.fixture(scope="module")
def scaled(X, y):
    pipeline = make_pipeline(PixelScaler(), CLASSIFIERS["mlp"]()).fit(X, y)
    return X, pipeline.predict_proba(X)


@pytest.fixture(scope="module")
def scores(X, y):
    return cross_val_score(CLASSIFIERS["mlp"](), X, y, cv=2).tolist()


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_every_container_goes_through_a_pipeline(scaled, y, kind):
    given, expected = KINDS[kind](scaled[0]), scaled[1]
    pipeline = make_pipeline(PixelScaler(), CLASSIFIERS["mlp"]()).fit(given, y)

    np.testing.assert_array_equal(pipeline.predict_proba(given), expected)


# scikit-learn itself cannot take rows out of a tensor of TensorFlow.
@pytest.mark.slow
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "tensor of TensorFlow"])
def test_every_container_is_cross_validated(X, y, scores, kind):
    assert cross_val_score(CLASSIFIERS["mlp"](), KINDS[kind](X), y, cv=2).tolist() == scores


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr"])
def test_pictures_of_every_mode_train_and_predict(X, y, mode):
    pictures = [Image.fromarray(image).convert("RGB").convert(mode) for image in X[:, :8, :8]]
    classifier = CLASSIFIERS["cnn"]().fit(pictures, y)

    channels = {"1": 1, "L": 1, "LA": 2, "PA": 4, "RGBA": 4}.get(mode, 3)
    assert classifier.input_shape_ == (8, 8, channels)
    assert classifier.predict(pictures).shape == (120,)


# --- containers of y


def of_strings(y):
    return [f"digit {label}" for label in y]


LABELS = {
    "list": list,
    "tensor of TensorFlow": of_tensorflow,
    "tensor of PyTorch": of_torch,
    "array of JAX": of_jax,
    "array of dask": of_dask,
    "list of tensors": lambda y: list(of_torch(y)),
    "Series": pd.Series,
    "Series of Int64": lambda y: pd.Series(y, dtype="Int64"),
    "Series of categories": lambda y: pd.Series(y, dtype="category"),
}
WORDS = {
    "list of strings": of_strings,
    "object array": lambda y: np.array(of_strings(y), dtype=object),
    "Series of strings": lambda y: pd.Series(of_strings(y), dtype="string"),
    "Series of categories": lambda y: pd.Series(of_strings(y), dtype="category"),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", LABELS)
def test_labels_in_every_container_give_the_same_network(expected_of, X, y, kind):
    make = CLASSIFIERS["mlp"]
    expected = expected_of(make)
    classifier = make().fit(X, LABELS[kind](y))

    assert same_weights(classifier, expected)
    np.testing.assert_array_equal(classifier.predict(X), expected.predict(X))
    if kind != "list of tensors":
        assert classifier.score(X, LABELS[kind](y)) == expected.score(X, y)


@pytest.mark.parametrize("kind", WORDS)
def test_strings_in_every_container_give_the_same_network(expected_of, X, y, kind):
    make = CLASSIFIERS["mlp"]
    expected = expected_of(make)
    classifier = make().fit(X, WORDS[kind](y))

    assert same_weights(classifier, expected)
    assert classifier.predict(X).tolist() == of_strings(expected.predict(X))
    assert classifier.score(X, WORDS[kind](y)) == expected.score(X, y)


@pytest.mark.slow
def test_nullable_booleans_are_booleans(X, y):
    classifier = CLASSIFIERS["mlp"]().fit(X, pd.Series(y > 4, dtype="boolean"))

    assert classifier.classes_.tolist() == [False, True]
    assert classifier.predict(X).dtype == bool


# --- what is no set of samples


@pytest.mark.slow
@pytest.mark.parametrize(
    ("bad", "error", "message"),
    [
        ({"a": np.zeros((4, 4))}, TypeError, "X is a dict; expected an array"),
        ({1, 2}, TypeError, "X is a set; expected an array"),
        ((row for row in np.eye(4)), TypeError, "X is a generator; expected an array"),
        ("images.npy", TypeError, "X is a str; expected an array"),
        (None, ValueError, "X is None; expected an array"),
        (5, ValueError, r"X must be an array.*received shape \(\)"),
        ([[[1, 2], [3]], [[1, 2], [3, 4]]], ValueError, "sample at index 0 of X is a list whose"),
        ([np.eye(2), [[1, 2], [3]]], ValueError, "sample at index 1 of X is a list whose"),
        (
            [np.zeros((9, 4)), np.zeros((9, 5))],
            ValueError,
            r"X differ in shape: .*one sample an entry. If its 2 entries are inputs of 9 samples",
        ),
        ([np.eye(2), None], ValueError, r"X differ in shape.*index 1 has shape \(\)"),
    ],
)
def test_what_is_no_set_of_samples_is_refused_by_name(make, expected_of, bad, error, message):
    with pytest.raises(error, match=message):
        make().fit(bad, [0, 1])
    if isinstance(bad, type(row for row in ())):
        bad = (row for row in np.eye(4))
    with pytest.raises(error, match=message):
        expected_of(make).predict(bad)


def test_a_list_of_equal_inputs_is_told_how_to_come_as_columns_of_one_array(make):
    inputs = [np.zeros((9, 4)), np.ones((9, 4))]

    with pytest.raises(ValueError, match=r"X is a list of inputs, .*'input_2': slice\(4, 8\)"):
        make().fit(inputs, np.arange(9) % 2)


def test_pictures_of_different_depth_are_told_apart(make):
    pictures = [Image.new("L", (4, 4)), Image.new("L", (4, 4)), Image.new("I;16", (4, 4))]

    with pytest.raises(ValueError, match=r"differ in depth: .*uint8, .*index 2 holds uint16"):
        make().fit(pictures, [0, 1, 0])


@pytest.mark.parametrize(
    ("y", "n"),
    [(3, 8), ("three", 8), ([3], 8), (np.array(3), 8), (np.array([3]), 8), ([[0, 1]], 8)],
)
def test_a_single_label_says_that_x_is_a_single_image(y, n):
    with pytest.raises(ValueError, match=r"8 samples in X and a single label.*X\[np.newaxis\]"):
        check_not_single(Samples(np.zeros((n, 8)), None, {}), y)


@pytest.mark.parametrize("y", [3, [3]])
@pytest.mark.parametrize("shape", [(8, 8), (8, 8, 1)])
def test_a_single_image_is_told_how_to_become_a_set_in_fit(make, X, shape, y):
    with pytest.raises(ValueError, match=r"8 samples in X and a single label.*X\[np\.newaxis\]"):
        make().fit(X[0].reshape(shape), y)


@pytest.mark.parametrize(
    ("y", "error", "message"),
    [
        ({"a": 1}, TypeError, "y is a dict"),
        ((i for i in range(120)), TypeError, "y is a generator"),
        ([[0], [1, 2]] * 60, ValueError, "entries of y differ in shape"),
        (pd.Series([None, *"ab" * 59, "a"], dtype="string"), ValueError, "y contains NaN"),
        (pd.Series([None, *[1, 2] * 59, 1], dtype="Int64"), ValueError, "y contains NaN"),
        (np.array([None, *"ab" * 59, "a"], dtype=object), ValueError, "y contains NaN or None"),
    ],
)
def test_what_is_no_set_of_labels_is_refused_by_name(X, y, error, message):
    with pytest.raises(error, match=message):
        CLASSIFIERS["mlp"]().fit(X, y)


@pytest.mark.parametrize("y", [None, [0, 1], np.zeros(8), pd.Series([0, 1]), iter([0]), {"a": 1}])
def test_other_labels_say_nothing_about_a_single_image(y):
    check_not_single(Samples(np.zeros((8, 8)), None, {}), y)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("of_fit", "of_predict", "remedy"),
    [
        ((8, 8), (8, 8), r"X\[np.newaxis\]"),
        ((8, 8, 1), (8, 8, 1), r"X\[np.newaxis\]"),
        ((8, 8), (8, 8, 1), r"X\.reshape\(1, 8, 8\)"),
        ((8, 8, 1), (8, 8), r"X\.reshape\(1, 8, 8, 1\)"),
        ((64,), (8, 8), r"X\.reshape\(1, 64\)"),
    ],
)
def test_a_single_image_is_told_how_to_become_a_set(make, X, y, of_fit, of_predict, remedy):
    classifier = make().fit(X.reshape(120, *of_fit), y)

    for method in (classifier.predict, classifier.predict_proba):
        with pytest.raises(ValueError, match=f"received a single sample, of shape.*{remedy}"):
            method(X[0].reshape(of_predict))


# --- where keywords belong


def test_a_parameter_given_to_fit_is_sent_to_the_constructor(make, X, y):
    classifier = make()
    name = type(classifier).__name__
    with pytest.raises(
        TypeError, match=rf"'epochs'.*parameter of the est.*{name}\(epochs=\.\.\.\)"
    ):
        classifier.fit(X, y, epochs=3)
    with pytest.raises(TypeError, match=r"unexpected keyword argument 'shuffle'.*expected"):
        classifier.fit(X, y, shuffle=True)
    assert not hasattr(classifier, "model_")


def test_a_parameter_of_a_builder_given_to_fit_is_sent_to_the_constructor(X, y):
    with pytest.raises(TypeError, match=r"'epochs'.*KerasClassifier\(epochs=\.\.\.\)"):
        KerasClassifier(small_network).fit(X, y, epochs=3)


def test_a_parameter_given_to_a_step_of_a_pipeline_is_sent_to_the_constructor(make, X, y):
    pipeline = make_pipeline(make())
    step = pipeline.steps[0][0]
    with pytest.raises(TypeError, match=r"'epochs'.*is a parameter of the estimator"):
        pipeline.fit(X, y, **{f"{step}__epochs": 3})
    with pytest.raises(TypeError, match="unexpected keyword argument 'shuffle'"):
        pipeline.fit(X, y, **{f"{step}__shuffle": True})


# --- images and rows


def everything(classifier, X, y):
    return [
        classifier.predict(X).tolist(),
        classifier.predict_proba(X).tolist(),
        classifier.score(X, y),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(8, 8), (8, 8, 1)])
def test_rows_of_the_images_of_fit_are_the_same_samples(make, X, y, shape):
    images = X.reshape(120, *shape)
    classifier = make().fit(images, y)

    assert classifier.n_features_in_ == 64
    assert everything(classifier, X.reshape(120, 64), y) == everything(classifier, images, y)


@pytest.mark.slow
@pytest.mark.parametrize("image_shape", [(8, 8), (8, 8, 1)])
def test_images_of_the_given_shape_are_the_same_samples_as_rows(X, y, image_shape):
    rows = X.reshape(120, 64)
    classifier = CLASSIFIERS["cnn"](image_shape=image_shape).fit(rows, y)

    for same in (X, X[..., np.newaxis]):
        assert everything(classifier, same, y) == everything(classifier, rows, y)
    with pytest.raises(ValueError, match=r"received samples of shape \(4, 16\)"):
        classifier.predict(X.reshape(120, 4, 16))


def test_rows_have_names_where_fit_has_seen_some_and_images_have_none(X, y):
    frame = pd.DataFrame(X.reshape(120, 64)).add_prefix("pixel")
    classifier = CLASSIFIERS["cnn"](image_shape=(8, 8)).fit(frame, y)

    assert classifier.feature_names_in_.tolist() == frame.columns.tolist()
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        expected = classifier.predict(X)
    assert classifier.predict(frame).tolist() == expected.tolist()
    with pytest.raises(ValueError, match="feature names should match"):
        classifier.predict(frame.rename(columns={"pixel3": "dot"}))
