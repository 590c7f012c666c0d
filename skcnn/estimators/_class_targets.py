"""Targets that are classes: one label a sample, given as such or as one-hot rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax
from sklearn.utils import assert_all_finite, check_array, column_or_1d
from sklearn.utils.class_weight import compute_class_weight, compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets

from skcnn._engine.runtime import keras
from skcnn._warning import warn
from skcnn.estimators._targets import Encoded, Ending, Output, as_array, weights_of

_HINGES = ("hinge", "squared_hinge")
_COMPARING = ("categorical", "kl_divergence", "cosine_similarity")  # losses of several outputs
_TOLERANCE = 1e-3  # of the sum of a sample's probabilities
_HALF_TOLERANCE = 0.05  # where they come in 16 bits, of which bfloat16 keeps three digits


@dataclass(frozen=True)
class ClassTargets:
    """One class a sample.

    Attributes
    ----------
    classes : ndarray of shape (n_classes,)
        Labels, sorted.
    one_hot : bool
        Whether y came as one-hot rows, so that predictions shall be such.
    output : Output
        What the network ends in.
    sparse : bool
        Whether the loss takes class indices.
    single : bool
        Whether a single unit tells two classes apart.
    tolerance : float
        How far the sum of a sample's probabilities may be from 1 for numbers of the network's
        precision.
    """

    classes: NDArray[Any]
    one_hot: bool = False
    output: Output = "probabilities"
    sparse: bool = False
    single: bool = False
    tolerance: float = _TOLERANCE

    pass_together: ClassVar[int] = 1
    output_activation: ClassVar[str] = "softmax"

    @classmethod
    def read(cls, y: Any) -> tuple[Self, NDArray[np.int64]]:
        """Return what y says about the classes, and the index of each sample's.

        Parameters
        ----------
        y : array-like of shape (n,) or (n, n_classes)
            Labels of any kind, or one-hot rows, in any container that X may come in.

        Raises
        ------
        ValueError
            If y is missing, continuous, multilabel, not finite or holds fewer than two classes.
        """
        labels = as_array(y)
        if labels.ndim == 2 and labels.shape[1] > 1:
            codes = from_one_hot(labels)
            classes = np.arange(labels.shape[1])
            _at_least_two(np.unique(codes))
            _warn_where_folds_are_not_stratified(codes, len(classes))
            return cls(classes, one_hot=True), codes
        labels = column_or_1d(labels, warn=True)
        assert_all_finite(labels, input_name="y")
        check_classification_targets(labels)
        classes, codes = np.unique(labels, return_inverse=True)
        _at_least_two(classes)
        return cls(classes), codes

    @classmethod
    def of(cls, classes: Any) -> Self:
        """Return targets whose classes are known before there is a y.

        Raises
        ------
        ValueError
            If there are fewer than two, or some are missing.
        """
        known = np.unique(column_or_1d(as_array(classes, "classes")))
        assert_all_finite(known, input_name="classes")
        check_classification_targets(known)
        _at_least_two(known)
        return cls(known)

    def read_again(self, y: Any, name: str = "y") -> NDArray[np.int64]:
        """Return the index of the class of each sample of a further y.

        Raises
        ------
        ValueError
            If it holds labels that are none of the classes, or rows of another length.
        """
        labels = as_array(y, name)
        if labels.ndim == 2 and labels.shape[1] > 1:
            if labels.shape[1] != len(self.classes):
                raise ValueError(
                    f"{name} holds one-hot rows of {labels.shape[1]} classes; expected "
                    f"{len(self.classes)}, one for each of {self.classes.tolist()}."
                )
            return from_one_hot(labels)
        if labels.ndim != 1:
            labels = column_or_1d(labels, warn=True)
        assert_all_finite(labels, input_name=name)
        unknown = sorted(set(labels.tolist()) - set(self.classes.tolist()), key=str)
        if unknown:
            raise ValueError(
                f"{name} contains labels that are not among the classes: {unknown}; expected some "
                f"of {self.classes.tolist()}. Pass samples of these classes only, or fit anew on "
                "all of them."
            )
        return np.searchsorted(self.classes, labels)

    @property
    def n_outputs(self) -> int:
        """Units of the last layer that a network needs."""
        return len(self.classes)

    @property
    def attributes(self) -> dict[str, Any]:
        """``classes_``."""
        return {"classes_": self.classes}

    def fitted_to(self, codes: NDArray[np.int64], weight: NDArray[np.float32] | None) -> Self:
        """Return the same."""
        return self

    def metrics(self, asked_for: Any) -> list[Any]:
        """Return what is asked for; the accuracy where nothing is."""
        return ["accuracy"] if asked_for is None else list(asked_for)

    def going_on_from(self, known: Self) -> Self:
        """Return the same."""
        return self

    def default_loss(self, n_outputs: int) -> str:
        """Return the cross-entropy for one unit, or for one a class."""
        return "binary_crossentropy" if n_outputs == 1 else "categorical_crossentropy"

    def given_by(self, ending: Ending) -> Self:
        """Return these targets as a network that ends so gives them.

        Raises
        ------
        ValueError
            If the network cannot tell the classes apart, or its loss cannot teach it to.
        """
        n_outputs, loss = ending.n_outputs, ending.loss
        single = n_outputs == 1 and len(self.classes) == 2
        if not single and n_outputs != len(self.classes):
            raise ValueError(
                f"The builder's network has {n_outputs} outputs, but y holds {len(self.classes)} "
                "classes; expected one output a class (or a single one for two classes). Let the "
                "builder take n_classes and give its last layer that many units."
            )
        if single and any(name in loss for name in _COMPARING):
            raise ValueError(
                f"The loss {loss} compares the outputs of several classes, and with the network's "
                "single output it teaches nothing. Use "
                "loss='binary_crossentropy', or give the last layer two units and a softmax."
            )
        unit: Output = "logits" if ending.from_logits else "probabilities"
        return replace(
            self,
            output="margins" if loss in _HINGES else unit,
            sparse=loss == "sparse_categorical_crossentropy",
            single=single,
            tolerance=_HALF_TOLERANCE if ending.half_precision else _TOLERANCE,
        )

    def encoded(self, codes: NDArray[np.int64]) -> Encoded:
        """Return one column of 0 and 1, class indices, or what stands for one-hot rows."""
        if self.single:
            return Encoded(codes.astype(np.float32)[:, np.newaxis])
        return Encoded(codes.astype(np.int32), None if self.sparse else len(self.classes))

    def strata(self, codes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the classes."""
        return codes

    def class_weights(
        self, asked_for: Mapping[Any, float] | str | None, codes: NDArray[np.int64]
    ) -> Mapping[Any, float] | None:
        """Return the weight of each class as ``class_weight`` asks for, by its label."""
        if not isinstance(asked_for, str):
            return asked_for
        present = self.classes[np.unique(codes)]
        balanced = compute_class_weight(asked_for, classes=present, y=self.classes[codes])
        return dict(zip(present.tolist(), balanced.tolist(), strict=True))

    def weights(
        self,
        codes: NDArray[np.int64],
        sample_weight: Any,
        class_weight: Mapping[Any, float] | None,
        *,
        as_given: bool = False,
    ) -> NDArray[np.float32] | None:
        """Return each sample's weight, the product of its own and its class's."""
        by_class = None
        if class_weight is not None:
            by_class = compute_sample_weight(class_weight, self.classes[codes])
        return weights_of(codes, sample_weight, by_class, as_given=as_given)

    def completed(self, model: keras.Model) -> keras.Model:
        """Return the network itself."""
        return model

    def decoded(self, outputs: NDArray[Any]) -> NDArray[Any]:
        """Return the label that a network's outputs speak for, or its one-hot row."""
        best = self._decided(outputs)
        if self.one_hot:
            return np.eye(len(self.classes), dtype=np.int64)[best]
        return self.classes[best]

    def _decided(self, outputs: NDArray[Any]) -> NDArray[np.int64]:
        if self.single:
            even = 0.5 if self.output == "probabilities" else 0.0
            return (outputs[:, 0] > even).astype(np.int64)
        return outputs.argmax(axis=1)

    def probabilities(self, outputs: NDArray[Any]) -> NDArray[Any]:
        """Return one column a class from a network's outputs; each row sums to 1.

        A single unit becomes two columns; logits pass through sigmoid or softmax first.

        Raises
        ------
        ValueError
            If the outputs are no probabilities.
        """
        if self.output == "margins":
            raise ValueError(
                "The network's outputs are no probabilities: a hinge teaches margins, which are "
                "decided at 0. Use predict, or train with loss='binary_crossentropy' (or a "
                "categorical one) and end the builder's network in sigmoid (or softmax)."
            )
        values = outputs
        if self.output == "logits":
            values = expit(values) if self.single else softmax(values, axis=1)
        if self.single:
            values = np.hstack([1 - values, values])
        sums = values.sum(axis=1, keepdims=True)
        are_shares = (values >= 0).all() and (abs(sums - 1) <= self.tolerance).all()
        if not are_shares:
            raise ValueError(
                "The network's outputs are no probabilities: expected rows of non-negative "
                f"numbers that sum to 1, received {outputs[0].tolist()} for the first sample. End "
                "the builder's network in softmax (or one sigmoid unit), or give it a loss with "
                "from_logits=True."
            )
        return values if self.tolerance == _TOLERANCE else values / sums


def _at_least_two(classes: NDArray[Any]) -> None:
    if len(classes) < 2:
        raise ValueError(
            f"y holds one class only, {classes.tolist()}; expected at least 2 classes to tell "
            "apart."
        )


def _warn_where_folds_are_not_stratified(codes: NDArray[np.int64], n_classes: int) -> None:
    """Warn where one-hot rows look like a fold, or a whole, that scikit-learn took as it lay.

    scikit-learn's splitters take such rows for multilabel and do not stratify them.
    """
    absent = sorted(set(range(n_classes)) - set(codes.tolist()))
    in_order = bool((np.diff(codes) >= 0).all())
    if absent or in_order:
        found = f"has no sample of the classes {absent}" if absent else "is sorted by class"
        warn(
            f"y holds one-hot rows and {found}. scikit-learn's splitters do not stratify one-hot "
            "rows, so that folds of cross-validation may leave whole classes out. Pass the labels "
            "themselves: y.argmax(axis=1)."
        )


def from_one_hot(y: NDArray[Any]) -> NDArray[np.int64]:
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
            "(n_samples,), or set target_type='multilabel-indicator'."
        )
    return np.asarray(rows.argmax(axis=1), dtype=np.int64)
