"""The values that a fit is made of: what X and y say, and what has come of learning from them."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from skcnn._arrays import FileRows
from skcnn._engine.feeding import TrainingData
from skcnn._engine.predicting import ForwardPass
from skcnn._engine.runtime import keras
from skcnn.estimators._samples import Samples, Shape
from skcnn.estimators._targets import Targets

History = dict[str, list[float]]


class Seeds(NamedTuple):
    """What chance decides about a fit.

    Attributes
    ----------
    network, held_out, order : int
        Seeds of the network's weights and dropout, of the held-out part, of the order of samples.
    """

    network: int
    held_out: int
    order: int

    @classmethod
    def of(cls, random_state: Any) -> Self:
        """Return the seeds of one fit; None takes fresh entropy, not NumPy's global generator."""
        if random_state is None:
            seed = int(np.random.default_rng().integers(2**32))
        elif isinstance(random_state, Integral):
            seed = int(random_state)
        else:
            seed = int(random_state.randint(2**31))  # a RandomState moves on, as scikit-learn's do
        return cls(*(int(seed) for seed in np.random.SeedSequence(seed).generate_state(3)))


@dataclass(frozen=True)
class Task:
    """What X and y say, before there is a network.

    Attributes
    ----------
    samples : Samples
        X as it was given.
    x : ndarray or FileRows of shape (n, *input_shape)
        Samples as the network takes them.
    targets : Targets
        What y is.
    codes : ndarray of shape (n,)
        What y says about each sample, in the terms of ``targets``.
    weight : ndarray of shape (n,) or None
        Weight of each sample.
    training_rows, held_out_rows : ndarray of int
        Which samples train, and which give the validation scores.
    seeds : Seeds
        What chance decides.
    """

    samples: Samples
    x: NDArray[Any] | FileRows
    targets: Targets
    codes: NDArray[Any]
    weight: NDArray[np.float32] | None
    training_rows: NDArray[np.int64]
    held_out_rows: NDArray[np.int64]
    seeds: Seeds

    @property
    def input_shape(self) -> Shape:
        """Shape of one sample as the network takes it."""
        return tuple(self.x.shape[1:])

    def data(self, targets: Targets) -> TrainingData:
        """Return what a network learns from that gives ``targets``."""
        encoded = targets.encoded(self.codes)
        return TrainingData(
            self.x,
            encoded.y,
            self.weight,
            self.training_rows,
            self.held_out_rows,
            encoded.one_hot_width,
        )


@dataclass(frozen=True)
class Fitted:
    """What a fit has come to.

    Attributes
    ----------
    task : Task
        What was learned from.
    model : keras.Model
        The trained network.
    targets : Targets
        What y is, as the network gives it.
    history : dict of str to list of float
        Scores by epoch.
    """

    task: Task
    model: keras.Model
    targets: Targets
    history: History

    @property
    def attributes(self) -> dict[str, Any]:
        """What the estimator keeps, by the attribute's name."""
        return {
            **self.task.samples.learned,
            **self.targets.attributes,
            "model_": self.model,
            "history_": self.history,
            "n_iter_": len(self.history["loss"]),
            "input_shape_": self.task.input_shape,
            "_sample_shape": self.task.samples.shape,
            "_targets": self.targets,
            "_forward_pass": ForwardPass(self.model, self.task.input_shape),
        }
