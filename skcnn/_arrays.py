"""Arrays: what users bring as samples, where its numbers stand, and the shape of an image.

The ground floor.  It knows neither estimators nor TensorFlow: a tensor, a table's column, a list
of pictures or a data set in a file becomes an array here, or something that is read like one.
"""

from __future__ import annotations

import math
import mmap
import os
import reprlib
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from numbers import Integral
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

ALIGNMENT = 64  # bytes: TensorFlow reads an array in place only from a multiple of these
_WINDOW_BYTES = 16 * 2**20  # of a file, read in one go
_TELLING_BYTES = 4 * 2**20  # of samples, which tell the range of all


def empty_aligned(shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
    """Return a new array whose numbers stand where TensorFlow can read them without a copy."""
    n_bytes = math.prod(shape) * np.dtype(dtype).itemsize
    memory = np.empty(n_bytes + ALIGNMENT, dtype=np.uint8)
    start = -memory.ctypes.data % ALIGNMENT
    return memory[start : start + n_bytes].view(dtype).reshape(shape)


# --- where the numbers stand -------------------------------------------------------------------


class LazyRows(ABC):
    """Samples that become an array a part at a time, by slices and row numbers.

    Attributes
    ----------
    shape : tuple of int
        Number of samples and the shape of one.
    dtype : dtype
        Of the arrays.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    def __len__(self) -> int:
        return self.shape[0]

    @property
    def nbytes(self) -> int:
        """Bytes of all samples as one array."""
        return math.prod(self.shape) * self.dtype.itemsize

    @abstractmethod
    def with_samples(self, sample_shape: tuple[int, ...]) -> Self:
        """Return the same samples in another shape of as many numbers."""

    @abstractmethod
    def __getitem__(self, rows: slice | NDArray[np.int64]) -> NDArray[Any]:
        """Return some samples as an array of their own."""


class FileRows(LazyRows):
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

    def with_samples(self, sample_shape: tuple[int, ...]) -> Self:
        """Return the same samples in another shape of as many numbers."""
        return type(self)(self._dataset, sample_shape)

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


class SparseRows(LazyRows):
    """Samples of which only the numbers other than 0 are kept, made dense a part at a time.

    Parameters
    ----------
    matrix : scipy.sparse matrix or array of shape (n, n_features)
        In CSR format.
    sample_shape : tuple of int or None, default=None
        Shape in which a sample is handed out; None for a row.
    """

    def __init__(self, matrix: Any, sample_shape: tuple[int, ...] | None = None) -> None:
        self._matrix = matrix
        self.dtype = matrix.dtype
        n_samples, n_features = map(int, matrix.shape)
        self.shape = (n_samples, *((n_features,) if sample_shape is None else sample_shape))

    def with_samples(self, sample_shape: tuple[int, ...]) -> Self:
        """Return the same samples in another shape of as many numbers."""
        return type(self)(self._matrix, sample_shape)

    def __getitem__(self, rows: slice | NDArray[np.int64]) -> NDArray[Any]:
        """Return some samples as a dense array."""
        part = self._matrix[rows]
        dense = part.toarray(out=empty_aligned(part.shape, self.dtype))
        return dense.reshape(-1, *self.shape[1:])


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


def first_of(array: Any) -> NDArray[Any]:
    """Return so many of an array's first samples as tell the range of its pixels, and no more."""
    return next(blocks_of(array, _TELLING_BYTES))


# --- what users bring --------------------------------------------------------------------------

# Modes of Pillow whose numbers do not say how bright a pixel is, and what such a picture is read
# as: indices of a palette, 0 and 1 where others have 0 and 255, inks, hues, premultiplied colours.
_READ_AS = {
    "1": "L",
    "P": "RGB",
    "PA": "RGBA",
    "CMYK": "RGB",
    "YCbCr": "RGB",
    "HSV": "RGB",
    "RGBX": "RGB",
    "RGBa": "RGBA",
    "La": "LA",
}


def as_samples(X: Any, name: str = "X") -> Any:
    """Return samples as an array, or as they are where scikit-learn knows better.

    Parameters
    ----------
    X : array-like
        Arrays and what becomes one: nested lists, tensors of TensorFlow, PyTorch and JAX, dask
        arrays; h5py data sets and the images of an ImageLoader; lists, object arrays, Series and a
        single column of a DataFrame that hold an image a sample, as an array or of Pillow.
    name : str, default="X"
        What the messages call them.

    Returns
    -------
    ndarray, FileRows, DataFrame, Series or sparse matrix
        Tables and Series of numbers, and sparse matrices, stay as they are.  Pillow's images give
        bytes in grey, grey and alpha, RGB or RGBA: palettes ("P") and other kinds of colour become
        RGB, black and white ("1") becomes 0 and 255.  Those of more than 8 bits ("I;16", "I",
        "F") keep their numbers.

    Raises
    ------
    ValueError
        If images differ in shape or in depth, X is a single Pillow image, or its file is closed.
    TypeError
        If X is no array and becomes none, as a dict or a generator.
    """
    if _is_of(X, "h5py", "Dataset"):
        return _from_file(X, name)
    if isinstance(X, LazyRows):
        return X
    if hasattr(X, "as_lazy_rows"):
        return X.as_lazy_rows()
    if _is_of(X, "PIL.Image", "Image"):
        raise ValueError(
            f"{name} is a single image of {X.size[1]} x {X.size[0]} pixels; expected several "
            "samples. Pass a list of images, such as [image]."
        )
    if hasattr(X, "columns"):
        return _from_table(X, name) if hasattr(X, "iloc") else X
    if isinstance(X, np.ndarray) or hasattr(X, "iloc"):  # an array or a Series
        holds_samples = X.dtype == object and X.ndim == 1 and _is_sample(next(iter(X), None))
        return _stacked(list(X), name) if holds_samples else X
    if isinstance(X, Sequence) and not isinstance(X, (str, bytes)):
        return _stacked(X, name)
    if hasattr(X, "tocsr"):
        return X
    array = _as_array(X)
    if array.ndim == 0 and array.dtype.kind in "OSU":
        remedy = "Turn it into one of these first."
        if _is_of(X, "sklearn.utils", "Bunch"):
            arrays = [f"{name}.{key}" for key, values in X.items() if hasattr(values, "dtype")]
            remedy = f"Pass one of its arrays: {', '.join(arrays)}."
        elif name == "X" and isinstance(X, Mapping) and X:
            shapes = {str(key): _shape_of(values) or () for key, values in X.items()}
            remedy = (
                f"If its entries are inputs of one network, {side_by_side(shapes, 'X.values()')}"
            )
        raise (ValueError if X is None else TypeError)(
            f"{name} is {'None' if X is None else f'a {type(X).__name__}'}; expected an array, a "
            f"table, or a list of samples. {remedy}"
        )
    return array


@contextmanager
def names_texts(X: Any, estimator: str) -> Iterator[None]:
    """Tell of the first text in X where its validation fails because of it.

    Parameters
    ----------
    X : array-like
        Samples, as ``as_samples`` returns them or as they were given.
    estimator : str
        Name of what expects numbers.

    Raises
    ------
    ValueError, TypeError
        As the block does, with another message where X holds a text or path that is no number.
    """
    try:
        yield
    except (ValueError, TypeError) as error:
        text = _first_text(X)
        if text is None:
            raise
        plain = text.item() if isinstance(text, np.generic) else text
        message = (
            f"{estimator} expected numbers in X; received {reprlib.repr(plain)}. "
            "Where X names pictures, put skcnn.ImageLoader(image_size) before it in a Pipeline; "
            "turn other texts into numbers, as scikit-learn's OneHotEncoder does."
        )
        raise (TypeError if isinstance(error, TypeError) else ValueError)(message) from error


def _first_text(X: Any) -> Any:
    """Return the first text, bytes or path in X that is no number, None where there is none."""
    if hasattr(X, "tocsr") or isinstance(X, LazyRows):
        return None
    try:
        array = np.asarray(X)
    except ValueError:  # samples that differ in shape
        return None
    return next(filter(_is_text, array.flat), None) if array.dtype.kind in "OSU" else None


def _is_text(thing: Any) -> bool:
    if not isinstance(thing, (str, bytes, os.PathLike)):
        return False
    try:
        float(thing)  # type: ignore[arg-type]
    except (ValueError, TypeError):
        return True
    return False


def side_by_side(shapes: Mapping[str, tuple[int, ...]], entries: str) -> str:
    """Tell how the inputs of a network are passed as columns of one array.

    Parameters
    ----------
    shapes : mapping of str to tuple of int
        Shapes of the inputs, (n, ...), by name.
    entries : str
        Expression that gives them.
    """
    widths = [math.prod(shape[1:]) for shape in shapes.values()]
    ends = np.cumsum(widths).tolist()
    columns = ", ".join(
        f"{name!r}: slice({end - width}, {end})"
        for name, width, end in zip(shapes, widths, ends, strict=True)
    )
    return (
        "put them side by side into one array, "
        f"np.hstack([np.reshape(a, (len(a), -1)) for a in {entries}]), and tell the columns of "
        f"each by the input's name: KerasClassifier(build, inputs={{{columns}}})."
    )


def _from_file(dataset: Any, name: str) -> Any:
    """Return an h5py data set as rows that stay in the file, or strings and the like as such."""
    if not dataset:
        raise ValueError(
            f"{name} is a data set of an HDF5 file that is closed; expected an open one. Open the "
            "file again, and leave it open for as long as its samples are read."
        )
    if not dataset.shape:
        raise ValueError(f"{name} is a data set of a single value; expected an axis of samples.")
    if dataset.dtype.kind in "OS":
        is_text = sys.modules["h5py"].check_string_dtype(dataset.dtype) is not None
        return as_samples((dataset.asstr() if is_text else dataset)[:], name)
    return FileRows(dataset)


def _from_table(table: Any, name: str) -> Any:
    """Return the images in the single column of a DataFrame, or the DataFrame itself."""
    if len(table.columns) == 1 and len(table) and _is_sample(table.iloc[0, 0]):
        return _stacked(table.iloc[:, 0].tolist(), name)
    return table


def _is_sample(thing: Any) -> bool:
    return getattr(thing, "ndim", 0) >= 1 or _is_of(thing, "PIL.Image", "Image")


def _is_of(thing: Any, module: str, name: str) -> bool:
    """Tell whether a thing is of a library's class, without importing the library."""
    kind = getattr(sys.modules.get(module), name, None)
    return kind is not None and isinstance(thing, kind)


def _stacked(samples: Sequence[Any], name: str) -> NDArray[Any]:
    """Return samples one upon the other, or tell which is the first that does not fit."""
    arrays = [_as_array(sample) if _is_sample(sample) else sample for sample in samples]
    if len(samples) and _is_of(samples[0], "PIL.Image", "Image"):
        _check_depth(arrays, name)
    try:
        return np.asarray(arrays)
    except ValueError as error:
        shapes = [_shape_of(array) for array in arrays]
        odd = next((i for i, shape in enumerate(shapes) if shape != shapes[0]), None)
        if shapes[0] is None or (odd is not None and shapes[odd] is None):
            raise ValueError(
                f"The sample at index {0 if shapes[0] is None else odd} of {name} is a list whose "
                "parts differ in length; expected all rows of an image to be equally long."
            ) from error
        if odd is None:
            raise
        raise ValueError(_message_of_shapes(shapes, odd, name)) from error


def _shape_of(array: Any) -> tuple[int, ...] | None:
    """Return the shape of a sample, None for a list whose parts differ in length."""
    try:
        return np.shape(array)
    except ValueError:
        return None


def _message_of_shapes(shapes: Sequence[tuple[int, ...] | None], odd: int, name: str) -> str:
    first = shapes[0]
    if name != "X":
        return (
            f"The entries of {name} differ in shape: the first has shape {first}, and the one at "
            f"index {odd} has shape {shapes[odd]}. Pass one label a sample."
        )
    message = (
        f"The images in {name} differ in shape: the first has shape {first}, and the image at "
        f"index {odd} has shape {shapes[odd]}. "
    )
    lengths = {shape[0] if shape else 0 for shape in shapes}
    if len(lengths) == 1 and len(shapes) < max(lengths):
        inputs = {f"input_{i}": shape or () for i, shape in enumerate(shapes, start=1)}
        return (
            f"{message}A list is read as one sample an entry. If its {len(shapes)} entries are "
            f"inputs of {max(lengths)} samples each, {side_by_side(inputs, 'X')}"
        )
    return (
        f"{message}Resize or crop all of them to one shape, and convert them to the same number "
        "of channels."
    )


def _check_depth(arrays: Sequence[Any], name: str) -> None:
    """Raise where some pictures have more bits a pixel than others, and so other whites."""
    kinds = [getattr(array, "dtype", None) for array in arrays]
    odd = next((i for i, kind in enumerate(kinds) if kind != kinds[0]), None)
    if odd is not None:
        raise ValueError(
            f"The pictures in {name} differ in depth: the first holds {kinds[0]}, and the picture "
            f"at index {odd} holds {kinds[odd]}. Convert all of them to one kind, such as "
            "image.convert('L')."
        )


def _as_array(thing: Any) -> NDArray[Any]:
    if hasattr(thing, "detach"):  # a tensor of PyTorch, perhaps on a GPU or with a gradient
        thing = thing.detach().cpu()
    elif _is_of(thing, "PIL.Image", "Image") and thing.mode in _READ_AS:
        mode = _READ_AS[thing.mode]
        if thing.mode == "P":  # by way of RGBA, or Pillow warns of palettes that are transparent
            thing = thing.convert("RGBA")
        thing = thing.convert(mode)
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
