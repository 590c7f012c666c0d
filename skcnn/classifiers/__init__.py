"""Keras networks as scikit-learn classifiers.

``base`` holds what all of them share; ``keras`` takes any builder; ``mlp`` and ``cnn`` are the two
networks that come with skcnn, and show how to add one.
"""

from skcnn.classifiers.base import BaseKerasClassifier
from skcnn.classifiers.cnn import CNNClassifier
from skcnn.classifiers.keras import KerasClassifier
from skcnn.classifiers.mlp import MLPClassifier

__all__ = ["BaseKerasClassifier", "CNNClassifier", "KerasClassifier", "MLPClassifier"]
