"""CIFAR-10: the original archive of bytes, or the same pictures as JPEG files."""

from __future__ import annotations

import functools
import hashlib
import os
import re
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sklearn.utils import Bunch

from skcnn._progress import Progress
from skcnn.datasets._fetching import download, first_file, read_file, resolve_data_home

Arrays = dict[str, NDArray[np.uint8]]

_FOLDER = "cifar10"
_SHAPE = (32, 32, 3)
_RECORD_BYTES = 1 + 32 * 32 * 3
_MEMBERS = {"train": r"data_batch_\d\.bin", "test": r"test_batch\.bin"}
_PICTURE = re.compile(r"(?:.*/)?(train|test)/([a-z]+)/[^/]+\.jpg")


@dataclass(frozen=True)
class PictureArchive:
    """One file with all pictures of a data set.

    Attributes
    ----------
    name : str
        Its name.
    sha256 : str
        Of the whole file.
    urls : tuple of str
        Where it is downloaded from; empty where it is only read.
    contents : str
        What it holds, for ``DESCR``.
    """

    name: str
    sha256: str
    urls: tuple[str, ...]
    contents: str


ORIGINAL = PictureArchive(
    name="cifar-10-binary.tar.gz",
    sha256="c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
    urls=("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",),
    contents="the original archive of bytes",
)
JPEGS = PictureArchive(
    name="cifar10-jpeg.zip",
    sha256="d35652e4d0f7a44564a81316832e3ffeae1c7c35fc78eaeb5da8ac9175494fdd",
    urls=(),
    contents="JPEG files, whose pixels differ a little from the original ones",
)

TARGET_NAMES = (
    *("airplane", "automobile", "bird", "cat", "deer"),
    *("dog", "frog", "horse", "ship", "truck"),
)
DESCRIPTION = """\
CIFAR-10: small colour photographs

60,000 colour images of 32 x 32 pixels, each of one of ten classes: 50,000 for training and
10,000 for testing, equally many of each class. Pixels run from 0 to 255.

Read from {contents}:
{path}

Source: A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", technical report,
University of Toronto, 2009.
"""


def fetch_cifar10(
    *, data_home: str | os.PathLike[str] | None = None, download_if_missing: bool = True
) -> Bunch:
    """Load CIFAR-10, small colour photographs, and download it the first time.

    The data home is that of :func:`fetch_mnist`.  Its sub-folder ``cifar10``, then the folder
    itself, are searched for the original binary archive, ``cifar-10-binary.tar.gz``, and after
    that for the same pictures as JPEG files, ``cifar10-jpeg.zip``.  If neither is there, the
    original archive, 170 MB, is downloaded to the sub-folder.  The file is checked against its
    SHA-256 at every call.  Python's pickled version of the data is never read.

    Parameters
    ----------
    data_home : str or path-like, default=None
        The folder to look in and to download to.
    download_if_missing : bool, default=True
        If False, raise FileNotFoundError instead of downloading.

    Returns
    -------
    cifar10 : :class:`~sklearn.utils.Bunch`
        Dictionary-like object with the attributes:

        X_train, X_test : ndarray of shape (50000, 32, 32, 3) and (10000, 32, 32, 3), dtype uint8
            The images, in red, green and blue, 0 to 255.  From the original archive they come in
            its order; from JPEG files, which lie in a folder for each class, in one that is drawn
            once and for all, so that any part of the images holds all classes.
        y_train, y_test : ndarray of shape (50000,) and (10000,), dtype uint8
            The class of each image, as an index into ``target_names``.
        target_names : list of str
            ``"airplane"`` to ``"truck"``.
        source : str
            Path of the file that was read.
        DESCR : str
            A description of the data, and of the file that was read.

    Raises
    ------
    FileNotFoundError
        If there is no file and ``download_if_missing=False``.
    OSError
        If the archive cannot be downloaded, or the data home is no folder or not writable.
    ValueError
        If a file that was found is damaged or is not CIFAR-10's.

    References
    ----------
    A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", technical report,
    University of Toronto, 2009.
    """
    home = resolve_data_home(data_home)
    folders = (home / _FOLDER, home)
    for archive, read in ((ORIGINAL, _original), (JPEGS, _jpegs)):
        path = first_file(folders, [archive.name])
        if path:
            return _bunch(read_file(path, functools.partial(_read, archive, read)), path, archive)
    path = folders[0] / ORIGINAL.name
    by_hand = (
        f"put {ORIGINAL.name} or {JPEGS.name} into {folders[0]} by hand, or point data_home or "
        "the environment variable SKCNN_DATA_HOME at the folder that holds one of them."
    )
    if not download_if_missing:
        raise FileNotFoundError(
            f"CIFAR-10 is missing: found no {ORIGINAL.name} and no {JPEGS.name} in {folders[0]} "
            f"or {folders[1]}. Fetch with download_if_missing=True, or {by_hand}"
        )
    arrays = download(
        "CIFAR-10",
        ORIGINAL.urls,
        path,
        lambda content: _original(_verified(content, ORIGINAL)),
        by_hand,
    )
    return _bunch(arrays, path, ORIGINAL)


