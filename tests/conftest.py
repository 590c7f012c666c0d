import os

import numpy as np
import pytest

from skcnn import load_digit_images

os.environ.setdefault("MPLBACKEND", "agg")


@pytest.fixture(scope="session")
def digits():
    """Return 400 digits as uint8 images and their labels, all ten classes."""
    images, labels = load_digit_images(return_X_y=True)
    return images[:400], labels[:400]


@pytest.fixture(scope="session")
def scaled_digits(digits):
    images, labels = digits
    return (images / 255).astype(np.float32), labels
