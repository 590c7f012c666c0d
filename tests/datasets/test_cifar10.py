"""CIFAR-10: both archives, where they are looked for, and what becomes of damaged ones."""

from __future__ import annotations

import hashlib
import io
import os
import re
import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from skcnn.datasets import _cifar10, fetch_cifar10
from tests.datasets.pretended import files_in

REAL_HOME = Path(os.environ.get("SKCNN_DATA_HOME") or "no data home")
ORIGINAL, JPEGS = "cifar-10-binary.tar.gz", "cifar10-jpeg.zip"
PARTS = ("X_train", "y_train", "X_test", "y_test")
N_IN_BATCH = 4


def made_up():
    """Return images of one colour each, which JPEG files keep almost as they are."""
    rng = np.random.default_rng(0)
    arrays = {}
    for part, n in (("train", 5 * N_IN_BATCH), ("test", N_IN_BATCH)):
        colors = rng.integers(0, 256, (n, 1, 1, 3), dtype=np.uint8)
        arrays[f"X_{part}"] = np.tile(colors, (1, 32, 32, 1))
        arrays[f"X_{part}"][:, :16, :16] //= 2  # so that rows and columns are not the same
        arrays[f"y_{part}"] = rng.permutation(n).astype(np.uint8) % 10
    return arrays


IMAGES = made_up()


def as_original(arrays):
    def batch(X, y):
        planes = X.transpose(0, 3, 1, 2).reshape(len(X), -1)
        return np.column_stack([y, planes]).astype(np.uint8).tobytes()

    names = {"test_batch.bin": slice(0, None)}
    names |= {
        f"data_batch_{i + 1}.bin": slice(i * N_IN_BATCH, (i + 1) * N_IN_BATCH)
        for i in reversed(range(5))  # files of an archive come in any order
    }
    files = {"readme.html": b"<html>", "batches.meta.txt": b"airplane\n"}
    for name, rows in names.items():
        part = "test" if name.startswith("test") else "train"
        files[name] = batch(arrays[f"X_{part}"][rows], arrays[f"y_{part}"][rows])
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for name, body in files.items():
            member = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            member.size = len(body)
            archive.addfile(member, io.BytesIO(body))
    return content.getvalue()


def as_jpegs(arrays):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for part in ("train", "test"):
            labelled = zip(arrays[f"X_{part}"], arrays[f"y_{part}"], strict=True)
            for i, (image, label) in enumerate(labelled):
                file = io.BytesIO()
                Image.fromarray(image).save(file, "JPEG", quality=95)
                name = f"cifar10/{part}/{_cifar10.TARGET_NAMES[label]}/{i:04}.jpg"
                archive.writestr(name, file.getvalue())
    return content.getvalue()


CONTENTS = {ORIGINAL: as_original(IMAGES), JPEGS: as_jpegs(IMAGES)}


@pytest.fixture
def home(monkeypatch, tmp_path, mirrors):
    """Replace CIFAR-10 by a few images, of which a server on this computer has the original."""
    for variable, name in (("ORIGINAL", ORIGINAL), ("JPEGS", JPEGS)):
        archive = getattr(_cifar10, variable)
        sha256 = hashlib.sha256(CONTENTS[name]).hexdigest()
        urls = tuple(f"{url}{name}" for url in mirrors.urls) if archive.urls else ()
        monkeypatch.setattr(_cifar10, variable, replace(archive, sha256=sha256, urls=urls))
    return tmp_path / "home"


def put(folder, *names):
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(CONTENTS[name])


def serve_original(mirrors, body=CONTENTS[ORIGINAL]):
    mirrors.bodies[f"/first/{ORIGINAL}"] = body


def assert_is_original(cifar):
    for part in PARTS:
        np.testing.assert_array_equal(cifar[part], IMAGES[part], strict=True)


@pytest.mark.parametrize("folder", ["", "cifar10"], ids=["itself", "sub-folder"])
def test_reads_the_original_archive(home, mirrors, folder):
    put(home / folder, ORIGINAL)
    cifar = fetch_cifar10(data_home=home)
    assert_is_original(cifar)
    assert mirrors.requests == []
    assert list(cifar) == [*PARTS, "target_names", "source", "DESCR"]
    assert cifar.source == str(home / folder / ORIGINAL)
    assert cifar.target_names == [
        *("airplane", "automobile", "bird", "cat", "deer"),
        *("dog", "frog", "horse", "ship", "truck"),
    ]
    assert "Krizhevsky" in cifar.DESCR
    assert f"the original archive of bytes:\n{cifar.source}" in cifar.DESCR


def test_reads_jpeg_files_with_their_labels_in_an_order_that_stays(home, mirrors):
    put(home, JPEGS)
    cifar = fetch_cifar10(data_home=home)
    assert mirrors.requests == []
    assert cifar.source == str(home / JPEGS)
    assert f"JPEG files, whose pixels differ a little from the original ones:\n{home}" in (
        cifar.DESCR
    )
    for part in ("train", "test"):
        X, y = IMAGES[f"X_{part}"].astype(int), IMAGES[f"y_{part}"]
        received = cifar[f"X_{part}"].astype(int)
        assert received.shape == X.shape
        nearest = [np.abs(X - image).mean(axis=(1, 2, 3)).argmin() for image in received]
        assert sorted(nearest) == list(range(len(X)))
        assert np.abs(X[nearest] - received).mean() < 3
        np.testing.assert_array_equal(cifar[f"y_{part}"], y[nearest], strict=True)
    assert (np.diff(cifar.y_train.astype(int)) < 0).any()  # not a class after the other
    again = fetch_cifar10(data_home=home)
    for part in PARTS:
        np.testing.assert_array_equal(cifar[part], again[part])


