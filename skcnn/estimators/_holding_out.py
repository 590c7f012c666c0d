"""What is held out of training, for the validation scores."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from numbers import Real
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_consistent_length, column_or_1d, indexable

from skcnn._sklearn_internals import safe_indexing
from skcnn.estimators._targets import Targets


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


@dataclass(frozen=True)
class Validation:
    """What gives a fit's validation scores, as it was given to the fit.

    Attributes
    ----------
    X, y, sample_weight : array-like or None
        Samples of their own, which stand in place of a held-out part.
    groups : array-like of shape (n,) or None
        Group of each training sample.
    """

    X: Any = None
    y: Any = None
    sample_weight: Any = None
    groups: Any = None

    @property
    def is_given(self) -> bool:
        """Whether there are samples of their own."""
        return self.X is not None

    def or_as_keras_takes_it(self, validation_data: Any) -> Self:
        """Return the same with data as ``keras.Model.fit`` takes them, if there are any.

        Raises
        ------
        ValueError
            If they are no tuple of two or three, or come beside others.
        """
        if validation_data is None:
            return self
        if self.X is not None or self.y is not None:
            raise ValueError("validation_data and X_val are two ways to say the same; pass one.")
        if not isinstance(validation_data, (tuple, list)) or len(validation_data) not in (2, 3):
            raise ValueError(
                "validation_data must be (X_val, y_val) or (X_val, y_val, sample_weight_val); "
                f"received {type(validation_data).__name__}."
            )
        X, y, *weight = validation_data
        return replace(self, X=X, y=y, sample_weight=weight[0] if weight else None)

    def check(self, share: Any, default: Any) -> None:
        """Raise where what is given contradicts itself.

        Parameters
        ----------
        share : float or splitter
            What ``validation_split`` asks for.
        default : float
            What it is where it asks for nothing.

        Raises
        ------
        ValueError
            If only a part of the validation data is given, or something to hold out beside it.
        """
        if self.X is not None and self.y is None:
            raise ValueError("X_val is provided, but y_val was not provided.")
        if self.X is None and self.y is not None:
            raise ValueError("y_val is provided, but X_val was not provided.")
        if self.X is None and self.sample_weight is not None:
            raise ValueError("sample_weight_val is provided, but X_val was not provided.")
        if not self.is_given:
            return
        asks_for_a_part = not isinstance(share, Real) or share not in (0, default)
        if asks_for_a_part or self.groups is not None:
            asks = f"validation_split={share!r}" if asks_for_a_part else "groups"
            raise ValueError(
                f"{asks} says what to hold out of X, but X_val is given in place of a held-out "
                f"part; expected one of the two. Leave out X_val and y_val, or {asks}."
            )

    def split(
        self,
        share: Any,
        X: Any,
        targets: Targets,
        codes: NDArray[Any],
        candidates: NDArray[np.int64],
        seed: int,
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Split the samples that count into those that train and those held out.

        Parameters
        ----------
        share : float or splitter
            What ``validation_split`` asks for.
        X : array-like of shape (n, ...)
            Samples, as the user has them.
        targets : Targets
            What y is.
        codes : ndarray of shape (n, ...)
            What y says.
        candidates : ndarray of int
            The samples that count.
        seed : int
            Decides which are held out, unless a splitter does.

        Returns
        -------
        train_rows, held_out_rows : ndarray of int64
            Row numbers, ascending.
        """
        if self.is_given:
            return candidates, candidates[:0]
        n = len(codes)
        groups = None
        if self.groups is not None:
            groups = column_or_1d(_rows_of(self.groups, candidates, n))
        if not isinstance(share, Real):
            parts = _split_once(share, _rows_of(X, candidates, n), codes[candidates], groups)
        elif groups is not None and float(share) > 0:
            from sklearn.model_selection import GroupShuffleSplit  # loads much, needed rarely

            by_group = GroupShuffleSplit(1, test_size=float(share), random_state=seed)
            parts = _split_once(by_group, groups, None, groups)
        else:
            parts = hold_out(targets.strata(codes[candidates]), float(share), seed)
        training, held_out = parts
        return candidates[training], candidates[held_out]


def _split_once(
    splitter: Any, X: Any, y: Any, groups: Any
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Split row numbers as a scikit-learn splitter does.

    Raises
    ------
    ValueError
        If it makes not exactly one split, or none that can be trained on.
    """
    splits = list(islice(splitter.split(X, y, groups), 2))
    if len(splits) != 1:
        raise ValueError(
            "validation_split must be a splitter that makes one split, such as "
            f"ShuffleSplit(n_splits=1); received {splitter!r}, which makes "
            f"{'more' if splits else 'none'}."
        )
    training, held_out = (np.sort(np.asarray(rows, dtype=np.int64)) for rows in splits[0])
    if not len(training) or np.isin(held_out, training).any():
        raise ValueError(
            f"validation_split={splitter!r} leaves nothing to train on, or trains on what it "
            "holds out; expected two parts that have no row in common."
        )
    return training, held_out


def _rows_of(values: Any, rows: NDArray[np.int64], n: int) -> Any:
    """Return some of what is given for ``n`` samples; all of it as it is."""
    check_consistent_length(values, range(n))
    if len(rows) == n:
        return values
    (values,) = indexable(values)  # a sparse matrix in a format that has rows
    return safe_indexing(values, rows)
