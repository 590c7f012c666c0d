"""Digits as they are cut out of notes, and pieces of notes that are no digit.

All are made of training images: written anew in other sizes, slants and pens, damaged as paper,
camera and thresholds damage them, and brought back into the form of MNIST.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from scipy import ndimage

from benchmarks.notes.inking import DigitShape
from skcnn._digit_form import normal_digit

Pixels = NDArray[np.uint8]
Map = NDArray[np.float32]

_AT_ONCE = 3000  # crops that one job makes
_WRITTEN_ANEW = 3  # crops that are made of one digit: its shape takes longest
_HEIGHTS = (18.0, 60.0)  # pixels of a written digit
_WRITTEN = 40.0  # of those in a pair
_FRAMED = 4  # pixels of paper around ink that is blurred


@dataclass(frozen=True)
class Digits:
    """Images and their labels.

    Attributes
    ----------
    images : ndarray of shape (n, 28, 28), uint8
        Light ink on black.
    labels : ndarray of shape (n,), uint8
        Which digit each is.
    """

    images: Pixels
    labels: Pixels

    def __len__(self) -> int:
        return len(self.labels)


def cut_digits(digits: Digits, n: int, seed: int, n_jobs: int) -> Digits:
    """Return so many digits, drawn at random, as they are cut out of notes."""
    return _in_jobs(_some_digits, digits, n, seed, n_jobs)


def cut_pieces(digits: Digits, n: int, seed: int, n_jobs: int) -> Digits:
    """Return so many pieces that are no digit, each with a label that is drawn at random.

    Over all of them, each label is equally frequent, so that a network that learns them gives
    each label the same, low probability (Hendrycks, Mazeika and Dietterich, "Deep Anomaly
    Detection with Outlier Exposure", ICLR 2019).
    """
    return _in_jobs(_some_pieces, digits, n, seed, n_jobs)


def _in_jobs(
    make: Callable[..., tuple[Pixels, Pixels]], digits: Digits, n: int, seed: int, n_jobs: int
) -> Digits:
    sizes = [min(_AT_ONCE, n - start) for start in range(0, n, _AT_ONCE)]
    jobs = (delayed(make)(digits, size, [seed, i]) for i, size in enumerate(sizes))
    made = Parallel(n_jobs)(jobs)
    images, labels = (np.concatenate(part) for part in zip(*made, strict=True))
    return Digits(images, labels)


def _some_digits(digits: Digits, n: int, seed: list[int]) -> tuple[Pixels, Pixels]:
    rng = np.random.default_rng(seed)
    drawn = rng.integers(len(digits), size=-(-n // _WRITTEN_ANEW))
    shapes = [DigitShape.of(digits.images[i]) for i in drawn]
    crops = [_crop(shapes[i // _WRITTEN_ANEW], rng) for i in range(n)]
    return np.array(crops), np.repeat(digits.labels[drawn], _WRITTEN_ANEW)[:n]


def _some_pieces(digits: Digits, n: int, seed: list[int]) -> tuple[Pixels, Pixels]:
    rng = np.random.default_rng(seed)
    drawn = rng.integers(len(digits), size=-(-n // _WRITTEN_ANEW))
    shapes = [DigitShape.of(digits.images[i]) for i in drawn]
    pieces: list[Pixels] = []
    while len(pieces) < n:
        piece = _piece(shapes, rng)
        if piece is not None:
            pieces.append(_in_form(_damaged(piece, rng)))
    return np.array(pieces), rng.integers(10, size=n).astype(np.uint8)


# --- one digit ---------------------------------------------------------------------------------


def _crop(shape: DigitShape, rng: np.random.Generator) -> Pixels:
    ink = _written(shape, float(np.exp(rng.uniform(*np.log(_HEIGHTS)))), rng)
    if rng.random() < 0.25:
        ink = _with_a_rest(ink, rng)
    return _in_form(_damaged(ink, rng))


def _written(shape: DigitShape, height: float, rng: np.random.Generator) -> Map:
    shape = shape.with_pen(float(np.exp(rng.uniform(np.log(0.6), np.log(1.6)))))
    if rng.random() < 0.15:
        shape = shape.broken(rng)
    return _cut(shape.written(height, rng.uniform(-14, 14), rng.uniform(-0.25, 0.4)).coverage)


def _cut(ink: Map) -> Map:
    rows, columns = (np.flatnonzero((ink > 0.05).any(axis)) for axis in (1, 0))
    if not len(rows):
        return np.zeros((1, 1), np.float32)
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _with_a_rest(ink: Map, rng: np.random.Generator) -> Map:
    """Return ink that begins or ends a little early, or has the rest of a line beside it."""
    height, width = ink.shape
    ink = np.pad(ink, ((0, 0), (2, 2)))
    if rng.random() < 0.4 and width > 8:
        lost = 2 + int(rng.uniform(0, 0.12) * width)
        return ink[:, lost:] if rng.random() < 0.5 else ink[:, : width + 4 - lost]
    ink = ink.copy()
    thick = max(1, round(rng.uniform(0.02, 0.06) * height))
    row = int(rng.integers(0, max(1, height - thick)))
    stripe = ink[row : row + thick]
    if rng.random() < 0.5:  # where a ruled line was taken out
        stripe *= np.float32(rng.uniform(0, 0.6))
    else:
        begin = int(rng.integers(0, width))
        rest = stripe[:, begin : begin + max(2, width // 4)]
        np.maximum(rest, np.float32(0.8), out=rest)
    return ink


def _damaged(ink: Map, rng: np.random.Generator) -> Map:
    """Return ink after a blur, noise and a threshold, each of them sometimes."""
    ink = np.pad(ink, _FRAMED)
    if rng.random() < 0.4:
        ink = ndimage.gaussian_filter(ink, rng.uniform(0.3, 1.0) * max(1.0, len(ink) / 40))
    if rng.random() < 0.4:
        noise = rng.normal(0, rng.uniform(0.02, 0.15), ink.shape)
        ink = np.where(ink > 0.08, ink + noise, ink).astype(np.float32)
    if rng.random() < 0.3:
        middle, steep = rng.uniform(0.25, 0.55), rng.uniform(1.5, 4)
        ink = np.where(ink > 0.05, (ink - np.float32(middle)) * np.float32(steep) + 0.5, 0)
    return np.clip(ink * np.float32(rng.uniform(0.75, 1.0)), 0, 1)


def _in_form(ink: Map) -> Pixels:
    return np.rint(normal_digit(ink) * 255).astype(np.uint8)


# --- no digit ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pair:
    """Two digits that touch.

    Attributes
    ----------
    ink : ndarray of shape (height, width), float32
        Both of them.
    right : int
        Column where the second begins.
    left_end : int
        Column where the first ends.
    """

    ink: Map
    right: int
    left_end: int


def _piece(shapes: Sequence[DigitShape], rng: np.random.Generator) -> Map | None:
    """Return a pair as one, a digit with much of its neighbour, or half a digit."""
    kind = rng.random()
    if kind > 0.75:
        return _half(shapes, rng)
    pair = _pair(shapes, rng)
    if pair is None or kind < 0.4:
        return None if pair is None else pair.ink
    width = pair.ink.shape[1]
    share = rng.uniform(0.35, 0.75)
    if rng.random() < 0.5:
        return _cut(pair.ink[:, : pair.right + int(share * (width - pair.right))])
    return _cut(pair.ink[:, int((1 - share) * pair.left_end) :])


def _half(shapes: Sequence[DigitShape], rng: np.random.Generator) -> Map | None:
    """Return the left or the right part of a digit, unless it is as narrow as a 1."""
    ink = _written(shapes[int(rng.integers(len(shapes)))], _WRITTEN, rng)
    height, width = ink.shape
    kept = int(rng.uniform(0.3, 0.6) * width)
    if kept < 0.3 * height:
        return None
    return _cut(ink[:, :kept] if rng.random() < 0.5 else ink[:, width - kept :])


def _pair(shapes: Sequence[DigitShape], rng: np.random.Generator) -> Pair | None:
    """Return two digits side by side, moved together until they touch."""
    first, second = (
        _written(shapes[int(rng.integers(len(shapes)))], _WRITTEN * rng.uniform(0.85, 1.15), rng)
        for _ in range(2)
    )
    rows = max(len(first), len(second)) + 8
    top, other_top = (int(rng.integers(0, rows - len(ink) + 1)) for ink in (first, second))
    canvas = np.zeros((rows, first.shape[1] + second.shape[1] + 4), np.float32)
    canvas[top : top + len(first), : first.shape[1]] = first
    band = canvas[other_top : other_top + len(second)]
    ends = np.where((band > 0.3).any(1), band.shape[1] - (band > 0.3)[:, ::-1].argmax(1), -rows)
    begins = np.where((second > 0.3).any(1), (second > 0.3).argmax(1), 10 * rows)
    place = int((ends - begins).max()) - int(rng.integers(0, 4))
    if not 0 < place < first.shape[1] + 2:
        return None
    other = np.zeros_like(canvas)
    other[other_top : other_top + len(second), place : place + second.shape[1]] = second
    both = np.maximum(canvas, other)
    return Pair(both[:, : place + second.shape[1]], place, first.shape[1])
