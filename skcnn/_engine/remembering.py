"""Features of samples that a network has seen, so that it need not see them again.

A search over what stands behind a network hands it the same samples for each candidate and each
fold.  What it gave for them is kept, by the sample's numbers, as long as there is room.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

_ROOM = 256 * 2**20  # bytes of features, of all networks together

Rows = NDArray[np.float32]


class Memory:
    """Rows of features, by the network that gave them and the sample that they are of.

    Safe to use from many threads.

    Parameters
    ----------
    room : int
        Bytes to keep; what was used least recently goes first.
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._rows: OrderedDict[bytes, Rows] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._rows)

    def recall(
        self, network: bytes, samples: NDArray[Any], compute: Callable[[NDArray[Any]], Rows]
    ) -> Rows:
        """Return what a network gives for samples, computed for those alone that are new.

        Parameters
        ----------
        network : bytes
            Tells networks apart.
        samples : ndarray of shape (n, ...)
            The samples.
        compute : callable
            What the network gives for samples, of shape (n, n_features).
        """
        keys = _keys(network, samples)
        with self._lock:
            known = [self._used(key) for key in keys]
        new = np.array([place for place, row in enumerate(known) if row is None], dtype=np.intp)
        if len(new) == len(samples):
            features = compute(samples)
        else:
            computed = compute(samples[new]) if len(new) else None
            features = np.empty((len(samples), *_shape_of_row(known)), dtype=np.float32)
            for place, row in enumerate(known):
                if row is not None:
                    features[place] = row
            if computed is not None:
                features[new] = computed
        with self._lock:
            for place in new:
                self._keep(keys[place], features[place].copy())
        return features

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._rows.clear()
            self._bytes = 0

    def _used(self, key: bytes) -> Rows | None:
        row = self._rows.get(key)
        if row is not None:
            self._rows.move_to_end(key)
        return row

    def _keep(self, key: bytes, row: Rows) -> None:
        if key in self._rows or row.nbytes > self._room:
            return
        self._rows[key] = row
        self._bytes += row.nbytes
        while self._bytes > self._room:
            _, oldest = self._rows.popitem(last=False)
            self._bytes -= oldest.nbytes


def _shape_of_row(rows: list[Rows | None]) -> tuple[int, ...]:
    return next(row.shape for row in rows if row is not None)


def _keys(network: bytes, samples: NDArray[Any]) -> list[bytes]:
    kind = hashlib.blake2b(network, digest_size=16)
    kind.update(f"{samples.dtype.str}{samples.shape[1:]}".encode())
    keys = []
    for sample in np.ascontiguousarray(samples):
        key = kind.copy()
        key.update(sample.data)
        keys.append(key.digest())
    return keys


features_seen = Memory(_ROOM)
