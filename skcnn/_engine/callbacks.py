"""Callbacks: those that keep the best model and watch for divergence, and what the others need."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from skcnn._engine import keras_internals
from skcnn._engine.models import swap_averages
from skcnn._engine.runtime import keras

_MEND = "Scale X to 0..1 (PixelScaler or rescale=1/255 does it), or lower learning_rate."
_BATCH_HOOKS = (
    "on_batch_begin",
    "on_batch_end",
    "on_train_batch_begin",
    "on_train_batch_end",
    "on_test_batch_begin",
    "on_test_batch_end",
)


def keep_best(
    model: keras.Model,
    *,
    monitor: str,
    patience: int | None,
    checkpoint_path: str | os.PathLike[str] | None,
    saved: keras.Model,
) -> list[keras.callbacks.Callback]:
    """Return Keras' callbacks that watch ``monitor``.

    Parameters
    ----------
    model : keras.Model
        What trains.
    monitor : str
        A key of the epoch's logs, such as ``"val_loss"``.
    patience : int or None
        Epochs without progress before training stops and the best weights return; None to train
        to the end and keep the last weights.
    checkpoint_path : str, path or None
        Where the best model so far is saved, if anywhere.
    saved : keras.Model
        What is saved there: the model that trains, or one that holds the same weights.

    Raises
    ------
    ValueError
        If ``checkpoint_path`` does not end in ``.keras``, or its folder does not exist.
    """
    callbacks: list[keras.callbacks.Callback] = []
    if patience is not None:
        callbacks.append(
            keras.callbacks.EarlyStopping(monitor, patience=patience, restore_best_weights=True)
        )
    if checkpoint_path is not None:
        path = Path(checkpoint_path)
        if path.suffix != ".keras":
            raise ValueError(f"checkpoint_path must end in '.keras'; received {str(path)!r}.")
        if not path.parent.is_dir():
            raise ValueError(
                f"checkpoint_path is {str(path)!r}, but the folder {str(path.parent)!r} does not "
                "exist; make it first, or choose another."
            )
        mode = "max" if _is_best_when_large(model, monitor) else "min"
        callbacks.append(_SaveBest(path, monitor, mode, saved))
    return callbacks


class _SaveBest(keras.callbacks.ModelCheckpoint):
    """Save a model each time that training has a best epoch.

    Parameters
    ----------
    path : Path
        Where to.
    monitor : str
        Which score tells.
    mode : {"min", "max"}
        Whether it is best when small or when large.
    saved : keras.Model
        What to save: holds the weights that train.
    """

    def __init__(self, path: Path, monitor: str, mode: str, saved: keras.Model) -> None:
        super().__init__(path, monitor, save_best_only=True, mode=mode)
        self._saved = saved

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Save it, if this epoch is the best so far."""
        trained = self.model
        self.set_model(self._saved)
        try:
            super().on_epoch_end(epoch, logs)
        finally:
            self.set_model(trained)


def average_weights(
    callbacks: list[keras.callbacks.Callback],
) -> list[keras.callbacks.Callback]:
    """Let callbacks see the averaged weights of an optimizer that keeps such, and keep these.

    Parameters
    ----------
    callbacks : list of keras.callbacks.Callback
        Of a training with ``use_ema=True``.
    """
    swap = keras.callbacks.SwapEMAWeights(swap_on_epoch=True)
    return [swap, *callbacks, _KeepAverage(swap)]


def with_listener(
    callbacks: Sequence[keras.callbacks.Callback], listener: keras.callbacks.Callback
) -> list[keras.callbacks.Callback]:
    """Return callbacks and one more, which sees the weights that are kept and may end training."""
    last = [callback for callback in callbacks if isinstance(callback, _KeepAverage)]
    others = [callback for callback in callbacks if callback not in last]
    return [*others, listener, *last]


