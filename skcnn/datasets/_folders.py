"""A folder of pictures, with a folder in it for each class."""

from __future__ import annotations

import functools
import os
from collections import Counter
from collections.abc import Callable, Sequence
from numbers import Integral
from pathlib import Path
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sklearn.utils import Bunch, check_random_state

from skcnn._pictures import (
    UNREADABLE,
    PictureForm,
    as_pixels,
    formed_picture,
    some_of,
    upright_size,
)
from skcnn._progress import Progress
from skcnn._threads import in_threads
from skcnn._warning import warn

_NO_PICTURES = {"BUFR", "GRIB", "HDF5", "MPEG", "WMF"}  # Pillow knows them, but reads none
_LEFT_OUT = {"__MACOSX"}
_PARTS = {"train", "training", "test", "testing", "val", "valid", "validation"}


@overload
def load_image_folder(
    path: str | os.PathLike[str],
    image_size: int | tuple[int, int] | None = None,
    color: str = "rgb",
    sample: int | None = None,
    *,
    fit: str = "resize",
    on_error: str = "raise",
    n_jobs: int | None = None,
    random_state: Any = 0,
    return_X_y: Literal[False] = False,
) -> Bunch: ...


@overload
def load_image_folder(
    path: str | os.PathLike[str],
    image_size: int | tuple[int, int] | None = None,
    color: str = "rgb",
    sample: int | None = None,
    *,
    fit: str = "resize",
    on_error: str = "raise",
    n_jobs: int | None = None,
    random_state: Any = 0,
    return_X_y: Literal[True],
) -> tuple[NDArray[Any], NDArray[np.int64]]: ...


def load_image_folder(
    path: str | os.PathLike[str],
    image_size: int | tuple[int, int] | None = None,
    color: str = "rgb",
    sample: int | None = None,
    *,
    fit: str = "resize",
    on_error: str = "raise",
    n_jobs: int | None = None,
    random_state: Any = 0,
    return_X_y: bool = False,
) -> Bunch | tuple[NDArray[Any], NDArray[np.int64]]:
    """Load the pictures of a folder that has a sub-folder for each class.

    A class is named after its folder, and has the pictures in all folders below it.  A picture is
    a file with an ending of a format that Pillow reads, such as ``.jpg``, ``.png`` or ``.tif``;
    other files, what is hidden (``.DS_Store``, ``__MACOSX``) and files beside the folders of the
    classes are left out.  Pictures come sorted by class and by name.

    Where all pictures have one size, or ``image_size`` is given, they are loaded into memory.
    Where they differ, ``data`` holds their paths, which an ImageLoader reads as the first step of
    a Pipeline; so it does the paths of more pictures than memory holds, ``paths``.

    Parameters
    ----------
    path : str or path-like
        The folder.
    image_size : int, tuple of int or None, default=None
        (height, width) of the images in pixels, or one number for both; None keeps the size that
        the pictures have.
    color : {"rgb", "grey"}, default="rgb"
        Whether images have 3 channels or 1.
    sample : int or None, default=None
        Number of pictures to draw at random, of which each class gets its share and at least one;
        None takes all.
    fit : {"resize", "crop", "pad"}, default="resize"
        What becomes of pictures of other proportions than ``image_size``, as in ImageLoader.
    on_error : {"raise", "skip"}, default="raise"
        What becomes of a picture that is damaged or none.  "skip" leaves it out, and warns once,
        with the names of the files.  Where paths are returned, headers alone are looked at.
    n_jobs : int or None, default=None
        Number of threads that read, as joblib counts them; -1 means all cores.
    random_state : int, RandomState instance or None, default=0
        Decides which pictures ``sample`` draws.
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch.

    Returns
    -------
    folder : :class:`~sklearn.utils.Bunch`
        Dictionary-like object with the attributes:

        data : ndarray
            ``images``, or ``paths`` where there are none.
        images : ndarray of shape (n, height, width, channels), uint8, or None
            The images; None where sizes differ and ``image_size`` is None.
        paths, filenames : ndarray of shape (n,), str
            Where each picture is, as an absolute path, and from the folder on.
        target : ndarray of shape (n,), int64
            Class of each picture, as an index into ``target_names``.
        labels : ndarray of shape (n,), str
            Class of each picture, by name.
        target_names : list of str
            Names of the classes, sorted.
        DESCR : str
            How many pictures of which class there are.

    (data, target) : tuple, if ``return_X_y=True``
        The images or paths, and the class of each.

    Raises
    ------
    FileNotFoundError, NotADirectoryError
        If the path is no folder.
    ValueError
        If there are fewer than two classes, one without pictures, or an unknown parameter value.
    UnreadablePictureError
        A ValueError.  If a file is no picture or a damaged one, and ``on_error="raise"``.

    Warns
    -----
    UserWarning
        If pictures were left out because of ``on_error="skip"``.

    See Also
    --------
    skcnn.ImageLoader : Reads pictures as a step of a Pipeline, however many there are.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from PIL import Image
    >>> from skcnn import load_image_folder
    >>> with TemporaryDirectory() as folder:
    ...     for color in ("green", "red"):
    ...         (Path(folder) / color).mkdir()
    ...         Image.new("RGB", (4, 3), color).save(Path(folder) / color / "1.png")
    ...     pictures = load_image_folder(folder)
    >>> pictures.images.shape, pictures.target_names, pictures.target.tolist()
    ((2, 3, 4, 3), ['green', 'red'], [0, 1])
    """
    form = PictureForm.of(image_size, color, fit)
    if on_error not in ("raise", "skip"):
        raise ValueError(f"on_error must be 'raise' or 'skip'; received {on_error!r}.")
    folder = Path(path).expanduser().absolute()
    classes = pictures_by_class(folder)
    if sample is not None:
        classes = _sampled(classes, sample, check_random_state(random_state))
    names = sorted(classes)
    files = [file for name in names for file in classes[name]]
    target = np.repeat(np.arange(len(names)), [len(classes[name]) for name in names])
    images, failures = _read(files, form, n_jobs, stop=on_error == "raise")
    kept = _kept(files, failures, on_error)
    files, target = [files[i] for i in kept], target[kept]
    _check_classes_left(names, target)
    paths = np.array([os.fspath(file) for file in files])
    if images is not None and len(kept) < len(images):
        images = images[kept]
    data = paths if images is None else images
    if return_X_y:
        return data, target
    return Bunch(
        data=data,
        images=images,
        paths=paths,
        filenames=np.array([os.fspath(file.relative_to(folder)) for file in files]),
        target=target,
        labels=np.array(names)[target],
        target_names=names,
        DESCR=_description(folder, names, target),
    )


