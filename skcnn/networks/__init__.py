"""The networks: shapes and sizes in, an uncompiled ``keras.Model`` out.

Both builders are pure functions.  They draw no random numbers of their own, compile nothing and
keep nothing, so they can be called directly, handed to ``KerasClassifier``, or read as a recipe.
"""

from skcnn.networks._cnn import GlobalPooling, Pooling, PoolType, build_cnn
from skcnn.networks._convolutions import Padding
from skcnn.networks._mlp import build_mlp

__all__ = ["GlobalPooling", "Padding", "PoolType", "Pooling", "build_cnn", "build_mlp"]
