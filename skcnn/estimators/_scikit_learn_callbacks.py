"""What scikit-learn's callbacks are told of a fit: that it begins and ends, and each epoch.

They are set by ``set_callbacks``, which scikit-learn has since version 1.9; the parameter
``callbacks`` holds those of Keras.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from skcnn._engine.archives import independent
from skcnn._engine.runtime import keras
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
    def begin(cls, estimator: Any, X: Any, y: Any, sample_weight: Any) -> Self:
        """Tell that the fit of an estimator begins."""
        task = begin_task(estimator, n_subtasks=int(estimator.epochs))
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        told = {"estimator": estimator, "X": X, "y": y, "metadata": metadata}
        if task is not None:
            task.call_on_fit_task_begin(**told)
        return cls(task, told)

    def listeners(self, as_fitted: AsFitted) -> list[keras.callbacks.Callback]:
        """Return what training needs, so that each of its epochs is told.

        Parameters
        ----------
        as_fitted : callable
            Says what a fit that gives this network and these scores has come to.
        """
        return [] if self._task is None else [_TellOfEpochs(self._task, self._told, as_fitted)]

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
        return self._as_fitted(independent(self.model), history).attributes
