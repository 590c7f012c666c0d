"""What a compiled program computes in place of Keras' own code: the same numbers, sooner.

All replacements are bound to one model while its program is traced, and change nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skcnn.engine.runtime import keras, tf


def dropouts_of(model: keras.Model) -> list[keras.layers.Dropout]:
    """Return the layers of ``model`` whose rate a program takes as an argument."""
    return [
        layer
        for layer in model._flatten_layers(include_self=False)
        if type(layer) is keras.layers.Dropout and layer.rate > 0
    ]


def dropout_rates(model: keras.Model) -> NDArray[np.float32]:
    """Return the rate, and the scale of what is kept, of each layer of ``dropouts_of``.

    Returns
    -------
    ndarray of shape (n_dropouts, 2), float32
    """
    rates = np.array([layer.rate for layer in dropouts_of(model)], dtype=np.float64)
    return np.column_stack([rates, 1 / (1 - rates)]).astype(np.float32)


@contextmanager
def bound_to(model: keras.Model, rates: Any) -> Iterator[None]:
    """Compute dropout and updates of ``model`` by the functions below inside the block.

    Parameters
    ----------
    model : keras.Model
        Compiled.
    rates : tensor of shape (n_dropouts, 2), float32
        As ``dropout_rates`` gives them.
    """
    with ExitStack() as stack:
        for number, layer in enumerate(dropouts_of(model)):
            call = _dropout(layer, rates[number, 0], rates[number, 1])
            stack.enter_context(_replaced(layer, "call", call))
        optimizer = innermost(model.optimizer)
        # A sum over the one replica that there is; TensorFlow never frees a graph with it inside.
        stack.enter_context(_replaced(optimizer, "_all_reduce_sum_gradients", list))
        if type(optimizer) in (keras.optimizers.Adam, keras.optimizers.AdamW):
            stack.enter_context(_replaced(optimizer, "update_step", _adam(optimizer)))
        yield


def innermost(optimizer: keras.optimizers.Optimizer) -> keras.optimizers.Optimizer:
    """Return what an optimizer that scales the loss for mixed precision stands around."""
    return getattr(optimizer, "inner_optimizer", optimizer)


@contextmanager
def _replaced(thing: Any, method: str, function: Callable[..., Any]) -> Iterator[None]:
    # past Keras' __setattr__, which would track what it is given
    vars(thing)[method] = function
    try:
        yield
    finally:
        del vars(thing)[method]


def _dropout(layer: keras.layers.Dropout, rate: Any, scale: Any) -> Callable[..., Any]:
    """Return ``keras.layers.Dropout.call`` for a rate that is not known until it runs.

    The same seeds give the same mask as in Keras.
    """

    def call(inputs: Any, training: bool = False) -> Any:
        if not training:
            return inputs
        shape = tf.shape(inputs)
        if layer.noise_shape is not None:
            sizes = [shape[i] if n is None else n for i, n in enumerate(layer.noise_shape)]
            shape = tf.stack(sizes)
        draws = keras.random.uniform(shape, dtype=inputs.dtype, seed=layer.seed_generator)
        kept = draws >= tf.cast(rate, inputs.dtype)
        return inputs * tf.where(kept, tf.cast(scale, inputs.dtype), 0)

    return call


def _adam(optimizer: keras.optimizers.Adam) -> Callable[[Any, Any, Any], None]:
    """Return ``keras.optimizers.Adam.update_step`` as one operation a variable, not fifteen.

    Source: Kingma and Ba (2015), "Adam: a method for stochastic optimization", in the form of
    the paragraph before its section 2.1, as in Keras.
    """
    keras_own = optimizer.update_step

    def update_step(gradient: Any, variable: Any, learning_rate: Any) -> None:
        if optimizer.amsgrad or isinstance(gradient, tf.IndexedSlices):
            keras_own(gradient, variable, learning_rate)
            return
        index = optimizer._get_variable_index(variable)
        dtype = variable.dtype
        step = tf.cast(optimizer.iterations + 1, dtype)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=optimizer._momentums[index].handle,
            v=optimizer._velocities[index].handle,
            beta1_power=tf.cast(optimizer.beta_1, dtype) ** step,
            beta2_power=tf.cast(optimizer.beta_2, dtype) ** step,
            lr=tf.cast(learning_rate, dtype),
            beta1=tf.cast(optimizer.beta_1, dtype),
            beta2=tf.cast(optimizer.beta_2, dtype),
            epsilon=tf.cast(optimizer.epsilon, dtype),
            grad=tf.cast(gradient, dtype),
        )

    return update_step
