"""What a classifier is asked about: pieces of ink in the form of MNIST's digits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from skcnn._digit_form import SIDE, normal_digit
from skcnn.reading._lattice import Candidate, Lattice
from skcnn.reading._strokes import Ink

_BLURRED = 2  # pixels around a piece in which its ink fades
_POSES = ((-0.1, 0.1), (0.1, -0.1), (0.0, 0.15), (0.0, -0.15))  # turns and slants
N_VARIANTS = len(_POSES)


def fitted_classifier(classifier: Any) -> Any:
    """Return a classifier that can be asked about digits; the one that comes with skcnn for None.

    Raises
    ------
    ImportError
        If the one that comes with skcnn needs a package that is not installed.
    TypeError
        If it gives no probabilities.
    ValueError
        If it is not fitted, or on other samples than rows of 28 x 28 pixels.
    """
    if classifier is None:
        return _digits_of_skcnn()
    if not callable(getattr(classifier, "predict_proba", None)):
        raise TypeError(
            "NoteReader expected a classifier with predict_proba; received "
            f"{type(classifier).__name__}. Pass one that gives them (CalibratedClassifierCV "
            "adds them to any other), or None for the one that comes with skcnn."
        )
    if getattr(classifier, "classes_", None) is None:
        raise ValueError(
            f"NoteReader expected a fitted classifier; received a {type(classifier).__name__} "
            "without classes_. Fit it on rows of 784 pixels as fetch_mnist returns them."
        )
    n_features = getattr(classifier, "n_features_in_", SIDE * SIDE)
    if n_features != SIDE * SIDE:
        raise ValueError(
            f"NoteReader expected a classifier that was fitted on {SIDE * SIDE} features, the "
            f"pixels of MNIST's digits; received a {type(classifier).__name__} that was fitted on "
            f"{n_features}. Fit it on rows as fetch_mnist returns them."
        )
    return classifier


@cache
def _digits_of_skcnn() -> Any:
    from skcnn.pretrained import load_pretrained

    return load_pretrained("digits")


def candidate_rows(
    ink: Ink, owners: NDArray[np.int32], lattices: Sequence[Lattice]
) -> NDArray[np.uint8]:
    """Return every candidate of every line as a row of pixels, as MNIST has its digits.

    Parameters
    ----------
    ink : Ink
        Of an upright note.
    owners : ndarray of shape (height, width), int32
        The number of the piece that a pixel belongs to, as ``with_faded_edges`` returns it.
    lattices : sequence of Lattice
        Of its lines.

    Returns
    -------
    ndarray of shape (n_candidates, 784), uint8
        Light ink (255) on black (0).
    """
    return _rows(
        normal_digit(_ink_of(ink.strength, owners, *_extent(lattice, candidate)))
        for lattice in lattices
        for candidate in lattice.candidates
    )


def varied_rows(
    ink: Ink, owners: NDArray[np.int32], chosen: Sequence[tuple[int, int, NDArray[np.int64]]]
) -> NDArray[np.uint8]:
    """Return candidates turned and slanted a little, each in ``N_VARIANTS`` rows.

    What a classifier says of a digit in several poses, averaged, is right more often than what it
    says of one.

    Returns
    -------
    ndarray of shape (n_chosen * N_VARIANTS, 784), uint8
        All variants of the first candidate come first.
    """
    inks = (_ink_of(ink.strength, owners, *one) for one in chosen)
    return _rows(normal_digit(_posed(ink, *pose)) for ink in inks for pose in _POSES)


def _rows(digits: Iterable[NDArray[np.float32]]) -> NDArray[np.uint8]:
    rows = np.reshape(list(digits), (-1, SIDE * SIDE))
    return np.rint(rows * 255).astype(np.uint8)


def _posed(ink: NDArray[np.float32], turn: float, slant: float) -> NDArray[np.float32]:
    """Return ink whose columns go up by a turn to the right, and rows right by a slant upward."""
    margin = max(ink.shape) // 4
    padded = Image.fromarray(np.pad(ink, margin))
    middle_x, middle_y = padded.width / 2, padded.height / 2
    data = (1, slant, -slant * middle_y, turn, 1, -turn * middle_x)
    return np.asarray(
        padded.transform(padded.size, Image.Transform.AFFINE, data, Image.Resampling.BILINEAR)
    )


def with_faded_edges(pieces: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return a map of pieces, each with the paper next to it, where its ink fades."""
    from scipy.ndimage import maximum_filter

    for _ in range(_BLURRED):
        pieces = np.where(pieces > 0, pieces, maximum_filter(pieces, 3))
    return pieces


def _extent(lattice: Lattice, candidate: Candidate) -> tuple[int, int, NDArray[np.int64]]:
    """Return the numbers of a candidate's first and last piece, and its box."""
    first, last = lattice.pieces[candidate.first], lattice.pieces[candidate.last - 1]
    return first.number, last.number, candidate.box


def _ink_of(
    strength: NDArray[np.float32],
    owners: NDArray[np.int32],
    first: int,
    last: int,
    box: NDArray[np.int64],
) -> NDArray[np.float32]:
    top, left, bottom, right = box
    window = (
        slice(max(0, top - _BLURRED), bottom + _BLURRED),
        slice(max(0, left - _BLURRED), right + _BLURRED),
    )
    mine = (owners[window] >= first) & (owners[window] <= last)
    return np.where(mine, strength[window], np.float32(0))
