"""A reader whose classifier has learned scikit-learn's digits in MNIST's form."""

import numpy as np
import pytest
from scipy.ndimage import rotate
from sklearn.ensemble import ExtraTreesClassifier

from skcnn._digit_form import normal_digit
from skcnn.reading import NoteReader
from tests.reading.notes import eight_by_eight, ink_of


@pytest.fixture(scope="session")
def classifier():
    digits = eight_by_eight()
    rows, labels = [], []
    for angle, thickness in ((0, 0.35), (0, 0.5), (0, 0.65), (-6, 0.5), (6, 0.5)):
        for pixels, label in zip(digits.images, digits.target, strict=True):
            ink = rotate(ink_of(pixels, 40, thickness), angle, order=1)
            rows.append(np.rint(normal_digit(ink) * 255))
            labels.append(label)
    X = np.reshape(rows, (len(rows), -1)).astype(np.uint8)
    return ExtraTreesClassifier(60, min_samples_leaf=2, random_state=0).fit(X, labels)


@pytest.fixture(scope="session")
def reader(classifier):
    return NoteReader(classifier, min_probability=0.0)
