"""The training loop.

One compiled program runs a whole pass over the samples: gather a batch by a permutation, cast it,
augment it, take Keras' own ``train_step``.  What such a program cannot honour, a callback that
wants to hear of single batches for one, is left to ``keras.Model.fit``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import count, takewhile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skcnn._engine import kernels, mixed_precision
from skcnn._engine.augmenting import Augmenter, Unchanged
from skcnn._engine.callbacks import (
    BeginEpoch,
    StopAtDivergence,
    check_weights_are_finite,
    hears_of_batches,
)
from skcnn._engine.feeding import (
    Batches,
    EpochDraws,
    Feed,
    TrainingBatches,
    TrainingData,
    epoch_draws,
    feed_for,
    written_out,
)
from skcnn._engine.keras_internals import forget_restored_epoch, restored_epoch
from skcnn._engine.models import count_outputs, input_dtype
from skcnn._engine.pacing import Budget, Part
from skcnn._engine.programs import Bound, store, training_kind
from skcnn._engine.runtime import keras, tf

Logs = dict[str, float]
Scores = dict[str, list[float]]

Cycle = Callable[[int], keras.optimizers.schedules.CosineDecay]

_UNCHANGED = Unchanged()
_SCHEDULE = 2  # place of the schedule's numbers among the constants of a pass


@dataclass(frozen=True)
class Training:
    """What a training is: a model, what it learns from, and how.

    Attributes
    ----------
    model : keras.Model
        Compiled, with its variables created.
    data : TrainingData
        What to train on.
    batch_size : int
        Samples a gradient step; the last step of an epoch may have fewer.
    epochs : int or float
        Epoch before which the training ends, counted from 0; sooner where a callback stops it.
        Infinite where time alone ends it.
    seed : int
        Decides the order of the samples in each epoch, and how they are augmented.
    first_epoch : int, default=0
        Epoch with which the training begins: its draws are those of a training that has come to it
        from the beginning.
    held_out : TrainingData or None, default=None
        What the validation scores come from; None for no such scores.
    augmenter : Augmenter, optional
        Changes each training batch; held-out samples stay as they are.
    in_16_bits : bool, default=False
        Whether compiled programs train in mixed precision; ``keras.Model.fit`` never does.
    callbacks : sequence of keras.callbacks.Callback, default=()
        Called as ``keras.Model.fit`` calls them.
    verbose : {0, 1, 2}, default=0
        Keras' progress output: none, a bar, or a line an epoch.
    passes : Passes or None, default=None
        Those of an earlier training of the model, with batches and augmentation alike, so that
        nothing is prepared anew.
    budget : Budget or None, default=None
        The time that it may take; it ends by then, whatever ``epochs`` says.
    cycle : callable or None, default=None
        Where time is limited: from the steps of the whole training to its schedule, which takes
        the place of the optimizer's own.
    """

    model: keras.Model
    data: TrainingData
    batch_size: int
    epochs: float
    seed: int
    first_epoch: int = 0
    held_out: TrainingData | None = None
    augmenter: Augmenter = _UNCHANGED
    in_16_bits: bool = False
    callbacks: Sequence[keras.callbacks.Callback] = ()
    verbose: int = 0
    passes: Passes | None = None
    budget: Budget | None = None
    cycle: Cycle | None = None

    @property
    def steps_an_epoch(self) -> int:
        """Gradient steps of a whole epoch."""
        return -(-len(self.data) // self.batch_size)


def create_variables(model: keras.Model, data: TrainingData) -> None:
    """Create the variables of optimizer and metrics, so that compiled programs create none.

    Parameters
    ----------
    model : keras.Model
        Compiled and built.
    data : TrainingData
        Its first training row tells the metrics their shapes.
    """
    row = data.rows[:1]
    x = tf.cast(data.x[row], input_dtype(model))
    y = tf.convert_to_tensor(written_out(data.y[row], data.one_hot_width))
    weight = None if data.sample_weight is None else data.sample_weight[row]
    y_pred = tf.zeros((1, count_outputs(model, data.x)), model.compute_dtype)
    model.optimizer.build(model.trainable_variables)
    model.compute_loss(x, y, y_pred, weight)
    model.compute_metrics(x, y, y_pred, weight)
    model.reset_metrics()


def train(training: Training) -> dict[str, list[float]]:
    """Train a model in place, as ``keras.Model.fit`` would.

    Unlike ``fit`` it takes the order of the samples from a seed alone, and neither reads nor
    changes TensorFlow's global random state.

    Parameters
    ----------
    training : Training
        What to do.

    Returns
    -------
    dict of str to list of float
        Loss and metrics by epoch; those of the held-out rows under ``val_`` names.  The lists
        are empty where a ``BackupAndRestore`` has found that there is nothing left to do.

    Raises
    ------
    ValueError
        If the training loss stops being a finite number, or time is limited for a model that
        compiled programs cannot train.
    """
    model, callbacks = training.model, list(training.callbacks)
    stops_at_nan = any(isinstance(c, keras.callbacks.TerminateOnNaN) for c in callbacks)
    if not stops_at_nan:
        callbacks = [StopAtDivergence(), *callbacks]
    for callback in callbacks:
        if isinstance(callback, keras.callbacks.History):  # a user's, which never forgets a fit
            callback.history = {}
    if restored_epoch(model):  # in an earlier training
        forget_restored_epoch(model)
    by_keras = (
        model.run_eagerly
        or tf.config.functions_run_eagerly()
        or tf.distribute.has_strategy()
        or type(model).fit is not keras.Model.fit
        or any(hears_of_batches(callback) for callback in callbacks)
    )
    if by_keras and training.budget is not None:
        raise ValueError(
            f"time_budget={training.budget.seconds:g} needs whole passes in compiled programs, "
            "but this training is left to keras.Model.fit: because of a callback that hears of "
            "single batches, eager execution, a distribution strategy, or a fit of the model's "
            "own. Leave that out, or set epochs in place of time_budget."
        )
    loop = _train_by_keras if by_keras else _train_by_programs
    scores = loop(training, callbacks)
    if stops_at_nan:
        check_weights_are_finite(model)
    scores = scores or {name: [] for name in model.get_metrics_result()}
    return {name: [float(value) for value in values] for name, values in scores.items()}


def _train_by_keras(training: Training, callbacks: list[keras.callbacks.Callback]) -> Scores:
    data, batch_size = training.data, training.batch_size
    dtype = input_dtype(training.model)
    batches = TrainingBatches(data, batch_size, dtype, training.seed, training.augmenter)
    held_out = training.held_out
    history = training.model.fit(
        batches,
        initial_epoch=training.first_epoch,
        epochs=training.epochs,
        callbacks=[BeginEpoch(batches.begin), *callbacks],
        validation_data=None if held_out is None else Batches(held_out, batch_size, dtype),
        shuffle=False,
        verbose=training.verbose,
    )
    return dict(history.history)


def _train_by_programs(training: Training, callbacks: list[keras.callbacks.Callback]) -> Scores:
    model, data, budget = training.model, training.data, training.budget
    steps = training.steps_an_epoch
    history = _completed(callbacks, training.verbose)
    for callback in callbacks:
        callback.set_model(model)
        callback.set_params(
            {
                "epochs": training.epochs,
                "steps": steps,
                "verbose": training.verbose,
            }
        )
    logs: Logs = {}
    if model.stop_training:  # since an earlier training
        model.stop_training = False
    _tell(callbacks, "on_train_begin")
    passes = training.passes or Passes(  # of the model as callbacks have left it
        model, training.batch_size, training.augmenter, in_16_bits=training.in_16_bits
    )
    feed, held_out = feed_for(data, training.batch_size), training.held_out
    held_out_feed = feed
    if held_out is not None and not held_out.shares_arrays_with(data):
        held_out_feed = feed_for(held_out, training.batch_size)
    first_epoch = restored_epoch(model) or training.first_epoch
    if budget is not None and held_out is not None:
        budget.pause()
        passes.test(held_out_feed, held_out.rows)  # tells how long it takes
    for epoch in takewhile(lambda epoch: epoch < training.epochs, count(first_epoch)):
        _tell(callbacks, "on_epoch_begin", epoch)
        draws = epoch_draws(data.rows, training.seed, epoch)
        if budget is None:
            logs = passes.train(feed, draws)
        else:
            parts = budget.parts(steps, is_first=epoch == first_epoch)
            logs = passes.train_in_parts(feed, draws, parts, training.cycle)
        for callback in callbacks:
            if isinstance(callback, keras.callbacks.TerminateOnNaN):
                callback.on_batch_end(steps - 1, logs)
        if held_out is not None:
            _tell(callbacks, "on_test_begin")
            held_out_logs = passes.test(held_out_feed, held_out.rows)
            _tell(callbacks, "on_test_end", logs=held_out_logs)
            logs |= {f"val_{name}": value for name, value in held_out_logs.items()}
        _tell(callbacks, "on_epoch_end", epoch, logs=logs)
        if model.stop_training or (budget is not None and budget.is_spent(steps)):
            break
    model.optimizer.finalize_variable_values(model.trainable_weights)
    _tell(callbacks, "on_train_end", logs=logs)
    return dict(history.history)


def _completed(callbacks: list[keras.callbacks.Callback], verbose: int) -> keras.callbacks.History:
    """Add to callbacks what Keras adds, unless a user has; return the one that keeps scores."""
    history = next((c for c in callbacks if isinstance(c, keras.callbacks.History)), None)
    if history is None:
        history = keras.callbacks.History()
        callbacks.append(history)
    if verbose and not any(isinstance(c, keras.callbacks.ProgbarLogger) for c in callbacks):
        callbacks.append(keras.callbacks.ProgbarLogger())
    return history


def _tell(
    callbacks: Sequence[keras.callbacks.Callback],
    hook: str,
    *arguments: int,
    logs: Mapping[str, float] | None = None,
) -> None:
    """Call a hook of each callback, as a ``CallbackList`` does that has floats to tell.

    Keras' own looks for tensors each time, which takes a tenth of a step of a small network.
    """
    told = dict(sorted((logs or {}).items()))  # what callbacks add is for those after them
    for callback in callbacks:
        getattr(callback, hook)(*arguments, told)


class Passes:
    """Whole passes of a model over given rows, which return the scores of the pass.

    Parameters
    ----------
    model : keras.Model
        Compiled, with its variables created.
    batch_size : int
        Samples a step.
    augmenter : Augmenter
        Changes each training batch.
    in_16_bits : bool, default=False
        Whether training passes are in mixed precision.
    """

    def __init__(
        self,
        model: keras.Model,
        batch_size: int,
        augmenter: Augmenter,
        *,
        in_16_bits: bool = False,
    ) -> None:
        self._model, self._in_16_bits = model, in_16_bits
        self.batch_size, self.augmenter = batch_size, augmenter
        self._kind = training_kind(model)
        self._scores = list(model.get_metrics_result())
        settings = [*kernels.settings_of(model), augmenter.settings]
        self._constants = [tf.constant(batch_size, tf.int64), *map(tf.constant, settings)]
        self._bound: dict[Any, Bound] = {}

    def train(self, feed: Feed, draws: EpochDraws) -> Logs:
        """Train on the rows of an epoch, in its order."""
        self.augmenter.begin(draws.seed)
        single = len(draws.rows) <= self.batch_size
        return self._run("train", feed, draws.rows, draws.seed, single=single)

    def train_in_parts(
        self, feed: Feed, draws: EpochDraws, parts: Iterable[Part], cycle: Cycle | None
    ) -> Logs:
        """Train on as many rows of an epoch as the parts have steps for.

        A cycle gives the schedule for the steps that the whole training has, as a part knows it.
        """
        self.augmenter.begin(draws.seed)
        logs: Logs = {}
        done = 0
        for n_steps, n_planned in parts:
            rows = draws.rows[done : done + n_steps * self.batch_size]
            schedule = None if cycle is None else kernels.numbers_of(cycle(n_planned))
            logs = self._run("train", feed, rows, draws.seed, done, schedule)
            done += len(rows)
        return logs

    def test(self, feed: Feed, rows: NDArray[np.int64]) -> Logs:
        """Score some rows."""
        return self._run("test", feed, rows, 0)

    def _run(
        self,
        name: str,
        feed: Feed,
        rows: NDArray[np.int64],
        seed: int,
        done: int = 0,
        schedule: NDArray[np.float32] | None = None,
        *,
        single: bool = False,
    ) -> Logs:
        """Take rows of a pass of which some are done, perhaps by another schedule."""
        results: list[Any] = []
        constants = list(self._constants)
        if schedule is not None:
            constants[_SCHEDULE] = tf.constant(schedule)
        for tensors, block in feed.blocks(rows):
            program = self._program(name, feed, goes_on=done > 0, single=single)
            place = np.array([seed, done], np.int64)
            results = program(block, place, *constants, *tensors)
            done += len(block)
        return dict(zip(self._scores, map(float, results), strict=True))

    def _program(self, name: str, feed: Feed, *, goes_on: bool, single: bool) -> Bound:
        extent = ", going on" if goes_on else ", a batch" if single else ""
        in_16_bits = self._in_16_bits and name == "train"
        width = ", in 16 bits" if in_16_bits else ""
        text = f"{name}{extent}{width}, one-hot {feed.one_hot_width}"
        key = (text, *feed.specs)
        if key not in self._bound:
            model, kind = self._model, self._kind
            augmenter: Augmenter = _UNCHANGED
            if name == "train":
                augmenter = self.augmenter
                kind = None if None in (kind, augmenter.kind) else f"{kind}{augmenter.kind}"
            step = model.train_step if name == "train" else model.test_step
            function = _whole_pass(
                model,
                step,
                feed.one_hot_width,
                augmenter,
                in_16_bits=in_16_bits,
                goes_on=goes_on,
                single=single,
            )
            specs = [
                tf.TensorSpec([None], tf.int64),
                tf.TensorSpec([2], tf.int64),
                *(tf.TensorSpec(constant.shape, constant.dtype) for constant in self._constants),
                *feed.specs,
            ]
            self._bound[key] = store.get(text, model, kind, function, specs).bind(model)
        return self._bound[key]


def _at(place: Any, start: Any) -> Any:
    """Return the seed of a batch: that of the pass, and where in the pass the batch starts."""
    return tf.stack([place[0], place[1] + start])


def _whole_pass(
    model: keras.Model,
    step: Callable[..., Any],
    one_hot_width: int | None,
    augmenter: Augmenter,
    *,
    in_16_bits: bool,
    goes_on: bool,
    single: bool,
) -> Callable[..., list[Any]]:
    """Return a loop of ``step`` over batches of rows, which gives the scores of the pass.

    Its arguments are the rows to take, the seed of the pass and how many of its rows are done,
    the size of a batch, the settings of model and augmenter, and samples, targets and perhaps
    weights.  The scores start anew unless it goes on with a pass.  A single batch needs no loop:
    in a stream of small parts, its start would take a tenth of the time.
    """
    dtype = input_dtype(model)

    def run(*arguments: Any) -> list[Any]:
        rows, place, batch_size, rates, schedule, ranges, *arrays = arguments

        def body(start: Any) -> tuple[Any]:
            batch = rows[start : start + batch_size]
            x, y, *weight = (tf.gather(array, batch) for array in arrays)
            x, y = tf.cast(x, dtype), written_out(y, one_hot_width)
            step(augmenter.batch(x, y, weight, _at(place, start), ranges))
            return (start + batch_size,)

        if not goes_on:
            model.reset_metrics()
        precision = mixed_precision.in_16_bits(model) if in_16_bits else nullcontext()
        with kernels.bound_to(model, [rates, schedule]), precision:
            start = tf.constant(0, tf.int64)
            if single:
                body(start)
            else:
                tf.while_loop(
                    lambda start: start < tf.size(rows, tf.int64),
                    body,
                    (start,),
                    parallel_iterations=1,
                )
        return [tf.cast(result, tf.float32) for result in model.get_metrics_result().values()]

    return run
