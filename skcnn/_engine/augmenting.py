"""Training images, changed a little each time they are seen.

A pass over the samples draws its changes from a seed of its own and from the place of a batch in
the pass, so that they are the same in every fit, in a program or beside it, at whatever epoch it
begins.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skcnn._arrays import first_of
from skcnn._augmentation import RandomAffine
from skcnn._engine import keras_internals
from skcnn._engine.runtime import keras, tf
from skcnn._engine.seeding import names_given_back, seeded
from skcnn._sklearn_internals import validate_parameter_constraints
from skcnn._warning import warn

_MIX_LABELS = ("MixUp", "CutMix")  # Keras has them from version 3.9 and 3.11 on
_RESCALE = (keras.layers.Rescaling, keras.layers.Normalization)
_MIRRORED = 0.5  # of the images, where some are
_AXES = ("vertical", "horizontal")


class Augmenter(ABC):
    """What changes a batch of training samples.

    Attributes
    ----------
    kind : str or None
        Equal for augmenters that one compiled program can serve; None if it serves this one alone.
    settings : ndarray of float32
        Numbers that a program takes as an argument.
    """

    kind: str | None
    settings: NDArray[np.float32] = np.zeros(0, np.float32)

    def begin(self, seed: int) -> None:  # noqa: B027
        """Take up a pass whose changes ``seed`` decides, where calls alone do not tell it."""

    @abstractmethod
    def __call__(self, x: Any, seed: Any, settings: Any) -> Any:
        """Return samples like ``x``, changed as ``settings`` and the pair of int ``seed`` say."""

    def batch(
        self, x: Any, y: Any, weight: list[Any], seed: Any, settings: Any
    ) -> tuple[Any, ...]:
        """Return a batch of samples, targets and perhaps weights with its samples changed."""
        return (self(x, seed, settings), y, *weight)


class Unchanged(Augmenter):
    """Leaves samples as they are."""

    kind = ""

    def __call__(self, x: Any, seed: Any, settings: Any) -> Any:
        """Return ``x``."""
        return x


class Affine(Augmenter):
    """Moves, turns, zooms, shears, mirrors and erases at random, by one interpolation.

    It is bilinear where images are distorted.  Else they move by whole pixels, which takes half
    the time.

    Parameters
    ----------
    varied : RandomAffine
        How.
    """

    def __init__(self, varied: RandomAffine) -> None:
        distorted = [math.radians(varied.rotation), varied.zoom, varied.zoom, varied.shear]
        chances = [_MIRRORED * (axis in (varied.flip or "")) for axis in _AXES]
        self._fill_mode, self._erases = varied.fill_mode.upper(), varied.erasing > 0
        self._interpolation = "BILINEAR" if any(distorted) else "NEAREST"
        self.kind = f"affine, {self._fill_mode}, {self._interpolation}, erasing {self._erases}"
        self.settings = np.array(
            [varied.shift, varied.shift, *distorted, *chances, varied.erasing], np.float32
        )

    def __call__(self, x: Any, seed: Any, settings: Any) -> Any:
        """Return images of the shape of ``x``, (n, height, width) with or without channels."""
        height, width = x.shape[1:3]
        images = x if len(x.shape) == 4 else x[..., tf.newaxis]
        limits = settings[:6] * [height, width, 1, 1, 1, 1]
        draws = tf.random.stateless_uniform((tf.shape(x)[0], 6), seed, -1, 1) * limits
        draws = tf.round(draws) if self._interpolation == "NEAREST" else draws
        own_seed = tf.stack([seed[0], -1 - seed[1]])  # places in a pass are never negative
        tossed = tf.random.stateless_uniform((tf.shape(x)[0], 4), own_seed)
        signs = tf.where(tossed[:, :2] < settings[6:8], -1.0, 1.0)
        changed = tf.raw_ops.ImageProjectiveTransformV3(
            images=images,
            transforms=_about_the_centre(draws, signs, height, width),
            output_shape=(height, width),
            fill_value=0.0,
            fill_mode=self._fill_mode,
            interpolation=self._interpolation,
        )
        if self._erases:
            changed = _erased(changed, tossed[:, 2:], settings[8])
        return tf.reshape(changed, tf.shape(x))


def _erased(images: Any, middles: Any, side: Any) -> Any:
    """Return images with a square of their mean colour, about a middle in 0..1 of both sides."""
    square = inside_rectangles(images.shape[1:3], middles, side)[..., tf.newaxis]
    return tf.where(square, tf.reduce_mean(images, axis=(1, 2), keepdims=True), images)


def inside_rectangles(lengths: Any, middles: Any, side: Any) -> Any:
    """Return whether each pixel lies in the rectangle of its image, of shape (n, height, width).

    What lies beyond the image is cut off.

    Parameters
    ----------
    lengths : sequence of 2 int
        Height and width of the images.
    middles : tensor of shape (n, 2)
        Middle of each rectangle, in 0..1 of both lengths.
    side : tensor of shape () or (n, 1)
        Sides of the rectangles as a share of the image's.
    """
    rows, columns = (
        abs((tf.range(0.5, length) / length)[tf.newaxis] - middles[:, axis, tf.newaxis]) < side / 2
        for axis, length in enumerate(lengths)
    )
    return rows[:, :, tf.newaxis] & columns[:, tf.newaxis, :]


def _about_the_centre(draws: Any, signs: Any, height: int, width: int) -> Any:
    """Return, for each row of draws, the eight numbers that say where a pixel comes from.

    A pixel (x, y) comes from (a x + b y + c, d x + e y + f).  Signs of -1 mirror y and x.
    """
    upside_down, reversed_ = tf.unstack(signs, axis=1)
    down, right, angle, taller, wider, slant = tf.unstack(draws, axis=1)
    cosine, sine = tf.cos(angle), tf.sin(angle)
    wide, tall = reversed_ * (1 + wider), upside_down * (1 + taller)
    a, d = wide * cosine, wide * sine
    b, e = tall * (slant * cosine - sine), tall * (slant * sine + cosine)
    middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
    c = middle_x - a * middle_x - b * middle_y + right
    f = middle_y - d * middle_x - e * middle_y + down
    none = tf.zeros_like(angle)
    return tf.stack([a, b, c, d, e, f, none, none], axis=1)


class KerasLayers(Augmenter):
    """Changes samples by Keras layers, called one after the other as in training.

    Parameters
    ----------
    layers : sequence of keras.layers.Layer
        Layers for this fit alone, for their generators are set anew in each pass.
    """

    kind = None

    def __init__(self, layers: Sequence[keras.layers.Layer]) -> None:
        self._layers = layers
        states = [state for layer in layers for state in keras_internals.generator_states(layer)]
        self._states = [(state, state.numpy().astype(np.int64)) for state in states]

    def begin(self, seed: int) -> None:
        """Set each generator by its own seed and by that of the pass."""
        for state, at_first in self._states:
            rng = np.random.default_rng([seed, *abs(at_first)])
            state.assign(np.array([rng.integers(2**31), 0]))

    def __call__(self, x: Any, seed: Any, settings: Any) -> Any:
        """Return ``x`` changed."""
        for layer in self._layers:
            x = layer(x, training=True)
        return x


# --- from the parameter ``augmentation`` --------------------------------------------------------


def augmenter_for(
    augmentation: RandomAffine | Sequence[keras.layers.Layer] | None,
    input_shape: tuple[int, ...],
    seed: int,
) -> Augmenter:
    """Return what changes training samples.

    Keras layers are made anew, so that no fit shares the state of their generators with another.

    Parameters
    ----------
    augmentation : RandomAffine, sequence of keras.layers.Layer or None
        As estimators take it.
    input_shape : tuple of int
        Shape of one sample.
    seed : int
        Decides the seeds of Keras layers, between 0 and 2**32 - 1.

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
        return Affine(augmentation)
    for layer in augmentation:
        if not isinstance(layer, keras.layers.Layer):
            raise TypeError(
                "augmentation must be a RandomAffine or a sequence of instances of "
                f"keras.layers.Layer; received {layer!r} in it."
            )
        mixer = next(
            (part for part in [layer, *keras_internals.layers_within(layer)] if _mixes(part)), None
        )
        if mixer is not None:
            raise ValueError(
                f"augmentation varies images alone, but {type(mixer).__name__} mixes several into "
                "one, whose label would be a mixture too. Leave it out; the parameters mixup and "
                "cutmix of a classifier mix both."
            )
    with seeded(seed), names_given_back():
        return KerasLayers([type(layer).from_config(layer.get_config()) for layer in augmentation])


def _mixes(layer: keras.layers.Layer) -> bool:
    return any(kind.__name__ in _MIX_LABELS for kind in type(layer).__mro__)


def warn_of_value_range(
    augmentation: RandomAffine | Sequence[keras.layers.Layer] | None, x: Any
) -> None:
    """Warn of Keras layers that are set for another range of pixels than ``x`` has."""
    layers = augmentation if isinstance(augmentation, (list, tuple)) else ()
    ranges = list(_value_ranges(layers))
    seen = float(first_of(x).max()) if ranges else 0.0
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
        if any(
            isinstance(part, _RESCALE) for part in [layer, *keras_internals.layers_within(layer)]
        ):
            return  # what comes after it meets other numbers
        if hasattr(layer, "value_range"):
            yield layer.name, layer.value_range
        else:
            yield from _value_ranges(getattr(layer, "layers", ()))
