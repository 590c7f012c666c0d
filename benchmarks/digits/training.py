"""The recognizer, trained on MNIST's training images and on what is made of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from sklearn.ensemble import VotingClassifier

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


def trained(digits: Digits, recipe: Recipe, seed: int, n_jobs: int) -> VotingClassifier:
    """Return a recognizer of bytes, of shape (28, 28), that has learned from digits.

    Two networks of different kinds err on different digits: the mean of their probabilities is
    right more often than either.
    """
    parts = [digits, *_made_of(digits, recipe, seed, n_jobs)]
    images = np.concatenate([part.images for part in parts])
    labels = np.concatenate([part.labels for part in parts])
    networks = [("dense", _dense_network()), ("deep", _deep_network())]
    for _, network in networks:
        network.set_params(
            rescale=1 / 255,
            augmentation=RandomAffine(),
            epochs=recipe.epochs,
            validation_split=0.0,
            random_state=seed,
        )
    return VotingClassifier(networks, voting="soft").fit(images, labels)


def _dense_network() -> CNNClassifier:
    """Return one whose dense layer sees where each feature is."""
    return CNNClassifier(
        filters=(32, (64, 128)),
        pooling="each",
        dropout=0.2,
        dense_dropout=0.4,
        batch_normalization=True,
        learning_rate="one_cycle",
        early_stopping=False,
    )


def _deep_network() -> CNNClassifier:
    """Return one of more convolutions, of which only the strongest features are left."""
    return CNNClassifier.from_preset(
        "accurate",
        filters=(32, 64, (128, 128), 192),
        batch_size=200,
        label_smoothing=0.0,
        predict_augmentation=None,
    )


def _made_of(digits: Digits, recipe: Recipe, seed: int, n_jobs: int) -> Iterator[Digits]:
    if recipe.n_cut:
        yield cut_digits(digits, recipe.n_cut, 2 * seed, n_jobs)
    if recipe.n_pieces:
        yield cut_pieces(digits, recipe.n_pieces, 2 * seed + 1, n_jobs)
