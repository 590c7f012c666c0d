"""The grid search of the row ``grid``, with 20 epochs: two workers beside none.

Both are warm: a small search of other networks has started the workers, and they have imported
TensorFlow.  The workers are asked how many threads their TensorFlow may use for one operation;
it answers 0 where nobody has told it, which means all cores, in every worker.
"""

from __future__ import annotations

import os
import time

from benchmarks.row import Condition, Numbers, Row, TimesBetter
from benchmarks.rows.grid import DROPOUT, FILTERS, digits, skcnn_classifier, summary, timed_search

_EPOCHS = 20
_WORKERS = 2


def with_one_job() -> Numbers:
    """Search with n_jobs=1."""
    return _warm_search(n_jobs=1)


def with_two_jobs() -> Numbers:
    """Search with n_jobs=2, and ask the workers for their threads."""
    import joblib

    numbers = _warm_search(n_jobs=_WORKERS)
    answers = joblib.Parallel(n_jobs=_WORKERS)(
        joblib.delayed(process_and_threads)() for _ in range(2 * _WORKERS)
    )
    return numbers | {
        "workers_asked": len({process for process, _ in answers}),
        "threads_of_a_worker": max(threads for _, threads in answers),
        "fair_threads": max(1, joblib.cpu_count() // _WORKERS),
    }


def process_and_threads() -> tuple[int, int]:
    """Return this process' id and the threads its TensorFlow uses for one operation."""
    import tensorflow as tf

    time.sleep(0.2)  # long enough for the other worker to take its turn
    return os.getpid(), tf.config.threading.get_intra_op_parallelism_threads()


def _warm_search(n_jobs: int) -> Numbers:
    X, y = digits()
    timed_search(skcnn_classifier(1), {"filters": [4, 8], "dropout": [0.2]}, X, y, n_jobs)
    search, seconds = timed_search(
        skcnn_classifier(_EPOCHS), {"filters": FILTERS, "dropout": DROPOUT}, X, y, n_jobs
    )
    return summary(search, seconds, int(search.best_estimator_.model_.optimizer.iterations))


ROW = Row(
    name="parallel_grid",
    work="19 fits of 20 epochs, 2 jobs beside 1",
    measure="seconds",
    unit="s",
    contestants={"n_jobs=2": with_two_jobs, "n_jobs=1": with_one_job},
    targets=(TimesBetter("n_jobs=2", ("n_jobs=1",), factor=1),),
    same=("fits", "steps_of_refit"),
    close={"score": 0.02},
    conditions=(
        Condition(
            "n_jobs=2",
            "each worker's TensorFlow uses its share of the cores",
            lambda numbers: numbers["threads_of_a_worker"] == numbers["fair_threads"],
        ),
    ),
)
