"""The first prediction in a bare process, from a file: start, load and one image.

The network is the textbook CNN, after a brief training.  Each contestant writes it in its own
way, and another process reads it; the time is that of the whole process.  What a further image
takes there, and the most memory that it took, stand beside it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.row import AtMost, Numbers, Row, ShareOf
from benchmarks.textbook import briefly_trained_skcnn, scaled_mnist

# A child's ru_maxrss begins with that of its parent; the kernel's own mark does not.
_SERVED = """
import pathlib, re, statistics, sys, time
import numpy as np
{load}
image = np.load({image!r})
first = predict(image)
seconds = []
for _ in range(200):
    start = time.perf_counter()
    predict(image)
    seconds.append(time.perf_counter() - start)
import json
status = pathlib.Path("/proc/self/status").read_text()
megabytes = int(re.search(r"VmHWM:\\s+(\\d+) kB", status)[1]) / 1000
print(json.dumps([1000 * statistics.median(seconds), megabytes, first.tolist()]))
"""
_ONNX = """
from skcnn import ONNXClassifier
predict = ONNXClassifier({path!r}).predict_proba
"""
_PICKLE = """
import joblib
predict = joblib.load({path!r}).predict_proba
"""
_KERAS = """
import keras
model = keras.saving.load_model({path!r})
predict = lambda image: model.predict(image, verbose=0)
"""


def with_onnx() -> Numbers:
    """Predict by ONNXClassifier."""
    from skcnn import export_onnx

    return _served("network.onnx", export_onnx, _ONNX)


def with_pickle() -> Numbers:
    """Predict by the fitted CNNClassifier, as joblib has dumped it."""
    import joblib

    return _served("network.joblib", joblib.dump, _PICKLE)


def with_keras() -> Numbers:
    """Predict by Keras' own model."""
    return _served("network.keras", lambda cnn, path: cnn.model_.save(path), _KERAS)


def _served(name: str, write: Callable[[Any, str], object], load: str) -> Numbers:
    mnist = scaled_mnist(28, 28, 1)
    classifier = briefly_trained_skcnn(mnist)
    expected = classifier.predict_proba(mnist.X_test[:1])
    with tempfile.TemporaryDirectory() as folder:
        path, image = str(Path(folder, name)), str(Path(folder, "image.npy"))
        write(classifier, path)
        np.save(image, mnist.X_test[:1])
        script = _SERVED.format(load=load.format(path=path), image=image)
        start = time.perf_counter()
        process = subprocess.run(
            [sys.executable, "-c", script], stdout=subprocess.PIPE, check=True, encoding="utf-8"
        )
        seconds = time.perf_counter() - start
    milliseconds, megabytes, first = json.loads(process.stdout)
    return {
        "seconds": seconds - 200 * milliseconds / 1000,
        "milliseconds": milliseconds,
        "megabytes": megabytes,
        "difference": float(np.abs(np.array(first) - expected).max()),
    }


ROW = Row(
    name="serving",
    work="first prediction in a bare process, from a file",
    measure="seconds",
    unit="s",
    contestants={
        "skcnn, ONNX": with_onnx,
        "skcnn, joblib": with_pickle,
        "Keras": with_keras,
    },
    targets=(ShareOf("skcnn, ONNX", ("Keras",), share=0.2), AtMost("skcnn, ONNX", (), amount=0.5)),
    close={"difference": 1e-5},
)
