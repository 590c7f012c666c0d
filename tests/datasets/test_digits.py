"""scikit-learn's digits as images of bytes."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_digits

from skcnn.datasets import load_digit_images


def test_digits_are_grey_images_of_bytes():
    digits = load_digit_images()
    assert digits.images.shape == (1797, 8, 8)
    assert digits.images.dtype == np.uint8
    assert (digits.images.min(), digits.images.max()) == (0, 255)


def test_digits_grey_levels_are_rescaled_and_rounded():
    expected = [0, 16, 32, 48, 64, 80, 96, 112, 128, 143, 159, 175, 191, 207, 223, 239, 255]
    original = load_digits().images.astype(int)
    np.testing.assert_array_equal(load_digit_images().images, np.array(expected)[original])


def test_digits_data_is_a_flat_view_of_the_images():
    digits = load_digit_images()
    assert digits.data.shape == (1797, 64)
    digits.images[3, 1, 2] = 77
    assert digits.data[3, 10] == 77


def test_digits_target_and_its_names():
    digits = load_digit_images()
    np.testing.assert_array_equal(digits.target, load_digits().target, strict=True)
    assert digits.target_names == list("0123456789")
    assert "Alpaydin" in digits.DESCR
    assert "0 to 255" in digits.DESCR


def test_digits_as_a_pair_of_images_and_target():
    images, target = load_digit_images(return_X_y=True)
    digits = load_digit_images()
    np.testing.assert_array_equal(images, digits.images, strict=True)
    np.testing.assert_array_equal(target, digits.target, strict=True)
