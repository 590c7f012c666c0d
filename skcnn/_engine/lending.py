"""Networks that are lent to many: computed with, never changed, shared where they are equal."""

from __future__ import annotations

import functools
import hashlib
import threading
import uuid
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skcnn._engine.archives import PickledModel
from skcnn._engine.predicting import ForwardPass
from skcnn._engine.programs import network_kind
from skcnn._engine.remembering import features_seen
from skcnn._engine.runtime import keras

_CAPACITY = 2  # networks to keep, so that those who borrow one after the other share it
_TOGETHER = 2  # or else what a single sample gives would differ in the last digits


class LentNetwork:
    """A network from samples to features, which remembers what it gave.

    Pickled, it takes the network along, which is not built again before somebody needs it.

    Parameters
    ----------
    network : callable
        Gives the network, of one input and one row a sample.  Called once, when it is needed.
    identity : str
        Equal for networks that give the same for every sample.
    """

    def __init__(self, network: Callable[[], keras.Model], identity: str) -> None:
        self._load = network
        self.identity = identity

    @functools.cached_property
    def network(self) -> keras.Model:
        """The network itself."""
        return self._load()

    @functools.cached_property
    def _forward_pass(self) -> ForwardPass:
        return ForwardPass(self.network, tuple(self.network.input_shape[1:]), _TOGETHER)

    def features(self, samples: NDArray[Any]) -> NDArray[np.float32]:
        """Return the features of samples, of shape (n, n_features)."""
        key = self.identity.encode()
        return features_seen.recall(key, samples, lambda new: self._forward_pass(new))

    @functools.cached_property
    def _pickled(self) -> tuple[Any, ...]:
        return PickledModel(self.network).__reduce__()

    def __reduce__(self) -> tuple[Any, ...]:
        return _from_pickle, (*self._pickled, self.identity)


def _from_pickle(
    load: Callable[..., PickledModel], arguments: tuple[Any, ...], identity: str
) -> LentNetwork:
    return lent_networks.get(identity, lambda: load(*arguments).model)


class LentNetworks:
    """The networks that were lent last.

    Parameters
    ----------
    capacity : int
        Networks to keep.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._networks: OrderedDict[str, LentNetwork] = OrderedDict()
        self._lock = threading.RLock()

    def get(self, identity: str, network: Callable[[], keras.Model]) -> LentNetwork:
        """Return the network of an identity: the one that is there, or else a new one."""
        with self._lock:
            lent = self._networks.pop(identity, None) or LentNetwork(network, identity)
            self._networks[identity] = lent
            if len(self._networks) > self._capacity:
                self._networks.popitem(last=False)
            return lent

    def clear(self) -> None:
        """Forget all of them; those in use go on."""
        with self._lock:
            self._networks.clear()


lent_networks = LentNetworks(_CAPACITY)


def identity_of(network: keras.Model) -> str | None:
    """Return a text that is equal for networks that give the same for every sample.

    None where a network holds code of the user's own, which nobody can compare.
    """
    kind = network_kind(network)
    if kind is None:
        return None
    identity = hashlib.blake2b(kind.encode(), digest_size=20)
    for variable in network.variables:
        identity.update(np.ascontiguousarray(variable.numpy()).data)
    return identity.hexdigest()


def identity_with(identity: str | None, *settings: Any) -> str:
    """Return the identity of what is made of a network by settings that have a ``repr``."""
    if identity is None:
        return uuid.uuid4().hex
    return hashlib.blake2b(repr((identity, settings)).encode(), digest_size=20).hexdigest()
