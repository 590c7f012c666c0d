"""Questions about a model: what it takes and gives, what it holds, how large it grows."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skcnn._arrays import LazyRows
from skcnn._engine import keras_internals
from skcnn._engine.runtime import keras, tf

_GROWTH = 64  # numbers that a layer may give for each number of a sample, where nothing tells


def input_dtype(model: keras.Model) -> str:
    """Return the dtype in which ``model`` wants its input, such as ``"float32"``."""
    inputs = getattr(model, "inputs", None)
    return inputs[0].dtype if inputs else keras.config.floatx()


def count_outputs(model: keras.Model, x: NDArray[Any] | LazyRows) -> int:
    """Return the length of the output that ``model`` gives for one sample.

    Runs the first sample of ``x`` through a model that has no weights yet, so that their seeds
    are drawn here.

    Raises
    ------
    ValueError
        If the model gives anything but one row of numbers a sample.
    """
    outputs = getattr(model, "outputs", None)
    if not outputs:
        outputs = [model(tf.cast(x[:1], input_dtype(model)), training=False)]
    shape = getattr(outputs[0], "shape", None) if len(outputs) == 1 else None
    if shape is None or len(shape) != 2:
        raise ValueError(
            "The builder's network must give one row of numbers a sample, shape (n, n_classes); "
            f"received {'several outputs' if shape is None else f'shape (n, *{shape[1:]})'}. "
            "Build one with a single last layer; for several targets of different kinds, fit an "
            "estimator for each (MultiOutputClassifier does so for several classes a sample)."
        )
    return int(shape[1])


def ends_in_half_precision(model: keras.Model) -> bool:
    """Tell whether the numbers that a model gives have 16 bits."""
    outputs = getattr(model, "outputs", None)
    dtype = outputs[0].dtype if outputs else model.compute_dtype
    return _item_size(dtype) < 4


def last_activation(model: keras.Model) -> str:
    """Return the name of the activation that a model ends in; empty where no layer tells."""
    last = last_layer(model)
    if isinstance(last, keras.layers.Softmax):
        return "softmax"
    return str(getattr(getattr(last, "activation", None), "__name__", ""))


def last_layer(model: keras.Model) -> keras.layers.Layer | None:
    """Return the layer that a model ends in, or the last of its models; None if it has none."""
    layers = getattr(model, "layers", None)
    if not layers:
        return None
    last = layers[-1]
    return last_layer(last) if isinstance(last, keras.Model) else last


def rescaled(
    model: keras.Model, scale: NDArray[np.floating[Any]], offset: NDArray[np.floating[Any]]
) -> keras.Model:
    """Return an uncompiled model of the same weights that gives ``outputs * scale + offset``."""
    layer = keras.layers.Rescaling(scale.tolist(), offset.tolist(), name="in_units_of_y")
    if not getattr(model, "inputs", None):
        return keras.Sequential([model, layer], name=model.name)
    return keras.Model(model.inputs, layer(model.outputs[0]), name=model.name)


def take_over_draws(model: keras.Model, trained: keras.Model) -> None:
    """Let the random layers of ``model`` go on with what those of a ``trained`` one would draw."""
    ours, theirs = (keras_internals.generator_states(m) for m in (model, trained))
    if len(ours) == len(theirs):
        for state, other in zip(ours, theirs, strict=True):
            state.assign(other)


def take_over_optimizer(model: keras.Model, trained: keras.Model) -> None:
    """Let the optimizer of ``model`` go on as that of a ``trained`` one: its steps, its means.

    The learning rate is that of ``model``.  Where the two keep other things, as optimizers of
    two kinds do, nothing is taken over.
    """
    ours, theirs = (_kept_by(m.optimizer) for m in (model, trained))
    if ours.keys() == theirs.keys():
        for place, variable in ours.items():
            variable.assign(theirs[place])
    begin_averages(model)


def keeps_averages(model: keras.Model) -> bool:
    """Tell whether the optimizer of a compiled model keeps averages of the weights."""
    return bool(getattr(innermost(model.optimizer), "use_ema", False))


def begin_averages(model: keras.Model) -> None:
    """Let the averages that an optimizer keeps begin at the weights as they are."""
    if keeps_averages(model):
        for variable, average in keras_internals.averages_of(innermost(model.optimizer)):
            average.assign(variable)


def swap_averages(model: keras.Model) -> None:
    """Let the weights and the averages of them that an optimizer keeps change places."""
    for variable, average in keras_internals.averages_of(innermost(model.optimizer)):
        weight = variable.numpy()
        variable.assign(average)
        average.assign(weight)


def _kept_by(optimizer: keras.optimizers.Optimizer | None) -> dict[Any, keras.Variable]:
    """Return what an optimizer keeps beside its learning rate, by its kind, place and shape."""
    variables = () if optimizer is None else optimizer.variables
    kept = [variable for variable in variables if variable.name != "learning_rate"]
    return {
        (type(innermost(optimizer)), place, tuple(variable.shape)): variable
        for place, variable in enumerate(kept)
    }


def variables_of(model: keras.Model) -> list[keras.Variable]:
    """Return every variable of a model: weights, seeds, metrics and optimizer, each once."""
    variables = list(model.variables)
    for metric in model.metrics:
        variables += metric.variables
    if getattr(model, "optimizer", None) is not None:
        variables += model.optimizer.variables
    return list({id(variable): variable for variable in variables}.values())


def layers_of(model: keras.Model, kind: type[keras.layers.Layer]) -> list[keras.layers.Layer]:
    """Return the layers of ``model``, wherever they stand in it, that are of a kind exactly."""
    return [layer for layer in keras_internals.layers_within(model) if type(layer) is kind]


def leaves_of(model: keras.Model) -> Iterator[keras.layers.Layer]:
    """Yield the layers of a model, and of the models within it, in their order."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from leaves_of(layer)
        else:
            yield layer


