"""Memory over 200 times clone + fit + predict in one process, against that after the 20th.

The resident set is read from ``/proc/self/statm`` (in pages) after a garbage collection, and
reported in MB of 10**6 bytes; this row therefore needs Linux.
"""

from __future__ import annotations

import gc
import resource
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.row import AtMost, Numbers, Row
from benchmarks.rows.grid import digits

FITS = 200
FIRST_LOOK = 20
_SAMPLES = 500


def with_one_architecture() -> Numbers:
    """Fit the same network each time."""
    return _growth({"filters": 8, "dense_units": 32} for _ in range(FITS))


def with_another_architecture_each_time() -> Numbers:
    """Fit a network that no fit before had: 20 numbers of filters x 10 numbers of units."""
    return _growth({"filters": 4 + fit % 20, "dense_units": 24 + fit // 20} for fit in range(FITS))


def _growth(architectures: Iterator[dict[str, Any]]) -> Numbers:
    from skcnn import CNNClassifier

    X, y = (array[:_SAMPLES] for array in digits())
    classifier = CNNClassifier(
        epochs=2, batch_size=32, validation_split=0.0, early_stopping=False, random_state=0
    )
    for architecture in islice(architectures, FIRST_LOOK):
        _clone_fit_predict(classifier.set_params(**architecture), X, y)
    early = _resident_megabytes()
    for architecture in architectures:
        correct = _clone_fit_predict(classifier.set_params(**architecture), X, y)
    late = _resident_megabytes()
    return {
        "growth": late - early,
        f"megabytes_at_fit_{FIRST_LOOK}": early,
        f"megabytes_at_fit_{FITS}": late,
        "accuracy_of_last_fit": correct,
    }


def _clone_fit_predict(classifier: Any, X: Any, y: Any) -> float:
    from sklearn.base import clone

    return float((clone(classifier).fit(X, y).predict(X) == y).mean())


def _resident_megabytes() -> float:
    gc.collect()
    resident_pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return resident_pages * resource.getpagesize() / 1e6


_CONTESTANTS = {
    "same architecture": with_one_architecture,
    "another architecture each time": with_another_architecture_each_time,
}

ROW = Row(
    name="repeated_fits",
    work=f"memory gained from fit {FIRST_LOOK} to fit {FITS}",
    measure="growth",
    unit="MB",
    contestants=_CONTESTANTS,
    targets=tuple(AtMost(name, (), amount=20) for name in _CONTESTANTS),
)
