import numpy as np
import pytest
from PIL import Image

from benchmarks.notes.composing import Composer
from skcnn import load_digit_images


@pytest.fixture(scope="session")
def composer():
    """Return a composer with scikit-learn's digits in the form of MNIST's."""
    images, labels = load_digit_images(return_X_y=True)
    large = np.zeros((200, 28, 28), np.uint8)
    for place, image in zip(large, images, strict=False):
        picture = Image.fromarray(image).resize((20, 20), Image.Resampling.BICUBIC)
        place[4:24, 4:24] = np.asarray(picture)
    return Composer(large, labels[:200])
