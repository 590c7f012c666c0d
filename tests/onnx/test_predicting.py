"""ONNXClassifier and ONNXRegressor among scikit-learn's tools."""

from __future__ import annotations

import pickle
import threading
from concurrent.futures import ThreadPoolExecutor

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import VotingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.inspection import permutation_importance
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted

from skcnn import (
    ImageLoader,
    MLPRegressor,
    ONNXClassifier,
    ONNXRegressor,
    compare_classifiers,
    export_onnx,
)
from skcnn.display import MisclassifiedDisplay
from tests.onnx.conftest import BRIEFLY


@pytest.fixture
def classifier(exported):
    return ONNXClassifier(exported)


@pytest.fixture(scope="module")
def regressor(digits, tmp_path_factory):
    X, y = digits
    path = tmp_path_factory.mktemp("numbers") / "numbers.onnx"
    export_onnx(MLPRegressor((8,), rescale=1 / 255, **BRIEFLY).fit(X, y.astype(float)), path)
    return ONNXRegressor(path)


def test_it_is_a_fitted_classifier(classifier, regressor, pipe, digits):
    X, _ = digits
    check_is_fitted(classifier)
    assert is_classifier(classifier)
    assert is_regressor(regressor)
    assert get_tags(classifier).input_tags.three_d_array
    assert not get_tags(classifier)._skip_test
    assert classifier.n_features_in_ == 64
    assert not hasattr(classifier, "feature_names_in_")
    y = pipe.predict(X)
    assert classifier.score(X, y) == 1
    assert classifier.fit(X, y) is classifier
    weights = np.arange(300)
    wrong = np.where(weights < 100, "digit 0", y)
    share = (weights * (wrong == y)).sum() / weights.sum()
    assert classifier.score(X, wrong, weights) == pytest.approx(share)
    np.testing.assert_allclose(
        classifier.predict_log_proba(X), np.log(pipe.predict_proba(X)), atol=1e-3
    )


def test_parameters(classifier, exported):
    assert classifier.get_params() == {"path": exported, "n_threads": None}
    assert repr(classifier) == f"ONNXClassifier({str(exported)!r})"
    copy = clone(classifier.set_params(n_threads=1))
    assert copy.get_params() == {"path": exported, "n_threads": 1}
    assert repr(copy) == f"ONNXClassifier({str(exported)!r}, n_threads=1)"
    with pytest.raises(ValueError, match=r"Invalid parameter 'threads'.*Valid parameters are"):
        classifier.set_params(threads=2)
    for n_threads in (0, -1, 1.5, True):
        with pytest.raises(ValueError, match="n_threads must be a positive integer"):
            ONNXClassifier(exported, n_threads=n_threads)


@pytest.mark.slow
def test_another_path_is_another_file(exported, digits, tmp_path):
    X, y = digits
    other = tmp_path / "other.onnx"
    from skcnn import MLPClassifier

    export_onnx(MLPClassifier((4,), rescale=1 / 255, **BRIEFLY).fit(X, y), other)
    classifier = ONNXClassifier(exported)

    classifier.set_params(path=other)

    assert classifier.classes_.tolist() == list(range(10))
    with pytest.raises(FileNotFoundError):
        classifier.set_params(path=tmp_path / "none.onnx")
    assert classifier.path == other
    assert classifier.predict(X).dtype.kind == "i"


def as_given(kind, X):
    rows = X.reshape(len(X), 64)
    return {
        "channels": X[..., np.newaxis],
        "rows": rows,
        "integers": X.astype(np.int64),
        "whole floats": X.astype(np.float64),
        "lists": X.tolist(),
        "table": pd.DataFrame(rows),
        "objects": rows.astype(object),
        "column order": np.asfortranarray(X),
        "every second": np.repeat(X, 2, axis=0)[::2],
    }[kind]


KINDS = (
    *("channels", "rows", "integers", "whole floats", "lists", "table", "objects"),
    *("column order", "every second"),
)


@pytest.mark.parametrize("kind", KINDS)
def test_samples_of_many_kinds(classifier, pipe, digits, kind):
    X, _ = digits

    received = classifier.predict_proba(as_given(kind, X))

    np.testing.assert_allclose(received, pipe.predict_proba(X), atol=1e-5)


def test_truth_values_are_bytes(classifier, digits):
    X, _ = digits

    np.testing.assert_array_equal(
        classifier.predict_proba(X > 99), classifier.predict_proba((X > 99).astype(np.uint8))
    )


