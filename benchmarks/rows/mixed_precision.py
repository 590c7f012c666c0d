"""Training the network of the preset photos: an epoch of 10,000 images of CIFAR-10.

Images stay as they are, and the learning rate too, so that Keras does the same work; only that the
filters of its first layer, which are not trained, stay as they begin.  Timed is the second call of
fit; the first one is the warm-up.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.row import Numbers, Row, TimesBetter

_IMAGES = 10_000
_SCORED = 2_000
_BATCH_SIZE = 200


def with_auto() -> Numbers:
    """Fit skcnn's CNNClassifier, in mixed precision where the processor has AMX."""
    return _with_skcnn("auto")


def with_float32() -> Numbers:
    """Fit skcnn's CNNClassifier in float32."""
    return _with_skcnn(False)


def _with_skcnn(mixed_precision: Any) -> Numbers:
    from skcnn import CNNClassifier

    X, y, X_test, y_test = _images()
    classifier = CNNClassifier.from_preset(
        "photos",
        mixed_precision=mixed_precision,
        augmentation=None,
        predict_augmentation=None,
        learning_rate=None,
        label_smoothing=0.0,
        batch_size=_BATCH_SIZE,
        epochs=1,
        warm_start=True,
        random_state=0,
    )
    return _numbers(
        lambda: classifier.fit(X, y),
        classifier.fit(X, y).model_,
        classifier.score(X_test, y_test),
    )


def with_keras() -> Numbers:
    """Fit the network with keras.Model.fit."""
    return _with_keras("float32")


def with_keras_in_bfloat16() -> Numbers:
    """Fit it under Keras' policy mixed_bfloat16."""
    return _with_keras("mixed_bfloat16")


def _with_keras(policy: str) -> Numbers:
    import keras

    from skcnn import CNNClassifier

    X, y, X_test, y_test = _images()
    keras.config.set_dtype_policy(policy)
    keras.utils.set_random_seed(0)
    model = CNNClassifier.from_preset("photos").build_network((32, 32, 3), 10)
    model.compile(
        optimizer=keras.optimizers.AdamW(weight_decay=0.03),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )

    def fit() -> None:
        model.fit(X, y, batch_size=_BATCH_SIZE, epochs=1, verbose=0)

    fit()
    scores = model.evaluate(X_test, y_test, verbose=0)
    return _numbers(fit, model, scores[1])


def _images() -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.uint8], NDArray[np.int64]]:
    """Return images and the numbers of their classes, to train on and to test with."""
    from skcnn import fetch_cifar10

    cifar10 = fetch_cifar10()
    classes = np.unique(cifar10.y_train)
    return (
        cifar10.X_train[:_IMAGES],
        np.searchsorted(classes, cifar10.y_train[:_IMAGES]),
        cifar10.X_test[:_SCORED],
        np.searchsorted(classes, cifar10.y_test[:_SCORED]),
    )


def _numbers(fit: Callable[[], Any], model: Any, accuracy: float) -> Numbers:
    """Time a further epoch, after one that has ended in an accuracy."""
    began = time.perf_counter()
    fit()
    return {
        "images_per_second": _IMAGES / (time.perf_counter() - began),
        "parameters": model.count_params(),
        "accuracy after the first": float(accuracy),
    }


_KERAS = {"raw Keras": with_keras, "raw Keras, mixed_bfloat16": with_keras_in_bfloat16}

ROW = Row(
    name="mixed_precision",
    work="an epoch of the preset photos",
    measure="images_per_second",
    unit="images/s",
    more_is_better=True,
    contestants={
        'mixed_precision="auto"': with_auto,
        "mixed_precision=False": with_float32,
        **_KERAS,
    },
    targets=(
        TimesBetter('mixed_precision="auto"', ("mixed_precision=False",), factor=1),
        TimesBetter('mixed_precision="auto"', tuple(_KERAS), factor=1),
    ),
    same=("parameters",),
)
