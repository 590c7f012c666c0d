"""The measured part of the recognizer's model card."""

from __future__ import annotations

from benchmarks.digits.measuring import SURE, Measured
from benchmarks.digits.training import Recipe
from benchmarks.machine import describe_cpu
from benchmarks.reporting import markdown_table


def measured_part(measured: Measured, recipe: Recipe, seed: int) -> str:
    """Return what was measured, in Markdown."""
    interval = measured.interval
    rows = [
        ("on images that it has not learned", ""),
        (
            "MNIST's test images as they are",
            f"{measured.n_right / measured.n_tested:.2%} of {measured.n_tested:,} right "
            f"(95 %: {interval.low:.2%} to {interval.high:.2%})",
        ),
        ("the same written anew and cut out of paper", f"{measured.cut:.2%} right"),
        ("expected calibration error", f"{measured.calibration_error:.4f}"),
        (
            f"pieces that are no digit, with a probability of {SURE} or more",
            f"{measured.sure_of_pieces:.1%}",
        ),
        ("size of the file", f"{measured.n_bytes / 1000:,.0f} kB"),
        ("one image, on one core", f"{measured.milliseconds:.2f} ms"),
    ]
    by_digit = [
        ("digit", *map(str, range(10))),
        ("right, %", *(f"{100 * share:.1f}" for share in measured.by_digit)),
    ]
    made = (
        f"Learned from MNIST's 60,000 training images, {recipe.n_cut:,} digits that were made of "
        f"them, and {recipe.n_pieces:,} pieces that are no digit, in {recipe.epochs} epochs, with "
        f"seed {seed}. {describe_cpu()}."
    )
    return "\n\n".join([markdown_table(rows), markdown_table(by_digit), made])
