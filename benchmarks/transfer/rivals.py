"""Who learns from a hundred images: with a borrowed network, and without."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skcnn import (
    CNNClassifier,
    CNNFeatureExtractor,
    ImageFlattener,
    PixelScaler,
    TransferClassifier,
)

_FINE_TUNE = 2
_EPOCHS_ALONE = 100


@dataclass(frozen=True)
class Rival:
    """Somebody who learns from few images.

    Attributes
    ----------
    title : str
        As the table calls it.
    settings : str
        What it is, in a line.
    make : callable
        From the borrowed network's estimator and a seed to an estimator that is not fitted.
    """

    title: str
    settings: str
    make: Callable[[Any, int], Any]


def lender(epochs: int) -> CNNClassifier:
    """Return the network that is borrowed, before it has learned anything."""
    return CNNClassifier.from_preset("photos", rescale=1 / 255, epochs=epochs, random_state=0)


def _alone(borrowed: Any, seed: int) -> Any:
    return CNNClassifier.from_preset(
        "photos", rescale=1 / 255, epochs=_EPOCHS_ALONE, batch_size=32, random_state=seed
    )


RIVALS = (
    Rival(
        "SVM on pixels",
        "`SVC()` of pixels in 0..1",
        lambda borrowed, seed: make_pipeline(ImageFlattener(), PixelScaler(), SVC()),
    ),
    Rival(
        "the same network from scratch",
        f'`CNNClassifier.from_preset("photos", epochs={_EPOCHS_ALONE}, batch_size=32)`',
        _alone,
    ),
    Rival(
        "SVM on features",
        "`CNNFeatureExtractor(cnn)`, `StandardScaler()`, `SVC()`",
        lambda borrowed, seed: make_pipeline(
            CNNFeatureExtractor(borrowed), StandardScaler(), SVC()
        ),
    ),
    Rival(
        "logistic regression on features",
        "`CNNFeatureExtractor(cnn)`, `LogisticRegression(max_iter=1000)`",
        lambda borrowed, seed: make_pipeline(
            CNNFeatureExtractor(borrowed), LogisticRegression(max_iter=1000)
        ),
    ),
    Rival(
        "a new head",
        "`TransferClassifier(cnn)`",
        lambda borrowed, seed: TransferClassifier(borrowed, random_state=seed),
    ),
    Rival(
        f"a new head, {_FINE_TUNE} layers fine-tuned",
        f"`TransferClassifier(cnn, fine_tune={_FINE_TUNE})`",
        lambda borrowed, seed: TransferClassifier(borrowed, _FINE_TUNE, random_state=seed),
    ),
)
