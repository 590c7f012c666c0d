"""The command ``skcnn``."""

from __future__ import annotations

import argparse
import atexit
import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

import skcnn

if TYPE_CHECKING:
    import pandas as pd

Result = TypeVar("Result")

DATASETS = ("digits", "mnist", "fashion-mnist")
MODELS = ("logistic-regression", "svm", "mlp", "cnn")

_INTERRUPTED = 130  # what a shell reports for a command that Ctrl-C ended
_WORK = "skcnn-work"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status.

    Parameters
    ----------
    arguments : sequence of str or None, default=None
        What follows ``skcnn``; None takes it from the command line.

    Returns
    -------
    int
        0 for success, 1 for an error, 2 for unusable arguments, 130 after Ctrl-C.
    """
    options = _parser().parse_args(arguments)
    console = Console(highlight=False, emoji=False)
    errors = Console(stderr=True, highlight=False)
    try:
        return options.run(options, console)
    except (ImportError, OSError, ValueError) as error:
        errors.print(Text.assemble(("skcnn: error: ", "bold red"), str(error)), soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C would end in a traceback
        console.show_cursor()  # a second one may have come before the progress bar did so
        errors.print("skcnn: interrupted")
        _end_at_once()


def _interruptible(work: Callable[[], Result]) -> Result:
    """Run ``work`` in a thread, so that the main thread hears Ctrl-C at once.

    TensorFlow and LIBSVM return to Python, which would notice it, only after a whole pass.
    """
    outcome: Future[Result] = Future()

    def run() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:
            outcome.set_exception(error)

    threading.Thread(target=run, name=_WORK, daemon=True).start()
    return outcome.result()


def _shield_workers_from_ctrl_c() -> None:
    """Let the processes that this thread will start not hear Ctrl-C: they inherit its mask.

    Otherwise those that are still starting would each answer it with a traceback.
    """
    if hasattr(signal, "pthread_sigmask"):  # Windows has none
        from multiprocessing import resource_tracker

        resource_tracker.ensure_running()  # in Python 3.11 its start clears the mask
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def _end_at_once() -> NoReturn:
    """End this process and joblib's workers without waiting for the work at hand."""
    threading.excepthook = lambda _: None  # what the other threads stumble over is of no interest
    # joblib's public way to its workers would start some where there are none.
    loky = sys.modules.get("joblib.externals.loky.reusable_executor")
    workers = getattr(loky, "_executor", None)
    if workers is not None:
        workers.shutdown(kill_workers=True)
        for thread in threading.enumerate():
            if thread.name == _WORK:
                thread.join(timeout=2)  # it removes joblib's files, as do the exit functions
    atexit._run_exitfuncs()  # os._exit would leave joblib's files and semaphores behind
    sys.stdout.flush()
    os._exit(_INTERRUPTED)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="skcnn", description="Keras networks as scikit-learn classifiers of images."
    )
    parser.add_argument("--version", action="version", version=f"skcnn {skcnn.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_compare(commands)
    return parser


def _add_compare(commands: Any) -> None:
    compare = commands.add_parser(
        "compare",
        help="cross-validate classical classifiers and networks side by side",
        description=(
            "Cross-validate logistic regression, a support vector machine, an MLP and a CNN on "
            "the same folds; print a table, best first, and write it as comparison.csv and "
            "comparison.png."
        ),
        epilog=(
            "The digits come with scikit-learn. MNIST and Fashion-MNIST are read from "
            "SKCNN_DATA_HOME, or downloaded once; their test sets give a further column. "
            "All 60,000 images take hours: --samples 10000 --cv 3 takes minutes."
        ),
    )
    compare.add_argument(
        "--dataset", choices=DATASETS, default="digits", help="images to classify (digits)"
    )
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
        type=_at_least(10),
        metavar="N",
        help="training images to use, drawn at random with each class's share (all)",
    )
    compare.add_argument("--cv", type=_at_least(2), default=5, metavar="K", help="folds (5)")
    compare.add_argument(
        "--n-jobs",
        type=_whole_number("a whole number other than 0", bool),
        default=1,
        metavar="J",
        help="fits at a time; -1 for every core (1)",
    )
    compare.add_argument(
        "--seed",
        type=_at_least(0),
        default=0,
        metavar="S",
        help="seed of networks and samples (0)",
    )
    compare.add_argument(
        "--output",
        type=Path,
        default=Path("skcnn-output"),
        metavar="DIR",
        help="folder to write to, made if need be (skcnn-output)",
    )
    compare.set_defaults(run=_compare)


