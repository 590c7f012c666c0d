"""Data sets of small images, ready for the classifiers, and folders of pictures."""

from skcnn.datasets._cifar10 import fetch_cifar10
from skcnn.datasets._digits import load_digit_images
from skcnn.datasets._folders import load_image_folder
from skcnn.datasets._mnist import fetch_fashion_mnist, fetch_mnist

__all__ = [
    "fetch_cifar10",
    "fetch_fashion_mnist",
    "fetch_mnist",
    "load_digit_images",
    "load_image_folder",
]
