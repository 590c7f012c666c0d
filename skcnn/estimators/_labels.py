"""Labels: read, encoded for a loss, weighted and split, before a network sees them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, softmax
from sklearn.utils import check_array
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight


def is_one_hot_shaped(y: Any) -> bool:
    """Tell whether ``y`` has a row of several numbers for each sample."""
    shape = np.asarray(y).shape
    return len(shape) == 2 and shape[1] > 1


def from_one_hot(y: ArrayLike) -> NDArray[np.int64]:
    """Return the column of the 1 in each row of ``y``, or raise where a row has not exactly one.

    Raises
    ------
    ValueError
        If ``y`` holds anything but rows of one 1 and otherwise 0: such rows are multilabel.
    """
    rows = check_array(y, dtype=None, input_name="y")
    wrong = ~(np.isin(rows, (0, 1)).all(axis=1) & ((rows == 1).sum(axis=1) == 1))
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        raise ValueError(
            "Unknown label type: multilabel. y with two axes must hold one-hot rows, a single 1 "
            f"and otherwise 0; {wrong.sum()} of {len(rows)} rows do not, the first is row "
            f"{first}: {rows[first]}. Each sample has exactly one label here: pass y of shape "
            "(n_samples,)."
        )
    return np.asarray(rows.argmax(axis=1), dtype=np.int64)


def encode(y: NDArray[Any], n_columns: int | None) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return the classes in ``y``, sorted, and the index of each label in them.

    Parameters
    ----------
    y : ndarray of shape (n,)
        Labels.
    n_columns : int or None
        Where ``y`` was read from one-hot rows, their width: every column is a class then.

    Raises
    ------
    ValueError
        If ``y`` is continuous or holds fewer than two classes.
    """
    check_classification_targets(y)
    classes, codes = np.unique(y, return_inverse=True)
    if len(classes) < 2:
        raise ValueError(
            f"y holds one class only, {classes.tolist()}; expected at least 2 classes to tell "
            "apart."
        )
    if n_columns is not None:
        return np.arange(n_columns), y
    return classes, codes


def as_targets(
    codes: NDArray[np.int64], n_classes: int, n_outputs: int, loss_name: str
) -> NDArray[Any]:
    """Return the targets that a loss wants: one-hot rows, class indices, or one column of 0 and 1.

    Raises
    ------
    ValueError
        If a network with ``n_outputs`` units cannot tell ``n_classes`` classes apart.
    """
    if n_outputs == 1 and n_classes == 2:
        return codes.astype(np.float32)[:, np.newaxis]
    if n_outputs != n_classes:
        raise ValueError(
            f"The builder's network has {n_outputs} outputs, but y holds {n_classes} classes; "
            "expected one output a class (or a single one for two classes). Let the builder take "
            "n_classes and give its last layer that many units."
        )
    if loss_name == "sparse_categorical_crossentropy":
        return codes.astype(np.int32)
    return np.eye(n_classes, dtype=np.float32)[codes]


def as_probabilities(outputs: NDArray[Any], *, from_logits: bool) -> NDArray[Any]:
    """Return one column a class from a network's outputs.

    A single sigmoid unit becomes two columns; logits pass through sigmoid or softmax first.
    """
    if outputs.shape[1] == 1:
        positive = expit(outputs) if from_logits else outputs
        return np.hstack([1 - positive, positive])
    return softmax(outputs, axis=1) if from_logits else outputs


def weights(
    sample_weight: ArrayLike | None,
    class_weight: dict[Any, float] | str | None,
    X: NDArray[Any],
    y: NDArray[Any],
) -> NDArray[np.float32] | None:
    """Return each sample's weight, the product of its own and its class's, with a mean of 1.

    Zero weights are left out of the mean, so that weighting a sample by 0 is leaving it out and
    weighting it by 2 is repeating it.

    Raises
    ------
    ValueError
        If weights are negative, all zero, not finite or of another length than ``X``.
    """
    if sample_weight is None and class_weight is None:
        return None
    weight = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
    weight = weight * compute_sample_weight(class_weight, y)
    if not weight.any():
        raise ValueError("All weights are zero: expected at least one sample with a weight.")
    return np.asarray(weight / weight[weight > 0].mean(), dtype=np.float32)


def hold_out(
    codes: NDArray[np.int64], share: float, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Split row numbers into a training and a held-out part, shuffled and stratified.

    Each class gives its share of the held-out part, rounded so that the part as a whole has
    ``share`` of the rows, and keeps at least one row for training.  scikit-learn's stratified
    splitters refuse classes of one member and parts smaller than the number of classes; a fit on
    few samples has both.

    Parameters
    ----------
    codes : ndarray of shape (n,)
        Class index of each row.
    share : float
        Share to hold out, in [0, 1).
    seed : int
        Decides which rows are held out.

    Returns
    -------
    train_rows, held_out_rows : ndarray of int64
        Row numbers, ascending.
    """
    _, codes, counts = np.unique(codes, return_inverse=True, return_counts=True)
    wanted = np.diff(np.rint(np.cumsum(counts) * share), prepend=0)
    wanted = np.minimum(wanted, counts - 1)
    shuffled = np.random.default_rng(seed).permutation(len(codes))
    by_class = shuffled[np.argsort(codes[shuffled], kind="stable")]
    rank_in_class = np.arange(len(codes)) - np.repeat(np.cumsum(counts) - counts, counts)
    held_out = np.zeros(len(codes), dtype=bool)
    held_out[by_class] = rank_in_class < np.repeat(wanted, counts)
    return np.flatnonzero(~held_out), np.flatnonzero(held_out)
