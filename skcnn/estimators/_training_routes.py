"""Settings by a route that say how to train and predict: ``fit__name``, ``predict__name``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY
from numbers import Integral
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skcnn._engine.fitting import Training
from skcnn._engine.runtime import keras
from skcnn._sklearn_internals import (
    HasMethods,
    Interval,
    Options,
    fit_context,
    validate_parameter_constraints,
)
from skcnn.estimators._base import BaseKerasEstimator
from skcnn.estimators._holding_out import Validation
from skcnn.estimators._making import callback_class, made
from skcnn.estimators._open_parameters import TakesAnyParameter
from skcnn.estimators._parameters import network_estimator, parameter
from skcnn.estimators._samples import shaped
from skcnn.estimators._targets import Targets
from skcnn.estimators._task import History, Part, Task

_FOR_FIT = ("batch_size", "epochs", "verbose", "validation_split", "class_weight", "callbacks")
_FOR_PREDICT = ("batch_size", "verbose")
_INSTEAD = {
    "sample_weight": "Weights belong to the samples: pass them to fit(X, y, sample_weight).",
    "validation_data": "Pass X_val and y_val to fit.",
    "initial_epoch": "warm_start=True and partial_fit go on after the last epoch.",
    "shuffle": "Samples are always shuffled, anew in each epoch, by random_state.",
    "validation_batch_size": "The held-out part comes in batches of batch_size.",
}


@network_estimator
class RoutesToTraining(TakesAnyParameter, BaseKerasEstimator):
    """An estimator that hears settings of training by scikeras' routes."""

    _: KW_ONLY
    batch_size: int = parameter(
        "int",
        "Samples a gradient step; -1 for all of them in one step.",
        default=32,
        constraint=[Interval(Integral, 1, None, closed="left"), Options(Integral, {-1})],
    )
    callbacks: Any = parameter(
        "list or dict of keras.callbacks.Callback, or None",
        """
        Called during fit as ``keras.Model.fit`` calls them; instances, classes or names.  Their
        settings are ``callbacks__0__name``, or ``callbacks__key__name`` of a dict.  Classes and
        names are made anew for each fit; after it, instances let go of the model.""",
        default=None,
        constraint=[list, tuple, dict, str, HasMethods(["on_epoch_end"]), None],
    )

    @fit_context(prefer_skip_nested_validation=True)
    def initialize(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Build the network for samples and their targets, without any training.

        Afterwards ``predict`` works, with weights that nobody has trained, and ``partial_fit``
        goes on from them.

        Parameters
        ----------
        X : array-like
            Samples, in any shape that ``fit`` takes.
        y : array-like of shape (n,) or (n, n_outputs)
            Their targets.

        Returns
        -------
        self
            The estimator.

        Raises
        ------
        ValueError
            If X, y or a parameter is out of its range.
        """
        self._initialize(self._read(X, y, None, Validation()))
        return self

    # --- fit ------------------------------------------------------------------------------------

    def _read(self, X: Any, y: Any, sample_weight: Any, validation: Validation) -> Task:
        self._for_predict()
        with self._with_values(self._for_fit()):
            return super()._read(X, y, sample_weight, validation)

    def _prepare(self, task: Task) -> tuple[Training, Targets]:
        with self._with_values(self._for_fit()), self._with_batches_of(task.training):
            return super()._prepare(task)

    def _grow(self, X: Any, y: Any, sample_weight: Any) -> Self:
        with self._with_values(self._for_fit()):
            return super()._grow(X, y, sample_weight)

    def _one_epoch(self, train_on: Part) -> History:
        with self._with_batches_of(train_on):
            return super()._one_epoch(train_on)

    def _with_batches_of(self, part: Part) -> Any:
        all_at_once = self.batch_size == -1
        return self._with_values({"batch_size": len(part.rows)} if all_at_once else {})

    def _for_fit(self) -> dict[str, Any]:
        """Return the parameters that ``fit__`` sets.

        Raises
        ------
        ValueError
            If it sets something else, or to what a parameter cannot be.
        """
        values = self._routed("fit")
        if not values:
            return {}
        heard = [name for name in _FOR_FIT if name in self._own_names()]
        self._check_heard("fit", values, heard)
        plain = {name: value for name, value in values.items() if "__" not in name}
        validate_parameter_constraints(
            self._parameter_constraints, plain, caller_name=f"{type(self).__name__} (as fit__*)"
        )
        return values

    def _check_heard(self, route: str, values: Mapping[str, Any], heard: list[str]) -> None:
        for name in values:
            owner, _, setting = name.partition("__")
            if owner not in heard or (setting and owner != "callbacks"):
                raise ValueError(
                    f"{route}__{name} would have no effect: {route}__* takes {', '.join(heard)}. "
                    f"{_INSTEAD.get(name, 'Leave it out.')}"
                )

    def _users_callbacks(self) -> list[keras.callbacks.Callback]:
        asked = made(self.callbacks, self._routed("callbacks"), "callbacks", callback_class)
        return [callback_class(c)() if isinstance(c, str) else c for c in _flat(asked)]

    # --- predict --------------------------------------------------------------------------------

    def _for_predict(self) -> dict[str, Any]:
        """Return what ``predict__`` sets.

        Raises
        ------
        ValueError
            If it sets something that nobody hears.
        """
        values = self._routed("predict")
        self._check_heard("predict", values, list(_FOR_PREDICT))
        if values.get("verbose"):
            raise ValueError(
                f"predict__verbose={values['verbose']!r} would have no effect: predict prints "
                "nothing. Leave it out."
            )
        size = values.get("batch_size", 1)
        if not isinstance(size, (int, np.integer)) or not (size == -1 or size > 0):
            raise ValueError(
                "predict__batch_size must be a whole number above 0, or -1 for all samples at "
                f"once; received {size!r}."
            )
        return values

    def _outputs(self, X: ArrayLike) -> NDArray[np.float32]:
        at_once = self._for_predict().get("batch_size")
        if at_once is None:
            return super()._outputs(X)
        self._check_fitted()
        x = shaped(self._read_again(X), self.input_shape_)
        return self._predicting_pass()(x, len(x) if at_once == -1 else int(at_once))


def _flat(callbacks: Any) -> Iterator[Any]:
    """Yield callbacks out of lists and dicts, or a single one."""
    if isinstance(callbacks, Mapping):
        callbacks = list(callbacks.values())
    if isinstance(callbacks, (list, tuple)):
        for callback in callbacks:
            yield from _flat(callback)
    elif callbacks is not None:
        yield callbacks
