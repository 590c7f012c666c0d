"""From glyphs to digits: every way to cut and to join a line's ink, and the likeliest of them.

Heuristic over-segmentation: LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied
to document recognition", Proceedings of the IEEE 86(11), 1998, sections IV and V.  Ink is cut
wherever a digit might end, a classifier judges each run of pieces that might be one digit, and the
shortest path through the runs is the line's reading.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skcnn.reading._cutting import find_cuts, pieces_between
from skcnn.reading._lines import Glyph
from skcnn.reading._strokes import Ink

Map = NDArray[np.float32]

_MOST_CUTS, _MOST_GLYPHS = 7, 3  # within one digit
_WIDEST = 1.6  # of a digit's height, of a digit
_LOWEST_CUT = 0.5  # of a digit's height, of a digit that is cut from another
_NARROWEST_CUT = 0.5  # of a digit's height, of a glyph that may be several digits
_CUTS = 8  # for each digit's height of a glyph's width
_STROKES_CUT = 2.6  # how many strokes' width of ink a cut may cross


@dataclass(frozen=True)
class Piece:
    """Ink between one possible end of a digit and the next.

    Attributes
    ----------
    number : int
        What its pixels hold in the lattice's map.
    box : ndarray of shape (4,), int64
        (top, left, bottom, right) around them.
    cut : float
        What the cut on its left costs, in strokes' width of ink; 0 where nothing is cut.
    is_cut : bool
        Whether ink is cut on its left.
    """

    number: int
    box: NDArray[np.int64]
    cut: float
    is_cut: bool


@dataclass(frozen=True)
class Candidate:
    """Pieces that may be one digit.

    Attributes
    ----------
    first, last : int
        The first of the line's pieces, and the one after the last.
    box : ndarray of shape (4,), int64
        (top, left, bottom, right) around them.
    """

    first: int
    last: int
    box: NDArray[np.int64]


@dataclass(frozen=True)
class Lattice:
    """A line's ink in pieces.

    Attributes
    ----------
    pieces : list of Piece
        From left to right.
    candidates : list of Candidate
        The runs of pieces that may be digits.
    height : float
        Of the line's digits, in pixels.
    """

    pieces: list[Piece]
    candidates: list[Candidate]
    height: float


def build_lattice(
    ink: Ink, line: list[Glyph], stroke: float, pieces_map: NDArray[np.int32]
) -> Lattice:
    """Cut a line's glyphs wherever a digit might end.

    Parameters
    ----------
    ink : Ink
        Of an upright note.
    line : list of Glyph
        From left to right.
    stroke : float
        How wide its strokes are, in pixels.
    pieces_map : ndarray of shape (height, width), int32
        Gets the number of each piece, where it is; numbers go on from the greatest in it.
    """
    height = float(
        np.median([g.height for g in line if g.height >= 0.5 * max(h.height for h in line)])
    )
    pieces: list[Piece] = []
    last = int(pieces_map.max())
    for glyph in line:
        top, left, bottom, right = glyph.box
        window = (slice(top, bottom), slice(left, right))
        mask = np.isin(ink.parts[window], glyph.parts)
        cuts = []
        if glyph.width > _NARROWEST_CUT * height and glyph.height > 0.5 * height:
            most = int(np.ceil(_CUTS * glyph.width / height))
            cuts = find_cuts(np.where(mask, ink.strength[window], 0), most, _STROKES_CUT * stroke)
        between = pieces_between([path for _, path in cuts], mask.shape)
        for i in range(len(cuts) + 1):
            here = mask & (between == i)
            if not here.any():
                continue
            last += 1
            pieces_map[window][here] = last
            cost = cuts[i - 1][0] / stroke if i else 0.0
            box = _box_of(here) + np.array([top, left, top, left])
            pieces.append(Piece(last, box, cost, i > 0))
    return Lattice(pieces, _candidates(pieces, height), height)


def _box_of(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return np.array([rows[0], columns[0], rows[-1] + 1, columns[-1] + 1])


def _candidates(pieces: list[Piece], height: float) -> list[Candidate]:
    found = []
    for first in range(len(pieces)):
        box = pieces[first].box
        for last in range(first + 1, len(pieces) + 1):
            new = pieces[last - 1]
            if last > first + 1 and not new.is_cut and new.box[1] - box[3] > 0.5 * height:
                break
            box = np.concatenate(
                [np.minimum(box[:2], new.box[:2]), np.maximum(box[2:], new.box[2:])]
            )
            whole = not pieces[first].is_cut and (last == len(pieces) or not pieces[last].is_cut)
            of_one = not any(not p.is_cut for p in pieces[first + 1 : last])
            fits = box[3] - box[1] <= _WIDEST * max(height, box[2] - box[0])
            inner = [p.is_cut for p in pieces[first + 1 : last]]
            few = sum(inner) <= _MOST_CUTS and len(inner) - sum(inner) < _MOST_GLYPHS
            high = whole or box[2] - box[0] > _LOWEST_CUT * height
            if (fits and few and high) or (whole and of_one):
                found.append(Candidate(first, last, box))
    return found


def best_path(lattice: Lattice, improbable: NDArray[np.float64]) -> list[int]:
    """Return the candidates, by their place, that read a line best.

    Parameters
    ----------
    lattice : Lattice
        The line.
    improbable : ndarray of shape (n_candidates,), float64
        The negative logarithm of the probability of each candidate's likeliest class.
    """
    n_pieces = len(lattice.pieces)
    costs = np.full(n_pieces + 1, np.inf)
    costs[0] = 0
    came: list[tuple[int, int | None]] = [(0, None)] * (n_pieces + 1)
    ending: list[list[int]] = [[] for _ in range(n_pieces + 1)]
    for i, candidate in enumerate(lattice.candidates):
        ending[candidate.last].append(i)
    for last in range(1, n_pieces + 1):
        for i in ending[last]:
            candidate = lattice.candidates[i]
            cost = costs[candidate.first] + improbable[i] + _shape_cost(lattice, candidate)
            if cost < costs[last]:
                costs[last], came[last] = cost, (candidate.first, i)
        skipped = costs[last - 1] + _skip_cost(lattice, lattice.pieces[last - 1])
        if skipped < costs[last]:
            costs[last], came[last] = skipped, (last - 1, None)
    path, at = [], n_pieces
    while at:
        at, which = came[at]
        if which is not None:
            path.append(which)
    return path[::-1]


def _shape_cost(lattice: Lattice, candidate: Candidate) -> float:
    """Return how unlike a digit's the place and the size of a candidate are.

    It is little beside what the classifier says, which knows halves and pairs of digits: the
    weights are those that read the most lines of notes with MNIST's training digits.
    """
    top, left, bottom, right = candidate.box
    pieces = lattice.pieces[candidate.first : candidate.last]
    height, width = bottom - top, right - left
    cost = 0.0
    if pieces[0].is_cut:
        cost += 0.25 + 0.08 * pieces[0].cut
    cost += 1.5 * max(0.0, 0.75 - height / lattice.height)
    cost += max(0.0, width / max(height, lattice.height) - 1.0)
    for i in range(1, len(pieces)):
        if not pieces[i].is_cut:
            gap = pieces[i].box[1] - max(piece.box[3] for piece in pieces[:i])
            cost += 0.1 + 10 * max(0.0, gap / lattice.height) ** 2
    return cost


def _skip_cost(lattice: Lattice, piece: Piece) -> float:
    """Return what it costs to take a piece for a speck or a smudge."""
    if piece.is_cut:
        return np.inf
    height, width = piece.box[2] - piece.box[0], piece.box[3] - piece.box[1]
    size = max(height, width) / lattice.height
    return 0.5 + 3 * size**2
