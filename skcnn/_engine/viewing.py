"""Predictions from several views of an image: as it is, mirrored, moved by a pixel."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from skcnn._engine.runtime import keras
from skcnn._engine.seeding import names_given_back

Views = Callable[[Any], list[Any]]

_LEAST_SIDE = 12  # pixels; smaller digits moved by one of them are read worse than left alone
_UNMOVED = {"shift": None, "flip_and_shift": "flip"}


def averaged_over_views(model: keras.Model, augmentation: str) -> keras.Model:
    """Return a network that gives the mean of what a model gives for several views of an image.

    Source: Krizhevsky, Sutskever and Hinton (2012), "ImageNet classification with deep
    convolutional neural networks", section 4.1.

    Parameters
    ----------
    model : keras.Model
        Takes images; its weights are those of the new network.
    augmentation : {"flip", "shift", "flip_and_shift"}
        The views: the image as it is, and mirrored left to right, or moved by a pixel up and to
        the left, and down and to the right, or all of these.  Images of fewer than 12 pixels a
        side are not moved; where that leaves one view, the model itself is returned.

    Raises
    ------
    ValueError
        If there are no such views.
    """
    if augmentation not in VIEWS:
        raise ValueError(
            f"predict_augmentation must be None or one of {', '.join(VIEWS)}; received "
            f"{augmentation!r}."
        )
    kind: str | None = augmentation
    if min(model.input_shape[1:3]) < _LEAST_SIDE:
        kind = _UNMOVED.get(augmentation, augmentation)
    if kind is None:
        return model
    with names_given_back():
        images = keras.Input(model.input_shape[1:], dtype=model.inputs[0].dtype, name="image")
        views = VIEWS[kind](images)
        outputs = model(keras.ops.concatenate(views, axis=0))
        by_view = keras.ops.reshape(outputs, (len(views), -1, outputs.shape[-1]))
        mean = keras.ops.mean(by_view, axis=0)
        return keras.Model(images, mean, name=f"mean_of_{len(views)}_views")


def count_views(model: keras.Model) -> int:
    """Return how many images a model makes of each: 1 unless it averages over views."""
    named = re.fullmatch(r"mean_of_(\d+)_views", model.name)
    return int(named[1]) if named else 1


def _mirrored(images: Any) -> list[Any]:
    return [images, keras.ops.flip(images, axis=2)]


def _moved(images: Any) -> list[Any]:
    """Return images, and those moved along a diagonal; the pixels at the edge repeat."""
    up = keras.ops.concatenate([images[:, 1:], images[:, -1:]], axis=1)
    down = keras.ops.concatenate([images[:, :1], images[:, :-1]], axis=1)
    return [
        images,
        keras.ops.concatenate([up[:, :, 1:], up[:, :, -1:]], axis=2),
        keras.ops.concatenate([down[:, :, :1], down[:, :, :-1]], axis=2),
    ]


def _mirrored_and_moved(images: Any) -> list[Any]:
    return [view for mirrored in _mirrored(images) for view in _moved(mirrored)]


VIEWS: dict[str, Views] = {
    "flip": _mirrored,
    "shift": _moved,
    "flip_and_shift": _mirrored_and_moved,
}
