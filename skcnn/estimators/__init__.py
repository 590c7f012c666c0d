"""Keras networks as scikit-learn estimators.

``_base`` holds what all of them share, ``_targets`` what y is, ``_samples`` how X is read;
``_mlp`` and ``_cnn`` are the networks that come with skcnn, and ``_keras`` takes any builder.  The
classes are loaded on first use (PEP 562), so that only who asks for ``KerasClassifier`` or
``KerasRegressor`` loads scikeras.
"""

from typing import TYPE_CHECKING

from skcnn._lazy import lazily

if TYPE_CHECKING:  # for editors and type checkers, which do not run __getattr__
    from skcnn.estimators._classifier import BaseKerasClassifier as BaseKerasClassifier
    from skcnn.estimators._cnn import CNNClassifier as CNNClassifier
    from skcnn.estimators._cnn import CNNRegressor as CNNRegressor
    from skcnn.estimators._features import CNNFeatureExtractor as CNNFeatureExtractor
    from skcnn.estimators._keras import KerasClassifier as KerasClassifier
    from skcnn.estimators._keras import KerasRegressor as KerasRegressor
    from skcnn.estimators._mlp import MLPClassifier as MLPClassifier
    from skcnn.estimators._mlp import MLPRegressor as MLPRegressor
    from skcnn.estimators._parameters import network_estimator as network_estimator
    from skcnn.estimators._parameters import parameter as parameter
    from skcnn.estimators._regressor import BaseKerasRegressor as BaseKerasRegressor
    from skcnn.estimators._transfer import TransferClassifier as TransferClassifier

_HOMES = {
    "BaseKerasClassifier": "_classifier",
    "BaseKerasRegressor": "_regressor",
    "CNNClassifier": "_cnn",
    "CNNFeatureExtractor": "_features",
    "CNNRegressor": "_cnn",
    "KerasClassifier": "_keras",
    "KerasRegressor": "_keras",
    "MLPClassifier": "_mlp",
    "MLPRegressor": "_mlp",
    "TransferClassifier": "_transfer",
    "network_estimator": "_parameters",
    "parameter": "_parameters",
}

__all__ = list(_HOMES)

__getattr__, __dir__ = lazily(__name__, _HOMES)
