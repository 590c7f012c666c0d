"""Data sets of small grey images, ready for the classifiers."""

from __future__ import annotations

import gzip
import hashlib
import logging
import math
import os
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from io import BytesIO
from pathlib import Path
from typing import Literal, overload
from urllib.request import urlopen
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.utils import Bunch

__all__ = ["fetch_fashion_mnist", "fetch_mnist", "load_digit_images"]

_logger = logging.getLogger(__name__)

_DIGITS = tuple("0123456789")
_TIMEOUT_SECONDS = 30.0
_UNSIGNED_BYTE = 0x08
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
class _ImageDataset:
    """A data set published as four IDX files, with the SHA-256 of each when unpacked."""

    title: str
    folder: str
    sha256: Mapping[str, str]
    mirrors: tuple[str, ...]
    target_names: tuple[str, ...]
    description: str


_MNIST = _ImageDataset(
    title="MNIST",
    folder="mnist",
    sha256={
        "X_train": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "y_train": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "X_test": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "y_test": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    },
    mirrors=(
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
    ),
    target_names=_DIGITS,
    description="""\
MNIST: handwritten digits

70,000 grey images of 28 x 28 pixels, each a handwritten digit from 0 to 9, centred by its
centre of mass: 60,000 for training and 10,000 for testing, by different writers. Pixels run
from 0 (paper) to 255 (ink).

Source: Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to
document recognition", Proceedings of the IEEE 86(11), 2278-2324, 1998.
""",
)

