"""What a model is compiled with."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import Any

from skcnn.engine.runtime import keras


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
