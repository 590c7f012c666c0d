"""JPEGs of coloured clouds, in a folder a class, that compress about as photographs do."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

N_CLASSES = 10
_DISTINCT = 500


def write_pictures(folder: Path, side: int, n_pictures: int) -> list[str]:
    """Write pictures of ten classes, each a little brighter in one of its own colours.

    Parameters
    ----------
    folder : Path
        Gets a folder for each class.
    side : int
        Height and width in pixels.
    n_pictures : int
        How many there are; from 500 on they are copies.

    Returns
    -------
    list of str
        Their paths; the class of one is the name of its folder.
    """
    rng = np.random.default_rng(0)
    tints = rng.uniform(0.5, 1, (N_CLASSES, 3))
    for name in range(N_CLASSES):
        (folder / str(name)).mkdir(parents=True)
    paths = [folder / str(i % N_CLASSES) / f"{i:05}.jpg" for i in range(n_pictures)]
    for i, path in enumerate(paths):
        if i < _DISTINCT:
            Image.fromarray(_cloud(rng, side, tints[i % N_CLASSES])).save(path, quality=85)
        else:
            shutil.copyfile(paths[i % _DISTINCT], path)
    return [str(path) for path in paths]


def _cloud(rng: np.random.Generator, side: int, tint: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return noise in which large spots are strong and small ones are weak."""
    total = np.zeros((side, side, 3))
    for n in (2**k for k in range(1, side.bit_length())):
        spots = Image.fromarray(rng.integers(0, 256, (n, n, 3), dtype=np.uint8))
        total += np.asarray(spots.resize((side, side), Image.Resampling.BICUBIC)) / n**0.8
    total -= total.min()
    return (total * tint * (255 / total.max())).astype(np.uint8)
