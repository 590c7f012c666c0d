"""The arguments that commands share."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from skcnn.cli._data import DATASETS

COLORS = ("grey", "rgb")
FITS = ("resize", "crop", "pad")
LARGEST_OWN_SIZE = 128  # pixels of a side, up to which pictures keep the size that they share
DEFAULT_SIZE = 64


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


def add_images(parser: argparse.ArgumentParser, purpose: str) -> None:
    """Add ``--dataset`` or else ``--images``, and how the pictures of a folder are read."""
    either = parser.add_mutually_exclusive_group()
    either.add_argument(
        "--dataset",
        type=_dataset,
        default="digits",
        metavar="NAME",
        help=f"images to {purpose}: {', '.join(DATASETS)} (digits)",
    )
    either.add_argument(
        "--images",
        type=Path,
        metavar="FOLDER",
        help=f"pictures to {purpose}: a folder of folders, one a class; or one that holds `train` "
        "and `test`, each such a folder",
    )
    pictures = parser.add_argument_group("pictures of a folder")
    pictures.add_argument(
        "--image-size",
        type=_image_size,
        metavar="N|HxW",
        help="side, or height and width, in pixels (their own where all share one of at most "
        f"{LARGEST_OWN_SIZE}, else {DEFAULT_SIZE}x{DEFAULT_SIZE})",
    )
    pictures.add_argument("--color", choices=COLORS, help="read them in grey or colour (rgb)")
    pictures.add_argument(
        "--fit",
        choices=FITS,
        help="bring them to the size as a whole (resize), by cutting the longer side (crop), or "
        "by filling up the shorter side (pad) (resize)",
    )
    pictures.add_argument(
        "--skip-unreadable",
        action="store_true",
        help="leave out pictures that cannot be read, and name them in a warning",
    )


def check_images(options: argparse.Namespace) -> None:
    """Refuse options about pictures where there are none."""
    about_pictures = {
        "--image-size": options.image_size,
        "--color": options.color,
        "--fit": options.fit,
        "--skip-unreadable": options.skip_unreadable,
    }
    given = [option for option, value in about_pictures.items() if value]
    if given and options.images is None:
        options.refuse(f"argument {given[0]}: only with --images FOLDER")


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


def _dataset(text: str) -> str:
    if text in DATASETS:
        return text
    if Path(text).is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is a folder; pass it as --images {text}")
    raise argparse.ArgumentTypeError(
        f"invalid choice: {text!r} (choose from {', '.join(map(repr, DATASETS))}; of your own "
        "pictures, --images FOLDER)"
    )


def _image_size(text: str) -> tuple[int, int]:
    height, _, width = text.lower().partition("x")
    sides = (height, width or height)
    if not all(side.isdecimal() and int(side) > 0 for side in sides) or text[-1:] in "xX":
        raise argparse.ArgumentTypeError(
            f"expected a side in pixels, such as 64, or height x width, such as 48x64; received "
            f"{text!r}"
        )
    return int(sides[0]), int(sides[1])
