"""Who takes part: classical classifiers as scikit-learn users set them, and skcnn's networks.

No setting was chosen by its error on a test set.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sklearn.pipeline import Pipeline


@dataclass(frozen=True)
class Classifier:
    """A classifier of the table.

    Attributes
    ----------
    name, title : str
        On the command line, and on the page.
    build : callable
        A function of a module; takes a seed and returns an unfitted Pipeline for uint8 images.
    settings : str
        What it is, in code, and where the settings come from.
    draws_random_numbers : bool, default=True
        Whether it gives something else with another seed.
    """

    name: str
    title: str
    build: Callable[[int], Pipeline]
    settings: str
    draws_random_numbers: bool = True


def logistic_regression(seed: int) -> Pipeline:
    """Return the one of default_classifiers."""
    from sklearn.linear_model import LogisticRegression

    return _on_rows(LogisticRegression(max_iter=1000))


def k_nn(seed: int) -> Pipeline:
    """Return k-NN by Euclidean distance; scikit-learn uses brute force on so many pixels."""
    from sklearn.neighbors import KNeighborsClassifier

    return _on_rows(KNeighborsClassifier(n_neighbors=3, n_jobs=-1))


def svm(seed: int) -> Pipeline:
    """Return an SVM with RBF kernel."""
    from sklearn.svm import SVC

    return _on_rows(SVC(C=10, cache_size=1000))


def mlp(seed: int) -> Pipeline:
    """Return the MLP of the textbook."""
    from skcnn import MLPClassifier

    return _on_images(MLPClassifier(random_state=seed))


def textbook(seed: int) -> Pipeline:
    """Return the CNN of the textbook."""
    return _preset("textbook", seed)


def lenet5(seed: int) -> Pipeline:
    """Return LeNet-5."""
    return _preset("lenet5", seed)


def fast(seed: int) -> Pipeline:
    """Return the fast CNN."""
    return _preset("fast", seed)


def fast_in_3_epochs(seed: int) -> Pipeline:
    """Return the fast CNN, in a hurry."""
    return _preset("fast", seed, epochs=3)


def accurate(seed: int) -> Pipeline:
    """Return the accurate CNN."""
    return _preset("accurate", seed)


def photos(seed: int) -> Pipeline:
    """Return the CNN for photographs."""
    return _preset("photos", seed)


def photos_wide(seed: int) -> Pipeline:
    """Return the CNN for photographs with twice the filters."""
    return _preset("photos", seed, filters=(64, 128, (256, 256), 512))


def _preset(name: str, seed: int, **parameters: Any) -> Pipeline:
    from skcnn import CNNClassifier

    return _on_images(CNNClassifier.from_preset(name, random_state=seed, **parameters))


def _on_images(classifier: Any) -> Pipeline:
    from skcnn import PixelScaler

    return Pipeline([("scale", PixelScaler()), ("classifier", classifier)])


def _on_rows(classifier: Any) -> Pipeline:
    from skcnn import ImageFlattener, PixelScaler

    return Pipeline(
        [("flatten", ImageFlattener()), ("scale", PixelScaler()), ("classifier", classifier)]
    )


CLASSIFIERS = (
    Classifier(
        "logistic-regression",
        "logistic regression",
        logistic_regression,
        "`LogisticRegression(max_iter=1000)`, as in `default_classifiers`",
        draws_random_numbers=False,
    ),
    Classifier(
        "k-nn",
        "k-NN",
        k_nn,
        "`KNeighborsClassifier(n_neighbors=3, n_jobs=-1)`, as LeCun et al.; Euclidean distance",
        draws_random_numbers=False,
    ),
    Classifier(
        "svm",
        "SVM, RBF kernel",
        svm,
        "`SVC(C=10, cache_size=1000)`, `C` from the middle of the grid of Xiao et al.; "
        "`gamma` is scikit-learn's default",
        draws_random_numbers=False,
    ),
    Classifier("mlp", "textbook MLP", mlp, "`MLPClassifier()`"),
    Classifier("textbook", "textbook CNN", textbook, '`CNNClassifier.from_preset("textbook")`'),
    Classifier("lenet5", "LeNet-5", lenet5, '`CNNClassifier.from_preset("lenet5")`'),
    Classifier("fast", "fast CNN", fast, '`CNNClassifier.from_preset("fast")`'),
    Classifier(
        "fast-3-epochs",
        "fast CNN, 3 epochs",
        fast_in_3_epochs,
        '`CNNClassifier.from_preset("fast", epochs=3)`',
    ),
    Classifier("accurate", "accurate CNN", accurate, '`CNNClassifier.from_preset("accurate")`'),
    Classifier("photos", "photos CNN", photos, '`CNNClassifier.from_preset("photos")`'),
    Classifier(
        "photos-wide",
        "photos CNN, twice as wide",
        photos_wide,
        '`CNNClassifier.from_preset("photos", filters=(64, 128, (256, 256), 512))`',
    ),
)