class _KeepAverage(keras.callbacks.Callback):
    """Keep the averaged weights where another callback stops the training.

    Keras would end such a training by swapping once more, which brings the last weights back.
    """

    def __init__(self, swap: keras.callbacks.SwapEMAWeights) -> None:
        super().__init__()
        self._swap = swap

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Make the average final after the last epoch."""
        if self.model.stop_training:
            keras_internals.make_average_final(self._swap)


class AverageBetweenParts(keras.callbacks.Callback):
    """Let a network hold its averaged weights between the parts of a stream.

    Meanwhile the optimizer keeps the weights that train, in the place of their averages, so that
    they are found there in a copy and in a pickle too.
    """

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Take up the weights that train."""
        swap_averages(self.model)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Show the averaged weights to the callbacks that follow."""
        swap_averages(self.model)
        self._averages = [weight.numpy() for weight in self.model.trainable_variables]

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        """Put back the averaged weights, over which Keras has put what the optimizer keeps."""
        for weight, average in zip(self.model.trainable_variables, self._averages, strict=True):
            weight.assign(average)


def check_callbacks(callbacks: Sequence[Any]) -> None:
    """Raise unless all of a user's callbacks are such.

    Raises
    ------
    TypeError
        If one is not.
    """
    for callback in callbacks:
        if not isinstance(callback, keras.callbacks.Callback):
            raise TypeError(
                "callbacks must hold instances of keras.callbacks.Callback; received "
                f"{callback!r}."
            )


def check_monitored(model: keras.Model, monitor: str, *, has_held_out: bool) -> None:
    """Raise unless ``monitor`` is a score that training of ``model`` will give.

    Raises
    ------
    ValueError
        If there is no such score; the message lists those that there are.
    """
    scores = list(model.get_metrics_result())
    if has_held_out:
        scores += [f"val_{score}" for score in scores]
    elif monitor.startswith("val_"):
        raise ValueError(
            f"monitor={monitor!r} needs a held-out part, but nothing is held out. Give "
            "validation_split a larger share, watch monitor='loss', or pass early_stopping=False "
            "and checkpoint_path=None."
        )
    if monitor not in scores:
        raise ValueError(
            f"monitor must be one of the scores of this fit: {', '.join(scores)}; received "
            f"{monitor!r}."
        )
    if _is_best_when_large(model, monitor) is None:
        raise ValueError(
            f"monitor={monitor!r} is a metric that does not tell whether it is best when small or "
            "large; expected one of Keras' own, or one whose class has _direction = 'up' or "
            "'down'."
        )


def best_epoch(model: keras.Model, history: dict[str, list[float]], monitor: str) -> int | None:
    """Return the epoch with the best score, counted from 0, the first of equals.

    Parameters
    ----------
    model : keras.Model
        Compiled with the metric that ``monitor`` names, if it is one.
    history : dict of str to list of float
        Scores by epoch.
    monitor : str
        One of them.

    Returns
    -------
    int or None
        None where there is no such score, or nothing tells whether small or large is good.
    """
    scores = np.asarray(history.get(monitor, ()), dtype=np.float64)
    large = _is_best_when_large(model, monitor)
    if large is None or not np.isfinite(scores).any():
        return None
    return int(np.nanargmax(scores) if large else np.nanargmin(scores))


def _is_best_when_large(model: keras.Model, monitor: str) -> bool | None:
    name = monitor.removeprefix("val_")
    if name == "loss":
        return False
    metrics = [part for m in model.metrics for part in (m, *getattr(m, "metrics", ()))]
    by_name = {metric.name: metric for metric in metrics}
    return keras_internals.is_best_when_large(by_name.get(name))


def hears_of_batches(callback: keras.callbacks.Callback) -> bool:
    """Tell whether a callback has a hook for single batches, in its class or alone, and needs it.

    Keras' own that are set to work by the epoch do not need theirs; ``TerminateOnNaN`` can tell
    by the loss of the epoch.
    """
    return any(_needs(callback, hook) for hook in _BATCH_HOOKS)


def _needs(callback: keras.callbacks.Callback, hook: str) -> bool:
    if hook in vars(callback):  # as LambdaCallback has them
        return True
    owner = next(kind for kind in type(callback).__mro__ if hook in vars(kind))
    if owner in (keras.callbacks.Callback, keras.callbacks.TerminateOnNaN):
        return False
    if owner is keras.callbacks.TensorBoard:
        by_epoch = callback.update_freq == "epoch" and not callback.write_steps_per_second
        return not by_epoch or keras_internals.traces_batches(callback)
    if owner in (keras.callbacks.ModelCheckpoint, keras.callbacks.BackupAndRestore):
        return callback.save_freq != "epoch"
    return True


def let_go(callbacks: Sequence[keras.callbacks.Callback]) -> None:
    """Let callbacks forget the model, its weights and the open files of a training that has ended.

    Otherwise they would take them along wherever they are copied or pickled.  Keras' own make them
    anew when the next training begins.
    """
    for callback in callbacks:
        keras_internals.let_go_of_model(callback)
        if isinstance(callback, keras.callbacks.CSVLogger):
            if callback.csv_file is not None:
                callback.csv_file.close()
            callback.csv_file = callback.writer = None
        elif isinstance(callback, keras.callbacks.TensorBoard):
            keras_internals.let_go_of_writers(callback)
        elif isinstance(callback, keras.callbacks.EarlyStopping):
            callback.best_weights = None


def as_kept(callback: Any) -> Any:
    """Return a callback as it can be pickled, before its first training too.

    ``ReduceLROnPlateau`` holds how it compares, in older versions of Keras a function that no
    pickle takes; Keras makes it anew when a training begins.
    """
    if not isinstance(callback, keras.callbacks.ReduceLROnPlateau):
        return callback
    kept = copy.copy(callback)
    kept.monitor_op = None
    return kept


class BeginEpoch(keras.callbacks.Callback):
    """Tell something the number of each epoch that begins.

    Parameters
    ----------
    begin : callable
        Is handed the number, counted from 0.
    """

    def __init__(self, begin: Callable[[int], None]) -> None:
        super().__init__()
        self._begin = begin

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Tell it."""
        self._begin(epoch)


class StopAtDivergence(keras.callbacks.Callback):
    """Raise at the end of the first epoch whose loss is no finite number."""

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Check the loss of the epoch."""
        loss = (logs or {}).get("loss", 0.0)
        if not np.isfinite(loss):
            raise ValueError(
                f"Training diverged: the loss became {loss} in epoch {epoch + 1}. {_MEND}"
            )


def check_weights_are_finite(model: keras.Model) -> None:
    """Raise if training has left ``model`` with weights that are no numbers.

    Raises
    ------
    ValueError
        If it has.
    """
    if not all(np.isfinite(weight).all() for weight in model.get_weights()):
        raise ValueError(
            f"Training diverged: there are weights that are no finite numbers. {_MEND}"
        )
