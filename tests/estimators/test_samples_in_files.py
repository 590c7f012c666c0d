"""Samples and labels that stay in a file, and are read a part at a time."""

import tracemalloc

import h5py
import numpy as np
import pytest
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

from skcnn import MLPClassifier, PixelScaler, RandomAffine, _arrays
from skcnn._engine import feeding
from skcnn.estimators import _samples
from tests.estimators.test_samples import CLASSIFIERS, of_strings, same_weights


@pytest.fixture(params=CLASSIFIERS)
def make(request):
    return CLASSIFIERS[request.param]


@pytest.fixture(scope="module")
def X(digits):  # noqa: N802
    return digits[0][:120]


@pytest.fixture(scope="module")
def y(digits):
    return digits[1][:120]


@pytest.fixture
def in_file(tmp_path):
    """Return a function that puts an array into a file and returns its data set."""
    with h5py.File(tmp_path / "data.h5", "w") as file:
        yield lambda data: file.create_dataset(f"set{len(file)}", data=data)


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(feeding, "_BLOCK_BYTES", 4096)
    monkeypatch.setattr(_samples, "_CHECKED_BYTES", 4096)
    monkeypatch.setattr(_arrays, "_WINDOW_BYTES", 1000)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["u1", "f4", "f8", ">f4", "f2", "i8", "i2", "?"])
def test_a_data_set_of_every_dtype_gives_the_same_as_the_array(small_blocks, in_file, X, y, dtype):
    X = (X > 100 if dtype == "?" else X).astype(dtype)
    data = in_file(X)
    expected = CLASSIFIERS["mlp"]().fit(X, y)
    classifier = CLASSIFIERS["mlp"]().fit(data, y)

    assert same_weights(classifier, expected)
    np.testing.assert_array_equal(classifier.predict_proba(data), expected.predict_proba(X))
    assert classifier.score(data, in_file(y)) == expected.score(X, y)


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(64,), (8, 8), (8, 8, 1)])
def test_a_data_set_of_rows_or_images_gives_the_same_as_the_array(
    small_blocks, in_file, X, y, shape
):
    data = in_file(X.reshape(120, *shape))
    expected = CLASSIFIERS["cnn"]().fit(X, y)
    classifier = CLASSIFIERS["cnn"]().fit(data, y)

    assert same_weights(classifier, expected)
    assert classifier.input_shape_ == (8, 8, 1)
    assert classifier.n_features_in_ == 64
    np.testing.assert_array_equal(classifier.predict_proba(data), expected.predict_proba(X))


@pytest.mark.slow
def test_a_data_set_of_a_file_is_augmented_and_weighted_as_the_array(small_blocks, in_file, X, y):
    weight = np.linspace(0, 2, 120)
    changes = {"augmentation": RandomAffine(rotation=10), "class_weight": "balanced"}
    expected = CLASSIFIERS["cnn"](**changes).fit(X, y, sample_weight=weight)
    classifier = CLASSIFIERS["cnn"](**changes).fit(in_file(X), y, sample_weight=weight)

    assert same_weights(classifier, expected)


