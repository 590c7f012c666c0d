"""Keras networks as scikit-learn classifiers.

``base`` holds what all of them share; ``keras`` takes any builder; ``mlp`` and ``cnn`` are the two
networks that come with skcnn, and show how to add one.
"""

from skcnn.estimators._base import BaseKerasClassifier
from skcnn.estimators._cnn import CNNClassifier
from skcnn.estimators._keras import KerasClassifier
from skcnn.estimators._mlp import MLPClassifier

__all__ = ["BaseKerasClassifier", "CNNClassifier", "KerasClassifier", "MLPClassifier"]
