"""Callbacks: those that keep the best model and watch for divergence, and what the others need."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from skcnn._engine.runtime import keras

_MEND = "Scale X to 0..1 (PixelScaler does it), or lower learning_rate."
_BATCH_HOOKS = (
    "on_batch_begin",
    "on_batch_end",
    "on_train_batch_begin",
    "on_train_batch_end",
    "on_test_batch_begin",
    "on_test_batch_end",
)


def keep_best(
    *, monitor: str, patience: int | None, checkpoint_path: str | os.PathLike[str] | None
) -> list[keras.callbacks.Callback]:
    """Return Keras' callbacks that watch ``monitor``.

    Parameters
    ----------
    monitor : str
        A key of the epoch's logs, such as ``"val_loss"``.
    patience : int or None
        Epochs without progress before training stops and the best weights return; None to train
        to the end and keep the last weights.
    checkpoint_path : str, path or None
        Where the best model so far is saved, if anywhere.

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
        callbacks.append(keras.callbacks.ModelCheckpoint(path, monitor, save_best_only=True))
    return callbacks


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
            self._swap._finalize_ema_values()


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


def hears_of_batches(callback: keras.callbacks.Callback) -> bool:
    """Tell whether a callback overrides a hook for single batches, and needs it.

    Keras' own that are set to work by the epoch do not need theirs; ``TerminateOnNaN`` can tell
    by the loss of the epoch.
    """
    if isinstance(callback, keras.callbacks.TensorBoard):
        return callback.update_freq != "epoch" or callback._should_trace
    if (
        getattr(callback, "save_freq", None) == "epoch"
        or type(callback) is keras.callbacks.TerminateOnNaN
    ):
        return False
    return any(
        getattr(type(callback), hook) is not getattr(keras.callbacks.Callback, hook)
        for hook in _BATCH_HOOKS
    )


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
