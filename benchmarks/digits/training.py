"""The recognizer, trained on MNIST's training images and on what is made of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.digits.crops import Digits, cut_digits, cut_pieces
from skcnn import CNNClassifier, RandomAffine

N_CUT = 50_000
N_PIECES = 8_000
EPOCHS = 10


@dataclass(frozen=True)
class Recipe:
    """How many images of which kind the network learns, and for how long.

    Attributes
    ----------
    n_cut : int
        Digits as they are cut out of notes, beside the original ones.
    n_pieces : int
        Pieces that are no digit.
    epochs : int
        Passes over all of them.
    """

    n_cut: int = N_CUT
    n_pieces: int = N_PIECES
    epochs: int = EPOCHS


def trained(digits: Digits, recipe: Recipe, seed: int, n_jobs: int) -> CNNClassifier:
    """Return a recognizer of bytes, of shape (28, 28), that has learned from digits."""
    parts = [digits, *_made_of(digits, recipe, seed, n_jobs)]
    images = np.concatenate([part.images for part in parts])
    labels = np.concatenate([part.labels for part in parts])
    classifier = CNNClassifier(
        filters=(32, (64, 128)),
        pooling="each",
        dropout=0.2,
        dense_dropout=0.4,
        batch_normalization=True,
        rescale=1 / 255,
        augmentation=RandomAffine(),
        learning_rate="one_cycle",
        epochs=recipe.epochs,
        validation_split=0.0,
        early_stopping=False,
        random_state=seed,
    )
    return classifier.fit(images, labels)


def _made_of(digits: Digits, recipe: Recipe, seed: int, n_jobs: int) -> Iterator[Digits]:
    if recipe.n_cut:
        yield cut_digits(digits, recipe.n_cut, 2 * seed, n_jobs)
    if recipe.n_pieces:
        yield cut_pieces(digits, recipe.n_pieces, 2 * seed + 1, n_jobs)
