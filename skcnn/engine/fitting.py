"""The training loop.

The images stay resident in TensorFlow's memory in the dtype they came in, and one compiled
program runs a whole pass over them: gather a batch by a permutation, cast it, take Keras' own
``train_step``.  Callbacks that want to hear of single batches get a program per batch instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from skcnn.engine.runtime import keras, tf

Logs = dict[str, float]

_BATCH_HOOKS = (
    "on_batch_begin",
    "on_batch_end",
    "on_train_batch_begin",
    "on_train_batch_end",
    "on_test_batch_begin",
    "on_test_batch_end",
)


@dataclass(frozen=True)
class TrainingData:
    """Samples, their targets, and which of them train and which are held out.

    Attributes
    ----------
    x : ndarray of shape (n, ...)
        Samples, of any numeric dtype.
    y : ndarray of shape (n,) or (n, n_outputs)
        Targets as the loss wants them.
    sample_weight : ndarray of shape (n,), float32, or None
        Weight of each sample, as Keras takes it.
    train_rows, held_out_rows : ndarray of int
        Rows that train, and rows that the validation scores come from (may be empty).
    """

    x: Any
    y: Any
    sample_weight: Any
    train_rows: np.ndarray
    held_out_rows: np.ndarray

    def batch(self, rows: Any) -> tuple[Any, Any, Any]:
        """Gather the samples, targets and weights of some rows."""
        weight = None if self.sample_weight is None else tf.gather(self.sample_weight, rows)
        return tf.gather(self.x, rows), tf.gather(self.y, rows), weight


def input_dtype(model: keras.Model) -> str:
    """Return the dtype in which ``model`` wants its input, such as ``"float32"``."""
    inputs = getattr(model, "inputs", None)
    return inputs[0].dtype if inputs else keras.config.floatx()


def count_outputs(model: keras.Model, x: np.ndarray) -> int:
    """Return the length of the output that ``model`` gives for one sample.

    Runs the first sample of ``x`` through the model, so that weights which are not yet
    initialized draw their seeds here.

    Raises
    ------
    ValueError
        If the model gives anything but one row of numbers a sample.
    """
    output = model(tf.cast(x[:1], input_dtype(model)), training=False)
    shape = getattr(output, "shape", None)
    if shape is None or len(shape) != 2:
        raise ValueError(
            "The builder's network must give one row of numbers a sample, shape (n, n_classes); "
            f"received {'several outputs' if shape is None else f'shape (n, *{shape[1:]})'}."
        )
    return int(shape[1])


def create_variables(model: keras.Model, data: TrainingData) -> None:
    """Create the variables of optimizer and metrics, so that compiled programs create none.

    Parameters
    ----------
    model : keras.Model
        Compiled and built.
    data : TrainingData
        Its first training row tells the metrics their shapes.
    """
    row = data.train_rows[:1]
    x, y = tf.cast(data.x[row], input_dtype(model)), tf.convert_to_tensor(data.y[row])
    weight = None if data.sample_weight is None else data.sample_weight[row]
    y_pred = model(x, training=False)
    model.optimizer.build(model.trainable_variables)
    model.compute_loss(x, y, y_pred, weight)
    model.compute_metrics(x, y, y_pred, weight)
    model.reset_metrics()


def train(
    model: keras.Model,
    data: TrainingData,
    *,
    batch_size: int,
    epochs: int,
    seed: int,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    verbose: int = 0,
) -> dict[str, list[float]]:
    """Train ``model`` in place, as ``keras.Model.fit`` would.

    Unlike ``fit`` it takes the order of the samples from ``seed`` alone, and neither reads nor
    changes TensorFlow's global random state.

    Parameters
    ----------
    model : keras.Model
        Compiled, with its variables created.
    data : TrainingData
        What to train on and what to validate on.
    batch_size : int
        Samples a gradient step; the last step of an epoch may have fewer.
    epochs : int
        Passes over the training rows, fewer where a callback stops the training.
    seed : int
        Decides the order of the samples in each epoch.
    callbacks : sequence of keras.callbacks.Callback
        Called as ``fit`` calls them.
    verbose : {0, 1, 2}
        Keras' progress output: none, a bar, or a line an epoch.

    Returns
    -------
    dict of str to list of float
        Loss and metrics by epoch; those of the held-out rows under ``val_`` names.

    Raises
    ------
    ValueError
        If the training loss stops being a finite number.
    """
    rng = np.random.default_rng(seed)
    steps = -(-len(data.train_rows) // batch_size)
    hooks = keras.callbacks.CallbackList(
        list(callbacks),
        add_history=True,
        add_progbar=verbose != 0,
        model=model,
        epochs=epochs,
        steps=steps,
        verbose=verbose,
    )
    training_pass, test_pass = _passes(model, data, batch_size, hooks)

    logs: Logs = {}
    model.stop_training = False
    hooks.on_train_begin()
    for epoch in range(epochs):
        hooks.on_epoch_begin(epoch)
        logs = _measured(model, training_pass, rng.permutation(data.train_rows))
        _check_finite(logs["loss"], epoch)
        if len(data.held_out_rows):
            hooks.on_test_begin()
            held_out_logs = _measured(model, test_pass, data.held_out_rows)
            hooks.on_test_end(held_out_logs)
            logs |= {f"val_{name}": value for name, value in held_out_logs.items()}
        hooks.on_epoch_end(epoch, logs)
        if model.stop_training:
            break
    model.optimizer.finalize_variable_values(model.trainable_weights)
    hooks.on_train_end(logs)
    return {
        name: [float(value) for value in values] for name, values in model.history.history.items()
    }


def _measured(model: keras.Model, run: Callable[[np.ndarray], None], rows: np.ndarray) -> Logs:
    model.reset_metrics()
    run(rows)
    return {name: float(value) for name, value in model.get_metrics_result().items()}


def _check_finite(loss: float, epoch: int) -> None:
    if not np.isfinite(loss):
        raise ValueError(
            f"Training diverged: the loss became {loss} in epoch {epoch + 1}. Scale X to 0..1 "
            "(PixelScaler does it), or lower learning_rate."
        )


Pass = Callable[[np.ndarray], None]


def _passes(
    model: keras.Model, data: TrainingData, batch_size: int, hooks: keras.callbacks.CallbackList
) -> tuple[Pass, Pass]:
    """Return what runs one pass of training, and one of testing, over given rows."""
    data = replace(
        data,
        x=tf.convert_to_tensor(data.x),
        y=tf.convert_to_tensor(data.y),
        sample_weight=None
        if data.sample_weight is None
        else tf.convert_to_tensor(data.sample_weight),
    )
    dtype = input_dtype(model)

    def training_step(rows: Any) -> Any:
        x, y, weight = data.batch(rows)
        return model.train_step((tf.cast(x, dtype), y, weight))

    def test_step(rows: Any) -> Any:
        x, y, weight = data.batch(rows)
        return model.test_step((tf.cast(x, dtype), y, weight))

    if not (model.run_eagerly or _hear_of_batches(hooks.callbacks)):
        return _whole_pass(training_step, batch_size), _whole_pass(test_step, batch_size)
    if not model.run_eagerly:
        training_step = tf.function(training_step, autograph=False, reduce_retracing=True)
        test_step = tf.function(test_step, autograph=False, reduce_retracing=True)
    return (
        _stepwise_pass(
            training_step, batch_size, hooks.on_train_batch_begin, hooks.on_train_batch_end
        ),
        _stepwise_pass(test_step, batch_size, hooks.on_test_batch_begin, hooks.on_test_batch_end),
    )


def _hear_of_batches(callbacks: Iterable[keras.callbacks.Callback]) -> bool:
    """Tell whether any callback overrides a hook for single batches, and uses it."""
    return any(
        getattr(type(callback), hook) is not getattr(keras.callbacks.Callback, hook)
        for callback in callbacks
        if getattr(callback, "save_freq", None) != "epoch"
        for hook in _BATCH_HOOKS
    )


def _whole_pass(step: Callable[[Any], Any], batch_size: int) -> Pass:
    """Compile a loop of ``step`` over batches of rows into one program."""

    def run(rows: Any) -> None:
        def body(start: Any) -> tuple[Any]:
            step(rows[start : start + batch_size])
            return (start + batch_size,)

        tf.while_loop(lambda start: start < tf.size(rows), body, (0,), parallel_iterations=1)

    program = tf.function(run, autograph=False).get_concrete_function(
        tf.TensorSpec([None], tf.int64)
    )
    return lambda rows: program(tf.convert_to_tensor(rows, tf.int64))


def _stepwise_pass(
    step: Callable[[Any], Any],
    batch_size: int,
    on_batch_begin: Callable[[int], None],
    on_batch_end: Callable[[int, Logs], None],
) -> Pass:
    def run(rows: np.ndarray) -> None:
        for number, start in enumerate(range(0, len(rows), batch_size)):
            on_batch_begin(number)
            logs = step(tf.convert_to_tensor(rows[start : start + batch_size]))
            on_batch_end(number, {name: float(value) for name, value in logs.items()})

    return run
