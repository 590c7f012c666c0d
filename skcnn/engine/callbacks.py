"""The callbacks that keep the best model: in memory, and on disk."""

from __future__ import annotations

import os
from pathlib import Path

from skcnn.engine.runtime import keras


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
