"""One fit a candidate, on the same part of the images, and its error on the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from sklearn.model_selection import GridSearchCV, StratifiedShuffleSplit
from sklearn.pipeline import Pipeline

from benchmarks.preset_search.candidates import in_code
from skcnn import CNNClassifier, ImageReshaper, PixelScaler


def search(
    start: Mapping[str, Any],
    candidates: Sequence[Mapping[str, Any]],
    X: Any,
    y: Any,
    held_out: int,
) -> pd.DataFrame:
    """Fit each candidate on a part of X and score it on the other.

    Parameters
    ----------
    start : mapping
        Parameters of ``CNNClassifier`` that all candidates have.
    candidates : sequence of mapping
        Parameters that each has instead.
    X : ndarray of shape (n, height, width), uint8
        Images.
    y : ndarray of shape (n,)
        Labels.
    held_out : int
        Images to score on, the same for each candidate.

    Returns
    -------
    pandas.DataFrame
        One row a candidate, in their order: ``differs in`` and ``held-out error``.
    """
    pipeline = Pipeline(
        [
            ("reshape", ImageReshaper((*X.shape[1:], 1))),
            ("scale", PixelScaler()),
            ("cnn", CNNClassifier(**start, random_state=0)),
        ]
    )
    one_split = StratifiedShuffleSplit(n_splits=1, test_size=held_out, random_state=0)
    grid = [{f"cnn__{name}": [value] for name, value in other.items()} for other in candidates]
    searched = GridSearchCV(
        pipeline, grid, scoring="accuracy", cv=one_split, refit=False, verbose=3
    ).fit(X, y)
    return pd.DataFrame(
        {
            "differs in": [in_code(other) if other else "nothing" for other in candidates],
            "held-out error": 1 - searched.cv_results_["mean_test_score"],
        }
    )
