"""Work that threads share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_T = TypeVar("_T")
_R = TypeVar("_R")


def count_jobs(n_jobs: int | None) -> int:
    """Return how many jobs a number of them means to joblib, which is loaded where it is asked."""
    if n_jobs == 1:
        return 1
    from joblib import effective_n_jobs

    return int(effective_n_jobs(n_jobs))


def in_threads(
    function: Callable[[_T], _R], items: Sequence[_T], n_jobs: int | None
) -> Iterator[_R]:
    """Yield a function's results in the order of the items; after an error nothing new is begun.

    Parameters
    ----------
    function : callable
        Lets other threads work while it waits or computes.
    items : sequence
        What it is called with, one after the other.
    n_jobs : int or None
        How many threads there are, as joblib counts jobs.
    """
    n_threads = min(count_jobs(n_jobs), len(items))
    if n_threads <= 1:
        yield from map(function, items)
        return
    pool = ThreadPoolExecutor(n_threads)
    try:
        yield from pool.map(function, items)
    finally:
        pool.shutdown(cancel_futures=True)
