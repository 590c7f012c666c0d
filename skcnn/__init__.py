"""Keras MLPs and CNNs as first-class scikit-learn estimators.

The public names are loaded on first use (PEP 562), so that ``import skcnn`` loads neither
TensorFlow nor scikeras.
"""

from typing import TYPE_CHECKING

from skcnn._lazy import lazily

if TYPE_CHECKING:  # for editors and type checkers, which do not run __getattr__
    from skcnn._augmentation import RandomAffine as RandomAffine
    from skcnn._comparison import compare_classifiers as compare_classifiers
    from skcnn._comparison import compare_regressors as compare_regressors
    from skcnn._comparison import default_classifiers as default_classifiers
    from skcnn._comparison import default_regressors as default_regressors
    from skcnn._engine.programs import clear_programs as clear_programs
    from skcnn._onnx import ONNXClassifier as ONNXClassifier
    from skcnn._onnx import ONNXRegressor as ONNXRegressor
    from skcnn._onnx import export_onnx as export_onnx
    from skcnn.datasets import fetch_cifar10 as fetch_cifar10
    from skcnn.datasets import fetch_fashion_mnist as fetch_fashion_mnist
    from skcnn.datasets import fetch_mnist as fetch_mnist
    from skcnn.datasets import load_digit_images as load_digit_images
    from skcnn.datasets import load_image_folder as load_image_folder
    from skcnn.estimators import BaseKerasClassifier as BaseKerasClassifier
    from skcnn.estimators import BaseKerasRegressor as BaseKerasRegressor
    from skcnn.estimators import CNNClassifier as CNNClassifier
    from skcnn.estimators import CNNFeatureExtractor as CNNFeatureExtractor
    from skcnn.estimators import CNNRegressor as CNNRegressor
    from skcnn.estimators import KerasClassifier as KerasClassifier
    from skcnn.estimators import KerasRegressor as KerasRegressor
    from skcnn.estimators import MLPClassifier as MLPClassifier
    from skcnn.estimators import MLPRegressor as MLPRegressor
    from skcnn.estimators import TransferClassifier as TransferClassifier
    from skcnn.estimators import network_estimator as network_estimator
    from skcnn.estimators import parameter as parameter
    from skcnn.networks import build_cnn as build_cnn
    from skcnn.networks import build_mlp as build_mlp
    from skcnn.preprocessing import DigitNormalizer as DigitNormalizer
    from skcnn.preprocessing import ImageFlattener as ImageFlattener
    from skcnn.preprocessing import ImageLoader as ImageLoader
    from skcnn.preprocessing import ImageReshaper as ImageReshaper
    from skcnn.preprocessing import LabelOneHotEncoder as LabelOneHotEncoder
    from skcnn.preprocessing import PixelScaler as PixelScaler
    from skcnn.pretrained import load_pretrained as load_pretrained
    from skcnn.reading import NoteReader as NoteReader

_HOMES = {
    "BaseKerasClassifier": "estimators",
    "BaseKerasRegressor": "estimators",
    "CNNClassifier": "estimators",
    "CNNFeatureExtractor": "estimators",
    "CNNRegressor": "estimators",
    "DigitNormalizer": "preprocessing",
    "ImageFlattener": "preprocessing",
    "ImageLoader": "preprocessing",
    "ImageReshaper": "preprocessing",
    "KerasClassifier": "estimators",
    "KerasRegressor": "estimators",
    "LabelOneHotEncoder": "preprocessing",
    "MLPClassifier": "estimators",
    "MLPRegressor": "estimators",
    "NoteReader": "reading",
    "ONNXClassifier": "_onnx",
    "ONNXRegressor": "_onnx",
    "PixelScaler": "preprocessing",
    "RandomAffine": "_augmentation",
    "TransferClassifier": "estimators",
    "build_cnn": "networks",
    "build_mlp": "networks",
    "clear_programs": "_engine.programs",
    "compare_classifiers": "_comparison",
    "compare_regressors": "_comparison",
    "default_classifiers": "_comparison",
    "default_regressors": "_comparison",
    "export_onnx": "_onnx",
    "fetch_cifar10": "datasets",
    "fetch_fashion_mnist": "datasets",
    "fetch_mnist": "datasets",
    "load_digit_images": "datasets",
    "load_image_folder": "datasets",
    "load_pretrained": "pretrained",
    "network_estimator": "estimators",
    "parameter": "estimators",
}

__version__ = "0.1.0"
__all__ = [*_HOMES, "__version__"]

__getattr__, __dir__ = lazily(__name__, _HOMES, "__version__")