def _bunch(arrays: Arrays, path: Path, archive: PictureArchive) -> Bunch:
    return Bunch(
        **arrays,
        target_names=list(TARGET_NAMES),
        source=os.fspath(path),
        DESCR=DESCRIPTION.format(path=path, contents=archive.contents),
    )


def _read(archive: PictureArchive, read: Callable[[bytes], Arrays], path: Path) -> Arrays:
    return read(_verified(path.read_bytes(), archive))


def _verified(content: bytes, archive: PictureArchive) -> bytes:
    received = hashlib.sha256(content).hexdigest()
    if received != archive.sha256:
        raise ValueError(
            f"this is not CIFAR-10's file {archive.name}, or not all of it: expected "
            f"SHA-256 {archive.sha256}, received {received} of {len(content):,} bytes"
        )
    return content


def _original(content: bytes) -> Arrays:
    """Return what the archive of bytes holds: records of a label and three planes of colour."""
    records: dict[str, dict[str, bytes]] = {part: {} for part in _MEMBERS}
    with tarfile.open(fileobj=BytesIO(content), mode="r:gz") as archive:
        for member in archive:
            name = Path(member.name).name
            for part, pattern in _MEMBERS.items():
                file = archive.extractfile(member) if re.fullmatch(pattern, name) else None
                if file is not None:
                    records[part][name] = file.read()
    return _by_part({part: _images(records[part]) for part in records})


def _images(batches: Mapping[str, bytes]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    rows = np.concatenate(
        [np.frombuffer(batches[name], np.uint8) for name in sorted(batches)]
    ).reshape(-1, _RECORD_BYTES)
    planes = rows[:, 1:].reshape(-1, 3, *_SHAPE[:2])
    return np.ascontiguousarray(planes.transpose(0, 2, 3, 1)), rows[:, 0].copy()


def _jpegs(content: bytes) -> Arrays:
    """Return what the archive of JPEG files holds, in an order that is always the same."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        files: dict[str, list[tuple[str, str]]] = {part: [] for part in _MEMBERS}
        for name in sorted(archive.namelist()):
            if match := _PICTURE.fullmatch(name):
                files[match[1]].append((name, match[2]))
        return _by_part({part: _decoded(archive, files[part]) for part in files})


def _decoded(
    archive: zipfile.ZipFile, files: list[tuple[str, str]]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    order = np.random.default_rng(0).permutation(len(files))
    names = [files[i][0] for i in order]
    labels = [TARGET_NAMES.index(files[i][1]) for i in order]
    images = np.empty((len(files), *_SHAPE), np.uint8)
    with Progress("Reading pictures", len(names)) as progress:
        for row, name in enumerate(names):  # threads would take turns: the pictures are small
            with Image.open(BytesIO(archive.read(name))) as picture:
                images[row] = np.asarray(picture.convert("RGB"))
            progress.advance()
    return images, np.array(labels, np.uint8)


def _by_part(parts: Mapping[str, tuple[NDArray[np.uint8], NDArray[np.uint8]]]) -> Arrays:
    return {
        f"{name}_{part}": array
        for part, pair in parts.items()
        for name, array in zip(("X", "y"), pair, strict=True)
    }
