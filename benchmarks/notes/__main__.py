"""The command ``python -m benchmarks.notes``."""

from __future__ import annotations

import argparse
import secrets
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from joblib import Parallel, delayed

from benchmarks.marked_page import put_into
from benchmarks.notes.composing import Composer
from benchmarks.notes.failing import keep_picture
from benchmarks.notes.measuring import MAIN, SINGLE, Setting, Tally, measure
from benchmarks.notes.page import tables
from skcnn import fetch_mnist
from skcnn.reading import NoteReader

_PAGE = Path(__file__).parents[2] / "docs" / "notes.md"
_PLACE = "notes"
_TIMES_MAIN = 5  # as many notes under the main settings as under a single factor


def main(
    arguments: Sequence[str] | None = None,
    page: Path = _PAGE,
    composer: Composer | None = None,
    reader: Any = None,
) -> int:
    """Compose notes, read them, and show the tables or write them.

    Parameters
    ----------
    arguments : sequence of str or None, default=None
        The command line; None takes that of the process.
    page : Path, default=docs/notes.md
        Where the tables go with ``--write``.
    composer : Composer or None, default=None
        Who writes the notes; None for one with MNIST's digits.
    reader : NoteReader or None, default=None
        Who reads them; None for the one that comes with skcnn.

    Returns
    -------
    int
        Exit status.
    """
    options = _parse(arguments)
    seed = secrets.randbelow(10**6) if options.seed is None else options.seed
    _announce(f"The seed is {seed}.")
    composer = composer or _of_mnist("train" if options.training_digits else "test")
    reader = reader or NoteReader()
    settings = [s for s in (*MAIN, *SINGLE) if s.name in (options.only or {s.name})]
    tallies = []
    for tally in _measured(settings, composer, reader, seed, options):
        _announce(f"{tally.setting.name}: {tally.lines:.1%} of {tally.n_lines} lines")
        tallies.append(tally)
    text = tables(tallies, seed)
    if options.write:
        put_into(page, _PLACE, text)
        print(f"Written to {page}.")
    else:
        print(text)
    return 0


def _measured(
    settings: Sequence[Setting],
    composer: Composer,
    reader: Any,
    seed: int,
    options: argparse.Namespace,
) -> Iterator[Tally]:
    tasks = (
        delayed(measure)(
            setting,
            composer,
            reader,
            seed,
            range(options.notes * (_TIMES_MAIN if setting in MAIN else 1)),
            _failures_to(options.failures, setting),
        )
        for setting in settings
    )
    yield from Parallel(n_jobs=options.jobs, return_as="generator")(tasks)


def _failures_to(folder: Path | None, setting: Setting) -> Callable[..., None]:
    return _nowhere if folder is None else partial(keep_picture, folder, setting)


def _nowhere(*_: Any) -> None:
    """Keep no picture."""


def _of_mnist(part: str) -> Composer:
    mnist = fetch_mnist()
    return Composer(mnist[f"X_{part}"].reshape(-1, 28, 28), mnist[f"y_{part}"])


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.notes",
        description="Compose notes of MNIST's test digits, under one condition after another and "
        "under all of them mixed, and count what NoteReader reads rightly. Every run composes "
        "other notes; its seed composes them again.",
    )
    parser.add_argument(
        "--notes",
        type=int,
        default=40,
        metavar="N",
        help=f"notes a condition, and {_TIMES_MAIN} times as many clean and mixed ones (40)",
    )
    parser.add_argument("--seed", type=int, metavar="S", help="of all chance (drawn and shown)")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="conditions, by their names")
    parser.add_argument("--jobs", type=int, default=1, help="conditions at the same time (1)")
    parser.add_argument(
        "--training-digits",
        action="store_true",
        help="of MNIST's training digits instead, to develop with",
    )
    parser.add_argument(
        "--failures", type=Path, metavar="DIR", help="folder for pictures of notes read wrongly"
    )
    parser.add_argument("--write", action="store_true", help="put the tables into docs/notes.md")
    options = parser.parse_args(arguments)
    unknown = set(options.only or ()) - {setting.name for setting in (*MAIN, *SINGLE)}
    if unknown:
        known = ", ".join(setting.name for setting in (*MAIN, *SINGLE))
        parser.error(f"--only knows {known}; received {', '.join(sorted(unknown))}")
    return options


def _announce(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
