"""The command ``skcnn read``: the text of handwritten notes."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from skcnn.cli._interruption import interruptible
from skcnn.cli._messages import print_error, print_warning
from skcnn.cli._model_folder import Description, forward_pass, read_description
from skcnn.cli._output import report_written, write_picture, written_together

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from skcnn.reading import Note

_DRAWN = (".png", ".jpg", ".pdf", ".svg")


def add_parser(commands: Any) -> None:
    """Add the command and its options."""
    read = commands.add_parser(
        "read",
        help="print what stands in a picture of handwritten digits",
        description=(
            "Print the digits of handwritten notes, line by line: dark on light or light on dark, "
            "on plain, ruled or squared paper. Pictures may have any size and any format that "
            "Pillow reads. Of several, each line begins with the name of its file."
        ),
        epilog=(
            "A file that cannot be read is named on stderr and left out, and the exit status is "
            "then 1. A picture without digits has an empty text."
        ),
    )
    read.add_argument("files", type=Path, nargs="+", metavar="FILE", help="picture of a note")
    read.add_argument(
        "--show",
        type=_drawing,
        metavar="OUT",
        help=f"draw the note with a box around each digit ({', '.join(_DRAWN)})",
    )
    read.add_argument(
        "--model",
        type=Path,
        metavar="MODEL",
        help="read by a network of MNIST's digits of your own: a folder of `skcnn train`, or an "
        "ONNX file of export_onnx (the network that comes with skcnn)",
    )
    read.add_argument(
        "--min-probability",
        type=_probability,
        default=0.5,
        metavar="P",
        help="print a digit that is less probable as ? (0.5)",
    )
    read.set_defaults(run=run, refuse=read.error)


def run(options: argparse.Namespace, console: Console) -> int:
    """Read and print; return 1 where a file could not be read.

    Raises
    ------
    ImportError
        If a package is missing that it takes to read.
    OSError
        If the drawing cannot be written, or the model is not there.
    ValueError
        If the model is damaged, or reads other pictures than MNIST's.
    """
    if options.show is not None:
        _check_drawing(options)
    from skcnn.reading import NoteReader

    classifier = None if options.model is None else _classifier(options.model)
    reader = NoteReader(classifier, min_probability=options.min_probability)
    status = 0
    for file in options.files:
        try:
            note = interruptible(partial(reader.read, file))
        except (OSError, ValueError) as error:
            print_error(str(error))
            status = 1
            continue
        _print(note, file if len(options.files) > 1 else None, console)
        if not note.lines:
            print_warning(f"no digits found in {file}")
        if options.show is not None:
            _draw(note, file, options.show)
    return status


def _classifier(model: Path) -> Any:
    """Return what a model says of rows of pixels.

    Raises
    ------
    OSError
        If it is not there.
    ValueError
        If it is damaged, or takes other pictures than MNIST's.
    """
    from skcnn._digit_form import SIDE

    if model.suffix == ".onnx":
        from skcnn._onnx._estimators import ONNXClassifier

        classifier: Any = ONNXClassifier(model)
    else:
        description = read_description(model)
        with Console(stderr=True).status("Starting TensorFlow"):
            forward = interruptible(lambda: forward_pass(model, description))
        classifier = _OfFolder(description, forward)
    if classifier.n_features_in_ != SIDE * SIDE:
        raise ValueError(
            f"--model {model} takes {classifier.n_features_in_} numbers a picture; expected the "
            f"{SIDE * SIDE} pixels of MNIST's digits. Train one: skcnn train --dataset mnist "
            "--output DIR."
        )
    return classifier


class _OfFolder:
    """The network of a folder as a classifier of rows.

    Parameters
    ----------
    description : Description
        What it takes and gives.
    predict_proba : callable
        From rows of pixels, as bytes, to probabilities.
    """

    def __init__(self, description: Description, predict_proba: Callable[[Any], Any]) -> None:
        self.classes_ = description.labels
        self.n_features_in_ = description.n_numbers
        self.predict_proba = predict_proba


def _print(note: Note, file: Path | None, console: Console) -> None:
    for line in note.text.split("\n"):
        text = line if file is None else f"{file}: {line}".rstrip()
        console.print(text, markup=False, soft_wrap=True)


def _draw(note: Note, file: Path, drawing: Path) -> None:
    def figure() -> Figure:
        from skcnn.display import NoteDisplay

        return NoteDisplay.from_note(note, file).figure_

    with written_together(drawing.parent) as place:
        write_picture(figure, place / drawing.name)
    errors = Console(stderr=True, highlight=False, emoji=False)  # stdout holds the text alone
    report_written(errors, [drawing.name], drawing.parent)


def _check_drawing(options: argparse.Namespace) -> None:
    """Refuse a drawing that cannot be made, before anything is read.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    drawing = options.show
    if len(options.files) > 1:
        options.refuse("argument --show: draws one note; expected a single FILE")
    if drawing.is_dir():
        raise IsADirectoryError(
            f"--show {drawing} is a folder; expected the file to write, such as "
            f"{drawing / 'note.png'}."
        )
    if drawing.resolve() == options.files[0].resolve():
        options.refuse(f"argument --show: {drawing} is the note itself; choose another name")
    try:
        with written_together(drawing.parent):
            pass
    except OSError as error:
        raise OSError(
            f"cannot write to {drawing.parent} ({error.strerror}). Choose another place with "
            "--show."
        ) from None


def _drawing(text: str) -> Path:
    if Path(text).suffix.lower() in _DRAWN or Path(text).is_dir():
        return Path(text)
    raise argparse.ArgumentTypeError(
        f"expected a file that ends in {', '.join(_DRAWN)}; received {text!r}"
    )


def _probability(text: str) -> float:
    with suppress(ValueError):
        if 0 <= (number := float(text)) <= 1:
            return number
    raise argparse.ArgumentTypeError(f"expected a number from 0 to 1; received {text!r}")
