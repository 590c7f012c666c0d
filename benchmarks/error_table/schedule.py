"""The runs of a table: which there are, and doing those that are missing, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from benchmarks.error_table.classifiers import Classifier
from benchmarks.error_table.datasets import Dataset
from benchmarks.error_table.records import Record, Records
from benchmarks.own_process import ProcessFailedError, address_of, run_module

_ONLY_SEED = 0


@dataclass(frozen=True)
class Run:
    """A classifier on a data set with a seed."""

    dataset: Dataset
    classifier: Classifier
    seed: int

    def __str__(self) -> str:
        return f"{self.dataset.name} {self.classifier.name} seed {self.seed}"

    def found_in(self, records: Records) -> Record | None:
        """Return what the run has left, if it was there."""
        return records.find(self.dataset.name, self.classifier.name, self.seed)


def seeds_of(classifier: Classifier, seeds: tuple[int, ...]) -> tuple[int, ...]:
    """Return the seeds that a classifier runs with: one is enough if it draws no numbers."""
    return seeds if classifier.draws_random_numbers else (_ONLY_SEED,)


def taking_part(dataset: Dataset, classifiers: Iterable[Classifier]) -> list[Classifier]:
    """Return the classifiers that a data set does not leave out."""
    return [c for c in classifiers if c.name not in dataset.left_out]


def plan(datasets: Iterable[Dataset], classifiers: Iterable[Classifier]) -> Iterator[Run]:
    """Yield all runs of a table; the first seed of all classifiers comes before the second."""
    classifiers = list(classifiers)
    for dataset in datasets:
        for turn in range(len(dataset.seeds)):
            for classifier in taking_part(dataset, classifiers):
                for seed in seeds_of(classifier, dataset.seeds)[turn : turn + 1]:
                    yield Run(dataset, classifier, seed)


def run_missing(
    runs: Iterable[Run], records: Records, announce: Callable[[str], None], *, fresh: bool = False
) -> list[Run]:
    """Do the runs that have left no numbers, and keep what they give.

    Parameters
    ----------
    runs : iterable of Run
        What is to be there afterwards.
    records : Records
        Where it is kept.  A run that fails leaves a record too, and is tried again next time.
    announce : callable
        Is handed a line before and after each run.
    fresh : bool, default=False
        Whether runs are repeated that have left numbers.

    Returns
    -------
    list of Run
        Those that failed.
    """
    failed = []
    for run in runs:
        found = run.found_in(records)
        if found and not found.failure and not fresh:
            announce(f"{run}: there, of {found.date}")
            continue
        announce(f"{run}: running")
        record = _run_in_own_process(run, records)
        records.add(record)
        announce(f"{run}: {_outcome(record)}")
        if record.failure:
            failed.append(run)
    return failed


def _run_in_own_process(run: Run, records: Records) -> Record:
    key = (run.dataset.name, run.classifier.name, run.seed)
    today = date.today().isoformat()
    try:
        numbers = run_module(
            "benchmarks.error_table.measuring",
            address_of(run.dataset.load),
            address_of(run.classifier.build),
            str(run.seed),
            str(records.labels_path(*key).resolve()),
            str(run.dataset.at_most.get(run.classifier.name, "all")),
        )
    except ProcessFailedError as error:
        return Record(*key, today, failure=str(error))
    return Record(*key, today, **numbers)


def _outcome(record: Record) -> str:
    if record.failure:
        return f"failed: {record.failure}"
    return f"{record.test_error:.2%} wrong, fitted in {record.fit_seconds:,.1f} s"
