"""The table of who learns what from few images."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.machine import describe_cpu
from benchmarks.reporting import amount, markdown_table
from benchmarks.transfer.measuring import Borrowed, Result
from benchmarks.transfer.pictures import Halves


def table(results: Sequence[Result], borrowed: Borrowed, halves: Halves, per_class: int) -> str:
    """Return the results in Markdown, the best last, with a word on how they came about."""
    ranked = sorted(results, key=lambda result: result.accuracy)
    rows = [("who learns", "test accuracy", "range", "fit, s", "settings"), *map(_cells, ranked)]
    known, new = halves.known.classes, halves.new.classes
    n_few, n_draws = per_class * len(new), len(ranked[0].accuracies)
    lent = (
        f"`cnn`, the network that is borrowed, has learned {', '.join(known)} from "
        f"{borrowed.n_images:,} images in {borrowed.estimator.n_iter_} epochs "
        f"({borrowed.seconds:.0f} s), and tells {borrowed.accuracy:.1%} of their test images "
        "right. It is trained once."
    )
    learned = (
        f"All learn {', '.join(new)} from {n_few} images, {per_class} a class, in {n_draws} draws "
        f"of them, and are tested on {len(halves.new_test):,}: the mean of the draws, the lowest "
        f"and the highest, and the median time of a fit. {describe_cpu()}."
    )
    return f"{markdown_table(rows)}\n\n{lent} {learned}"


def _cells(result: Result) -> tuple[str, ...]:
    low, high = min(result.accuracies), max(result.accuracies)
    return (
        result.rival.title,
        f"{result.accuracy:.1%}",
        f"{low:.1%} to {high:.1%}",
        amount(result.fit_seconds),
        result.rival.settings,
    )
