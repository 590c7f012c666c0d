"""Cuts through touching ink, and which of them a line's best reading makes."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from skcnn.reading._cutting import find_cuts
from skcnn.reading._lattice import best_path, build_lattice
from skcnn.reading._lines import find_lines
from skcnn.reading._strokes import parts_of

STROKE = 5


def drawn(*strokes, width=40, height=44):
    """Return polygonal strokes as ink."""
    page = Image.new("L", (width, height))
    for points in strokes:
        ImageDraw.Draw(page).line(points, fill=1, width=STROKE, joint="curve")
    return np.asarray(page, np.float32)


def lattice_of(ink):
    ink = parts_of(ink, ink > 0)
    (line,) = find_lines(ink, 40)
    pieces = np.zeros(ink.parts.shape, np.int32)
    return build_lattice(ink, line, STROKE, pieces)


def test_cuts_go_from_top_to_bottom_and_from_left_to_right():
    ink = drawn([(4, 2), (4, 41)], [(4, 20), (34, 20)], [(34, 2), (34, 41)])

    cuts = find_cuts(ink, 3, 2 * STROKE)

    assert 1 <= len(cuts) <= 3
    for _, path in cuts:
        assert path.shape == (44,)
        assert np.abs(np.diff(path)).max() <= 1
    means = [path.mean() for _, path in cuts]
    assert means == sorted(means)


@pytest.mark.parametrize("at_top", [False, True])
def test_a_cut_where_digits_touch_beside_a_thinner_stroke(at_top):
    ink = drawn([(4, 2), (4, 41)], [(34, 2), (34, 41)])
    ink[39:42, 4:34] = 1
    ink[36:42, 4:16] = 1  # the place where they touch is twice as thick as the stroke beside it
    ink = ink[::-1] if at_top else ink

    cuts = find_cuts(ink, 8, 2.6 * STROKE)

    end = 3 if at_top else 40
    assert any(6 <= path[end] <= 10 for _, path in cuts)


def test_what_is_cut_is_as_high_as_a_digit():
    ink = drawn([(4, 2), (4, 41), (34, 41), (34, 22)])
    lattice = lattice_of(ink)

    assert any(piece.is_cut for piece in lattice.pieces)
    for candidate in lattice.candidates:
        top, _, bottom, _ = candidate.box
        whole = (candidate.first, candidate.last) == (0, len(lattice.pieces))
        assert whole or bottom - top > 0.5 * lattice.height


@pytest.mark.parametrize(("of_pair", "digits"), [(0.5, 2), (0.8, 1)])
def test_a_pair_is_cut_where_its_halves_are_likelier_digits(of_pair, digits):
    lattice = lattice_of(drawn([(4, 2), (4, 41)], [(4, 20), (34, 20)], [(34, 2), (34, 41)]))
    n_pieces = len(lattice.pieces)
    middle = n_pieces // 2
    probability = {(0, n_pieces): of_pair, (0, middle): 0.95, (middle, n_pieces): 0.95}
    improbable = -np.log(
        [probability.get((each.first, each.last), 1e-3) for each in lattice.candidates]
    )

    path = best_path(lattice, improbable)

    assert len(path) == digits
