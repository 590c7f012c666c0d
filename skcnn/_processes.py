"""Processes that help with a task for as long as it takes."""

from __future__ import annotations

import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import Any

_START = """
import pickle, sys
sys.path[:] = pickle.load(sys.stdin.buffer)
from skcnn._processes import help_out
help_out()
"""


class HelpingProcesses(AbstractContextManager["HelpingProcesses"]):
    """Processes of Python that call a function, and end when they are no longer needed.

    They start bare and import what the function needs alone, not what the main script does, so
    that the function should stand where little else is imported.
    """

    def __init__(self) -> None:
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self, n_processes: int, function: Callable[..., None], *arguments: Any) -> None:
        """Let so many processes call a function of a module; where none can start, none does."""
        task = pickle.dumps(sys.path) + pickle.dumps((function, arguments))
        for _ in range(n_processes if sys.executable else 0):
            with suppress(OSError):
                process = subprocess.Popen(
                    [sys.executable, "-c", _START],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
                self._processes.append(process)
                # A pipe takes little until the other process has started to read from it.
                threading.Thread(target=_hand_over, args=(process, task), daemon=True).start()

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait()


def _hand_over(process: subprocess.Popen[bytes], task: bytes) -> None:
    assert process.stdin is not None
    with suppress(OSError), process.stdin as pipe:  # it may have ended, or been stopped
        pipe.write(task)


def help_out() -> None:
    """Call what the main process asks for; what it tidies up is tidied up where it is stopped."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    function, arguments = pickle.load(sys.stdin.buffer)
    function(*arguments)
