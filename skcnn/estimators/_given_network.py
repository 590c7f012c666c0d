"""Estimators of a network that exists: one to train a copy of, or one that is trained already."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skcnn._engine.compiling import fresh_optimizer
from skcnn._engine.copying import compile_as, copied, fresh_copy, loaded
from skcnn._engine.fitting import create_variables
from skcnn._engine.models import count_outputs, last_activation, take_over_optimizer
from skcnn._engine.runtime import keras
from skcnn._engine.seeding import names_given_back
from skcnn.estimators._class_targets import ClassTargets
from skcnn.estimators._columns_of_inputs import check_has_one_input, least_columns
from skcnn.estimators._label_set_targets import LabelSetTargets
from skcnn.estimators._number_targets import NumberTargets
from skcnn.estimators._samples import Samples, Shape
from skcnn.estimators._state import KeepsGivenNetwork
from skcnn.estimators._taking_builder import TakesBuilder
from skcnn.estimators._targets import Targets
from skcnn.estimators._task import Fitted, Part, Seeds, Task

_COMPILED_ALREADY = (
    "The network that was given is compiled, so {} would have no effect. Pass one that is not "
    "compiled (keras.models.clone_model gives such a copy, without the weights), or leave these "
    "parameters out."
)


class TakesNetwork(KeepsGivenNetwork, TakesBuilder):
    """An estimator that takes a network where others take a function that builds one."""

    _network_parameter: ClassVar[str] = "model"

    # --- fit ------------------------------------------------------------------------------------

    def _has_network(self) -> bool:
        return isinstance(self._builder_or_none(), keras.Model)

    def network_input_shape(self, sample_shape: Shape) -> Shape:
        """Return the shape in which the network takes samples of ``sample_shape``.

        Raises
        ------
        ValueError
            If the network takes samples of another size.
        """
        shape = super().network_input_shape(sample_shape)
        known = getattr(self.model, "inputs", None) if self._has_network() else None
        if not known or self.inputs is not None or len(known) > 1:
            return shape
        return _as_taken(tuple(known[0].shape[1:]), shape)

    def _other_sample_shapes(self) -> Sequence[Shape]:
        height_and_width, channels = self.input_shape_[:-1], self.input_shape_[-1]
        of_grey_images = len(height_and_width) == 2 and channels == 1
        return (height_and_width,) if self._has_network() and of_grey_images else ()

    def _build(self, task: Task, n_steps: int) -> keras.Model:
        if not self._has_network():
            return super()._build(task, n_steps)
        self._check_names({})
        model = self._joined(fresh_copy(self.model, task.seeds.network), task)
        if model.compiled:
            self._check_all_is_heard({}, _COMPILED_ALREADY)
        else:
            self._compile(model, task, n_steps)
        return model

    # --- a network that is trained already ------------------------------------------------------

    def _become(self, targets_of: Callable[[keras.Model], Targets]) -> Self:
        """Become the fitted estimator of the network."""
        with self._chance(0), names_given_back():
            model = copied(self.model)
            targets = targets_of(model)
            task = _task_of(targets, self._shape_of_one_sample(model))
            model = self._joined(model, task)
            if model.compiled:
                self._check_all_is_heard({}, _COMPILED_ALREADY)
            else:
                self._compile(model, task, 1)
            targets = targets.given_by(self._ending(model, task))
            create_variables(model, task.training.data(targets))
        self._take_over(Fitted(task, model, targets, {}, self.monitor))
        return self

    def _shape_of_one_sample(self, model: keras.Model) -> Shape:
        if self.inputs is not None:
            return (least_columns(self.inputs),)
        check_has_one_input(model)
        return _fixed_input_shape(model)

    # --- copies ---------------------------------------------------------------------------------

    def __sklearn_clone__(self) -> Self:
        if not isinstance(self.model, keras.Model):
            return super().__sklearn_clone__()
        copy = super(TakesNetwork, self._twin(model=None)).__sklearn_clone__()
        copy.model = self.model  # which no fit changes, so that no copy is needed
        return copy


def network_from(network: keras.Model | str | os.PathLike[str]) -> keras.Model:
    """Return a network, given as such or by the file that holds it.

    Raises
    ------
    TypeError
        If it is neither.
    """
    if isinstance(network, (str, os.PathLike)):
        return loaded(network)
    if not isinstance(network, keras.Model):
        raise TypeError(
            f"Expected a keras.Model, or the path of a .keras file; received {network!r}."
        )
    return network


def targets_of_classes(
    network: keras.Model, classes: NDArray[Any] | None, target_type: str
) -> Targets:
    """Return what a classifier's network tells apart.

    Parameters
    ----------
    network : keras.Model
        Trained.
    classes : ndarray of shape (n_classes,) or None
        Labels, sorted; None for numbers from 0.
    target_type : {"auto", "multiclass", "multilabel-indicator"}
        Whether a sample has one class or any number of labels; ``"auto"`` takes a network of
        several outputs that ends in sigmoid for one of labels.

    Raises
    ------
    ValueError
        If there are more or fewer classes than the network has outputs.
    """
    n_outputs = count_outputs(network, np.zeros((1, 1)))
    ends_in_sigmoid = n_outputs > 1 and last_activation(network) == "sigmoid"
    n_classes = max(n_outputs, 2)
    if classes is not None and len(classes) != n_classes:
        raise ValueError(
            f"The network has {n_outputs} output{'s' * (n_outputs > 1)}, for {n_classes} classes; "
            f"received {len(classes)}: {classes.tolist()}."
        )
    if target_type == "multilabel-indicator" or (target_type == "auto" and ends_in_sigmoid):
        return LabelSetTargets(n_outputs)
    return ClassTargets.of(np.arange(n_classes) if classes is None else classes)


def targets_of_numbers(network: keras.Model) -> Targets:
    """Return what a regressor's network predicts."""
    n_outputs = count_outputs(network, np.zeros((1, 1)))
    return NumberTargets(n_outputs, flat=n_outputs == 1)


