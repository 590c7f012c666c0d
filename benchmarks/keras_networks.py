"""The networks in plain Keras, for raw Keras and for scikeras."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers


def textbook_cnn() -> keras.Model:
    """Build conv 32, conv 64, pool 2, dropout 0.25, dense 128, dropout 0.5, softmax 10."""
    return keras.Sequential([keras.Input((28, 28, 1)), *_textbook_layers()])


def rescaling_textbook_cnn() -> keras.Model:
    """Build the same network with a layer before it that scales bytes."""
    scale = layers.Rescaling(1 / 255)
    return keras.Sequential([keras.Input((28, 28, 1)), scale, *_textbook_layers()])


def _textbook_layers() -> list[keras.layers.Layer]:
    return [
        layers.Conv2D(32, 3, activation="relu"),
        layers.Conv2D(64, 3, activation="relu"),
        layers.MaxPooling2D(2),
        layers.Dropout(0.25),
        layers.Flatten(),
        layers.Dense(128, activation="relu"),
        layers.Dropout(0.5),
        layers.Dense(10, activation="softmax"),
    ]


def textbook_mlp() -> keras.Model:
    """Build 784-512-10."""
    return keras.Sequential(
        [
            keras.Input((784,)),
            layers.Dense(512, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )


def small_cnn(meta: dict[str, Any], filters: int = 32, dropout: float = 0.25) -> keras.Model:
    """Build the small CNN of the grid searches, from what scikeras tells of data in ``meta``."""
    return keras.Sequential(
        [
            keras.Input(meta["X_shape_"][1:]),
            layers.Conv2D(filters, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(dropout),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(meta["n_classes_"], activation="softmax"),
        ]
    )
