"""The command ``skcnn predict``: what a trained network sees in pictures."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from skcnn.cli._interruption import interruptible
from skcnn.cli._messages import print_error
from skcnn.cli._model_folder import Description, forward_pass, read_description

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_N_ALTERNATIVES = 2
_BLOCK_BYTES = 64 * 2**20  # of pictures in memory at a time


def add_parser(commands: Any) -> None:
    """Add the command and its options."""
    predict = commands.add_parser(
        "predict",
        help="say what a trained network sees in pictures",
        description=(
            "Print the label that a network of `skcnn train` gives each picture, how probable it "
            "holds it, and the next two. Pictures may have any size and any format that Pillow "
            "reads; they are brought to the network's size as its training images were."
        ),
        epilog=(
            "A file that cannot be read is named on stderr and left out, and the exit status is "
            "then 1. Networks of the digits and of MNIST have seen light ink on dark paper, and "
            "expect it."
        ),
    )
    predict.add_argument(
        "--model",
        type=Path,
        default=Path("skcnn-output"),
        metavar="DIR",
        help="folder that `skcnn train` has written (skcnn-output)",
    )
    predict.add_argument(
        "files",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="picture, or folder of pictures",
    )
    predict.add_argument(
        "--json",
        action="store_true",
        help="print a JSON list with file, label, probability and alternatives of each picture",
    )
    predict.set_defaults(run=run)


def run(options: argparse.Namespace, console: Console) -> int:
    """Predict and print; return 1 where a file could not be read.

    Raises
    ------
    OSError
        If the model's folder or a file of it is not there.
    ValueError
        If the model's files are damaged or do not belong together.
    """
    description = read_description(options.model)
    with Console(stderr=True).status("Starting TensorFlow"):
        forward = interruptible(lambda: forward_pass(options.model, description))
    failures: list[str] = []
    answers = interruptible(
        lambda: list(_answers(options.files, description, forward, failures.append))
    )
    for failure in failures:
        print_error(failure)
    if options.json:
        console.out(json.dumps([answer.as_entry() for answer in answers], indent=2))
    elif answers:
        _print_table(_as_rich(answers), console)
    return int(len(failures) > 0)


@dataclass(frozen=True)
class Answer:
    """What a network says about one picture.

    Attributes
    ----------
    file : Path
    ranking : sequence of (str, float)
        Labels with their probabilities, the most probable first.
    """

    file: Path
    ranking: Sequence[tuple[str, float]]

    def as_entry(self) -> dict[str, Any]:
        """Return the answer as an object of the JSON list."""
        first, *others = (
            {"label": label, "probability": probability} for label, probability in self.ranking
        )
        return {"file": str(self.file), **first, "alternatives": others}


def _answers(
    files: Sequence[Path],
    description: Description,
    probabilities: Callable[[Any], NDArray[np.float32]],
    fail: Callable[[str], None],
) -> Iterator[Answer]:
    """Yield what the network says about each file, and tell ``fail`` of each that is none."""
    for block in _blocks(list(_pictures_in(files, fail)), description.n_numbers):
        read = [
            (file, picture)
            for file, picture in zip(block, _read(block, description, fail), strict=True)
            if picture is not None
        ]
        if read:
            rows = probabilities([picture for _, picture in read])
            for (file, _), row in zip(read, rows, strict=True):
                yield Answer(file, _ranking(row, description.labels))


def _ranking(row: NDArray[np.float32], labels: Sequence[str]) -> list[tuple[str, float]]:
    best = (-row).argsort(kind="stable")[: 1 + _N_ALTERNATIVES]
    return [(labels[n], float(row[n])) for n in best]


def _blocks(files: list[Path], picture_bytes: int) -> Iterator[list[Path]]:
    step = max(1, _BLOCK_BYTES // picture_bytes)
    for start in range(0, len(files), step):
        yield files[start : start + step]


def _pictures_in(files: Sequence[Path], fail: Callable[[str], None]) -> Iterator[Path]:
    """Yield files, and the pictures in folders."""
    from skcnn.datasets._folders import pictures_below

    for file in files:
        if not file.is_dir():
            yield file
            continue
        pictures = pictures_below(file)
        if not pictures:
            fail(f"{file} holds no pictures; expected files that Pillow reads, such as JPEG.")
        yield from pictures


def _read(
    files: Sequence[Path], description: Description, fail: Callable[[str], None]
) -> Iterator[NDArray[np.uint8] | None]:
    """Yield each file's picture, None for one that cannot be read."""
    from skcnn._pictures import read_picture
    from skcnn._threads import in_threads

    def read(file: Path) -> NDArray[np.uint8] | str:
        try:
            return read_picture(
                file,
                color=description.color,
                image_size=description.image_size,
                fit=description.fit,
            )
        except (OSError, ValueError) as error:
            return str(error)

    for picture in in_threads(read, files, -1):
        if isinstance(picture, str):
            fail(picture)
            yield None
        else:
            yield picture


def _print_table(table: Table, console: Console) -> None:
    """Print a table, with each picture in one line where another program reads it."""
    if not console.is_terminal:
        options = console.options.update(max_width=10_000)
        width = max(console.width, console.measure(table, options=options).maximum)
        console = Console(file=console.file, width=width, highlight=False, emoji=False)
    console.print(table)


def _as_rich(answers: Sequence[Answer]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, collapse_padding=True)
    table.add_column("file", overflow="fold")
    table.add_column("label", overflow="fold")
    table.add_column("probability", justify="right")
    table.add_column("next", overflow="fold")
    for answer in answers:
        (label, probability), *others = answer.ranking
        following = ", ".join(f"{label} {probability:.4f}" for label, probability in others)
        table.add_row(Text(str(answer.file)), Text(label), f"{probability:.4f}", Text(following))
    return table
