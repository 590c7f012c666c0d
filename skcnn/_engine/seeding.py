"""Where chance comes from while a network is built: seeds of layers, and their names.

Keras draws the seeds of initializers and dropout layers from Python's global generator, and counts
the names that it gives to layers.  Both belong to the whole process; a fit borrows them.
"""

from __future__ import annotations

import copy
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from skcnn._engine import keras_internals

_seeding = threading.RLock()


class _SeedsForOneThread:
    """Stands for the module ``random`` where Keras draws seeds: a thread's own draws, by a seed.

    Other threads, which may build models of their own meanwhile, draw as ever.
    """

    def __init__(self, seed: int) -> None:
        self._thread = threading.get_ident()
        self._own = random.Random(seed)

    def randint(self, low: int, high: int) -> int:
        """Return a whole number from ``low`` to ``high``, both included."""
        own = threading.get_ident() == self._thread
        return (self._own if own else random).randint(low, high)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Decide the seeds of initializers and dropout layers that this thread makes inside the block.

    Keras draws these from Python's global generator, and so may any other thread, such as the
    event loop of a Dask worker: here they come from a generator of the block's own.  One thread at
    a time may be inside.

    Parameters
    ----------
    seed : int
        Between 0 and 2**32 - 1.
    """
    with _seeding, keras_internals.seeds_from(_SeedsForOneThread(seed)):
        yield


@contextmanager
def global_generators_seeded(seed: int) -> Iterator[None]:
    """Seed Python's and NumPy's global generators inside the block, and restore them after it.

    For code of the user's that may draw from them.  They belong to the whole process: another
    thread that draws from them meanwhile draws from ``seed`` too.  One thread at a time may be
    inside.

    Parameters
    ----------
    seed : int
        Between 0 and 2**32 - 1.
    """
    with _seeding:
        python_state, numpy_state = random.getstate(), np.random.get_state()
        random.seed(seed)
        np.random.seed(seed)
        try:
            yield
        finally:
            random.setstate(python_state)
            np.random.set_state(numpy_state)


@contextmanager
def names_given_back() -> Iterator[None]:
    """Let Keras count on, after the block, as if it had given no names to layers inside it.

    Otherwise the n-th network of a process has layers named ``dense_n``: no two fits of one
    builder would be equal, and TensorFlow keeps some memory for each new name for good.
    """
    counts = keras_internals.names_in_use()
    keras_internals.set_names_in_use(copy.copy(counts))
    try:
        yield
    finally:
        keras_internals.set_names_in_use(counts)
