"""Pictures, by scikit-learn's Display convention: one class, one file, one picture.

The classes are loaded on first use (PEP 562): a picture of a data set needs no TensorFlow.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # for editors and type checkers, which do not run __getattr__
    from skcnn.display.augmentation import AugmentationDisplay as AugmentationDisplay
    from skcnn.display.comparison import ComparisonDisplay as ComparisonDisplay
    from skcnn.display.feature_maps import FeatureMapsDisplay as FeatureMapsDisplay
    from skcnn.display.filters import ConvolutionFiltersDisplay as ConvolutionFiltersDisplay
    from skcnn.display.image_grid import ImageGridDisplay as ImageGridDisplay
    from skcnn.display.misclassified import MisclassifiedDisplay as MisclassifiedDisplay
    from skcnn.display.saliency import SaliencyDisplay as SaliencyDisplay
    from skcnn.display.training_history import TrainingHistoryDisplay as TrainingHistoryDisplay

_HOMES = {
    "AugmentationDisplay": "augmentation",
    "ComparisonDisplay": "comparison",
    "ConvolutionFiltersDisplay": "filters",
    "FeatureMapsDisplay": "feature_maps",
    "ImageGridDisplay": "image_grid",
    "MisclassifiedDisplay": "misclassified",
    "SaliencyDisplay": "saliency",
    "TrainingHistoryDisplay": "training_history",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
