"""Training the textbook CNN: one epoch of MNIST's 60,000 images, in batches of 200.

Timed is the whole second call of fit; the first one is the warm-up.
"""

from __future__ import annotations

from benchmarks.row import Numbers, Row, TimesBetter
from benchmarks.textbook import scaled_mnist, second_epoch_with_keras, second_epoch_with_skcnn


def with_skcnn() -> Numbers:
    """Fit skcnn's CNNClassifier, whose defaults are the textbook's network."""
    from skcnn import CNNClassifier

    return second_epoch_with_skcnn(CNNClassifier(), scaled_mnist(28, 28, 1))


def with_keras() -> Numbers:
    """Fit the network with keras.Model.fit."""
    from benchmarks.keras_networks import textbook_cnn

    return second_epoch_with_keras(textbook_cnn(), scaled_mnist(28, 28, 1))


ROW = Row(
    name="textbook_cnn",
    work="an epoch of the textbook CNN",
    measure="images_per_second",
    unit="images/s",
    more_is_better=True,
    contestants={"skcnn": with_skcnn, "raw Keras": with_keras},
    targets=(TimesBetter("skcnn", ("raw Keras",), factor=1.1),),
    same=("steps", "parameters"),
    close={"accuracy": 0.01},
)
