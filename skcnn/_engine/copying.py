"""Copies of a network that exists already."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from skcnn._engine import keras_internals
from skcnn._engine.archives import PickledModel, untrained_models_expected
from skcnn._engine.compiling import fresh_optimizer
from skcnn._engine.runtime import keras
from skcnn._engine.seeding import names_given_back, seeded


def copied(model: keras.Model) -> keras.Model:
    """Return a copy of a model, with its weights and the state of its optimizer.

    Raises
    ------
    ValueError
        If Keras cannot build it anew.
    """
    try:
        with untrained_models_expected():
            load, arguments = PickledModel(model).__reduce__()
        with seeded(0), names_given_back():  # which belong to the whole process
            return load(*arguments).model
    except (NotImplementedError, TypeError, ValueError) as error:
        raise ValueError(
            f"Keras cannot copy the network {model.name!r}. Give its class a get_config and a "
            "constructor that takes what it returns, or pass a function that builds the network. "
            f"Keras says: {str(error)[:300]}"
        ) from error


def fresh_copy(model: keras.Model, seed: int) -> keras.Model:
    """Return a copy of a model that starts to train from its weights.

    Parameters
    ----------
    model : keras.Model
        Compiled or not; stays as it is.
    seed : int
        Decides what dropout and the like draw.
    """
    copy = copied(model)
    draws = np.random.default_rng(seed)
    for state in keras_internals.generator_states(copy):
        state.assign([draws.integers(2**31), 0])
    if copy.compiled:
        compile_as(copy, model, optimizer=fresh_optimizer(model.optimizer))
    return copy


def compile_as(model: keras.Model, other: keras.Model, **differing: Any) -> None:
    """Compile a model as another one is but for some arguments, with metrics of its own."""
    arguments = dict(keras_internals.compile_arguments(other))
    for name in ("metrics", "weighted_metrics"):
        arguments[name] = keras.tree.map_structure(_with_no_state, arguments.get(name))
    model.compile(**arguments | differing)


def _with_no_state(metric: Any) -> Any:
    is_metric = isinstance(metric, keras.metrics.Metric)
    return type(metric).from_config(metric.get_config()) if is_metric else metric


def loaded(path: str | os.PathLike[str]) -> keras.Model:
    """Return the network in a file that Keras has saved.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it holds no network that Keras can build.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(
            f"There is no file {str(path)!r}; expected one that holds a network, such as "
            "checkpoint_path or keras.Model.save have written."
        )
    try:
        with untrained_models_expected():
            network = keras.saving.load_model(path)
    except (OSError, TypeError, ValueError) as error:
        raise ValueError(
            f"Keras can read no network from {str(path)!r}; expected a .keras file. If it has "
            "layers or functions of your own, load it with keras.saving.load_model(path, "
            f"custom_objects=...) and pass the network. Keras says: {str(error)[:300]}"
        ) from error
    if not isinstance(network, keras.Model):
        raise ValueError(f"{str(path)!r} holds a {type(network).__name__}; expected a network.")
    return network
