"""TensorFlow's one door.

Every other module gets ``keras`` and ``tf`` from here, so that TensorFlow starts quietly and in
one place.  This module imports nothing of skcnn: every floor may stand on it.
"""

from __future__ import annotations

import os
import random
import re
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager

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

_seeding = threading.RLock()


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed Python's and NumPy's global generators inside the block, and restore them after it.

    Keras draws the seeds of initializers and dropout layers from Python's global generator when
    a model is built; a builder may draw from NumPy's.  One thread at a time may be inside.

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


__all__ = ["keras", "seeded", "tf"]
