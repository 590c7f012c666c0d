"""The runs: one network to borrow, and every rival on several draws of few images."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Any

from benchmarks.transfer.pictures import Halves, Images
from benchmarks.transfer.rivals import Rival


@dataclass(frozen=True)
class Result:
    """What a rival has come to, over all draws.

    Attributes
    ----------
    rival : Rival
        Who.
    accuracies : tuple of float
        Share of the test images with the right label, one a draw.
    seconds : tuple of float
        Time of each fit.
    """

    rival: Rival
    accuracies: tuple[float, ...]
    seconds: tuple[float, ...]

    @property
    def accuracy(self) -> float:
        """Mean accuracy."""
        return fmean(self.accuracies)

    @property
    def fit_seconds(self) -> float:
        """Median time of a fit."""
        return median(self.seconds)


@dataclass(frozen=True)
class Borrowed:
    """The network that is borrowed.

    Attributes
    ----------
    estimator : CNNClassifier
        Fitted.
    accuracy : float
        On test images of the classes that it knows.
    n_images : int
        How many it has learned from.
    seconds : float
        Time of its fit.
    """

    estimator: Any
    accuracy: float
    n_images: int
    seconds: float


def learn_to_lend(estimator: Any, train: Images, test: Images) -> Borrowed:
    """Fit the network that is borrowed."""
    start = time.perf_counter()
    estimator.fit(train.X, train.y)
    seconds = time.perf_counter() - start
    return Borrowed(estimator, estimator.score(test.X, test.y), len(train), seconds)


def measure(
    rivals: Sequence[Rival],
    borrowed: Borrowed,
    halves: Halves,
    per_class: int,
    seeds: Sequence[int],
    announce: Callable[[str], None],
) -> list[Result]:
    """Let each rival learn from the same draws of few images.

    Parameters
    ----------
    rivals : sequence of Rival
        Who learns.
    borrowed : Borrowed
        What some of them borrow.
    halves : Halves
        Of which the new classes are learned.
    per_class : int
        Images of each of them.
    seeds : sequence of int
        One a draw; of the rivals' own chance too.
    announce : callable
        Is told of each run.
    """
    results = []
    for rival in rivals:
        accuracies, seconds = [], []
        for seed in seeds:
            few = halves.new.few(per_class, seed)
            estimator = rival.make(borrowed.estimator, seed)
            start = time.perf_counter()
            estimator.fit(few.X, few.y)
            seconds.append(time.perf_counter() - start)
            accuracies.append(estimator.score(halves.new_test.X, halves.new_test.y))
            announce(f"{rival.title}, draw {seed}: {accuracies[-1]:.1%} in {seconds[-1]:.1f} s")
        results.append(Result(rival, tuple(accuracies), tuple(seconds)))
    return results
