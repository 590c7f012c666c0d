"""The forward pass."""

from __future__ import annotations

import numpy as np

from skcnn.engine.fitting import input_dtype
from skcnn.engine.runtime import keras, tf

_CHUNK = 1000


class ForwardPass:
    """A model's forward pass, compiled once and run over samples in chunks.

    Safe to call from many threads.

    Parameters
    ----------
    model : keras.Model
        Built.  The pass reads its weights at each call and never changes them.
    sample_shape : tuple of int
        Shape of one sample.
    """

    def __init__(self, model: keras.Model, sample_shape: tuple[int, ...]) -> None:
        self._dtype = np.dtype(input_dtype(model))
        forward = tf.function(lambda x: model(x, training=False), autograph=False)
        self._forward = forward.get_concrete_function(
            tf.TensorSpec([None, *sample_shape], self._dtype)
        )

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Return the model's outputs, float32 of shape (n, n_outputs).

        Parameters
        ----------
        x : ndarray of shape (n, ...)
            Samples of any numeric dtype; a chunk at a time is cast to the model's.
        """
        return np.concatenate(
            [
                self._forward(tf.convert_to_tensor(x[start : start + _CHUNK], self._dtype)).numpy()
                for start in range(0, len(x), _CHUNK)
            ]
        )
