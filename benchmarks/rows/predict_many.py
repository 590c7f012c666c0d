"""The probabilities of MNIST's 10,000 test images, from a textbook CNN that is warm.

Raw Keras takes part twice, with its default of 32 images a batch and with 1,000, and the faster
of the two counts.
"""

from __future__ import annotations

from benchmarks.row import Numbers, Row, TimesBetter
from benchmarks.textbook import (
    accuracy,
    briefly_trained_keras,
    briefly_trained_skcnn,
    median_seconds,
    scaled_mnist,
)


def with_skcnn() -> Numbers:
    """Call predict_proba of skcnn's CNNClassifier."""
    mnist = scaled_mnist(28, 28, 1)
    classifier = briefly_trained_skcnn(mnist)
    return {
        "seconds": median_seconds(
            lambda: classifier.predict_proba(mnist.X_test), warm_up=1, calls=3
        ),
        "parameters": classifier.model_.count_params(),
        "accuracy": accuracy(classifier.predict_proba(mnist.X_test), mnist.y_test),
    }


def with_keras_in_32() -> Numbers:
    """Call keras.Model.predict with 32 images a batch."""
    return _with_keras(batch_size=32)


def with_keras_in_1000() -> Numbers:
    """Call keras.Model.predict with 1,000 images a batch."""
    return _with_keras(batch_size=1000)


def _with_keras(batch_size: int) -> Numbers:
    mnist = scaled_mnist(28, 28, 1)
    model = briefly_trained_keras(mnist)
    return {
        "seconds": median_seconds(
            lambda: model.predict(mnist.X_test, batch_size=batch_size, verbose=0),
            warm_up=1,
            calls=3,
        ),
        "parameters": model.count_params(),
        "accuracy": accuracy(
            model.predict(mnist.X_test, batch_size=batch_size, verbose=0), mnist.y_test
        ),
    }


_KERAS = {
    "raw Keras, batches of 32": with_keras_in_32,
    "raw Keras, batches of 1,000": with_keras_in_1000,
}

ROW = Row(
    name="predict_many",
    work="predict_proba of 10,000 images",
    measure="seconds",
    unit="s",
    contestants={"skcnn": with_skcnn, **_KERAS},
    targets=(TimesBetter("skcnn", tuple(_KERAS), factor=1),),
    same=("parameters",),
    close={"accuracy": 0.05},
)
