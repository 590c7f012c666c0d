"""What pickle, copy and other tools keep of an estimator: all but what can be made again."""

from __future__ import annotations

import copyreg
from typing import Any, ClassVar

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skcnn._engine.archives import PickledModel, as_archive, from_archive
from skcnn._engine.callbacks import as_kept
from skcnn._engine.predicting import ForwardPass
from skcnn._engine.runtime import keras
from skcnn._versioned import Versioned
from skcnn.estimators._samples import Shape

_OF_NETWORK = ("model_", "_network", "_forward_pass")


class KeepsNetwork(Versioned):
    """The state of an estimator that has a network once it is fitted."""

    model_: keras.Model
    input_shape_: Shape
    _network: keras.Model
    _targets: Any
    _forward_pass: ForwardPass
    _views_pass: tuple[Any, keras.Model, ForwardPass]  # of which views, and of which network
    _pickled_network: PickledModel  # in place of these three, until they are needed

    def __sklearn_is_fitted__(self) -> bool:
        return not vars(self).keys().isdisjoint(("_network", "_pickled_network"))

    def _check_fitted(self) -> None:
        """Raise scikit-learn's error unless this is fitted.

        ``check_is_fitted`` alone would look at tags first, in a third of the time that a small
        network takes for an image.
        """
        if not self.__sklearn_is_fitted__():
            check_is_fitted(self)

    def __getattr__(self, name: str) -> Any:
        """Build the network of a pickle when it is first needed."""
        if name not in _OF_NETWORK or "_pickled_network" not in vars(self):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        self._hold(self._pickled_network.model)
        self.__dict__.pop("_pickled_network", None)  # unless another thread was faster
        return vars(self)[name]

    def _predicting_model(self) -> keras.Model:
        """Return the network as it predicts, in the terms of y."""
        return self.model_

    def _predicting_pass(self) -> ForwardPass:
        """Return the forward pass of the network as it predicts."""
        return self._forward_pass

    def _hold(self, network: keras.Model) -> None:
        together = self._targets.pass_together
        self.model_ = self._targets.completed(network)
        self._forward_pass = ForwardPass(network, self.input_shape_, together)
        self._network = network

    def __getstate__(self) -> dict[str, Any]:
        """Return what other tools than pickle keep, such as skops: the network as an archive."""
        if not self.__sklearn_is_fitted__():
            return self._state()
        network = as_archive(self._network)
        return self._state() | {"_network": network}

    def __setstate__(self, state: dict[str, Any]) -> None:
        network = state.get("_network")
        super().__setstate__({name: state[name] for name in state if name != "_network"})
        if isinstance(network, PickledModel):
            self._pickled_network = network
        elif network is not None:
            is_archive = isinstance(network, np.ndarray)
            self._hold(from_archive(network) if is_archive else network)

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        """Return what pickle and copy keep: the network as Keras pickles it."""
        state = self._state()
        if "_network" in state:
            state["_network"] = PickledModel(state["_network"])
        elif "_pickled_network" in state:
            state["_network"] = state.pop("_pickled_network")
        return copyreg.__newobj__, (type(self),), state  # type: ignore[attr-defined]

    def _state(self) -> dict[str, Any]:
        state = super().__getstate__().copy()
        for made_again in ("model_", "_forward_pass", "_views_pass", "_passes"):
            state.pop(made_again, None)
        if isinstance(state.get("callbacks"), (list, tuple)):
            state["callbacks"] = type(state["callbacks"])(map(as_kept, state["callbacks"]))
        return state


class KeepsGivenNetwork(KeepsNetwork):
    """The state of an estimator of which a parameter may be a network that exists already."""

    _network_parameter: ClassVar[str]  # the parameter

    def _state(self) -> dict[str, Any]:
        state = super()._state()
        if isinstance(state.get(self._network_parameter), keras.Model):
            state[self._network_parameter] = PickledModel(state[self._network_parameter])
        return state

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        if isinstance(state.get(self._network_parameter), PickledModel):
            state[self._network_parameter] = as_archive(state[self._network_parameter].model)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        kept = state.get(self._network_parameter)
        if isinstance(kept, PickledModel):
            state = state | {self._network_parameter: kept.model}
        elif isinstance(kept, np.ndarray):
            state = state | {self._network_parameter: from_archive(kept)}
        super().__setstate__(state)
