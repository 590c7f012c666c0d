"""Peak memory from MNIST's 60,000 uint8 images to a textbook CNN trained for one epoch.

Raw Keras stands there twice: as it is usually done, with a copy of the images in float32, and with
a Rescaling layer on the bytes, as ``rescale=1/255`` does it.

The peak is the largest resident set that the contestant's own process has had until the end of
its fit: ``ru_maxrss`` of ``resource.getrusage``, which Linux counts in KiB and macOS in bytes.  It
is reported in MB of 10**6 bytes, and holds the interpreter and the packages too, for both.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from benchmarks.row import Numbers, Row, ShareOf
from benchmarks.textbook import BATCH_SIZE, COMPILING, PLAIN_TRAINING, accuracy


def with_rescale() -> Numbers:
    """Hand the uint8 images to a classifier whose network scales them."""
    from skcnn import CNNClassifier, fetch_mnist

    mnist = fetch_mnist()
    classifier = CNNClassifier(rescale=1 / 255, **PLAIN_TRAINING)
    classifier.fit(mnist.X_train, mnist.y_train)
    peak = _peak_megabytes()
    return _numbers(peak, classifier.model_, classifier.score(mnist.X_test, mnist.y_test))


def with_scaler() -> Numbers:
    """Hand the uint8 images to a Pipeline that scales them."""
    from sklearn.pipeline import Pipeline

    from skcnn import CNNClassifier, ImageReshaper, PixelScaler, fetch_mnist

    mnist = fetch_mnist()
    pipeline = Pipeline(
        [
            ("reshape", ImageReshaper((28, 28, 1))),
            ("scale", PixelScaler()),
            ("cnn", CNNClassifier(**PLAIN_TRAINING)),
        ]
    )
    pipeline.fit(mnist.X_train, mnist.y_train)
    peak = _peak_megabytes()
    accuracy_ = pipeline.score(mnist.X_test, mnist.y_test)
    return _numbers(peak, pipeline["cnn"].model_, accuracy_)


def with_keras() -> Numbers:
    """Scale all images to float32, then call keras.Model.fit."""
    from benchmarks.keras_networks import textbook_cnn

    return _fit_with_keras(textbook_cnn, lambda images: images.astype("float32") / 255)


def with_rescaling_keras() -> Numbers:
    """Call keras.Model.fit on the uint8 images, with a Rescaling layer in the network."""
    from benchmarks.keras_networks import rescaling_textbook_cnn

    return _fit_with_keras(rescaling_textbook_cnn, lambda images: images)


def _fit_with_keras(build: Callable[[], Any], scaled: Callable[[Any], Any]) -> Numbers:
    import keras

    from skcnn import fetch_mnist

    keras.utils.set_random_seed(0)
    mnist = fetch_mnist()
    X_train = scaled(mnist.X_train[..., None])
    model = build()
    model.compile(**COMPILING)
    model.fit(X_train, mnist.y_train, batch_size=BATCH_SIZE, epochs=1, verbose=0)
    peak = _peak_megabytes()
    outputs = model.predict(scaled(mnist.X_test[..., None]), verbose=0)
    return _numbers(peak, model, accuracy(outputs, mnist.y_test))


def _numbers(peak: float, model: Any, accuracy_: float) -> Numbers:
    return {
        "megabytes": peak,
        "steps": int(model.optimizer.iterations),
        "parameters": model.count_params(),
        "accuracy": float(accuracy_),
    }


def _peak_megabytes() -> float:
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


ROW = Row(
    name="memory",
    work="peak memory, 60,000 uint8 images",
    measure="megabytes",
    unit="MB",
    contestants={
        "rescale=1/255": with_rescale,
        "PixelScaler": with_scaler,
        "raw Keras": with_keras,
        "raw Keras, Rescaling": with_rescaling_keras,
    },
    targets=(
        ShareOf("rescale=1/255", ("raw Keras",), share=0.72),
        ShareOf("rescale=1/255", ("raw Keras, Rescaling",), share=1.0),
        ShareOf("PixelScaler", ("raw Keras",), share=0.7),
    ),
    same=("steps", "parameters"),
    close={"accuracy": 0.01},
)
