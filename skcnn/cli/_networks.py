"""The classifiers that commands train, on arrays of a data set or on pictures of a folder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sklearn.pipeline import Pipeline

from skcnn.cli._data import Images
from skcnn.estimators import CNNClassifier

WHITE = 255
_NETWORKS = ("MLP", "CNN")


def fitted_to(images: Images, classifiers: Mapping[str, Pipeline]) -> dict[str, Pipeline]:
    """Return classifiers of ``default_classifiers`` as they suit where the images come from.

    The pictures of a folder, of which there may be more than memory holds, stay bytes up to the
    network, which divides them itself.  The small data sets are divided before it, so that the
    file of the network takes pixels of 0 to 1, as the textbook's does.
    """
    if not images.are_pictures:
        return dict(classifiers)
    return {
        name: _on_bytes(pipeline[-1]) if name in _NETWORKS else pipeline
        for name, pipeline in classifiers.items()
    }


def preset(images: Images, name: str, random_state: int) -> Any:
    """Return the CNN of a preset, to stand at the end of a Pipeline of ``fitted_to``."""
    rescale = 1 / WHITE if images.are_pictures else None
    return CNNClassifier.from_preset(name, random_state=random_state, rescale=rescale)


def divided_before(pipeline: Pipeline) -> int:
    """Return what pixels are divided by before they reach the network of a Pipeline."""
    return WHITE if "scale" in pipeline.named_steps else 1


def _on_bytes(network: Any) -> Pipeline:
    return Pipeline([("classifier", network.set_params(rescale=1 / WHITE))])
