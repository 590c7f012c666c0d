"""The forward pass."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from skcnn._engine.fitting import input_dtype
from skcnn._engine.programs import Bound, network_kind, store
from skcnn._engine.runtime import keras, tf

_CHUNK = 1024


def _padded(n: int) -> int:
    """Return ``n`` rounded up to three significant binary digits: 1 to 8, 10, 12, 14, 16, 20, ...

    TensorFlow prepares its operations anew for each batch size and keeps what it has prepared;
    of these sizes there are few.
    """
    unit = 1 << max(0, n.bit_length() - 3)
    return -(-n // unit) * unit


class ForwardPass:
    """A model's forward pass, run over samples in chunks.

    Compiled at its first call, unless a model of the same kind has been before.  Safe to call
    from many threads.

    Parameters
    ----------
    model : keras.Model
        Built.  The pass reads its weights at each call and never changes them.
    sample_shape : tuple of int
        Shape of one sample.
    """

    def __init__(self, model: keras.Model, sample_shape: tuple[int, ...]) -> None:
        self._model = model
        self._sample_shape = sample_shape
        self._dtype = np.dtype(input_dtype(model))

    @functools.cached_property
    def _forward(self) -> Bound:
        model = self._model
        spec = tf.TensorSpec([None, *self._sample_shape], self._dtype)
        program = store.get(
            "predict", model, network_kind(model), lambda x: [model(x, training=False)], [spec]
        )
        return program.bind(model)

    def __call__(self, x: np.ndarray) -> NDArray[np.float32]:
        """Return the model's outputs, float32 of shape (n, n_outputs).

        Parameters
        ----------
        x : ndarray of shape (n, ...)
            Samples of any numeric dtype; a chunk at a time is cast to the model's.
        """
        chunks = [self._run(x[start : start + _CHUNK]) for start in range(0, len(x), _CHUNK)]
        return chunks[0] if len(chunks) == 1 else np.concatenate(chunks)

    def _run(self, x: np.ndarray) -> NDArray[np.float32]:
        padding = _padded(len(x)) - len(x)
        if padding:
            x = np.concatenate([x, np.repeat(x[:1], padding, axis=0)])
        outputs = self._forward(tf.convert_to_tensor(x, self._dtype))[0].numpy()
        return outputs[: len(outputs) - padding]
