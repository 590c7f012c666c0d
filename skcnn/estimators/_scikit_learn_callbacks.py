"""What scikit-learn's callbacks are told of a fit: that it begins and ends, and each epoch.

They are set by ``set_callbacks``, which scikit-learn has since version 1.9; the parameter
``callbacks`` holds those of Keras.  A ``partial_fit`` tells them nothing: it is a part of a fit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Self

from skcnn._engine.callbacks import with_listener
from skcnn._engine.copying import copied
from skcnn._engine.fitting import Training
from skcnn._engine.runtime import keras
from skcnn._engine.seeding import names_given_back, seeded
from skcnn._sklearn_internals import begin_task
from skcnn.estimators._task import Fitted, History

AsFitted = Callable[[keras.Model, History], Fitted]


class FitTask:
    """A fit as a task that callbacks are told of; nobody is told where none are set.

    Parameters
    ----------
    task : sklearn.callback.CallbackContext or None
        Of the fit; None where there are no callbacks.
    told : dict of str to Any
        What they hear of each task: the estimator, X, y and the metadata.
    """

    def __init__(self, task: Any | None, told: dict[str, Any]) -> None:
        self._task = task
        self._told = told

    @classmethod
    def begin(cls, estimator: Any, epochs: int | None, X: Any, y: Any, sample_weight: Any) -> Self:
        """Tell that the fit of an estimator begins, of so many epochs at most, where one knows."""
        task = begin_task(estimator, n_subtasks=epochs)
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        told = {"estimator": estimator, "X": X, "y": y, "metadata": metadata}
        if task is not None:
            task.call_on_fit_task_begin(**told)
        return cls(task, told)

    def epoch_by_epoch(self, training: Training, as_fitted: AsFitted) -> Training:
        """Return a training whose epochs are told, where somebody listens.

        Parameters
        ----------
        training : Training
            What the fit is about to do.
        as_fitted : callable
            Says what a fit that gives this network and these scores has come to.
        """
        if self._task is None:
            return training
        listener = _TellOfEpochs(self._task, self._told, as_fitted)
        return replace(training, callbacks=with_listener(training.callbacks, listener))

    def end(self) -> None:
        """Tell that the fit has ended, with its estimator fitted."""
        if self._task is not None:
            self._task.call_on_fit_task_end(**self._told, reconstruction_attributes={})


class _TellOfEpochs(keras.callbacks.Callback):
    """Tell scikit-learn's callbacks of each epoch, and end training where one of them wants it."""

    def __init__(self, fit: Any, told: dict[str, Any], as_fitted: AsFitted) -> None:
        super().__init__()
        self._fit = fit
        self._told = told
        self._as_fitted = as_fitted
        self._history: History = {}

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Tell that it begins."""
        self._epoch = self._fit.subcontext(task_name="epoch")
        self._epoch.call_on_fit_task_begin(**self._told)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Tell that it has ended, and what would be kept if the fit ended here."""
        for name, score in (logs or {}).items():
            self._history.setdefault(name, []).append(float(score))
        wants_to_stop = self._epoch.call_on_fit_task_end(
            **self._told, reconstruction_attributes=self._attributes_now
        )
        if wants_to_stop:
            self.model.stop_training = True

    def _attributes_now(self) -> dict[str, Any]:
        history = {name: list(scores) for name, scores in self._history.items()}
        fitted = self._as_fitted(self.model, history)
        with seeded(0), names_given_back():  # so that nobody's training draws or counts otherwise
            of_copy = replace(fitted, model=copied(fitted.model)).of_network
        return fitted.attributes | of_copy
