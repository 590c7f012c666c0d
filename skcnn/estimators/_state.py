"""What pickle, copy and other tools keep of an estimator: all but what can be made again."""

from __future__ import annotations

import copyreg
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from skcnn._engine.archives import PickledModel, as_archive, from_archive
from skcnn._engine.callbacks import as_kept
from skcnn._engine.predicting import ForwardPass
from skcnn._engine.runtime import keras
from skcnn.estimators._samples import Shape


class KeepsNetwork(BaseEstimator):
    """The state of an estimator that has a network once it is fitted."""

    model_: keras.Model
    input_shape_: Shape
    _forward_pass: ForwardPass

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "model_")

    def __getstate__(self) -> dict[str, Any]:
        """Return what other tools than pickle keep, such as skops: the network as an archive."""
        state = self._state()
        return state | {"model_": as_archive(self.model_)} if "model_" in state else state

    def __setstate__(self, state: dict[str, Any]) -> None:
        model = state.get("model_")
        if isinstance(model, np.ndarray):
            state = state | {"model_": from_archive(model)}
        elif isinstance(model, PickledModel):
            state = state | {"model_": model.model}
        super().__setstate__(state)
        if "model_" in state:
            self._forward_pass = ForwardPass(self.model_, self.input_shape_)

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        """Return what pickle and copy keep: the network as Keras pickles it."""
        state = self._state()
        if "model_" in state:
            state["model_"] = PickledModel(state["model_"])
        return copyreg.__newobj__, (type(self),), state  # type: ignore[attr-defined]

    def _state(self) -> dict[str, Any]:
        state = super().__getstate__().copy()
        state.pop("_forward_pass", None)
        if isinstance(state.get("callbacks"), (list, tuple)):
            state["callbacks"] = type(state["callbacks"])(map(as_kept, state["callbacks"]))
        return state