def is_graph(layer: keras.layers.Layer) -> bool:
    """Tell whether something is a model whose layers form a graph."""
    return isinstance(layer, keras.Model) and bool(getattr(layer, "inputs", None))


def check_is_graph(model: keras.Model, therefore: str) -> None:
    """Raise unless the layers of a model form a graph.

    Raises
    ------
    ValueError
        If they form none, with what follows from that.
    """
    if not is_graph(model):
        raise ValueError(
            f"The layers of the network {model.name!r} form no graph, so that {therefore}. Build "
            "it with keras.Sequential or keras.Model(inputs, outputs)."
        )


def innermost(
    optimizer: keras.optimizers.Optimizer | None,
) -> keras.optimizers.Optimizer | None:
    """Return what an optimizer that scales the loss for mixed precision stands around."""
    return getattr(optimizer, "inner_optimizer", optimizer)


def count_first_dense_weights(model: keras.Model) -> int:
    """Return how many weights connect the input of the first dense layer to its units."""
    for layer in layers_of(model, keras.layers.Dense):
        if layer.built:
            return math.prod(layer.kernel.shape)
    return 0


def bytes_of_outputs(model: keras.Model, sample_shape: tuple[int, ...]) -> int:
    """Return how many bytes of memory a layer takes to give its output for one sample.

    What the layer with the largest input and output together holds; where the layers form no
    graph, a guess from the shape of the sample.
    """
    sizes = [max(given, default=0) for given in _sizes_by_layer(model)]
    together = [one + other for one, other in zip([0, *sizes], sizes, strict=False)]
    guess = _GROWTH * math.prod(sample_shape) * np.dtype(np.float32).itemsize
    return max(together, default=0) or guess


def _sizes_by_layer(model: keras.Model) -> Iterator[list[int]]:
    for layer in keras_internals.layers_within(model):
        try:
            outputs = tf.nest.flatten(layer.output)
        except (AttributeError, ValueError):  # called never, more than once, or not in a graph
            continue
        yield [
            math.prod(size or 1 for size in output.shape[1:]) * _item_size(output.dtype)
            for output in outputs
        ]


def _item_size(dtype: str) -> int:
    return tf.as_dtype(dtype).size
