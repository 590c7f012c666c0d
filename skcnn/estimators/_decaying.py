"""Weights that decay while they are trained."""

from __future__ import annotations

from dataclasses import KW_ONLY
from numbers import Real
from typing import Any

from skcnn._engine.runtime import keras
from skcnn._sklearn_internals import Interval
from skcnn.estimators._base import BaseKerasEstimator
from skcnn.estimators._parameters import network_estimator, parameter


@network_estimator
class DecayingEstimator(BaseKerasEstimator):
    """An estimator that says how fast weights decay, whatever the optimizer.

    Estimators that take a builder are not among them: ``weight_decay`` is the name of many a
    builder's own argument, and the optimizer's is ``optimizer__weight_decay``.
    """

    _: KW_ONLY
    weight_decay: float | None = parameter(
        "float or None",
        """
        Share of each weight that a step takes away, times the learning rate, whatever the
        gradient; None for the optimizer's own, which is 0.004 of ``"adamw"`` and nothing of most
        others.  Source: Loshchilov and Hutter (2019), "Decoupled weight decay
        regularization".""",
        default=None,
        constraint=[Interval(Real, 0, None, closed="left"), None],
    )

    def _fresh_optimizer(self, n_steps: int, **options: Any) -> keras.optimizers.Optimizer:
        if self.weight_decay is not None:
            options["weight_decay"] = float(self.weight_decay)
        return super()._fresh_optimizer(n_steps, **options)
