"""The arguments that commands share."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from skcnn.cli._data import DATASETS


class LinesOfHelp(argparse.HelpFormatter):
    """Keeps the line breaks of an option's help, and indents what does not fit into a line."""

    def _split_lines(self, text: str, width: int) -> list[str]:
        return [
            line
            for part in text.splitlines()
            for line in textwrap.wrap(part, width, subsequent_indent="  ")
        ]


def add_dataset(parser: argparse.ArgumentParser, purpose: str) -> None:
    """Add ``--dataset``; ``purpose`` says what happens to its images."""
    parser.add_argument(
        "--dataset", choices=DATASETS, default="digits", help=f"images to {purpose} (digits)"
    )


def add_output(parser: argparse.ArgumentParser) -> None:
    """Add ``--output``."""
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("skcnn-output"),
        metavar="DIR",
        help="folder to write to, made if need be (skcnn-output)",
    )


def add_seed(parser: argparse.ArgumentParser, purpose: str) -> None:
    """Add ``--seed``; ``purpose`` says what it decides."""
    parser.add_argument(
        "--seed", type=at_least(0), default=0, metavar="S", help=f"seed of {purpose} (0)"
    )


def whole_number(expected: str, fits: Callable[[int], bool]) -> Callable[[str], int]:
    """Return what reads a whole number that ``fits``, and says what it ``expected`` if not."""

    def parse(text: str) -> int:
        with suppress(ValueError):
            if fits(number := int(text)):
                return number
        raise argparse.ArgumentTypeError(f"expected {expected}; received {text!r}")

    return parse


def at_least(least: int) -> Callable[[str], int]:
    """Return what reads a whole number of ``least`` or more."""
    return whole_number(f"a whole number of {least} or more", lambda number: number >= least)
