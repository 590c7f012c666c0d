import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.utils import Bunch

from benchmarks.error_table.measuring import describe_environment, measure


def test_a_fit_is_measured():
    digits = load_digits()
    X, y = digits.data, digits.target.astype(np.uint8)
    data = Bunch(X_train=X[:300], y_train=y[:300], X_test=X[300:400], y_test=y[300:400])
    classifier = KNeighborsClassifier(3)

    numbers, labels = measure(classifier, data)

    expected = KNeighborsClassifier(3).fit(X[:300], y[:300]).score(X[300:400], y[300:400])
    assert numbers["test_error"] == pytest.approx(1 - expected)
    assert (labels == classifier.predict(X[300:400])).all()
    assert labels.dtype == np.uint8
    assert (numbers["n_train"], numbers["n_test"]) == (300, 100)
    assert min(numbers["fit_seconds"], numbers["predict_seconds"]) > 0
    assert numbers["n_parameters"] is None


def test_a_fit_that_does_not_converge_is_told():
    rng = np.random.default_rng(0)
    X, y = rng.random((40, 5)), np.arange(40, dtype=np.uint8) % 3
    data = Bunch(X_train=X, y_train=y, X_test=X, y_test=y)

    (warning,) = measure(LogisticRegression(max_iter=1), data).numbers["warnings"]

    assert warning.startswith("ConvergenceWarning: lbfgs failed to converge")
    assert "\n" not in warning
    assert measure(LogisticRegression(), data).numbers["warnings"] == []


def test_the_environment_has_machine_threads_and_versions():
    environment = describe_environment()

    assert environment["numpy"] == np.__version__
    assert "cores" in environment["CPU"]
    assert int(environment["threads of BLAS and OpenMP"]) >= 1
