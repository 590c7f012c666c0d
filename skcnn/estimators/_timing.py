"""Fits that take a given time."""

from __future__ import annotations

import math
from dataclasses import KW_ONLY, replace
from functools import partial
from numbers import Real

from sklearn.exceptions import ConvergenceWarning

from skcnn._engine.compiling import one_cycle
from skcnn._engine.fitting import Cycle, Training
from skcnn._engine.pacing import Budget
from skcnn._sklearn_internals import Interval
from skcnn._warning import warn
from skcnn.estimators._base import BaseKerasEstimator
from skcnn.estimators._extent import Extent
from skcnn.estimators._parameters import network_estimator, parameter
from skcnn.estimators._scikit_learn_callbacks import AsFitted, FitTask
from skcnn.estimators._task import History


@network_estimator
class TimedEstimator(BaseKerasEstimator):
    """An estimator whose fit may be given a time to end in."""

    _: KW_ONLY
    time_budget: float | None = parameter(
        "float or None",
        """
        Seconds that a fit takes, in place of ``epochs``: reading of X, compilation and scoring of
        the held-out part included.  After a few steps the pace is known, and
        ``learning_rate="one_cycle"`` is planned to end in time, and planned anew as the pace
        changes; any other learning rate stays as it is.  The last epoch may see a part of the
        samples, and one epoch at least is run to its end.  Such a fit is no pure function of
        ``random_state``: a machine that is faster, or has less else to do, takes more steps.  None
        for ``epochs`` epochs.""",
        default=None,
        constraint=[Interval(Real, 0, None, closed="neither"), None],
    )

    def _limited(self, training: Training, began: float) -> Training:
        if self.time_budget is None:
            return training
        return replace(
            training,
            epochs=math.inf,
            budget=Budget(float(self.time_budget), began),
            cycle=self._cycle(),
        )

    def _cycle(self) -> Cycle | None:
        is_one = isinstance(self.learning_rate, str)
        return partial(one_cycle, self.peak_learning_rate) if is_one else None

    def _warn_of_few_steps(self, extent: Extent, first_epoch: int) -> None:
        if self.time_budget is None:
            super()._warn_of_few_steps(extent, first_epoch)

    def _learn(self, training: Training, told: FitTask, as_fitted: AsFitted) -> History:
        history = super()._learn(training, told, as_fitted)
        budget = training.budget
        if budget is not None and len(history["loss"]) == 1 and budget.overrun > 0:
            warn(
                f"time_budget={self.time_budget:g} seconds do not suffice for one epoch, which is "
                f"run to its end: of {budget.n_steps} steps on {len(training.data):,} samples, in "
                f"{budget.seconds + budget.overrun:.1f} seconds. Give the fit more time, fewer "
                "samples or a smaller network.",
                ConvergenceWarning,
            )
        return history
