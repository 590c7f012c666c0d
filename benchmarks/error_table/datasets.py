"""The data sets of the table, and the errors that others have published on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from sklearn.utils import Bunch

_DEBIAN_FASHION_MNIST = Path("/usr/share/datasets/fashion-mnist")


class Published(NamedTuple):
    """A test error in the literature: what had it, and the error, from 0 to 1."""

    classifier: str
    error: float


@dataclass(frozen=True)
class Dataset:
    """A data set with a test set of its own.

    Attributes
    ----------
    name, title : str
        On the command line, and on the page.
    load : callable
        A function of a module; returns a Bunch with X_train, y_train, X_test and y_test.
    seeds : tuple of int
        One run of each network a seed.
    published : mapping of str to Published
        By the name of the classifier beside which it stands.
    at_most : mapping of str to int
        Training images of classifiers that would take hours for all of them, by their names.
    left_out : tuple of str
        Classifiers that are made for other images.
    """

    name: str
    title: str
    load: Callable[[], Bunch]
    seeds: tuple[int, ...]
    published: Mapping[str, Published] = field(default_factory=dict)
    at_most: Mapping[str, int] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()


def load_mnist() -> Bunch:
    """Load MNIST."""
    from skcnn import fetch_mnist

    return fetch_mnist()


def load_fashion_mnist() -> Bunch:
    """Load Fashion-MNIST: the files of Debian's package dataset-fashion-mnist where installed."""
    from skcnn import fetch_fashion_mnist

    installed = _DEBIAN_FASHION_MNIST.is_dir()
    return fetch_fashion_mnist(data_home=_DEBIAN_FASHION_MNIST if installed else None)


def load_cifar10() -> Bunch:
    """Load CIFAR-10."""
    from skcnn import fetch_cifar10

    return fetch_cifar10()


# Errors without deskewing and without distorted copies of the training images.  The one of the
# SVM is not in the paper: it stands, without a source, on the web page of the MNIST database.
PUBLISHED_ON_MNIST = {
    "logistic-regression": Published("linear classifier", 0.12),
    "k-nn": Published("k-NN, Euclidean", 0.05),
    "svm": Published("SVM, Gaussian kernel\\*", 0.014),
    "mlp": Published("300 hidden units", 0.047),
    "lenet5": Published("LeNet-5", 0.0095),
}

_SEEDS = (0, 1, 2)
_GREY = ("photos", "photos-wide")  # which are not mirrored

DATASETS = (
    Dataset("mnist", "MNIST", load_mnist, _SEEDS, PUBLISHED_ON_MNIST, left_out=_GREY),
    Dataset("fashion", "Fashion-MNIST", load_fashion_mnist, _SEEDS, left_out=_GREY),
    Dataset("cifar10", "CIFAR-10", load_cifar10, _SEEDS, at_most={"svm": 5000}),
)
