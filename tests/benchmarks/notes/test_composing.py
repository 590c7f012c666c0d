"""Composed notes: what is said to stand in them does, and each condition shows."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from benchmarks.notes import composing
from benchmarks.notes.conditions import CLEAN, FACTORS, common, mixed
from benchmarks.notes.inking import DigitShape
from benchmarks.notes.setting import Hand, UnfitError, check_contacts, set_line

SHORT = replace(CLEAN, n_lines=(1, 2), n_digits=(2, 5), height=(40, 50))


def composed(composer, conditions, seed):
    return composer.compose(conditions, np.random.default_rng(seed))


def pieces_of(note, darkest=0.5):
    """Return connected ink of a clean note, numbered, and how many pieces there are."""
    ink = note.picture[..., 0] < darkest * note.picture.max()
    return ndimage.label(ink, np.ones((3, 3)))


def pieces_in(box, pieces):
    x, y, width, height = box
    return set(np.unique(pieces[y : y + height, x : x + width])) - {0}


def pairs_in(line):
    return zip(line.digits, line.digits[1:], strict=False)


def brightness(note):
    return note.picture.astype(float).mean(axis=2) / 255


def test_a_note_has_the_text_that_was_asked_for(composer):
    note = composer.compose(CLEAN, np.random.default_rng(0), text="504192\n7")

    assert note.text == "504192\n7"
    assert [digit.label for digit in note.lines[0].digits] == [5, 0, 4, 1, 9, 2]


def test_the_same_chance_composes_the_same_note(composer):
    first, again, other = (composed(composer, SHORT, seed) for seed in (3, 3, 4))

    np.testing.assert_array_equal(first.picture, again.picture)
    assert first.lines == again.lines
    assert first.lines != other.lines


@pytest.mark.parametrize("seed", range(4))
def test_boxes_hold_the_ink_to_the_pixel(composer, seed):
    note = composed(composer, SHORT, seed)

    ink = pieces_of(note)[0] > 0
    for line in note.lines:
        for digit in line.digits:
            x, y, width, height = digit.box
            inside = ink[y : y + height, x : x + width]
            assert inside.any(axis=0)[[0, -1]].all()
            assert inside.any(axis=1)[[0, -1]].all()
            inside[...] = False
    assert not ink.any()


@pytest.mark.parametrize("factor", ["turned page", "turned digits", "slant", "thick pen", "small"])
def test_digits_that_do_not_touch_have_paper_between_them(composer, factor):
    for seed in range(3):
        note = composed(composer, SHORT.but([factor]), seed)

        assert pieces_of(note)[1] >= sum(len(line.digits) for line in note.lines)


def test_of_each_line_one_pair_touches(composer):
    for seed in range(5):
        note = composed(composer, replace(SHORT, touching=True), seed)

        pieces, n_pieces = pieces_of(note, 0.6)
        assert n_pieces >= sum(len(line.digits) - 1 for line in note.lines)
        for line in note.lines:
            (pair,) = [pair for pair in pairs_in(line) if pair[0].touches_next]
            assert pieces_in(pair[0].box, pieces) & pieces_in(pair[1].box, pieces)


def test_digits_that_came_together_or_apart_are_noticed(composer):
    hand = Hand(DigitShape.of(composer.images[0]), 0, 40, 0, 0)
    line = set_line([hand, hand], CLEAN, np.random.default_rng(0))
    first, second = line.digits
    check_contacts([line])

    with pytest.raises(UnfitError, match="come together"):
        check_contacts([replace(line, digits=(first, second.moved(first.x - second.x + 4, 0)))])
    with pytest.raises(UnfitError, match="come apart"):
        check_contacts([replace(line, touching=0)])


def test_spaces_stand_in_the_text_and_on_the_paper(composer):
    gaps = {True: [], False: []}
    for seed in range(5):
        for line in composed(composer, replace(SHORT, spaces=0.5), seed).lines:
            words = line.text.split(" ")
            ends = np.cumsum([len(word) for word in words])
            assert ends[-1] == len(line.digits)
            for place, (digit, following) in enumerate(pairs_in(line), start=1):
                gaps[place in ends].append(following.box[0] - digit.box[0] - digit.box[2])

    assert min(gaps[True]) > max(gaps[False])


def test_dark_on_light_unless_it_is_asked_otherwise(composer):
    of_dark_ink = brightness(composed(composer, SHORT, 0))
    of_light_ink = brightness(composed(composer, SHORT.but(["light on dark"]), 0))

    assert np.median(of_dark_ink) > of_dark_ink.mean() > 0.5
    assert np.median(of_light_ink) < of_light_ink.mean() < 0.5


@pytest.mark.parametrize(
    ("factor", "changes"),
    [
        ("gradient", lambda grey: np.ptp([grey[:, :5].mean(), grey[:, -5:].mean()]) > 0.05),
        ("vignette", lambda grey: grey[:5, :5].mean() < np.median(grey) - 0.02),
        ("noise", lambda grey: grey[:5].std() > 0.003),
        ("salt and pepper", lambda grey: (grey[:5] == 0).any()),
        ("dark rulings", lambda grey: np.median(grey, axis=1).min() < np.median(grey) - 0.2),
        ("dark squares", lambda grey: np.median(grey, axis=0).min() < np.median(grey) - 0.2),
        ("faint ink", lambda grey: grey.min() > 0.15 and np.ptp(grey) < 0.6),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_condition_shows(composer, factor, changes):
    clean = brightness(composed(composer, SHORT, 1))
    with_it = [brightness(composed(composer, SHORT.but([factor]), seed)) for seed in range(1, 7)]

    assert not changes(clean)
    assert sum(changes(grey) for grey in with_it) >= 4


@pytest.mark.parametrize("factor", [None, "rising lines", "digits up and down"])
def test_feet_of_digits(composer, factor):
    """They stand on a level line, on one that rises, or near a level one."""
    conditions = replace(SHORT.but([factor] if factor else []), n_digits=(8, 8))
    slopes, misses = [], []
    for seed in range(4):
        for line in composed(composer, conditions, seed).lines:
            x, y, _, height = np.array([digit.box for digit in line.digits]).T
            slope, start = np.polyfit(x, y + height, 1)
            slopes.append(abs(slope))
            misses.append(np.abs(y + height - slope * x - start).max() / height.max())

    assert (max(slopes) > np.tan(np.radians(3))) == (factor == "rising lines")
    assert (max(misses) > 0.15) == (factor == "digits up and down")


def test_a_colour_shows(composer):
    picture = composed(composer, SHORT.but(["colour"]), 1).picture.astype(int)

    assert np.ptp(picture, axis=2).max() > 20
    assert np.ptp(composed(composer, SHORT, 1).picture.astype(int), axis=2).max() == 0


@pytest.mark.slow
@pytest.mark.parametrize("factor", FACTORS)
def test_each_condition_can_be_composed_with_and_without_touching_digits(composer, factor):
    for touching in (False, True):
        conditions = replace(CLEAN.but([factor]), touching=touching)
        note = composed(composer, conditions, 0)
        assert note.picture.dtype == np.uint8
        assert note.picture.shape[2] == 3


def test_mixed_conditions_differ_from_note_to_note():
    rng = np.random.default_rng(0)

    assert len({mixed(rng) for _ in range(20)}) == 20


def test_common_conditions_are_those_of_few_factors():
    rng = np.random.default_rng(0)
    drawn = {common(rng) for _ in range(5000)}

    assert CLEAN in drawn
    assert len(drawn) == 3 * 3 * 2 * 2 * 3
    assert not any(one.salt or one.spaces or one.blur or one.light_on_dark for one in drawn)


@pytest.mark.slow
def test_conditions_that_cannot_be_met_end_in_an_error(composer, monkeypatch):
    monkeypatch.setattr(composing, "_LARGEST", 10)

    with pytest.raises(ValueError, match="200 notes did not fit"):
        composed(composer, replace(SHORT, n_digits=(1, 1), n_lines=(1, 1)), 0)
