"""The end of a network whose other layers are borrowed: a pure function."""

from __future__ import annotations

from collections.abc import Sequence

from skcnn._engine.runtime import keras
from skcnn.networks._blocks import dropout_after, normalized, outputs_of, rate_of, sizes_of


def build_head(
    n_features: int,
    n_classes: int,
    *,
    dense_units: int | Sequence[int],
    dropout: float,
    batch_normalization: bool,
    output_activation: str,
) -> keras.Model:
    """Build what makes probabilities of features.

    Its last layer begins with zeros, so that what it learns from few samples starts from nothing
    known rather than from noise.

    Parameters
    ----------
    n_features : int
        Numbers that it takes for a sample.
    n_classes : int
        Units of the last layer.
    dense_units : int or sequence of int
        Units of each layer before it.
    dropout : float
        Share of what each layer takes that is set to 0 during training, in [0, 1).
    batch_normalization : bool
        Whether features are normalized first.
    output_activation : str
        Activation of the last layer, by its Keras name.

    Returns
    -------
    keras.Model
        Uncompiled.

    Raises
    ------
    ValueError
        If a size makes no network; the message names the argument.
    """
    dense_units = sizes_of(dense_units, "dense_units", at_least=0)
    dropout = rate_of(dropout, "dropout")
    layers = [keras.Input((n_features,), name="features")]
    if batch_normalization:
        layers.append(normalized("features"))
    layers += dropout_after(dropout, "dropout")
    for number, units in enumerate(dense_units, start=1):
        layers.append(keras.layers.Dense(units, activation="relu", name=f"dense_{number}"))
        layers += dropout_after(dropout, f"dropout_{number}")
    outputs = outputs_of(n_classes, output_activation)
    outputs.kernel_initializer = keras.initializers.Zeros()
    return keras.Sequential([*layers, outputs], name="head")
