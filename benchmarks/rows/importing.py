"""Importing the package, each time in a bare interpreter.

skcnn loads its parts on first use, so what it saves at the import it spends at the first
classifier: ``from skcnn import CNNClassifier`` is measured beside it, for scale.
"""

from __future__ import annotations

import json
import subprocess
import sys

from benchmarks.row import Condition, Numbers, Row, TimesBetter

_TIMED = """
import sys, time
start = time.perf_counter()
{statement}
seconds = time.perf_counter() - start
import json
print(json.dumps([seconds, "tensorflow" in sys.modules]))
"""


def with_skcnn() -> Numbers:
    """Import skcnn."""
    return _timed("import skcnn")


def with_skcnn_classifier() -> Numbers:
    """Import a classifier of skcnn, and with it TensorFlow."""
    return _timed("from skcnn import CNNClassifier")


def with_scikeras() -> Numbers:
    """Import scikeras."""
    return _timed("import scikeras")


def _timed(statement: str) -> Numbers:
    process = subprocess.run(
        [sys.executable, "-c", _TIMED.format(statement=statement)],
        stdout=subprocess.PIPE,
        check=True,
        encoding="utf-8",
    )
    seconds, loads_tensorflow = json.loads(process.stdout)
    return {"seconds": seconds, "loads_tensorflow": int(loads_tensorflow)}


ROW = Row(
    name="importing",
    work="import of the package",
    measure="seconds",
    unit="s",
    contestants={
        "skcnn": with_skcnn,
        "skcnn, first classifier": with_skcnn_classifier,
        "scikeras": with_scikeras,
    },
    targets=(TimesBetter("skcnn", ("scikeras",), factor=10),),
    conditions=(
        Condition(
            "skcnn",
            "import skcnn loads no TensorFlow",
            lambda numbers: numbers["loads_tensorflow"] == 0,
        ),
    ),
)
