"""Data sets of small grey images, ready for the classifiers."""

from skcnn.datasets._all import fetch_fashion_mnist, fetch_mnist, load_digit_images

__all__ = ["fetch_fashion_mnist", "fetch_mnist", "load_digit_images"]
