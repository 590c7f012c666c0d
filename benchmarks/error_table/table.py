"""From records to the lines of a table, best first, each tested against the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, median

from benchmarks.error_table.classifiers import Classifier
from benchmarks.error_table.datasets import Dataset
from benchmarks.error_table.records import Record, Records
from benchmarks.error_table.schedule import Run, seeds_of, taking_part
from benchmarks.error_table.significance import Interval, McNemar, mcnemar, wilson_interval


@dataclass(frozen=True)
class Line:
    """All runs of one classifier on one data set, at least one.

    Attributes
    ----------
    classifier : Classifier
        Who ran.
    records : tuple of Record
        One a seed, none of which failed.
    """

    classifier: Classifier
    records: tuple[Record, ...]

    @property
    def errors(self) -> list[float]:
        """Test error of each run."""
        return [record.test_error for record in self.records]

    @property
    def error(self) -> float:
        """Mean test error."""
        return fmean(self.errors)

    @property
    def interval(self) -> Interval:
        """95 % interval of the mean error; more seeds are no more test images."""
        return wilson_interval(self.error, self.records[0].n_test)

    @property
    def fit_seconds(self) -> float:
        """Median time of the fit."""
        return median(record.fit_seconds for record in self.records)

    @property
    def cores(self) -> float:
        """How many cores the fit kept busy on average, the median of the runs."""
        return median(record.fit_cpu_seconds / record.fit_seconds for record in self.records)

    @property
    def predict_microseconds(self) -> float:
        """Median time to predict an image."""
        return median(record.predict_seconds / record.n_test * 1e6 for record in self.records)

    @property
    def n_parameters(self) -> int | None:
        """Numbers kept to predict with."""
        return self.records[0].n_parameters

    def fit_share_of(self, other: Line) -> float | None:
        """Return the fit time as a share of another's, or None if the machines are not the same.

        The same machine is one CPU with the same threads and versions of packages.
        """
        environments = [dict(r.environment) for r in (*self.records, *other.records)]
        if any(environment != environments[0] for environment in environments):
            return None
        return self.fit_seconds / other.fit_seconds


@dataclass(frozen=True)
class Comparison:
    """Two neighbours of the table and McNemar's test of their runs with the first seed."""

    better: Line
    worse: Line
    test: McNemar


@dataclass(frozen=True)
class Table:
    """What is known of all classifiers on one data set.

    Attributes
    ----------
    dataset : Dataset
        On which they ran.
    lines : list of Line
        Lowest mean error first.
    comparisons : list of Comparison
        Each line and the next.
    gaps : list of str
        Classifiers and seeds without numbers, and why.
    """

    dataset: Dataset
    lines: list[Line]
    comparisons: list[Comparison]
    gaps: list[str]


def tabulate(dataset: Dataset, classifiers: Sequence[Classifier], records: Records) -> Table:
    """Rank the classifiers by what their runs have left."""
    lines, gaps = [], []
    for classifier in taking_part(dataset, classifiers):
        found = {
            seed: Run(dataset, classifier, seed).found_in(records)
            for seed in seeds_of(classifier, dataset.seeds)
        }
        done = [record for record in found.values() if record and not record.failure]
        if done:
            lines.append(Line(classifier, tuple(done)))
        gaps += _gaps(classifier, found)
    lines.sort(key=lambda line: line.error)
    return Table(dataset, lines, _compare_neighbours(dataset, lines, records), gaps)


def _gaps(classifier: Classifier, found: Mapping[int, Record | None]) -> list[str]:
    """Name the seeds that have no numbers, those with the same reason together."""
    seeds_by_reason: dict[str, list[str]] = {}
    for seed, record in found.items():
        if record is None or record.failure:
            reason = f"failed with {record.failure}" if record else "not run"
            seeds_by_reason.setdefault(reason, []).append(str(seed))
    return [
        f"{classifier.title}, seed {', '.join(seeds)}: {reason}"
        for reason, seeds in seeds_by_reason.items()
    ]


def _compare_neighbours(
    dataset: Dataset, lines: Sequence[Line], records: Records
) -> list[Comparison]:
    if len(lines) < 2:
        return []
    y_test = dataset.load().y_test
    labels = [records.labels(line.records[0]) for line in lines]
    tests = [mcnemar(y_test, *pair) for pair in pairwise(labels)]
    return [Comparison(*pair, test) for pair, test in zip(pairwise(lines), tests, strict=True)]