def test_the_original_goes_before_jpeg_files(home):
    put(home / "cifar10", JPEGS)
    put(home, ORIGINAL)
    assert_is_original(fetch_cifar10(data_home=home))


def test_arrays_are_ready_for_a_classifier(home):
    put(home, ORIGINAL)
    cifar = fetch_cifar10(data_home=home)
    for part in PARTS:
        assert cifar[part].flags.c_contiguous
        assert cifar[part].flags.writeable


def test_downloads_the_original_once_and_then_reads_it(home, mirrors):
    serve_original(mirrors)
    assert_is_original(fetch_cifar10(data_home=home))
    assert files_in(home) == ["cifar10", f"cifar10/{ORIGINAL}"]
    cifar = fetch_cifar10(data_home=home)
    assert_is_original(cifar)
    assert cifar.source == str(home / "cifar10" / ORIGINAL)
    assert mirrors.requests == [f"/first/{ORIGINAL}"]


def test_the_environment_variable_names_the_home(home, monkeypatch):
    put(home, ORIGINAL)
    monkeypatch.setenv("SKCNN_DATA_HOME", str(home))
    assert_is_original(fetch_cifar10(download_if_missing=False))


def test_missing_archive_says_where_it_was_looked_for_and_what_to_do(home, mirrors):
    with pytest.raises(FileNotFoundError) as caught:
        fetch_cifar10(data_home=home, download_if_missing=False)
    for words in (ORIGINAL, JPEGS, f"in {home / 'cifar10'} or {home}.", "SKCNN_DATA_HOME"):
        assert words in str(caught.value)
    assert mirrors.requests == []
    assert not home.exists()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (CONTENTS[ORIGINAL][:-9], "not all of it: expected SHA-256"),
        (CONTENTS[JPEGS], "this is not CIFAR-10's file cifar-10-binary.tar.gz"),
        (None, "HTTP Error 404"),
    ],
    ids=["cut off", "another file", "not found"],
)
def test_failed_download_names_addresses_and_reasons(home, mirrors, body, reason):
    if body is not None:
        serve_original(mirrors, body)
    with pytest.raises(OSError, match="CIFAR-10 could not be downloaded") as caught:
        fetch_cifar10(data_home=home)
    assert re.search(rf"Tried {mirrors.urls[0]}{ORIGINAL} \(.*{reason}", str(caught.value))
    assert f"into {home / 'cifar10'} by hand" in str(caught.value)
    assert not home.exists()


def test_connection_that_breaks_off_leaves_nothing(home, mirrors):
    serve_original(mirrors)
    mirrors.cut_short = True
    with pytest.raises(OSError, match="IncompleteRead"):
        fetch_cifar10(data_home=home)
    assert not home.exists()


@pytest.mark.parametrize("name", [ORIGINAL, JPEGS])
def test_damaged_archive_is_named_with_the_reason_and_what_to_do(home, mirrors, name):
    put(home, name)
    (home / name).write_bytes(CONTENTS[name][:-1])
    with pytest.raises(ValueError, match=f"Cannot use {home / name}: .*expected SHA-256") as info:
        fetch_cifar10(data_home=home)
    assert "Delete the file and fetch again" in str(info.value)
    assert mirrors.requests == []


@pytest.mark.slow
@pytest.mark.skipif(
    not any((REAL_HOME / name).is_file() for name in (ORIGINAL, JPEGS)),
    reason="SKCNN_DATA_HOME has no archive of CIFAR-10",
)
def test_real_cifar10():
    cifar = fetch_cifar10(data_home=REAL_HOME, download_if_missing=False)
    assert cifar.X_train.shape == (50000, 32, 32, 3)
    assert cifar.X_test.shape == (10000, 32, 32, 3)
    np.testing.assert_array_equal(np.bincount(cifar.y_train), [5000] * 10)
    np.testing.assert_array_equal(np.bincount(cifar.y_test), [1000] * 10)
    by_color = [cifar.X_train[cifar.y_train == i].mean(axis=(0, 1, 2)) for i in range(10)]
    red, _, blue = np.transpose(by_color)
    assert (blue > red)[[0, 8]].all()  # the sky behind airplanes, the sea below ships
    assert (red > blue)[[3, 4, 5, 6]].all()  # fur, woods and ponds


def test_addresses_are_those_of_the_author():
    assert _cifar10.ORIGINAL.urls == ("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",)
    assert _cifar10.JPEGS.urls == ()
    for archive in (_cifar10.ORIGINAL, _cifar10.JPEGS):
        assert re.fullmatch("[0-9a-f]{64}", archive.sha256)
