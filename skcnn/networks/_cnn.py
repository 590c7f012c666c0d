"""The convolutional neural network: a pure function that compiles nothing and keeps nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, get_args

from skcnn._engine.runtime import keras
from skcnn.networks._blocks import (
    activated,
    dropout_after,
    normalized,
    outputs_of,
    rate_of,
    rescaled,
    sizes_of,
    window_of,
)
from skcnn.networks._convolutions import BlockMaker, Padding, Part, connected, first_window

Pooling = Literal["last", "each"]
PoolType = Literal["max", "average"]
GlobalPooling = Literal["average", "max"]

_GLOBAL_POOLINGS = {
    "average": keras.layers.GlobalAveragePooling2D,
    "max": keras.layers.GlobalMaxPooling2D,
}


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
    rescale: float | None = None,
    strides: int | Sequence[int] | Literal["auto"] = 1,
    padding: Padding = "valid",
    global_pooling: GlobalPooling | None = None,
    residual: bool = False,
    whitening: bool = False,
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
    rescale : float or None, default=None
        What the network multiplies each pixel by first, such as 1/255 for bytes; None for nothing.
    strides : int, sequence of 2 int or "auto", default=1
        Steps of the first convolution's window, down and sideways, in pixels: 2 halves the height
        and width that all later layers have to do with.  ``"auto"`` takes a step for each whole 32
        pixels of the image's shorter side, 1 up to 63 pixels and 7 at 224, and widens the window
        to twice the step less 1, so that windows overlap.  The layers after it then take about as
        long for a large image as for a small one.
    padding : {"valid", "same"}, default="valid"
        Whether the convolutions' windows stay within the feature map, which shrinks it, or zeros
        around it keep its size.
    global_pooling : {"average", "max"} or None, default=None
        What is kept of each feature map of the last convolution, in place of all its numbers: the
        mean or the largest.  The dense layers then have a weight for each map, however large the
        image is.  Source: Lin, Chen and Yan (2014), "Network in network".
    residual : bool, default=False
        Whether a shortcut goes around each sequence of two or more convolutions in ``filters``,
        whose input is added to what its last convolution gives, before the activation.  Where
        these differ in their number of maps, the shortcut is a convolution of 1 x 1.  It takes
        ``padding="same"`` and is meant for ``batch_normalization=True``.  Source: He, Zhang, Ren
        and Sun (2016), "Deep residual learning for image recognition".
    whitening : bool, default=False
        Whether a convolution that is not trained comes first, named ``"whitening"``, with its
        activation: 8 filters of 2 x 2 for each channel.  Its filters begin at random; an estimator
        sets them by its training images, so that what they give is uncorrelated.  It takes the
        steps of ``strides``, in windows of twice the step with 16 filters a channel.
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
    blocks = _blocks_of(filters)
    kernel = window_of(kernel_size, "kernel_size")
    first_kernel, first_strides = first_window(kernel, strides, input_shape[:2])
    dense_units = sizes_of(dense_units, "dense_units", at_least=0)
    dense_dropout = rate_of(dense_dropout, "dense_dropout")
    for argument, value, choices in (
        ("pooling", pooling, get_args(Pooling)),
        ("pool_type", pool_type, get_args(PoolType)),
        ("padding", padding, get_args(Padding)),
        ("global_pooling", global_pooling, (*get_args(GlobalPooling), None)),
    ):
        if value not in choices:
            names = " or ".join(map(repr, choices))
            raise ValueError(f"{argument} must be {names}; received {value!r}.")
    if residual:
        _check_shortcuts(blocks, padding)
    maker = BlockMaker(
        size=input_shape[:2],
        channels=input_shape[2],
        kernel=kernel,
        first_kernel=first_kernel,
        first_strides=first_strides,
        pool=window_of(pool_size, "pool_size"),
        padding=padding,
        pool_type=pool_type,
        dropout=rate_of(dropout, "dropout"),
        activation=activation,
        batch_normalization=bool(batch_normalization),
    )
    parts: list[Part] = [keras.Input(input_shape, name="image"), *rescaled(rescale)]
    parts += maker.whitening() if whitening else []
    for place, block in enumerate(blocks, start=1):
        pooled = pooling == "each" or place == len(blocks)
        make = maker.residual if residual and len(block) > 1 else maker.plain
        parts += make(block, pooled=pooled)
    parts.append(_as_one_row(global_pooling))
    ending = {"use_bias": False} if batch_normalization else {"activation": activation}
    for number, units in enumerate(dense_units, start=1):
        name = f"dense_{number}"
        parts.append(keras.layers.Dense(units, name=name, **ending))
        parts += [normalized(name), activated(activation, name)] if batch_normalization else []
        parts += dropout_after(dense_dropout, f"dense_dropout_{number}")
    parts.append(outputs_of(n_classes, output_activation))
    return connected(parts, name="cnn")


def _as_one_row(global_pooling: GlobalPooling | None) -> keras.layers.Layer:
    if global_pooling is None:
        return keras.layers.Flatten(name="flatten")
    return _GLOBAL_POOLINGS[global_pooling](name="global_pool")


def _blocks_of(filters: int | Sequence[int | Sequence[int]]) -> list[tuple[int, ...]]:
    """Return the filters of the convolutions of each entry, or raise."""
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
    return blocks


def _check_shortcuts(blocks: Sequence[tuple[int, ...]], padding: Padding) -> None:
    """Raise where there is nothing that a shortcut could go around, or its two ends differ."""
    if padding != "same":
        raise ValueError(
            "residual=True adds what a block receives to what it gives, which must be of one "
            f"size: expected padding='same'; received {padding!r}."
        )
    if all(len(block) == 1 for block in blocks):
        raise ValueError(
            "residual=True needs a sequence of two or more convolutions in filters, such as "
            f"(32, (64, 64)); received {tuple(block[0] for block in blocks)}."
        )