def _whole_number(expected: str, fits: Callable[[int], bool]) -> Callable[[str], int]:
    def parse(text: str) -> int:
        with suppress(ValueError):
            if fits(number := int(text)):
                return number
        raise argparse.ArgumentTypeError(f"expected {expected}; received {text!r}")

    return parse


def _at_least(least: int) -> Callable[[str], int]:
    return _whole_number(f"a whole number of {least} or more", lambda number: number >= least)


def _compare(options: argparse.Namespace, console: Console) -> int:
    _make_writable(options.output)
    with console.status("Starting TensorFlow"):
        comparison = _interruptible(lambda: import_module("skcnn.comparison"))
    images = _load(options.dataset, options.samples, options.seed)
    _check_folds(images.y, options.cv)
    table = _cross_validate(comparison, images, options, console)

    title = f"{options.dataset}: {len(images.X):,} images, {options.cv}-fold cross-validation"
    console.print(_as_rich(table, title))
    failures = table["error"][table["error"] != ""]
    for name, error in failures.items():
        console.print(f"{name} failed: {error}", markup=False, soft_wrap=True)
    written = " and ".join(_write(table, options.output))
    console.print(f"Wrote {written} to {options.output}", markup=False, soft_wrap=True)
    return int(len(failures) > 0)


def _cross_validate(
    comparison: Any, images: _Images, options: argparse.Namespace, console: Console
) -> pd.DataFrame:
    everyone = comparison.default_classifiers(images.shape, random_state=options.seed)
    classifiers = {
        name: classifier
        for name, classifier in everyone.items()
        if name.lower().replace(" ", "-") in options.models
    }
    fits = len(classifiers) * (options.cv + (images.X_test is not None))
    with _progress(console) as progress:

        def fit() -> pd.DataFrame:
            if options.n_jobs != 1:
                _shield_workers_from_ctrl_c()
            measurements = comparison.measure_classifiers(
                classifiers,
                images.X,
                images.y,
                cv=options.cv,
                X_test=images.X_test,
                y_test=images.y_test,
                n_jobs=options.n_jobs,
            )
            done = progress.track(measurements, total=fits, description="Fitting")
            return comparison.tabulate(done)

        return _interruptible(fit)


def _write(table: pd.DataFrame, folder: Path) -> list[str]:
    """Write the table and, where there is a score to draw, its picture; return their names."""
    table.to_csv(folder / "comparison.csv")
    if table["mean_score"].isna().all():
        return ["comparison.csv"]
    _draw(table, folder / "comparison.png")
    return ["comparison.csv", "comparison.png"]


def _draw(table: pd.DataFrame, path: Path) -> None:
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot as plt

    from skcnn.display import ComparisonDisplay

    display = ComparisonDisplay(table).plot()
    display.ax_.set_xlabel("accuracy")
    display.figure_.savefig(path, dpi=150)
    plt.close(display.figure_)


def _make_writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".skcnn-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise OSError(
            f"cannot write to {folder} ({error.strerror}). Choose another folder with --output."
        ) from None


@dataclass(frozen=True)
class _Images:
    X: Any
    y: Any
    X_test: Any
    y_test: Any

    @property
    def shape(self) -> tuple[int, ...]:
        return (*self.X.shape[1:], 1)


def _load(dataset: str, samples: int | None, seed: int) -> _Images:
    if dataset == "digits":
        X, y = skcnn.load_digit_images(return_X_y=True)
        images = _Images(X, y, None, None)
    else:
        fetch = skcnn.fetch_mnist if dataset == "mnist" else skcnn.fetch_fashion_mnist
        data = fetch()
        images = _Images(data.X_train, data.y_train, data.X_test, data.y_test)
    return images if samples is None else _draw_samples(images, dataset, samples, seed)


def _draw_samples(images: _Images, dataset: str, samples: int, seed: int) -> _Images:
    from sklearn.utils import resample

    if samples > len(images.X):
        raise ValueError(f"--samples {samples}: {dataset} has {len(images.X)} training images.")
    X, y = resample(
        images.X,
        images.y,
        replace=False,
        n_samples=samples,
        stratify=images.y,
        random_state=seed,
    )
    return _Images(X, y, images.X_test, images.y_test)


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
