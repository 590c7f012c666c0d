"""The command ``python -m benchmarks.digits``."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.digits.crops import Digits
from benchmarks.digits.measuring import measure
from benchmarks.digits.page import measured_part
from benchmarks.digits.training import EPOCHS, N_CUT, N_PIECES, Recipe, trained
from benchmarks.marked_page import put_into
from skcnn import export_onnx, fetch_mnist

_HOME = Path(__file__).parents[2] / "skcnn" / "pretrained"


def main(arguments: Sequence[str] | None = None, home: Path = _HOME) -> int:
    """Train the recognizer, measure it, and show what it does or write it.

    Parameters
    ----------
    arguments : sequence of str or None, default=None
        The command line; None takes that of the process.
    home : Path, default=skcnn/pretrained
        Where ``digits.onnx`` and its card are.

    Returns
    -------
    int
        Exit status.
    """
    options = _parse(arguments)
    mnist = fetch_mnist()
    recipe = Recipe(options.cut, options.pieces, options.epochs)
    with tempfile.TemporaryDirectory() as folder:
        path = home / "digits.onnx"
        if not options.measure:
            learned = Digits(mnist.X_train, mnist.y_train)
            classifier = trained(learned, recipe, options.seed, options.jobs)
            path = path if options.write else Path(folder) / path.name
            export_onnx(classifier, path, weights="int8")
        test = Digits(mnist.X_test, mnist.y_test)
        text = measured_part(measure(path, test, options.seed, options.jobs), recipe, options.seed)
    if options.write:
        put_into(home / "digits.md", "measured", text)
        print(f"Written to {home}.")
    else:
        print(text)
    return 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.digits",
        description="Train the digit recognizer that comes with skcnn on MNIST's training images, "
        "and measure it on the test images. Takes about 25 minutes on two cores.",
    )
    parser.add_argument("--cut", type=int, default=N_CUT, help="digits as they are cut from notes")
    parser.add_argument("--pieces", type=int, default=N_PIECES, help="pieces that are no digit")
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="passes over all of them")
    parser.add_argument("--seed", type=int, default=0, help="of the network and of what is made")
    parser.add_argument("--jobs", type=int, default=2, help="processes that make digits")
    parser.add_argument("--measure", action="store_true", help="measure the file that is there")
    parser.add_argument("--write", action="store_true", help="put it into skcnn/pretrained")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
