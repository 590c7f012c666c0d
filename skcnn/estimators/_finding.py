"""The network inside an estimator of skcnn, and any classifier that gives probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skcnn._engine.runtime import keras
from skcnn.estimators._base import BaseKerasEstimator
from skcnn.estimators._class_targets import ClassTargets
from skcnn.preprocessing import ImageLoader


@dataclass(frozen=True)
class FittedNetwork:
    """A fitted network of skcnn: alone, at the end of a Pipeline, or found by a search.

    Attributes
    ----------
    estimator : BaseKerasEstimator, Pipeline or search
        What takes samples as the user has them.
    steps : tuple of transformers
        What samples pass before the network; empty for a network alone.
    last : BaseKerasEstimator
        The classifier or regressor that has the network.
    """

    estimator: Any
    steps: tuple[Any, ...]
    last: Any

    @property
    def model(self) -> keras.Model:
        """The trained network."""
        return self.last.model_

    @property
    def classes(self) -> NDArray[Any] | None:
        """The labels, in the order of the network's outputs; None where these are numbers."""
        return getattr(self.last, "classes_", None)

    @property
    def tells_classes(self) -> bool:
        """Whether it gives one class a sample: neither numbers nor sets of labels."""
        return isinstance(self.last._targets, ClassTargets)

    def image_shape(self, given: Sequence[int] | None, X: Any) -> Sequence[int] | None:
        """Return the shape of images that are given as rows, as far as the network knows it."""
        shape = self.last.input_shape_
        return shape if given is None and len(X.shape) == 2 and len(shape) == 3 else given

    def probabilities(self, X: Any) -> NDArray[np.float32]:
        """Return the probability of each class for samples as the user has them."""
        return self.estimator.predict_proba(X)

    def as_samples(self, sample: Any) -> Any:
        """Return one sample of the user's with a leading axis."""
        return [sample] if self._loads else np.asarray(sample)[np.newaxis]

    def as_drawn(self, X: Any) -> Any:
        """Return samples as the user sees them: what an ImageLoader loads, or else X."""
        return np.asarray(self.steps[0].transform(X)) if self._loads else X

    @property
    def _loads(self) -> bool:
        return isinstance(next(iter(self.steps), None), ImageLoader)

    def received(self, X: Any) -> NDArray[Any]:
        """Return samples as they come out of the steps, of shape (n, *input_shape_)."""
        for step in self.steps:
            X = step.transform(X)
        rows = np.asarray(X)
        return rows.reshape(len(rows), *self.last.input_shape_)

    def inputs(self, X: Any) -> NDArray[np.float32]:
        """Return samples as the network computes with them, of shape (n, *input_shape_)."""
        return self.received(X).astype(np.float32, copy=False)


def find_network(estimator: Any) -> FittedNetwork:
    """Return the fitted network in ``estimator``.

    Parameters
    ----------
    estimator : BaseKerasEstimator, Pipeline or search
        A fitted classifier or regressor of skcnn, or a Pipeline or a search that ends in one.

    Raises
    ------
    TypeError
        If it is anything else.
    NotFittedError
        If it is not fitted.
    """
    network = _network_in(estimator)
    if network is None:
        raise TypeError(
            "Expected a fitted estimator of skcnn, or a Pipeline that ends in one; received "
            f"{estimator!r}. A search, such as GridSearchCV, must be fitted with refit=True."
        )
    return network


