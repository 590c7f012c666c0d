"""The command ``python -m benchmarks``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from benchmarks.machine import describe_cpu, package_versions
from benchmarks.picture import draw
from benchmarks.reporting import print_results, report, verdicts_of
from benchmarks.row import Row
from benchmarks.row_run import RowRun, run_row
from benchmarks.rows import ROWS

_FOLDER = Path(__file__).parent
_WIDTH_IN_FILES = 150
_REPEATS = 3


def main(
    arguments: Sequence[str] | None = None,
    *,
    rows: Sequence[Row] = ROWS,
    folder: Path = _FOLDER,
) -> int:
    """Run the rows that the command line names, or all of them.

    Parameters
    ----------
    arguments : sequence of str or None, default=None
        The command line; None takes that of the process.
    rows : sequence of Row, default=ROWS
        Rows to choose from.
    folder : Path, default=the folder of this file
        Where results.md and results.png go.  They are written when all rows were run, three times
        or more.

    Returns
    -------
    int
        Exit status: 1 if a contestant failed.
    """
    options = _parse(arguments, rows)
    runs = [run_row(row, options.repeats, _announce) for row in options.rows]
    print_results(runs, Console(width=None if sys.stdout.isatty() else _WIDTH_IN_FILES))
    if options.rows == list(rows) and options.repeats >= _REPEATS:
        _write(runs, options.repeats, folder)
    return int(any(run.failures for run in runs))


def _parse(arguments: Sequence[str] | None, rows: Sequence[Row]) -> argparse.Namespace:
    known = {row.name: row for row in rows}
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure skcnn beside its peers.",
        epilog=f"The rows are: {', '.join(known)}.",
    )
    parser.add_argument("rows", nargs="*", metavar="row", help="rows to run; all of them if none")
    parser.add_argument(
        "--repeats",
        type=int,
        default=_REPEATS,
        help=f"runs of each contestant; {_REPEATS} if not given",
    )
    options = parser.parse_args(arguments)
    unknown = [name for name in options.rows if name not in known]
    if unknown:
        parser.error(f"unknown row {', '.join(unknown)}; the rows are: {', '.join(known)}")
    if options.repeats < 1:
        parser.error(f"--repeats must be 1 or more; received {options.repeats}")
    options.rows = [known[name] for name in options.rows] or list(rows)
    return options


def _announce(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _write(runs: Sequence[RowRun], repeats: int, folder: Path) -> None:
    text = report(runs, repeats, describe_cpu(), package_versions())
    (folder / "results.md").write_text(text, encoding="utf-8")
    draw(verdicts_of(runs), folder / "results.png")
    print(f"Written to {folder / 'results.md'} and results.png.")


if __name__ == "__main__":
    sys.exit(main())
