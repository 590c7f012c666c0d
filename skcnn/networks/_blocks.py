"""What both networks are built of, and the checks of their sizes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from numbers import Integral, Real
from typing import Any

from skcnn._engine.runtime import keras

_MOMENTUM = 0.9  # of the moving averages: a fit on few images has few steps to reach them
_FULL_PRECISION = "float32"  # under every dtype policy


def normalized(name: str) -> keras.layers.Layer:
    """Return the normalization of what the layer ``name`` gives."""
    return keras.layers.BatchNormalization(momentum=_MOMENTUM, name=f"{name}_normalization")


def activated(activation: str, name: str) -> keras.layers.Layer:
    """Return the activation of a layer ``name`` that has none yet."""
    return keras.layers.Activation(activation, name=f"{name}_activation")


def rescaled(rescale: float | None) -> list[keras.layers.Layer]:
    """Return what multiplies the pixels, or nothing where they stay as they are.

    It computes in float32 under every dtype policy: half precision ends at 65504.

    Raises
    ------
    ValueError
        If the factor is no positive, finite number.
    """
    if rescale is None:
        return []
    is_number = isinstance(rescale, Real) and not isinstance(rescale, bool)
    if not is_number or not 0 < rescale < math.inf:
        raise ValueError(
            "rescale must be a positive, finite number to multiply pixels by, such as 1/255, or "
            f"None; received {rescale!r}."
        )
    return [keras.layers.Rescaling(float(rescale), dtype=_FULL_PRECISION, name="rescaled")]


def outputs_of(n_outputs: int, activation: str) -> keras.layers.Layer:
    """Return the last layer: a number for each class, label or target.

    Raises
    ------
    ValueError
        If there are too few of them.
    """
    least = 2 if activation == "softmax" else 1
    if not isinstance(n_outputs, Integral) or int(n_outputs) < least:
        raise ValueError(
            f"n_classes must be an integer of {least} or more; received {n_outputs!r}."
        )
    name = "outputs" if activation == "linear" else "probabilities"
    return keras.layers.Dense(
        int(n_outputs), activation=activation, dtype=_FULL_PRECISION, name=name
    )


def dropout_after(rate: float, name: str) -> list[keras.layers.Layer]:
    """Return dropout, or nothing where nothing is dropped."""
    return [keras.layers.Dropout(rate, name=name)] if rate > 0 else []


def clipped(window: tuple[int, ...], feature_map: tuple[int, ...]) -> tuple[int, ...]:
    """Return as much of a window as a feature map has room for."""
    return tuple(min(pair) for pair in zip(window, feature_map, strict=True))


def window_of(size: int | Sequence[int], argument: str) -> tuple[int, ...]:
    """Return height and width of a window, or raise naming the argument."""
    if isinstance(size, Integral):
        size = (int(size), int(size))
    return sizes_of(size, argument, at_least=2, at_most=2)


def sizes_of(
    sizes: int | Sequence[int], argument: str, *, at_least: int, at_most: int | None = None
) -> tuple[int, ...]:
    """Return ``sizes`` as a tuple of positive integers, or raise naming the argument."""
    values: tuple[Any, ...] = tuple(sizes) if isinstance(sizes, Iterable) else (sizes,)
    fits = (
        at_least <= len(values)
        and (at_most is None or len(values) <= at_most)
        and all(isinstance(v, Integral) and not isinstance(v, bool) and int(v) > 0 for v in values)
    )
    if not fits:
        count = f"exactly {at_least}" if at_least == at_most else f"{at_least} or more"
        raise ValueError(f"{argument} must hold {count} positive integers; received {sizes!r}.")
    return tuple(int(v) for v in values)


def rate_of(rate: float, argument: str) -> float:
    """Return a rate of dropout, or raise naming the argument."""
    if not isinstance(rate, Real) or isinstance(rate, bool) or not 0 <= rate < 1:
        raise ValueError(
            f"{argument} must be a share of the outputs to drop, in [0, 1); received {rate!r}."
        )
    return float(rate)
