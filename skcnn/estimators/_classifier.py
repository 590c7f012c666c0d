"""What classifiers share beyond a fit: probabilities, and the weights of classes."""

from __future__ import annotations

from dataclasses import KW_ONLY
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassifierMixin

from skcnn._sklearn_internals import StrOptions
from skcnn.estimators._base import BaseKerasEstimator
from skcnn.estimators._parameters import network_estimator, parameter
from skcnn.estimators._targets import ClassTargets


@network_estimator
class BaseKerasClassifier(ClassifierMixin, BaseKerasEstimator):
    """Base of all classifiers: from samples and labels to a trained network and back.

    A classifier of your own is a subclass with ``build_network(input_shape, n_outputs)``, and with
    a field for each parameter of its own under ``network_estimator``; it has all the parameters
    below.

    Parameters
    ----------
    {parameters}
    """

    _: KW_ONLY
    class_weight: dict[Any, float] | str | None = parameter(
        'dict of label to float, "balanced" or None',
        "Weight of each class; multiplied with ``sample_weight``.",
        default=None,
        constraint=[dict, StrOptions({"balanced"}), None],
    )

    def _read_targets(
        self, y: Any, sample_weight: Any
    ) -> tuple[ClassTargets, NDArray[Any], NDArray[np.float32] | None]:
        targets, codes = ClassTargets.read(y)
        return targets, codes, targets.weights(codes, sample_weight, self.class_weight)

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the most probable label of each sample.

        Parameters
        ----------
        X : array-like
            Samples of the shape that fit saw, or their rows.

        Returns
        -------
        ndarray of shape (n,) or (n, n_classes)
            Labels as in ``classes_``; one-hot rows of int64 where fit was given one-hot rows.
        """
        return super().predict(X)

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float32]:
        """Return the probability of each class for each sample.

        Parameters
        ----------
        X : array-like
            Samples of the shape that fit saw, or their rows.

        Returns
        -------
        ndarray of shape (n, n_classes), float32
            Columns in the order of ``classes_``; each row sums to 1.

        Raises
        ------
        ValueError
            If the builder's network does not end in probabilities.
        """
        outputs = self._outputs(X)
        return self._targets.probabilities(outputs)

    def predict_log_proba(self, X: ArrayLike) -> NDArray[np.float32]:
        """Return the natural logarithm of ``predict_proba``.

        Parameters
        ----------
        X : array-like
            Samples of the shape that fit saw, or their rows.

        Returns
        -------
        ndarray of shape (n, n_classes), float32
            Columns in the order of ``classes_``; -inf where a probability is 0.
        """
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))