@dataclass(frozen=True)
class FittedClassifier:
    """A fitted classifier that gives probabilities, be it skcnn's or any other.

    Attributes
    ----------
    estimator : classifier
        What takes images, or whatever else X holds.
    loader : ImageLoader or None
        What a Pipeline began with, to make images of what the user has; None where X needs none.
    classes : ndarray of shape (n_classes,)
        The labels, in the order of the probabilities.
    network : FittedNetwork or None
        The network of skcnn's that answers; None where there is none.
    """

    estimator: Any
    loader: ImageLoader | None
    classes: NDArray[Any]
    network: FittedNetwork | None

    def images(self, X: Any) -> Any:
        """Return samples as ``estimator`` takes them, of samples as the user has them."""
        return X if self.loader is None else self.loader.transform(X)

    def image(self, sample: Any) -> NDArray[Any]:
        """Return one sample of the user's with a leading axis, as ``estimator`` takes it."""
        if self.loader is None:
            return np.asarray(sample)[np.newaxis]
        return np.asarray(self.loader.transform([sample]))

    def image_shape(self, given: Sequence[int] | None, X: Any) -> Sequence[int] | None:
        """Return the shape of images that are given as rows, as far as it is known."""
        return given if self.network is None else self.network.image_shape(given, X)

    def probabilities(self, X: Any) -> NDArray[np.floating[Any]]:
        """Return the probability of each class for samples as ``estimator`` takes them."""
        return np.asarray(self.estimator.predict_proba(X))

    def answers(self, X: Any) -> tuple[NDArray[Any], NDArray[np.floating[Any]]]:
        """Return the label that is given to each sample, and the label's probability.

        The label is what ``predict`` says.  Classifiers that are not skcnn's may have reasons to
        prefer another label to the most probable one, such as a threshold.
        """
        probabilities = self.probabilities(X)
        columns = probabilities.argmax(axis=1)
        if self.network is None:
            predicted = np.asarray(self.estimator.predict(X))
            if predicted.ndim == 1:  # one-hot rows say nothing that the probabilities do not say
                columns = (predicted[:, np.newaxis] == self.classes).argmax(axis=1)
        return self.classes[columns], probabilities[np.arange(len(columns)), columns]

    def as_labels(self, y: ArrayLike) -> NDArray[Any]:
        """Return labels of shape (n,), given as they are or as one-hot rows.

        Raises
        ------
        ValueError
            If rows have another length than there are classes.
        """
        labels = np.asarray(y)
        if labels.ndim == 1:
            return labels
        if labels.shape[1:] != self.classes.shape:
            raise ValueError(
                "y must hold a label an image, shape (n,), or one-hot rows of the "
                f"{len(self.classes)} classes that the classifier knows; received shape "
                f"{labels.shape}."
            )
        return self.classes[labels.argmax(axis=1)]


def find_classifier(estimator: Any) -> FittedClassifier:
    """Return the fitted classifier that ``estimator`` is.

    Parameters
    ----------
    estimator : classifier
        Any fitted classifier of scikit-learn's kind that has ``predict_proba`` and ``classes_``.

    Raises
    ------
    TypeError
        If it gives no probabilities.
    NotFittedError
        If it is not fitted.
    ValueError
        If it gives several labels a sample.
    """
    network = _network_in(estimator)
    gives_probabilities = hasattr(estimator, "predict_proba")
    if gives_probabilities:
        check_is_fitted(estimator)
    classes = getattr(estimator, "classes_", None)
    if not gives_probabilities or classes is None:
        raise TypeError(
            "Expected a fitted classifier with predict_proba and classes_; received "
            f"{estimator!r}. sklearn.calibration.CalibratedClassifierCV gives probabilities to "
            "a classifier that has none; VotingClassifier needs voting='soft'."
        )
    tells_sets = network is not None and not network.tells_classes
    if isinstance(classes, list) or tells_sets:
        raise ValueError(
            "Expected a classifier that gives one label a sample; received one that gives "
            f"{len(classes)}: {estimator!r}. Fit it on labels of shape (n,); of one-hot rows "
            "these are y.argmax(axis=1)."
        )
    return FittedClassifier(*_behind_loader(estimator), np.asarray(classes), network)


def _network_in(estimator: Any) -> FittedNetwork | None:
    """Return the network that a Pipeline or a search ends in; None where it is another's."""
    last, steps = estimator, []
    while not isinstance(last, BaseKerasEstimator):
        if isinstance(last, Pipeline):
            *before, (_, last) = last.steps
            steps += [step for _, step in before if step not in (None, "passthrough")]
        elif isinstance(last, FrozenEstimator):
            last = last.estimator
        elif hasattr(last, "best_estimator_"):
            last = last.best_estimator_
        else:
            return None
    check_is_fitted(last)
    return FittedNetwork(estimator, tuple(steps), last)


def _behind_loader(estimator: Any) -> tuple[Any, ImageLoader | None]:
    """Return what follows the ImageLoader that a Pipeline begins with, and that ImageLoader."""
    inner = estimator
    while isinstance(inner, FrozenEstimator) or hasattr(inner, "best_estimator_"):
        is_frozen = isinstance(inner, FrozenEstimator)
        inner = inner.estimator if is_frozen else inner.best_estimator_
    if not isinstance(inner, Pipeline) or not inner.steps:
        return estimator, None
    (name, first), *rest = inner.steps
    if isinstance(first, ImageLoader) and rest:
        return inner[1:], first
    behind, loader = _behind_loader(first)
    if loader is None:
        return estimator, None
    return Pipeline([(name, behind), *rest]), loader
