"""Fitted estimators as ONNX files, and estimators that predict by such files.

Predicting needs NumPy and onnxruntime alone: nothing here loads TensorFlow, scikit-learn or the
packages that write files before an estimator is exported.
"""

from skcnn._lazy import lazily

_HOMES = {
    "ONNXClassifier": "_estimators",
    "ONNXRegressor": "_estimators",
    "export_onnx": "_exporting",
}

__all__ = list(_HOMES)

__getattr__, __dir__ = lazily(__name__, _HOMES)
