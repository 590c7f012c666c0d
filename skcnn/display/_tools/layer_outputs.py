"""What the layers of a network give for one image."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skcnn.display._tools.network import FittedNetwork
from skcnn._engine.runtime import keras

Outputs = dict[str, NDArray[np.float32]]


def layer_outputs(network: FittedNetwork, X: Any, names: Sequence[str] | None = None) -> Outputs:
    """Return what layers give for one sample.

    Parameters
    ----------
    network : FittedNetwork
        The network.
    X : array-like of shape (1, ...)
        The sample, as the user has it.
    names : sequence of str or None, default=None
        Layers, by name.  None for all that give feature maps or units, but for those that hand on
        what they receive.

    Returns
    -------
    dict of str to ndarray of shape (height, width, n_maps) or (n_units,), float32
        By the layer's name, in the order of ``names`` or of the network.

    Raises
    ------
    ValueError
        If the network has no layer of a name, a named one gives neither maps nor units, or the
        layers form no graph.
    """
    layers = {layer.name: layer for layer in _layers(network.model)}
    if names is not None:
        _check_names(names, list(layers))
        layers = {name: layers[name] for name in names}
    graph = keras.Model(
        network.model.inputs[0], {name: layer.output for name, layer in layers.items()}
    )
    x = network.inputs(X)
    tensors = graph(x, training=False)
    outputs = {name: tensors[name].numpy()[0] for name in layers}
    if names is None:
        return dict(_changes(x[0], outputs))
    for name, output in outputs.items():
        if output.ndim not in (1, 3):
            raise ValueError(
                f"Layer {name!r} gives an array of shape {output.shape} for an image; expected "
                "feature maps (height, width, n_maps) or a row of units. Leave it out of layers."
            )
    return outputs


def _layers(model: keras.Model) -> list[keras.layers.Layer]:
    """Return the layers that are neither an input nor a network of their own."""
    if not getattr(model, "inputs", None):
        raise ValueError(
            f"The layers of the network {model.name!r} form no graph, so that what they give "
            "cannot be read. Build it with keras.Sequential or keras.Model(inputs, outputs)."
        )
    inner = (keras.layers.InputLayer, keras.Model)
    return [layer for layer in model.layers if not isinstance(layer, inner)]


def _check_names(names: Sequence[str], known: Sequence[str]) -> None:
    unknown = [name for name in names if name not in known]
    if unknown or len(names) == 0 or isinstance(names, str):
        raise ValueError(
            f"layers must be a list of layers of the network: {', '.join(known)}; received "
            f"{names!r}."
        )


def _changes(x: NDArray[Any], outputs: Outputs) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Pass over the outputs that cannot be drawn or hold the same numbers as the one before."""
    before = x
    for name, output in outputs.items():
        if output.ndim in (1, 3) and not np.array_equal(output.ravel(), before.ravel()):
            yield name, output
        before = output
