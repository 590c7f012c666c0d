"""The multilayer perceptron: a pure function that compiles nothing and keeps nothing."""

from __future__ import annotations

from collections.abc import Sequence

from skcnn._engine.runtime import keras
from skcnn.networks._blocks import dropout_after, outputs_of, rate_of, rescaled, sizes_of


def build_mlp(
    input_shape: Sequence[int],
    n_classes: int,
    *,
    hidden_units: int | Sequence[int] = (512,),
    activation: str = "relu",
    dropout: float = 0.0,
    rescale: float | None = None,
    output_activation: str = "softmax",
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
        Units of the last layer: one a class, at least 2; or one a label or a number to predict.
    hidden_units : int or sequence of int, default=(512,)
        Units of each hidden layer.  An empty sequence gives multinomial logistic regression.
    activation : str, default="relu"
        Activation of the hidden layers, by its Keras name.
    dropout : float, default=0.0
        Share of each hidden layer's outputs set to 0 during training, in [0, 1).
    rescale : float or None, default=None
        What the network multiplies each pixel by first, such as 1/255 for bytes; None for nothing.
    output_activation : str, default="softmax"
        Activation of the last layer, by its Keras name: ``"softmax"`` for classes,
        ``"sigmoid"`` for labels of which a sample may have several, ``"linear"`` for numbers.

    Returns
    -------
    keras.Model
        Uncompiled; maps float32 of shape (n, ...) to probabilities, or numbers, of shape
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
    input_shape = sizes_of(input_shape, "input_shape", at_least=1)
    hidden_units = sizes_of(hidden_units, "hidden_units", at_least=0)
    dropout = rate_of(dropout, "dropout")
    layers = [keras.Input(input_shape, name="image" if len(input_shape) > 1 else "pixels")]
    layers += rescaled(rescale)
    if len(input_shape) > 1:
        layers.append(keras.layers.Flatten(name="flatten"))
    for number, units in enumerate(hidden_units, start=1):
        layers.append(keras.layers.Dense(units, activation=activation, name=f"dense_{number}"))
        layers += dropout_after(dropout, f"dropout_{number}")
    layers.append(outputs_of(n_classes, output_activation))
    return keras.Sequential(layers, name="mlp")
