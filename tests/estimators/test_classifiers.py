"""What all classifiers do with X, y and their parameters."""

import copy
import pickle
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.base import clone, is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import Pipeline

from skcnn import CNNClassifier, ImageReshaper, KerasClassifier, MLPClassifier, PixelScaler
from skcnn import build_mlp as build


def small_network(input_shape, n_classes):
    return build(input_shape, n_classes, hidden_units=(16,))


FAST = {"epochs": 2, "random_state": 0}
CLASSIFIERS = {
    "mlp": MLPClassifier((16,), **FAST),
    "cnn": CNNClassifier((4, 8), dense_units=16, **FAST),
    "keras": KerasClassifier(small_network, validation_split=0.25, **FAST),
}


@pytest.fixture(params=CLASSIFIERS)
def classifier(request):
    return clone(CLASSIFIERS[request.param])


@pytest.fixture(scope="module")
def X(scaled_digits):  # noqa: N802
    return scaled_digits[0]


@pytest.fixture(scope="module")
def y(scaled_digits):
    return scaled_digits[1]


@pytest.mark.slow
def test_fitted_attributes(classifier, X, y):
    assert classifier.fit(X, y) is classifier

    assert is_classifier(classifier)
    np.testing.assert_array_equal(classifier.classes_, np.arange(10))
    assert classifier.n_features_in_ == 64
    assert classifier.n_iter_ == 2
    assert sorted(classifier.history_) == ["accuracy", "loss", "val_accuracy", "val_loss"]
    assert all(
        isinstance(value, float) and len(values) == 2
        for values in classifier.history_.values()
        for value in values
    )
    assert classifier.model_.count_params() > 0
    assert not hasattr(classifier, "feature_names_in_")


@pytest.mark.slow
def test_probabilities_and_labels_agree(classifier, X, y):
    classifier.fit(X, y)
    probabilities = classifier.predict_proba(X)

    assert probabilities.shape == (400, 10)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_array_equal(classifier.predict(X), probabilities.argmax(axis=1))
    np.testing.assert_array_equal(classifier.predict_log_proba(X), np.log(probabilities))
    assert classifier.score(X, y) == np.mean(classifier.predict(X) == y)


@pytest.mark.slow
def test_log_probability_of_zero_is_minus_infinity_without_a_warning(X, y, recwarn):
    classifier = MLPClassifier((), learning_rate=100, epochs=20, random_state=0).fit(X, y)

    assert np.isneginf(classifier.predict_log_proba(X)).any()
    assert not [w for w in recwarn if issubclass(w.category, RuntimeWarning)]


# --- X -------------------------------------------------------------------------------------


@pytest.mark.slow
def test_images_and_rows_give_the_same(classifier, X, y):
    rows = X.reshape(len(X), 64)
    of_images = classifier.fit(X, y).predict_proba(X)
    of_rows = classifier.fit(rows, y).predict_proba(rows)
    of_channels = classifier.fit(X[..., np.newaxis], y).predict_proba(X[..., np.newaxis])

    np.testing.assert_array_equal(of_images, of_rows)
    np.testing.assert_array_equal(of_images, of_channels)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [np.float64, np.float16, np.int64, bool])
def test_dtypes_of_the_same_numbers_give_the_same(classifier, digits, dtype):
    X, y = (digits[0] > 100), digits[1]
    expected = classifier.fit(X.astype(np.float32), y).predict_proba(X.astype(np.float32))

    X = X.astype(dtype)
    np.testing.assert_array_equal(classifier.fit(X, y).predict_proba(X), expected)


@pytest.mark.slow
def test_bytes_give_the_same_as_floats(classifier, digits):
    X, y = digits
    of_bytes = classifier.fit(X, y).predict_proba(X)
    of_floats = classifier.fit(X.astype(np.float32), y).predict_proba(X.astype(np.float32))

    np.testing.assert_array_equal(of_bytes, of_floats)


@pytest.mark.slow
def test_lists_of_images(classifier, X, y):
    expected = classifier.fit(X, y).predict(X)
    classifier.fit(X.tolist(), y.tolist())

    np.testing.assert_array_equal(classifier.predict(list(X)), expected)


@pytest.mark.slow
def test_data_frames_keep_their_names(classifier, X, y):
    frame = pd.DataFrame(X.reshape(len(X), 64)).add_prefix("pixel")
    classifier.fit(frame, pd.Series(y))

    assert classifier.feature_names_in_.tolist() == frame.columns.tolist()
    assert classifier.predict(frame).shape == (400,)
    with pytest.raises(ValueError, match="feature names should match"):
        classifier.predict(frame.rename(columns={"pixel0": "nonsense"}))


