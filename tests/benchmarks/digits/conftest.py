from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from benchmarks.digits.crops import Digits
from skcnn import DigitNormalizer, load_digit_images


@pytest.fixture(scope="session")
def digits():
    """Return scikit-learn's digits in the form of MNIST's."""
    X, y = load_digit_images(return_X_y=True)
    larger = [np.asarray(Image.fromarray(np.pad(x, 1)).resize((40, 40))) for x in X[:200]]
    images = DigitNormalizer(ink="light").fit_transform(np.array(larger))
    return Digits(images, y[:200].astype(np.uint8))
