"""The networks: shapes and sizes in, an uncompiled ``keras.Model`` out."""

from skcnn.networks._builders import Pooling, PoolType, build_cnn, build_mlp

__all__ = ["Pooling", "PoolType", "build_cnn", "build_mlp"]