@pytest.mark.slow
def test_memory_order_and_read_only_memory_do_not_matter(classifier, X, y):
    expected = classifier.fit(X, y).predict_proba(X)
    read_only = X.copy()
    read_only.flags.writeable = False

    for same in (np.asfortranarray(X), read_only, np.repeat(X, 2, axis=2)[:, :, ::2]):
        np.testing.assert_array_equal(classifier.fit(same, y).predict_proba(same), expected)


@pytest.mark.slow
def test_colour_images(classifier, X, y):
    colour = np.stack([X, X * 0.5, 1 - X], axis=-1)
    classifier.fit(colour, y)

    assert classifier.n_features_in_ == 192
    assert classifier.predict(colour).shape == (400,)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n_features", "shape"), [(64, (8, 8, 1)), (48, (4, 4, 3)), (3, (1, 1, 3)), (1, (1, 1, 1))]
)
def test_cnn_reads_rows_as_square_images(n_features, shape, recwarn):
    X = np.random.default_rng(0).random((20, n_features))
    classifier = CNNClassifier(2, **FAST).fit(X, np.arange(20) % 2)

    assert classifier.input_shape_ == shape
    assert not [w for w in recwarn if "image_shape" in str(w.message)]


@pytest.mark.slow
def test_cnn_reads_other_rows_as_one_row_of_pixels_and_warns():
    X = np.random.default_rng(0).random((20, 7))
    with pytest.warns(UserWarning, match=r"rows of 7 pixels.*image_shape=") as warnings:
        classifier = CNNClassifier(2, **FAST).fit(X, np.arange(20) % 2)

    assert classifier.input_shape_ == (1, 7, 1)
    assert warnings[0].filename == __file__


@pytest.mark.slow
@pytest.mark.parametrize("image_shape", [(4, 16, 1), (4, 16), (4, 4, 4), [16, 4]])
def test_cnn_takes_the_image_shape_of_rows(image_shape, y):
    X = np.random.default_rng(0).random((400, 64))
    classifier = CNNClassifier(2, image_shape=image_shape, **FAST).fit(X, y)

    assert classifier.input_shape_ == (*image_shape, 1)[:3]
    assert classifier.predict(X).shape == (400,)


@pytest.mark.parametrize("image_shape", [(7, 7), (8, 8, 3), (64,), (8, 8, 1, 1), (4, 16, 1)])
def test_cnn_refuses_an_image_shape_that_is_not_that_of_x(image_shape, X, y):
    with pytest.raises(ValueError, match=r"image_shape.*expected \(height, width, channels\)"):
        CNNClassifier(image_shape=image_shape).fit(X, y)


@pytest.mark.parametrize(
    ("pictures", "error", "received"),
    [
        (["7.png", "9.png"], ValueError, "'7.png'"),
        (np.array([["7.png"], ["9.png"]]), ValueError, "'7.png'"),
        (pd.Series(["7.png", "9.png"]), ValueError, "'7.png'"),
        (pd.DataFrame({"width": [28, 28], "file": ["7.png", "9.png"]}), ValueError, "'7.png'"),
        ([Path("7.png"), Path("9.png")], TypeError, r"\w+Path\('7.png'\)"),
        ([b"GIF89a", b"GIF89a"], ValueError, "b'GIF89a'"),
    ],
    ids=["list", "array", "Series", "table", "paths", "bytes"],
)
def test_who_passes_files_is_told_of_image_loader(classifier, pictures, error, received):
    message = rf"{type(classifier).__name__} expected numbers in X; received {received}\. .*Loader"
    with pytest.raises(error, match=message):
        classifier.fit(pictures, [7, 9])


def test_numbers_as_texts_are_numbers_and_the_text_among_them_is_named(classifier, X, y):
    texts = X.reshape(len(X), 64).astype(str)
    classifier.set_params(epochs=1).fit(texts, y)
    texts[3, 5] = "seven"

    with pytest.raises(ValueError, match="expected numbers in X; received 'seven'"):
        classifier.predict(texts)


