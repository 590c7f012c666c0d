"""What the runs have left: a file of numbers and one of predicted labels for each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Record:
    """One run of one classifier.

    Attributes
    ----------
    dataset, classifier : str
        Their names.
    seed : int
        Seed of the classifier.
    date : str
        Day of the run, as 2030-12-31.
    failure : str
        Why there are no numbers; empty where there are.
    n_train, n_test : int
        Images.
    test_error : float
        Share of wrong labels, from 0 to 1.
    fit_seconds, fit_cpu_seconds, predict_seconds : float
        Wall time of the fit, CPU time of the fit on all cores, wall time of predicting the test
        set.
    course : sequence of (seconds, error)
        Seconds since the fit began and the test error then, of networks.
    n_parameters : int or None
        Numbers kept to predict with.
    warnings : sequence of str
        What Python warned of during the run, such as a fit that has not converged.
    environment : mapping of str to str
        CPU, threads and versions.
    """

    dataset: str
    classifier: str
    seed: int
    date: str
    failure: str = ""
    n_train: int = 0
    n_test: int = 0
    test_error: float = float("nan")
    fit_seconds: float = float("nan")
    fit_cpu_seconds: float = float("nan")
    predict_seconds: float = float("nan")
    course: Sequence[Sequence[float]] = field(default_factory=list)
    n_parameters: int | None = None
    warnings: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


class Records:
    """The records in a folder.

    Parameters
    ----------
    folder : Path
        Is made when the first record comes.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, dataset: str, classifier: str, seed: int) -> Record | None:
        """Return a record, or None if there was no such run or it did not come to its end."""
        path = self._path(dataset, classifier, seed, ".json")
        if not path.is_file():
            return None
        return Record(**json.loads(path.read_text(encoding="utf-8")))

    def add(self, record: Record) -> None:
        """Write a record; one of the same run is replaced."""
        path = self._path(record.dataset, record.classifier, record.seed, ".json")
        self._folder.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".part")
        partial.write_text(json.dumps(asdict(record), indent=1) + "\n", encoding="utf-8")
        partial.replace(path)

    def labels_path(self, dataset: str, classifier: str, seed: int) -> Path:
        """Return where the predicted labels of a run belong; the folder is there afterwards."""
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._path(dataset, classifier, seed, ".npy")

    def labels(self, record: Record) -> NDArray[Any]:
        """Return the labels that a run predicted for the test set."""
        return np.load(self._path(record.dataset, record.classifier, record.seed, ".npy"))

    def _path(self, dataset: str, classifier: str, seed: int, suffix: str) -> Path:
        return self._folder / f"{dataset}-{classifier}-{seed}{suffix}"
