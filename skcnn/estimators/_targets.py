"""Targets: what y is, from the labels or numbers of a user to what a loss wants, and back.

One object stands between y and everything else: it encodes, tells what to hold out together, names
the loss and the metrics that suit it, and decodes what a network gives.  An estimator asks it and
never looks at y itself, so that another kind of y is another class: of classes, of sets of labels,
of numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import issparse

from skcnn._arrays import FileRows, as_samples
from skcnn._engine.runtime import keras
from skcnn._sklearn_internals import check_sample_weight

Output = Literal["probabilities", "logits", "margins"]  # what the numbers of a network's end are
Metric = str | keras.metrics.Metric


@dataclass(frozen=True)
class Encoded:
    """Targets as a loss wants them.

    Attributes
    ----------
    y : ndarray of shape (n,) or (n, n_outputs)
        The targets, or the place of the 1 in each where they are one-hot rows.
    one_hot_width : int or None
        Length of these rows; None where ``y`` is what the loss wants.
    """

    y: NDArray[Any]
    one_hot_width: int | None = None


@dataclass(frozen=True)
class Ending:
    """How a network ends, as far as it decides what the network's numbers mean.

    Attributes
    ----------
    n_outputs : int
        Numbers that it gives for a sample.
    loss : str
        Name of the loss that it is trained by.
    from_logits : bool
        Whether the loss takes logits.
    half_precision : bool
        Whether the numbers are of 16 bits.
    activation : str
        Name of the last layer's activation; empty where it is not known.
    """

    n_outputs: int
    loss: str
    from_logits: bool = False
    half_precision: bool = False
    activation: str = ""


class Targets(Protocol):
    """What an estimator asks of its y."""

    output_activation: ClassVar[str]
    """Activation that the last layer needs, by its Keras name."""

    pass_together: ClassVar[int]
    """Samples that must pass the network together, for every digit to be right."""

    @property
    def n_outputs(self) -> int:
        """Units of the last layer that a network needs."""

    @property
    def attributes(self) -> dict[str, Any]:
        """What a fitted estimator tells of them, by the attribute's name."""

    def read_again(self, y: Any, name: str = "y") -> NDArray[Any]:
        """Return what a further y says about its samples, in the same terms."""

    def weights(
        self, codes: NDArray[Any], sample_weight: Any, class_weight: Any, *, as_given: bool = False
    ) -> NDArray[np.float32] | None:
        """Return each sample's weight, with a mean of 1 unless they shall stay as they are."""

    def fitted_to(self, codes: NDArray[Any], weight: NDArray[np.float32] | None) -> Self:
        """Return these targets with what they learn from the samples that train."""

    def going_on_from(self, known: Self) -> Self:
        """Return these targets as a network that has learned others of their kind gives them."""

    def default_loss(self, n_outputs: int) -> str:
        """Return the loss of a network with so many outputs, where none is asked for."""

    def metrics(self, asked_for: Any) -> list[Any]:
        """Return what is scored beside the loss: what is asked for, or what suits."""

    def given_by(self, ending: Ending) -> Self:
        """Return these targets as a network that ends so gives them."""

    def encoded(self, codes: NDArray[Any]) -> Encoded:
        """Return codes as the loss wants them."""

    def strata(self, codes: NDArray[Any]) -> NDArray[np.int64]:
        """Return which samples are alike, for a held-out part that has its share of each kind."""

    def decoded(self, outputs: NDArray[Any]) -> NDArray[Any]:
        """Return what a network's outputs say in the user's terms."""

    def completed(self, model: keras.Model) -> keras.Model:
        """Return a network that gives numbers in the user's terms."""


def as_array(y: Any, name: str = "y") -> NDArray[Any]:
    """Return y, in any container that X may come in, as an array.

    Raises
    ------
    TypeError
        If it is sparse.
    ValueError
        If it is None, or one of its labels is missing.
    """
    if y is None:
        raise ValueError(
            f"This estimator requires {name} to be passed, but the target {name} is None."
        )
    if issparse(y):
        raise TypeError(
            f"Sparse data was passed for {name}, but dense data is required. Use '.toarray()' to "
            "convert it to an array."
        )
    labels = as_samples(y, name)
    labels = labels[:] if isinstance(labels, FileRows) else np.asarray(labels)
    if labels.dtype == object and pd.isna(labels).any():
        raise ValueError(
            f"Input {name} contains NaN or None; expected a label for each sample. Drop the "
            "samples without one."
        )
    return labels


def weights_of(
    codes: NDArray[Any], *factors: Any, as_given: bool = False
) -> NDArray[np.float32] | None:
    """Return each sample's weight, the product of some, with a mean of 1.

    Zero weights are left out of the mean, so that weighting a sample by 0 is leaving it out and
    weighting it by 2 is repeating it.

    Parameters
    ----------
    codes : ndarray of shape (n, ...)
        What y says.
    *factors : array-like of shape (n,) or None
        Weights; None for 1.
    as_given : bool, default=False
        Whether they stay as they are: in a stream, the mean of a part says nothing.

    Raises
    ------
    ValueError
        If weights are negative, all zero, not finite or of another length than ``codes``.
    """
    product: Any = None
    for factor in factors:
        if factor is not None:
            weight = check_sample_weight(factor, codes, dtype=np.float64, ensure_non_negative=True)
            product = weight if product is None else product * weight
    if product is None:
        return None
    if not product.any():
        raise ValueError("All weights are zero: expected at least one sample with a weight.")
    return np.asarray(
        product if as_given else product / product[product > 0].mean(), dtype=np.float32
    )
