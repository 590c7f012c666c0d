"""Training samples mixed with each other, and their labels in the same shares."""

from __future__ import annotations

from typing import Any

import numpy as np

from skcnn._engine.augmenting import Augmenter, inside_rectangles
from skcnn._engine.feeding import TrainingData
from skcnn._engine.runtime import tf


class Mixing(Augmenter):
    """Changes samples as another augmenter does, and then mixes each with its neighbour.

    The neighbour is the sample before it in the batch, in the order of which chance decides.

    Parameters
    ----------
    changes : Augmenter
        What comes first.
    mixup : float
        Both parameters of the beta distribution of a neighbour's share in mixup; 0 for none.
    cutmix : float
        The same for cutmix.  Where neither is 0, a coin decides for each sample.
    """

    def __init__(self, changes: Augmenter, mixup: float, cutmix: float) -> None:
        self._changes = changes
        self._mixup, self._cutmix = mixup > 0, cutmix > 0
        ways = "mixup" * self._mixup + "cutmix" * self._cutmix
        self.kind = None if changes.kind is None else f"{changes.kind}, {ways}"
        self.settings = np.append(changes.settings, [mixup, cutmix]).astype(np.float32)

    def begin(self, seed: int) -> None:
        """Take up a pass whose changes ``seed`` decides."""
        self._changes.begin(seed)

    def __call__(self, x: Any, seed: Any, settings: Any) -> Any:
        """Return samples changed, and not mixed."""
        return self._changes(x, seed, settings[:-2])

    def batch(
        self, x: Any, y: Any, weight: list[Any], seed: Any, settings: Any
    ) -> tuple[Any, ...]:
        """Return samples, targets and weights, each with the neighbour's share in it."""
        x = self(x, seed, settings)
        taken = self._taken_from_neighbours(x, seed, settings[-2:])
        share = tf.reduce_mean(taken, axis=range(1, len(taken.shape)))
        x = _blended(x, tf.cast(taken, x.dtype))
        return (x, *(_blended(values, tf.cast(share, values.dtype)) for values in (y, *weight)))

    def _taken_from_neighbours(self, x: Any, seed: Any, parameters: Any) -> Any:
        """Return how much of each pixel, or each sample, its neighbour gives, in 0..1."""
        n = tf.shape(x)[0]
        if not self._cutmix:
            return _shares(n, parameters[0], _own(seed, 1))
        side = tf.sqrt(_shares(n, parameters[1], _own(seed, 2)))[:, tf.newaxis]
        draws = tf.random.stateless_uniform((n, 3), _own(seed, 3))
        inside = tf.cast(inside_rectangles(x.shape[1:3], draws[:, :2], side), tf.float32)
        if not self._mixup:
            return inside
        mixup = _shares(n, parameters[0], _own(seed, 1))[:, tf.newaxis, tf.newaxis]
        return tf.where(draws[:, 2, tf.newaxis, tf.newaxis] < 0.5, mixup, inside)


def _own(seed: Any, number: int) -> Any:
    """Return a seed that neither another draw of the batch has, nor another batch."""
    return tf.stack([-number - seed[0], seed[1]])


def _shares(n: Any, parameter: Any, seed: Any) -> Any:
    """Return draws of the beta distribution with twice the same parameter."""
    draws = tf.random.stateless_gamma((n, 2), seed, parameter)
    return tf.math.divide_no_nan(draws[:, 0], draws[:, 0] + draws[:, 1])


def _blended(values: Any, taken: Any) -> Any:
    """Return values of which a part, one for each or for each pixel, is the neighbour's."""
    for _ in range(len(values.shape) - len(taken.shape)):
        taken = taken[..., tf.newaxis]
    return values + taken * (tf.roll(values, 1, axis=0) - values)


def mixing(
    changes: Augmenter, mixup: float, cutmix: float, data: TrainingData, *, margins: bool
) -> Augmenter:
    """Return an augmenter that mixes what another gives, or that other where nothing is mixed.

    Parameters
    ----------
    changes : Augmenter
        What comes first.
    mixup, cutmix : float
        As ``Mixing`` takes them.
    data : TrainingData
        What is to be mixed.
    margins : bool
        Whether the loss reads its targets as two signs.

    Raises
    ------
    ValueError
        If the loss cannot take a mixture of labels, or samples to cut are no images.
    """
    ways = [f"mixup={mixup:g}"] * (mixup > 0) + [f"cutmix={cutmix:g}"] * (cutmix > 0)
    if not ways:
        return changes
    if margins or (data.one_hot_width is None and data.y.dtype.kind in "iu"):
        verb = "mix" if len(ways) > 1 else "mixes"
        takes = "whole signs" if margins else "the number of a class"
        raise ValueError(
            f"{' and '.join(ways)} {verb} labels, but the loss takes {takes} for each sample. Use "
            "loss='categorical_crossentropy', or 'binary_crossentropy' where there is one unit or "
            "a unit for each label, or leave mixup and cutmix at 0."
        )
    if cutmix and len(data.x.shape) < 3:
        raise ValueError(
            f"cutmix={cutmix:g} cuts rectangles out of images, of shape (height, width) or "
            f"(height, width, channels); received samples of shape {tuple(data.x.shape[1:])}. "
            "Leave images unflattened, or put an ImageReshaper before the classifier; mixup takes "
            "rows too."
        )
    return Mixing(changes, mixup, cutmix)
