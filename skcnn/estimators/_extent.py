"""How long a training is: the size of its batches, and how many passes it makes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

_SMALLEST, _LARGEST = 32, 200  # samples in a batch of size "auto"
_BATCHES = 100  # of an epoch, with batches of size "auto"
_FEWEST_EPOCHS, _MOST_EPOCHS = 3, 30
_STEPS_OF_FEW_SAMPLES = 500  # which may take more passes than that


@dataclass(frozen=True)
class Extent:
    """How long a training is.

    Attributes
    ----------
    batch_size : int
        Samples a gradient step.
    steps_an_epoch : int
        Gradient steps of a pass over the samples.
    epochs : int
        Passes.
    """

    batch_size: int
    steps_an_epoch: int
    epochs: int

    @classmethod
    def of(cls, n_samples: int, batch_size: Any, epochs: Any, auto_steps: Any) -> Extent:
        """Return how long a training on so many samples is, by parameters of an estimator."""
        if isinstance(batch_size, str):
            batch_size = min(max(_SMALLEST, n_samples // _BATCHES), _LARGEST)
        steps = math.ceil(n_samples / int(batch_size))
        if isinstance(epochs, str):
            most = max(_MOST_EPOCHS, math.ceil(_STEPS_OF_FEW_SAMPLES / steps))
            epochs = max(_FEWEST_EPOCHS, min(round(int(auto_steps) / steps), most))
        return cls(int(batch_size), steps, int(epochs))

    @property
    def n_steps(self) -> int:
        """Gradient steps of the whole training."""
        return self.steps_an_epoch * self.epochs