# --- which files -------------------------------------------------------------------------------


def pictures_below(folder: Path) -> list[Path]:
    """Return the pictures in a folder and in those below it, sorted by name."""
    found = []
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not _is_hidden(name)]
        found += [Path(place, name) for name in files if _is_picture(name)]
    return sorted(found)


def _is_picture(name: str) -> bool:
    return not _is_hidden(name) and os.path.splitext(name)[1].lower() in _picture_endings()


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name in _LEFT_OUT


@functools.cache
def _picture_endings() -> frozenset[str]:
    formats = Image.registered_extensions()  # looks for all formats, so that Image.OPEN has them
    readable = Image.OPEN.keys() - _NO_PICTURES
    return frozenset(ending for ending, kind in formats.items() if kind in readable)


def pictures_by_class(folder: Path) -> dict[str, list[Path]]:
    """Return the pictures of each class, by its name, in the order of the names.

    Raises
    ------
    FileNotFoundError, NotADirectoryError, ValueError
        As ``load_image_folder`` does.
    """
    if not folder.exists():
        raise FileNotFoundError(
            f"There is no folder {folder}; expected one with a sub-folder of pictures for each "
            "class. Correct the path."
        )
    if not folder.is_dir():
        raise NotADirectoryError(
            f"{folder} is a file; expected a folder with a sub-folder of pictures for each class. "
            "Pass the folder, unpacked where it is an archive."
        )
    entries = sorted(entry for entry in folder.iterdir() if not _is_hidden(entry.name))
    folders = [entry for entry in entries if entry.is_dir()]
    layout = f"expected two or more, {folder}/<class>/<picture>"
    if len(folders) < 2:
        n_pictures = sum(_is_picture(entry.name) for entry in entries)
        beside = f", and {n_pictures} pictures without one" if n_pictures else ""
        found = f"one, {folders[0].name!r}" if folders else "none"
        raise ValueError(
            f"{folder} should have a folder for each class; {layout}; found {found}{beside}. Move "
            "the pictures of each class into a folder that is named after it."
        )
    if {entry.name.lower() for entry in folders} <= _PARTS:
        raise ValueError(
            f"The folders in {folder} are named {', '.join(entry.name for entry in folders)}, "
            f"which are parts of a data set and no classes; {layout}. Load one part at a time, "
            f"such as {folders[0]}."
        )
    classes = {entry.name: pictures_below(entry) for entry in folders}
    empty = [name for name, pictures in classes.items() if not pictures]
    if empty:
        raise ValueError(
            f"There are no pictures in {', '.join(str(folder / name) for name in empty)}; "
            "expected files with the ending of a format that Pillow reads, such as .jpg or .png. "
            "Add some, or move these folders elsewhere."
        )
    return classes