@pytest.mark.slow
def test_a_data_set_of_a_file_goes_where_arrays_go(in_file, X, y):
    data = in_file(X)
    pipeline = make_pipeline(PixelScaler(), CLASSIFIERS["mlp"]())

    np.testing.assert_array_equal(
        pipeline.fit(data, y).predict_proba(data), pipeline.fit(X, y).predict_proba(X)
    )
    np.testing.assert_array_equal(
        cross_val_score(CLASSIFIERS["mlp"](), data, y, cv=2),
        cross_val_score(CLASSIFIERS["mlp"](), X, y, cv=2),
    )


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["data set", "memory map"])
def test_a_file_is_never_in_memory_as_a_whole(monkeypatch, tmp_path, kind):
    for module, name in (
        (feeding, "_BLOCK_BYTES"),
        (_samples, "_CHECKED_BYTES"),
        (_arrays, "_WINDOW_BYTES"),
    ):
        monkeypatch.setattr(module, name, 2**20)
    n = 20_000
    path = tmp_path / "large.h5"
    with h5py.File(path, "w") as file:
        data = file.create_dataset("images", (n, 20, 20, 1), "f4")  # 32 MB
        for start in range(0, n, 1000):
            data[start : start + 1000] = np.random.default_rng(start).random((1000, 20, 20, 1))
        if kind == "memory map":
            mapped = np.memmap(tmp_path / "raw", "f4", "w+", shape=data.shape)
            for start in range(0, n, 1000):
                mapped[start : start + 1000] = data[start : start + 1000]
            data = mapped
        classifier = MLPClassifier((4,), epochs=1, random_state=0)
        tracemalloc.start()
        classifier.fit(data, np.arange(n) % 3)
        of_fit = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        classifier.predict_proba(data)
        of_predict = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

    assert of_fit < 12e6
    assert of_predict < 12e6


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda X: np.where(X == 255, np.nan, X), "Input X contains NaN"),
        (lambda X: np.where(X == 255, np.inf, X), "Input X contains infinity"),
        (lambda X: np.where(X == 255, 1e300, X), "X contains a value too large for dtype float32"),
        (lambda X: X[:1], r"X must hold 2 or more samples.*shape \(1, 64\)"),
        (lambda X: X[:, :0], r"X must hold 2 or more samples.*received a data set of shape"),
        (lambda X: X[:, 0, 0], r"X must hold 2 or more samples.*shape \(120,\)"),
        (lambda X: X[0, 0, 0], "X is a data set of a single value"),
        (lambda X: X * 1j, "X must hold real numbers; received a data set of dtype complex128"),
        (lambda X: X[..., None, None], r"X must be an array.*received shape \(120, 8, 8, 1, 1\)"),
        (lambda X: np.full((120, 4), b"dark"), "expected numbers in X; received .*dark"),
    ],
)
def test_a_bad_data_set_of_a_file_is_refused(small_blocks, in_file, X, y, spoil, message):
    with pytest.raises(ValueError, match=message):
        CLASSIFIERS["mlp"]().fit(in_file(spoil(X)), y)


@pytest.mark.slow
def test_numbers_of_a_memory_map_that_are_too_large_for_a_network_are_refused(tmp_path, X, y):
    mapped = np.memmap(tmp_path / "raw", "f8", "w+", shape=(120, 64))
    mapped[:] = X.reshape(120, 64)
    classifier = CLASSIFIERS["mlp"]().fit(mapped, y)
    mapped[7, 3] = -1e300

    for method in (
        lambda: CLASSIFIERS["mlp"]().fit(mapped, y),
        lambda: classifier.predict(mapped),
    ):
        with pytest.raises(ValueError, match="X contains a value too large for dtype float32"):
            method()


@pytest.mark.slow
def test_a_closed_file_is_told(make, tmp_path, X, y):
    with h5py.File(tmp_path / "data.h5", "w") as file:
        data, labels = file.create_dataset("X", data=X), file.create_dataset("y", data=y)
        classifier = make().fit(data, labels)

    for method in (lambda: make().fit(data, y), lambda: classifier.predict(data)):
        with pytest.raises(ValueError, match=r"X is a data set.*file that is closed.*Open the fi"):
            method()


def test_a_file_is_not_needed_once_the_classifier_is_fitted(make, tmp_path, X, y):
    with h5py.File(tmp_path / "data.h5", "w") as file:
        classifier = make().fit(file.create_dataset("X", data=X), file.create_dataset("y", data=y))

    assert classifier.predict(X).shape == (120,)


@pytest.mark.slow
def test_other_samples_of_a_file_than_fit_has_seen_are_refused(in_file, make, X, y):
    classifier = make().fit(in_file(X.reshape(120, 64)), y)

    with pytest.raises(ValueError, match=r"X has 63 features, but .* is expecting 64 features"):
        classifier.predict(in_file(X.reshape(120, 64)[:, :63]))


@pytest.mark.parametrize("kind", ["strings", "bytes of a length"])
def test_strings_in_a_file_are_strings(tmp_path, X, y, kind):
    words = of_strings(y)
    with h5py.File(tmp_path / "data.h5", "w") as file:
        data = file.create_dataset("y", data=words if kind == "strings" else np.array(words, "S"))
        classifier = CLASSIFIERS["mlp"]().fit(X, data)

    assert classifier.classes_.tolist() == sorted(set(words))
