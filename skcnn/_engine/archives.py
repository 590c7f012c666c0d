"""Models as bytes, for tools that keep an estimator without pickle."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from skcnn._engine.runtime import keras


def as_archive(model: keras.Model) -> NDArray[np.uint8]:
    """Return the bytes of a ``.keras`` file that holds a model."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        keras.saving.save_model(model, path)
        return np.fromfile(path, dtype=np.uint8)


def from_archive(content: NDArray[np.uint8]) -> keras.Model:
    """Return the model that the bytes of a ``.keras`` file hold.

    Code that such a file may hold, as a Lambda layer's, is not run: the bytes may come from a file
    of somebody else's.

    Raises
    ------
    ValueError
        If the model needs code that the file brings along.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        content.tofile(path)
        return keras.saving.load_model(path, safe_mode=True)
