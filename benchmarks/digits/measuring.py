"""What the recognizer gets right, and how sure it is."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.digits.crops import Digits, cut_digits, cut_pieces
from benchmarks.error_table.significance import Interval, wilson_interval
from skcnn import ONNXClassifier

N_CUT_TESTED = 10_000
N_PIECES_TESTED = 3_000
SURE = 0.5  # what NoteReader prints a digit from
_N_BINS = 15
_N_CALLS = 200


@dataclass(frozen=True)
class Measured:
    """What a file of the recognizer does on images that it has not learned.

    Attributes
    ----------
    n_bytes : int
        Size of the file.
    n_right, n_tested : int
        MNIST's test images that are told right, and all of them.
    by_digit : ndarray of shape (10,)
        Share that is told right, by the digit that was written.
    calibration_error : float
        Mean difference between what it says and how often that is right, over 15 bins of equally
        wide probabilities (Guo, Pleiss, Sun and Weinberger, ICML 2017).
    cut : float
        Share of test digits that it tells right after they were written anew and cut out.
    sure_of_pieces : float
        Share of pieces that are no digit to which it gives a probability of one half or more.
    milliseconds : float
        Median time of one image, on one core.
    """

    n_bytes: int
    n_right: int
    n_tested: int
    by_digit: NDArray[np.float64]
    calibration_error: float
    cut: float
    sure_of_pieces: float
    milliseconds: float

    @property
    def interval(self) -> Interval:
        """The 95 % interval of the share that is told right."""
        return wilson_interval(self.n_right / self.n_tested, self.n_tested)


def measure(path: Path, test: Digits, seed: int, n_jobs: int) -> Measured:
    """Return what a file does on test images.

    Parameters
    ----------
    path : Path
        Written by ``export_onnx``.
    test : Digits
        Images that the recognizer has not learned.
    seed : int
        What is made of them depends on it.
    n_jobs : int
        Processes that make it.
    """
    classifier = ONNXClassifier(path)
    probabilities = classifier.predict_proba(test.images)
    right = probabilities.argmax(axis=1) == test.labels
    cut = cut_digits(test, N_CUT_TESTED, seed, n_jobs)
    pieces = cut_pieces(test, N_PIECES_TESTED, seed, n_jobs)
    sure = classifier.predict_proba(pieces.images).max(axis=1) >= SURE
    return Measured(
        n_bytes=path.stat().st_size,
        n_right=int(right.sum()),
        n_tested=len(test),
        by_digit=np.array([right[test.labels == digit].mean() for digit in range(10)]),
        calibration_error=_calibration_error(probabilities.max(axis=1), right),
        cut=float((classifier.predict(cut.images) == cut.labels).mean()),
        sure_of_pieces=float(sure.mean()),
        milliseconds=_milliseconds(path, test.images[:1]),
    )


def _calibration_error(said: NDArray[np.float32], right: NDArray[np.bool_]) -> float:
    bins = np.minimum((said * _N_BINS).astype(int), _N_BINS - 1)
    differences = [
        (bins == i).sum() * abs(said[bins == i].mean() - right[bins == i].mean())
        for i in np.unique(bins)
    ]
    return float(sum(differences) / len(said))


def _milliseconds(path: Path, image: NDArray[np.uint8]) -> float:
    classifier = ONNXClassifier(path, n_threads=1)
    seconds = []
    for _ in range(_N_CALLS):
        start = time.perf_counter()
        classifier.predict_proba(image)
        seconds.append(time.perf_counter() - start)
    return float(np.median(seconds) * 1000)
