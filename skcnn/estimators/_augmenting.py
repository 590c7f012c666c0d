"""From the parameter ``augmentation`` to what the engine does with a batch."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from skcnn._augmentation import RandomAffine
from skcnn._engine.augmenting import Affine, Augmenter, KerasLayers, Unchanged
from skcnn._engine.keras_internals import layers_within
from skcnn._engine.runtime import keras
from skcnn._sklearn_internals import validate_parameter_constraints
from skcnn._warning import warn
from skcnn.estimators._samples import Shape

_MIX_LABELS = ("MixUp", "CutMix")  # Keras has them from version 3.9 and 3.11 on
_RESCALE = (keras.layers.Rescaling, keras.layers.Normalization)
_SEEN = 1000  # samples that tell the range of pixels


def augmenter_for(
    augmentation: RandomAffine | Sequence[keras.layers.Layer] | None, input_shape: Shape
) -> Augmenter:
    """Return what changes training samples of ``input_shape``.

    Keras layers are made anew, so that no fit shares the state of their generators with another.

    Raises
    ------
    ValueError
        If the samples are no images, a setting is out of its range, or a layer mixes images, whose
        labels would have to be mixed too.
    TypeError
        If a sequence holds anything but Keras layers.
    """
    if augmentation is None:
        return Unchanged()
    if len(input_shape) < 2:
        raise ValueError(
            "augmentation varies images, of shape (height, width) or (height, width, channels); "
            f"received samples of shape {input_shape}. Leave images unflattened, or put an "
            "ImageReshaper before the classifier."
        )
    if isinstance(augmentation, RandomAffine):
        validate_parameter_constraints(
            augmentation._parameter_constraints, augmentation.get_params(), "RandomAffine"
        )
        return Affine(
            augmentation.shift,
            math.radians(augmentation.rotation),
            augmentation.zoom,
            augmentation.shear,
        )
    for layer in augmentation:
        if not isinstance(layer, keras.layers.Layer):
            raise TypeError(
                "augmentation must be a RandomAffine or a sequence of instances of "
                f"keras.layers.Layer; received {layer!r} in it."
            )
        mixer = next((part for part in [layer, *layers_within(layer)] if _mixes(part)), None)
        if mixer is not None:
            raise ValueError(
                f"augmentation varies images alone, but {type(mixer).__name__} mixes several into "
                "one, whose label would be a mixture too. Leave it out; label_smoothing softens "
                "labels in another way."
            )
    return KerasLayers([type(layer).from_config(layer.get_config()) for layer in augmentation])


def _mixes(layer: keras.layers.Layer) -> bool:
    return any(kind.__name__ in _MIX_LABELS for kind in type(layer).__mro__)


def warn_of_value_range(
    augmentation: RandomAffine | Sequence[keras.layers.Layer] | None, x: Any
) -> None:
    """Warn of Keras layers that are set for another range of pixels than ``x`` has."""
    layers = augmentation if isinstance(augmentation, (list, tuple)) else ()
    ranges = list(_value_ranges(layers))
    seen = float(x[:_SEEN].max()) if ranges else 0.0
    for name, limits in ranges:
        if (seen > 1) != (float(limits[1]) > 1):
            warn(
                f"The augmentation layer {name!r} is set for pixels within value_range="
                f"{tuple(limits)}, but those that it meets run up to {seen:g}. Give it "
                f"value_range={'(0, 1)' if seen <= 1 else '(0, 255)'}."
            )


def _value_ranges(layers: Sequence[keras.layers.Layer]) -> Iterator[tuple[str, Sequence[float]]]:
    """Yield name and range of the layers that meet pixels as they are."""
    for layer in layers:
        if any(isinstance(part, _RESCALE) for part in [layer, *layers_within(layer)]):
            return  # what comes after it meets other numbers
        if hasattr(layer, "value_range"):
            yield layer.name, layer.value_range
        else:
            yield from _value_ranges(getattr(layer, "layers", ()))
