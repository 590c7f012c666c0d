"""How samples reach a program: all at once, or in blocks where that would take too much memory."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from skcnn._arrays import ALIGNMENT, LazyRows, empty_aligned, is_on_disk
from skcnn._engine.augmenting import Augmenter
from skcnn._engine.runtime import keras, tf

_BLOCK_BYTES = 64 * 2**20  # of samples, read from a file, made dense or copied at a time
_COPY_BYTES = 2**30  # of samples, copied whole where they cannot be handed over in place


@dataclass(frozen=True)
class TrainingData:
    """Samples and their targets, and which of them a pass takes.

    Attributes
    ----------
    x : ndarray or LazyRows of shape (n, ...)
        Samples, of any numeric dtype.
    y : ndarray of shape (n,) or (n, n_outputs)
        Targets as the loss wants them, or the place of the 1 in each where they are one-hot.
    sample_weight : ndarray of shape (n,), float32, or None
        Weight of each sample, as Keras takes it.
    rows : ndarray of int
        Rows to train on, or to score; may be empty.
    one_hot_width : int or None, default=None
        Length of the one-hot rows that ``y`` stands for, which are made a batch at a time.
    """

    x: NDArray[Any] | LazyRows
    y: NDArray[Any]
    sample_weight: NDArray[np.float32] | None
    rows: NDArray[np.int64]
    one_hot_width: int | None = None

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def arrays(self) -> list[Any]:
        """Samples and targets, and weights where there are any."""
        return [self.x, self.y] + ([] if self.sample_weight is None else [self.sample_weight])

    def shares_arrays_with(self, other: TrainingData) -> bool:
        """Tell whether both are rows of the same arrays."""
        return all(ours is theirs for ours, theirs in zip_longest(self.arrays, other.arrays))


def written_out(y: Any, one_hot_width: int | None) -> Any:
    """Return some targets, an array or a tensor, as the loss wants them."""
    return y if one_hot_width is None else tf.one_hot(y, one_hot_width)


def as_tensor(array: NDArray[Any]) -> tf.Tensor:
    """Return an array as a tensor that shares its memory, or one copy of it, where it can.

    ``tf.convert_to_tensor`` makes two copies of most arrays.
    """
    if _has_gpu():
        return tf.convert_to_tensor(array)
    if not _stands_in_place(array):
        copy = empty_aligned(array.shape, array.dtype.newbyteorder("="))
        copy[...] = array
        array = copy
    return tf.experimental.dlpack.from_dlpack(array.__dlpack__())


def _has_gpu() -> bool:
    return bool(tf.config.list_logical_devices("GPU"))


def _stands_in_place(array: NDArray[Any]) -> bool:
    """Tell whether TensorFlow can read an array where it stands."""
    in_place = array.flags.c_contiguous and array.flags.writeable
    return in_place and array.ctypes.data % ALIGNMENT == 0 and array.dtype.isnative


class Feed(ABC):
    """Hands the samples of given rows to a program.

    Parameters
    ----------
    data : TrainingData
        Samples, targets and weights.
    """

    def __init__(self, data: TrainingData) -> None:
        self.one_hot_width = data.one_hot_width
        self.specs = [tf.TensorSpec([None, *a.shape[1:]], a.dtype) for a in data.arrays]

    @abstractmethod
    def blocks(self, rows: NDArray[np.int64]) -> Iterator[tuple[list[Any], NDArray[np.int64]]]:
        """Yield tensors (samples, targets and weights) and which of their rows to take."""


def feed_for(data: TrainingData, batch_size: int) -> Feed:
    """Return what hands ``data`` to a program with as little memory as it takes.

    What TensorFlow can read where it stands is handed over whole.  So is a copy, up to 1 GiB of
    what stands in memory and 64 MiB of what stands in a file or is sparse; what is larger comes in
    blocks.
    """
    if isinstance(data.x, LazyRows) or is_on_disk(data.x):
        fits = data.x.nbytes <= _BLOCK_BYTES
    else:
        fits = data.x.nbytes <= _COPY_BYTES or (not _has_gpu() and _stands_in_place(data.x))
    return Resident(data) if fits else Blocks(data, batch_size)


class Resident(Feed):
    """Hands all samples over at once; the program gathers each batch.

    Parameters
    ----------
    data : TrainingData
        Samples, targets and weights.
    """

    def __init__(self, data: TrainingData) -> None:
        super().__init__(data)
        self._tensors = [as_tensor(array[:]) for array in data.arrays]

    def blocks(self, rows: NDArray[np.int64]) -> Iterator[tuple[list[Any], NDArray[np.int64]]]:
        """Yield everything, once."""
        yield self._tensors, rows


class Blocks(Feed):
    """Hands samples over in blocks of whole batches.

    Parameters
    ----------
    data : TrainingData
        Samples, targets and weights.
    batch_size : int
        Samples a batch.
    """

    def __init__(self, data: TrainingData, batch_size: int) -> None:
        super().__init__(data)
        self._arrays = data.arrays
        batch_bytes = batch_size * data.x.nbytes // len(data.x)
        self._block = batch_size * max(1, _BLOCK_BYTES // max(1, batch_bytes))

    def blocks(self, rows: NDArray[np.int64]) -> Iterator[tuple[list[Any], NDArray[np.int64]]]:
        """Yield one block after the other."""
        for start in range(0, len(rows), self._block):
            block = rows[start : start + self._block]
            by_place = np.argsort(block, kind="stable")  # a file is read fastest from front to end
            tensors = [as_tensor(array[block[by_place]]) for array in self._arrays]
            yield tensors, np.argsort(by_place)


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


def epoch_draws(rows: NDArray[np.int64], seed: int, epoch: int) -> EpochDraws:
    """Return the draws of an epoch, counted from 0, whatever was drawn before it."""
    rng = np.random.default_rng([seed, epoch])
    return EpochDraws(rng.permutation(rows), int(rng.integers(2**31)))


class Batches(keras.utils.PyDataset):
    """The batches of a pass for ``keras.Model.fit``.

    Parameters
    ----------
    data : TrainingData
        Samples, targets and weights, and the rows to take, in this order.
    batch_size : int
        Samples a batch; the last one may have fewer.
    dtype : str
        What the model takes.
    """

    def __init__(self, data: TrainingData, batch_size: int, dtype: str) -> None:
        super().__init__()
        self._data, self._rows = data, data.rows
        self._batch_size, self._dtype = batch_size, dtype

    def __len__(self) -> int:
        return -(-len(self._rows) // self._batch_size)

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        rows = self._rows[index * self._batch_size : (index + 1) * self._batch_size]
        x, y, *weight = (array[rows] for array in self._data.arrays)
        return (
            x.astype(self._dtype),
            np.asarray(written_out(y, self._data.one_hot_width)),
            *weight,
        )


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
    seed : int
        Decides the order and the augmentation of each epoch.
    augmenter : Augmenter
        Changes each batch.
    """

    def __init__(
        self,
        data: TrainingData,
        batch_size: int,
        dtype: str,
        seed: int,
        augmenter: Augmenter,
    ) -> None:
        super().__init__(data, batch_size, dtype)
        self._seed, self._augmenter = seed, augmenter
        self.begin(0)

    def begin(self, epoch: int) -> None:
        """Take the samples as the draws of an epoch say."""
        self._rows, self._place = epoch_draws(self._data.rows, self._seed, epoch)
        self._augmenter.begin(self._place)

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        x, y, *weight = super().__getitem__(index)
        place = np.array([self._place, index * self._batch_size])
        batch = self._augmenter.batch(x, y, weight, place, self._augmenter.settings)
        return tuple(map(np.asarray, batch))
