"""A progress bar for work that takes long, for somebody who looks at a terminal."""

from __future__ import annotations

import multiprocessing
import sys
import threading
import time
from contextlib import AbstractContextManager
from typing import Any

_PATIENCE_SECONDS = 2.0


class Progress(AbstractContextManager["Progress"]):
    """A bar that appears after two seconds, and goes away at the end.

    It is for the main process alone, and for a standard error that is a terminal.

    Parameters
    ----------
    title : str
        What is going on.
    total : int
        How many steps there are.
    """

    def __init__(self, title: str, total: int) -> None:
        self._title, self._total = title, total
        self._done = 0
        self._bar: Any = None
        self._begins = time.monotonic() + _PATIENCE_SECONDS
        self._is_seen = (
            sys.stderr is not None
            and sys.stderr.isatty()
            and multiprocessing.parent_process() is None
            and threading.current_thread() is threading.main_thread()
        )

    def advance(self, n_steps: int = 1) -> None:
        """Say that so many steps are done."""
        self._done += n_steps
        if self._bar is None and self._is_seen and time.monotonic() >= self._begins:
            self._appear()
        if self._bar is not None:
            self._bar.update(self._task, completed=self._done)

    def _appear(self) -> None:
        from rich import progress
        from rich.console import Console

        self._bar = progress.Progress(
            progress.TextColumn("{task.description}"),
            progress.BarColumn(),
            progress.MofNCompleteColumn(),
            progress.TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._bar.add_task(self._title, total=self._total)
        self._bar.start()

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()
