"""The command ``skcnn show``: what a program sees where a person sees a digit."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from rich.console import Console

import skcnn
from skcnn.cli._arguments import add_dataset, add_output, at_least
from skcnn.cli._data import Images, load
from skcnn.cli._output import make_writable, report_written, write_picture, written_together

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COLORS = ("red", "green", "blue")


def add_parser(commands: Any) -> None:
    """Add the command and its options."""
    show = commands.add_parser(
        "show",
        help="print an image as a matrix of numbers, and draw it",
        description=(
            "Count the images of a data set, print the label, the one-hot row and the pixels of "
            "one training image, and write its picture as DATASET-N.png."
        ),
        epilog=(
            "The digits come with scikit-learn. The other data sets are read from "
            "SKCNN_DATA_HOME, or downloaded once. A row of MNIST is 111 characters wide."
        ),
    )
    add_dataset(show, "look at")
    show.add_argument(
        "--index",
        type=at_least(0),
        default=0,
        metavar="N",
        help="training image to show, counted from 0 (0)",
    )
    add_output(show)
    show.set_defaults(run=run)


def run(options: argparse.Namespace, console: Console) -> int:
    """Print and draw one image.

    Raises
    ------
    OSError
        If the data is not to be had, or the folder not writable.
    ValueError
        If there is no image of that number.
    """
    make_writable(options.output)
    images = load(options.dataset)
    if options.index >= len(images.X):
        raise ValueError(
            f"--index {options.index}: {options.dataset} has {len(images.X):,} training images, "
            f"numbered from 0 to {len(images.X) - 1}."
        )
    _print(console, *_facts(images, options.index), "", *_matrices(images.X[options.index]), "")
    name = f"{options.dataset}-{options.index}.png"
    with written_together(options.output) as place:
        write_picture(lambda: _draw(images, options.index), place / name)
    report_written(console, [name], options.output)
    return 0


def _print(console: Console, *lines: str) -> None:
    for line in lines:
        console.print(line, markup=False, soft_wrap=True)


def _facts(images: Images, index: int) -> list[str]:
    label = images.y[index]
    (one_hot,) = skcnn.LabelOneHotEncoder().fit(images.y).transform([label]).astype(int)
    n_test = 0 if images.X_test is None else len(images.X_test)
    return [
        f"training images: {len(images.X):6,}",
        f"test images:     {n_test:6,}",
        f"image:           {index}",
        f"label:           {_label(images, index)}",
        f"one-hot row:     {' '.join(map(str, one_hot))}",
    ]


def _label(images: Images, index: int) -> str:
    label = images.y[index]
    name = images.names[label]
    return name if name == str(label) else f"{label} ({name})"


def _matrices(image: Any) -> list[str]:
    """Return the lines of a grey image's matrix, or of one for each of the three colours."""
    if image.ndim == 2:
        return _matrix(image)
    lines = []
    for channel, color in enumerate(_COLORS):
        lines += [f"{color}:", *_matrix(image[..., channel]), ""]
    return lines[:-1]


def _matrix(plane: Any) -> list[str]:
    return [" ".join(f"{pixel:3d}" for pixel in row) for row in plane]


def _draw(images: Images, index: int) -> Figure:
    from matplotlib import pyplot as plt

    from skcnn.display import ImageGridDisplay

    label = f"image {index}: {_label(images, index)}"
    _, ax = plt.subplots(figsize=(4, 4.2), layout="constrained")
    return ImageGridDisplay(images.X[[index]], [label]).plot([ax]).figure_
