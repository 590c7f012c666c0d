"""Targets that are numbers: one or several a sample."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_array, column_or_1d

from skcnn._engine.models import rescaled
from skcnn._engine.runtime import keras
from skcnn.estimators._targets import Encoded, Ending, as_array, weights_of

_ONE_SIDED_LOSSES = (
    "poisson",
    "mean_squared_logarithmic_error",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "kl_divergence",
)
_ONE_SIDED_ACTIVATIONS = ("sigmoid", "softmax", "relu", "softplus", "exponential", "hard_sigmoid")


@dataclass(frozen=True)
class NumberTargets:
    """One or several numbers a sample.

    Attributes
    ----------
    n_outputs : int
        Numbers a sample.
    flat : bool
        Whether y has one axis, so that predictions shall have one.
    standardized : bool
        Whether the network learns numbers of mean 0 and standard deviation 1.
    mean, scale : ndarray of shape (n_outputs,), float64
        What it takes to have such.
    """

    n_outputs: int
    flat: bool
    standardized: bool = False
    mean: NDArray[np.float64] = field(default_factory=lambda: np.zeros(1))
    scale: NDArray[np.float64] = field(default_factory=lambda: np.ones(1))

    pass_together: ClassVar[int] = 2
    output_activation: ClassVar[str] = "linear"

    @classmethod
    def read(cls, y: Any, *, standardized: bool) -> tuple[Self, NDArray[np.float64]]:
        """Return what y is, and its numbers.

        Parameters
        ----------
        y : array-like of shape (n,) or (n, n_outputs)
            Numbers, in any container that X may come in.
        standardized : bool
            Whether the network shall learn them standardized.

        Raises
        ------
        ValueError
            If y is missing, holds anything but finite numbers, or has more than two axes.
        """
        numbers, flat = _as_numbers(y, "y")
        return cls(numbers.shape[1], flat, standardized), numbers

    def read_again(self, y: Any, name: str = "y") -> NDArray[np.float64]:
        """Return the numbers of a further y.

        Raises
        ------
        ValueError
            If it has another number of them a sample.
        """
        numbers, _ = _as_numbers(y, name)
        if numbers.shape[1] != self.n_outputs:
            raise ValueError(
                f"{name} has {numbers.shape[1]} numbers a sample; expected {self.n_outputs}, as "
                "in the y of the first fit."
            )
        return numbers

    @property
    def attributes(self) -> dict[str, Any]:
        """``n_outputs_``."""
        return {"n_outputs_": self.n_outputs}

    def weights(
        self,
        codes: NDArray[np.float64],
        sample_weight: Any,
        class_weight: None,
        *,
        as_given: bool = False,
    ) -> NDArray[np.float32] | None:
        """Return each sample's weight."""
        return weights_of(codes, sample_weight, as_given=as_given)

    def fitted_to(self, codes: NDArray[np.float64], weight: NDArray[np.float32] | None) -> Self:
        """Return these targets with the mean and the standard deviation of some numbers.

        Numbers that are all alike are divided by 1.
        """
        if not self.standardized:
            return self
        mean = np.average(codes, axis=0, weights=weight)
        deviation = np.sqrt(np.average((codes - mean) ** 2, axis=0, weights=weight))
        rounding = np.finfo(np.float64).eps * np.abs(codes).max(axis=0)
        return replace(self, mean=mean, scale=np.where(deviation > rounding, deviation, 1.0))

    def going_on_from(self, known: Self) -> Self:
        """Return these targets on the scale of those that a network has learned to give."""
        return replace(self, standardized=known.standardized, mean=known.mean, scale=known.scale)

    def default_loss(self, n_outputs: int) -> str:
        """Return the mean squared error."""
        return "mse"

    def metrics(self, asked_for: Any) -> list[Any]:
        """Return what is asked for."""
        return list(asked_for or ())

    def given_by(self, ending: Ending) -> Self:
        """Return the same, if a network that ends so can give them.

        Raises
        ------
        ValueError
            If it cannot.
        """
        if ending.n_outputs != self.n_outputs:
            raise ValueError(
                f"The builder's network has {ending.n_outputs} outputs, but y holds "
                f"{self.n_outputs} numbers a sample; expected one output for each. Let the "
                "builder take n_outputs and give its last layer that many units."
            )
        if "categorical" in ending.loss:
            raise ValueError(
                f"The loss {ending.loss} tells classes apart, and y holds numbers. Use "
                "loss='mse', or a classifier."
            )
        if self.standardized:
            self._check_takes_negative_numbers(ending)
        return self

    def _check_takes_negative_numbers(self, ending: Ending) -> None:
        one_sided = ""
        if ending.loss in _ONE_SIDED_LOSSES:
            one_sided = f"the loss {ending.loss}"
        elif ending.activation in _ONE_SIDED_ACTIVATIONS:
            one_sided = f"a network that ends in {ending.activation}"
        if one_sided:
            raise ValueError(
                "Standardized targets have a mean of 0, so that some are negative; received "
                f"{one_sided}, which knows no such numbers. Set standardize_targets=False."
            )

    def encoded(self, codes: NDArray[np.float64]) -> Encoded:
        """Return the numbers as the network learns them."""
        return Encoded(((codes - self.mean) / self.scale).astype(np.float32))

    def strata(self, codes: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return that all samples are alike."""
        return np.zeros(len(codes), dtype=np.int64)

    def decoded(self, outputs: NDArray[Any]) -> NDArray[Any]:
        """Return numbers in the units of y, float64 as scikit-learn's regressors do."""
        numbers = outputs.astype(np.float64)
        if self.standardized:
            numbers = numbers * self.scale + self.mean
        return numbers[:, 0] if self.flat else numbers

    def completed(self, model: keras.Model) -> keras.Model:
        """Return a network that gives numbers in the units of y, of the same weights."""
        return rescaled(model, self.scale, self.mean) if self.standardized else model


def _as_numbers(y: Any, name: str) -> tuple[NDArray[np.float64], bool]:
    """Return the numbers of y, of shape (n, n_outputs), and whether it has one axis."""
    numbers = check_array(
        as_array(y, name), dtype=np.float64, ensure_2d=False, ensure_min_samples=0, input_name=name
    )
    if numbers.ndim == 2 and numbers.shape[1] == 1:
        numbers = column_or_1d(numbers, warn=True)
    flat = numbers.ndim == 1
    return numbers[:, np.newaxis] if flat else numbers, flat
