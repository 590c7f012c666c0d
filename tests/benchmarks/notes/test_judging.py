"""What was read beside what was written: right lines, and the causes of wrong ones."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.notes import judging
from benchmarks.notes.composing import ComposedNote, WrittenDigit, WrittenLine
from benchmarks.notes.conditions import CLEAN
from benchmarks.notes.judging import judge
from skcnn.reading import Note, NoteDigit, NoteLine


def box(line, place):
    return (10 + 40 * place, 10 + 60 * line, 30, 40)


def written(*texts, touching=None):
    """Return a note whose digits stand 40 pixels apart; in each line ``touching`` has contact."""
    lines = []
    for number, text in enumerate(texts):
        digits = tuple(
            WrittenDigit(int(label), box(number, place), place == touching)
            for place, label in enumerate(text.replace(" ", ""))
        )
        lines.append(WrittenLine(digits, text))
    return ComposedNote(np.zeros((300, 600, 3), np.uint8), tuple(lines), CLEAN)


def digit(label, at, probability=1.0):
    return NoteDigit(int(label), probability, at, (), 0.5)


def line(text, number):
    digits = text.replace(" ", "")
    spaces = tuple(
        place
        for place in range(1, len(digits))
        if " " in text and len(text.split(" ")[0]) == place
    )
    return NoteLine(tuple(digit(d, box(number, place)) for place, d in enumerate(digits)), spaces)


def read(*texts):
    return Note(tuple(line(text, number) for number, text in enumerate(texts)))


def test_what_was_read_as_it_was_written_is_right():
    verdict = judge(written("50 4", "192"), read("50 4", "192"))

    assert [v.cause for v in verdict.lines] == [None, None]
    assert [v.read for v in verdict.lines] == ["50 4", "192"]
    assert (verdict.n_digits, verdict.n_right) == (6, 6)


def test_boxes_that_differ_a_little_are_the_same():
    one = read("5").lines[0].digits[0]
    x, y, width, height = one.box
    wider = Note((NoteLine((replace(one, box=(x - 3, y - 2, width + 4, height + 6)),), ()),))

    assert judge(written("5"), wider).lines[0].cause is None


WIDE = (10, 10, 70, 40)  # over the first two digits
LEFT_HALF, RIGHT_HALF = (10, 10, 14, 40), (26, 10, 14, 40)

FAILURES = {
    judging.LOST_NOTE: ("504", Note(())),
    judging.WRONG_CLASS: ("504", read("904")),
    judging.SPACES: ("5 04", read("504")),
    judging.LOST_DIGIT: ("504", Note((NoteLine(line("504", 0).digits[:2]),))),
    judging.JOINED: ("504", Note((NoteLine((digit(8, WIDE), line("504", 0).digits[2])),))),
    judging.DIVIDED: (
        "504",
        Note((NoteLine((digit(1, LEFT_HALF), digit(1, RIGHT_HALF), *line("504", 0).digits[1:])),)),
    ),
    judging.EXTRA_DIGIT: (
        "504",
        Note((NoteLine((*line("504", 0).digits, digit(1, (300, 10, 8, 40)))),)),
    ),
    judging.UNSURE: (
        "504",
        Note((NoteLine((digit(5, box(0, 0), 0.4), *line("504", 0).digits[1:])),)),
    ),
}


@pytest.mark.parametrize("cause", FAILURES)
def test_a_wrong_line_has_its_cause(cause):
    text, note = FAILURES[cause]

    (verdict,) = judge(written(text), note).lines

    assert verdict.cause == cause


def test_a_touching_pair_that_was_cut_elsewhere_has_a_cause_of_its_own():
    too_wide, too_narrow = digit(8, (10, 10, 58, 40)), digit(1, (70, 10, 10, 40))
    note = Note((NoteLine((too_wide, too_narrow, line("504", 0).digits[2])),))

    assert judge(written("504", touching=0), note).lines[0].cause == judging.CUT
    assert judge(written("504"), note).lines[0].cause == judging.DIVIDED


def test_one_line_lost_leaves_the_others_right():
    verdict = judge(written("50", "41", "92"), Note((line("50", 0), line("92", 2))))

    assert [v.cause for v in verdict.lines] == [None, judging.LOST_LINE, None]
    assert (verdict.n_digits, verdict.n_right) == (6, 4)


def test_lines_that_were_joined_are_both_wrong():
    joined = Note((NoteLine((*line("50", 0).digits, *line("41", 1).digits)),))

    causes = {v.cause for v in judge(written("50", "41"), joined).lines}

    assert causes == {judging.MIXED_LINES}


def test_a_line_that_is_not_there_counts_as_a_wrong_one():
    verdict = judge(written("50"), Note((line("50", 0), line("1", 3))))

    assert [v.cause for v in verdict.lines] == [None, judging.EXTRA_LINE]
    assert verdict.lines[1].read == "1"
