"""Decoded pictures on disk: each is decoded once, whoever asks for it, and however often."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import PIL

from skcnn._cached_images import place_of
from skcnn._picture_index import Claim, PictureIndex, unusable
from skcnn._pictures import UNREADABLE, PictureForm, Source, formed_picture
from skcnn._processes import HelpingProcesses
from skcnn._progress import Progress
from skcnn._threads import count_jobs, in_threads

_TASK_BYTES = 2**20  # that a thread decodes before it writes
_TASK_PICTURES = 64
_CLAIM_SECONDS = 0.2  # that the pictures should take which are claimed at a time
_SMALL_SECONDS = 0.0003  # that a small picture takes
_LONG_SECONDS = 1.0  # from which processes are worth their start
_FIRST_CLAIM = 32
_LOOK_AGAIN_SECONDS = 0.02


@dataclass(frozen=True)
class Decoded:
    """Where decoded pictures stand.

    Attributes
    ----------
    path : Path
        The file of records.
    token : bytes
        By which it is known.
    records : dict of bytes to int
        Number of the record of each picture, by its key.
    failures : dict of bytes to Exception
        Why others could not be read, by theirs.
    """

    path: Path
    token: bytes
    records: dict[bytes, int]
    failures: dict[bytes, Exception]


def decode(
    sources: Mapping[bytes, Source],
    form: PictureForm,
    folder: Path,
    *,
    lasts: bool,
    n_jobs: int | None,
    go_on: bool,
) -> Decoded:
    """Decode those pictures of which there is no record yet, and say where all of them stand.

    Parameters
    ----------
    sources : mapping of bytes to source
        The pictures, by keys that tell their content.
    form : PictureForm
        What they become, of one size.
    folder : Path
        Holds a folder for each form.
    lasts : bool
        Whether the records are to outlive a crash of the computer.
    n_jobs : int or None
        How many threads decode, or processes where many pictures are small.
    go_on : bool
        Whether to decode the others where a picture cannot be read.

    Raises
    ------
    OSError
        If the folder cannot be used or is full.
    """
    with _open_index(form, folder, lasts) as index, HelpingProcesses() as helpers:
        records = index.find(sources)
        missing = [key for key in sources if key not in records]
        work = _Work(index, sources, form, lasts, n_jobs)
        with Progress("Decoding pictures", len(missing)) as progress:
            while missing and (go_on or not work.failures):
                records |= work.do_some(missing)
                left = [k for k in missing if k not in records and k not in work.failures]
                progress.advance(len(missing) - len(left))
                missing = left
                n_helpers = work.count_helpers(len(missing))
                if n_helpers:
                    others = {key: sources[key] for key in reversed(missing)}
                    helpers.start(n_helpers, help_to_decode, others, form, folder, lasts)
        return Decoded(index.data, index.token, records, work.failures)


def help_to_decode(
    sources: Mapping[bytes, Source], form: PictureForm, folder: Path, lasts: bool
) -> None:
    """Decode what no other process has claimed; the parameters are those of ``decode``."""
    with _open_index(form, folder, lasts) as index:
        work = _Work(index, sources, form, lasts, n_jobs=1)
        missing = list(sources)
        records = {b"": 0}
        while records:
            records = work.do_some(missing)
            missing = [k for k in missing if k not in records and k not in work.failures]


def _open_index(form: PictureForm, folder: Path, lasts: bool) -> PictureIndex:
    height, width, _ = form.shape
    name = f"{height}x{width}-{form.color}-{form.fit}-pillow-{PIL.__version__}"
    return PictureIndex(folder / name, math.prod(form.shape), lasts=lasts)


class _Work:
    """Claims pictures, decodes them, and writes their records."""

    def __init__(
        self,
        index: PictureIndex,
        sources: Mapping[bytes, Source],
        form: PictureForm,
        lasts: bool,
        n_jobs: int | None,
    ) -> None:
        self._index, self._sources, self._form = index, sources, form
        self._record_bytes = math.prod(form.shape)
        self._lasts, self._n_jobs = lasts, count_jobs(n_jobs)
        self._n_claimed = _FIRST_CLAIM
        self._seconds_a_picture = np.inf
        self.failures: dict[bytes, Exception] = {}

    def do_some(self, missing: Sequence[bytes]) -> dict[bytes, int]:
        """Do what takes a moment; return records that are done, by whomever."""
        start = time.monotonic()
        claims, records = self._index.claim(missing, self._n_claimed)
        if not claims:
            if not records:
                time.sleep(_LOOK_AGAIN_SECONDS)  # other processes are at work on all of them
            return records
        tasks = self._tasks(claims)
        for failures in in_threads(self._task, tasks, self._n_jobs):
            self.failures |= failures
        seconds = time.monotonic() - start
        self._seconds_a_picture = seconds / len(claims)
        if seconds < _CLAIM_SECONDS:
            self._n_claimed *= 2
        if self._lasts:
            self._write_through()
        done = [claim for claim in claims if claim[1] not in self.failures]
        self._index.finish(done)
        self._index.release([claim for claim in claims if claim[1] in self.failures])
        return records | {key: record for record, key in done}

    def count_helpers(self, n_missing: int) -> int:
        """Return how many processes should help with what is missing, once and for all.

        Of small pictures Python itself takes most of the time, in which only one thread runs.
        """
        takes_long = n_missing * self._seconds_a_picture > _LONG_SECONDS
        if not takes_long or self._seconds_a_picture > _SMALL_SECONDS:
            return 0
        n_helpers, self._n_jobs = self._n_jobs - 1, 1
        return n_helpers

    def _tasks(self, claims: Sequence[Claim]) -> list[Sequence[Claim]]:
        at_a_time = min(_TASK_PICTURES, max(1, _TASK_BYTES // self._record_bytes))
        return [claims[i : i + at_a_time] for i in range(0, len(claims), at_a_time)]

    def _task(self, claims: Sequence[Claim]) -> dict[bytes, Exception]:
        """Decode pictures and write their records; return why some could not be read."""
        failures: dict[bytes, Exception] = {}
        pixels: dict[int, bytes] = {}
        for record, key in claims:
            try:
                pixels[record] = formed_picture(self._sources[key], self._form).tobytes()
            except UNREADABLE as error:
                failures[key] = error
        try:
            self._write(pixels)
        except OSError as error:
            raise unusable(self._index.data.parent, error) from error
        return failures

    def _write(self, pixels: Mapping[int, bytes]) -> None:
        """Write records by calls that fail on a full disk, as writing to a mapping does not."""
        with open(self._index.data, "r+b", buffering=_TASK_BYTES) as file:
            following = None
            for record, content in pixels.items():
                if record != following:
                    file.seek(place_of(record, self._record_bytes))
                file.write(content)
                following = record + 1

    def _write_through(self) -> None:
        """Have the disk keep what was written, before the index says that it is there."""
        try:
            with open(self._index.data, "r+b") as file:
                os.fsync(file.fileno())
        except OSError as error:
            raise unusable(self._index.data.parent, error) from error
