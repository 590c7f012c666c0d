"""Fits of each candidate, on the same part of the images, and its errors on the others."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Any

from sklearn.model_selection import train_test_split

from benchmarks.error_table.datasets import Dataset
from benchmarks.preset_search.candidates import in_code
from skcnn import CNNClassifier


@dataclass(frozen=True)
class Score:
    """How a candidate did on a data set.

    Attributes
    ----------
    title : str
        What the set is called.
    n_trained : int
        Images that it learned from.
    differs_in : str
        What sets the candidate apart from the start of the search.
    errors : tuple of float
        Share of the held-out images with a wrong label, one a seed.
    seconds : float
        Time of a fit; the median of the seeds.
    """

    title: str
    n_trained: int
    differs_in: str
    errors: tuple[float, ...]
    seconds: float

    @property
    def error(self) -> float:
        """The mean of the seeds."""
        return fmean(self.errors)


def search(
    start: Mapping[str, Any],
    candidates: Sequence[Mapping[str, Any]],
    dataset: Dataset,
    held_out: int,
    seeds: Sequence[int] = (0,),
) -> list[Score]:
    """Fit each candidate on a part of the training images and score it on the other.

    Parameters
    ----------
    start : mapping
        Parameters of ``CNNClassifier`` that all candidates have.
    candidates : sequence of mapping
        Parameters that each has instead.
    dataset : Dataset
        Whose training images there are.
    held_out : int
        How many images to score on, the same for each candidate.
    seeds : sequence of int, default=(0,)
        What each candidate's ``random_state`` is, one after the other.

    Returns
    -------
    list of Score
        One a candidate, in their order.
    """
    images = dataset.load()
    X, X_held_out, y, y_held_out = train_test_split(
        images.X_train,
        images.y_train,
        test_size=held_out,
        stratify=images.y_train,
        random_state=0,
    )
    scores = []
    for other in candidates:
        errors, seconds = [], []
        for seed in seeds:
            classifier = CNNClassifier(**{**start, **other}, rescale=1 / 255, random_state=seed)
            began = time.perf_counter()
            classifier.fit(X, y)
            seconds.append(time.perf_counter() - began)
            errors.append(1 - classifier.score(X_held_out, y_held_out))
        differs = in_code(other) if other else "nothing"
        scores.append(Score(dataset.title, len(X), differs, tuple(errors), median(seconds)))
        _announce(scores[-1])
    return scores


def _announce(score: Score) -> None:
    errors = ", ".join(f"{error:.2%}" for error in score.errors)
    print(
        f"{score.title}: {errors} in {score.seconds:.0f} s: {score.differs_in}",
        file=sys.stderr,
        flush=True,
    )