@pytest.mark.parametrize(
    ("spoil", "error", "message"),
    [
        (lambda X: np.where(X.max() == X, np.nan, X), ValueError, "NaN"),
        (lambda X: np.where(X.max() == X, np.inf, X), ValueError, "infinity"),
        (lambda X: X.astype(np.float64) + 1e300, ValueError, "too large for dtype"),
        (lambda X: X[:0], ValueError, "0 sample"),
        (lambda X: X[:, :0], ValueError, "0 feature"),
        (lambda X: X[:1], ValueError, "1 sample"),
        (lambda X: X[:-1], ValueError, "inconsistent numbers of samples"),
        (lambda X: X[..., None, None], ValueError, r"received shape \(400, 8, 8, 1, 1\)"),
        (lambda X: X[:, 0, 0], ValueError, "Expected 2D array, got 1D array"),
        (lambda X: [image[: 4 + i % 2] for i, image in enumerate(X)], ValueError, "differ in sha"),
        (lambda X: X.reshape(400, 64).astype(str).astype(object) + "x", ValueError, "numbers in"),
        (lambda X: X + 1j, ValueError, "Complex data not supported"),
        (lambda X: None, ValueError, "array"),
    ],
)
def test_bad_x_is_refused(classifier, X, y, spoil, error, message):
    bad = spoil(X)
    labels = y if message.startswith("incons") else y[: getattr(bad, "shape", (400,))[0]]
    with pytest.raises(error, match=message):
        classifier.fit(bad, labels)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("other", "message"),
    [
        (lambda X: X[:, :7], r"fitted on X of shape \(n, 8, 8\).*samples of shape \(7, 8\)"),
        (lambda X: X.reshape(-1, 4, 16), r"\(n, 8, 8\).*\(4, 16\)"),
        (lambda X: np.where(X.max() == X, np.nan, X), "NaN"),
        (lambda X: X[:0], "0 sample"),
    ],
)
def test_predict_refuses_what_fit_did_not_see(classifier, X, y, other, message):
    classifier.fit(X, y)

    for method in (classifier.predict, classifier.predict_proba):
        with pytest.raises(ValueError, match=message):
            method(other(X))


@pytest.mark.slow
def test_predict_refuses_another_number_of_features(classifier, X, y):
    rows = X.reshape(400, 64)
    classifier.fit(rows, y)

    with pytest.raises(ValueError, match=r"X has 63 features, but .* is expecting 64 features"):
        classifier.predict(rows[:, 1:])
    with pytest.raises(ValueError, match=r"\(n, n_features\), but received samples of shape"):
        classifier.predict(X)


def test_predict_before_fit(classifier, X):
    for method in (classifier.predict, classifier.predict_proba, classifier.predict_log_proba):
        with pytest.raises(NotFittedError):
            method(X)


@pytest.mark.slow
def test_one_image_is_enough_to_predict(classifier, X, y):
    classifier.fit(X, y)
    alone = np.concatenate([classifier.predict_proba(X[i : i + 1]) for i in range(5)])

    np.testing.assert_allclose(alone, classifier.predict_proba(X[:5]), rtol=1e-5, atol=1e-7)


# --- y -------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    "relabel",
    [
        lambda y: y + 100,
        lambda y: y.astype(np.uint8),
        lambda y: y.astype(float),
        lambda y: np.array([f"digit {label}" for label in y]),
        lambda y: np.array([f"digit {label}" for label in y], dtype=object),
        lambda y: pd.Series([f"digit {label}" for label in y]),
        lambda y: pd.Series([f"digit {label}" for label in y], dtype="category"),
        lambda y: [f"digit {label}" for label in y],
    ],
)
def test_labels_of_any_kind_come_back(classifier, X, y, relabel):
    labels = relabel(y)
    codes = classifier.fit(X, y).predict(X)
    predicted = classifier.fit(X, labels).predict(X)

    expected = np.unique(np.asarray(labels))[codes]
    np.testing.assert_array_equal(predicted, expected)
    assert classifier.score(X, labels) == np.mean(codes == y)


@pytest.mark.slow
def test_booleans(classifier, X, y):
    predicted = classifier.fit(X, y > 4).predict(X)

    assert predicted.dtype == bool
    assert classifier.predict_proba(X).shape == (400, 2)


def test_one_hot_rows(classifier, X, y):
    one_hot = np.eye(10, dtype=np.float32)[y]
    codes = classifier.fit(X, y).predict(X)
    classifier.fit(X, one_hot)

    np.testing.assert_array_equal(classifier.classes_, np.arange(10))
    np.testing.assert_array_equal(classifier.predict(X), np.eye(10)[codes])
    assert classifier.score(X, one_hot) == np.mean(codes == y)


@pytest.mark.slow
def test_one_hot_rows_may_have_columns_without_a_sample(classifier, X, y):
    classifier.fit(X, np.eye(12)[y])

    assert classifier.predict_proba(X).shape == (400, 12)


