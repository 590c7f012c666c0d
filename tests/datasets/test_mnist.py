"""MNIST and Fashion-MNIST themselves, and what is said of them."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import pytest

from skcnn.datasets import _mnist, fetch_fashion_mnist, fetch_mnist
from tests.datasets.pretended import CLOTHES, DIGITS, PARTS, write_idx

REAL_HOME = Path(os.environ.get("SKCNN_DATA_HOME") or "no data home")
DEBIAN_HOME = Path("/usr/share/datasets")


def test_bunch_names_the_classes_and_describes_itself(home):
    write_idx(home / "mnist", DIGITS)
    write_idx(home / "fashion-mnist", CLOTHES)
    mnist = fetch_mnist(data_home=home)
    assert list(mnist) == [*PARTS, "target_names", "DESCR"]
    assert mnist.target_names == list("0123456789")
    assert "LeCun" in mnist.DESCR
    fashion = fetch_fashion_mnist(data_home=home)
    assert fashion.target_names[0] == "T-shirt/top"
    assert fashion.target_names[9] == "Ankle boot"
    assert len(fashion.target_names) == 10
    assert "Xiao" in fashion.DESCR


def assert_is_like_mnist(bunch, class_counts):
    assert bunch.X_train.shape == (60000, 28, 28)
    assert bunch.X_test.shape == (10000, 28, 28)
    assert {bunch[part].dtype for part in PARTS} == {np.dtype(np.uint8)}
    np.testing.assert_array_equal(np.bincount(bunch.y_train), class_counts)
    assert bunch.y_test.shape == (10000,)


@pytest.mark.slow
@pytest.mark.skipif(
    not (REAL_HOME / "mnist").is_dir(),
    reason="SKCNN_DATA_HOME does not point to a folder with MNIST",
)
def test_real_mnist(monkeypatch):
    monkeypatch.setenv("SKCNN_DATA_HOME", str(REAL_HOME))
    mnist = fetch_mnist(download_if_missing=False)
    counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert_is_like_mnist(mnist, counts)
    assert mnist.y_train[:5].tolist() == [5, 0, 4, 1, 9]
    with pytest.raises(ValueError, match="this is not Fashion-MNIST's file"):
        fetch_fashion_mnist(data_home=REAL_HOME / "mnist", download_if_missing=False)


@pytest.mark.skipif(
    not any((home / "fashion-mnist").is_dir() for home in (REAL_HOME, DEBIAN_HOME)),
    reason="Fashion-MNIST is neither in SKCNN_DATA_HOME nor installed as a Debian package",
)
def test_real_fashion_mnist():
    home = REAL_HOME if (REAL_HOME / "fashion-mnist").is_dir() else DEBIAN_HOME
    fashion = fetch_fashion_mnist(data_home=home / "fashion-mnist", download_if_missing=False)
    assert_is_like_mnist(fashion, [6000] * 10)
    assert fashion.target_names[fashion.y_train[0]] == "Ankle boot"


def test_addresses_are_those_of_public_mirrors():
    for dataset in (_mnist.MNIST, _mnist.FASHION_MNIST):
        assert len(dataset.mirrors) == 2
        assert all(re.fullmatch(r"https?://[a-z0-9./-]+/", url) for url in dataset.mirrors)
        assert all(re.fullmatch("[0-9a-f]{64}", dataset.sha256[part]) for part in PARTS)
