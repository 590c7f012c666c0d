"""The digit recognizer in the box, and what its card says of it."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.resources import files

import numpy as np
import pytest

from skcnn import DigitNormalizer, ONNXClassifier, fetch_mnist, load_digit_images, load_pretrained
from tests.datasets.test_mnist import REAL_HOME

FILE = files("skcnn.pretrained") / "digits.onnx"
CARD = (files("skcnn.pretrained") / "digits.md").read_text()


def test_it_is_a_fitted_classifier_of_ten_digits():
    digits = load_pretrained("digits")

    assert isinstance(digits, ONNXClassifier)
    assert digits.classes_.tolist() == list(range(10))
    assert digits.input_shape_ == (28, 28)
    assert load_pretrained("digits", n_threads=1).n_threads == 1


def test_it_takes_at_most_a_megabyte():
    assert len(FILE.read_bytes()) <= 1_000_000


def test_an_unknown_name_gets_the_known_ones():
    with pytest.raises(
        ValueError, match=r"no pretrained network 'letters'.*with skcnn are: 'digi"
    ):
        load_pretrained("letters")


@pytest.mark.slow
def test_it_reads_digits_of_another_source():
    X, y = load_digit_images(return_X_y=True)  # of 8 x 8 pixels, by other writers

    accuracy = load_pretrained("digits").score(DigitNormalizer().fit_transform(X), y)

    assert accuracy > 0.85


@pytest.mark.slow
def test_it_needs_no_tensorflow():
    script = (
        "import sys, numpy as np; from skcnn import load_pretrained; "
        "load_pretrained('digits').predict(np.zeros((1, 28, 28), np.uint8)); "
        "print(sorted({'tensorflow', 'keras', 'sklearn', 'scipy', 'pandas'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

    assert ran.stdout.strip() == "[]", ran.stderr


@pytest.fixture(scope="module")
def mnist():
    if not (REAL_HOME / "mnist").is_dir():
        pytest.skip("SKCNN_DATA_HOME does not point to a folder with MNIST")
    return fetch_mnist(data_home=REAL_HOME, download_if_missing=False)


@pytest.mark.slow
def test_the_card_says_what_it_gets_right(mnist):
    accuracy = load_pretrained("digits").score(mnist.X_test, mnist.y_test)

    assert accuracy >= 0.995
    said = re.search(r"(\d+\.\d+)% of 10,000 right", CARD)
    assert said is not None
    assert float(said[1]) / 100 == pytest.approx(accuracy, abs=2e-4)


@pytest.mark.slow
def test_it_is_not_sure_of_two_digits_that_touch(mnist):
    pairs = [
        np.concatenate([a[:, 5:23], b[:, 5:23]], axis=1)
        for a, b in zip(mnist.X_test[:200], mnist.X_test[200:400], strict=True)
    ]

    probabilities = load_pretrained("digits").predict_proba(
        DigitNormalizer(ink="light").fit_transform(np.array(pairs))
    )

    assert (probabilities.max(axis=1) < 0.5).mean() > 0.7
