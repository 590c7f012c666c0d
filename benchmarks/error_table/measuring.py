"""One fit in a process of its own.

``python -m benchmarks.error_table.measuring load build seed labels.npy all``, with the addresses
of a data set's loader and a classifier's builder, fits on the training set, or on so many of its
images, drawn at random, where a number takes the place of ``all``, and predicts the test set.  It
saves the predicted labels and prints the numbers, and where they were measured, as JSON.
"""

from __future__ import annotations

import json
import os
import sys
import time
import warnings
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline
from sklearn.utils import Bunch
from threadpoolctl import threadpool_info

from benchmarks.error_table.course import Course
from benchmarks.machine import describe_cpu, package_versions
from benchmarks.own_process import function_at
from skcnn._measuring import count_parameters

_PACKAGES = ("tensorflow", "keras", "scikit-learn", "scipy", "numpy")
_TENSORFLOW_THREADS = "TF_NUM_INTRAOP_THREADS"


class Measured(NamedTuple):
    """The numbers and warnings of one fit, and the labels that it predicts for the test set."""

    numbers: dict[str, Any]
    labels: NDArray[np.uint8]


def measure(pipeline: Pipeline, data: Bunch) -> Measured:
    """Fit on the training set, predict the test set, and time both.

    Nothing has run before: what is compiled at the first call is inside the clock.
    """
    course = Course(pipeline)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        cpu_started, started = time.process_time(), time.perf_counter()
        pipeline.fit(data.X_train, data.y_train)
        cpu_fitted, fitted = time.process_time(), time.perf_counter()
        labels = pipeline.predict(data.X_test)
        predicted = time.perf_counter()
    numbers = {
        "n_train": len(data.y_train),
        "n_test": len(data.y_test),
        "test_error": float(np.mean(labels != data.y_test)),
        "fit_seconds": fitted - started,
        "fit_cpu_seconds": cpu_fitted - cpu_started,
        "predict_seconds": predicted - fitted,
        "course": course.points(data),
        "n_parameters": count_parameters(pipeline),
        "warnings": list(dict.fromkeys(map(_first_line, caught))),
    }
    return Measured(numbers, labels.astype(np.uint8))


def _first_line(warning: warnings.WarningMessage) -> str:
    return f"{warning.category.__name__}: {warning.message}".partition("\n")[0]


def describe_environment() -> Mapping[str, str]:
    """Return the CPU, the number of threads and the versions of packages."""
    pools = max((pool["num_threads"] for pool in threadpool_info()), default=1)
    tensorflow = os.environ.get(_TENSORFLOW_THREADS, "as many as cores")
    return {
        "CPU": describe_cpu(),
        "threads of BLAS and OpenMP": str(pools),
        "threads of TensorFlow": tensorflow,
        **package_versions(_PACKAGES),
    }


def main() -> None:
    """Do the fit that the command line describes."""
    load, build, seed, labels_path, n_train = sys.argv[1:]
    data: Any = function_at(load)()
    if n_train != "all":
        drawn = np.random.default_rng(0).permutation(len(data.y_train))[: int(n_train)]
        data.X_train, data.y_train = data.X_train[drawn], data.y_train[drawn]
    numbers, labels = measure(function_at(build)(int(seed)), data)
    np.save(labels_path, labels)
    print(json.dumps({**numbers, "environment": describe_environment()}), flush=True)


if __name__ == "__main__":
    main()
