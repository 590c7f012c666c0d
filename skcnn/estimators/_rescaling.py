"""Networks that scale their pixels by themselves."""

from __future__ import annotations

from dataclasses import KW_ONLY
from typing import Any

from skcnn._arrays import first_of
from skcnn._engine.fitting import Training
from skcnn._warning import warn
from skcnn.estimators._base import BaseKerasEstimator
from skcnn.estimators._parameters import network_estimator, parameter
from skcnn.estimators._targets import Targets
from skcnn.estimators._task import Task

_FAINT = 0.02  # what the largest pixel of all is not below, unless pixels are scaled twice


@network_estimator
class RescalingEstimator(BaseKerasEstimator):
    """An estimator whose network may begin by scaling."""

    _: KW_ONLY
    rescale: float | None = parameter(
        "float or None",
        """
        What the network multiplies each pixel by first: 1/255 takes bytes to 0..1, as a
        ``PixelScaler`` before the estimator does, but they stay bytes in memory until they meet
        the network.  None where X is scaled.""",
        default=None,
    )

    def _prepare(self, task: Task) -> tuple[Training, Targets]:
        prepared = super()._prepare(task)
        if self.rescale is not None:
            _warn_of_faint_pixels(self.rescale, task.x)
        return prepared


def _warn_of_faint_pixels(rescale: float, x: Any) -> None:
    """Warn where pixels seem to be scaled before they are scaled again."""
    seen = first_of(x)
    brightest = max(float(seen.max()), -float(seen.min()))
    if 0 < brightest * rescale < _FAINT:
        warn(
            f"X holds numbers up to {brightest:g}, and rescale={rescale:g} makes them "
            f"{brightest * rescale:.2g} at most: they seem to be scaled already. Leave out "
            "rescale, or the step that scales X before it."
        )
