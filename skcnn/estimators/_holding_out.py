"""What is held out of training, for the validation scores."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def hold_out(
    strata: NDArray[np.int64], share: float, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Split row numbers into a training and a held-out part, shuffled and stratified.

    Each stratum, such as a class, gives its share of the held-out part, rounded so that the part
    as a whole has ``share`` of the rows, and keeps at least one row for training.  scikit-learn's
    stratified splitters refuse classes of one member and parts smaller than the number of classes;
    a fit on few samples has both.

    Parameters
    ----------
    strata : ndarray of shape (n,), int
        Which rows are alike.
    share : float
        Share to hold out, in [0, 1).
    seed : int
        Decides which rows are held out.

    Returns
    -------
    train_rows, held_out_rows : ndarray of int64
        Row numbers, ascending.
    """
    _, places, counts = np.unique(strata, return_inverse=True, return_counts=True)
    wanted = np.diff(np.rint(np.cumsum(counts) * share), prepend=0)
    wanted = np.minimum(wanted, counts - 1)
    shuffled = np.random.default_rng(seed).permutation(len(places))
    by_stratum = shuffled[np.argsort(places[shuffled], kind="stable")]
    rank = np.arange(len(places)) - np.repeat(np.cumsum(counts) - counts, counts)
    held_out = np.zeros(len(places), dtype=bool)
    held_out[by_stratum] = rank < np.repeat(wanted, counts)
    return np.flatnonzero(~held_out), np.flatnonzero(held_out)
