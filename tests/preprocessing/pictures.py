"""Tiny pictures in files, for tests of what reads them."""

import time
from unittest import mock

import numpy as np
from PIL import Image

from skcnn import ImageLoader, _picture_cache


def write_pictures(folder, n, size=(6, 5), ending="png", seed=0):
    """Write n pictures of random pixels, and return their paths and their pixels."""
    folder.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (n, *size, 3), dtype=np.uint8)
    paths = [str(folder / f"{i:03}.{ending}") for i in range(n)]
    for path, image in zip(paths, pixels, strict=True):
        Image.fromarray(image).save(path)
    return paths, pixels


class NotingLoader(ImageLoader):
    """An ImageLoader that notes in a file what it decodes, in whatever process."""

    def __init__(self, image_size, log, cache_dir=None):
        super().__init__(image_size, cache_dir=cache_dir)
        self.log = log

    def transform(self, X):
        decode = _picture_cache.formed_picture

        def note(source, form):
            with open(self.log, "a") as file:  # short writes to the end of a file do not mix
                file.write(f"{source}\n")
            time.sleep(0.002)
            return decode(source, form)

        with mock.patch.object(_picture_cache, "formed_picture", note):
            return super().transform(X)
