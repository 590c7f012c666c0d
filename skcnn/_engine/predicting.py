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
# Processors without AVX-512 multiply six rows at a time and handle eight numbers at once, and what
# is left over in another way, which shows in the last digits.  Of whole 24 rows nothing is.
_WHOLE_ROWS = 24
_FEW_BYTES = 2**20  # for what a layer takes and gives, of 24 samples that cost next to nothing


def _padded(n: int, whole: int) -> int:
    """Return ``n`` rounded up to ``whole`` times 1 to 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, ...

    These are the numbers of three significant binary digits.  TensorFlow prepares its operations
    anew for each batch size and keeps what it has prepared; of these sizes there are few.
    """
    n = -(-n // whole)
    unit = _unit(n)
    return whole * unit * -(-n // unit)


def _unit(n: int) -> int:
    """Return the value of the third significant binary digit of ``n``, at least 1."""
    return 1 << max(0, n.bit_length() - 3)


def _chunk(model: keras.Model, sample_shape: tuple[int, ...]) -> tuple[int, int]:
    """Return how many samples pass a model at a time, and of what they are a multiple.

    As many as memory allows, and a size that needs no padding.
    """
    sample_bytes = max(1, math.prod(sample_shape) * tf.as_dtype(input_dtype(model)).size)
    output_bytes = bytes_of_outputs(model, sample_shape)
    n_views = count_views(model)
    fitting = min(_MOST_BYTES // output_bytes, _SAMPLE_BYTES // sample_bytes) // n_views
    is_small = _WHOLE_ROWS * n_views * max(sample_bytes, output_bytes) <= _FEW_BYTES
    whole = _WHOLE_ROWS if is_small and fitting >= _WHOLE_ROWS else 1
    n = max(1, min(fitting, _MOST_SAMPLES) // whole)
    return whole * (n // _unit(n) * _unit(n)), whole


class ForwardPass:
    """A model's forward pass, run over samples in chunks.

    A chunk has as many samples as fit into 64 MiB, and the outputs of a layer into 256 MiB, and
    1,024 at most.  Of a small network, whose outputs of 24 samples fit into 1 MiB, whole 24 pass
    together, some of them copies: what a sample gives does not depend on its place among several.
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
        does not depend on how many others there are.
    """

    def __init__(
        self, model: keras.Model, sample_shape: tuple[int, ...], at_least: int = 1
    ) -> None:
        self._model = model
        self._sample_shape = sample_shape
        self._at_least = at_least
        self._dtype = tf.as_dtype(input_dtype(model))
        self._numpy_dtype = np.dtype(self._dtype.as_numpy_dtype)
        self._chunk, self._whole = _chunk(model, sample_shape)

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
        n = max(len(x), self._at_least)
        padding = (n if n == 1 else _padded(n, self._whole)) - len(x)
        if padding:
            x = np.concatenate([x, np.repeat(x[:1], padding, axis=0)])
        outputs = self._forward(self._in_dtype(x))[0].numpy()
        return outputs[: len(outputs) - padding].astype(np.float32, copy=False)

    def _in_dtype(self, x: NDArray[Any]) -> Any:
        """Return samples in the model's dtype, as they are where they have it.

        To make a tensor of one image, or to cast what needs no cast, takes as long as a layer.
        """
        return x if x.dtype == self._numpy_dtype else tf.cast(x, self._dtype)