_FASHION_MNIST = _ImageDataset(
    title="Fashion-MNIST",
    folder="fashion-mnist",
    sha256={
        "X_train": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "y_train": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "X_test": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "y_test": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    },
    mirrors=(
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    ),
    target_names=(
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    description="""\
Fashion-MNIST: articles of clothing

70,000 grey images of 28 x 28 pixels, each an article of Zalando's shop from one of ten
classes: 60,000 for training and 10,000 for testing, equally many of each class. Pixels run
from 0 (background) to 255. The files have the names and the format of MNIST's.

Source: H. Xiao, K. Rasul and R. Vollgraf, "Fashion-MNIST: a Novel Image Dataset for
Benchmarking Machine Learning Algorithms", arXiv:1708.07747, 2017.
""",
)


@overload
def load_digit_images(*, return_X_y: Literal[False] = False) -> Bunch: ...


@overload
def load_digit_images(
    *, return_X_y: Literal[True]
) -> tuple[NDArray[np.uint8], NDArray[np.int_]]: ...


def load_digit_images(
    *, return_X_y: bool = False
) -> Bunch | tuple[NDArray[np.uint8], NDArray[np.int_]]:
    """Load scikit-learn's handwritten digits as ordinary grey images.

    :func:`sklearn.datasets.load_digits` gives its pixels as floats from 0 to 16. Here they
    are bytes from 0 (paper) to 255 (ink), as in MNIST and in image files, so that the same
    scaling by 255 serves all of them: grey level ``g`` becomes ``g * 255 / 16``, rounded to
    the nearest integer (8, the only tie, becomes 128). No two grey levels become one, and
    ``rint(images * 16 / 255)`` gives the original values back.

    Parameters
    ----------
    return_X_y : bool, default=False
        If True, return ``(images, target)`` instead of a Bunch.

    Returns
    -------
    digits : :class:`~sklearn.utils.Bunch`
        Dictionary-like object with the attributes:

        images : ndarray of shape (1797, 8, 8), dtype uint8
            The images, 0 to 255.
        data : ndarray of shape (1797, 64), dtype uint8
            The same pixels, one flattened image a row; a view of `images`.
        target : ndarray of shape (1797,), dtype int
            The digit of each image.
        target_names : list of str
            ``"0"`` to ``"9"``.
        DESCR : str
            scikit-learn's description of the data, and what was changed.

    (images, target) : tuple, if ``return_X_y=True``
        The images of shape (1797, 8, 8), not flattened, and the digit of each.

    References
    ----------
    E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine
    Learning Repository, 1998.

    Examples
    --------
    >>> from skcnn.datasets import load_digit_images
    >>> digits = load_digit_images()
    >>> digits.images.shape, digits.images.max()
    ((1797, 8, 8), np.uint8(255))
    """
    digits = load_digits()
    images = np.rint(digits.images * 255 / 16).astype(np.uint8)
    if return_X_y:
        return images, digits.target
    return Bunch(
        images=images,
        data=images.reshape(len(images), -1),
        target=digits.target,
        target_names=list(_DIGITS),
        DESCR=f"{digits.DESCR}\nHere the grey levels 0 to 16 are rescaled to 0 to 255.\n",
    )


def fetch_mnist(
    *, data_home: str | os.PathLike[str] | None = None, download_if_missing: bool = True
) -> Bunch:
    """Load MNIST, the handwritten digits, and download it the first time.

    The data home is `data_home`, else the environment variable ``SKCNN_DATA_HOME``, else
    scikit-learn's data home. Its sub-folder ``mnist``, then the folder itself, are searched
    for the four IDX files, gzipped or not, and for Keras' ``mnist.npz``. Files which are in
    neither are downloaded to the sub-folder. The content of every file is checked against its
    SHA-256 at every call.

    Parameters
    ----------
    data_home : str or path-like, default=None
        The folder to look in and to download to.
    download_if_missing : bool, default=True
        If False, raise FileNotFoundError instead of downloading.

    Returns
    -------
    mnist : :class:`~sklearn.utils.Bunch`
        Dictionary-like object with the attributes:

        X_train, X_test : ndarray of shape (60000, 28, 28) and (10000, 28, 28), dtype uint8
            The images, 0 (paper) to 255 (ink).
        y_train, y_test : ndarray of shape (60000,) and (10000,), dtype uint8
            The digit of each image.
        target_names : list of str
            ``"0"`` to ``"9"``.
        DESCR : str
            A description of the data.

    Raises
    ------
    FileNotFoundError
        If a file is missing and ``download_if_missing=False``.
    OSError
        If no mirror gives a missing file, or the data home is no folder or not writable.
    ValueError
        If a file that was found is damaged or is not MNIST's.

    References
    ----------
    Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to document
    recognition", Proceedings of the IEEE 86(11), 2278-2324, 1998.
    """
    return _fetch(_MNIST, data_home, download_if_missing)


def fetch_fashion_mnist(
    *, data_home: str | os.PathLike[str] | None = None, download_if_missing: bool = True
) -> Bunch:
    """Load Fashion-MNIST, images of clothing, and download it the first time.

    It has the shape of MNIST and is harder to classify. The files are looked for as in
    :func:`fetch_mnist`, in the data home's sub-folder ``fashion-mnist`` and in the data home
    itself; the archive is named ``fashion-mnist.npz``.

    Parameters
    ----------
    data_home : str or path-like, default=None
        The folder to look in and to download to.
    download_if_missing : bool, default=True
        If False, raise FileNotFoundError instead of downloading.

    Returns
    -------
    fashion_mnist : :class:`~sklearn.utils.Bunch`
        Dictionary-like object with the attributes of :func:`fetch_mnist`'s: `X_train` and
        `X_test`, uint8 images of shape (60000, 28, 28) and (10000, 28, 28), 0 (background) to
        255; `y_train` and `y_test`, uint8 indices into `target_names`, of shape (60000,) and
        (10000,); `target_names`, ``"T-shirt/top"`` to ``"Ankle boot"``; and `DESCR`.

    Raises
    ------
    OSError
        If files are missing and cannot or shall not be downloaded, as in :func:`fetch_mnist`.
    ValueError
        If a file that was found is damaged or is not Fashion-MNIST's.

    References
    ----------
    H. Xiao, K. Rasul and R. Vollgraf, "Fashion-MNIST: a Novel Image Dataset for Benchmarking
    Machine Learning Algorithms", arXiv:1708.07747, 2017.
    """
    return _fetch(_FASHION_MNIST, data_home, download_if_missing)


def _fetch(
    dataset: _ImageDataset, data_home: str | os.PathLike[str] | None, download_if_missing: bool
) -> Bunch:
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


def _find(dataset: _ImageDataset, part: str, folders: tuple[Path, ...]) -> Path | None:
    name = _IDX_NAMES[part]
    dotted = name.replace("-idx", ".idx")
    names = (name, f"{name}.gz", dotted, f"{dotted}.gz", f"{dataset.folder}.npz")
    candidates = (folder / name for folder in folders for name in names)
    return next((path for path in candidates if path.is_file()), None)


def _load(dataset: _ImageDataset, part: str, path: Path) -> NDArray[np.uint8]:
    try:
        return _verify(dataset, part, _unpack(path, part))
    except _DAMAGE as error:
        raise ValueError(
            f"Cannot use {path}: {error}. Delete the file and fetch again, or get it anew; if "
            f"it belongs to another data set, keep it and point data_home at another folder."
        ) from error


def _unpack(path: Path, part: str) -> bytes:
    """Return the content of the IDX file which `path` is, compresses or is equivalent to."""
    content = path.read_bytes()
    if path.suffix == ".npz":
        member = zipfile.ZipFile(BytesIO(content)).read(f"{part.lower()}.npy")
        return _to_idx(np.lib.format.read_array(BytesIO(member), allow_pickle=False))
    return gzip.decompress(content) if path.suffix == ".gz" else content


def _to_idx(array: NDArray[np.uint8]) -> bytes:
    if array.dtype != np.uint8:
        raise ValueError(f"expected an array of uint8, received {array.dtype}")
    header = struct.pack(f">HBB{array.ndim}I", 0, _UNSIGNED_BYTE, array.ndim, *array.shape)
    return header + array.tobytes()


def _parse_idx(content: bytes, n_dims: int) -> NDArray[np.uint8]:
    """Return the array of unsigned bytes that an unpacked IDX file holds."""
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
    # The buffer of `bytes` is read-only, and users write into their arrays.
    return np.frombuffer(content, np.uint8, offset=header_size).reshape(shape).copy()


def _verify(dataset: _ImageDataset, part: str, content: bytes) -> NDArray[np.uint8]:
    array = _parse_idx(content, n_dims=3 if part.startswith("X") else 1)
    received = hashlib.sha256(content).hexdigest()
    if received != dataset.sha256[part]:
        raise ValueError(
            f"this is not {dataset.title}'s file {_IDX_NAMES[part]}: expected unpacked content "
            f"with SHA-256 {dataset.sha256[part]}, received {received}"
        )
    return array


def _download(dataset: _ImageDataset, part: str, folder: Path) -> NDArray[np.uint8]:
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


def _by_hand(dataset: _ImageDataset, folder: Path) -> str:
    return (
        f"put {', '.join(_IDX_NAMES.values())} (each gzipped or not) or {dataset.folder}.npz into "
        f"{folder} by hand, or point data_home or the environment variable SKCNN_DATA_HOME at "
        f"the folder that holds them."
    )
