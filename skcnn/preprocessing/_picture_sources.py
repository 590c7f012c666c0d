"""X as pictures to be read: paths, bytes and Pillow images, and keys that tell their content."""

from __future__ import annotations

import os
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import numpy as np
from PIL import Image

from skcnn._pictures import (
    UNREADABLE,
    Source,
    UnreadablePictureError,
    cannot_open,
    pixels_as_they_are,
)

_KEY_BYTES = 16
_EXPECTED = "a list, an array, a Series or one column of a table of paths, bytes or Pillow images"


def read_sources(X: Any, name: str) -> list[Any]:
    """Return the pictures in X, one by one; None for one that is missing.

    Parameters
    ----------
    X : array-like of shape (n,) or (n, 1)
        Paths, bytes or Pillow images.
    name : str
        Of the transformer, for messages.

    Raises
    ------
    TypeError
        If X holds something else, or is a generator.
    ValueError
        If X is a single picture, empty, or a table of several columns.
    """
    if isinstance(X, (str, os.PathLike, bytes, bytearray, Image.Image)):
        raise ValueError(
            f"{name} expected {_EXPECTED}; received a single {type(X).__name__}. Pass [X], or, to "
            "read a folder of pictures, skcnn.load_image_folder(X).paths."
        )
    sources = [_source(thing, i, name) for i, thing in enumerate(_as_list(X, name))]
    if not sources:
        raise ValueError(
            "Found array with 0 sample(s) (shape=(0,)) while a minimum of 1 is required by "
            f"{name}."
        )
    return sources


def _as_list(X: Any, name: str) -> list[Any]:
    if hasattr(X, "columns"):
        if len(X.columns) != 1:
            raise ValueError(
                f"{name} expected a table with one column of pictures; received "
                f"{len(X.columns)} columns. Pass that column alone, or put {name} into a "
                "ColumnTransformer."
            )
        X = X[X.columns[0]]
    if hasattr(X, "to_list"):
        return X.to_list()
    if isinstance(X, np.ndarray):
        if X.dtype.kind in "buifcS" or X.ndim not in (1, 2) or X.shape[1:] not in ((), (1,)):
            raise _not_pictures(f"an array of shape {X.shape} and dtype {X.dtype}", name)
        return X.ravel().tolist()
    if isinstance(X, Sequence):
        return list(X)
    if hasattr(X, "__next__"):
        raise TypeError(
            f"{name} expected {_EXPECTED}; received a {type(X).__name__}, which can be gone "
            "through only once. Pass list(X)."
        )
    if hasattr(X, "paths"):
        raise TypeError(
            f"{name} expected {_EXPECTED}; received a {type(X).__name__} that has some. Pass "
            "X.paths."
        )
    raise _not_pictures(f"a {type(X).__name__}", name)


def _source(thing: Any, i: int, name: str) -> Source | None:
    if isinstance(thing, (str, os.PathLike, bytes, Image.Image)):
        return thing
    if isinstance(thing, (bytearray, memoryview)):
        return bytes(thing)
    if (
        thing is None
        or (np.isscalar(thing) and thing != thing)
        or type(thing).__name__ == "NAType"
    ):
        return None
    if isinstance(thing, (list, np.ndarray)) and np.shape(thing) == (1,):
        return _source(thing[0], i, name)
    raise _not_pictures(f"a {type(thing).__name__} at index {i}", name)


def _not_pictures(received: str, name: str) -> TypeError:
    return TypeError(
        f"{name} expected {_EXPECTED}; received {received}. Arrays of pixels need no {name}: hand "
        "them to the next step as they are."
    )


def key_of(source: Source | None) -> bytes:
    """Return what tells a picture's content: a file's path, size and time, or the content itself.

    Raises
    ------
    UnreadablePictureError
        If it is missing, or an image of Pillow that is damaged.
    OSError
        If a file is not there.
    """
    if source is None:
        raise UnreadablePictureError(
            "Cannot read a missing value; expected a path, bytes or a Pillow image. Fill it in, "
            "or leave out its row."
        )
    if isinstance(source, Image.Image):
        return _key_of_image(source)
    if isinstance(source, bytes):
        return blake2b(source, digest_size=_KEY_BYTES, person=b"bytes").digest()
    path = os.path.abspath(source)
    try:
        file = os.stat(path)
    except UNREADABLE as error:
        raise cannot_open(source, error) from None
    text = f"{path}\0{file.st_size}\0{file.st_mtime_ns}"
    return blake2b(os.fsencode(text), digest_size=_KEY_BYTES, person=b"file").digest()


def _key_of_image(image: Image.Image) -> bytes:
    key = blake2b(digest_size=_KEY_BYTES, person=b"image")
    pixels = pixels_as_they_are(image)
    palette = image.getpalette("RGBA") if image.mode in ("P", "PA") else None
    orientation = image.getexif().get(0x0112)
    transparency = image.info.get("transparency")
    key.update(repr((image.mode, image.size, palette, orientation, transparency)).encode())
    key.update(pixels)
    return key.digest()
