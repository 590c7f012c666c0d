"""Networks cut where a layer gives features, and what stands before and behind the cut."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from skcnn._engine.runtime import keras

Shape = tuple[int, ...]
Preprocess = Callable[[Any], Any]

_IMAGE_AXES = 3
_COLOURS = 3
_MOST_NAMES = 30

# --- the cut -----------------------------------------------------------------------------------


def cut(network: keras.Model, layer: str | int | None) -> keras.Model:
    """Return a model of the same layers that ends where a layer gives its features.

    Parameters
    ----------
    network : keras.Model
        Built, of layers that form a graph, with one input.
    layer : str, int or None
        Name of a layer, or its index among those that are no inputs; None for the last hidden
        features: what the last layer takes, where that is a dense one, else what the network
        gives.

    Raises
    ------
    ValueError
        If there is no such layer, or it gives several outputs or no features.
    """
    features = _last_hidden(network) if layer is None else _layer(network, layer).output
    if isinstance(features, (list, tuple, dict)) or len(features.shape) < 2:
        raise ValueError(
            f"Expected a layer that gives one row or map of features a sample; received layer="
            f"{layer!r} of the network {network.name!r}, which gives {features}."
        )
    return keras.Model(network.inputs[0], features, name=network.name)


def _layers(network: keras.Model) -> list[keras.layers.Layer]:
    return [part for part in network.layers if not isinstance(part, keras.layers.InputLayer)]


def _layer(network: keras.Model, layer: str | int) -> keras.layers.Layer:
    layers = _layers(network)
    if isinstance(layer, str):
        named = [part for part in layers if part.name == layer]
        if named:
            return named[0]
    elif -len(layers) <= layer < len(layers):
        return layers[layer]
    names = [part.name for part in layers]
    if len(names) > _MOST_NAMES:
        names[:-_MOST_NAMES] = [f"{len(names) - _MOST_NAMES} more before them"]
    raise ValueError(
        f"The network {network.name!r} has no layer {layer!r}. Choose an index from "
        f"{-len(layers)} to {len(layers) - 1}, or one of its layers: {', '.join(names)}."
    )


def _last_hidden(network: keras.Model) -> Any:
    """Return what goes into the dense layer that a network ends in, or else what it gives."""
    outputs = network.outputs
    weighted = [part for part in _layers(network) if part.weights]
    if not weighted:
        raise ValueError(
            f"The network {network.name!r} has no layers with weights, so that it has no hidden "
            "features. Name a layer of it: layer=0."
        )
    if len(outputs) > 1:
        return outputs
    if len(outputs[0].shape) > 2 or type(weighted[-1]) is not keras.layers.Dense:
        return outputs[0]
    hidden = weighted[-1].input
    if hidden is network.inputs[0]:
        raise ValueError(
            f"The network {network.name!r} has a single layer, {weighted[-1].name!r}, and so no "
            f"hidden features. Pass layer={weighted[-1].name!r} for what that layer gives."
        )
    return hidden


def pooling_layers(shape: tuple[int | None, ...], pooling: str | None) -> list[keras.layers.Layer]:
    """Return what makes a row of a sample's features: no layer, where they are one already.

    Parameters
    ----------
    shape : tuple of int or None
        Shape of the features of one sample.
    pooling : "average", "max" or None
        What is kept of each channel of a map of features; None for all of it.
    """
    if len(shape) == 1:
        return []
    if pooling is None:
        return [keras.layers.Flatten(name="features")]
    axes = len(shape) - 1
    kind = getattr(keras.layers, f"Global{pooling.capitalize()}Pooling{axes}D")
    return [kind(name="features")]


# --- before the network ------------------------------------------------------------------------


def preparing(
    sample_shape: Shape,
    network: keras.Model,
    image_size: tuple[int, int] | None = None,
    preprocess: Preprocess | None = None,
) -> keras.Model | None:
    """Return a model from samples to what a network takes, None where it takes them as they are.

    Parameters
    ----------
    sample_shape : tuple of int
        Shape of one sample.
    network : keras.Model
        With one input.
    image_size : tuple of int or None, default=None
        Height and width that images are resized to; None for their own.
    preprocess : callable or None, default=None
        What happens to the numbers of a batch, made of ``keras.ops`` or a layer.

    Raises
    ------
    ValueError
        If the network cannot take such samples.
    """
    taken = tuple(network.inputs[0].shape[1:])
    given = keras.Input(sample_shape, name="samples")
    prepared = given
    if len(taken) == _IMAGE_AXES:
        prepared = _as_image(prepared, taken)
        prepared = _in_size(prepared, image_size)
        prepared = _in_colours(prepared, taken)
    elif image_size is not None:
        raise ValueError(
            f"image_size={image_size} resizes images, and the network {network.name!r} takes "
            f"samples of shape {taken}. Leave image_size out."
        )
    elif tuple(given.shape[1:]) != taken and _count(taken) == math.prod(sample_shape):
        prepared = keras.layers.Reshape(taken, name="reshaped")(prepared)
    _check_fits(prepared, taken, sample_shape, network)
    if preprocess is not None:
        prepared = _preprocessed(prepared, preprocess)
    if prepared is given:
        return None
    return keras.Model(given, prepared, name="preparing")


def _count(taken: tuple[int | None, ...]) -> int | None:
    return None if None in taken else math.prod(size or 0 for size in taken)


def _as_image(given: Any, taken: tuple[int | None, ...]) -> Any:
    """Return samples as images with channels, as far as they can only be images."""
    shape = tuple(given.shape[1:])
    if len(shape) == _IMAGE_AXES - 1:
        return keras.layers.Reshape((*shape, 1), name="as_images")(given)
    if len(shape) == 1 and _count(taken) == shape[0]:
        return keras.layers.Reshape(taken, name="as_images")(given)
    return given


def _in_size(images: Any, image_size: tuple[int, int] | None) -> Any:
    shape = tuple(images.shape[1:])
    if image_size is None or len(shape) != _IMAGE_AXES or shape[:2] == tuple(image_size):
        return images
    return keras.layers.Resizing(*image_size, antialias=True, name="resized")(images)


def _in_colours(images: Any, taken: tuple[int | None, ...]) -> Any:
    """Return grey images as red, green and blue of equal value, where a network takes colours."""
    if images.shape[-1] != 1 or taken[-1] != _COLOURS or len(images.shape) != _IMAGE_AXES + 1:
        return images
    return keras.layers.Concatenate(name="in_colours")([images] * _COLOURS)


def _check_fits(
    prepared: Any, taken: tuple[int | None, ...], sample_shape: Shape, network: keras.Model
) -> None:
    shape = tuple(prepared.shape[1:])
    fits = len(shape) == len(taken) and all(
        wanted in (None, size) for wanted, size in zip(taken, shape, strict=True)
    )
    if fits:
        return
    message = (
        f"The network {network.name!r} takes samples of shape {taken}; received X with samples of "
        f"shape {sample_shape}. "
    )
    if len(taken) != _IMAGE_AXES or len(shape) != _IMAGE_AXES:
        raise ValueError(f"{message}Reshape X, as ImageReshaper does.")
    if shape[-1] != taken[-1]:
        raise ValueError(
            f"{message}Give images {taken[-1]} channel{'s' * (taken[-1] != 1)}, as "
            "PIL.Image.convert does."
        )
    size = f"({taken[0]}, {taken[1]})"
    raise ValueError(f"{message}Pass image_size={size} to have them resized, or resize X.")


def _preprocessed(prepared: Any, preprocess: Preprocess) -> Any:
    try:
        result = preprocess(prepared)
    except Exception as error:  # whatever a function of the user's own raises
        raise ValueError(
            "preprocess must be a function of a batch of samples that is made of keras.ops, or a "
            "Keras layer, so that it becomes a part of the network; what works on arrays is a "
            f"step of a Pipeline. {preprocess!r} raised {type(error).__name__}: "
            f"{str(error)[:200]}"
        ) from error
    if getattr(result, "shape", None) != prepared.shape:
        raise ValueError(
            f"preprocess must give a tensor of the shape that it takes, {prepared.shape}; "
            f"{preprocess!r} gave {result!r}."
        )
    return result
