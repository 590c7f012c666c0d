"""What skcnn takes from Keras and TensorFlow that they do not promise.

Every name of theirs with an underscore, and every module below ``keras.src`` and
``tensorflow.python``, stands in this file and nowhere else, so that a new version is met here.
Each function says in its own words what it is for.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

# First, because TensorFlow must start through its door.
from skcnn._engine.runtime import keras, tf

# isort: split

from keras.src.backend import config
from keras.src.backend.common import global_state
from keras.src.random import seed_generator
from keras.src.utils import file_utils
from tensorflow.python.eager import context as eager

# Methods of an optimizer that a compiled program replaces.
CURRENT_LEARNING_RATE = "_get_current_learning_rate"
SUM_OVER_REPLICAS = "_all_reduce_sum_gradients"

_NAMES_IN_USE = "object_name_uids"

Call = tuple[Any, list[Any], list[Any]]


# --- models and layers -------------------------------------------------------------------------


def layers_within(layer: keras.layers.Layer) -> list[keras.layers.Layer]:
    """Return all layers inside a model or layer, those of networks within it too."""
    return list(layer._flatten_layers(include_self=False))


def calls_within(model: keras.Model) -> list[Call]:
    """Return what a graph of layers calls, and the tensors that each call takes and gives."""
    nodes = model._nodes_by_depth
    return [
        (node.operation, node.input_tensors, node.outputs)
        for depth in sorted(nodes, reverse=True)
        for node in nodes[depth]
        if not node.is_input
    ]


def generator_states(layer: keras.layers.Layer) -> list[keras.Variable]:
    """Return the states of all random generators of a layer and of those inside it."""
    parts = layer._flatten_layers()
    return [generator.state for part in parts for generator in part._seed_generators]


def as_kept(variable: keras.Variable) -> Any:
    """Return the numbers of a variable as it keeps them, whatever its layer computes in."""
    return tf.convert_to_tensor(variable._value)


def compile_arguments(model: keras.Model) -> Any:
    """Return what a model was compiled with, as it was given."""
    config = getattr(model, "_compile_config", None)
    return getattr(config, "config", None)


def is_best_when_large(metric: keras.metrics.Metric | None) -> bool | None:
    """Tell whether a metric is better the larger it is; None where it does not say."""
    direction = getattr(metric, "_direction", None)
    return None if direction is None else direction == "up"


def renormalizes(layer: keras.layers.BatchNormalization) -> bool:
    """Tell whether a layer renormalizes batches, which Keras knows from version 3.14 on."""
    return bool(getattr(layer, "renorm", False))


def restored_epoch(model: keras.Model) -> int:
    """Return the epoch at which a ``BackupAndRestore`` has taken training up again, else 0."""
    return int(getattr(model, "_initial_epoch", None) or 0)


def forget_restored_epoch(model: keras.Model) -> None:
    """Let a training of a model begin where it is told to."""
    model._initial_epoch = None


@contextmanager
def files_fetched_by(fetch: Callable[..., Any]) -> Iterator[None]:
    """Let ``fetch(get_file, *arguments)`` get what networks would get by Keras' ``get_file``."""
    before = file_utils.get_file
    file_utils.get_file = functools.partial(fetch, before)
    try:
        yield
    finally:
        file_utils.get_file = before


def home_of_keras() -> str:
    """Return the folder in which Keras keeps what it has downloaded."""
    return str(config.keras_home())


# --- optimizers --------------------------------------------------------------------------------


def given_learning_rate(optimizer: keras.optimizers.Optimizer | None) -> Any:
    """Return an optimizer's learning rate: a variable, or the schedule that it follows."""
    return getattr(optimizer, "_learning_rate", None)


def steps_taken(optimizer: keras.optimizers.Optimizer) -> Any:
    """Return the variable that counts an optimizer's steps."""
    return optimizer._iterations


def moments_of(optimizer: keras.optimizers.Adam, variable: Any) -> tuple[Any, Any]:
    """Return Adam's running means for a variable: of its gradient, and of that squared."""
    index = optimizer._get_variable_index(variable)
    return optimizer._momentums[index], optimizer._velocities[index]


def averages_of(optimizer: keras.optimizers.Optimizer) -> list[tuple[Any, Any]]:
    """Return each variable that an optimizer trains, and the variable that holds its average."""
    averages = getattr(optimizer, "_model_variables_moving_average", ())
    return list(zip(optimizer._trainable_variables, averages, strict=False))


def spares_variables(optimizer: keras.optimizers.Optimizer | None) -> bool:
    """Tell whether weight decay leaves out some variables, which no configuration shows."""
    return optimizer is not None and any(
        bool(value)
        for name, value in vars(optimizer).items()
        if name.startswith("_exclude_from_weight_decay")
    )


# --- callbacks ---------------------------------------------------------------------------------


def make_average_final(swap: keras.callbacks.SwapEMAWeights) -> None:
    """Let averaged weights stay in the model for good."""
    swap._finalize_ema_values()


def traces_batches(callback: keras.callbacks.TensorBoard) -> bool:
    """Tell whether a ``TensorBoard`` profiles single batches."""
    return bool(callback._should_trace)


def let_go_of_model(callback: keras.callbacks.Callback) -> None:
    """Let a callback forget the model that it was called for."""
    callback._model = None


def let_go_of_writers(callback: keras.callbacks.TensorBoard) -> None:
    """Let a ``TensorBoard`` forget the files that it has written to, and TensorFlow's module."""
    for writer in callback._writers.values():
        writer.close()
    callback._writers = {}
    callback._prev_summary_state = []
    callback._summary_module = None


# --- compiled functions ------------------------------------------------------------------------


def let_go_of_variables(function: tf.types.experimental.ConcreteFunction) -> Any:
    """Return what TensorFlow runs for a function, apart from the graph that it was made from.

    The graph, and those of the loops inside it, keep every variable alive that they have read.
    """
    runs = function.inference_fn
    ahead = [runs]
    while ahead:
        part = ahead.pop()
        part._cached_graph = None
        ahead += part.children
    return runs


# --- the process as a whole --------------------------------------------------------------------


@contextmanager
def seeds_from(source: Any) -> Iterator[None]:
    """Let Keras draw the seeds of layers from ``source`` in place of the module ``random``."""
    before = seed_generator.python_random
    seed_generator.python_random = source
    try:
        yield
    finally:
        seed_generator.python_random = before


def names_in_use() -> Any:
    """Return Keras' counts of the names that it has given to layers and optimizers."""
    return global_state.get_global_attribute(_NAMES_IN_USE)


def set_names_in_use(counts: Any) -> None:
    """Let Keras count on from ``counts``."""
    global_state.set_global_attribute(_NAMES_IN_USE, counts)


def clear_kernel_cache() -> None:
    """Return the memory that TensorFlow keeps for operations that it has run once."""
    if tf.executing_eagerly():
        eager.context().clear_kernel_cache()
