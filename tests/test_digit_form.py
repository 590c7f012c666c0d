"""The form of MNIST's digits."""

import numpy as np
import pytest

from skcnn._digit_form import BOX, SIDE, normal_digit


def _bar(height, width, frame=5):
    return np.pad(np.ones((height, width), np.float32), frame)


def _mass_centre(image):
    return [float((image.sum(1 - axis) * np.arange(SIDE)).sum() / image.sum()) for axis in (0, 1)]


@pytest.mark.parametrize(("height", "width"), [(200, 40), (7, 3), (40, 200), (20, 20)])
def test_ink_keeps_its_proportions_in_the_box(height, width):
    image = normal_digit(_bar(height, width))
    inked = [np.flatnonzero(image.any(axis)).size for axis in (1, 0)]
    assert inked == [round(side * BOX / max(height, width)) for side in (height, width)]


def test_the_centre_of_mass_lies_within_half_a_pixel_of_14():
    ink = _bar(100, 60)
    ink[60:, 40:] = 0
    assert _mass_centre(normal_digit(ink)) == pytest.approx([14, 14], abs=0.51)


@pytest.mark.parametrize("step", [1, -1], ids=["foot", "head"])
def test_a_digit_whose_mass_is_at_its_end_stays_whole(step):
    ink = np.zeros((200, 200), np.float32)
    ink[:, :20] = 0.2  # a faint stroke on a wide, heavy end
    ink[190:] = 1
    image = normal_digit(ink[::step])
    assert np.flatnonzero(image.any(axis=1)).size == BOX


def test_an_abrupt_edge_does_not_pass_the_ends_of_the_scale():
    ink = np.pad(_bar(60, 20, frame=0), ((0, 0), (20, 20)))
    ink[0] = 1
    image = normal_digit(ink)
    assert image.min() == 0
    assert image.max() == 1


def test_ink_too_faint_for_the_box_does_not_shrink_the_digit():
    ink = np.pad(_bar(100, 60), 50)
    ink[0, 0] = 0.05
    np.testing.assert_array_equal(normal_digit(ink), normal_digit(_bar(100, 60)))


@pytest.mark.parametrize("shape", [(0, 0), (1, 1), (30, 20)])
def test_no_ink_gives_an_empty_image(shape):
    image = normal_digit(np.zeros(shape, np.float32))
    assert image.shape == (SIDE, SIDE)
    assert image.dtype == np.float32
    assert not image.any()
