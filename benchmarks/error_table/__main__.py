"""The command ``python -m benchmarks.error_table``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.error_table.classifiers import CLASSIFIERS, Classifier
from benchmarks.error_table.datasets import DATASETS, Dataset
from benchmarks.error_table.page import page, picture_name
from benchmarks.error_table.picture import courses
from benchmarks.error_table.records import Records
from benchmarks.error_table.schedule import plan, run_missing
from benchmarks.error_table.table import tabulate

_BENCHMARKS = Path(__file__).parents[1]
_FOLDER = _BENCHMARKS / ".table"
_PAGE = _BENCHMARKS.parent / "docs" / "results.md"
_ABLATION = _BENCHMARKS / "preset_search" / "ablation.md"


def main(
    arguments: Sequence[str] | None = None,
    *,
    datasets: Sequence[Dataset] = DATASETS,
    classifiers: Sequence[Classifier] = CLASSIFIERS,
    folder: Path = _FOLDER,
    page_path: Path = _PAGE,
) -> int:
    """Do the runs that are missing, and show or write the page of all that are there.

    Parameters
    ----------
    arguments : sequence of str or None, default=None
        The command line; None takes that of the process.
    datasets : sequence of Dataset, default=DATASETS
        Data sets of the page.
    classifiers : sequence of Classifier, default=CLASSIFIERS
        Classifiers of the page.
    folder : Path, default=.table beside this package
        Where runs leave their numbers and labels.
    page_path : Path, default=docs/results.md
        Where the page goes with ``--write``, and its pictures beside it.

    Returns
    -------
    int
        Exit status: 1 if a run failed.
    """
    options = _parse(arguments, datasets, classifiers)
    if options.seeds:
        datasets = [replace(dataset, seeds=tuple(options.seeds)) for dataset in datasets]
    records = Records(folder)
    failed = []
    if not options.no_runs:
        runs = plan(
            [d for d in datasets if options.dataset in (None, d.name)],
            [c for c in classifiers if not options.only or c.name in options.only],
        )
        failed = run_missing(runs, records, _announce, fresh=options.fresh)
    tables = [tabulate(dataset, classifiers, records) for dataset in datasets]
    text = page(tables, classifiers, _ABLATION.read_text(encoding="utf-8"))
    if options.write:
        page_path.write_text(text, encoding="utf-8")
        for table in tables:
            if table.lines:
                courses(table).savefig(page_path.with_name(picture_name(table)), dpi=150)
        print(f"Written to {page_path}, with a picture of each data set beside it.")
    else:
        print(text)
    return int(bool(failed))


def _parse(
    arguments: Sequence[str] | None,
    datasets: Sequence[Dataset],
    classifiers: Sequence[Classifier],
) -> argparse.Namespace:
    names = [classifier.name for classifier in classifiers]
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.error_table",
        description="Train classifiers on all of MNIST, Fashion-MNIST and CIFAR-10, in about "
        "four hours, and put them into one page. Runs that have left their numbers are not "
        "repeated.",
    )
    parser.add_argument(
        "--dataset",
        choices=[dataset.name for dataset in datasets],
        help="run on this one only",
    )
    parser.add_argument(
        "--only",
        nargs="+",
        choices=names,
        metavar="NAME",
        help=f"run these classifiers only, of: {', '.join(names)}",
    )
    parser.add_argument(
        "--seeds",
        nargs="+",
        type=int,
        metavar="SEED",
        help="seeds of the networks, in the runs and on the page; "
        + ", ".join(f"{d.title} {' '.join(map(str, d.seeds))}" for d in datasets)
        + " if not given",
    )
    parser.add_argument("--fresh", action="store_true", help="repeat runs that are there")
    parser.add_argument("--no-runs", action="store_true", help="only the page, of what is there")
    parser.add_argument(
        "--write", action="store_true", help="write docs/results.md instead of showing the page"
    )
    return parser.parse_args(arguments)


def _announce(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
