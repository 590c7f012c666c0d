"""Training in mixed precision."""

from __future__ import annotations

from dataclasses import KW_ONLY
from typing import Literal

from skcnn._engine.mixed_precision import multiplies_16_bits_fast
from skcnn._sklearn_internals import StrOptions
from skcnn.estimators._base import BaseKerasEstimator
from skcnn.estimators._parameters import network_estimator, parameter


@network_estimator
class MixedPrecisionEstimator(BaseKerasEstimator):
    """An estimator whose convolutions may multiply numbers of 16 bits while it is trained.

    Estimators that take a builder are not among them: the builder sets its layers' ``dtype``.
    """

    _: KW_ONLY
    mixed_precision: bool | Literal["auto"] = parameter(
        'bool or "auto"',
        """
        Whether training computes feature maps in bfloat16, of 16 bits, and keeps weights, losses
        and scores in float32.  Where the processor multiplies such numbers by AMX this takes about
        half the time, and anywhere else more.  ``"auto"`` does so where AMX is found, under Linux
        and without a GPU.  Predictions, scores of held-out samples, ``model_`` and files are in
        float32 either way.  A callback that hears of single batches leaves training to
        ``keras.Model.fit``, which is in float32.  Sources: Micikevicius et al. (2018), "Mixed
        precision training"; Kalamkar et al. (2019), "A study of BFLOAT16 for deep learning
        training".""",
        default=False,
        constraint=["boolean", StrOptions({"auto"})],
    )

    def _trains_in_16_bits(self) -> bool:
        if self.mixed_precision == "auto":
            return multiplies_16_bits_fast()
        return bool(self.mixed_precision)
