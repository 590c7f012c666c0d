"""The convolutional neural network: a pure function that compiles nothing and keeps nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, get_args

from skcnn._engine.runtime import keras
from skcnn.networks._blocks import (
    clipped,
    dropout_after,
    normalized,
    outputs_of,
    rate_of,
    sizes_of,
    window_of,
)

Pooling = Literal["last", "each"]
PoolType = Literal["max", "average"]

_POOLINGS = {"max": keras.layers.MaxPooling2D, "average": keras.layers.AveragePooling2D}


def build_cnn(
    input_shape: Sequence[int],
    n_classes: int,
    *,
    filters: int | Sequence[int | Sequence[int]] = (32, 64),
    kernel_size: int | Sequence[int] = 3,
    pool_size: int | Sequence[int] = 2,
    pooling: Pooling = "last",
    pool_type: PoolType = "max",
    dropout: float = 0.25,
    dense_units: int | Sequence[int] = 128,
    dense_dropout: float = 0.5,
    activation: str = "relu",
    batch_normalization: bool = False,
    output_activation: str = "softmax",
) -> keras.Model:
    """Build a convolutional neural network.

    Convolutions without padding, pooling, dropout, flatten, dense layers with dropout, softmax.
    With the defaults and images of 28 x 28 x 1 this is the network conv 32, conv 64, max-pool 2,
    dropout 0.25, dense 128, dropout 0.5, softmax 10 with 1,199,882 parameters.

    A kernel or pool larger than the feature map that it meets is clipped to it, so that the same
    settings fit images of any size.

    Parameters
    ----------
    input_shape : sequence of 3 int
        Height, width and channels of one image.
    n_classes : int
        Units of the last layer: one a class, at least 2; or one a label or a number to predict.
    filters : int or sequence of (int or sequence of int), default=(32, 64)
        Filters of each convolution, at least one.  Numbers in a sequence of their own are
        convolutions one upon the other, which ``pooling="each"`` follows by one pooling, as in
        Simonyan and Zisserman (2015), "Very deep convolutional networks for large-scale image
        recognition": ``(16, (32, 64))`` is conv 16, pool, conv 32, conv 64, pool.
    kernel_size : int or sequence of 2 int, default=3
        Height and width of the convolutions' windows, in pixels.
    pool_size : int or sequence of 2 int, default=2
        Height and width of the pooling windows, in pixels.
    pooling : {"last", "each"}, default="last"
        Whether pooling and dropout follow the last entry of ``filters`` alone, or each one.
    pool_type : {"max", "average"}, default="max"
        What is kept of a pooling window: its largest number or its mean.
    dropout : float, default=0.25
        Share of the pooled outputs set to 0 during training, in [0, 1).
    dense_units : int or sequence of int, default=128
        Units of each dense layer before the softmax; an empty sequence for none.
    dense_dropout : float, default=0.5
        Share of each dense layer's outputs set to 0 during training, in [0, 1).
    activation : str, default="relu"
        Activation of the convolutions and the dense layers, by its Keras name.
    batch_normalization : bool, default=False
        Whether convolutions and dense layers are normalized before their activation, and after
        the pooling where there is one, which has less to normalize.  Source: Ioffe and Szegedy
        (2015), "Batch normalization: accelerating deep network training by reducing internal
        covariate shift".
    output_activation : str, default="softmax"
        Activation of the last layer, by its Keras name: ``"softmax"`` for classes,
        ``"sigmoid"`` for labels of which a sample may have several, ``"linear"`` for numbers.

    Returns
    -------
    keras.Model
        Uncompiled; maps float32 images of shape (n, height, width, channels) to probabilities,
        or numbers, of shape (n, n_classes).

    Raises
    ------
    ValueError
        If a size makes no network; the message names the argument.

    Examples
    --------
    >>> from skcnn import build_cnn
    >>> build_cnn((28, 28, 1), 10).count_params()
    1199882
    """
    input_shape = sizes_of(input_shape, "input_shape", at_least=3, at_most=3)
    convolutions = _convolutions(filters, pool_each=pooling == "each")
    kernel = window_of(kernel_size, "kernel_size")
    pool = window_of(pool_size, "pool_size")
    dense_units = sizes_of(dense_units, "dense_units", at_least=0)
    dropout = rate_of(dropout, "dropout")
    dense_dropout = rate_of(dense_dropout, "dense_dropout")
    for argument, value, choices in (
        ("pooling", pooling, get_args(Pooling)),
        ("pool_type", pool_type, get_args(PoolType)),
    ):
        if value not in choices:
            names = " or ".join(map(repr, choices))
            raise ValueError(f"{argument} must be {names}; received {value!r}.")
    ending = {"use_bias": False} if batch_normalization else {"activation": activation}
    layers = [keras.Input(input_shape, name="image")]
    feature_map = input_shape[:2]
    for number, (n_filters, is_pooled) in enumerate(convolutions, start=1):
        window = clipped(kernel, feature_map)
        layers.append(keras.layers.Conv2D(n_filters, window, name=f"conv_{number}", **ending))
        feature_map = tuple(size - w + 1 for size, w in zip(feature_map, window, strict=True))
        if is_pooled:
            window = clipped(pool, feature_map)
            layers.append(_POOLINGS[pool_type](window, name=f"pool_{number}"))
            feature_map = tuple(size // w for size, w in zip(feature_map, window, strict=True))
        layers += normalized(activation, f"conv_{number}") if batch_normalization else []
        layers += dropout_after(dropout, f"dropout_{number}") if is_pooled else []
    layers.append(keras.layers.Flatten(name="flatten"))
    for number, units in enumerate(dense_units, start=1):
        layers.append(keras.layers.Dense(units, name=f"dense_{number}", **ending))
        layers += normalized(activation, f"dense_{number}") if batch_normalization else []
        layers += dropout_after(dense_dropout, f"dense_dropout_{number}")
    layers.append(outputs_of(n_classes, output_activation))
    return keras.Sequential(layers, name="cnn")


def _convolutions(
    filters: int | Sequence[int | Sequence[int]], *, pool_each: bool
) -> list[tuple[int, bool]]:
    """Return the filters of each convolution, and whether a pooling follows it."""
    entries = tuple(filters) if isinstance(filters, Iterable) else (filters,)
    try:
        blocks = [sizes_of(entry, "filters", at_least=1) for entry in entries]
    except ValueError:
        blocks = []
    if not blocks:
        raise ValueError(
            "filters must hold 1 or more positive integers, or sequences of them; received "
            f"{filters!r}."
        )
    return [
        (n_filters, place == len(block) and (pool_each or block is blocks[-1]))
        for block in blocks
        for place, n_filters in enumerate(block, start=1)
    ]
