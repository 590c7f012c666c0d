"""The pictures of a folder, found and looked at but not yet loaded."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from skcnn.cli._arguments import DEFAULT_SIZE, LARGEST_OWN_SIZE
from skcnn.cli._data import HOW_TO_SKIP, Images
from skcnn.cli._messages import print_warning

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PARTS = {"train", "test"}


def find_pictures(options: argparse.Namespace, console: Console) -> Images:
    """Return the pictures in ``options.images`` as paths, with the loader that will read them.

    Raises
    ------
    OSError, ValueError
        If there is no such folder, it does not hold a folder of pictures for each class, or a
        picture cannot be read.
    """
    from skcnn._pictures import PictureForm, formed_picture, upright_size
    from skcnn.preprocessing import ImageLoader

    images = _as_paths(options.images, console)
    color, fit = options.color or "rgb", options.fit or "resize"
    size = options.image_size
    if size is None:
        sizes, images = _readable(upright_size, images, options.skip_unreadable)
        size = _common_size(sizes, images, console)
    if options.skip_unreadable:
        form = PictureForm.of(size, color, fit)
        _, images = _readable(lambda path: formed_picture(path, form).size, images, skip=True)
    return replace(images, loader=ImageLoader(size, color, fit, n_jobs=-1))


# --- which pictures ----------------------------------------------------------------------------


def _as_paths(folder: Path, console: Console) -> Images:
    """Return the paths of all pictures, with the test set where the folder is divided so."""
    from skcnn.datasets._folders import pictures_by_class

    parts = _parts_of(folder)
    of_training = pictures_by_class(parts.get("train", folder).absolute())
    names = sorted(of_training)
    X_test = y_test = None
    if parts:
        of_test = pictures_by_class(parts["test"].absolute())
        unknown = sorted(of_test.keys() - of_training.keys())
        if unknown:
            raise ValueError(
                f"{parts['test']} has folders of classes that {parts['train']} lacks: "
                f"{', '.join(unknown)}; expected the same classes in both."
            )
        X_test, y_test = _labelled(of_test, names)
        console.print(f"{parts['test']} is the test set", markup=False, soft_wrap=True)
    return Images(str(folder), *_labelled(of_training, names), X_test, y_test, names)


def _parts_of(folder: Path) -> dict[str, Path]:
    """Return the folders ``train`` and ``test`` of one that holds no other, or nothing."""
    entries = folder.iterdir() if folder.is_dir() else ()
    parts = {
        entry.name.lower(): entry
        for entry in entries
        if entry.is_dir() and not entry.name.startswith((".", "__"))
    }
    return parts if parts.keys() == _PARTS else {}


def _labelled(
    pictures: Mapping[str, Sequence[Path]], names: Sequence[str]
) -> tuple[NDArray[Any], NDArray[Any]]:
    import numpy as np

    pairs = [(str(path), n) for n, name in enumerate(names) for path in pictures.get(name, ())]
    paths, labels = zip(*pairs, strict=True)
    return np.array(paths, dtype=object), np.array(labels)


# --- a look at each ----------------------------------------------------------------------------


def _readable(
    look: Callable[[str], Any], images: Images, skip: bool
) -> tuple[Sequence[Any], Images]:
    """Return what ``look`` gives for each picture, and the images without those it fails for.

    Raises
    ------
    OSError, ValueError
        If it fails for one that is not to be skipped, or for all of a class.
    """
    import numpy as np

    from skcnn.datasets._folders import attempt_each

    n_training = len(images.X)
    paths = [*images.X, *(() if images.X_test is None else images.X_test)]
    seen, failures = attempt_each(look, paths, "Looking at pictures", -1, stop=not skip)
    if not failures:
        return list(seen.values()), images
    first = failures[min(failures)]
    if not skip:
        raise type(first)(f"{first} {HOW_TO_SKIP}")
    kept = np.array([place in seen for place in range(len(paths))])
    X, y = images.X[kept[:n_training]], images.y[kept[:n_training]]
    left = replace(images, X=X, y=y)
    if images.X_test is not None:
        X_test, y_test = images.X_test[kept[n_training:]], images.y_test[kept[n_training:]]
        left = replace(left, X_test=X_test, y_test=y_test)
    _warn_of([paths[place] for place in sorted(failures)], first, len(paths))
    _check_classes(left)
    return list(seen.values()), left


def _warn_of(unreadable: Sequence[str], first: Exception, n_pictures: int) -> None:
    from skcnn._pictures import some_of

    print_warning(
        f"{len(unreadable)} of {n_pictures:,} pictures cannot be read, and are left out: "
        f"{some_of(unreadable)}. {first}"
    )


def _check_classes(images: Images) -> None:
    import numpy as np

    counts = np.bincount(images.y, minlength=len(images.names))
    if counts.min() == 0:
        name = images.names[int(counts.argmin())]
        raise ValueError(
            f"no picture of class {name!r} in {images.name} can be read; expected one or more. "
            "Replace them, or move the folder elsewhere."
        )


def _common_size(sizes: Sequence[Any], images: Images, console: Console) -> tuple[int, int]:
    """Return the size that all pictures share, where it is small, or else the one to load them in.

    In that case a line says so.
    """
    height, width = sizes[0]
    if len(set(sizes)) > 1:
        why = "its pictures differ in size"
    elif max(height, width) > LARGEST_OWN_SIZE:
        why = f"its pictures have {height} x {width} pixels"
    else:
        return height, width
    text = f"{why} and are read at {DEFAULT_SIZE} x {DEFAULT_SIZE}; --image-size takes another"
    console.print(f"{images.name}: {text}", markup=False, soft_wrap=True)
    return DEFAULT_SIZE, DEFAULT_SIZE
