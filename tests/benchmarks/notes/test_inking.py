"""Digits as pen strokes of any size, slant and width."""

import numpy as np
import pytest
from scipy import ndimage

from benchmarks.notes.inking import DigitShape


@pytest.fixture(scope="module")
def bar():
    """Return an upright bar of 20 x 4 pixels in the middle."""
    pixels = np.zeros((28, 28), np.uint8)
    pixels[4:24, 12:16] = 255
    return DigitShape.of(pixels)


@pytest.fixture(scope="module")
def ring():
    """Return a ring with a small hole."""
    rows, columns = np.indices((28, 28)) - 13.5
    away = np.hypot(rows, columns)
    return DigitShape.of((255 * ((away < 9) & (away > 2))).astype(np.uint8))


def size_of(ink):
    return ink.box[2:]


@pytest.mark.parametrize("height", [15, 40, 200])
def test_a_digit_of_twenty_pixels_gets_the_height(bar, height):
    width, tall = size_of(bar.written(height))

    assert tall == pytest.approx(height, abs=0.06 * height + 1)
    assert width == pytest.approx(height / 5, abs=0.02 * height + 1)


def test_it_is_sharp_in_any_size(bar):
    coverage = bar.written(200).coverage

    assert ((coverage > 0) & (coverage < 1)).mean() < 0.02
    assert coverage.max() == 1


@pytest.mark.parametrize("factor", [0.6, 1.5])
def test_a_pen_is_wider_by_a_factor(bar, factor):
    width, _ = size_of(bar.with_pen(factor).written(100))

    assert bar.half_width == pytest.approx(2, abs=0.3)
    assert width == pytest.approx(factor * size_of(bar.written(100))[0], abs=2)


def test_a_wide_pen_fills_no_loop_and_a_narrow_one_breaks_no_stroke(ring, bar):
    for shape, factor in ((ring, 3), (ring, 0.05), (bar, 0.01)):
        pieces = [
            ndimage.label(part)[1]
            for depth in (shape.depth, shape.with_pen(factor).depth)
            for part in (depth > 0, depth <= 0)
        ]
        assert pieces[:2] == pieces[2:]


def test_a_broken_stroke_has_a_gap(bar):
    rng = np.random.default_rng(0)

    n_pieces = [ndimage.label(bar.broken(rng).written(100).depth > 0)[1] for _ in range(10)]

    assert max(n_pieces) == 2
    assert n_pieces.count(2) >= 6


def ends_of(ink):
    """Return the mean column near the top and near the foot."""
    _, y, _, height = ink.box
    return tuple(np.flatnonzero(ink.depth[row] > 0).mean() for row in (y + 5, y + height - 6))


def test_positive_angles_turn_counter_clockwise_and_positive_shear_leans_to_the_right(bar):
    top, bottom = ends_of(bar.written(100, angle=10))
    assert bottom - top == pytest.approx(90 * np.sin(np.deg2rad(10)), abs=4)

    top, bottom = ends_of(bar.written(100, shear=0.2))
    assert top - bottom == pytest.approx(90 * 0.2, abs=4)
