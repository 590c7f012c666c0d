"""The command ``python -m benchmarks.transfer``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.marked_page import put_into
from benchmarks.transfer.measuring import learn_to_lend, measure
from benchmarks.transfer.page import table
from benchmarks.transfer.pictures import load_halves
from benchmarks.transfer.rivals import RIVALS, lender

_PAGE = Path(__file__).parents[2] / "docs" / "pictures.md"


def main(arguments: Sequence[str] | None = None, page: Path = _PAGE) -> int:
    """Train the network, let all rivals learn, and show the table or write it.

    Parameters
    ----------
    arguments : sequence of str or None, default=None
        The command line; None takes that of the process.
    page : Path, default=docs/pictures.md
        Where the table goes with ``--write``.

    Returns
    -------
    int
        Exit status.
    """
    options = _parse(arguments)
    halves = load_halves(options.sample)
    borrowed = learn_to_lend(lender(options.epochs), halves.known, halves.known_test)
    _announce(f"The network knows {borrowed.accuracy:.1%} after {borrowed.seconds:.0f} s.")
    results = measure(RIVALS, borrowed, halves, options.per_class, options.seeds, _announce)
    text = table(results, borrowed, halves, options.per_class)
    if options.write:
        put_into(page, "transfer", text)
        print(f"Written to {page}.")
    else:
        print(text)
    return 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.transfer",
        description="Train a network on five of CIFAR-10's classes, and let it help to learn the "
        "other five from few images. Takes about eight minutes on two cores, and "
        "cifar10-jpeg.zip in the folder SKCNN_DATA_HOME.",
    )
    parser.add_argument("--epochs", type=int, default=6, help="of the borrowed network")
    parser.add_argument("--per-class", type=int, default=20, help="images to learn from")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2], help="of the draws")
    parser.add_argument("--sample", type=int, help="read so many images only, for a try")
    parser.add_argument("--write", action="store_true", help="put the table into docs/pictures.md")
    return parser.parse_args(arguments)


def _announce(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
