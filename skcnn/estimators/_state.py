"""What pickle, copy and other tools keep of an estimator: all but what can be made again."""

from __future__ import annotations

import copyreg
from typing import Any

import numpy as np

from skcnn._engine.archives import PickledModel, as_archive, from_archive
from skcnn._engine.callbacks import as_kept
from skcnn._engine.predicting import ForwardPass
from skcnn._engine.runtime import keras
from skcnn._versioned import Versioned
from skcnn.estimators._samples import Shape


class KeepsNetwork(Versioned):
    """The state of an estimator that has a network once it is fitted."""

    model_: keras.Model
    input_shape_: Shape
    _network: keras.Model
    _targets: Any
    _forward_pass: ForwardPass

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_network")

    def __getstate__(self) -> dict[str, Any]:
        """Return what other tools than pickle keep, such as skops: the network as an archive."""
        state = self._state()
        return state | {"_network": as_archive(self._network)} if "_network" in state else state

    def __setstate__(self, state: dict[str, Any]) -> None:
        network = state.get("_network")
        if isinstance(network, np.ndarray):
            state = state | {"_network": from_archive(network)}
        elif isinstance(network, PickledModel):
            state = state | {"_network": network.model}
        super().__setstate__(state)
        if "_network" in state:
            self.model_ = self._targets.completed(self._network)
            together = self._targets.pass_together
            self._forward_pass = ForwardPass(self._network, self.input_shape_, together)

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        """Return what pickle and copy keep: the network as Keras pickles it."""
        state = self._state()
        if "_network" in state:
            state["_network"] = PickledModel(state["_network"])
        return copyreg.__newobj__, (type(self),), state  # type: ignore[attr-defined]

    def _state(self) -> dict[str, Any]:
        state = super().__getstate__().copy()
        for made_again in ("model_", "_forward_pass", "_passes"):
            state.pop(made_again, None)
        if isinstance(state.get("callbacks"), (list, tuple)):
            state["callbacks"] = type(state["callbacks"])(map(as_kept, state["callbacks"]))
        return state
