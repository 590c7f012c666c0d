"""JPEGs in a folder decoded once: 20,000 of 32 x 32 pixels, and 2,000 of 256 x 256.

Inside the clock is the way from a folder to the last decoded picture: the search for files; what
ImageLoader writes to its empty cache, from which it reads from then on; and one pass over the
dataset of ``image_dataset_from_directory``, without a network behind it.  Both use all cores, and
have been used before on a few pictures.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.made_pictures import N_CLASSES, write_pictures
from benchmarks.row import Numbers, Row, TimesBetter

_SMALL, _LARGE = (32, 20_000), (256, 2_000)  # pixels a side, and how many pictures
_BATCH_SIZE = 200


def small_with_skcnn() -> Numbers:
    """Load the small pictures with ImageLoader."""
    return _timed(_with_skcnn, *_SMALL)


def small_with_keras() -> Numbers:
    """Go through the small pictures with Keras' dataset."""
    return _timed(_with_keras, *_SMALL)


def large_with_skcnn() -> Numbers:
    """Load the large pictures with ImageLoader."""
    return _timed(_with_skcnn, *_LARGE)


def large_with_keras() -> Numbers:
    """Go through the large pictures with Keras' dataset."""
    return _timed(_with_keras, *_LARGE)


def _with_skcnn(folder: Path, side: int) -> int:
    from skcnn import ImageLoader

    paths = [os.path.join(place, name) for place, _, names in os.walk(folder) for name in names]
    return len(ImageLoader(side, n_jobs=-1).fit_transform(paths))


def _with_keras(folder: Path, side: int) -> int:
    import keras

    batches = keras.utils.image_dataset_from_directory(
        folder, image_size=(side, side), batch_size=_BATCH_SIZE, shuffle=False, verbose=False
    )
    return sum(len(images) for images, _ in batches)


def _timed(way: Callable[[Path, int], int], side: int, n_pictures: int) -> Numbers:
    with tempfile.TemporaryDirectory() as place:
        pictures, few = Path(place, "pictures"), Path(place, "few")
        write_pictures(pictures, side, n_pictures)
        write_pictures(few, side, 2 * N_CLASSES)
        way(few, side)
        start = time.perf_counter()
        n_images = way(pictures, side)
        seconds = time.perf_counter() - start
    return {"images": n_images, "images_per_second": n_images / seconds}


ROW = Row(
    name="decoding",
    work="JPEGs read once, beside Keras' dataset",
    measure="images_per_second",
    unit="images/s",
    contestants={
        "ImageLoader, 32 x 32": small_with_skcnn,
        "Keras, 32 x 32": small_with_keras,
        "ImageLoader, 256 x 256": large_with_skcnn,
        "Keras, 256 x 256": large_with_keras,
    },
    targets=(
        TimesBetter("ImageLoader, 32 x 32", ("Keras, 32 x 32",), factor=1),
        TimesBetter("ImageLoader, 256 x 256", ("Keras, 256 x 256",), factor=1),
    ),
    more_is_better=True,
)
