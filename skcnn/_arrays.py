"""Arrays: what users bring as samples, where its numbers stand, and the shape of an image.

The ground floor.  It knows neither estimators nor TensorFlow: a tensor, a table's column, a list
of pictures or a data set in a file becomes an array here, or something that is read like one.
"""

from __future__ import annotations

import math
import mmap
import sys
from collections.abc import Iterator, Sequence
from numbers import Integral
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

ALIGNMENT = 64  # bytes: TensorFlow reads an array in place only from a multiple of these
_WINDOW_BYTES = 16 * 2**20  # of a file, read in one go


def empty_aligned(shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
    """Return a new array whose numbers stand where TensorFlow can read them without a copy."""
    n_bytes = math.prod(shape) * np.dtype(dtype).itemsize
    memory = np.empty(n_bytes + ALIGNMENT, dtype=np.uint8)
    start = -memory.ctypes.data % ALIGNMENT
    return memory[start : start + n_bytes].view(dtype).reshape(shape)


# --- where the numbers stand -------------------------------------------------------------------


class FileRows:
    """Samples that stay in a file, such as an h5py data set, read a part at a time.

    Parameters
    ----------
    dataset : h5py.Dataset
        Anything with ``shape``, ``dtype`` and slices of its first axis.
    sample_shape : tuple of int or None, default=None
        Shape in which a sample is handed out; None for its own.
    """

    def __init__(self, dataset: Any, sample_shape: tuple[int, ...] | None = None) -> None:
        self._dataset = dataset
        self.dtype = np.dtype(dataset.dtype)
        n_samples, *own_shape = map(int, dataset.shape)
        self.shape = (n_samples, *(own_shape if sample_shape is None else sample_shape))

    def __len__(self) -> int:
        return self.shape[0]

    @property
    def nbytes(self) -> int:
        """Bytes of all samples."""
        return math.prod(self.shape) * self.dtype.itemsize

    def with_samples(self, sample_shape: tuple[int, ...]) -> FileRows:
        """Return the same samples in another shape of as many numbers."""
        return FileRows(self._dataset, sample_shape)

    def __getitem__(self, rows: slice | NDArray[np.int64]) -> NDArray[Any]:
        """Return some samples as an array, which is filled window by window of the file."""
        wanted = np.arange(len(self))[rows]
        samples = empty_aligned((len(wanted), *self.shape[1:]), self.dtype)
        window = max(1, _WINDOW_BYTES // max(1, math.prod(self.shape[1:]) * self.dtype.itemsize))
        by_place = np.argsort(wanted, kind="stable")
        ends = np.flatnonzero(np.diff(wanted[by_place] // window)) + 1
        for places in np.split(by_place, ends):
            if len(places):
                first, last = int(wanted[places[0]]), int(wanted[places[-1]])
                read = np.asarray(self._dataset[first : last + 1])
                samples[places] = read[wanted[places] - first].reshape(-1, *self.shape[1:])
        return samples


def is_on_disk(array: Any) -> bool:
    """Tell whether an array's numbers stay in a file, as with ``numpy.memmap`` and its views."""
    if isinstance(array, FileRows):
        return True
    while isinstance(array, np.ndarray):  # a copy of a memmap is a memmap too, but stands on none
        array = array.base
    return isinstance(array, mmap.mmap)


def blocks_of(array: Any, n_bytes: int) -> Iterator[NDArray[Any]]:
    """Yield an array's samples in parts of about ``n_bytes``."""
    step = max(1, n_bytes // max(1, array.nbytes // max(1, len(array))))
    for start in range(0, len(array), step):
        yield array[start : start + step]


# --- what users bring --------------------------------------------------------------------------


def as_samples(X: Any) -> Any:
    """Return samples as an array, or as they are where scikit-learn knows better.

    Parameters
    ----------
    X : array-like
        Arrays and what becomes one: nested lists, tensors of TensorFlow, PyTorch and JAX, dask
        arrays; h5py data sets; lists, object arrays, Series and a single column of a DataFrame
        that hold an image a sample, as an array or of Pillow.

    Returns
    -------
    ndarray, FileRows, DataFrame, Series or sparse matrix
        Tables and Series of numbers, and sparse matrices, stay as they are.

    Raises
    ------
    ValueError
        If images differ in shape, or X is a single Pillow image.
    """
    if _is_of(X, "h5py", "Dataset"):
        return FileRows(X)
    if _is_of(X, "PIL.Image", "Image"):
        raise ValueError(
            f"X is a single image of {X.size[1]} x {X.size[0]} pixels; expected several samples. "
            "Pass a list of images, such as [image]."
        )
    if hasattr(X, "columns"):
        return _from_table(X) if hasattr(X, "iloc") else X
    if isinstance(X, np.ndarray) or hasattr(X, "iloc"):  # an array or a Series
        holds_samples = X.dtype == object and X.ndim == 1 and _is_sample(next(iter(X), None))
        return _stacked(list(X)) if holds_samples else X
    if isinstance(X, Sequence) and not isinstance(X, (str, bytes)):
        return _stacked(X)
    if hasattr(X, "__array__") or not hasattr(X, "shape"):
        return _as_array(X)
    return X


def _from_table(table: Any) -> Any:
    """Return the images in the single column of a DataFrame, or the DataFrame itself."""
    if len(table.columns) == 1 and len(table) and _is_sample(table.iloc[0, 0]):
        return _stacked(table.iloc[:, 0].tolist())
    return table


def _is_sample(thing: Any) -> bool:
    return getattr(thing, "ndim", 0) >= 1 or _is_of(thing, "PIL.Image", "Image")


def _is_of(thing: Any, module: str, name: str) -> bool:
    """Tell whether a thing is of a library's class, without importing the library."""
    kind = getattr(sys.modules.get(module), name, None)
    return kind is not None and isinstance(thing, kind)


def _stacked(samples: Sequence[Any]) -> NDArray[Any]:
    """Return samples one upon the other, or tell which is the first that does not fit."""
    arrays = [_as_array(sample) if _is_sample(sample) else sample for sample in samples]
    try:
        return np.asarray(arrays)
    except ValueError as error:
        shapes = [np.shape(array) for array in arrays]
        odd = next((i for i, shape in enumerate(shapes) if shape != shapes[0]), None)
        if odd is None:
            raise
        raise ValueError(
            f"The images in X differ in shape: the first has shape {shapes[0]}, and the image at "
            f"index {odd} has shape {shapes[odd]}. Resize or crop all of them to one shape, and "
            "convert them to the same number of channels."
        ) from error


def _as_array(thing: Any) -> NDArray[Any]:
    if hasattr(thing, "detach"):  # a tensor of PyTorch, perhaps on a GPU or with a gradient
        thing = thing.detach().cpu()
    return np.asarray(thing)


# --- the shape of an image ---------------------------------------------------------------------


class ImageShape(NamedTuple):
    """Height, width and channels of an image.

    Attributes
    ----------
    height, width, channels : int
        In pixels; 1 channel is grey, 3 are red, green and blue.
    """

    height: int
    width: int
    channels: int

    @classmethod
    def of(cls, shape: Sequence[int]) -> Self:
        """Return what (height, width) or (height, width, channels) says.

        Raises
        ------
        ValueError
            If it is neither.
        """
        sizes = tuple(shape)
        if len(sizes) not in (2, 3) or not all(isinstance(n, Integral) and n > 0 for n in sizes):
            raise ValueError(
                "image_shape must be (height, width) or (height, width, channels), all positive "
                f"integers; received {shape!r}."
            )
        height, width, channels = (int(n) for n in (*sizes, 1)[:3])
        return cls(height, width, channels)

    @property
    def n_pixels(self) -> int:
        """Numbers in an image."""
        return math.prod(self)

    @property
    def sample_shapes(self) -> list[tuple[int, ...]]:
        """Shapes in which a sample may come: a row of pixels, and an image."""
        shapes: list[tuple[int, ...]] = [(self.n_pixels,), tuple(self)]
        return [*shapes, self[:2]] if self.channels == 1 else shapes
