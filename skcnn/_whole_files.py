"""Files that are there whole, or not at all."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4


def write_whole(path: Path, content: bytes) -> None:
    """Put a file in place of what is there in one step, and leave nothing else behind.

    Raises
    ------
    OSError
        If it cannot be written; what was there stays.
    """
    partial = path.with_name(f".{path.name}.{uuid4().hex}.part")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
