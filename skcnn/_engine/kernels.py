"""What a compiled program computes in place of Keras' own code: the same numbers, sooner.

All replacements are bound to one model while its program is traced, and change nothing else.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skcnn._engine import keras_internals
from skcnn._engine.models import innermost, layers_of
from skcnn._engine.runtime import keras, tf

_NORMALIZED = (tf.float32, tf.bfloat16)  # at once, in training
_COSINE = ("initial_learning_rate", "decay_steps", "alpha", "warmup_target", "warmup_steps")


def settings_of(model: keras.Model) -> list[NDArray[np.float32]]:
    """Return the numbers of a model that its programs take as arguments.

    Returns
    -------
    list of ndarray of float32
        Rate, and scale of what is kept, of each layer that drops out, shape (n_dropouts, 2); and
        the numbers of the optimizer's cosine schedule, shape (5,), or (0,) where it has none.
    """
    rates = np.array([layer.rate for layer in _dropouts_of(model)], dtype=np.float64)
    schedule = _cosine_schedule_of(model)
    return [
        np.column_stack([rates, 1 / (1 - rates)]).astype(np.float32),
        np.zeros(0, np.float32) if schedule is None else numbers_of(schedule),
    ]


def numbers_of(schedule: keras.optimizers.schedules.CosineDecay) -> NDArray[np.float32]:
    """Return the numbers of a cosine schedule, of shape (5,)."""
    return np.array([getattr(schedule, name) or 0 for name in _COSINE], np.float32)


@contextmanager
def bound_to(model: keras.Model, settings: Sequence[Any]) -> Iterator[None]:
    """Compute a training step of ``model`` by the functions below inside the block.

    Parameters
    ----------
    model : keras.Model
        Compiled.
    settings : sequence of tensors
        As ``settings_of`` gives them.
    """
    rates, schedule = settings
    optimizer = innermost(model.optimizer)
    with ExitStack() as stack:
        for number, layer in enumerate(_dropouts_of(model)):
            call = _dropout(layer, rates[number, 0], rates[number, 1])
            stack.enter_context(replaced(layer, "call", call))
        for layer in _as_keras_made(model, keras.layers.BatchNormalization):
            stack.enter_context(replaced(layer, "call", _batch_normalization(layer)))
        if _cosine_schedule_of(model) is not None:
            learning_rate = _cosine_decay(optimizer, schedule)
            stack.enter_context(
                replaced(optimizer, keras_internals.CURRENT_LEARNING_RATE, learning_rate)
            )
        # A sum over the one replica that there is; TensorFlow never frees a graph with it inside.
        stack.enter_context(replaced(optimizer, keras_internals.SUM_OVER_REPLICAS, list))
        is_adam = type(optimizer) in (keras.optimizers.Adam, keras.optimizers.AdamW)
        if is_adam and "update_step" not in vars(optimizer):
            stack.enter_context(replaced(optimizer, "update_step", _adam(optimizer)))
        yield


def _dropouts_of(model: keras.Model) -> list[keras.layers.Dropout]:
    return [layer for layer in _as_keras_made(model, keras.layers.Dropout) if layer.rate > 0]


def _as_keras_made(model: keras.Model, kind: type[keras.layers.Layer]) -> list[keras.layers.Layer]:
    """Return the layers of a kind that compute what their class computes."""
    return [layer for layer in layers_of(model, kind) if "call" not in vars(layer)]


def _cosine_schedule_of(model: keras.Model) -> keras.optimizers.schedules.CosineDecay | None:
    optimizer = innermost(getattr(model, "optimizer", None))
    schedule = keras_internals.given_learning_rate(optimizer)
    return schedule if type(schedule) is keras.optimizers.schedules.CosineDecay else None


@contextmanager
def replaced(thing: Any, method: str, function: Callable[..., Any]) -> Iterator[None]:
    """Let a function take the place of an object's method inside the block."""
    # past Keras' __setattr__, which would track what it is given
    attributes = vars(thing)
    own = {method: attributes[method]} if method in attributes else {}
    attributes[method] = function
    try:
        yield
    finally:
        del attributes[method]
        attributes.update(own)


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


def _batch_normalization(layer: keras.layers.BatchNormalization) -> Callable[..., Any]:
    """Return ``keras.layers.BatchNormalization.call`` as one operation in training, not twenty.

    Source: Ioffe and Szegedy (2015), "Batch normalization: accelerating deep network training by
    reducing internal covariate shift", in the form of Keras: the moving variance takes a batch's
    own variance, not the estimate for what it was drawn from.
    """
    keras_own, as_kept = layer.call, keras_internals.as_kept

    def call(inputs: Any, training: bool = False, mask: Any = None) -> Any:
        rank = len(inputs.shape)
        as_usual = rank in (2, 4) and layer.axis in (-1, rank - 1) and inputs.dtype in _NORMALIZED
        special = keras_internals.renormalizes(layer) or mask is not None
        special |= layer.variable_dtype != "float32"
        if not (training and layer.trainable and as_usual) or special:
            return keras_own(inputs, training=training, mask=mask)
        images = inputs if rank == 4 else inputs[:, tf.newaxis, tf.newaxis, :]
        n_channels = inputs.shape[-1]
        outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=images,
            scale=as_kept(layer.gamma) if layer.scale else tf.ones(n_channels),
            offset=as_kept(layer.beta) if layer.center else tf.zeros(n_channels),
            mean=tf.zeros(0),
            variance=tf.zeros(0),
            epsilon=layer.epsilon,
        )
        n = tf.cast(tf.size(images) / n_channels, tf.float32)
        variance *= (n - 1) / n
        for moving, now in ((layer.moving_mean, mean), (layer.moving_variance, variance)):
            before = as_kept(moving)
            moving.assign(before * layer.momentum + now * (1 - layer.momentum))
        return outputs if rank == 4 else outputs[:, 0, 0, :]

    return call


def _cosine_decay(optimizer: keras.optimizers.Optimizer, numbers: Any) -> Callable[[], Any]:
    """Return an optimizer's learning rate by a cosine schedule whose numbers are tensors.

    A graph holds one step and works it out once; Keras does so anew for each weight that decays.
    """
    schedule = copy.copy(keras_internals.given_learning_rate(optimizer))
    for place, name in enumerate(_COSINE):
        if getattr(schedule, name) is not None:
            setattr(schedule, name, numbers[place])
    known: dict[tf.Graph, Any] = {}

    def learning_rate() -> Any:
        if tf.executing_eagerly():
            return schedule(keras_internals.steps_taken(optimizer))
        graph = tf.compat.v1.get_default_graph()
        if graph not in known:
            known[graph] = schedule(keras_internals.steps_taken(optimizer))
        return known[graph]

    return learning_rate


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
        momentum, velocity = keras_internals.moments_of(optimizer, variable)
        dtype = variable.dtype
        step = tf.cast(optimizer.iterations + 1, dtype)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=momentum.handle,
            v=velocity.handle,
            beta1_power=tf.cast(optimizer.beta_1, dtype) ** step,
            beta2_power=tf.cast(optimizer.beta_2, dtype) ** step,
            lr=tf.cast(learning_rate, dtype),
            beta1=tf.cast(optimizer.beta_1, dtype),
            beta2=tf.cast(optimizer.beta_2, dtype),
            epsilon=tf.cast(optimizer.epsilon, dtype),
            grad=tf.cast(gradient, dtype),
        )

    return update_step
