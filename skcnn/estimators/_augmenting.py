"""From the parameter ``augmentation`` to what the engine does with a batch."""

from __future__ import annotations

import math
from collections.abc import Sequence

from skcnn._augmentation import RandomAffine
from skcnn.estimators._images import Shape
from skcnn._engine.augmenting import Affine, Augmenter, KerasLayers, Unchanged
from skcnn._engine.runtime import keras


def augmenter_for(
    augmentation: RandomAffine | Sequence[keras.layers.Layer] | None, input_shape: Shape
) -> Augmenter:
    """Return what changes training samples of ``input_shape``.

    Keras layers are made anew, so that no fit shares the state of their generators with another.

    Raises
    ------
    ValueError
        If the samples are no images, or a setting is out of its range.
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
        augmentation._validate_params()
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
    return KerasLayers([type(layer).from_config(layer.get_config()) for layer in augmentation])
