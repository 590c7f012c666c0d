"""MNIST and Fashion-MNIST: what they are and where they are had from."""

from __future__ import annotations

import os

from sklearn.utils import Bunch

from skcnn.datasets._idx_files import IdxDataset, fetch

MNIST = IdxDataset(
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
    target_names=tuple("0123456789"),
    description="""\
MNIST: handwritten digits

70,000 grey images of 28 x 28 pixels, each a handwritten digit from 0 to 9, centred by its
centre of mass: 60,000 for training and 10,000 for testing, by different writers. Pixels run
from 0 (paper) to 255 (ink).

Source: Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to
document recognition", Proceedings of the IEEE 86(11), 2278-2324, 1998.
""",
)

FASHION_MNIST = IdxDataset(
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


def fetch_mnist(
    *, data_home: str | os.PathLike[str] | None = None, download_if_missing: bool = True
) -> Bunch:
    """Load MNIST, the handwritten digits, and download it the first time.

    The data home is ``data_home``, else the environment variable ``SKCNN_DATA_HOME``, else
    scikit-learn's data home.  Its sub-folder ``mnist``, then the folder itself, are searched
    for the four IDX files, gzipped or not, and for Keras' ``mnist.npz``.  Files which are in
    neither are downloaded to the sub-folder.  The content of every file is checked against its
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
    return fetch(MNIST, data_home, download_if_missing)


def fetch_fashion_mnist(
    *, data_home: str | os.PathLike[str] | None = None, download_if_missing: bool = True
) -> Bunch:
    """Load Fashion-MNIST, images of clothing, and download it the first time.

    It has the shape of MNIST and is harder to classify.  The files are looked for as in
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
        Dictionary-like object with the attributes of :func:`fetch_mnist`'s: ``X_train`` and
        ``X_test``, uint8 images of shape (60000, 28, 28) and (10000, 28, 28), 0 (background) to
        255; ``y_train`` and ``y_test``, uint8 indices into ``target_names``, of shape (60000,) and
        (10000,); ``target_names``, ``"T-shirt/top"`` to ``"Ankle boot"``; and ``DESCR``.

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
    return fetch(FASHION_MNIST, data_home, download_if_missing)
