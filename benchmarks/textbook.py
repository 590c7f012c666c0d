"""The textbook networks on MNIST: the recipe, the data and the work that several rows share."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.row import Numbers

BATCH_SIZE = 200
PLAIN_TRAINING: dict[str, Any] = {
    "batch_size": BATCH_SIZE,
    "epochs": 1,
    "validation_split": 0.0,
    "early_stopping": False,
    "random_state": 0,
}
COMPILING: dict[str, Any] = {
    "optimizer": "adam",
    "loss": "sparse_categorical_crossentropy",
    "metrics": ["accuracy"],
}
_BRIEF_IMAGES = 6000


class ScaledMNIST(NamedTuple):
    """MNIST with pixels from 0 to 1, float32, in the shape that a network takes."""

    X_train: NDArray[np.float32]
    y_train: NDArray[np.uint8]
    X_test: NDArray[np.float32]
    y_test: NDArray[np.uint8]


def scaled_mnist(*image_shape: int) -> ScaledMNIST:
    """Load MNIST, scaled, as images of ``image_shape``."""
    from skcnn import fetch_mnist

    mnist = fetch_mnist()

    def scale(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        return images.reshape(-1, *image_shape).astype(np.float32) / np.float32(255)

    return ScaledMNIST(scale(mnist.X_train), mnist.y_train, scale(mnist.X_test), mnist.y_test)


def second_epoch_with_skcnn(classifier: Any, mnist: ScaledMNIST) -> Numbers:
    """Fit for an epoch, then time the fit of a second one.

    With ``warm_start`` the second fit goes on from the weights of the first, as raw Keras does,
    so that both have trained for two epochs when their accuracy is compared.
    """
    classifier.set_params(**PLAIN_TRAINING, warm_start=True)
    classifier.fit(mnist.X_train, mnist.y_train)
    steps_before = int(classifier.model_.optimizer.iterations)
    seconds = _seconds(lambda: classifier.fit(mnist.X_train, mnist.y_train))
    return {
        "images_per_second": len(mnist.X_train) / seconds,
        "steps": int(classifier.model_.optimizer.iterations) - steps_before,
        "parameters": classifier.model_.count_params(),
        "accuracy": float(classifier.score(mnist.X_test, mnist.y_test)),
    }


def second_epoch_with_keras(
    model: Any, mnist: ScaledMNIST, *, steps_per_execution: int = 1
) -> Numbers:
    """Call ``Model.fit`` for an epoch, then time the call for a second one."""
    import keras

    keras.utils.set_random_seed(0)
    model.compile(**COMPILING, steps_per_execution=steps_per_execution)

    def fit() -> None:
        model.fit(mnist.X_train, mnist.y_train, batch_size=BATCH_SIZE, epochs=1, verbose=0)

    fit()
    steps_before = int(model.optimizer.iterations)
    seconds = _seconds(fit)
    return {
        "images_per_second": len(mnist.X_train) / seconds,
        "steps": int(model.optimizer.iterations) - steps_before,
        "parameters": model.count_params(),
        "accuracy": accuracy(model.predict(mnist.X_test, verbose=0), mnist.y_test),
    }


def briefly_trained_skcnn(mnist: ScaledMNIST) -> Any:
    """Return the textbook CNN as a classifier that has seen 6,000 images once."""
    from skcnn import CNNClassifier

    classifier = CNNClassifier(**PLAIN_TRAINING)
    return classifier.fit(mnist.X_train[:_BRIEF_IMAGES], mnist.y_train[:_BRIEF_IMAGES])


def briefly_trained_keras(mnist: ScaledMNIST) -> Any:
    """Return the textbook CNN as a Keras model that has seen 6,000 images once."""
    import keras

    from benchmarks.keras_networks import textbook_cnn

    keras.utils.set_random_seed(0)
    model = textbook_cnn()
    model.compile(**COMPILING)
    model.fit(
        mnist.X_train[:_BRIEF_IMAGES],
        mnist.y_train[:_BRIEF_IMAGES],
        batch_size=BATCH_SIZE,
        verbose=0,
    )
    return model


def briefly_trained_scikeras(mnist: ScaledMNIST) -> Any:
    """Return the textbook CNN as a classifier of scikeras that has seen 6,000 images once."""
    import keras
    from scikeras.wrappers import KerasClassifier

    from benchmarks.keras_networks import textbook_cnn

    keras.utils.set_random_seed(0)
    classifier = KerasClassifier(
        textbook_cnn, **COMPILING, batch_size=BATCH_SIZE, epochs=1, verbose=0
    )
    return classifier.fit(mnist.X_train[:_BRIEF_IMAGES], mnist.y_train[:_BRIEF_IMAGES])


def accuracy(probabilities: NDArray[Any], y: NDArray[Any]) -> float:
    """Return the share of samples whose most probable class is right."""
    return float((probabilities.argmax(axis=1) == y).mean())


def median_seconds(call: Callable[[], object], *, warm_up: int, calls: int) -> float:
    """Call ``warm_up`` times untimed, then ``calls`` times, and return the median time."""
    for _ in range(warm_up):
        call()
    return float(np.median([_seconds(call) for _ in range(calls)]))


def _seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
