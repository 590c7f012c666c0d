"""Files of data sets: found on this computer or downloaded, and checked at every use."""

from __future__ import annotations

import gzip
import hashlib
import logging
import os
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from io import BytesIO
from pathlib import Path
from urllib.request import urlopen
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import Bunch

from skcnn.datasets._idx import parse_idx, to_idx

_logger = logging.getLogger(__name__)

_TIMEOUT_SECONDS = 30.0
_DAMAGE = (
    gzip.BadGzipFile,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    KeyError,
    RuntimeError,
    ValueError,
)

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
    home = _resolve_data_home(data_home)
    folders = (home / dataset.folder, home)
    paths = {part: _find(dataset, part, folders) for part in _IDX_NAMES}
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


def _resolve_data_home(data_home: str | os.PathLike[str] | None) -> Path:
    if data_home is None:
        # sklearn.datasets.get_data_home would create the folder, even if only to look into it.
        data_home = (
            os.environ.get("SKCNN_DATA_HOME")
            or os.environ.get("SCIKIT_LEARN_DATA")
            or "~/scikit_learn_data"
        )
    home = Path(data_home).expanduser()
    if home.exists() and not home.is_dir():
        raise NotADirectoryError(f"Expected the data home to be a folder, received a file: {home}")
    return home


def _find(dataset: IdxDataset, part: str, folders: tuple[Path, ...]) -> Path | None:
    name = _IDX_NAMES[part]
    dotted = name.replace("-idx", ".idx")
    names = (name, f"{name}.gz", dotted, f"{dotted}.gz", f"{dataset.folder}.npz")
    candidates = (folder / name for folder in folders for name in names)
    return next((path for path in candidates if path.is_file()), None)


def _load(dataset: IdxDataset, part: str, path: Path) -> NDArray[np.uint8]:
    try:
        return _verify(dataset, part, _unpack(path, part))
    except _DAMAGE as error:
        raise ValueError(
            f"Cannot use {path}: {error}. Delete the file and fetch again, or get it anew; if "
            f"it belongs to another data set, keep it and point data_home at another folder."
        ) from error


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
    failures = []
    for mirror in dataset.mirrors:
        url = f"{mirror}{_IDX_NAMES[part]}.gz"
        _logger.info("Downloading %s to %s", url, folder)
        try:
            with urlopen(url, timeout=_TIMEOUT_SECONDS) as response:
                body = response.read()
            array = _verify(dataset, part, gzip.decompress(body))
        except (OSError, HTTPException, *_DAMAGE) as error:
            failures.append(f"{url} ({error})")
            continue
        _write_atomically(folder / f"{_IDX_NAMES[part]}.gz", body)
        return array
    raise OSError(
        f"{dataset.title} could not be downloaded. Tried {' and '.join(failures)}. Try again "
        f"later, or {_by_hand(dataset, folder)}"
    )


def _write_atomically(path: Path, content: bytes) -> None:
    partial = path.with_name(f".{path.name}.{uuid4().hex}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            partial.write_bytes(content)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise OSError(
            f"Cannot write {path} ({error}). Point data_home or the environment variable "
            f"SKCNN_DATA_HOME at a folder that can be written to."
        ) from error


def _by_hand(dataset: IdxDataset, folder: Path) -> str:
    return (
        f"put {', '.join(_IDX_NAMES.values())} (each gzipped or not) or {dataset.folder}.npz into "
        f"{folder} by hand, or point data_home or the environment variable SKCNN_DATA_HOME at "
        f"the folder that holds them."
    )
