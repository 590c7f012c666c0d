"""The folder that a command writes to, and the files it leaves there: whole ones or none."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def make_writable(folder: Path) -> None:
    """Make ``folder`` if need be, and try to write there.

    Raises
    ------
    OSError
        If that is not possible.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".skcnn-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise OSError(
            f"cannot write to {folder} ({error.strerror}). Choose another folder with --output."
        ) from None


@contextmanager
def written_together(folder: Path) -> Iterator[Path]:
    """Give a place for files that shall stand in ``folder`` once all of them are whole.

    What the block leaves there is moved to ``folder`` at its end, or removed where it fails.  The
    old files of these names go before the first new one comes, so that never a file of one run
    stands beside one of another.
    """
    with TemporaryDirectory(prefix=".skcnn-", dir=folder) as place:
        yield Path(place)
        names = sorted(path.name for path in Path(place).iterdir())
        for name in names:
            (folder / name).unlink(missing_ok=True)
        for name in names:
            (Path(place) / name).replace(folder / name)


def write_picture(draw: Callable[[], Figure], path: Path) -> None:
    """Write the figure that ``draw`` makes, without a window."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot as plt

    figure = draw()
    figure.savefig(path, dpi=150)
    plt.close(figure)


def report_written(console: Console, names: Sequence[str], folder: Path) -> None:
    """Print which files now stand in ``folder``."""
    *others, last = names
    written = f"{', '.join(others)} and {last}" if others else last
    console.print(f"Wrote {written} to {folder}", markup=False, soft_wrap=True)
