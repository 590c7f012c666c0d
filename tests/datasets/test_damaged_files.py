"""Files of a data set that are damaged, or are not what their names say."""

from __future__ import annotations

import gzip
import os

import numpy as np
import pytest

from skcnn.datasets import _mnist, fetch_fashion_mnist, fetch_mnist
from tests.datasets.pretended import CLOTHES, DIGITS, NAMES, idx, write_idx, write_npz


def with_byte(raw, position, value):
    return raw[:position] + bytes([value]) + raw[position + 1 :]


IMAGES = idx(DIGITS["X_train"])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"", "begins with 00000803, received nothing", id="empty"),
        pytest.param(b"<html>", "begins with 00000803, received 3c68746d", id="not IDX"),
        pytest.param(with_byte(IMAGES, 0, 1), "received 01000803", id="magic number"),
        pytest.param(with_byte(IMAGES, 2, 0x0D), "received 00000d03", id="floats"),
        pytest.param(with_byte(IMAGES, 3, 1), "in 3 dim.*received 00000801", id="dimensions"),
        pytest.param(IMAGES[:10], "expected a header of 16 bytes, received 10", id="header cut"),
        pytest.param(IMAGES[:99], r"expected 4720 bytes .*\(6, 28, 28\), received 99", id="cut"),
        pytest.param(IMAGES + b"\0", "expected 4720 bytes .* received 4721", id="too long"),
        pytest.param(with_byte(IMAGES, 99, IMAGES[99] ^ 1), "not MNIST's file", id="other pixels"),
    ],
)
@pytest.mark.parametrize("suffix", ["", ".gz"], ids=["plain", "gzip"])
def test_damaged_idx_file_is_named_with_the_reason_and_what_to_do(home, content, reason, suffix):
    write_idx(home, DIGITS, suffix=suffix)
    path = home / (NAMES["X_train"] + suffix)
    path.write_bytes(gzip.compress(content) if suffix else content)
    with pytest.raises(ValueError, match=reason) as caught:
        fetch_mnist(data_home=home)
    assert str(caught.value).startswith(f"Cannot use {path}: ")
    assert "Delete the file and fetch again" in str(caught.value)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        pytest.param(lambda raw: b"", "received nothing", id="empty"),
        pytest.param(lambda raw: raw[: len(raw) // 2], "ended before the end", id="cut"),
        pytest.param(lambda raw: IMAGES, "Not a gzipped file", id="not gzip"),
        pytest.param(lambda raw: with_byte(raw, 10, 0xFF), "while decompressing", id="stream"),
        pytest.param(lambda raw: raw[:-8] + bytes(8), "CRC check failed", id="checksum"),
    ],
)
def test_damaged_gzip_file_is_named_with_the_reason(home, damage, reason):
    write_idx(home, DIGITS, suffix=".gz")
    path = home / f"{NAMES['X_train']}.gz"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ValueError, match=f"Cannot use {path}: .*{reason}.*Delete the file"):
        fetch_mnist(data_home=home)


@pytest.mark.parametrize(
    ("arrays", "reason"),
    [
        ({"X_train": DIGITS["X_train"]}, "no item named 'y_train.npy'"),
        (DIGITS | {"y_train": DIGITS["y_train"].astype(float)}, "uint8, received float64"),
        (DIGITS | {"X_train": DIGITS["X_train"].reshape(6, 784)}, "received 00000802"),
        (DIGITS | {"y_test": CLOTHES["y_test"]}, f"not MNIST's file {NAMES['y_test']}"),
    ],
    ids=["array missing", "dtype", "shape", "content"],
)
def test_wrong_archive_is_named_with_the_reason(home, arrays, reason):
    write_npz(home / "mnist.npz", arrays)
    with pytest.raises(ValueError, match=f"Cannot use {home / 'mnist.npz'}: .*{reason}"):
        fetch_mnist(data_home=home)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        pytest.param(lambda raw: b"", "not a zip file", id="empty"),
        pytest.param(lambda raw: raw[:2000], "not a zip file", id="cut"),
        pytest.param(lambda raw: with_byte(raw, 300, raw[300] ^ 1), "Bad CRC-32", id="one bit"),
        pytest.param(
            lambda raw: with_byte(raw, raw.index(b"PK\1\2") + 8, 1), "is encrypted", id="flags"
        ),
    ],
)
def test_damaged_archive_is_named_with_the_reason(home, damage, reason):
    path = home / "mnist.npz"
    write_npz(path, DIGITS)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ValueError, match=f"Cannot use {path}: .*{reason}"):
        fetch_mnist(data_home=home)


class MakesFolderWhenUnpickled:
    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (str(self.folder),)


def test_archive_is_never_unpickled(home, tmp_path):
    objects = np.array([MakesFolderWhenUnpickled(tmp_path / "unpickled")], dtype=object)
    write_npz(home / "mnist.npz", DIGITS | {"X_train": objects})
    with pytest.raises(ValueError, match="Object arrays cannot be loaded"):
        fetch_mnist(data_home=home)
    assert not (tmp_path / "unpickled").exists()


@pytest.mark.parametrize("write", ["idx", "npz"])
def test_mnist_is_not_taken_for_fashion_mnist(home, mirrors, write):
    if write == "idx":
        write_idx(home, DIGITS, suffix=".gz")
    else:
        write_npz(home / "fashion-mnist.npz", DIGITS)
    with pytest.raises(ValueError, match="this is not Fashion-MNIST's file") as caught:
        fetch_fashion_mnist(data_home=home)
    assert "belongs to another data set, keep it and point data_home" in str(caught.value)
    assert _mnist.FASHION_MNIST.sha256["X_train"] in str(caught.value)
    assert _mnist.MNIST.sha256["X_train"] in str(caught.value)
    assert mirrors.requests == []
