"""How X and y are read: into a task, into the first part of a stream, or once more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skcnn.estimators._holding_out import Validation
from skcnn.estimators._samples import (
    Samples,
    Shape,
    check_lengths,
    check_not_single,
    read_samples,
    read_samples_again,
    read_samples_like,
    shaped,
)
from skcnn.estimators._state import KeepsNetwork
from skcnn.estimators._targets import Targets
from skcnn.estimators._task import Part, Seeds, Task
from skcnn.estimators._training import TrainingParameters


class ReadsSamples(KeepsNetwork, TrainingParameters):
    """An estimator that reads X and y."""

    _sample_shape: Shape | None
    _sample_dtype: str

    def network_input_shape(self, sample_shape: Shape) -> Shape:
        """Return the shape in which the network takes samples of ``sample_shape``."""
        return sample_shape

    def _read(self, X: Any, y: Any, sample_weight: Any, validation: Validation) -> Task:
        """Read X and y into a task."""
        samples = read_samples(self, X)
        check_not_single(samples, y)
        targets, codes = self._read_targets(y)
        class_weight = self._weights_of_classes(targets, codes)
        weight = targets.weights(codes, sample_weight, class_weight)
        check_lengths(samples, len(codes))
        input_shape = self.network_input_shape(samples.shape or samples.rows.shape[1:])
        seeds = Seeds.of(self.random_state)
        part = Part.of(shaped(samples.rows, input_shape), codes, weight)
        validation.check(self.validation_split, self._default_validation_split())
        training, held_out = validation.split(
            self.validation_split, X, targets, codes, part.rows, seeds.held_out
        )
        counted = None if weight is None else weight[training]
        targets = targets.fitted_to(codes[training], counted)
        scored = replace(part, rows=held_out) if len(held_out) else None
        if validation.is_given:
            scored = self._read_validation(validation, samples, targets, class_weight, input_shape)
        return Task(samples, targets, replace(part, rows=training), scored, seeds)

    def _read_validation(
        self,
        validation: Validation,
        samples: Samples,
        targets: Targets,
        class_weight: Any,
        input_shape: Shape,
    ) -> Part:
        """Read X_val and y_val in the terms of X and y."""
        rows = read_samples_like(self, validation.X, samples)
        codes = targets.read_again(validation.y, "y_val")
        check_lengths(rows, len(codes), "X_val", "y_val")
        weight = targets.weights(codes, validation.sample_weight, class_weight)
        return Part.of(shaped(rows, input_shape), codes, weight)

    @classmethod
    def _default_validation_split(cls) -> Any:
        return next(f.default for f in fields(cls) if f.name == "validation_split")

    def _read_targets(self, y: Any) -> tuple[Targets, NDArray[Any]]:
        """Return what y is, and what it says about each sample."""
        raise NotImplementedError

    def _read_part(self, X: Any, targets: Targets, y: Any, sample_weight: Any) -> Task:
        """Read the first part of a stream, of which nothing is held out."""
        samples = read_samples(self, X, at_least=1)
        codes = targets.read_again(y)
        check_lengths(samples, len(codes))
        weight = targets.weights(codes, sample_weight, None, as_given=True)
        x = shaped(samples.rows, self.network_input_shape(samples.shape or samples.rows.shape[1:]))
        part = Part(x, codes, weight, np.arange(len(codes)))
        seeds = Seeds.of(self.random_state)
        return Task(samples, targets.fitted_to(codes, weight), part, None, seeds)

    def _weights_of_classes(self, targets: Any, codes: NDArray[Any]) -> Any:
        """Return what each class weighs, by its label; None where there are none."""
        return None

    def _read_again(self, X: Any) -> Any:
        """Return the rows of samples like those that the network has seen."""
        return read_samples_again(
            self, X, fitted_shape=self._sample_shape, other_shapes=self._other_sample_shapes()
        )

    def _other_sample_shapes(self) -> Sequence[Shape]:
        """Return shapes of images that a network knows to read though fit has seen others."""
        return ()