def test_many_samples_come_in_their_order(classifier, digits):
    X, _ = digits
    many = np.tile(X, (4, 1, 1))

    received = classifier.predict_proba(many)

    np.testing.assert_allclose(received[-300:], classifier.predict_proba(X), atol=1e-6)
    one_by_one = [classifier.predict_proba(X[[i]])[0] for i in range(5)]
    np.testing.assert_allclose(received[:5], one_by_one, atol=1e-6)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (
            lambda X: X / 255,
            ValueError,
            "takes bytes, whole numbers.*from 0 to 1.*dtype='float32'",
        ),
        (lambda X: X.astype(int) - 1, ValueError, "from -1 to 254"),
        (lambda X: X.astype(int) * 2, ValueError, "from 0 to 510"),
        (lambda X: X + np.nan, ValueError, "whole numbers from 0 to 255"),
        (lambda X: X[:, :5], ValueError, "X has 40 features, but ONNXClassifier is expecting 64"),
        (lambda X: X[0], ValueError, r"single sample needs a leading axis: X.reshape\(1, 8, 8\)"),
        (lambda X: X[0].ravel(), ValueError, "single sample needs a leading axis"),
        (lambda X: X[:0], ValueError, "0 sample"),
        (lambda X: X.astype(str), TypeError, "real numbers; received dtype <U3"),
        (lambda X: ["7.png", "9.png"], TypeError, r"expected numbers in X; received '7\.png'"),
        (lambda X: X + 1j, TypeError, "real numbers; received dtype complex"),
        (lambda X: [X[0], X[1, :5]], ValueError, "samples of one shape"),
    ],
)
def test_samples_that_do_not_fit(classifier, digits, change, error, message):
    X, _ = digits
    with np.errstate(all="ignore"), pytest.raises(error, match=message):
        classifier.predict(change(X))


def test_sparse_samples_are_refused(classifier):
    from scipy.sparse import csr_array

    with pytest.raises(TypeError, match=r"Sparse data was passed.*toarray\(\)"):
        classifier.predict(csr_array(np.eye(64)))


def test_numbers_that_are_not_finite_are_refused(pipe, digits, tmp_path):
    X, _ = digits
    path = tmp_path / "float.onnx"
    export_onnx(pipe, path, dtype="float32")
    for strange in (np.nan, np.inf, 1e300):
        with pytest.raises(ValueError, match="contains NaN, infinity or a value too large"):
            ONNXClassifier(path).predict(np.where(np.arange(64).reshape(8, 8) == 3, strange, X))


# --- in company --------------------------------------------------------------------------------


def test_among_scikit_learns_tools(classifier, pipe, digits):
    X, y = digits
    y = np.array([f"digit {i}" for i in y])
    alone = pipe.score(X, y)
    assert cross_val_score(classifier, X, y, cv=3).mean() == pytest.approx(alone)
    rows = X.reshape(300, 64)
    importance = permutation_importance(classifier, rows, y, n_repeats=1, max_samples=50)
    assert importance.importances_mean.max() > 0
    vote = VotingClassifier([("a", classifier), ("b", classifier)], voting="soft").fit(X, y)
    np.testing.assert_array_equal(vote.predict(X), pipe.predict(X))
    calibrated = CalibratedClassifierCV(FrozenEstimator(classifier)).fit(X, y)
    assert calibrated.score(X, y) >= alone - 0.1
    table = compare_classifiers({"exported": classifier}, X, y, cv=2)
    assert len(table) == 1


def test_pictures_take_it(classifier, digits):
    X, y = digits

    display = MisclassifiedDisplay.from_estimator(
        classifier, X, np.array([f"digit {i}" for i in y])
    )

    assert display.figure_ is not None


def test_after_an_image_loader(classifier, digits, tmp_path):
    from PIL import Image

    X, _ = digits
    paths = [str(tmp_path / f"{i}.png") for i in range(3)]
    for path, image in zip(paths, X, strict=False):
        Image.fromarray(image).save(path)

    pipe = make_pipeline(ImageLoader((8, 8), "grey"), classifier).fit(paths)

    np.testing.assert_array_equal(pipe.predict(paths), classifier.predict(X[:3]))


# --- processes and threads ---------------------------------------------------------------------


def test_a_pickle_survives_the_file(exported, digits, tmp_path):
    X, _ = digits
    copy = tmp_path / "copy.onnx"
    copy.write_bytes(exported.read_bytes())
    pickled = pickle.dumps(ONNXClassifier(copy, n_threads=1))
    copy.unlink()

    restored = pickle.loads(pickled)

    np.testing.assert_array_equal(
        restored.predict_proba(X), ONNXClassifier(exported).predict_proba(X)
    )
    assert restored.get_params() == {"path": copy, "n_threads": 1}


def test_many_threads_at_once(classifier, digits):
    X, _ = digits
    expected = classifier.predict_proba(X)
    together = threading.Barrier(4, timeout=10)

    def predict(_):
        together.wait()
        return [classifier.predict_proba(X) for _ in range(10)]

    with ThreadPoolExecutor(4) as pool:
        for received in pool.map(predict, range(4)):
            for probabilities in received:
                np.testing.assert_array_equal(probabilities, expected)


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["loky", "multiprocessing"])
def test_workers_of_joblib(classifier, digits, backend):
    X, _ = digits
    expected = classifier.predict_proba(X)  # before the processes are forked

    received = joblib.Parallel(2, backend=backend)(
        joblib.delayed(classifier.predict_proba)(X) for _ in range(2)
    )

    np.testing.assert_allclose(received, [expected] * 2, atol=1e-6)
