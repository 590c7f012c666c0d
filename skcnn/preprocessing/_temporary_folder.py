"""The folder in which a process keeps its decoded pictures, for as long as it lives."""

from __future__ import annotations

import atexit
import multiprocessing
import os
import shutil
import tempfile
from pathlib import Path

Place = tuple[str, int]  # a folder, and the process that tells of it

_folder: Path | None = None


def temporary_folder() -> Path:
    """Return the folder of this process, or the one that its parent shares with it.

    Raises
    ------
    OSError
        If it cannot be made.
    """
    global _folder
    if _folder is None or not _folder.is_dir():
        try:
            _folder = Path(tempfile.mkdtemp(prefix="skcnn-pictures-"))
        except OSError as error:
            raise type(error)(
                f"Cannot make a folder for decoded images in {tempfile.gettempdir()} ({error}). "
                "Point cache_dir, or the environment variable TMPDIR, at a folder that can be "
                "written to."
            ) from error
        atexit.register(_remove, _folder, os.getpid())
    return _folder


def _remove(folder: Path, maker: int) -> None:
    if os.getpid() == maker:  # a forked process knows the folder too
        shutil.rmtree(folder, ignore_errors=True)


def shared_place() -> Place:
    """Return what tells a worker process where this process keeps its pictures."""
    return os.fspath(temporary_folder()), os.getpid()


def share(place: Place) -> None:
    """Keep pictures where the parent process does, if it is the parent who tells of the place."""
    global _folder
    folder, teller = place
    parent = multiprocessing.parent_process()
    if parent is not None and parent.pid == teller and os.path.isdir(folder):
        _folder = Path(folder)
