"""Keras as it was, whatever a library does to it at its import."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from skcnn._engine.runtime import keras

_CLASSES = (
    keras.Model,
    keras.losses.Loss,
    keras.metrics.Metric,
    keras.optimizers.Optimizer,
)


@contextmanager
def keras_untouched() -> Iterator[None]:
    """Undo what the block does to methods of Keras' models, losses, metrics and optimizers."""
    before = [dict(vars(kind)) for kind in _CLASSES]
    try:
        yield
    finally:
        for kind, methods in zip(_CLASSES, before, strict=True):
            for name, method in list(vars(kind).items()):
                if name not in methods:
                    delattr(kind, name)
                elif methods[name] is not method:
                    setattr(kind, name, methods[name])
