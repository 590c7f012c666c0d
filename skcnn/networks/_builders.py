"""The networks: shapes and sizes in, an uncompiled ``keras.Model`` out.

Both builders are pure functions.  They draw no random numbers of their own, compile nothing and
keep nothing, so they can be called directly, handed to ``KerasClassifier``, or read as a recipe.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from numbers import Integral, Real
from typing import Any, Literal, get_args

from skcnn._engine.runtime import keras

Pooling = Literal["last", "each"]
PoolType = Literal["max", "average"]

_POOLINGS = {"max": keras.layers.MaxPooling2D, "average": keras.layers.AveragePooling2D}
_MOMENTUM = 0.9  # of the moving averages: a fit on few images has few steps to reach them


def build_mlp(
    input_shape: Sequence[int],
    n_classes: int,
    *,
    hidden_units: int | Sequence[int] = (512,),
    activation: str = "relu",
    dropout: float = 0.0,
) -> keras.Model:
    """Build a multilayer perceptron.

    Inputs with more than one axis are flattened first.  Every hidden layer is followed by dropout
    where ``dropout`` is above 0.  With the defaults and 784 pixels this is the network 784-512-10
    with 407,050 parameters.

    Parameters
    ----------
    input_shape : sequence of int
        Shape of one sample, such as ``(784,)`` or ``(28, 28, 1)``.
    n_classes : int
        Number of classes, at least 2: the units of the softmax layer.
    hidden_units : int or sequence of int, default=(512,)
        Units of each hidden layer.  An empty sequence gives multinomial logistic regression.
    activation : str, default="relu"
        Activation of the hidden layers, by its Keras name.
    dropout : float, default=0.0
        Share of each hidden layer's outputs set to 0 during training, in [0, 1).

    Returns
    -------
    keras.Model
        Uncompiled; maps float32 of shape (n, ...) to probabilities of shape
        (n, n_classes).

    Raises
    ------
    ValueError
        If a size makes no network; the message names the argument.

    Examples
    --------
    >>> from skcnn import build_mlp
    >>> build_mlp((784,), 10).count_params()
    407050
    """
    input_shape = _sizes(input_shape, "input_shape", at_least=1)
    hidden_units = _sizes(hidden_units, "hidden_units", at_least=0)
    dropout = _rate(dropout, "dropout")
    layers = [keras.Input(input_shape, name="image" if len(input_shape) > 1 else "pixels")]
    if len(input_shape) > 1:
        layers.append(keras.layers.Flatten(name="flatten"))
    for number, units in enumerate(hidden_units, start=1):
        layers.append(keras.layers.Dense(units, activation=activation, name=f"dense_{number}"))
        layers += _dropout(dropout, f"dropout_{number}")
    layers.append(_class_probabilities(n_classes))
    return keras.Sequential(layers, name="mlp")


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
        Number of classes, at least 2: the units of the softmax layer.
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

    Returns
    -------
    keras.Model
        Uncompiled; maps float32 images of shape (n, height, width, channels) to probabilities
        of shape (n, n_classes).

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
    input_shape = _sizes(input_shape, "input_shape", at_least=3, at_most=3)
    convolutions = _convolutions(filters, pool_each=pooling == "each")
    kernel = _window(kernel_size, "kernel_size")
    pool = _window(pool_size, "pool_size")
    dense_units = _sizes(dense_units, "dense_units", at_least=0)
    dropout = _rate(dropout, "dropout")
    dense_dropout = _rate(dense_dropout, "dense_dropout")
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
        window = _clip(kernel, feature_map)
        layers.append(keras.layers.Conv2D(n_filters, window, name=f"conv_{number}", **ending))
        feature_map = tuple(size - w + 1 for size, w in zip(feature_map, window, strict=True))
        if is_pooled:
            window = _clip(pool, feature_map)
            layers.append(_POOLINGS[pool_type](window, name=f"pool_{number}"))
            feature_map = tuple(size // w for size, w in zip(feature_map, window, strict=True))
        layers += _normalized(activation, f"conv_{number}") if batch_normalization else []
        layers += _dropout(dropout, f"dropout_{number}") if is_pooled else []
    layers.append(keras.layers.Flatten(name="flatten"))
    for number, units in enumerate(dense_units, start=1):
        layers.append(keras.layers.Dense(units, name=f"dense_{number}", **ending))
        layers += _normalized(activation, f"dense_{number}") if batch_normalization else []
        layers += _dropout(dense_dropout, f"dense_dropout_{number}")
    layers.append(_class_probabilities(n_classes))
    return keras.Sequential(layers, name="cnn")


def _convolutions(
    filters: int | Sequence[int | Sequence[int]], *, pool_each: bool
) -> list[tuple[int, bool]]:
    """Return the filters of each convolution, and whether a pooling follows it."""
    entries = tuple(filters) if isinstance(filters, Iterable) else (filters,)
    try:
        blocks = [_sizes(entry, "filters", at_least=1) for entry in entries]
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


def _normalized(activation: str, name: str) -> list[keras.layers.Layer]:
    return [
        keras.layers.BatchNormalization(momentum=_MOMENTUM, name=f"{name}_normalization"),
        keras.layers.Activation(activation, name=f"{name}_activation"),
    ]


def _class_probabilities(n_classes: int) -> keras.layers.Layer:
    if not isinstance(n_classes, Integral) or int(n_classes) < 2:
        raise ValueError(f"n_classes must be an integer of 2 or more; received {n_classes!r}.")
    return keras.layers.Dense(int(n_classes), activation="softmax", name="probabilities")


def _dropout(rate: float, name: str) -> list[keras.layers.Layer]:
    return [keras.layers.Dropout(rate, name=name)] if rate > 0 else []


def _clip(window: tuple[int, ...], feature_map: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(min(pair) for pair in zip(window, feature_map, strict=True))


def _window(size: int | Sequence[int], argument: str) -> tuple[int, ...]:
    if isinstance(size, Integral):
        size = (int(size), int(size))
    return _sizes(size, argument, at_least=2, at_most=2)


def _sizes(
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


def _rate(rate: float, argument: str) -> float:
    if not isinstance(rate, Real) or isinstance(rate, bool) or not 0 <= rate < 1:
        raise ValueError(
            f"{argument} must be a share of the outputs to drop, in [0, 1); received {rate!r}."
        )
    return float(rate)
