"""How the settings of the presets were chosen: on a held-out part of MNIST's training images.

``python -m benchmarks.preset_search fast`` (or ``accurate``) fits each candidate on a part of the
60,000 training images, and scores it on the others.  The test images are not read.  Each candidate
differs in some settings from the start of the search, and takes about as long.  The scores go to a
table beside this file; what was chosen stands in ``skcnn/presets.py``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
from sklearn.model_selection import GridSearchCV, StratifiedShuffleSplit
from sklearn.pipeline import Pipeline

from benchmarks.machine import describe_cpu, package_versions
from benchmarks.reporting import markdown_table
from skcnn import CNNClassifier, ImageReshaper, PixelScaler, RandomAffine, fetch_mnist

# Accurate networks differ by little: it takes more images to see that.
_HELD_OUT = {"fast": 10_000, "accurate": 30_000}
_PACKAGES = ("tensorflow", "keras", "scikit-learn", "numpy")
_MILD = RandomAffine(shift=0.07, rotation=7.0, zoom=0.07, shear=0.05)

_START: Mapping[str, Any] = {
    "pooling": "each",
    "dense_dropout": 0.3,
    "batch_normalization": True,
    "learning_rate": "one_cycle",
    "augmentation": RandomAffine(),
    "validation_split": 0.0,
    "early_stopping": False,
}
STARTS: Mapping[str, Mapping[str, Any]] = {
    "fast": {
        "filters": (16, (32, 32)),
        "dropout": 0.0,
        "peak_learning_rate": 0.008,
        "epochs": 10,
        **_START,
    },
    "accurate": {
        "filters": (24, (48, 96)),
        "dropout": 0.1,
        "peak_learning_rate": 0.004,
        "epochs": 30,
        **_START,
    },
}
CANDIDATES: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "fast": [
        {},
        {"peak_learning_rate": 0.004},
        {"label_smoothing": 0.05},
        {"dropout": 0.1},
        {"augmentation": _MILD},
        {"batch_size": 100},
        {"filters": (16, (32, 64)), "epochs": 7},
        {"filters": (16, 48), "epochs": 11},
    ],
    "accurate": [
        {},
        {
            "filters": (32, (64, 128)),
            "epochs": 20,
            "dropout": 0.2,
            "dense_dropout": 0.4,
            "label_smoothing": 0.05,
        },
        {
            "batch_size": 100,
            "epochs": 26,
            "dropout": 0.2,
            "dense_dropout": 0.4,
            "label_smoothing": 0.05,
        },
    ],
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Search around the preset that the command line names, and write what came of it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.preset_search")
    parser.add_argument("preset", choices=CANDIDATES)
    options = parser.parse_args(arguments)
    mnist = fetch_mnist()
    start, candidates = STARTS[options.preset], CANDIDATES[options.preset]
    held_out = _HELD_OUT[options.preset]
    scores = search(start, candidates, mnist.X_train, mnist.y_train, held_out)
    text = page(options.preset, start, scores, len(mnist.X_train) - held_out, held_out)
    print(text)
    path = Path(__file__).with_name(f"preset_search_{options.preset}.md")
    path.write_text(text, encoding="utf-8")
    return 0


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
            "differs in": [_code(other) if other else "nothing" for other in candidates],
            "held-out error": 1 - searched.cv_results_["mean_test_score"],
        }
    )


def page(
    preset: str, start: Mapping[str, Any], scores: pd.DataFrame, n_train: int, n_held_out: int
) -> str:
    """Return the scores as a page of Markdown."""
    versions = ", ".join(
        f"{name} {version}" for name, version in package_versions(_PACKAGES).items()
    )
    rows = [
        [row["differs in"], f"{row['held-out error']:.2%}"]
        for _, row in scores.sort_values("held-out error", kind="stable").iterrows()
    ]
    spread = (0.005 * 0.995 / n_held_out) ** 0.5
    return "\n".join(
        [
            f"# Candidates for the preset `{preset}`",
            "",
            f"{date.today():%Y-%m-%d}, {describe_cpu()}; {versions}.",
            "",
            f"The search starts from {_code(start)}.",
            "",
            f"Each was fitted with random_state=0 on {n_train:,} training images of MNIST, and",
            f"scored on the other {n_held_out:,}; the test images had no part in it. An error of",
            f"0.5 % has a standard deviation of {spread:.2%} here: what lies closer together does",
            "not differ.",
            "",
            markdown_table([["differs from the start in", "held-out error"], *rows]),
            "",
        ]
    )


def _code(settings: Mapping[str, Any]) -> str:
    return ", ".join(f"`{name}={value!r}`" for name, value in settings.items())


if __name__ == "__main__":
    sys.exit(main())
