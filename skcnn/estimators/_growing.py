"""Training that goes on: after the last fit, or with each part of a stream."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, Self

import numpy as np

from skcnn._engine.augmenting import Augmenter, augmenter_for
from skcnn._engine.callbacks import AverageBetweenParts, best_epoch, check_callbacks, let_go
from skcnn._engine.compiling import set_learning_rate
from skcnn._engine.feeding import TrainingData
from skcnn._engine.fitting import Passes, Training, create_variables, train
from skcnn._engine.models import keeps_averages, take_over_draws, take_over_optimizer
from skcnn._engine.runtime import keras
from skcnn.estimators._reading import ReadsSamples
from skcnn.estimators._samples import Shape, check_lengths, shaped
from skcnn.estimators._task import History, Part, Seeds, Task


class GoesOn(ReadsSamples):
    """An estimator whose network goes on to learn."""

    history_: History
    n_iter_: int
    best_epoch_: int | None
    best_score_: float | None
    _learning_rate: Any  # that the network has been told of
    _passes: tuple[tuple[Any, ...], Passes] | None  # with the settings that they were made by

    # --- a further fit --------------------------------------------------------------------------

    def _goes_on(self) -> bool:
        return self.warm_start and hasattr(self, "_network")

    def _as_before(self, task: Task) -> Task:
        """Return a task for the network of the last fit: its targets are that fit's.

        Raises
        ------
        ValueError
            If X or y has another shape, or y other classes.
        """
        ours, theirs = self._targets.attributes, task.targets.attributes
        same = ours.keys() == theirs.keys() and all(
            np.array_equal(value, theirs[name]) for name, value in ours.items()
        )
        if task.input_shape != self.input_shape_ or not same:
            raise ValueError(
                "warm_start=True continues the last fit, so X and y must have its shape and "
                f"classes: expected samples of shape {self.input_shape_} and {_spelled(ours)}; "
                f"received {task.input_shape} and {_spelled(theirs)}."
            )
        return replace(task, targets=task.targets.going_on_from(self._targets))

    def _take_up_weights(self, model: keras.Model) -> None:
        ours, theirs = ([w.shape for w in m.get_weights()] for m in (self._network, model))
        if ours != theirs:
            raise ValueError(
                f"warm_start=True continues the last fit with weights of shapes {ours}; received "
                f"a network of {theirs}. Keep its parameters, or set warm_start=False."
            )
        model.set_weights(self._network.get_weights())
        take_over_draws(model, self._network)
        if self.learning_rate != "one_cycle":  # which begins anew, with an optimizer of its own
            take_over_optimizer(model, self._network)

    def _continued(self, history: History) -> History:
        """Return the scores of all epochs, those that this fit goes on from included."""
        return joined(self.history_, history) if self._goes_on() else history

    # --- a part of a stream ---------------------------------------------------------------------

    def _check_grows(self) -> None:
        """Raise if a parameter makes no sense where nobody knows what is to come.

        Raises
        ------
        ValueError
            If one does.
        """
        if isinstance(self.learning_rate, str):
            raise ValueError(
                f"learning_rate={self.learning_rate!r} runs its course over all steps of a fit, "
                "and partial_fit does not know how many there will be. Set another learning_rate, "
                "or None for the optimizer's own."
            )
        if getattr(self, "class_weight", None) == "balanced":
            raise ValueError(
                "class_weight='balanced' needs all of y, and partial_fit sees a part of it. Pass "
                "a dict of weights: sklearn.utils.class_weight.compute_class_weight('balanced', "
                "classes=classes, y=y) works them out."
            )

    def _begin(self, task: Task, X: Any, y: Any, sample_weight: Any) -> Self:
        """Train a new network for one epoch; after an error there is none."""
        before = vars(self).copy()
        try:
            self._initialize(task)
            return self._grow(X, y, sample_weight)
        except BaseException:
            self.__dict__ = before
            raise

    def _grow(self, X: Any, y: Any, sample_weight: Any) -> Self:
        """Train the network for one epoch over samples like those that it has seen."""
        rows = self._read_again(X)
        targets = self._targets
        codes = targets.read_again(y)
        check_lengths(rows, len(codes))
        class_weight = self._weights_of_classes(targets, codes)
        weight = targets.weights(codes, sample_weight, class_weight, as_given=True)
        part = Part.of(shaped(rows, self.input_shape_), codes, weight)
        self._absorb(self._one_epoch(train_on=part))
        return self

    def _one_epoch(self, train_on: Part) -> History:
        network, callbacks = self._network, self._users_callbacks()
        check_callbacks(callbacks)
        if keeps_averages(network):
            callbacks = [AverageBetweenParts(), *callbacks]
        seed, data = Seeds.of(self.random_state).order, train_on.data(self._targets)
        passes = self._passes_anew(seed, data)
        self._hear_of_learning_rate()
        training = Training(
            network,
            data,
            batch_size=passes.batch_size,
            epochs=self.n_iter_ + 1,
            seed=seed,
            first_epoch=self.n_iter_,
            augmenter=passes.augmenter,
            callbacks=callbacks,
            verbose=int(self.verbose),
            passes=passes,
        )
        try:
            return train(training)
        finally:
            let_go(callbacks)

    def _passes_anew(self, seed: int, data: TrainingData) -> Passes:
        """Return the passes of the last part, or others where parameters have changed."""
        size = self._extent(len(data)).batch_size
        in_16_bits = self._trains_in_16_bits()
        settings = (size, self.augmentation, in_16_bits, *self._mixed_by())
        known = getattr(self, "_passes", None)
        if known is None or known[0] != settings:
            augmenter = self._augmenter(data, self._targets, self.input_shape_, seed)
            create_variables(self._network, data)  # those of metrics, which no pickle keeps
            passes = Passes(self._network, size, augmenter, in_16_bits=in_16_bits)
            known = self._passes = (settings, passes)
        return known[1]

    def _augmenter(
        self, data: TrainingData, targets: Any, input_shape: Shape, seed: int
    ) -> Augmenter:
        """Return what changes each training batch."""
        return augmenter_for(self.augmentation, input_shape, seed)

    def _trains_in_16_bits(self) -> bool:
        """Tell whether training is in mixed precision."""
        return False

    def _mixed_by(self) -> tuple[float, ...]:
        """Return the numbers by which samples are mixed, where they can be."""
        return ()

    def _hear_of_learning_rate(self) -> None:
        """Let the network learn at another rate, if the parameter has changed.

        What a callback has made of the rate stays otherwise.
        """
        known = self._learning_rate
        if self.learning_rate == known:
            return
        if self.learning_rate is not None or known == "one_cycle":
            set_learning_rate(self._network, self.learning_rate)
        self._learning_rate = self.learning_rate

    def _absorb(self, history: History) -> None:
        """Take note of the scores of further epochs."""
        self.history_ = joined(self.history_, history)
        self.n_iter_ += len(history["loss"])
        best = best_epoch(self._network, self.history_, self.monitor)
        self.best_epoch_ = None if best is None else best + 1
        self.best_score_ = None if best is None else self.history_[self.monitor][best]

    def _users_callbacks(self) -> list[keras.callbacks.Callback]:
        return list(self.callbacks or ())


def joined(before: History, now: History) -> History:
    """Return the scores of epochs that follow others; nan where one of them has no such score."""
    n_before, n_now = (len(history.get("loss", ())) for history in (before, now))
    return {
        name: before.get(name, [math.nan] * n_before) + now.get(name, [math.nan] * n_now)
        for name in {**before, **now}
    }


def _spelled(attributes: dict[str, Any]) -> str:
    """Write out ``classes_`` and its like for a message."""
    return " and ".join(
        f"the {name.rstrip('_')} {np.asarray(value).tolist()}"
        for name, value in attributes.items()
    )
