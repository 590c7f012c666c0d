"""The network inside an estimator, and the steps that an image takes before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skcnn.estimators import BaseKerasClassifier
from skcnn._engine.runtime import keras


@dataclass(frozen=True)
class FittedNetwork:
    """A fitted classifier of skcnn, alone or at the end of a Pipeline.

    Attributes
    ----------
    estimator : BaseKerasClassifier or Pipeline
        What takes samples as the user has them.
    steps : tuple of transformers
        What samples pass before the classifier; empty for a classifier alone.
    classifier : BaseKerasClassifier
        The classifier itself.
    """

    estimator: Any
    steps: tuple[Any, ...]
    classifier: Any

    @property
    def model(self) -> keras.Model:
        """The trained network."""
        return self.classifier.model_

    @property
    def classes(self) -> NDArray[Any]:
        """The labels, in the order of the probabilities."""
        return self.classifier.classes_

    def image_shape(self, given: Sequence[int] | None, X: NDArray[Any]) -> Sequence[int] | None:
        """Return the shape of images that are given as rows, as far as the network knows it."""
        shape = self.classifier.input_shape_
        return shape if given is None and X.ndim == 2 and len(shape) == 3 else given

    def probabilities(self, X: ArrayLike) -> NDArray[np.float32]:
        """Return the probability of each class for samples as the user has them."""
        return self.estimator.predict_proba(X)

    def inputs(self, X: Any) -> NDArray[np.float32]:
        """Return samples as the network receives them, of shape (n, *input_shape_)."""
        for step in self.steps:
            X = step.transform(X)
        rows = np.asarray(X, dtype=np.float32)
        return rows.reshape(len(rows), *self.classifier.input_shape_)


def find_network(estimator: Any) -> FittedNetwork:
    """Return the fitted network in ``estimator``.

    Parameters
    ----------
    estimator : BaseKerasClassifier or Pipeline
        A fitted classifier of skcnn, or a Pipeline that ends in one.

    Raises
    ------
    TypeError
        If it is anything else.
    NotFittedError
        If it is not fitted.
    """
    classifier, steps = estimator, []
    while isinstance(classifier, Pipeline):
        *before, (_, classifier) = classifier.steps
        steps += [step for _, step in before if step not in (None, "passthrough")]
    if not isinstance(classifier, BaseKerasClassifier):
        raise TypeError(
            "Expected a fitted classifier of skcnn, or a Pipeline that ends in one; received "
            f"{estimator!r}. Of a search, pass its best_estimator_."
        )
    check_is_fitted(classifier)
    return FittedNetwork(estimator, tuple(steps), classifier)


def write_probability(p: float) -> str:
    """Write a probability to three digits; only a certain answer has p = 1."""
    return "p > 0.999" if 0.9995 <= p < 1 else f"p = {p:.3f}"
