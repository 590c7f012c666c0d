"""20 fits: a grid search over a small CNN, from paths of pictures and from arrays in memory.

4 candidates x 5 folds of 2,000 JPEGs of 32 x 32 pixels, 2 epochs in batches of 64, no refit.
Inside the clock is ``GridSearchCV.fit`` in a process that has trained the networks before: from
paths it is a Pipeline whose loader has decoded none of the pictures yet, from arrays they are
decoded before the clock starts.  All fits have the same seed, so the scores must be equal.
"""

from __future__ import annotations

import hashlib
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.made_pictures import write_pictures
from benchmarks.row import Condition, Numbers, Row, ShareOf

_SIDE = 32
_N_PICTURES = 2_000
_GRID = {"cnn__filters": [(8,), (8, 16)], "cnn__dropout": [0.1, 0.3]}


def from_paths() -> Numbers:
    """Search a Pipeline that begins with an ImageLoader."""
    return _search(from_arrays=False)


def from_arrays() -> Numbers:
    """Search the same classifier on the images."""
    return _search(from_arrays=True)


def _search(*, from_arrays: bool) -> Numbers:
    from skcnn import CNNClassifier, ImageLoader

    cnn = CNNClassifier(
        dense_units=32,
        rescale=1 / 255,
        batch_size=64,
        epochs=2,
        validation_split=0.0,
        early_stopping=False,
        random_state=0,
    )
    with tempfile.TemporaryDirectory() as place:
        paths = write_pictures(Path(place, "pictures"), _SIDE, _N_PICTURES)
        y = np.array([Path(path).parent.name for path in paths])
        few = slice(0, 400)
        warm_up = ImageLoader(_SIDE, cache_dir=Path(place, "warm-up"))
        _timed_fit([("cnn", cnn)], warm_up.fit_transform(paths[few]), y[few])
        loader = ImageLoader(_SIDE, cache_dir=Path(place, "cache"))
        if from_arrays:
            return _timed_fit([("cnn", cnn)], warm_up.fit_transform(paths), y)
        return _timed_fit([("load", loader), ("cnn", cnn)], np.array(paths), y)


def _timed_fit(steps: list[tuple[str, Any]], X: Any, y: Any) -> Numbers:
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import Pipeline

    search = GridSearchCV(Pipeline(steps), _GRID, cv=5, refit=False, error_score="raise")
    start = time.perf_counter()
    search.fit(X, y)
    seconds = time.perf_counter() - start
    scores = np.array([search.cv_results_[f"split{i}_test_score"] for i in range(5)])
    digits = scores.astype(np.float64).tobytes()
    return {
        "seconds": seconds,
        "fits": scores.size,
        "score": float(scores.mean()),
        "bits_of_scores": float(int.from_bytes(hashlib.sha256(digits).digest()[:6])),
    }


ROW = Row(
    name="paths_grid",
    work="20 fits of a grid search, from paths",
    measure="seconds",
    unit="s",
    contestants={"from paths": from_paths, "from arrays": from_arrays},
    targets=(ShareOf("from paths", ("from arrays",), share=1.1),),
    same=("fits", "score", "bits_of_scores"),
    conditions=(
        Condition(
            "from paths",
            "the networks have learned something",
            lambda numbers: numbers["score"] > 0.2,
        ),
    ),
)
