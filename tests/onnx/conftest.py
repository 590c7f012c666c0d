from __future__ import annotations

import numpy as np
import pytest
from sklearn.pipeline import Pipeline

from skcnn import CNNClassifier, ImageReshaper, PixelScaler, export_onnx, load_digit_images

BRIEFLY = {"epochs": 2, "batch_size": 32, "random_state": 0}


@pytest.fixture(scope="session")
def digits():
    X, y = load_digit_images(return_X_y=True)
    return X[:300], y[:300]


@pytest.fixture(scope="session")
def pipe(digits):
    """Return a fitted Pipeline as users have it: reshape, scale, network; labels are texts."""
    X, y = digits
    steps = [
        ("reshape", ImageReshaper((8, 8, 1))),
        ("scale", PixelScaler()),
        ("cnn", CNNClassifier((8,), **BRIEFLY)),
    ]
    return Pipeline(steps).fit(X, np.array([f"digit {i}" for i in y]))


@pytest.fixture(scope="session")
def exported(pipe, tmp_path_factory):
    """Return the path of this Pipeline's file."""
    path = tmp_path_factory.mktemp("exported") / "digits.onnx"
    export_onnx(pipe, path)
    return path