def in_sorted_order(
    network: keras.Model, classes: ArrayLike | None
) -> tuple[keras.Model, NDArray[Any] | None]:
    """Return a network of the same weights whose outputs stand in the order of sorted classes.

    Parameters
    ----------
    network : keras.Model
        Trained.
    classes : array-like of shape (n_classes,) or None
        Labels, in the order of its outputs.

    Returns
    -------
    network : keras.Model
        Itself, where the classes are sorted.
    classes : ndarray of shape (n_classes,) or None
        Sorted.

    Raises
    ------
    ValueError
        If a label stands there twice, or the order of the outputs cannot be changed.
    """
    if classes is None:
        return network, None
    labels = np.asarray(classes)
    if labels.ndim != 1 or len(np.unique(labels)) < len(labels):
        raise ValueError(
            f"classes must hold each label once, one for each output; received {classes!r}."
        )
    order = np.argsort(labels, kind="stable")
    if (order == np.arange(len(labels))).all():
        return network, labels
    outputs = getattr(network, "outputs", None)
    if not outputs or outputs[0].shape[-1] != len(labels):
        raise ValueError(
            f"classes={classes!r} are not sorted, as classes_ must be, and the outputs of this "
            "network cannot be put into another order. Pass sorted classes."
        )
    reordered = keras.Model(
        network.inputs, keras.ops.take(outputs[0], order.tolist(), axis=1), name=network.name
    )
    if network.compiled:
        compile_as(reordered, network, optimizer=fresh_optimizer(network.optimizer))
        reordered.optimizer.build(reordered.trainable_variables)
        take_over_optimizer(reordered, network)
    return reordered, labels[order]


def _as_taken(shape: tuple[int | None, ...], sample_shape: Shape) -> Shape:
    """Return the shape in which a network that takes ``shape`` is given samples."""
    fits = len(shape) == len(sample_shape) and all(
        wanted in (None, size) for wanted, size in zip(shape, sample_shape, strict=True)
    )
    if fits:
        return sample_shape
    if None not in shape and math.prod(sample_shape) == math.prod(size or 0 for size in shape):
        return tuple(int(size or 0) for size in shape)
    raise ValueError(
        f"The network takes samples of shape {shape}; received X with samples of shape "
        f"{sample_shape}. Reshape X, or pass a network that takes such samples."
    )


def _fixed_input_shape(network: keras.Model) -> Shape:
    inputs = getattr(network, "inputs", None)
    shape = tuple(inputs[0].shape[1:]) if inputs else (None,)
    if None in shape:
        raise ValueError(
            f"The network does not tell the shape of one sample: {shape}. Build it with a "
            "keras.Input of fixed sizes, or fit it on X."
        )
    return shape


def _task_of(targets: Targets, input_shape: Shape) -> Task:
    """Return a task of one sample, which nothing is learned from."""
    rows = np.zeros((1, math.prod(input_shape)), np.float32)
    is_image = len(input_shape) > 1
    samples = Samples(rows, input_shape if is_image else None, {"n_features_in_": rows.shape[1]})
    holds_classes = targets.output_activation == "softmax"
    code = np.zeros(1 if holds_classes else (1, targets.n_outputs), dtype=np.int64)
    part = Part(rows.reshape(1, *input_shape), code, None, np.arange(1))
    return Task(samples, targets, part, None, Seeds(0, 0, 0))
