"""Peak memory from MNIST's 60,000 uint8 images to a textbook CNN trained for one epoch.

The peak is the largest resident set that the contestant's own process has had until the end of
its fit: ``ru_maxrss`` of ``resource.getrusage``, which Linux counts in KiB and macOS in bytes.  It
is reported in MB of 10**6 bytes, and holds the interpreter and the packages too, for both.
"""

from __future__ import annotations

import sys

from benchmarks.row import Numbers, Row, ShareOf
from benchmarks.textbook import BATCH_SIZE, COMPILING, PLAIN_TRAINING, accuracy


def with_skcnn() -> Numbers:
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
    model = pipeline["cnn"].model_
    return {
        "megabytes": peak,
        "steps": int(model.optimizer.iterations),
        "parameters": model.count_params(),
        "accuracy": float(pipeline.score(mnist.X_test, mnist.y_test)),
    }


def with_keras() -> Numbers:
    """Scale all images to float32, then call keras.Model.fit."""
    import keras

    from benchmarks.keras_networks import textbook_cnn
    from skcnn import fetch_mnist

    keras.utils.set_random_seed(0)
    mnist = fetch_mnist()
    X_train = mnist.X_train[..., None].astype("float32") / 255
    model = textbook_cnn()
    model.compile(**COMPILING)
    model.fit(X_train, mnist.y_train, batch_size=BATCH_SIZE, epochs=1, verbose=0)
    peak = _peak_megabytes()
    X_test = mnist.X_test[..., None].astype("float32") / 255
    return {
        "megabytes": peak,
        "steps": int(model.optimizer.iterations),
        "parameters": model.count_params(),
        "accuracy": accuracy(model.predict(X_test, verbose=0), mnist.y_test),
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
    contestants={"skcnn": with_skcnn, "raw Keras": with_keras},
    targets=(ShareOf("skcnn", ("raw Keras",), share=0.7),),
    same=("steps", "parameters"),
    close={"accuracy": 0.01},
)
