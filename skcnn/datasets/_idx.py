"""The IDX format: a magic number, the sizes of an array, its numbers."""

from __future__ import annotations

import math
import struct

import numpy as np
from numpy.typing import NDArray

from skcnn._arrays import empty_aligned

_UNSIGNED_BYTE = 0x08


def to_idx(array: NDArray[np.uint8]) -> bytes:
    """Return the content of the IDX file that holds an array of unsigned bytes.

    Raises
    ------
    ValueError
        If the array's dtype is another.
    """
    if array.dtype != np.uint8:
        raise ValueError(f"expected an array of uint8, received {array.dtype}")
    header = struct.pack(f">HBB{array.ndim}I", 0, _UNSIGNED_BYTE, array.ndim, *array.shape)
    return header + array.tobytes()


def parse_idx(content: bytes, n_dims: int) -> NDArray[np.uint8]:
    """Return the array of unsigned bytes that an unpacked IDX file holds.

    Raises
    ------
    ValueError
        If the content is no such file, or not a whole one.
    """
    magic = struct.pack(">HBB", 0, _UNSIGNED_BYTE, n_dims)
    if content[:4] != magic:
        raise ValueError(
            f"expected an IDX file of unsigned bytes in {n_dims} dimensions, which begins with "
            f"{magic.hex()}, received {content[:4].hex() or 'nothing'}"
        )
    header_size = 4 + 4 * n_dims
    if len(content) < header_size:
        raise ValueError(f"expected a header of {header_size} bytes, received {len(content)}")
    shape = struct.unpack_from(f">{n_dims}I", content, offset=4)
    expected_size = header_size + math.prod(shape)
    if len(content) != expected_size:
        raise ValueError(
            f"expected {expected_size} bytes for an array of shape {shape}, "
            f"received {len(content)}"
        )
    # The buffer of bytes is read-only, and users write into their arrays.
    array = empty_aligned(shape, np.uint8)
    array[...] = np.frombuffer(content, np.uint8, offset=header_size).reshape(shape)
    return array
