"""The page of a search: the candidates, best first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

from benchmarks.machine import describe_cpu, package_versions
from benchmarks.preset_search.candidates import in_code
from benchmarks.reporting import markdown_table

_PACKAGES = ("tensorflow", "keras", "scikit-learn", "numpy")


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
            f"The search starts from {in_code(start)}.",
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
