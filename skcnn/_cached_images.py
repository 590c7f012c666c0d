"""Images that stay in a file of decoded pixels, and are read as they are needed."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from skcnn._arrays import FileRows, empty_aligned
from skcnn._pictures import WHITE
from skcnn._whole_files import write_whole

BLANK = -1  # in place of a record's number: an image that is white all over
_MAGIC = b"skcnn-images-1\n\0"
_TOKEN_BYTES = 16
HEADER_BYTES = len(_MAGIC) + _TOKEN_BYTES


def start_file(path: Path) -> bytes:
    """Put a file without records in place of what is there, and return the token it is known by.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    token = os.urandom(_TOKEN_BYTES)
    write_whole(path, _MAGIC + token)
    return token


def token_of(path: Path) -> bytes | None:
    """Return the token in a file of records, None where there is no such file."""
    try:
        with open(path, "rb") as file:
            header = file.read(HEADER_BYTES)
    except FileNotFoundError:
        return None
    return header[len(_MAGIC) :] if header.startswith(_MAGIC) else None


def place_of(record: int, record_bytes: int) -> int:
    """Return where in a file a record begins; they are counted from 1, as rows of an index are."""
    return HEADER_BYTES + (record - 1) * record_bytes


class CachedImages:
    """Images of uint8 that stay on disk, as ``ImageLoader.transform`` returns many of them.

    They go where arrays of images go: into ``fit``, ``predict`` and ``score`` of skcnn's
    estimators, which read them block by block, into cross-validation and searches, and through
    the other transformers and the displays.  ``images[3]`` is an array; ``images[10:20]``, a list
    or an array of rows, and a mask give images that stay on disk too.  ``numpy.asarray(images)``
    reads all of them into memory.  A pickle holds their place alone.

    Parameters
    ----------
    path : path-like
        The file of records.
    token : bytes
        By which it is known.
    image_shape : tuple of int
        Height, width and channels.
    records : ndarray of shape (n,), int64
        Number of each image's record, or ``BLANK``.

    Attributes
    ----------
    shape : tuple of int
        (n, height, width, channels).
    dtype : dtype
        uint8.
    ndim : int
        4.
    size, nbytes : int
        Numbers and bytes of all images as one array.
    """

    dtype = np.dtype(np.uint8)
    ndim = 4

    def __init__(
        self,
        path: str | os.PathLike[str],
        token: bytes,
        image_shape: tuple[int, ...],
        records: NDArray[np.int64],
    ) -> None:
        self._path, self._token = os.fspath(path), token
        self._image_shape, self._records = image_shape, records

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of images, and the shape of one."""
        return (len(self._records), *self._image_shape)

    @property
    def size(self) -> int:
        """Numbers in all images."""
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes of all images as one array."""
        return self.size

    def __len__(self) -> int:
        return len(self._records)

    def __repr__(self) -> str:
        return f"<CachedImages of shape {self.shape}, dtype uint8, in {self._path!r}>"

    def __getitem__(self, key: Any) -> Any:
        rows, *others = key if isinstance(key, tuple) else (key,)
        if rows is None or rows is Ellipsis:
            return np.asarray(self)[key]
        records = self._records[rows]
        if others not in ([], [Ellipsis]):
            return np.asarray(self[rows])[(*[slice(None)] * np.ndim(records), *others)]
        if np.ndim(records) == 0:
            image = np.empty((1, *self._image_shape), np.uint8)
            self.read(np.array([rows]), image)
            return image[0]
        if np.ndim(records) > 1:
            return np.asarray(self)[rows]
        return type(self)(self._path, self._token, self._image_shape, records)

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        if copy is False:
            raise ValueError(
                "CachedImages are on disk and cannot become an array without a copy. Leave out "
                "copy=False."
            )
        images = empty_aligned(self.shape, np.uint8)
        self.read(np.arange(len(self)), images)
        return images if dtype is None else images.astype(dtype, copy=False)

    def as_lazy_rows(self) -> FileRows:
        """Return the images as samples that an estimator reads a part at a time."""
        return _CachedRows(self)

    def read(self, rows: ArrayLike, images: NDArray[np.uint8]) -> None:
        """Fill an array with the images of some rows.

        Parameters
        ----------
        rows : array-like of int
            Which.
        images : ndarray of uint8
            As many images, of any shape of as many numbers; contiguous.

        Raises
        ------
        FileNotFoundError
            If their file is gone.
        OSError
            If it cannot be read, or is another or a damaged one.
        """
        records = self._records[np.asarray(rows)]
        if len(records) == 0:
            return
        pixels = images.reshape(len(records), -1)
        with self._opened() as file:
            for start, stop in _neighbours(records):
                if records[start] == BLANK:
                    pixels[start:stop] = WHITE
                else:
                    file.seek(place_of(int(records[start]), pixels.shape[1]))
                    self._fill(pixels[start:stop].data.cast("B"), file)

    def _opened(self) -> BinaryIO:
        if token_of(Path(self._path)) != self._token:
            raise FileNotFoundError(
                f"Cannot read images from {self._path}; expected the file that an ImageLoader has "
                "written, which has since been removed or made anew. Transform the pictures "
                "again, and leave the folder in place for as long as its images are used: that "
                "of cache_dir=None lasts as long as its process."
            )
        return open(self._path, "rb", buffering=0)

    def _fill(self, memory: memoryview, file: BinaryIO) -> None:
        filled = 0
        while filled < len(memory):
            n_bytes = file.readinto(memory[filled:])  # type: ignore[attr-defined]
            if not n_bytes:
                raise OSError(
                    f"Cannot read images from {self._path}: it ends too early; expected the file "
                    "that an ImageLoader has written. Delete its folder, and transform the "
                    "pictures again."
                )
            filled += n_bytes


def _neighbours(records: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Yield where runs of records begin and end that stand one after the other in the file."""
    apart = (np.diff(records) != 1) | (records[:-1] == BLANK)
    ends = [*(np.flatnonzero(apart) + 1).tolist(), len(records)]
    start = 0
    for end in ends:
        yield start, end
        start = end


class _CachedRows(FileRows):
    """Cached images, read record by record: those that are not wanted are left alone."""

    def with_samples(self, sample_shape: tuple[int, ...]) -> Self:
        return type(self)(self._dataset, sample_shape)

    def __getitem__(self, rows: slice | NDArray[np.int64]) -> NDArray[Any]:
        wanted = np.arange(len(self))[rows]
        samples = empty_aligned((len(wanted), *self.shape[1:]), self.dtype)
        self._dataset.read(wanted, samples)
        return samples
