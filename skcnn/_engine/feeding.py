"""How samples reach a program: all at once, or in blocks where they stay on disk."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from skcnn._engine.augmenting import Augmenter
from skcnn._engine.runtime import keras, tf
from skcnn.preprocessing._images import ALIGNMENT, empty_aligned

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


class EpochDraws(NamedTuple):
    """What chance decides about an epoch.

    Attributes
    ----------
    rows : ndarray of int
        The training rows in the order of the epoch.
    seed : int
        Decides how the samples are augmented.
    """

    rows: NDArray[np.int64]
    seed: int


def draws_by_epoch(rows: NDArray[np.int64], seed: int) -> Iterator[EpochDraws]:
    """Yield the draws of one epoch after the other, as ``seed`` decides them."""
    orders, seeds = np.random.default_rng(seed), np.random.default_rng([seed, 1])
    while True:
        yield EpochDraws(orders.permutation(rows), int(seeds.integers(2**31)))


class Batches(keras.utils.PyDataset):
    """The batches of a pass for ``keras.Model.fit``.

    Parameters
    ----------
    data : TrainingData
        Samples, targets and weights.
    rows : ndarray of int
        Rows to take, in this order.
    batch_size : int
        Samples a batch; the last one may have fewer.
    dtype : str
        What the model takes.
    """

    def __init__(
        self, data: TrainingData, rows: NDArray[np.int64], batch_size: int, dtype: str
    ) -> None:
        super().__init__()
        self._data, self._rows, self._batch_size, self._dtype = data, rows, batch_size, dtype

    def __len__(self) -> int:
        return -(-len(self._rows) // self._batch_size)

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        rows = self._rows[index * self._batch_size : (index + 1) * self._batch_size]
        x, *others = (array[rows] for array in self._data.arrays)
        return (x.astype(self._dtype), *others)


class TrainingBatches(Batches):
    """The batches of each epoch for ``keras.Model.fit``, in an order of our own, and augmented.

    Parameters
    ----------
    data : TrainingData
        Samples, targets and weights.
    batch_size : int
        Samples a batch; the last one may have fewer.
    dtype : str
        What the model takes.
    draws : iterator of EpochDraws
        Decides the order and the augmentation of each epoch.
    augmenter : Augmenter
        Changes each batch.
    """

    def __init__(
        self,
        data: TrainingData,
        batch_size: int,
        dtype: str,
        draws: Iterator[EpochDraws],
        augmenter: Augmenter,
    ) -> None:
        super().__init__(data, data.train_rows, batch_size, dtype)
        self._draws, self._augmenter = draws, augmenter
        self._seed = 0

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        x, *others = super().__getitem__(index)
        place = np.array([self._seed, index * self._batch_size])
        x = self._augmenter(x, place, self._augmenter.settings)
        return (np.asarray(x), *others)

    def on_epoch_begin(self) -> None:
        """Draw the order of the epoch, and the seed of its augmentation."""
        self._rows, self._seed = next(self._draws)
