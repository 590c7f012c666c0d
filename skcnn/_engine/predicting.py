"""The forward pass."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skcnn._arrays import FileRows
from skcnn._engine.models import bytes_of_outputs, input_dtype
from skcnn._engine.programs import Bound, network_kind, store
from skcnn._engine.runtime import keras, tf

_MOST_SAMPLES = 1024  # at a time
_MOST_BYTES = 256 * 2**20  # for what a layer takes and gives, of as many samples as come at a time


def _padded(n: int) -> int:
    """Return ``n`` rounded up to three significant binary digits: 1 to 8, 10, 12, 14, 16, 20, ...

    TensorFlow prepares its operations anew for each batch size and keeps what it has prepared;
    of these sizes there are few.
    """
    unit = _unit(n)
    return -(-n // unit) * unit


def _unit(n: int) -> int:
    """Return the value of the third significant binary digit of ``n``, at least 1."""
    return 1 << max(0, n.bit_length() - 3)


def _chunk(model: keras.Model, sample_shape: tuple[int, ...]) -> int:
    """Return how many samples pass a model at a time, within what memory allows."""
    fitting = _MOST_BYTES // bytes_of_outputs(model, sample_shape)
    n = min(max(1, fitting), _MOST_SAMPLES)
    return n // _unit(n) * _unit(n)  # one of the sizes that need no padding


class ForwardPass:
    """A model's forward pass, run over samples in chunks.

    A chunk has as many samples as the outputs of a layer fit into 256 MiB for, and 1,024 at most.
    Compiled at its first call, unless a model of the same kind has been before.  Safe to call from
    many threads.

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
        self._dtype = input_dtype(model)
        self._chunk = _chunk(model, sample_shape)

    @functools.cached_property
    def _forward(self) -> Bound:
        model = self._model
        spec = tf.TensorSpec([None, *self._sample_shape], self._dtype)
        program = store.get(
            "predict", model, network_kind(model), lambda x: [model(x, training=False)], [spec]
        )
        return program.bind(model)

    def __call__(self, x: NDArray[Any] | FileRows) -> NDArray[np.float32]:
        """Return the model's outputs, float32 of shape (n, n_outputs).

        Parameters
        ----------
        x : ndarray or FileRows of shape (n, ...)
            Samples of any numeric dtype; a chunk at a time is cast to the model's.
        """
        starts = range(0, len(x), self._chunk)
        chunks = [self._run(x[start : start + self._chunk]) for start in starts]
        return chunks[0] if len(chunks) == 1 else np.concatenate(chunks)

    def _run(self, x: NDArray[Any]) -> NDArray[np.float32]:
        padding = _padded(len(x)) - len(x)
        if padding:
            x = np.concatenate([x, np.repeat(x[:1], padding, axis=0)])
        outputs = self._forward(tf.cast(x, self._dtype))[0].numpy()
        return outputs[: len(outputs) - padding].astype(np.float32, copy=False)
