"""The textbook's Pipeline on MNIST's own images."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline

from skcnn import (
    CNNClassifier,
    ImageReshaper,
    ONNXClassifier,
    PixelScaler,
    export_onnx,
    fetch_mnist,
)
from tests.datasets.test_mnist import REAL_HOME


@pytest.mark.slow
@pytest.mark.skipif(
    not (REAL_HOME / "mnist").is_dir(),
    reason="SKCNN_DATA_HOME does not point to a folder with MNIST",
)
def test_the_file_predicts_10000_images_as_the_pipeline_does(tmp_path):
    mnist = fetch_mnist(data_home=REAL_HOME, download_if_missing=False)
    cnn = CNNClassifier(epochs=1, validation_split=0.0, early_stopping=False, random_state=0)
    pipe = make_pipeline(ImageReshaper((28, 28, 1)), PixelScaler(), cnn)
    pipe.fit(mnist.X_train[:6000], mnist.y_train[:6000])

    export_onnx(pipe, tmp_path / "mnist.onnx")

    exported = ONNXClassifier(tmp_path / "mnist.onnx")
    expected, received = pipe.predict_proba(mnist.X_test), exported.predict_proba(mnist.X_test)
    assert np.abs(received - expected).max() < 1e-5
    assert exported.score(mnist.X_test, mnist.y_test) > 0.9
