"""A stream of 300 parts of 200 images, handed to partial_fit, against one fit on all of them.

Both take the same 300 gradient steps.  Inside the clock is the whole of each, from a new
classifier on: the fit builds its network once, and so does the first part.  Another fit and
another part have compiled the programs before.
"""

from __future__ import annotations

import time
from typing import Any

from benchmarks.row import Numbers, Row, ShareOf
from benchmarks.textbook import BATCH_SIZE, PLAIN_TRAINING, ScaledMNIST, scaled_mnist


def mlp_in_parts() -> Numbers:
    """Hand one batch after the other to skcnn's MLPClassifier."""
    from skcnn import MLPClassifier

    return _in_parts(MLPClassifier, scaled_mnist(784))


def mlp_at_once() -> Numbers:
    """Fit skcnn's MLPClassifier for an epoch."""
    from skcnn import MLPClassifier

    return _at_once(MLPClassifier, scaled_mnist(784))


def cnn_in_parts() -> Numbers:
    """Hand one batch after the other to skcnn's CNNClassifier."""
    from skcnn import CNNClassifier

    return _in_parts(CNNClassifier, scaled_mnist(28, 28, 1))


def cnn_at_once() -> Numbers:
    """Fit skcnn's CNNClassifier for an epoch."""
    from skcnn import CNNClassifier

    return _at_once(CNNClassifier, scaled_mnist(28, 28, 1))


def _in_parts(kind: Any, mnist: ScaledMNIST) -> Numbers:
    starts = range(0, len(mnist.X_train), BATCH_SIZE)
    parts = [slice(start, start + BATCH_SIZE) for start in starts]
    _grow(kind(**PLAIN_TRAINING), mnist, parts[:1])
    classifier = kind(**PLAIN_TRAINING)
    start = time.perf_counter()
    _grow(classifier, mnist, parts)
    return _numbers(classifier, mnist, time.perf_counter() - start)


def _grow(classifier: Any, mnist: ScaledMNIST, parts: list[slice]) -> None:
    for part in parts:
        classifier.partial_fit(mnist.X_train[part], mnist.y_train[part], classes=range(10))


def _at_once(kind: Any, mnist: ScaledMNIST) -> Numbers:
    brief = slice(2 * BATCH_SIZE)  # a single batch has a program of its own
    kind(**PLAIN_TRAINING).fit(mnist.X_train[brief], mnist.y_train[brief])
    classifier = kind(**PLAIN_TRAINING)
    start = time.perf_counter()
    classifier.fit(mnist.X_train, mnist.y_train)
    return _numbers(classifier, mnist, time.perf_counter() - start)


def _numbers(classifier: Any, mnist: ScaledMNIST, seconds: float) -> Numbers:
    return {
        "seconds": seconds,
        "steps": int(classifier.model_.optimizer.iterations),
        "accuracy": float(classifier.score(mnist.X_test, mnist.y_test)),
    }


ROW = Row(
    name="stream",
    work="300 batches by partial_fit, beside a fit",
    measure="seconds",
    unit="s",
    contestants={
        "MLP, partial_fit": mlp_in_parts,
        "MLP, fit": mlp_at_once,
        "CNN, partial_fit": cnn_in_parts,
        "CNN, fit": cnn_at_once,
    },
    targets=(
        ShareOf("MLP, partial_fit", ("MLP, fit",), share=1.3),
        ShareOf("CNN, partial_fit", ("CNN, fit",), share=1.3),
    ),
    same=("steps",),
    close={"accuracy": 0.01},
)
