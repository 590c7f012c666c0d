"""The command ``skcnn train``: one network, from images to a model file and its pictures."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

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
from rich.table import Column
from rich.text import Text

import skcnn
from skcnn._presets import PRESETS
from skcnn.cli._arguments import (
    LinesOfHelp,
    add_images,
    add_output,
    add_seed,
    at_least,
    check_images,
)
from skcnn.cli._confusion import draw_confusion, print_confusion
from skcnn.cli._data import Images, load
from skcnn.cli._folder import find_pictures
from skcnn.cli._interruption import interruptible
from skcnn.cli._model_folder import Description, write_model
from skcnn.cli._output import make_writable, report_written, write_picture, written_together

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray
    from sklearn.pipeline import Pipeline


def add_parser(commands: Any) -> None:
    """Add the command and its options."""
    train = commands.add_parser(
        "train",
        help="train a network and write it, its history and its pictures",
        description=(
            "Train an MLP or a CNN; print the test accuracy and the confusion matrix, and write "
            "the network (model.keras, with model.json for `skcnn predict`), the scores by epoch "
            "(history.csv) and pictures."
        ),
        epilog=(
            "The MLP and the textbook's CNN hold out a quarter of the training images, and stop "
            "when ten epochs have brought no progress on it; the other presets train on all "
            "images and run all epochs. The digits come with scikit-learn. The "
            "other data sets are read from SKCNN_DATA_HOME, or downloaded once. Where there is "
            "no test set, a fifth of the images is taken for it."
        ),
        formatter_class=LinesOfHelp,
    )
    add_images(train, "train on")
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
    length = train.add_mutually_exclusive_group()
    length.add_argument(
        "--epochs",
        type=at_least(1),
        metavar="N",
        help="passes over the images, at most (30, or the preset's)",
    )
    length.add_argument(
        "--time-budget",
        type=at_least(1),
        metavar="SECONDS",
        help="time that training takes, in place of a number of passes",
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
    ValueError
        If the pictures of a folder cannot be read, or are too few to train and to test.
    """
    check_images(options)
    if options.preset is not None and options.model != "cnn":
        options.refuse("argument --preset: presets are for --model cnn")
    make_writable(options.output)
    with console.status("Starting TensorFlow"):
        interruptible(lambda: import_module("skcnn.cli._networks"))
    found = find_pictures(options, console) if options.images else load(options.dataset)
    images = found.with_test_set().loaded()
    pipeline = _pipeline(images, options)

    started = time.perf_counter()
    with _shown_progress(pipeline, len(images.X), console):
        interruptible(lambda: pipeline.fit(images.X, images.y))
    seconds = time.perf_counter() - started
    answers = _Answers.of(pipeline, images)

    console.print(f"{images.name}: {len(images.X):,} training images", soft_wrap=True)
    console.print(f"epochs:        {pipeline[-1].n_iter_} in {seconds:.1f} s")
    console.print(f"test accuracy: {answers.accuracy:.4f} on {len(images.y_test):,} images")
    print_confusion(answers.confusion, images.names, console)
    report_written(console, _write(pipeline, answers, options.output), options.output)
    return 0


def _pipeline(images: Images, options: argparse.Namespace) -> Pipeline:
    from skcnn.cli import _networks

    classifiers = skcnn.default_classifiers(images.shape, random_state=options.seed)
    pipeline = _networks.fitted_to(images, classifiers)[options.model.upper()]
    if options.preset is not None:
        cnn = _networks.preset(images, options.preset, options.seed)
        pipeline.set_params(classifier=cnn)
    if options.epochs is not None:
        pipeline.set_params(classifier__epochs=options.epochs)
    return pipeline.set_params(classifier__time_budget=options.time_budget)


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
    end = pipeline[-1].time_budget
    task = bar.add_task("", total=None, scores="", end=end)

    class Report(keras.callbacks.Callback):
        def on_train_begin(self, logs: Any = None) -> None:
            if end is None:
                bar.update(task, total=self.params["epochs"])

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
            bar.update(task, completed=epoch + 1, scores=scores)
            if end is None:
                left = (self.params["epochs"] - epoch - 1) * seconds
                bar.update(task, end=(bar.tasks[task].elapsed or 0) + left)

    pipeline.set_params(classifier__callbacks=[Report()])
    try:
        with bar:
            yield
    finally:
        pipeline.set_params(classifier__callbacks=None)


@dataclass(frozen=True)
class _Answers:
    """What a fitted Pipeline says about the test images.

    Attributes
    ----------
    images : Images
    predicted : ndarray of shape (n,), int
        The label of each test image.
    confidence : ndarray of shape (n,)
        The label's probability.
    """

    images: Images
    predicted: NDArray[Any]
    confidence: NDArray[Any]

    @classmethod
    def of(cls, pipeline: Pipeline, images: Images) -> Self:
        """Ask ``pipeline``."""
        probabilities = interruptible(lambda: pipeline.predict_proba(images.X_test))
        predicted = pipeline.classes_[probabilities.argmax(axis=1)]
        return cls(images, predicted, probabilities.max(axis=1))

    @property
    def accuracy(self) -> float:
        """The share of right answers."""
        return float((self.predicted == self.images.y_test).mean())

    @property
    def confusion(self) -> NDArray[Any]:
        """How often each class, by row, was taken for which, by column."""
        from sklearn.metrics import confusion_matrix

        labels = range(len(self.images.names))
        return confusion_matrix(self.images.y_test, self.predicted, labels=labels)


def _write(pipeline: Pipeline, answers: _Answers, folder: Path) -> list[str]:
    """Write the network, its history and its pictures; return the names of the files."""
    import pandas as pd

    network = pipeline[-1]
    history = pd.DataFrame(network.history_)
    history.index = pd.RangeIndex(1, len(history) + 1, name="epoch")
    pictures = _pictures(pipeline, answers)
    with written_together(folder) as place:
        model = write_model(
            network._predicting_model(), _description(pipeline, answers.images), place
        )
        history.to_csv(place / "history.csv")
        for name, draw in pictures.items():
            write_picture(draw, place / name)
    return [*model, "history.csv", *pictures]


def _description(pipeline: Pipeline, images: Images) -> Description:
    from skcnn.cli._networks import divided_before

    height, width, channels = images.shape
    return Description(
        labels=tuple(images.names[label] for label in pipeline.classes_),
        image_size=(height, width),
        color="rgb" if channels > 1 else "grey",
        fit="resize" if images.loader is None else images.loader.get_params()["fit"],
        divide_by=divided_before(pipeline),
    )


def _pictures(pipeline: Pipeline, answers: _Answers) -> dict[str, Callable[[], Figure]]:
    import numpy as np

    from skcnn import display

    images, names = answers.images, np.asarray(answers.images.names)
    pictures: dict[str, Callable[[], Figure]] = {
        "training_history.png": lambda: (
            display.TrainingHistoryDisplay.from_estimator(pipeline).figure_
        ),
        "confusion_matrix.png": lambda: draw_confusion(answers.confusion, images.names),
        "misclassified.png": lambda: (
            display.MisclassifiedDisplay.from_predictions(
                images.X_test,
                names[images.y_test],
                names[answers.predicted],
                answers.confidence,
                cmap="gray" if images.are_pictures else "gray_r",
            ).figure_
        ),
    }
    if isinstance(pipeline[-1], skcnn.CNNClassifier):
        pictures["filters.png"] = lambda: (
            display.ConvolutionFiltersDisplay.from_estimator(pipeline).figure_
        )
    return pictures
