"""The grid search of the row ``grid`` at the size of real data: 20,000 images of MNIST.

6 candidates x 3 folds + the refit; 3 epochs in batches of 128, without a part held out.  Here the
arithmetic of the network takes most of the time, which is the same for all; what a fit costs
besides is what the row ``grid`` shows.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.row import Numbers, Row, TimesBetter
from benchmarks.rows.grid import search_by_scikeras, search_by_skcnn, search_by_skorch

_N_IMAGES = 20_000
_EPOCHS = 3


def with_skcnn() -> Numbers:
    """Search with skcnn's CNNClassifier."""
    return search_by_skcnn(_EPOCHS, *_images())


def with_scikeras() -> Numbers:
    """Search with scikeras' KerasClassifier."""
    return search_by_scikeras(_EPOCHS, *_images())


def with_skorch() -> Numbers:
    """Search with skorch's NeuralNetClassifier."""
    return search_by_skorch(_EPOCHS, *_images())


def _images() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Load the first of MNIST's training images as float32 of 28 x 28 x 1, from 0 to 1."""
    from skcnn import fetch_mnist

    mnist = fetch_mnist()
    images = mnist.X_train[:_N_IMAGES].reshape(-1, 28, 28, 1)
    return images.astype(np.float32) / np.float32(255), mnist.y_train[:_N_IMAGES].astype(np.int64)


ROW = Row(
    name="mnist_grid",
    work="19 fits on 20,000 images",
    measure="seconds",
    unit="s",
    contestants={"skcnn": with_skcnn, "scikeras": with_scikeras, "skorch": with_skorch},
    targets=(
        TimesBetter("skcnn", ("scikeras",), factor=1),
        TimesBetter("skcnn", ("skorch",), factor=1),
    ),
    same=("fits", "steps_of_refit"),
    close={"score": 0.01},
)
