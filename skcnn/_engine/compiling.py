"""What a model is compiled with."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from numbers import Real
from typing import Any

from skcnn._engine import keras_internals
from skcnn._engine.models import innermost
from skcnn._engine.runtime import keras

_WARM_UP_SHARE = 0.3  # of all steps, until the learning rate has reached its peak
NAMES_BY_TARGETS = ("accuracy", "acc", "crossentropy", "ce")  # which Keras chooses by the targets
_START_SHARE = 1 / 25  # of the peak, at the first step


def fresh_optimizer(
    optimizer: Any, learning_rate: Any = None, options: Mapping[str, Any] | None = None
) -> keras.optimizers.Optimizer:
    """Return a new optimizer, so that no fit shares its state with another.

    Parameters
    ----------
    optimizer : str, keras.optimizers.Optimizer or class
        By name, as a class, or as an instance whose settings are copied.
    learning_rate : float, LearningRateSchedule or None
        None for the optimizer's own.
    options : mapping of str to Any, optional
        Further settings, such as ``{"clipnorm": 1.0}``.

    Raises
    ------
    ValueError
        If Keras knows no optimizer of that name.
    TypeError
        If ``optimizer`` is no optimizer.
    """
    config = dict(options or {})
    if isinstance(optimizer, keras.optimizers.Optimizer):
        config = optimizer.get_config() | config
        kind = type(optimizer)
    elif isinstance(optimizer, type) and issubclass(optimizer, keras.optimizers.Optimizer):
        kind = optimizer
    elif isinstance(optimizer, str):
        kind = _optimizer_by_name(optimizer)
    else:
        raise TypeError(
            "optimizer must be a name, a class or an instance of keras.optimizers.Optimizer; "
            f"received {optimizer!r}."
        )
    if learning_rate is not None:
        # Keras takes no other kind of number than float.
        is_number = isinstance(learning_rate, Real)
        config["learning_rate"] = float(learning_rate) if is_number else learning_rate
    return kind.from_config(config)


def set_learning_rate(model: keras.Model, learning_rate: Any) -> None:
    """Let a compiled model go on with another learning rate.

    Raises
    ------
    ValueError
        If either that of the model or the other is no number, but a schedule of all its steps.
    """
    given = keras_internals.given_learning_rate(innermost(model.optimizer))
    if not (isinstance(given, keras.Variable) and isinstance(learning_rate, Real)):
        follows = type(given).__name__ if not isinstance(given, keras.Variable) else float(given)
        raise ValueError(
            "The network goes on with the learning rate that it was compiled with, "
            f"{follows}, and cannot change to learning_rate={learning_rate!r}; a number can take "
            "the place of a number alone. Call fit once, with warm_start=True: it compiles the "
            "network anew and keeps what it has learned."
        )
    given.assign(float(learning_rate))


def one_cycle(peak: float, n_steps: int) -> keras.optimizers.schedules.CosineDecay:
    """Return the schedule that rises to ``peak`` in a line, and falls to 0 along a cosine.

    Source: Smith (2018), "A disciplined approach to neural network hyper-parameters", part 1.

    Parameters
    ----------
    peak : float
        The largest learning rate.
    n_steps : int
        Steps of the whole training.
    """
    warm_up = int(_WARM_UP_SHARE * n_steps)
    return keras.optimizers.schedules.CosineDecay(
        float(peak) * _START_SHARE,
        n_steps - warm_up,
        warmup_target=float(peak),
        warmup_steps=warm_up,
    )


def smoothed(loss: Any, label_smoothing: float) -> Any:
    """Return ``loss`` for labels of which a share is spread over all classes.

    Source: Szegedy et al. (2016), "Rethinking the Inception architecture for computer vision".

    Raises
    ------
    ValueError
        If there is something to smooth, and ``loss`` is not one that is given by its name.
    """
    if label_smoothing == 0:
        return loss
    losses = {
        "categorical_crossentropy": keras.losses.CategoricalCrossentropy,
        "binary_crossentropy": keras.losses.BinaryCrossentropy,
    }
    if not isinstance(loss, str) or loss not in losses:
        raise ValueError(
            f"label_smoothing needs a loss that is one of {', '.join(losses)}; received {loss!r}. "
            "Smooth in a loss of your own, and leave label_smoothing at 0."
        )
    return losses[loss](label_smoothing=float(label_smoothing))


def fresh_metric(metric: Any) -> Any:
    """Return a metric of which no fit shares the counts with another.

    Parameters
    ----------
    metric : str, keras.metrics.Metric, class of such, or callable
        By name, as an instance whose settings are copied, as a class, or as a function of
        targets and outputs.

    Raises
    ------
    ValueError
        If Keras knows no metric of that name.
    TypeError
        If it is no metric.
    """
    if isinstance(metric, str):
        if metric not in NAMES_BY_TARGETS:
            _check_known(metric)
        return metric
    if isinstance(metric, keras.metrics.Metric):
        return type(metric).from_config(metric.get_config())
    if isinstance(metric, type) and issubclass(metric, keras.metrics.Metric):
        return metric()
    if callable(metric):
        return metric
    raise TypeError(
        "metrics must hold names, classes or instances of keras.metrics.Metric; received "
        f"{metric!r}."
    )


def _check_known(name: str) -> None:
    try:
        keras.metrics.get(name)
    except ValueError:
        raise ValueError(
            f"metrics must hold names that Keras knows, such as 'accuracy', 'auc', 'mae' or "
            f"'r2_score'; received {name!r}."
        ) from None


def name_of_loss(loss: Any) -> str:
    """Return the name of a loss that is given by its name, as a function or as an object."""
    if isinstance(loss, str):
        loss = keras.losses.get(loss)
    return str(getattr(loss, "name", None) or getattr(loss, "__name__", ""))


def takes_logits(loss: Any) -> bool:
    """Tell whether a loss, an object or a function with settings, is one of logits."""
    settings = loss.keywords if isinstance(loss, functools.partial) else {}
    return bool(settings.get("from_logits", getattr(loss, "from_logits", False)))


def _optimizer_by_name(name: str) -> type[keras.optimizers.Optimizer]:
    try:
        return type(keras.optimizers.get(name))
    except ValueError:
        known = sorted(
            known.lower()
            for known, item in vars(keras.optimizers).items()
            if isinstance(item, type) and issubclass(item, keras.optimizers.Optimizer)
        )
        known.remove("optimizer")
        raise ValueError(
            f"optimizer must be one that Keras knows: {', '.join(known)}; received {name!r}."
        ) from None
