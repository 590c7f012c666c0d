"""Data sets that are published as four IDX files, as MNIST is."""

from __future__ import annotations

import gzip
import hashlib
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import Bunch

from skcnn.datasets._fetching import download, first_file, read_file, resolve_data_home
from skcnn.datasets._idx import parse_idx, to_idx

_IDX_NAMES = {
    "X_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "X_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}


@dataclass(frozen=True)
class IdxDataset:
    """A data set published as four IDX files, or as Keras' archive of them.

    Attributes
    ----------
    title : str
        Its name, for messages.
    folder : str
        Sub-folder of the data home; the archive is named after it.
    sha256 : mapping of str to str
        Of the unpacked content, by part: ``X_train``, ``y_train``, ``X_test`` and ``y_test``.
    mirrors : tuple of str
        Addresses of folders that hold the files, gzipped, tried in this order.
    target_names : tuple of str
        What each label stands for.
    description : str
        For ``DESCR``.
    """

    title: str
    folder: str
    sha256: Mapping[str, str]
    mirrors: tuple[str, ...]
    target_names: tuple[str, ...]
    description: str


def fetch(
    dataset: IdxDataset, data_home: str | os.PathLike[str] | None, download_if_missing: bool
) -> Bunch:
    """Return a data set's arrays, read from files that are there or downloaded.

    Raises
    ------
    FileNotFoundError
        If a file is missing and ``download_if_missing`` is False.
    OSError
        If no mirror gives a missing file, or the data home is no folder or not writable.
    ValueError
        If a file that was found is damaged or belongs to another data set.
    """
    home = resolve_data_home(data_home)
    folders = (home / dataset.folder, home)
    paths = {part: first_file(folders, _names(dataset, part)) for part in _IDX_NAMES}
    missing = [part for part, path in paths.items() if path is None]
    if missing and not download_if_missing:
        raise FileNotFoundError(
            f"{dataset.title} is not complete: found no "
            f"{', '.join(_IDX_NAMES[part] for part in missing)} in {folders[0]} or {folders[1]}. "
            f"Fetch with download_if_missing=True, or {_by_hand(dataset, folders[0])}"
        )
    arrays = {part: _load(dataset, part, path) for part, path in paths.items() if path}
    arrays |= {part: _download(dataset, part, folders[0]) for part in missing}
    return Bunch(
        **{part: arrays[part] for part in _IDX_NAMES},
        target_names=list(dataset.target_names),
        DESCR=dataset.description,
    )


def _names(dataset: IdxDataset, part: str) -> tuple[str, ...]:
    """Return the names that the file with a part may have."""
    name = _IDX_NAMES[part]
    dotted = name.replace("-idx", ".idx")
    return name, f"{name}.gz", dotted, f"{dotted}.gz", f"{dataset.folder}.npz"


def _load(dataset: IdxDataset, part: str, path: Path) -> NDArray[np.uint8]:
    return read_file(path, lambda path: _verify(dataset, part, _unpack(path, part)))


def _unpack(path: Path, part: str) -> bytes:
    """Return the content of the IDX file which ``path`` is, compresses or is equivalent to."""
    if path.suffix == ".npz":
        with zipfile.ZipFile(path) as archive:
            member = archive.read(f"{part.lower()}.npy")
        return to_idx(np.lib.format.read_array(BytesIO(member), allow_pickle=False))
    with gzip.open(path) if path.suffix == ".gz" else open(path, "rb") as file:
        return file.read()


def _verify(dataset: IdxDataset, part: str, content: bytes) -> NDArray[np.uint8]:
    array = parse_idx(content, n_dims=3 if part.startswith("X") else 1)
    received = hashlib.sha256(content).hexdigest()
    if received != dataset.sha256[part]:
        raise ValueError(
            f"this is not {dataset.title}'s file {_IDX_NAMES[part]}: expected unpacked content "
            f"with SHA-256 {dataset.sha256[part]}, received {received}"
        )
    return array


def _download(dataset: IdxDataset, part: str, folder: Path) -> NDArray[np.uint8]:
    name = f"{_IDX_NAMES[part]}.gz"
    return download(
        dataset.title,
        [f"{mirror}{name}" for mirror in dataset.mirrors],
        folder / name,
        lambda content: _verify(dataset, part, gzip.decompress(content)),
        _by_hand(dataset, folder),
    )


def _by_hand(dataset: IdxDataset, folder: Path) -> str:
    return (
        f"put {', '.join(_IDX_NAMES.values())} (each gzipped or not) or {dataset.folder}.npz into "
        f"{folder} by hand, or point data_home or the environment variable SKCNN_DATA_HOME at "
        f"the folder that holds them."
    )
