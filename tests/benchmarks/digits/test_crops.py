"""Digits as they are cut out of notes, and pieces that are none."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.digits.crops import cut_digits, cut_pieces
from skcnn import load_pretrained


def centres_of(images):
    rows, columns = np.indices((28, 28))
    mass = images.sum(axis=(1, 2), dtype=float)
    return np.column_stack([(images * axis).sum(axis=(1, 2)) / mass for axis in (rows, columns)])


@pytest.mark.parametrize("make", [cut_digits, cut_pieces])
def test_they_have_the_form_of_mnist(digits, make):
    made = make(digits, 50, seed=0, n_jobs=1)

    assert made.images.shape == (50, 28, 28)
    assert made.images.dtype == np.uint8
    assert len(made) == 50
    assert set(made.labels) <= set(range(10))
    assert (made.images.max(axis=(1, 2)) > 100).all()
    assert np.abs(np.median(centres_of(made.images), axis=0) - 14).max() < 0.5


def test_they_are_a_function_of_the_seed(digits):
    one, same, other = (cut_digits(digits, 20, seed, n_jobs=1) for seed in (1, 1, 2))

    np.testing.assert_array_equal(one.images, same.images)
    np.testing.assert_array_equal(one.labels, same.labels)
    assert (one.images != other.images).any()


@pytest.mark.slow
def test_digits_are_still_read_and_pieces_are_not(digits):
    recognizer = load_pretrained("digits")

    cut, pieces = cut_digits(digits, 200, 0, n_jobs=1), cut_pieces(digits, 200, 0, n_jobs=1)

    assert recognizer.score(cut.images, cut.labels) > 0.7
    assert (recognizer.predict_proba(pieces.images).max(axis=1) < 0.5).mean() > 0.7


@pytest.mark.slow
def test_labels_of_pieces_say_nothing(digits):
    counts = np.bincount(cut_pieces(digits, 400, 0, n_jobs=1).labels, minlength=10)

    assert counts.min() > 15
