"""The forward pass."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skcnn._arrays import LazyRows
from skcnn._engine.models import bytes_of_outputs, input_dtype
from skcnn._engine.programs import Bound, network_kind, store
from skcnn._engine.runtime import keras, tf
from skcnn._engine.viewing import count_views

_MOST_SAMPLES = 1024  # at a time
_SAMPLE_BYTES = 64 * 2**20  # of samples, made dense and cast at a time
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
    sample_bytes = math.prod(sample_shape) * tf.as_dtype(input_dtype(model)).size
    fitting = min(
        _MOST_BYTES // bytes_of_outputs(model, sample_shape),
        _SAMPLE_BYTES // max(1, sample_bytes),
    )
    fitting //= count_views(model)
    n = min(max(1, fitting), _MOST_SAMPLES)
    return n // _unit(n) * _unit(n)  # one of the sizes that need no padding


class ForwardPass:
    """A model's forward pass, run over samples in chunks.

    A chunk has as many samples as fit into 64 MiB, and the outputs of a layer into 256 MiB, and
    1,024 at most.
    Compiled at its first call, unless a model of the same kind has been before.  Safe to call from
    many threads.

    Parameters
    ----------
    model : keras.Model
        Built.  The pass reads its weights at each call and never changes them.
    sample_shape : tuple of int
        Shape of one sample.
    at_least : int, default=1
        Samples that pass together, if only as copies of one.  TensorFlow multiplies a single row
        in another way than several, which shows in the last digits: with 2, what a sample gives
        does not depend on the others.
    """

    def __init__(
        self, model: keras.Model, sample_shape: tuple[int, ...], at_least: int = 1
    ) -> None:
        self._model = model
        self._sample_shape = sample_shape
        self._at_least = at_least
        self._dtype = tf.as_dtype(input_dtype(model))
        self._numpy_dtype = np.dtype(self._dtype.as_numpy_dtype)
        self._chunk = _chunk(model, sample_shape)

    @functools.cached_property
    def _forward(self) -> Bound:
        model = self._model
        spec = tf.TensorSpec([None, *self._sample_shape], self._dtype)
        program = store.get(
            "predict",
            model,
            network_kind(model),
            lambda x: [model(x, training=False)],
            [spec],
            in_order=True,
        )
        return program.bind(model)

    def __call__(
        self, x: NDArray[Any] | LazyRows, at_once: int | None = None
    ) -> NDArray[np.float32]:
        """Return the model's outputs, float32 of shape (n, n_outputs).

        Parameters
        ----------
        x : ndarray or LazyRows of shape (n, ...)
            Samples of any numeric dtype; a chunk at a time is cast to the model's.
        at_once : int or None, default=None
            Samples in a chunk, where the caller knows better.
        """
        step = at_once or self._chunk
        chunks = [self._run(x[start : start + step]) for start in range(0, len(x), step)]
        return chunks[0] if len(chunks) == 1 else np.concatenate(chunks)

    def _run(self, x: NDArray[Any]) -> NDArray[np.float32]:
        padding = max(_padded(len(x)), self._at_least) - len(x)
        if padding:
            x = np.concatenate([x, np.repeat(x[:1], padding, axis=0)])
        outputs = self._forward(self._in_dtype(x))[0].numpy()
        return outputs[: len(outputs) - padding].astype(np.float32, copy=False)

    def _in_dtype(self, x: NDArray[Any]) -> Any:
        """Return samples in the model's dtype, as they are where they have it.

        To make a tensor of one image, or to cast what needs no cast, takes as long as a layer.
        """
        return x if x.dtype == self._numpy_dtype else tf.cast(x, self._dtype)
