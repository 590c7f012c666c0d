"""The page of a search: the candidates, best first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from benchmarks.machine import describe_cpu, package_versions
from benchmarks.preset_search.candidates import Search, in_code
from benchmarks.preset_search.search import Score
from benchmarks.reporting import markdown_table

_PACKAGES = ("tensorflow", "keras", "scikit-learn", "numpy")
_LEAST = 1e-4  # of an error, of which there may be none


def page(plan: Search, scores: Sequence[Sequence[Score]], held_out: int) -> str:
    """Return the scores, those of each data set in the same order, as a page of Markdown."""
    versions = ", ".join(
        f"{name} {version}" for name, version in package_versions(_PACKAGES).items()
    )
    errors = np.array([[score.error for score in of_set] for of_set in scores])
    logarithms = np.log(np.maximum(errors, _LEAST))
    beside_start = np.exp((logarithms - logarithms[:, :1]).mean(axis=0))
    header = [f"{of_set[0].title}, s" for of_set in scores]
    rows = [
        [of_candidate[0].differs_in, *map(_cell, of_candidate), f"{ratio:.3f}"]
        for ratio, of_candidate in sorted(
            zip(beside_start, zip(*scores, strict=True), strict=True), key=lambda row: row[0]
        )
    ]
    trained = ", ".join(f"{of_set[0].n_trained:,} of {of_set[0].title}" for of_set in scores)
    spread = ", ".join(
        f"{(error * (1 - error) / held_out) ** 0.5:.2%} at {error:.2%}" for error in errors[:, 0]
    )
    seeds = ", ".join(map(str, plan.seeds))
    several = ["Errors are means of the seeds, with the lowest and the highest in brackets."]
    return "\n".join(
        [
            f"# Candidates for the preset `{plan.preset}`" if plan.preset else "# Ablation",
            "",
            f"{date.today():%Y-%m-%d}, {describe_cpu()}; {versions}.",
            "",
            f"The search starts from {in_code(plan.start)}.",
            "",
            f"Each was fitted with random_state={seeds} on training images ({trained}), and",
            f"scored on {held_out:,} other training images of each set; the test images had no",
            "part in it.",
            *(several if len(plan.seeds) > 1 else []),
            f"Standard deviations of one such error: {spread}. What lies closer together does not",
            "differ. The last column has the geometric mean, over the sets, of the errors beside",
            "those of the start. Seconds are wall time: other work on the machine lengthens them.",
            "",
            markdown_table([["differs from the start in", *header, "beside the start"], *rows]),
            "",
        ]
    )


def _cell(score: Score) -> str:
    spread = f" ({min(score.errors):.2%} to {max(score.errors):.2%})" if score.errors[1:] else ""
    return f"{score.error:.2%}{spread}, {score.seconds:.0f}"
