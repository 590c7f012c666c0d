"""Rows and runs that nobody ran."""

from benchmarks.row import Row
from benchmarks.row_run import RowRun


def row(contestants, *targets, **settings):
    settings = {"name": "fake", "work": "nothing", "measure": "seconds", "unit": "s"} | settings
    return Row(contestants=contestants, targets=targets, **settings)


def run_of(numbers, *targets, failures=None, **settings):
    """Return a run with given seconds (or other numbers) a repeat for each contestant."""
    filled = {
        name: [r if isinstance(r, dict) else {"seconds": r} for r in repeats]
        for name, repeats in numbers.items()
    }
    names = [*filled, *(failures or {})]
    return RowRun(row(dict.fromkeys(names), *targets, **settings), filled, failures or {})
