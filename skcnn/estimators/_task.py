"""The values that a fit is made of: what X and y say, and what has come of learning from them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from numbers import Integral
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from skcnn._arrays import LazyRows
from skcnn._engine.callbacks import best_epoch
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
class Part:
    """Samples with what y says about them, and which of them count.

    Attributes
    ----------
    x : ndarray or LazyRows of shape (n, *input_shape)
        Samples as the network takes them.
    codes : ndarray of shape (n, ...)
        What y says about each sample, in the terms of the task's targets.
    weight : ndarray of shape (n,) or None
        Weight of each sample.
    rows : ndarray of int
        Which samples count.
    """

    x: NDArray[Any] | LazyRows
    codes: NDArray[Any]
    weight: NDArray[np.float32] | None
    rows: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        x: NDArray[Any] | LazyRows,
        codes: NDArray[Any],
        weight: NDArray[np.float32] | None,
    ) -> Self:
        """Return all of the samples but those without weight."""
        rows = np.arange(len(codes)) if weight is None else np.flatnonzero(weight)
        return cls(x, codes, weight, rows)

    def data(self, targets: Targets) -> TrainingData:
        """Return what a network that gives ``targets`` learns from, or is scored on."""
        encoded = targets.encoded(self.codes)
        return TrainingData(self.x, encoded.y, self.weight, self.rows, encoded.one_hot_width)


@dataclass(frozen=True)
class Task:
    """What X and y say, before there is a network.

    Attributes
    ----------
    samples : Samples
        X as it was given.
    targets : Targets
        What y is.
    training : Part
        What the network learns from.
    held_out : Part or None
        What gives the validation scores: rows of the same X, or of another.
    seeds : Seeds
        What chance decides.
    """

    samples: Samples
    targets: Targets
    training: Part
    held_out: Part | None
    seeds: Seeds

    @property
    def x(self) -> NDArray[Any] | LazyRows:
        """Samples as the network takes them, of shape (n, *input_shape)."""
        return self.training.x

    @property
    def input_shape(self) -> Shape:
        """Shape of one sample as the network takes it."""
        return tuple(self.x.shape[1:])

    def data(self, targets: Targets) -> tuple[TrainingData, TrainingData | None]:
        """Return what a network learns from that gives ``targets``, and what it is scored on."""
        training, held_out = self.training.data(targets), self.held_out
        if held_out is None:
            return training, None
        if held_out.x is self.training.x:  # one set of arrays, which is handed over once
            return training, replace(training, rows=held_out.rows)
        return training, held_out.data(targets)


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
    monitor : str
        The score that says which epoch is the best.
    """

    task: Task
    model: keras.Model
    targets: Targets
    history: History
    monitor: str

    @property
    def attributes(self) -> dict[str, Any]:
        """What the estimator keeps, by the attribute's name."""
        best = best_epoch(self.model, self.history, self.monitor)
        return {
            **self.task.samples.learned,
            **self.targets.attributes,
            **self.of_network,
            "history_": self.history,
            "n_iter_": len(self.history.get("loss", ())),
            "best_epoch_": None if best is None else best + 1,
            "best_score_": None if best is None else self.history[self.monitor][best],
            "n_parameters_": int(self.model.count_params()),
            "input_shape_": self.task.input_shape,
            "_sample_shape": self.task.samples.shape,
            "_sample_dtype": self.task.samples.rows.dtype.name,
            "_passes": None,
            "_targets": self.targets,
        }

    @property
    def of_network(self) -> dict[str, Any]:
        """Those of them that hold the network."""
        return {
            "model_": self.targets.completed(self.model),
            "_network": self.model,
            "_forward_pass": ForwardPass(
                self.model, self.task.input_shape, self.targets.pass_together
            ),
        }
