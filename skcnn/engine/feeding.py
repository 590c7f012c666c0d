"""How samples reach a program: all at once, or in blocks where they stay on disk."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skcnn.engine.runtime import keras, tf
from skcnn.preprocessing.images import ALIGNMENT, empty_aligned

_BLOCK_BYTES = 64 * 2**20


@dataclass(frozen=True)
class TrainingData:
    """Samples, their targets, and which of them train and which are held out.

    Attributes
    ----------
    x : ndarray of shape (n, ...)
        Samples, of any numeric dtype.
    y : ndarray of shape (n,) or (n, n_outputs)
        Targets as the loss wants them.
    sample_weight : ndarray of shape (n,), float32, or None
        Weight of each sample, as Keras takes it.
    train_rows, held_out_rows : ndarray of int
        Rows that train, and rows that the validation scores come from (may be empty).
    """

    x: NDArray[Any]
    y: NDArray[Any]
    sample_weight: NDArray[np.float32] | None
    train_rows: NDArray[np.int64]
    held_out_rows: NDArray[np.int64]

    @property
    def arrays(self) -> list[NDArray[Any]]:
        """Samples and targets, and weights where there are any."""
        return [self.x, self.y] + ([] if self.sample_weight is None else [self.sample_weight])


def is_memory_mapped(array: Any) -> bool:
    """Tell whether an array's numbers stay in a file, as with ``numpy.memmap``."""
    while isinstance(array, np.ndarray):
        if isinstance(array, np.memmap):
            return True
        array = array.base
    return isinstance(array, mmap.mmap)


def as_tensor(array: NDArray[Any]) -> tf.Tensor:
    """Return an array as a tensor that shares its memory, or one copy of it, where it can.

    ``tf.convert_to_tensor`` makes two copies of most arrays.
    """
    if tf.config.list_logical_devices("GPU"):
        return tf.convert_to_tensor(array)
    in_place = array.flags.c_contiguous and array.flags.writeable
    if not (in_place and array.ctypes.data % ALIGNMENT == 0 and array.dtype.isnative):
        copy = empty_aligned(array.shape, array.dtype.newbyteorder("="))
        copy[...] = array
        array = copy
    return tf.experimental.dlpack.from_dlpack(array.__dlpack__())


class Feed:
    """Hands the samples of given rows to a program.

    What is in memory is handed over whole, once, and each batch is gathered by the program.
    What is memory-mapped comes in blocks of whole batches.

    Parameters
    ----------
    data : TrainingData
        Samples, targets and weights.
    batch_size : int
        Samples a batch.
    """

    def __init__(self, data: TrainingData, batch_size: int) -> None:
        self._data = data
        self._on_disk = is_memory_mapped(data.x)
        batch_bytes = batch_size * data.x[:1].nbytes
        self._block = batch_size * max(1, _BLOCK_BYTES // batch_bytes)
        self._resident = [] if self._on_disk else [as_tensor(array) for array in data.arrays]

    def blocks(self, rows: NDArray[np.int64]) -> Iterator[tuple[list[Any], Any]]:
        """Yield tensors (samples, targets and weights) and which of their rows to take."""
        if not self._on_disk:
            yield self._resident, tf.convert_to_tensor(rows, tf.int64)
            return
        for start in range(0, len(rows), self._block):
            block = rows[start : start + self._block]
            by_place = np.argsort(block, kind="stable")  # a file is read fastest from front to end
            tensors = [as_tensor(array[block[by_place]]) for array in self._data.arrays]
            yield tensors, tf.convert_to_tensor(np.argsort(by_place), tf.int64)


class Batches(keras.utils.PyDataset):
    """The batches of an epoch for ``keras.Model.fit``, in an order of our own.

    Parameters
    ----------
    data : TrainingData
        Samples, targets and weights.
    rows : ndarray of int
        Rows to take.
    batch_size : int
        Samples a batch; the last one may have fewer.
    dtype : str
        What the model takes.
    rng : numpy.random.Generator or None
        Decides a new order for each epoch; None keeps the rows' own.
    """

    def __init__(
        self,
        data: TrainingData,
        rows: NDArray[np.int64],
        batch_size: int,
        dtype: str,
        rng: np.random.Generator | None = None,
    ) -> None:
        super().__init__()
        self._data, self._rows, self._batch_size = data, rows, batch_size
        self._dtype, self._rng = dtype, rng
        self._order = rows

    def __len__(self) -> int:
        return -(-len(self._rows) // self._batch_size)

    def __getitem__(self, index: int) -> tuple[NDArray[Any], ...]:
        rows = self._order[index * self._batch_size : (index + 1) * self._batch_size]
        x, *others = (array[rows] for array in self._data.arrays)
        return (x.astype(self._dtype), *others)

    def on_epoch_begin(self) -> None:
        """Draw the order of the epoch."""
        if self._rng is not None:
            self._order = self._rng.permutation(self._rows)
