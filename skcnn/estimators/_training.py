"""How a network is trained: the parameters that all estimators share."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import KW_ONLY
from numbers import Integral, Real
from typing import Any, Literal

import numpy as np
from sklearn.base import BaseEstimator

from skcnn._augmentation import RandomAffine
from skcnn._engine.runtime import keras
from skcnn._sklearn_internals import HasMethods, Interval, StrOptions
from skcnn.estimators._extent import Extent
from skcnn.estimators._parameters import network_estimator, parameter


@network_estimator
class TrainingParameters(BaseEstimator):
    """The parameters of every estimator: defaults, checks and documentation."""

    _: KW_ONLY
    optimizer: Any = parameter(
        "str, keras.optimizers.Optimizer or class",
        """
        A Keras optimizer, by name, as a class or as an instance.  An instance is copied for
        each fit.""",
        default="adam",
        constraint=[str, HasMethods(["from_config"])],
    )
    learning_rate: Any = parameter(
        'float, LearningRateSchedule, "one_cycle" or None',
        """
        Learning rate of the optimizer; None for the optimizer's own.  ``"one_cycle"`` takes it
        from 1/25 of ``peak_learning_rate`` to the peak in the first 30 % of all steps, and
        from there to 0 along a cosine.  It is meant to run its course: give it
        ``early_stopping=False`` and ``validation_split=0``.  Source: Smith (2018), "A
        disciplined approach to neural network hyper-parameters", without its cycle of the
        momentum.""",
        default=None,
        constraint=[
            Interval(Real, 0, None, closed="neither"),
            HasMethods(["get_config"]),
            StrOptions({"one_cycle"}),
            None,
        ],
    )
    peak_learning_rate: float = parameter(
        "float",
        'The largest learning rate of ``learning_rate="one_cycle"``; no other reads it.',
        default=0.004,
        constraint=[Interval(Real, 0, None, closed="neither")],
    )
    weight_averaging: float | None = parameter(
        "float or None",
        """
        Momentum, in (0, 1), of a moving average of the weights over all steps, such as 0.99:
        the network is scored with the averaged weights, and keeps them.  Source: Polyak and
        Juditsky (1992), "Acceleration of stochastic approximation by averaging".""",
        default=None,
        constraint=[Interval(Real, 0, 1, closed="neither"), None],
    )
    augmentation: Any = parameter(
        "RandomAffine, sequence of keras.layers.Layer or None",
        """
        How training images are varied each time they are seen; held-out images stay as they
        are. Keras layers are called one after the other, with seeds that come from
        ``random_state``.""",
        default=None,
        constraint=[RandomAffine, list, tuple, None],
    )
    batch_size: int | Literal["auto"] = parameter(
        'int or "auto"',
        """
        Samples a gradient step.  ``"auto"`` is a hundredth of the training samples, at least 32
        and at most 200, so that few samples make many steps, too.""",
        default=200,
        constraint=[Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
    )
    epochs: int | Literal["auto"] = parameter(
        'int or "auto"',
        """
        Passes over the training samples, at most.  ``"auto"`` is as many as make about
        ``auto_steps`` gradient steps, at least 3.  At most 30, or as many as make 500 steps where
        30 make fewer: what more passes over few samples teach is little.""",
        default=30,
        constraint=[Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
    )
    auto_steps: int = parameter(
        "int",
        'Gradient steps that ``epochs="auto"`` aims at; no other reads it.',
        default=3000,
        constraint=[Interval(Integral, 1, None, closed="left")],
    )
    validation_split: Any = parameter(
        "float or splitter",
        """
        Share of the samples held out of training for the validation scores, in [0, 1).  It is
        drawn by ``random_state`` and stratified by class; by group where ``fit`` is given
        ``groups``.  Or one of scikit-learn's splitters that makes a single split, such as
        ``ShuffleSplit(n_splits=1)``.""",
        default=0.25,
        constraint=[Interval(Real, 0, 1, closed="left"), HasMethods(["split", "get_n_splits"])],
    )
    early_stopping: bool = parameter(
        "bool",
        """
        Whether to stop after ``patience`` epochs without progress of ``monitor``, and to keep
        the weights of the best epoch rather than those of the last.""",
        default=True,
        constraint=["boolean"],
    )
    patience: int = parameter(
        "int",
        "Epochs without progress before training stops.",
        default=10,
        constraint=[Interval(Integral, 0, None, closed="left")],
    )
    monitor: str = parameter(
        "str",
        """
        The score to watch, a key of ``history_`` such as ``"val_loss"`` or ``"val_auc"``: the
        smallest loss is best, and of a metric what its class says.""",
        default="val_loss",
        constraint=[str],
    )
    metrics: Sequence[Any] | None = parameter(
        "list of (str, keras.metrics.Metric or class) or None",
        """
        What is scored each epoch beside the loss, in ``history_`` and for ``monitor``: Keras'
        metrics by name, as instances or as classes.  None for the accuracy of a classifier, and
        for nothing more of a regressor.  Weights count in them where there are any.""",
        default=None,
        constraint=[list, tuple, None],
    )
    checkpoint_path: str | os.PathLike[str] | None = parameter(
        "str, path or None",
        """
        File ending in ``.keras`` that holds the best model so far, during fit and after it.""",
        default=None,
        constraint=[str, os.PathLike, None],
    )
    callbacks: Sequence[keras.callbacks.Callback] | None = parameter(
        "list of keras.callbacks.Callback or None",
        """
        Called during fit as ``keras.Model.fit`` calls them.  After it they let go of the
        model.""",
        default=None,
        constraint=[list, tuple, None],
    )
    warm_start: bool = parameter(
        "bool",
        """
        Whether a further fit goes on from the last one: from its weights and the state of its
        optimizer, at the epoch after its last, and with its ``history_``.
        ``learning_rate="one_cycle"`` begins a cycle of its own, with a fresh optimizer.""",
        default=False,
        constraint=["boolean"],
    )
    random_state: int | np.random.RandomState | None = parameter(
        "int, numpy.random.RandomState or None",
        """
        Decides initial weights, held-out part, order of samples and dropout.  With an int,
        fits on the same data give identical predictions, in this process or another, for the
        same number of TensorFlow threads on the same kind of processor.""",
        default=None,
        constraint=["random_state"],
    )
    verbose: int = parameter(
        "{0, 1, 2}",
        "Keras' progress output: none, a bar, or a line an epoch.",
        default=0,
        constraint=[Interval(Integral, 0, 2, closed="both"), "boolean"],
    )

    def _extent(self, n_samples: int) -> Extent:
        """Return how long a training on so many samples is."""
        return Extent.of(n_samples, self.batch_size, self.epochs, self.auto_steps)
