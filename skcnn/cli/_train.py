"""The command ``skcnn train``: one network, from images to a model file and its pictures."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
)
from rich.table import Column, Table
from rich.text import Text

import skcnn
from skcnn._presets import PRESETS
from skcnn.cli._arguments import LinesOfHelp, add_dataset, add_output, add_seed, at_least
from skcnn.cli._data import Images, load
from skcnn.cli._interruption import interruptible
from skcnn.cli._output import make_writable, report_written, write_picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from sklearn.pipeline import Pipeline

_TEST_SHARE = 0.2  # of a data set that comes without a test set


def add_parser(commands: Any) -> None:
    """Add the command and its options."""
    train = commands.add_parser(
        "train",
        help="train a network and write it, its history and its pictures",
        description=(
            "Train an MLP or a CNN; print the test accuracy and the confusion matrix, and write "
            "the network (model.keras), the scores by epoch (history.csv) and pictures."
        ),
        epilog=(
            "The MLP and the textbook's CNN hold out a quarter of the training images, and stop "
            "when ten epochs have brought no progress on it; the other presets train on all "
            "images and run all epochs. The digits come with scikit-learn, and a fifth of them is "
            "the test set. MNIST and Fashion-MNIST are read from SKCNN_DATA_HOME, or downloaded "
            "once."
        ),
        formatter_class=LinesOfHelp,
    )
    add_dataset(train, "train on")
    train.add_argument("--model", choices=("mlp", "cnn"), default="cnn", help="network (cnn)")
    train.add_argument(
        "--preset",
        choices=PRESETS,
        metavar="NAME",
        help="\n".join(
            ["settings of the CNN (textbook):"]
            + [f"{name}: {preset.summary}" for name, preset in PRESETS.items()]
        ),
    )
    train.add_argument(
        "--epochs",
        type=at_least(1),
        metavar="N",
        help="passes over the images, at most (30, or the preset's)",
    )
    add_seed(train, "the network")
    add_output(train)
    train.set_defaults(run=run, refuse=train.error)


def run(options: argparse.Namespace, console: Console) -> int:
    """Train, print how well it went, and write everything.

    Raises
    ------
    OSError
        If the data is not to be had, or the folder not writable.
    """
    if options.preset is not None and options.model != "cnn":
        options.refuse("argument --preset: presets are for --model cnn")
    make_writable(options.output)
    with console.status("Starting TensorFlow"):
        interruptible(lambda: import_module("skcnn.estimators"))
    images = _with_test_set(load(options.dataset))
    pipeline = _pipeline(images, options)

    started = time.perf_counter()
    with _shown_progress(pipeline, len(images.X), console):
        interruptible(lambda: pipeline.fit(images.X, images.y))
    seconds = time.perf_counter() - started
    predicted = interruptible(lambda: pipeline.predict(images.X_test))

    n_epochs = pipeline[-1].n_iter_
    accuracy = (predicted == images.y_test).mean()
    console.print(f"{options.dataset}: {len(images.X):,} training images")
    console.print(f"epochs:        {n_epochs} in {seconds:.1f} s")
    console.print(f"test accuracy: {accuracy:.4f} on {len(images.y_test):,} images")
    console.print("confusion matrix (rows: true, columns: predicted):")
    console.print(_confusion_table(images, predicted))
    report_written(console, _write(pipeline, images, options.output), options.output)
    return 0


def _with_test_set(images: Images) -> Images:
    """Return the data set with a test set, taken from its images where it has none."""
    if images.X_test is not None:
        return images
    from sklearn.model_selection import train_test_split

    X, X_test, y, y_test = train_test_split(
        images.X, images.y, test_size=_TEST_SHARE, stratify=images.y, random_state=0
    )
    return replace(images, X=X, y=y, X_test=X_test, y_test=y_test)


def _pipeline(images: Images, options: argparse.Namespace) -> Pipeline:
    classifiers = skcnn.default_classifiers(images.shape, random_state=options.seed)
    pipeline = classifiers[options.model.upper()]
    if options.preset is not None:
        cnn = skcnn.CNNClassifier.from_preset(options.preset, random_state=options.seed)
        pipeline.set_params(classifier=cnn)
    if options.epochs is not None:
        pipeline.set_params(classifier__epochs=options.epochs)
    return pipeline


class _TimeLeft(ProgressColumn):
    """Counts down to ``task.fields["end"]``, in seconds since the start; None where unknown."""

    def render(self, task: Task) -> Text:
        if task.fields["end"] is None:
            return Text()
        seconds = max(0, round(task.fields["end"] - (task.elapsed or 0)))
        return Text(f"{seconds // 60}:{seconds % 60:02} left", no_wrap=True)


@contextmanager
def _shown_progress(pipeline: Pipeline, n_images: int, console: Console) -> Iterator[None]:
    """Show a bar over the epochs while the block trains ``pipeline``."""
    from skcnn._engine.runtime import keras

    columns = (
        SpinnerColumn(),
        TextColumn("Epoch"),
        MofNCompleteColumn(),
        BarColumn(bar_width=None),
        TextColumn("{task.fields[scores]}", table_column=Column(no_wrap=True)),
        _TimeLeft(),
    )
    bar = Progress(*columns, console=console, disable=not console.is_terminal, transient=True)
    epochs = pipeline[-1].epochs
    task = bar.add_task("", total=epochs, scores="", end=None)

    class Report(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            self.started = time.perf_counter()

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            seconds = time.perf_counter() - self.started
            held_out = "val_" if "val_loss" in logs else ""
            scores = (
                f"loss {logs[f'{held_out}loss']:.4f}  "
                f"accuracy {logs[f'{held_out}accuracy']:.4f}  "
                f"{n_images / seconds:,.0f} images/s"
            )
            end = (bar.tasks[task].elapsed or 0) + (epochs - epoch - 1) * seconds
            bar.update(task, completed=epoch + 1, scores=scores, end=end)

    pipeline.set_params(classifier__callbacks=[Report()])
    try:
        with bar:
            yield
    finally:
        pipeline.set_params(classifier__callbacks=None)


def _confusion_table(images: Images, predicted: Any) -> Table:
    """Lay out how often each class was taken for which; mistakes stand out from empty cells."""
    from sklearn.metrics import confusion_matrix

    counts = confusion_matrix(images.y_test, predicted, labels=range(len(images.names)))
    table = Table(box=box.SIMPLE_HEAD, collapse_padding=True)
    table.add_column("", overflow="fold")
    for label in range(len(images.names)):
        table.add_column(str(label), justify="right")
    for label, (name, row) in enumerate(zip(images.names, counts, strict=True)):
        heading = name if name == str(label) else f"{label} {name}"
        table.add_row(heading, *(str(count) if count else "." for count in row))
    return table


def _write(pipeline: Pipeline, images: Images, folder: Path) -> list[str]:
    """Write the network, its history and its pictures; return the names of the files."""
    import pandas as pd

    network = pipeline[-1]
    network.model_.save(folder / "model.keras")
    history = pd.DataFrame(network.history_)
    history.index = pd.RangeIndex(1, len(history) + 1, name="epoch")
    history.to_csv(folder / "history.csv")
    pictures = _pictures(pipeline, images)
    for name, draw in pictures.items():
        write_picture(draw, folder / name)
    return ["model.keras", "history.csv", *pictures]


def _pictures(pipeline: Pipeline, images: Images) -> dict[str, Callable[[], Figure]]:
    from skcnn import display

    X, y = images.X_test, images.y_test
    pictures: dict[str, Callable[[], Figure]] = {
        "training_history.png": lambda: (
            display.TrainingHistoryDisplay.from_estimator(pipeline).figure_
        ),
        "confusion_matrix.png": lambda: _draw_confusion_matrix(pipeline, X, y),
        "misclassified.png": lambda: (
            display.MisclassifiedDisplay.from_estimator(pipeline, X, y).figure_
        ),
    }
    if len(pipeline[-1].input_shape_) == 3:
        pictures["filters.png"] = lambda: (
            display.ConvolutionFiltersDisplay.from_estimator(pipeline).figure_
        )
    return pictures


def _draw_confusion_matrix(pipeline: Pipeline, X: Any, y: Any) -> Figure:
    from matplotlib import pyplot as plt
    from sklearn.metrics import ConfusionMatrixDisplay

    figure, ax = plt.subplots(figsize=(6.5, 6), layout="constrained")
    ConfusionMatrixDisplay.from_estimator(pipeline, X, y, cmap="Greys", colorbar=False, ax=ax)
    return figure
