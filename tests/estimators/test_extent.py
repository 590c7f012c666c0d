"""How long a training is, by the number of samples."""

from __future__ import annotations

import numpy as np
import pytest

from skcnn import CNNClassifier, MLPClassifier, load_digit_images
from skcnn.estimators._extent import Extent


@pytest.mark.parametrize(
    ("n_samples", "batch_size"),
    [(1, 32), (1000, 32), (3199, 32), (5000, 50), (20_000, 200), (60_000, 200), (10**6, 200)],
)
def test_batches_by_the_number_of_samples(n_samples, batch_size):
    assert Extent.of(n_samples, "auto", 1, 1).batch_size == batch_size


@pytest.mark.parametrize(
    ("n_samples", "batch_size", "epochs"),
    [
        (60_000, 200, 10),
        (600_000, 200, 3),
        (20_000, 200, 30),
        (3000, 32, 30),
        (1000, 32, 30),
        (1000, 200, 100),
        (10, 200, 500),
    ],
)
def test_epochs_by_the_number_of_steps(n_samples, batch_size, epochs):
    assert Extent.of(n_samples, batch_size, "auto", 3000).epochs == epochs


def test_numbers_are_taken_as_they_are():
    assert Extent.of(1000, 300, 7, 3000) == Extent(300, 4, 7)
    assert Extent.of(1000, 300, 7, 3000).n_steps == 28


@pytest.mark.slow
def test_a_fit_is_as_long_as_it_says():
    X, y = load_digit_images(return_X_y=True)
    auto = {"batch_size": "auto", "epochs": "auto", "auto_steps": 200}
    mlp = MLPClassifier(16, **auto, early_stopping=False, random_state=0).fit(X / 16, y)

    assert mlp.n_iter_ == 5  # of 43 batches of 32, of three quarters of 1797 samples
    assert mlp.model_.optimizer.iterations.numpy() == 5 * 43


@pytest.mark.slow
def test_a_part_of_a_stream_is_one_epoch():
    X, y = load_digit_images(return_X_y=True)
    mlp = MLPClassifier(16, batch_size="auto", epochs="auto", random_state=0)

    mlp.partial_fit(X[:100] / 16, y[:100], classes=np.arange(10))

    assert mlp.model_.optimizer.iterations.numpy() == 4


@pytest.mark.parametrize("parameter", ["batch_size", "epochs"])
def test_no_other_word_is_taken(parameter):
    X, y = load_digit_images(return_X_y=True)

    with pytest.raises(
        ValueError, match=f"'{parameter}' parameter of CNNClassifier must be an int"
    ):
        CNNClassifier(**{parameter: "all"}).fit(X, y)
