"""The probabilities of one image, warm: the median of 100 calls.

The network is the small CNN of the row ``grid``.  The textbook CNN is measured beside it, for
scale: it is large enough that its arithmetic, equal for both, outweighs what is called around it.
"""

from __future__ import annotations

from typing import Any

from benchmarks.row import Numbers, Row, TimesBetter
from benchmarks.rows.grid import digits, scikeras_classifier, skcnn_classifier
from benchmarks.textbook import (
    accuracy,
    briefly_trained_scikeras,
    briefly_trained_skcnn,
    median_seconds,
    scaled_mnist,
)

_EPOCHS = 20


def with_skcnn() -> Numbers:
    """Call predict_proba of skcnn's CNNClassifier."""
    X, y = digits()
    return _one_image(skcnn_classifier(_EPOCHS).fit(X, y), X, y)


def with_scikeras() -> Numbers:
    """Call predict_proba of scikeras' KerasClassifier."""
    X, y = digits()
    return _one_image(scikeras_classifier(_EPOCHS).fit(X, y), X, y)


def with_skcnn_textbook() -> Numbers:
    """Call predict_proba of skcnn's CNNClassifier that holds the textbook CNN."""
    mnist = scaled_mnist(28, 28, 1)
    return _one_image(briefly_trained_skcnn(mnist), mnist.X_test, mnist.y_test)


def with_scikeras_textbook() -> Numbers:
    """Call predict_proba of scikeras' KerasClassifier that holds the textbook CNN."""
    mnist = scaled_mnist(28, 28, 1)
    return _one_image(briefly_trained_scikeras(mnist), mnist.X_test, mnist.y_test)


def _one_image(classifier: Any, X: Any, y: Any) -> Numbers:
    image = X[:1]
    seconds = median_seconds(lambda: classifier.predict_proba(image), warm_up=20, calls=100)
    return {
        "milliseconds": seconds * 1000,
        "parameters": classifier.model_.count_params(),
        "accuracy": accuracy(classifier.predict_proba(X), y),
    }


ROW = Row(
    name="predict_one",
    work="predict_proba of one image",
    measure="milliseconds",
    unit="ms",
    contestants={
        "skcnn": with_skcnn,
        "scikeras": with_scikeras,
        "skcnn, textbook CNN": with_skcnn_textbook,
        "scikeras, textbook CNN": with_scikeras_textbook,
    },
    targets=(TimesBetter("skcnn", ("scikeras",), factor=80),),
    same=("parameters",),
    close={"accuracy": 0.03},
)
