"""Targets that are sets of labels: any number of them a sample, as an indicator matrix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.utils import check_array

from skcnn._engine.runtime import keras
from skcnn.estimators._targets import Encoded, Ending, Output, as_array, weights_of

_OF_ONE_CLASS = ("categorical", "kl_divergence")  # losses of outputs that share one probability
_ACCURACIES = ("accuracy", "acc")


def holds_label_sets(labels: NDArray[Any]) -> bool:
    """Tell whether an array is an indicator matrix that is no matrix of one-hot rows."""
    if labels.ndim != 2 or labels.shape[1] < 2 or labels.dtype.kind not in "buif":
        return False
    return bool(np.isin(labels, (0, 1)).all() and (labels.sum(axis=1) != 1).any())


@dataclass(frozen=True)
class LabelSetTargets:
    """A set of labels a sample: one column of 0 and 1 for each label.

    Attributes
    ----------
    n_labels : int
        Columns of y.
    output : Output
        What the network ends in.
    """

    n_labels: int
    output: Output = "probabilities"

    pass_together: ClassVar[int] = 1
    output_activation: ClassVar[str] = "sigmoid"

    @classmethod
    def read(cls, y: Any) -> tuple[Self, NDArray[np.int64]]:
        """Return what y says about the labels, and y as integers.

        Parameters
        ----------
        y : array-like of shape (n, n_labels)
            1 where a sample has the label, 0 where it has not.

        Raises
        ------
        ValueError
            If y is missing, or not of that kind.
        """
        codes = _as_indicators(y, "y")
        return cls(codes.shape[1]), codes

    def read_again(self, y: Any, name: str = "y") -> NDArray[np.int64]:
        """Return a further y as integers.

        Raises
        ------
        ValueError
            If it has another number of labels.
        """
        codes = _as_indicators(y, name)
        if codes.shape[1] != self.n_labels:
            raise ValueError(
                f"{name} has {codes.shape[1]} labels, one a column; expected {self.n_labels}."
            )
        return codes

    @property
    def n_outputs(self) -> int:
        """Units of the last layer that a network needs."""
        return self.n_labels

    @property
    def attributes(self) -> dict[str, Any]:
        """``classes_``, the number of each label's column."""
        return {"classes_": np.arange(self.n_labels)}

    def class_weights(
        self, asked_for: Mapping[Any, float] | str | None, codes: NDArray[np.int64]
    ) -> None:
        """Return None, for classes have no weights where a sample has several.

        Raises
        ------
        ValueError
            If such are asked for.
        """
        if asked_for is not None:
            raise ValueError(
                f"class_weight={asked_for!r} needs one class a sample; received a y of "
                f"{self.n_labels} labels a sample. Pass sample_weight to fit instead."
            )

    def weights(
        self,
        codes: NDArray[np.int64],
        sample_weight: Any,
        class_weight: None,
        *,
        as_given: bool = False,
    ) -> NDArray[np.float32] | None:
        """Return each sample's weight."""
        return weights_of(codes, sample_weight, as_given=as_given)

    def fitted_to(self, codes: NDArray[np.int64], weight: NDArray[np.float32] | None) -> Self:
        """Return the same."""
        return self

    def going_on_from(self, known: Self) -> Self:
        """Return the same."""
        return self

    def default_loss(self, n_outputs: int) -> str:
        """Return the cross-entropy of each label by itself."""
        return "binary_crossentropy"

    def metrics(self, asked_for: Any) -> list[Any]:
        """Return what is asked for; the share of labels that are right where nothing is.

        Keras takes rows of several outputs for one class a sample, and would score the largest.
        """
        asked_for = ["accuracy"] if asked_for is None else asked_for
        return [
            keras.metrics.BinaryAccuracy(name=metric)
            if isinstance(metric, str) and metric in _ACCURACIES
            else metric
            for metric in asked_for
        ]

    def given_by(self, ending: Ending) -> Self:
        """Return these targets as a network that ends so gives them.

        Raises
        ------
        ValueError
            If the network does not decide about each label by itself.
        """
        if ending.n_outputs != self.n_labels:
            raise ValueError(
                f"The builder's network has {ending.n_outputs} outputs, but y holds "
                f"{self.n_labels} labels; expected one output a label. Let the builder take "
                "n_classes and give its last layer that many units."
            )
        shared = ending.activation == "softmax"
        if shared or any(name in ending.loss for name in _OF_ONE_CLASS):
            received = "a network that ends in softmax" if shared else f"the loss {ending.loss}"
            raise ValueError(
                "y holds several labels a sample (or none), each to be told by itself; received "
                f"{received}, for which each sample has one class. End the network in sigmoid "
                "(a builder that takes output_activation is handed it), and train it by "
                "loss='binary_crossentropy'."
            )
        return replace(self, output="logits" if ending.from_logits else "probabilities")

    def encoded(self, codes: NDArray[np.int64]) -> Encoded:
        """Return the same rows as numbers of the network's precision."""
        return Encoded(codes.astype(np.float32))

    def strata(self, codes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the number of each sample's set of labels; sets of one sample share theirs."""
        _, places, counts = np.unique(codes, axis=0, return_inverse=True, return_counts=True)
        places = places.reshape(-1)  # NumPy 2.0 gives a column
        return np.where(counts[places] == 1, -1, places)

    def decoded(self, outputs: NDArray[Any]) -> NDArray[np.int64]:
        """Return 1 for each label that is more probable than not."""
        even = 0.5 if self.output == "probabilities" else 0.0
        return (outputs > even).astype(np.int64)

    def probabilities(self, outputs: NDArray[Any]) -> NDArray[Any]:
        """Return the probability of each label.

        Raises
        ------
        ValueError
            If the outputs are no probabilities.
        """
        values = expit(outputs) if self.output == "logits" else outputs
        if not ((values >= 0) & (values <= 1)).all():
            raise ValueError(
                "The network's outputs are no probabilities: expected numbers from 0 to 1, "
                f"received {outputs[0].tolist()} for the first sample. End the builder's network "
                "in sigmoid, or give it a loss with from_logits=True."
            )
        return values

    def completed(self, model: keras.Model) -> keras.Model:
        """Return the network itself."""
        return model


def _as_indicators(y: Any, name: str) -> NDArray[np.int64]:
    labels = as_array(y, name)
    if labels.ndim != 2:
        raise ValueError(
            f"{name} must be an indicator matrix, of shape (n, n_labels), for "
            f"target_type='multilabel-indicator'; received shape {labels.shape}. "
            "sklearn.preprocessing.MultiLabelBinarizer makes one of sets of labels."
        )
    rows = check_array(labels, dtype=None, input_name=name)
    strange = ~np.isin(rows, (0, 1))
    if strange.any():
        raise ValueError(
            f"{name} must hold 1 for a label that a sample has and 0 for one that it has not; "
            f"received {rows[strange][0]!r}."
        )
    return rows.astype(np.int64)
