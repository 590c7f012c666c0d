"""Training the textbook MLP: one epoch of MNIST's 60,000 images, in batches of 200.

Timed is the whole second call of fit; the first one is the warm-up.  The network is so small that
Keras spends much of its time between the steps.  Raw Keras therefore takes part twice: as it
comes, and with ``steps_per_execution``, its documented way to run many steps (here the 300 of an
epoch) in one call.
"""

from __future__ import annotations

from benchmarks.row import Numbers, Row, TimesBetter
from benchmarks.textbook import scaled_mnist, second_epoch_with_keras, second_epoch_with_skcnn


def with_skcnn() -> Numbers:
    """Fit skcnn's MLPClassifier, whose defaults are the textbook's network."""
    from skcnn import MLPClassifier

    return second_epoch_with_skcnn(MLPClassifier(), scaled_mnist(784))


def with_keras() -> Numbers:
    """Fit the network with keras.Model.fit."""
    from benchmarks.keras_networks import textbook_mlp

    return second_epoch_with_keras(textbook_mlp(), scaled_mnist(784))


def with_keras_in_one_execution() -> Numbers:
    """Fit the network with keras.Model.fit, an epoch's steps in one call."""
    from benchmarks.keras_networks import textbook_mlp

    return second_epoch_with_keras(textbook_mlp(), scaled_mnist(784), steps_per_execution=300)


ROW = Row(
    name="textbook_mlp",
    work="an epoch of the textbook MLP",
    measure="images_per_second",
    unit="images/s",
    more_is_better=True,
    contestants={
        "skcnn": with_skcnn,
        "raw Keras": with_keras,
        "raw Keras, steps_per_execution=300": with_keras_in_one_execution,
    },
    targets=(
        TimesBetter("skcnn", ("raw Keras",), factor=2),
        TimesBetter("skcnn", ("raw Keras, steps_per_execution=300",), factor=1),
    ),
    same=("steps", "parameters"),
    close={"accuracy": 0.01},
)
