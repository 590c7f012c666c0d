"""What classifiers share beyond a fit: probabilities, and the weights of classes."""

from __future__ import annotations

from dataclasses import KW_ONLY, replace
from numbers import Real
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import issparse
from sklearn.base import ClassifierMixin
from sklearn.utils import Tags

from skcnn._engine.augmenting import Augmenter
from skcnn._engine.compiling import smoothed
from skcnn._engine.feeding import TrainingData
from skcnn._engine.mixing import mixing
from skcnn._sklearn_internals import Interval, StrOptions, fit_context
from skcnn.estimators._base import BaseKerasEstimator
from skcnn.estimators._class_targets import ClassTargets
from skcnn.estimators._label_set_targets import LabelSetTargets, holds_label_sets
from skcnn.estimators._parameters import network_estimator, parameter
from skcnn.estimators._samples import Shape
from skcnn.estimators._targets import Targets, as_array


@network_estimator
class BaseKerasClassifier(ClassifierMixin, BaseKerasEstimator):
    """Base of all classifiers: from samples and labels to a trained network and back.

    A classifier of your own is a subclass with ``build_network(input_shape, n_outputs)``, and with
    a field for each parameter of its own under ``network_estimator``; it has all the parameters
    below.

    Parameters
    ----------
    {parameters}
    """

    _: KW_ONLY
    class_weight: dict[Any, float] | str | None = parameter(
        'dict of label to float, "balanced" or None',
        "Weight of each class; multiplied with ``sample_weight``.",
        default=None,
        constraint=[dict, StrOptions({"balanced"}), None],
    )
    label_smoothing: float = parameter(
        "float",
        """
        Share of each one-hot label that is spread evenly over all classes, in [0, 1).  The
        loss is that of the smoothed labels, in training and for the held-out part.  Source:
        Szegedy et al. (2016), "Rethinking the Inception architecture for computer vision",
        section 7.""",
        default=0.0,
        constraint=[Interval(Real, 0, 1, closed="left")],
    )
    mixup: float = parameter(
        "float",
        """
        Mixes each training sample with another of its batch, pixel by pixel, and their labels (and
        weights) in the same shares, which a beta distribution gives whose parameters are both
        ``mixup``; 0 mixes nothing, 0.2 little, 1 any share alike.  Source: Zhang, Cisse, Dauphin
        and Lopez-Paz (2018), "mixup: beyond empirical risk minimization".""",
        default=0.0,
        constraint=[Interval(Real, 0, None, closed="left")],
    )
    cutmix: float = parameter(
        "float",
        """
        Puts a rectangle of another image of its batch into each training image, and mixes their
        labels by its area, whose share of the image a beta distribution gives whose parameters are
        both ``cutmix``; 0 for none.  With ``mixup``, each image gets one of the two at random.
        Source: Yun et al. (2019), "CutMix: regularization strategy to train strong classifiers
        with localizable features".""",
        default=0.0,
        constraint=[Interval(Real, 0, None, closed="left")],
    )
    target_type: str = parameter(
        '{"auto", "multiclass", "multilabel-indicator"}',
        """
        What a y of several columns of 0 and 1 means: one class a sample, as one-hot rows, or any
        number of labels a sample, each of them told by itself.  ``"auto"`` takes rows that all
        hold a single 1 for one-hot rows, and others for labels.""",
        default="auto",
        constraint=[StrOptions({"auto", "multiclass", "multilabel-indicator"})],
    )

    def _augmenter(
        self, data: TrainingData, targets: Any, input_shape: Shape, seed: int
    ) -> Augmenter:
        changes = super()._augmenter(data, targets, input_shape, seed)
        return mixing(changes, *self._mixed_by(), data, margins=targets.output == "margins")

    def _mixed_by(self) -> tuple[float, float]:
        return self.mixup, self.cutmix

    def _read_targets(self, y: Any) -> tuple[Targets, NDArray[Any]]:
        labels = self._as_labels(y)
        kind = LabelSetTargets if self._are_label_sets(labels) else ClassTargets
        return kind.read(labels)

    def _as_labels(self, y: Any) -> NDArray[Any]:
        if issparse(y) and self.target_type != "multiclass":
            y = y.toarray()  # scikit-learn's sparse y are indicator matrices
        return as_array(y)

    def _are_label_sets(self, labels: NDArray[Any]) -> bool:
        is_auto = self.target_type == "auto"
        return self.target_type == "multilabel-indicator" or (is_auto and holds_label_sets(labels))

    def _weights_of_classes(self, targets: Any, codes: NDArray[Any]) -> Any:
        return targets.class_weights(self.class_weight, codes)

    def _loss_for_training(self, targets: Targets, n_outputs: int) -> Any:
        return smoothed(super()._loss_for_training(targets, n_outputs), self.label_smoothing)

    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Train for one epoch over a part of a stream, and keep what was learned before.

        The network goes on from where it stands, whatever came before: its weights, the state of
        its optimizer, its ``history_``.  Nothing is held out, nothing stops early, and nothing is
        written to ``checkpoint_path``.  Between two parts, ``learning_rate``, ``batch_size``,
        ``augmentation``, ``class_weight``, ``callbacks`` and ``verbose`` may change; the network
        itself stays as the first part has made it.

        Parameters
        ----------
        X : array-like
            Samples, one or more, in any shape that ``fit`` takes; that of the first part decides.
        y : array-like of shape (n,) or (n, n_classes)
            Labels, some of ``classes``.
        classes : array-like of shape (n_classes,) or None, default=None
            All labels that will ever come; needed the first time.  Where a sample has several
            labels, the numbers of the columns of y.
        sample_weight : array-like of shape (n,) or None, default=None
            Weight of each sample, taken as it is: a part does not know the mean of all.

        Returns
        -------
        self
            The estimator.

        Raises
        ------
        ValueError
            If ``classes`` are missing at first or other than at first, X or y has another shape
            than in the first part, y holds a label that is none of the classes, a parameter needs
            to know how many parts there will be, or the training diverges.  A network that has
            diverged stays so: fit again.  After another error the estimator is as it was.
        """
        self._check_grows()
        if not hasattr(self, "_network"):
            if classes is None:
                raise ValueError("classes must be passed on the first call to partial_fit.")
            targets = self._targets_of(classes, y)
            task = self._read_part(X, targets, y, sample_weight)
            return self._begin(task, X, y, sample_weight)
        if classes is not None and not np.array_equal(np.unique(classes), self.classes_):
            raise ValueError(
                f"`classes={classes!r}` is not the same as on last call to partial_fit, was: "
                f"{self.classes_!r}"
            )
        return self._grow(X, y, sample_weight)

    def _targets_of(self, classes: ArrayLike, y: Any) -> Targets:
        """Return targets of classes that are known before the whole of y is."""
        labels = self._as_labels(y)
        if self._are_label_sets(labels):
            if labels.shape[1] != len(np.unique(classes)):
                raise ValueError(
                    f"y has {labels.shape[1]} columns, one a label; expected one for each of "
                    f"classes={classes!r}."
                )
            return LabelSetTargets.read(labels)[0]
        return replace(ClassTargets.of(classes), one_hot=labels.ndim == 2 and labels.shape[1] > 1)

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the most probable label of each sample.

        Parameters
        ----------
        X : array-like
            Samples of the shape that fit saw, or their rows.

        Returns
        -------
        ndarray of shape (n,), or of shape (n, n_classes) and int64
            Labels as in ``classes_``; one-hot rows where fit was given one-hot rows, and an
            indicator matrix where it was given several labels a sample.
        """
        return super().predict(X)

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float32]:
        """Return the probability of each class for each sample.

        Parameters
        ----------
        X : array-like
            Samples of the shape that fit saw, or their rows.

        Returns
        -------
        ndarray of shape (n, n_classes), float32
            Columns in the order of ``classes_``.  Each row sums to 1, unless fit was given
            several labels a sample: then each number stands by itself.

        Raises
        ------
        ValueError
            If the builder's network does not end in probabilities.
        """
        outputs = self._outputs(X)
        return self._targets.probabilities(outputs)

    def predict_log_proba(self, X: ArrayLike) -> NDArray[np.float32]:
        """Return the natural logarithm of ``predict_proba``.

        Parameters
        ----------
        X : array-like
            Samples of the shape that fit saw, or their rows.

        Returns
        -------
        ndarray of shape (n, n_classes), float32
            Columns in the order of ``classes_``; -inf where a probability is 0.
        """
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
