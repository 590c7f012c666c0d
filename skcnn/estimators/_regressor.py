"""What regressors share beyond a fit: their loss, and the scale of what they learn."""

from __future__ import annotations

from dataclasses import KW_ONLY
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import RegressorMixin
from sklearn.utils import Tags

from skcnn._sklearn_internals import fit_context
from skcnn.estimators._base import BaseKerasEstimator
from skcnn.estimators._number_targets import NumberTargets
from skcnn.estimators._parameters import network_estimator, parameter
from skcnn.estimators._targets import Targets


@network_estimator
class BaseKerasRegressor(RegressorMixin, BaseKerasEstimator):
    """Base of all regressors: from samples and numbers to a trained network and back.

    A regressor of your own is a subclass with ``build_network(input_shape, n_outputs)``, and with
    a field for each parameter of its own under ``network_estimator``; it has all the parameters
    below.

    Parameters
    ----------
    {parameters}
    """

    _: KW_ONLY
    loss: Any = parameter(
        "str, callable or keras.losses.Loss",
        """
        What training makes small: a loss of Keras by name, such as ``"mse"``, ``"mae"`` or
        ``"huber"``, as a function or as an object.""",
        default="mse",
    )
    standardize_targets: bool = parameter(
        "bool",
        """
        Whether the network learns targets of mean 0 and standard deviation 1, by those of the
        samples that train, so that y of any scale trains as well.  ``predict``, ``model_`` and
        the file at ``checkpoint_path`` give numbers in the units of y; the scores of ``history_``
        are those of standardized targets, of which a mean squared error of 1 is what the mean of
        y would have.""",
        default=True,
        constraint=["boolean"],
    )

    def _read_targets(self, y: Any) -> tuple[Targets, NDArray[Any]]:
        return NumberTargets.read(y, standardized=bool(self.standardize_targets))

    def _loss_for_training(self, targets: Targets, n_outputs: int) -> Any:
        return self.loss

    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> Self:
        """Train for one epoch over a part of a stream, and keep what was learned before.

        The network goes on from where it stands, whatever came before: its weights, the state of
        its optimizer, its ``history_``.  Nothing is held out, nothing stops early, and nothing is
        written to ``checkpoint_path``.  Between two parts, ``learning_rate``, ``batch_size``,
        ``augmentation``, ``callbacks`` and ``verbose`` may change; the network itself stays as
        the first part has made it, which decides about the mean and the standard deviation of
        standardized targets too.

        Parameters
        ----------
        X : array-like
            Samples, one or more, in any shape that ``fit`` takes; that of the first part decides.
        y : array-like of shape (n,) or (n, n_outputs)
            Numbers to predict.
        sample_weight : array-like of shape (n,) or None, default=None
            Weight of each sample, taken as it is: a part does not know the mean of all.

        Returns
        -------
        self
            The estimator.

        Raises
        ------
        ValueError
            If X or y has another shape than in the first part, a parameter needs to know how many
            parts there will be, or the training diverges.  A network that has diverged stays so:
            fit again.  After another error the estimator is as it was.
        """
        self._check_grows()
        if not hasattr(self, "_network"):
            targets, _ = self._read_targets(y)
            task = self._read_part(X, targets, y, sample_weight)
            return self._begin(task, X, y, sample_weight)
        return self._grow(X, y, sample_weight)

    def predict(self, X: ArrayLike) -> NDArray[np.floating[Any]]:
        """Return the numbers that the network expects for each sample.

        Parameters
        ----------
        X : array-like
            Samples of the shape that fit saw, or their rows.

        Returns
        -------
        ndarray of shape (n,) or (n, n_outputs), float64
            In the units and the shape of the y that fit saw.
        """
        return super().predict(X)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
