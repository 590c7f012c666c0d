"""Pictures, by scikit-learn's Display convention: one class, one file, one picture.

The classes are loaded on first use (PEP 562): a picture of a data set needs no TensorFlow.
"""

from typing import TYPE_CHECKING

from skcnn._lazy import lazily

if TYPE_CHECKING:  # for editors and type checkers, which do not run __getattr__
    from skcnn.display._augmentation import AugmentationDisplay as AugmentationDisplay
    from skcnn.display._comparison import ComparisonDisplay as ComparisonDisplay
    from skcnn.display._feature_maps import FeatureMapsDisplay as FeatureMapsDisplay
    from skcnn.display._filters import ConvolutionFiltersDisplay as ConvolutionFiltersDisplay
    from skcnn.display._image_grid import ImageGridDisplay as ImageGridDisplay
    from skcnn.display._misclassified import MisclassifiedDisplay as MisclassifiedDisplay
    from skcnn.display._note import NoteDisplay as NoteDisplay
    from skcnn.display._saliency import SaliencyDisplay as SaliencyDisplay
    from skcnn.display._training_history import TrainingHistoryDisplay as TrainingHistoryDisplay

_HOMES = {
    "AugmentationDisplay": "_augmentation",
    "ComparisonDisplay": "_comparison",
    "ConvolutionFiltersDisplay": "_filters",
    "FeatureMapsDisplay": "_feature_maps",
    "ImageGridDisplay": "_image_grid",
    "MisclassifiedDisplay": "_misclassified",
    "NoteDisplay": "_note",
    "SaliencyDisplay": "_saliency",
    "TrainingHistoryDisplay": "_training_history",
}

__all__ = list(_HOMES)

__getattr__, __dir__ = lazily(__name__, _HOMES)
