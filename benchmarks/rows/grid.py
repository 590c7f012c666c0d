"""19 fits: a grid search over a small CNN on the digits.

6 candidates x 3 folds + the refit; 5 epochs in batches of 128, without a part held out.  Timed is
``GridSearchCV.fit`` in a process that has imported its packages and loaded its data, but has not
trained yet.  The folds are the same for all: scikeras is not seen as a classifier by
scikit-learn, which would quietly hand it unstratified ones.

No one is given a seed.  A fixed ``random_state`` would start all fits of skcnn from the same
weights, so that a lucky start counts 19 times and the scores cannot be compared; in scikeras it
would switch on TensorFlow's slower deterministic ops.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.row import Numbers, Row, TimesBetter

FILTERS = (16, 32)
DROPOUT = (0.1, 0.3, 0.5)
EPOCHS = 5
BATCH_SIZE = 128


def with_skcnn() -> Numbers:
    """Search with skcnn's CNNClassifier."""
    return search_by_skcnn(EPOCHS, *digits())


def with_scikeras() -> Numbers:
    """Search with scikeras' KerasClassifier."""
    return search_by_scikeras(EPOCHS, *digits())


def with_skorch() -> Numbers:
    """Search with skorch's NeuralNetClassifier."""
    return search_by_skorch(EPOCHS, *digits())


def search_by_skcnn(epochs: int, X: NDArray[np.float32], y: NDArray[np.int64]) -> Numbers:
    """Search with skcnn's CNNClassifier."""
    search, seconds = timed_search(
        skcnn_classifier(epochs), {"filters": FILTERS, "dropout": DROPOUT}, X, y
    )
    model = search.best_estimator_.model_
    return summary(search, seconds, int(model.optimizer.iterations))


def search_by_scikeras(epochs: int, X: NDArray[np.float32], y: NDArray[np.int64]) -> Numbers:
    """Search with scikeras' KerasClassifier."""
    search, seconds = timed_search(
        scikeras_classifier(epochs),
        {"model__filters": FILTERS, "model__dropout": DROPOUT},
        X,
        y,
    )
    model = search.best_estimator_.model_
    return summary(search, seconds, int(model.optimizer.iterations))


def search_by_skorch(epochs: int, X: NDArray[np.float32], y: NDArray[np.int64]) -> Numbers:
    """Search with skorch's NeuralNetClassifier, set up as its README does for a grid search.

    Shuffled batches, no split of its own, no output; Adam with the epsilon of Keras.
    """
    import torch
    from skorch import NeuralNetClassifier

    from benchmarks.torch_networks import SmallCNN

    classifier = NeuralNetClassifier(
        SmallCNN,
        module__side=X.shape[1],
        criterion=torch.nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        optimizer__eps=1e-7,
        lr=0.001,
        batch_size=BATCH_SIZE,
        max_epochs=epochs,
        iterator_train__shuffle=True,
        train_split=False,
        verbose=0,
    )
    search, seconds = timed_search(
        classifier,
        {"module__filters": FILTERS, "module__dropout": DROPOUT},
        np.ascontiguousarray(np.moveaxis(X, -1, 1)),
        y,
    )
    steps = sum(len(epoch["batches"]) for epoch in search.best_estimator_.history)
    return summary(search, seconds, steps)


def digits() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Load the digits as float32 images of 8 x 8 x 1, from 0 to 1."""
    from skcnn import load_digit_images

    images, labels = load_digit_images(return_X_y=True)
    return images[..., np.newaxis].astype(np.float32) / np.float32(255), labels.astype(np.int64)


def skcnn_classifier(epochs: int) -> Any:
    """Return the small CNN as skcnn's CNNClassifier."""
    from skcnn import CNNClassifier

    return CNNClassifier(
        filters=32,
        dropout=0.25,
        dense_units=64,
        dense_dropout=0.0,
        batch_size=BATCH_SIZE,
        epochs=epochs,
        validation_split=0.0,
        early_stopping=False,
    )


def scikeras_classifier(epochs: int) -> Any:
    """Return the small CNN as scikeras' KerasClassifier around a function that builds it."""
    from scikeras.wrappers import KerasClassifier

    from benchmarks.keras_networks import small_cnn

    return KerasClassifier(
        small_cnn,
        optimizer="adam",
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        batch_size=BATCH_SIZE,
        epochs=epochs,
        verbose=0,
    )


def timed_search(
    classifier: Any,
    grid: dict[str, Any],
    X: NDArray[np.float32],
    y: NDArray[np.int64],
    n_jobs: int | None = None,
) -> tuple[Any, float]:
    """Return a fitted grid search, with the same folds for every classifier, and its seconds."""
    from sklearn.model_selection import GridSearchCV, StratifiedKFold

    folds = StratifiedKFold(n_splits=3, shuffle=True, random_state=0)
    search = GridSearchCV(classifier, grid, cv=folds, n_jobs=n_jobs, error_score="raise")
    start = time.perf_counter()
    search.fit(X, y)
    return search, time.perf_counter() - start


def summary(search: Any, seconds: float, steps_of_refit: int) -> Numbers:
    """Return what the search took and what it did.  The score is the mean over all its fits."""
    scores = search.cv_results_["mean_test_score"]
    return {
        "seconds": seconds,
        "fits": len(scores) * search.n_splits_ + 1,
        "steps_of_refit": steps_of_refit,
        "score": float(scores.mean()),
    }


ROW = Row(
    name="grid",
    work="19 fits of a grid search",
    measure="seconds",
    unit="s",
    contestants={"skcnn": with_skcnn, "scikeras": with_scikeras, "skorch": with_skorch},
    targets=(
        TimesBetter("skcnn", ("scikeras",), factor=10),
        TimesBetter("skcnn", ("skorch",), factor=1),
    ),
    same=("fits", "steps_of_refit"),
    close={"score": 0.03},
)
