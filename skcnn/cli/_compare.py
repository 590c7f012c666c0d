"""The command ``skcnn compare``: classifiers side by side."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from skcnn.cli._arguments import (
    add_images,
    add_output,
    add_seed,
    at_least,
    check_images,
    whole_number,
)
from skcnn.cli._data import Images, load
from skcnn.cli._folder import find_pictures
from skcnn.cli._interruption import interruptible, shield_workers_from_ctrl_c
from skcnn.cli._output import make_writable, report_written, write_picture, written_together

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

MODELS = ("logistic-regression", "svm", "mlp", "cnn")


def add_parser(commands: Any) -> None:
    """Add the command and its options."""
    compare = commands.add_parser(
        "compare",
        help="cross-validate classical classifiers and networks side by side",
        description=(
            "Cross-validate logistic regression, a support vector machine, an MLP and a CNN on "
            "the same folds; print a table, best first, and write it as comparison.csv and "
            "comparison.png."
        ),
        epilog=(
            "The digits come with scikit-learn. The other data sets are read from "
            "SKCNN_DATA_HOME, or downloaded once; their test sets give a further column. "
            "All 60,000 images take hours: --samples 10000 --cv 3 takes minutes."
        ),
    )
    add_images(compare, "classify")
    compare.add_argument(
        "--models",
        choices=MODELS,
        default=MODELS,
        nargs="+",
        metavar="MODEL",
        help=f"classifiers to compare, of {', '.join(MODELS)} (all)",
    )
    compare.add_argument(
        "--samples",
        type=at_least(10),
        metavar="N",
        help="training images to use, drawn at random with each class's share (all)",
    )
    compare.add_argument("--cv", type=at_least(2), default=5, metavar="K", help="folds (5)")
    compare.add_argument(
        "--n-jobs",
        type=whole_number("a whole number other than 0", bool),
        default=1,
        metavar="J",
        help="fits at a time; -1 for every core (1)",
    )
    add_seed(compare, "networks and samples")
    add_output(compare)
    compare.set_defaults(run=run, refuse=compare.error)


def run(options: argparse.Namespace, console: Console) -> int:
    """Compare, print the table and write it; return 1 where a classifier failed.

    Raises
    ------
    OSError
        If the data is not to be had, or the folder not writable.
    ValueError
        If there are not enough images for the samples or the folds, or the pictures of a folder
        cannot be read.
    """
    check_images(options)
    make_writable(options.output)
    with console.status("Starting TensorFlow"):
        comparison = interruptible(lambda: import_module("skcnn._comparison"))
    found = find_pictures(options, console) if options.images else load(options.dataset)
    if options.samples is not None:
        found = _draw_samples(found, options.samples, options.seed)
    _check_folds(found.y, options.cv)
    images = found.loaded()
    table = _cross_validate(comparison, images, options, console)

    title = f"{images.name}: {len(images.X):,} images, {options.cv}-fold cross-validation"
    console.print(_as_rich(table, title))
    failures = table["error"][table["error"] != ""]
    for name, error in failures.items():
        console.print(f"{name} failed: {error}", markup=False, soft_wrap=True)
    report_written(console, _write(table, options.output), options.output)
    return int(len(failures) > 0)


def _cross_validate(
    comparison: Any, images: Images, options: argparse.Namespace, console: Console
) -> pd.DataFrame:
    from skcnn.cli._networks import fitted_to

    everyone = fitted_to(
        images, comparison.default_classifiers(images.shape, random_state=options.seed)
    )
    classifiers = {
        name: classifier
        for name, classifier in everyone.items()
        if name.lower().replace(" ", "-") in options.models
    }
    fits = len(classifiers) * (options.cv + (images.X_test is not None))
    with _progress(console) as progress:

        def fit() -> pd.DataFrame:
            if options.n_jobs != 1:
                shield_workers_from_ctrl_c()
            measurements = comparison.measure(
                "classifier",
                classifiers,
                images.X,
                images.y,
                cv=options.cv,
                X_test=images.X_test,
                y_test=images.y_test,
                scoring="accuracy",
                n_jobs=options.n_jobs,
            )
            done = progress.track(measurements, total=fits, description="Fitting")
            return comparison.tabulate(done, "classifier")

        return interruptible(fit)


def _write(table: pd.DataFrame, folder: Path) -> list[str]:
    """Write the table and, where there is a score to draw, its picture; return their names."""
    with written_together(folder) as place:
        table.to_csv(place / "comparison.csv")
        if table["mean_score"].isna().all():
            return ["comparison.csv"]
        write_picture(lambda: _draw(table), place / "comparison.png")
    return ["comparison.csv", "comparison.png"]


def _draw(table: pd.DataFrame) -> Figure:
    from skcnn.display import ComparisonDisplay

    display = ComparisonDisplay(table).plot()
    display.ax_.set_xlabel("accuracy")
    return display.figure_


def _draw_samples(images: Images, samples: int, seed: int) -> Images:
    from sklearn.utils import resample

    if samples > len(images.X):
        raise ValueError(
            f"--samples {samples}: {images.name} has {len(images.X)} training images."
        )
    X, y = resample(
        images.X,
        images.y,
        replace=False,
        n_samples=samples,
        stratify=images.y,
        random_state=seed,
    )
    return replace(images, X=X, y=y)


def _check_folds(y: Any, cv: int) -> None:
    smallest = min(Counter(y.tolist()).values())
    if cv > smallest:
        raise ValueError(
            f"--cv {cv} needs {cv} images of every class; the smallest class has {smallest}. "
            "Take fewer folds, or more images with --samples."
        )


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )


def _as_rich(table: pd.DataFrame, title: str) -> Table:
    """Lay the table out for a terminal; all columns fit into 80 characters."""
    columns: dict[str, tuple[str, Callable[[Any], str]]] = {
        "mean_score": ("accuracy", lambda row: f"{row.mean_score:.4f} ± {row.std_score:.4f}"),
        "test_score": ("test\nset", lambda row: f"{row.test_score:.4f}"),
        "fit_seconds": ("fit\n(s)", lambda row: f"{row.fit_seconds:.2f}"),
        "predict_microseconds": ("predict\n(µs)", lambda row: f"{row.predict_microseconds:.1f}"),
        "n_parameters": ("parameters", lambda row: f"{row.n_parameters:,}"),
    }
    shown = [columns[column] for column in table.columns if column in columns]
    rich = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, collapse_padding=True)
    rich.add_column("classifier", overflow="fold")
    for heading, _ in shown:
        rich.add_column(heading, justify="right", overflow="fold")
    for row in table.itertuples():
        cells = ["failed"] if row.error else [cell(row) for _, cell in shown]
        rich.add_row(str(row.Index), *cells)
    return rich
