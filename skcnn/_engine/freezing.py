"""Networks of which the last part alone learns.

Such a network is a chain of parts, each a network of its own.  What the first ones give is the
same in every epoch, so that they need run only once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from skcnn._engine import keras_internals
from skcnn._engine.augmenting import Unchanged
from skcnn._engine.compiling import fresh_optimizer
from skcnn._engine.copying import compile_as, copied
from skcnn._engine.feeding import TrainingData
from skcnn._engine.fitting import Training, create_variables
from skcnn._engine.models import begin_averages, innermost, input_dtype, leaves_of
from skcnn._engine.predicting import ForwardPass
from skcnn._engine.runtime import keras
from skcnn._engine.seeding import names_given_back

_KEPT_BYTES = 2**30  # of what frozen parts give; what is larger is computed a batch at a time
_RANDOM_SHARES = ("rate", "stddev", "drop_path_rate")  # of dropout, noise and stochastic depth


# --- what learns -------------------------------------------------------------------------------


def freeze(network: keras.Model) -> None:
    """Let a network be in training what it is in prediction: nothing learns, nothing is dropped.

    Batch normalization uses its moving averages, and leaves them as they are.
    """
    network.trainable = False
    for layer in keras_internals.layers_within(network):
        for share in _RANDOM_SHARES:
            if isinstance(getattr(layer, share, None), float):
                setattr(layer, share, 0.0)


def thaw(network: keras.Model, n_layers: int) -> None:
    """Let the last ``n_layers`` of a frozen network learn, as ``tunable_layers`` counts them."""
    network.trainable = True
    tuned = tunable_layers(network)[-n_layers:]
    for layer in leaves_of(network):
        layer.trainable = layer in tuned
    for layer in keras_internals.layers_within(network):
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False


def tunable_layers(network: keras.Model) -> list[keras.layers.Layer]:
    """Return the layers of a network that learn, in their order, but batch normalization."""
    return [
        layer
        for layer in leaves_of(network)
        if layer.trainable_weights and not isinstance(layer, keras.layers.BatchNormalization)
    ]


# --- parts -------------------------------------------------------------------------------------


def chained(parts: Sequence[keras.Model], name: str | None = None) -> keras.Model:
    """Return the network in which each part takes what the one before it gives."""
    inputs = keras.Input(parts[0].inputs[0].shape[1:], dtype=input_dtype(parts[0]))
    outputs = inputs
    for part in parts:
        outputs = part(outputs)
    return keras.Model(inputs, outputs, name=name)


def parts_of(network: keras.Model) -> list[keras.Model]:
    """Return the parts of a network that ``chained`` has made, or of a copy of it."""
    return [layer for layer in network.layers if isinstance(layer, keras.Model)]


def in_two(network: keras.Model, n_layers: int) -> list[keras.Model]:
    """Return a network as a chain of two, of which the second holds the last layers.

    Parameters
    ----------
    network : keras.Model
        Of a single input and a single output, whose layers form a graph.
    n_layers : int
        How many of ``tunable_layers`` the second holds at least.

    Returns
    -------
    list of keras.Model
        Copies.  A single one, of the whole, where no single tensor stands between its first
        layers and those.
    """
    given, result = network.inputs[0], network.outputs[0]
    wanted = tunable_layers(network)[-n_layers:]
    calls = keras_internals.calls_within(keras.Model(given, result))
    first = next(place for place, (called, *_) in enumerate(calls) if _holds_any(called, wanted))
    cut = _last_cut(calls, first, given, result)
    if cut is given:
        return [copied(network)]
    below = keras.Model(given, cut, name=f"{network.name}_below")
    return [copied(below), copied(keras.Model(cut, result, name=network.name))]


def _holds_any(called: Any, layers: Sequence[keras.layers.Layer]) -> bool:
    inside = leaves_of(called) if isinstance(called, keras.Model) else [called]
    return any(layer in layers for layer in inside)


def _last_cut(calls: Sequence[keras_internals.Call], end: int, given: Any, result: Any) -> Any:
    """Return the last tensor before the call ``end`` that all later calls hang on alone."""
    last_use = {id(result): len(calls)}
    for place, (_, taken, _) in enumerate(calls):
        for tensor in taken:
            last_use[id(tensor)] = max(place, last_use.get(id(tensor), 0))
    live, cut = {id(given): given}, given
    for place, (_, _, outputs) in enumerate(calls[: end + 1]):
        live = {key: tensor for key, tensor in live.items() if last_use.get(key, -1) >= place}
        if len(live) == 1:
            (cut,) = live.values()
        live |= {id(tensor): tensor for tensor in outputs}
    return cut


# --- trainings ---------------------------------------------------------------------------------


def past(training: Training, n_parts: int) -> Training:
    """Return a training of all parts but the first, which are frozen, on what these give.

    It is the same training to float32's rounding.  It is returned as it is where samples are
    augmented, so that the first parts give something else each time, or where what they give
    takes more than 1 GiB.

    Parameters
    ----------
    training : Training
        Of a network in parts.
    n_parts : int
        How many of them to leave out.
    """
    if not isinstance(training.augmenter, Unchanged):
        return training
    parts = parts_of(training.model)
    with names_given_back():
        ahead = chained(parts[:n_parts])
        if _bytes_given(ahead, training) > _KEPT_BYTES:
            return training
        on_outputs = _on_outputs(ahead, training)
        rest = chained(parts[n_parts:])  # not a part itself, which would keep the optimizer
        _compile(rest, training.model, training.model.optimizer, on_outputs.data)
    return replace(on_outputs, model=rest)


def _bytes_given(ahead: keras.Model, training: Training) -> int:
    """Return how many bytes a network gives for all samples of a training."""
    n_numbers = math.prod(ahead.outputs[0].shape[1:])
    n_samples = sum(len(x) for x in _samples_of(training).values())
    return n_samples * n_numbers * np.dtype(np.float32).itemsize


def _samples_of(training: Training) -> dict[int, Any]:
    """Return the samples of a training, those that are shared once, by their identity."""
    parts = (training.data, training.held_out)
    return {id(data.x): data.x for data in parts if data is not None}


def _on_outputs(ahead: keras.Model, training: Training) -> Training:
    """Return a training on what a network gives for its samples."""
    forward = ForwardPass(ahead, tuple(training.data.x.shape[1:]))
    given = {key: forward(x) for key, x in _samples_of(training).items()}
    data, held_out = training.data, training.held_out
    if held_out is not None:
        held_out = replace(held_out, x=given[id(held_out.x)])
    return replace(training, data=replace(data, x=given[id(data.x)]), held_out=held_out)


def compile_anew(network: keras.Model, training: Training, learning_rate: float) -> None:
    """Let a network learn in whatever layers are thawed by now, at another rate.

    Parameters
    ----------
    network : keras.Model
        In parts, compiled.
    training : Training
        Of the network, or as ``past`` has made it of one.
    learning_rate : float
        From now on.
    """
    with names_given_back():
        optimizer = fresh_optimizer(innermost(network.optimizer), learning_rate)
        _compile(network, network, optimizer, training.data)
        if training.model is not network:
            _compile(training.model, network, network.optimizer, training.data)


def _compile(
    model: keras.Model,
    other: keras.Model,
    optimizer: keras.optimizers.Optimizer,
    data: TrainingData,
) -> None:
    """Compile a model as another one is, ready to train by ``optimizer``."""
    compile_as(model, other, optimizer=optimizer)
    create_variables(model, data)
    begin_averages(model)
