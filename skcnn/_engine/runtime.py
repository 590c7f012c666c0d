"""TensorFlow's one door.

Every other module gets ``keras`` and ``tf`` from here, so that TensorFlow starts quietly and in
one place.  This module imports nothing of skcnn: every floor may stand on it.
"""

from __future__ import annotations

import copy
import gc
import multiprocessing
import os
import random
import re
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import numpy as np

_LOG_LEVEL = "TF_CPP_MIN_LOG_LEVEL"
_ERRORS_AND_WORSE = "3"
# TensorFlow writes these at import, before it has read its own log level.
_START_UP_LINE = re.compile(
    rb"[IWE]\d{4} \d\d:\d\d:\d\d|[IWE]0000 00:00:\d+"
    rb"|WARNING: All log messages before absl::InitializeLog"
    rb"|To enable the following instructions: "
)


@contextmanager
def _without_start_up_lines() -> Iterator[None]:
    """Hold back TensorFlow's start-up lines on file descriptor 2; pass on all other text."""
    try:
        real_stderr = os.dup(2)
    except OSError:  # a process without stderr has nothing to keep quiet
        yield
        return
    with tempfile.TemporaryFile() as captured:
        os.dup2(captured.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(real_stderr, 2)
            captured.seek(0)
            with open(real_stderr, "wb") as stderr:
                stderr.writelines(line for line in captured if not _START_UP_LINE.match(line))


@contextmanager
def _quiet_start() -> Iterator[None]:
    """Import TensorFlow without its notices, unless the user has chosen a log level."""
    if "tensorflow" in sys.modules or _LOG_LEVEL in os.environ:
        yield
        return
    os.environ[_LOG_LEVEL] = _ERRORS_AND_WORSE
    try:
        with _without_start_up_lines():
            yield
    finally:
        del os.environ[_LOG_LEVEL]


with _quiet_start():
    import keras
    import tensorflow as tf

if keras.backend.backend() != "tensorflow":
    raise ImportError(
        "skcnn needs Keras on its TensorFlow backend, but Keras runs on "
        f"{keras.backend.backend()!r} in this process. Unset KERAS_BACKEND, or set it to "
        "'tensorflow', before keras is first imported."
    )

# These have no public name.  Keras' own clear_session uses the first and the last as we do.
from keras.src.backend.common import global_state  # noqa: E402
from keras.src.random import seed_generator  # noqa: E402
from tensorflow.python.eager import context as eager  # noqa: E402


def _take_share_of_cores() -> None:
    """In a worker process, keep TensorFlow to the cores that its parent gave it.

    joblib and Dask tell each worker by ``OMP_NUM_THREADS`` how many threads it may use, which
    TensorFlow does not read.  What the user has set for TensorFlow stays.
    """
    share = os.environ.get("OMP_NUM_THREADS", "")
    if multiprocessing.parent_process() is None or not share.isdigit() or int(share) < 1:
        return
    threads = tf.config.threading
    with suppress(RuntimeError):  # TensorFlow has started, and with it its threads
        for pool in ("intra", "inter"):
            chosen = getattr(threads, f"get_{pool}_op_parallelism_threads")()
            if not chosen and f"TF_NUM_{pool.upper()}OP_THREADS" not in os.environ:
                getattr(threads, f"set_{pool}_op_parallelism_threads")(int(share))


_take_share_of_cores()

_seeding = threading.RLock()
_NAMES_IN_USE = "object_name_uids"


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
    event loop of a Dask worker: here they come from a generator of the block's own.  A builder may
    draw random numbers of its own, so Python's and NumPy's global generators are seeded too, and
    restored after the block.  One thread at a time may be inside.

    Parameters
    ----------
    seed : int
        Between 0 and 2**32 - 1.
    """
    with _seeding:
        python_state, numpy_state = random.getstate(), np.random.get_state()
        keras_source = seed_generator.python_random
        random.seed(seed)
        np.random.seed(seed)
        seed_generator.python_random = _SeedsForOneThread(seed)
        try:
            yield
        finally:
            seed_generator.python_random = keras_source
            random.setstate(python_state)
            np.random.set_state(numpy_state)


@contextmanager
def names_given_back() -> Iterator[None]:
    """Let Keras count on, after the block, as if it had given no names to layers inside it.

    Otherwise the n-th network of a process has layers named ``dense_n``: no two fits of one
    builder would be equal, and TensorFlow keeps some memory for each new name for good.
    """
    counts = global_state.get_global_attribute(_NAMES_IN_USE)
    global_state.set_global_attribute(_NAMES_IN_USE, copy.copy(counts))
    try:
        yield
    finally:
        global_state.set_global_attribute(_NAMES_IN_USE, counts)


def forget_compiled() -> None:
    """Return the memory that TensorFlow keeps for operations and programs it has run once.

    Programs that are still in use are made ready again at their next call.
    """
    gc.collect()  # programs and the graphs in them refer to each other
    if tf.executing_eagerly():
        eager.context().clear_kernel_cache()


__all__ = ["forget_compiled", "keras", "names_given_back", "seeded", "tf"]
