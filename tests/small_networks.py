"""Small networks that learn fast, and data for them: rows or images of digits from 0 to 3."""

import functools
from types import SimpleNamespace

import numpy as np

from skcnn import CNNClassifier, CNNRegressor, MLPClassifier, MLPRegressor, load_digit_images

LEARNS = {
    "learning_rate": 0.02,
    "epochs": 8,
    "batch_size": 16,
    "validation_split": 0,
    "early_stopping": False,
    "random_state": 0,
}
PLAIN = {"dropout": 0, "dense_units": 16, "dense_dropout": 0}
CLASSIFIERS = {
    "rows": MLPClassifier((16,), **LEARNS),
    "images": CNNClassifier((8,), **PLAIN, **LEARNS),
}
REGRESSORS = {
    "rows": MLPRegressor((32,), **LEARNS | {"epochs": 16}),
    "images": CNNRegressor((8,), **PLAIN, **LEARNS),
}
NORMALIZED = {  # parameters of CNNClassifier
    "filters": (8, 16),
    "padding": "same",
    "pooling": "each",
    "batch_normalization": True,
    "learning_rate": 0.01,
    "batch_size": 40,
    "epochs": 12,
    "validation_split": 0.0,
    "early_stopping": False,
    "random_state": 0,
}
RATES = {"learning_rate": [1e-6, 0.02]}  # one learns, the other does not


@functools.cache
def _pictures():
    images, labels = load_digit_images(return_X_y=True)
    chosen = np.random.default_rng(0).permutation(np.flatnonzero(labels < 4))[:240]
    return (images[chosen] / 255).astype(np.float32), labels[chosen]


def samples(kind, y):
    """Return 160 samples to train on, and 80 new ones.

    Parameters
    ----------
    kind : {"rows", "images"}
        What a sample is.
    y : {"names", "pairs", "bits", "ink", "halves"}
        Targets: a name of each digit; whether it is 2 or 3; its two bits; how much ink there is,
        the right half counted twice; the ink of both halves.
    """
    images, labels = _pictures()
    left, right = images[:, :, :4].sum((1, 2)), images[:, :, 4:].sum((1, 2))
    targets = {
        "names": np.array(["none", "one", "two", "three"])[labels],
        "pairs": labels // 2,
        "bits": np.stack([labels // 2, labels % 2], axis=1),
        "ink": left + 2 * right,
        "halves": np.stack([left, right], axis=1),
    }[y]
    X = images if kind == "images" else images.reshape(240, -1)
    return SimpleNamespace(X=X[:160], y=targets[:160], X_new=X[160:], y_new=targets[160:])
