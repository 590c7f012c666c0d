"""What a model holds and does, as arrays: its layers' outputs, its kernels, its varied images."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skcnn._engine.augmenting import Augmenter
from skcnn._engine.models import check_is_graph, is_graph, layers_of, leaves_of
from skcnn._engine.runtime import keras
from skcnn._engine.seeding import names_given_back


def layer_names(model: keras.Model) -> list[str]:
    """Return the names of the layers that are no input, those of graphs in the graph included.

    Raises
    ------
    ValueError
        If the layers form no graph.
    """
    return [layer.name for layer in _layers(model)]


def rescales(model: keras.Model, name: str) -> bool:
    """Tell whether the layer ``name`` only scales what it receives."""
    return any(layer.name == name for layer in layers_of(model, keras.layers.Rescaling))


def is_last_layer(model: keras.Model, name: str) -> bool:
    """Tell whether the layer ``name`` gives what the model gives."""
    return model.layers[-1].name == name


def layer_outputs(
    model: keras.Model, x: NDArray[Any], names: Sequence[str]
) -> dict[str, NDArray[np.float32]]:
    """Return what layers give for samples in prediction.

    Parameters
    ----------
    model : keras.Model
        Built, of layers that form a graph.
    x : ndarray of shape (n, ...)
        Samples as the model takes them.
    names : sequence of str
        Layers, some of ``layer_names``.

    Returns
    -------
    dict of str to ndarray of shape (n, ...), float32
        By the layer's name, in the order of ``names``.
    """
    wanted, given = set(names), {}

    def call(layer: Any, *arguments: Any, **settings: Any) -> Any:
        if is_graph(layer):
            return _called_layer_by_layer(layer, arguments[0], call)
        given[layer.name] = layer(*arguments, **settings)
        return given[layer.name]

    with names_given_back():
        inputs = keras.Input(model.inputs[0].shape[1:], dtype=model.inputs[0].dtype)
        _called_layer_by_layer(model, inputs, call)
        graph = keras.Model(inputs, {name: given[name] for name in given if name in wanted})
    tensors = graph(x, training=False)
    return {name: tensors[name].numpy().astype(np.float32, copy=False) for name in names}


def convolution_names(model: keras.Model) -> list[str]:
    """Return the names of the layers that are a ``keras.layers.Conv2D``, wherever they stand."""
    return [layer.name for layer in _convolutions(model)]


def convolution_kernel(model: keras.Model, name: str) -> NDArray[np.floating[Any]]:
    """Return the kernel of a convolution, of shape (height, width, n_channels, n_filters)."""
    convolutions = {layer.name: layer for layer in _convolutions(model)}
    return convolutions[name].kernel.numpy()


def variations(
    augmenter: Augmenter, x: NDArray[np.float32], n: int, seed: NDArray[np.integer]
) -> NDArray[np.float32]:
    """Return what an augmenter makes of one sample in ``n`` epochs.

    Parameters
    ----------
    augmenter : Augmenter
        What changes training samples.
    x : ndarray of shape (height, width) or (height, width, channels), float32
        The sample.
    n : int
        How many times it is changed.
    seed : ndarray of shape (2,)
        Decides about the changes.

    Returns
    -------
    ndarray of shape (n, *x.shape), float32
    """
    return np.asarray(augmenter(np.repeat(x[np.newaxis], n, axis=0), seed, augmenter.settings))


def _layers(model: keras.Model) -> list[keras.layers.Layer]:
    check_is_graph(model, "what they give cannot be read")
    layers: list[keras.layers.Layer] = []
    for layer in model.layers:
        if is_graph(layer):
            layers += _layers(layer)
        elif not isinstance(layer, (keras.layers.InputLayer, keras.Model)):
            layers.append(layer)
    return layers


def _called_layer_by_layer(model: keras.Model, inputs: Any, call: Callable[..., Any]) -> Any:
    """Return what a model gives for inputs, with each of its layers called by ``call``."""
    last = inputs

    def noted(*layer_and_arguments: Any, **settings: Any) -> Any:
        nonlocal last
        last = call(*layer_and_arguments, **settings)
        return last

    graph = keras.Model(model.inputs[0], model.outputs[0])
    keras.models.clone_model(
        graph, input_tensors=inputs, clone_function=lambda layer: layer, call_function=noted
    )
    return last


def _convolutions(model: keras.Model) -> Iterator[keras.layers.Conv2D]:
    return (layer for layer in leaves_of(model) if isinstance(layer, keras.layers.Conv2D))