def _sampled(
    classes: dict[str, list[Path]], sample: int, random: np.random.RandomState
) -> dict[str, list[Path]]:
    """Return so many pictures, drawn at random, of which each class has its share."""
    n_pictures = sum(map(len, classes.values()))
    is_number = isinstance(sample, Integral) and not isinstance(sample, bool)
    if not is_number or not len(classes) <= sample:
        raise ValueError(
            f"sample must be an integer of at least {len(classes)}, one picture a class; received "
            f"{sample!r}."
        )
    if sample >= n_pictures:
        return classes
    sizes = _shares([len(pictures) for pictures in classes.values()], int(sample))
    drawn = {}
    for (name, pictures), size in zip(classes.items(), sizes, strict=True):
        chosen = random.choice(len(pictures), size, replace=False)
        drawn[name] = [pictures[i] for i in sorted(chosen)]
    return drawn


def _shares(counts: Sequence[int], total: int) -> list[int]:
    """Divide ``total`` in proportion to the counts, each share being 1 at least."""
    exact = np.array(counts) * total / sum(counts)
    shares = np.maximum(1, np.floor(exact)).astype(int)
    while shares.sum() < total:
        shares[np.argmax(exact - shares)] += 1
    while shares.sum() > total:
        shares[np.argmax(np.where(shares > 1, shares - exact, -np.inf))] -= 1
    return shares.tolist()


# --- what they show ----------------------------------------------------------------------------


def _read(
    files: Sequence[Path], form: PictureForm, n_jobs: int | None, *, stop: bool
) -> tuple[NDArray[np.uint8] | None, dict[int, Exception]]:
    """Return the images, None where sizes differ, and why some of them could not be read."""
    failures: dict[int, Exception] = {}
    size = form.size
    if size is None:
        sizes, failures = attempt_each(
            upright_size, files, "Looking at pictures", n_jobs, stop=stop
        )
        if len(set(sizes.values())) != 1 or (stop and failures):
            return None, failures
        size = next(iter(sizes.values()))
    images = np.empty((len(files), *size, form.channels), np.uint8)

    def read(row: int) -> None:
        images[row] = as_pixels(formed_picture(files[row], form))

    rows = [row for row in range(len(files)) if row not in failures]
    _, failed = attempt_each(read, rows, "Reading pictures", n_jobs, stop=stop)
    return images, failures | {rows[i]: failure for i, failure in failed.items()}


def attempt_each(
    function: Callable[[Any], Any],
    items: Sequence[Any],
    title: str,
    n_jobs: int | None,
    *,
    stop: bool,
) -> tuple[dict[int, Any], dict[int, Exception]]:
    """Return what a function gives for pictures, and why it fails for others, by their place.

    Parameters
    ----------
    function : callable
        Called by threads, with one item each.
    items : sequence
        The pictures, or what stands for them.
    title : str
        What a progress bar says is going on.
    n_jobs : int or None
        Number of threads, as joblib counts them.
    stop : bool
        Whether to end at the first picture that cannot be read.
    """

    def attempt(item: Any) -> Any:
        try:
            return function(item)
        except UNREADABLE as error:
            return error

    results: dict[int, Any] = {}
    failures: dict[int, Exception] = {}
    with Progress(title, len(items)) as progress:
        for i, result in enumerate(in_threads(attempt, items, n_jobs)):
            progress.advance()
            if not isinstance(result, UNREADABLE):
                results[i] = result
                continue
            failures[i] = result
            if stop:
                break
    return results, failures


def _kept(files: Sequence[Path], failures: dict[int, Exception], on_error: str) -> list[int]:
    """Return the places of the pictures that could be read; raise or warn of the others."""
    if not failures:
        return list(range(len(files)))
    places = sorted(failures)
    first = failures[places[0]]
    if on_error == "raise":
        raise type(first)(f"{first} on_error='skip' leaves out what cannot be read.") from first
    named = some_of([str(files[i]) for i in places])
    warn(
        f"{len(places)} of {len(files)} pictures could not be read, and are left out: {named}. "
        f"The first one: {first}"
    )
    return [i for i in range(len(files)) if i not in failures]


def _check_classes_left(names: Sequence[str], target: NDArray[np.int64]) -> None:
    gone = [name for i, name in enumerate(names) if not (target == i).any()]
    if gone:
        raise ValueError(
            f"None of the pictures of {', '.join(map(repr, gone))} could be read; expected one of "
            "each class at least. Replace them, or move the folder elsewhere."
        )


def _description(folder: Path, names: Sequence[str], target: NDArray[np.int64]) -> str:
    counts = Counter(target.tolist())
    of_classes = "\n".join(f"  {name}: {counts[i]}" for i, name in enumerate(names))
    return f"{len(target)} pictures of {len(names)} classes in {folder}\n\n{of_classes}\n"
