"""The IDX format, there and back."""

from __future__ import annotations

import numpy as np
import pytest

from skcnn._arrays import ALIGNMENT
from skcnn.datasets._idx import parse_idx, to_idx


def test_an_array_begins_with_its_kind_and_its_sizes():
    array = np.arange(6, dtype=np.uint8).reshape(1, 2, 3)

    assert (
        to_idx(array) == bytes([0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3]) + array.tobytes()
    )


@pytest.mark.parametrize("shape", [(4,), (0,), (2, 3), (2, 3, 5)])
def test_an_array_goes_there_and_back(shape):
    array = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)

    np.testing.assert_array_equal(parse_idx(to_idx(array), array.ndim), array, strict=True)


def test_what_is_read_stands_where_tensorflow_reads_it_without_a_copy():
    read = parse_idx(to_idx(np.zeros((5, 28, 28), np.uint8)), 3)

    assert read.ctypes.data % ALIGNMENT == 0
    assert read.flags.c_contiguous


def test_what_is_read_can_be_written_to():
    read = parse_idx(to_idx(np.zeros(3, np.uint8)), 1)
    read[0] = 7

    assert read.tolist() == [7, 0, 0]


def test_only_unsigned_bytes_are_written():
    with pytest.raises(ValueError, match="expected an array of uint8, received float64"):
        to_idx(np.zeros(3))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "begins with 00000803, received nothing"),
        (bytes([0, 0, 8, 1]), "in 3 dimensions.*received 00000801"),
        (bytes([0, 0, 8, 3, 0]), "expected a header of 16 bytes, received 5"),
        (to_idx(np.zeros((1, 2, 3), np.uint8))[:-1], r"22 bytes .*\(1, 2, 3\), received 21"),
    ],
)
def test_content_that_is_no_such_file_is_refused_with_the_reason(content, reason):
    with pytest.raises(ValueError, match=reason):
        parse_idx(content, 3)
