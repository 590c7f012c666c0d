"""Files of data sets: found on this computer or downloaded whole, and checked at every use."""

from __future__ import annotations

import gzip
import logging
import os
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Sequence
from http.client import HTTPException, IncompleteRead
from pathlib import Path
from typing import TypeVar
from urllib.request import urlopen

from skcnn._progress import Progress
from skcnn._whole_files import write_whole

_T = TypeVar("_T")

_logger = logging.getLogger(__name__)

_TIMEOUT_SECONDS = 30.0
_PART_BYTES = 2**20
_DAMAGE = (
    gzip.BadGzipFile,
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    KeyError,
    RuntimeError,
    ValueError,
)


def resolve_data_home(data_home: str | os.PathLike[str] | None) -> Path:
    """Return the folder of data sets that is meant; it may not exist yet.

    Raises
    ------
    NotADirectoryError
        If it is a file.
    """
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


def first_file(folders: Sequence[Path], names: Sequence[str]) -> Path | None:
    """Return the first file of one of these names in the first folder that has any."""
    candidates = (folder / name for folder in folders for name in names)
    return next((path for path in candidates if path.is_file()), None)


def read_file(path: Path, read: Callable[[Path], _T]) -> _T:
    """Return what a function reads from a file, and name the file where that is damaged.

    Raises
    ------
    ValueError
        If the file is damaged, or not the one that was looked for.
    """
    try:
        return read(path)
    except _DAMAGE as error:
        raise ValueError(
            f"Cannot use {path}: {error}. Delete the file and fetch again, or get it anew; if "
            f"it belongs to another data set, keep it and point data_home at another folder."
        ) from error


def download(
    title: str, urls: Sequence[str], path: Path, read: Callable[[bytes], _T], by_hand: str
) -> _T:
    """Return what a function reads from a file that is downloaded, and keep the file.

    Parameters
    ----------
    title : str
        What the file belongs to, for messages.
    urls : sequence of str
        Where it is, tried in this order.
    path : Path
        Where it is kept, once it has been read without an error.
    read : callable
        Checks and reads the content.
    by_hand : str
        What to do where no address helps, for the message.

    Raises
    ------
    OSError
        If no address gives the file, or it cannot be written.
    """
    failures = []
    for url in urls:
        _logger.info("Downloading %s to %s", url, path.parent)
        try:
            content = _received(url, title)
            result = read(content)
        except (OSError, HTTPException, *_DAMAGE) as error:
            failures.append(f"{url} ({error})")
            continue
        _keep(path, content)
        return result
    raise OSError(
        f"{title} could not be downloaded. Tried {' and '.join(failures)}. Try again later, or "
        f"{by_hand}"
    )


def _received(url: str, title: str) -> bytes:
    with urlopen(url, timeout=_TIMEOUT_SECONDS) as response:
        n_bytes = int(response.headers.get("Content-Length") or 0)
        content = bytearray()
        with Progress(f"Downloading {title}", -(-n_bytes // _PART_BYTES)) as progress:
            while part := response.read(_PART_BYTES):
                content += part
                progress.advance()
    if len(content) < n_bytes:
        raise IncompleteRead(bytes(content), n_bytes - len(content))
    return bytes(content)


def _keep(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)
    except OSError as error:
        raise OSError(
            f"Cannot write {path} ({error}). Point data_home or the environment variable "
            f"SKCNN_DATA_HOME at a folder that can be written to."
        ) from error