def test_sparse_one_hot_rows_are_what_they_are_when_dense(classifier, X, y):
    one_hot = np.eye(10)[y]
    expected = classifier.fit(X, one_hot).predict(X)

    np.testing.assert_array_equal(
        classifier.fit(X, scipy.sparse.csr_array(one_hot)).predict(X), expected
    )
    with pytest.raises(TypeError, match="Sparse data was passed for y"):
        classifier.set_params(target_type="multiclass").fit(X, scipy.sparse.csr_array(one_hot))


def test_a_column_is_taken_as_labels_with_a_warning(classifier, X, y):
    with pytest.warns(UserWarning, match="column-vector y"):
        classifier.fit(X, y[:, np.newaxis])

    assert classifier.predict(X).shape == (400,)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda y: np.eye(10)[y] + np.eye(10)[0], r"multilabel.*one-hot rows"),
        (lambda y: np.full((400, 2), 0.5), "multilabel"),
        (lambda y: np.zeros(400), r"one class only, \[0.0\].*at least 2"),
        (lambda y: y + 0.5, "Unknown label type: continuous"),
        (lambda y: np.where(y == 0, np.nan, y), "NaN"),
        (lambda y: y[:-1], "inconsistent numbers"),
        (lambda y: None, "requires y to be passed"),
    ],
)
def test_bad_y_is_refused(classifier, X, y, spoil, message):
    with pytest.raises(ValueError, match=message):
        classifier.fit(X, spoil(y))


# --- parameters ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameter", "value", "error"),
    [
        ("epochs", 0, ValueError),
        ("epochs", -3, ValueError),
        ("epochs", 1.5, ValueError),
        ("batch_size", 0, ValueError),
        ("validation_split", 1.0, ValueError),
        ("validation_split", -0.1, ValueError),
        ("learning_rate", 0, ValueError),
        ("learning_rate", "fast", ValueError),
        ("early_stopping", "yes", ValueError),
        ("patience", -1, ValueError),
        ("optimizer", "sdg", ValueError),
        ("optimizer", 7, ValueError),
        ("monitor", "val_acc", ValueError),
        ("monitor", None, ValueError),
        ("class_weight", "equal", ValueError),
        ("callbacks", "early", (TypeError, ValueError)),
        ("callbacks", ["early"], (TypeError, ValueError)),
        ("verbose", 3, ValueError),
        ("random_state", "zero", ValueError),
        ("random_state", -1, ValueError),
        ("checkpoint_path", 5, ValueError),
        ("checkpoint_path", "model.h5", ValueError),
        ("checkpoint_path", "no/such/folder/model.keras", ValueError),
    ],
)
def test_bad_parameters_are_refused_at_fit(classifier, X, y, parameter, value, error):
    classifier.set_params(early_stopping=True, validation_split=0.25)
    classifier.set_params(**{parameter: value})

    with pytest.raises(error, match=parameter) as raised:
        classifier.fit(X, y)
    assert str(value).strip("[]") in str(raised.value)


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("dropout", 1.5),
        ("filters", ()),
        ("filters", (0,)),
        ("kernel_size", -1),
        ("pooling", "none"),
        ("dense_units", 1.5),
        ("activation", "nonsense"),
    ],
)
def test_bad_settings_of_the_network_are_refused_at_fit(X, y, parameter, value):
    with pytest.raises(ValueError, match=parameter if parameter != "activation" else "nonsense"):
        CNNClassifier(**{parameter: value}).fit(X, y)


def test_unknown_parameters_are_refused(classifier):
    with pytest.raises(ValueError, match="Invalid parameter"):
        classifier.set_params(nonsense=1)


def test_parameters_survive_clone_and_set_params():
    given = {
        "filters": (8,),
        "kernel_size": 2,
        "pool_size": 3,
        "pooling": "each",
        "dropout": 0.1,
        "dense_units": 7,
        "dense_dropout": 0.2,
        "activation": "tanh",
        "image_shape": (8, 8, 1),
        "pool_type": "average",
        "batch_normalization": True,
        "strides": 2,
        "padding": "same",
        "global_pooling": "max",
        "residual": True,
        "whitening": True,
        "rescale": 0.5,
        "optimizer": "sgd",
        "learning_rate": 0.3,
        "peak_learning_rate": 0.02,
        "label_smoothing": 0.1,
        "mixup": 0.2,
        "cutmix": 0.5,
        "weight_decay": 0.01,
        "weight_averaging": 0.9,
        "augmentation": None,
        "batch_size": 11,
        "epochs": 3,
        "auto_steps": 70,
        "time_budget": 9.5,
        "predict_augmentation": "flip",
        "mixed_precision": "auto",
        "validation_split": 0.3,
        "early_stopping": False,
        "patience": 4,
        "monitor": "val_accuracy",
        "metrics": ["accuracy"],
        "checkpoint_path": "model.keras",
        "callbacks": None,
        "class_weight": "balanced",
        "target_type": "multiclass",
        "warm_start": True,
        "random_state": 5,
        "verbose": 2,
    }
    assert CNNClassifier().get_params().keys() == given.keys()
    assert clone(CNNClassifier(**given)).get_params() == given
    assert CNNClassifier().set_params(**given).get_params() == given


