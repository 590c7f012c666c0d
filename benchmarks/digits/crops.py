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
from skcnn.reading._lattice import build_lattice
from skcnn.reading._lines import Glyph
from skcnn.reading._strokes import parts_of, stroke_width

Pixels = NDArray[np.uint8]
Map = NDArray[np.float32]

_AT_ONCE = 3000  # crops that one job makes
_WRITTEN_ANEW = 3  # crops that are made of one digit: its shape takes longest
_HEIGHTS = (14.0, 60.0)  # pixels of a written digit
_OUT_OF_PAIRS = 0.25  # of all digits: those that are cut from another, which they touch
_WHOLE_PAIRS, _PARTS_OF_PAIRS = 0.4, 0.8  # of all pieces, where the rest are halves of digits
_INKED = 0.5  # of a pixel, that is covered by a stroke
_NEARLY_ALL, _NEARLY_NONE = 0.9, 0.15  # of a digit's ink: it is known by so much, and left out
_LOWEST = 0.6  # of the height of digits, of a piece: the reader knows lower ones by their size
_NARROWEST = 0.3  # of its height, of a piece: narrower ones are too much like a 1
_TOO_LITTLE, _TOO_MUCH = 0.6, 0.4  # of a digit's ink, for the one and for the other
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
    crops = [_crop(shapes[i // _WRITTEN_ANEW], shapes, rng) for i in range(n)]
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


def _crop(shape: DigitShape, others: Sequence[DigitShape], rng: np.random.Generator) -> Pixels:
    if rng.random() < _OUT_OF_PAIRS:
        ink = _out_of_a_pair(shape, others[int(rng.integers(len(others)))], rng)
        if ink is not None:
            return _in_form(_damaged(ink, rng))
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
    first, second : ndarray of shape (height, width), float32
        Each of them, where it stands.
    """

    first: Map
    second: Map

    @property
    def ink(self) -> Map:
        """Both of them."""
        return np.maximum(self.first, self.second)


def _piece(shapes: Sequence[DigitShape], rng: np.random.Generator) -> Map | None:
    """Return a pair as one, a digit with much of its neighbour, or half a digit."""
    kind = rng.random()
    if kind > _PARTS_OF_PAIRS:
        return _half(shapes, rng)
    first, second = (shapes[int(rng.integers(len(shapes)))] for _ in range(2))
    pair = _pair(first, second, rng)
    if pair is None:
        return None
    if kind < _WHOLE_PAIRS:
        return pair.ink
    height = len(_cut(pair.ink))
    wrong = [cut.ink for cut in _cuts_of(pair) if cut.is_none and _is_tall(cut.ink, height)]
    return wrong[int(rng.integers(len(wrong)))] if wrong else None


def _is_tall(ink: Map, height: int) -> bool:
    """Tell whether a piece is as high as digits are, and wider than a 1."""
    return len(ink) > _LOWEST * height and ink.shape[1] > _NARROWEST * len(ink)


def _half(shapes: Sequence[DigitShape], rng: np.random.Generator) -> Map | None:
    """Return the left or the right part of a digit, unless it is as narrow as a 1."""
    ink = _written(shapes[int(rng.integers(len(shapes)))], _WRITTEN, rng)
    height, width = ink.shape
    kept = int(rng.uniform(0.3, 0.6) * width)
    if kept < _NARROWEST * height:
        return None
    return _cut(ink[:, :kept] if rng.random() < 0.5 else ink[:, width - kept :])


def _out_of_a_pair(shape: DigitShape, other: DigitShape, rng: np.random.Generator) -> Map | None:
    """Return a digit that was cut from one that it touches, as a reader cuts them."""
    is_first = rng.random() < 0.5
    pair = _pair(shape, other, rng) if is_first else _pair(other, shape, rng)
    if pair is None:
        return None
    right = [cut.ink for cut in _cuts_of(pair) if cut.holds(is_first)]
    return right[int(rng.integers(len(right)))] if right else None


@dataclass(frozen=True)
class Cut:
    """Ink of a pair that a reader takes for one digit.

    Attributes
    ----------
    ink : ndarray of shape (height, width), float32
        What it has cut out.
    shares : tuple of float
        How much of the ink of the first digit it holds, and of the second.
    """

    ink: Map
    shares: tuple[float, float]

    def holds(self, first: bool) -> bool:
        """Tell whether it is the first digit, or the second, and nearly nothing else."""
        own, other = self.shares if first else self.shares[::-1]
        return own > _NEARLY_ALL and other < _NEARLY_NONE

    @property
    def is_none(self) -> bool:
        """Whether it is no digit: half of one, or more than one."""
        own, other = sorted(self.shares, reverse=True)
        return own < _TOO_LITTLE or other > _TOO_MUCH


def _cuts_of(pair: Pair) -> list[Cut]:
    """Return what ``NoteReader`` would ask its classifier about."""
    strength = np.pad(pair.ink, _FRAMED)
    ink = parts_of(strength, strength > _INKED)
    if not len(ink.areas):
        return []
    box = np.concatenate([ink.boxes[:, :2].min(axis=0), ink.boxes[:, 2:].max(axis=0)])
    glyph = Glyph(tuple(range(1, len(ink.areas) + 1)), box)
    pieces = np.zeros(strength.shape, np.int32)
    lattice = build_lattice(ink, [glyph], stroke_width(ink), pieces)
    both = [np.pad(digit, _FRAMED) > _INKED for digit in (pair.first, pair.second)]
    cuts = []
    for candidate in lattice.candidates:
        numbers = [piece.number for piece in lattice.pieces[candidate.first : candidate.last]]
        held = np.isin(pieces, numbers)
        first, second = (float((digit & held).sum() / digit.sum()) for digit in both)
        cuts.append(Cut(_cut(np.where(held, strength, np.float32(0))), (first, second)))
    return cuts


def _pair(
    first_shape: DigitShape, second_shape: DigitShape, rng: np.random.Generator
) -> Pair | None:
    """Return two digits side by side, moved together until they touch."""
    first, second = (
        _written(shape, _WRITTEN * rng.uniform(0.85, 1.15), rng)
        for shape in (first_shape, second_shape)
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
    return Pair(canvas[:, : place + second.shape[1]], other[:, : place + second.shape[1]])
