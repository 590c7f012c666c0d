"""Which pictures stand decoded in a file of records, and which are being decoded, by whom.

A table of SQLite, which processes read and write side by side.  A process claims some pictures,
decodes them and writes their records, and then says that they are done; what another has claimed
it leaves to the other, unless that one has not come back for long.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NamedTuple, Self
from uuid import uuid4

from skcnn._cached_images import HEADER_BYTES, start_file, token_of

Claim = tuple[int, bytes]  # number of a record, key of the picture that it is for

_STALE_SECONDS = 15.0
_BUSY_SECONDS = 60.0
_BATCH = 500  # of keys in a statement
_TABLES = (
    "CREATE TABLE IF NOT EXISTS file (token BLOB NOT NULL)",
    # AUTOINCREMENT: the record of a picture that could not be read is given to no other, for a
    # process that was thought dead may still write it.
    "CREATE TABLE IF NOT EXISTS pictures (record INTEGER PRIMARY KEY AUTOINCREMENT, "
    "key BLOB NOT NULL UNIQUE, done INTEGER NOT NULL, owner TEXT NOT NULL, since REAL NOT NULL)",
)


class _Row(NamedTuple):
    """What the index says about a picture."""

    record: int
    done: int
    owner: str
    since: float


class PictureIndex(AbstractContextManager["PictureIndex"]):
    """The index of a file of records, open for one use by one thread.

    Parameters
    ----------
    folder : Path
        Holds both; it is made where it is not there.
    record_bytes : int
        Size of a record.
    lasts : bool
        Whether the index is to outlive a crash of the computer.

    Attributes
    ----------
    data : Path
        The file of records.
    token : bytes
        By which that file is known.

    Raises
    ------
    OSError
        If the folder cannot be used, here and in all methods, or its index is damaged.
    """

    def __init__(self, folder: Path, record_bytes: int, *, lasts: bool) -> None:
        self.data = folder / "pixels.bin"
        self._folder, self._record_bytes = folder, record_bytes
        self._owner = uuid4().hex
        with self._told():
            folder.mkdir(parents=True, exist_ok=True)
            self._index = sqlite3.connect(
                folder / "index.sqlite3", timeout=_BUSY_SECONDS, isolation_level=None
            )
        try:
            with self._told():
                self._index.execute(f"PRAGMA synchronous={'NORMAL' if lasts else 'OFF'}")
                self.token = self._known_token() or self._start()
        except BaseException:
            self._index.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Leave what was claimed and is not done to others."""
        try:
            if self._index.total_changes:
                with self._told():
                    self._index.execute(
                        "DELETE FROM pictures WHERE owner = ? AND NOT done", (self._owner,)
                    )
        finally:
            self._index.close()

    def find(self, keys: Iterable[bytes]) -> dict[bytes, int]:
        """Return the numbers of the records of those pictures that are decoded."""
        n_records = self._count_records()
        with self._told():
            return {
                key: row.record
                for some in _batches(keys)
                for key, row in self._rows_of(some).items()
                if row.done and row.record <= n_records
            }

    def claim(self, keys: Iterable[bytes], at_most: int) -> tuple[list[Claim], dict[bytes, int]]:
        """Claim some of the pictures that nobody has decoded or is at work on.

        Returns
        -------
        claims : list of (int, bytes)
            Number of the record, and the picture that it is for.
        records : dict of bytes to int
            Records that have been found in passing.
        """
        claims: list[Claim] = []
        records: dict[bytes, int] = {}
        with self._writing():
            n_records, now = self._count_records(), time.time()
            for some in _batches(keys):
                rows = self._rows_of(some)
                new = [key for key in some if key not in rows][: at_most - len(claims)]
                claims += self._add(new, now)
                for key, row in rows.items():
                    if row.done and row.record <= n_records:
                        records[key] = row.record
                    elif self._is_free(row, now) and len(claims) < at_most:
                        claims.append((self._take_over(row.record, now), key))
                if len(claims) >= at_most:
                    break
        return claims, records

    def finish(self, claims: Iterable[Claim]) -> None:
        """Say that records are written."""
        with self._writing():
            self._index.executemany(
                "UPDATE pictures SET done = 1 WHERE record = ? AND key = ?", claims
            )

    def release(self, claims: Sequence[Claim]) -> None:
        """Say that pictures cannot be read, so that nobody waits for them."""
        if claims:
            with self._writing():
                self._index.executemany(
                    "DELETE FROM pictures WHERE record = ? AND owner = ?",
                    [(record, self._owner) for record, _ in claims],
                )

    def _add(self, keys: Sequence[bytes], now: float) -> list[Claim]:
        last = self._index.execute(
            "SELECT seq FROM sqlite_sequence WHERE name = 'pictures'"
        ).fetchone()
        claims = list(enumerate(keys, start=1 if last is None else last[0] + 1))
        self._index.executemany(
            "INSERT INTO pictures (record, key, done, owner, since) VALUES (?, ?, 0, ?, ?)",
            [(*claim, self._owner, now) for claim in claims],
        )
        return claims

    def _is_free(self, row: _Row, now: float) -> bool:
        """Tell whether a picture that is not there may be decoded by us, though it has a row."""
        was_cut_off = bool(row.done)  # and with it the end of the file
        return was_cut_off or (row.owner != self._owner and abs(now - row.since) > _STALE_SECONDS)

    def _take_over(self, record: int, now: float) -> int:
        self._index.execute(
            "UPDATE pictures SET done = 0, owner = ?, since = ? WHERE record = ?",
            (self._owner, now, record),
        )
        return record

    def _rows_of(self, keys: Sequence[bytes]) -> dict[bytes, _Row]:
        places = ", ".join("?" * len(keys))
        rows = self._index.execute(
            f"SELECT key, record, done, owner, since FROM pictures WHERE key IN ({places})", keys
        )
        return {key: _Row(*row) for key, *row in rows}

    def _count_records(self) -> int:
        """Return how many whole records the file has room for."""
        with self._told():
            return max(0, self.data.stat().st_size - HEADER_BYTES) // self._record_bytes

    def _known_token(self) -> bytes | None:
        """Return the file's token where it is the one that the index is about."""
        known = self._index.execute(
            "SELECT count(*) FROM sqlite_master WHERE name IN ('file', 'pictures')"
        ).fetchone()
        if known[0] < 2:
            return None
        row = self._index.execute("SELECT token FROM file").fetchone()
        return row[0] if row is not None and row[0] == token_of(self.data) else None

    def _start(self) -> bytes:
        """Begin an index and a file of records, unless another process has done so just now."""
        with self._writing():
            token = self._known_token()
            if token is None:
                for table in _TABLES:
                    self._index.execute(table)
                self._index.execute("DELETE FROM pictures")
                self._index.execute("DELETE FROM file")
                token = start_file(self.data)
                self._index.execute("INSERT INTO file VALUES (?)", (token,))
        return token

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._told():
            self._index.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                if self._index.in_transaction:
                    self._index.execute("ROLLBACK")
                raise
            self._index.execute("COMMIT")

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say of failures which folder they are about, and what to do."""
        try:
            yield
        except (sqlite3.OperationalError, OSError) as error:
            raise unusable(self._folder, error) from error
        except sqlite3.DatabaseError as error:
            raise OSError(
                f"The index of decoded images in {self._folder} is damaged ({error}). Delete this "
                "folder, which holds nothing but copies, and transform the pictures again."
            ) from error


def _batches(keys: Iterable[bytes]) -> Iterator[list[bytes]]:
    keys = list(keys)
    for start in range(0, len(keys), _BATCH):
        yield keys[start : start + _BATCH]


class UnusableFolderError(OSError):
    """Decoded images cannot be kept where they should be."""


def unusable(folder: Path, error: Exception) -> UnusableFolderError:
    """Return the error that tells why decoded images cannot be kept in a folder."""
    if isinstance(error, UnusableFolderError):
        return error
    return UnusableFolderError(
        f"Cannot keep decoded images in {folder} ({error}); expected a folder that can be written "
        "to, with room for one copy of all images. Make room, or point cache_dir, or the "
        "environment variable TMPDIR where cache_dir is None, at another folder."
    )