def test_repr_names_what_differs_from_the_defaults():
    assert repr(MLPClassifier()) == "MLPClassifier()"
    assert repr(CNNClassifier((8, 16), epochs=2)) == "CNNClassifier(epochs=2, filters=(8, 16))"


def test_docstrings_are_whole(classifier):
    text = type(classifier).__doc__

    assert re.search(r"^validation_split : float or splitter, default=0\.\d+$", text, re.MULTILINE)
    assert "history_ : dict" in text
    assert "{parameters}" not in text
    assert "{fitted_attributes}" not in text


# --- state ---------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    "spoil",
    [
        lambda c, X, y: c.fit(X[:, :4], y[:-1]),
        lambda c, X, y: c.fit(X[:, :4], np.zeros(len(X))),
        lambda c, X, y: c.set_params(epochs=-1).fit(X[:, :4], y),
        lambda c, X, y: c.set_params(learning_rate=1e30, optimizer="sgd").fit(X[:, :4] * 99, y),
    ],
)
def test_after_a_failed_fit_the_classifier_is_as_before(classifier, X, y, spoil):
    classifier.fit(X, y)
    expected, before = classifier.predict_proba(X), dict(vars(classifier))

    with pytest.raises(ValueError, match=r"."):
        spoil(classifier, X, y)

    same = {k: v for k, v in vars(classifier).items() if k in before and v is before[k]}
    assert before.keys() - same.keys() <= {"epochs", "learning_rate", "optimizer"}
    np.testing.assert_array_equal(classifier.predict_proba(X), expected)


def test_an_unfitted_classifier_stays_unfitted_after_a_failed_fit(classifier, X, y):
    with pytest.raises(ValueError, match="inconsistent"):
        classifier.fit(X, y[1:])

    with pytest.raises(NotFittedError):
        classifier.predict(X)
    assert not [name for name in vars(classifier) if name.endswith("_")]


@pytest.mark.slow
@pytest.mark.parametrize(
    "copied", [lambda c: pickle.loads(pickle.dumps(c)), copy.deepcopy], ids=["pickle", "deepcopy"]
)
def test_copies_of_a_fitted_classifier_predict_the_same(classifier, X, y, copied):
    classifier.fit(X, y)
    other = copied(classifier)
    expected, history = classifier.predict_proba(X), classifier.history_
    classifier.set_params(epochs=1).fit(X, y)

    np.testing.assert_array_equal(other.predict_proba(X), expected)
    assert other.history_ == history != classifier.history_
    assert other.get_params().keys() == classifier.get_params().keys()


def test_an_unfitted_classifier_pickles(classifier, X, y):
    other = pickle.loads(pickle.dumps(classifier))

    np.testing.assert_array_equal(
        other.fit(X, y).predict_proba(X), classifier.fit(X, y).predict_proba(X)
    )


def test_a_second_fit_leaves_the_first_model_alone(classifier, X, y):
    first = classifier.fit(X, y).model_
    weights = first.get_weights()
    classifier.fit(X, y[::-1])

    assert classifier.model_ is not first
    for old, now in zip(weights, first.get_weights(), strict=True):
        np.testing.assert_array_equal(old, now)


def test_x_and_y_are_left_as_they_were(classifier, X, y):
    X_before, y_before = X.copy(), y.copy()
    classifier.fit(X, y).predict(X)

    np.testing.assert_array_equal(X, X_before)
    np.testing.assert_array_equal(y, y_before)


@pytest.mark.slow
def test_a_pipeline_is_a_classifier_of_raw_images(digits):
    X, y = digits
    pipeline = Pipeline(
        [
            ("reshape", ImageReshaper((8, 8, 1))),
            ("scale", PixelScaler()),
            ("cnn", CNNClassifier((16, 32), epochs=15, batch_size=50, random_state=0)),
        ]
    )
    pipeline.fit(X.reshape(len(X), 64), y)

    assert is_classifier(pipeline)
    assert pipeline.score(X, y) > 0.9
    assert pipeline[-1].input_shape_ == (8, 8, 1)
    assert "CNNClassifier" in pipeline._repr_html_()
