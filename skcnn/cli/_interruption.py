"""Ctrl-C: heard at once, and the end of everything that was started."""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import NoReturn, TypeVar

Result = TypeVar("Result")

_INTERRUPTED = 130  # what a shell reports for a command that Ctrl-C ended
_WORK = "skcnn-work"


def interruptible(work: Callable[[], Result]) -> Result:
    """Run ``work`` in a thread, so that the main thread hears Ctrl-C at once.

    TensorFlow and LIBSVM return to Python, which would notice it, only after a whole pass.
    """
    outcome: Future[Result] = Future()

    def run() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:
            outcome.set_exception(error)

    threading.Thread(target=run, name=_WORK, daemon=True).start()
    return outcome.result()


def shield_workers_from_ctrl_c() -> None:
    """Let the processes that this thread will start not hear Ctrl-C: they inherit its mask.

    Otherwise those that are still starting would each answer it with a traceback.
    """
    if hasattr(signal, "pthread_sigmask"):  # Windows has none
        from multiprocessing import resource_tracker

        resource_tracker.ensure_running()  # in Python 3.11 its start clears the mask
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def end_at_once() -> NoReturn:
    """End this process and joblib's workers without waiting for the work at hand."""
    threading.excepthook = lambda _: None  # what the other threads stumble over is of no interest
    # joblib's public way to its workers would start some where there are none.
    loky = sys.modules.get("joblib.externals.loky.reusable_executor")
    workers = getattr(loky, "_executor", None)
    if workers is not None:
        workers.shutdown(kill_workers=True)
        for thread in threading.enumerate():
            if thread.name == _WORK:
                thread.join(timeout=2)  # it removes joblib's files, as do the exit functions
    atexit._run_exitfuncs()  # os._exit would leave joblib's files and semaphores behind
    sys.stdout.flush()
    os._exit(_INTERRUPTED)
