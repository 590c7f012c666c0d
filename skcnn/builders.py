"""The networks: shapes and sizes in, an uncompiled ``keras.Model`` out.

Both builders are pure functions.  They draw no random numbers of their own, compile nothing and
keep nothing, so they can be called directly, handed to ``KerasClassifier``, or read as a recipe.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from numbers import Integral, Real
from typing import Any, Literal, get_args

from skcnn.engine.runtime import keras

Pooling = Literal["last", "each"]


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
    filters: int | Sequence[int] = (32, 64),
    kernel_size: int | Sequence[int] = 3,
    pool_size: int | Sequence[int] = 2,
    pooling: Pooling = "last",
    dropout: float = 0.25,
    dense_units: int | Sequence[int] = 128,
    dense_dropout: float = 0.5,
    activation: str = "relu",
) -> keras.Model:
    """Build a convolutional neural network.

    Convolutions without padding, max-pooling, dropout, flatten, dense layers with dropout,
    softmax.  With the defaults and images of 28 x 28 x 1 this is the network conv 32, conv 64,
    pool 2, dropout 0.25, dense 128, dropout 0.5, softmax 10 with 1,199,882 parameters.

    A kernel or pool larger than the feature map that it meets is clipped to it, so that the same
    settings fit images of any size.

    Parameters
    ----------
    input_shape : sequence of 3 int
        Height, width and channels of one image.
    n_classes : int
        Number of classes, at least 2: the units of the softmax layer.
    filters : int or sequence of int, default=(32, 64)
        Filters of each convolution, at least one.
    kernel_size : int or sequence of 2 int, default=3
        Height and width of the convolutions' windows, in pixels.
    pool_size : int or sequence of 2 int, default=2
        Height and width of the pooling windows, in pixels.
    pooling : {"last", "each"}, default="last"
        Whether max-pooling and dropout follow the last convolution alone, or each one.
    dropout : float, default=0.25
        Share of the pooled outputs set to 0 during training, in [0, 1).
    dense_units : int or sequence of int, default=128
        Units of each dense layer before the softmax; an empty sequence for none.
    dense_dropout : float, default=0.5
        Share of each dense layer's outputs set to 0 during training, in [0, 1).
    activation : str, default="relu"
        Activation of the convolutions and the dense layers, by its Keras name.

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
    filters = _sizes(filters, "filters", at_least=1)
    kernel = _window(kernel_size, "kernel_size")
    pool = _window(pool_size, "pool_size")
    dense_units = _sizes(dense_units, "dense_units", at_least=0)
    dropout = _rate(dropout, "dropout")
    dense_dropout = _rate(dense_dropout, "dense_dropout")
    if pooling not in get_args(Pooling):
        raise ValueError(f"pooling must be 'last' or 'each'; received {pooling!r}.")

    layers = [keras.Input(input_shape, name="image")]
    feature_map = input_shape[:2]
    for number, n_filters in enumerate(filters, start=1):
        window = _clip(kernel, feature_map)
        layers.append(
            keras.layers.Conv2D(n_filters, window, activation=activation, name=f"conv_{number}")
        )
        feature_map = tuple(size - w + 1 for size, w in zip(feature_map, window, strict=True))
        if pooling == "each" or number == len(filters):
            window = _clip(pool, feature_map)
            layers.append(keras.layers.MaxPooling2D(window, name=f"pool_{number}"))
            feature_map = tuple(size // w for size, w in zip(feature_map, window, strict=True))
            layers += _dropout(dropout, f"dropout_{number}")
    layers.append(keras.layers.Flatten(name="flatten"))
    for number, units in enumerate(dense_units, start=1):
        layers.append(keras.layers.Dense(units, activation=activation, name=f"dense_{number}"))
        layers += _dropout(dense_dropout, f"dense_dropout_{number}")
    layers.append(_class_probabilities(n_classes))
    return keras.Sequential(layers, name="cnn")


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
