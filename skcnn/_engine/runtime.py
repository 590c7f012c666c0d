"""TensorFlow's one door.

Every other module gets ``keras`` and ``tf`` from here, so that TensorFlow starts quietly and in
one place.  This module imports nothing of skcnn: every floor may stand on it.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_LOG_LEVEL = "TF_CPP_MIN_LOG_LEVEL"
_LEVELS_WITH_NOTICES = ("0", "1")
_ERRORS_AND_WORSE = "2"
_NVIDIA_DRIVER = "/dev/nvidiactl"
# TensorFlow writes these at import, before it has read its own log level.
_START_UP_LINE = re.compile(
    rb"[IWE]\d{4} \d\d:\d\d:\d\d|[IWE]0000 00:00:\d+"
    rb"|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: [IWE] "  # as TensorFlow 2.19 writes them
    rb"|WARNING: All log messages before absl::InitializeLog"
    rb"|To enable the following instructions: "
)


@contextmanager
def without_notices() -> Iterator[None]:
    """Hold back the lines on file descriptor 2 that are news to nobody; pass on all others."""
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
                stderr.writelines(line for line in captured if not _is_notice(line))


def _is_notice(line: bytes) -> bool:
    """Tell whether a line is news to nobody: that a GPU cannot be used is, where there is one."""
    a_gpu_fails = b"cuInit" in line and os.path.exists(_NVIDIA_DRIVER)
    return _START_UP_LINE.match(line) is not None and not a_gpu_fails


@contextmanager
def _quiet_start() -> Iterator[None]:
    """Import TensorFlow without its notices, unless the user has asked for them."""
    chosen = os.environ.get(_LOG_LEVEL)
    if "tensorflow" in sys.modules or chosen in _LEVELS_WITH_NOTICES:
        yield
        return
    os.environ[_LOG_LEVEL] = chosen or _ERRORS_AND_WORSE
    try:
        with without_notices():
            yield
    finally:
        if chosen is None:
            del os.environ[_LOG_LEVEL]
        else:
            os.environ[_LOG_LEVEL] = chosen


@contextmanager
def _collecting_once() -> Iterator[None]:
    """Collect garbage at the end of the block alone.

    TensorFlow's import makes 400,000 objects, which stay.  Looking for garbage among them again
    and again takes an eighth of its time, and would go on in the first fits.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.collect()


with _quiet_start(), _collecting_once():
    import keras
    import tensorflow as tf

    tf.config.list_physical_devices()  # where there is no GPU, CUDA writes that it found none

if keras.backend.backend() != "tensorflow":
    raise ImportError(
        "skcnn needs Keras on its TensorFlow backend, but Keras runs on "
        f"{keras.backend.backend()!r} in this process. Unset KERAS_BACKEND, or set it to "
        "'tensorflow', before keras is first imported."
    )


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

__all__ = ["keras", "tf", "without_notices"]
