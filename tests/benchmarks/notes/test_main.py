"""``python -m benchmarks.notes``, with a reader that knows the truth and one that sees nothing."""

import re

import numpy as np
import pytest

from benchmarks.notes.__main__ import main
from benchmarks.notes.measuring import CLEAN_NOTES, MAIN, SINGLE, measure, note_of
from skcnn.reading import Note, NoteDigit, NoteLine


class Blind:
    """Sees no digit."""

    def read(self, picture):
        return Note(())


class Knowing:
    """Reads what the bench has composed, and takes every 7 for a 1."""

    def __init__(self, composer, seed, n_notes=5):
        notes = (
            note_of(setting, composer, seed, number)
            for setting in (CLEAN_NOTES, SINGLE[0])
            for number in range(n_notes)
        )
        self._notes = {note.picture.tobytes(): note for note in notes}

    def read(self, picture):
        return Note(tuple(map(self._line, self._notes[picture.tobytes()].lines)))

    def _line(self, line):
        labels = [1 if digit.label == 7 else digit.label for digit in line.digits]
        return NoteLine(
            tuple(
                NoteDigit(label, 1.0, digit.box, ())
                for label, digit in zip(labels, line.digits, strict=True)
            )
        )


def rows_of(text):
    return [row.strip("| ").split(" | ") for row in text.splitlines() if row.startswith("| ")]


@pytest.mark.slow
def test_lines_and_digits_are_counted_and_intervals_drawn_around_them(composer, capsys):
    arguments = ["--notes", "1", "--seed", "5", "--only", "clean", "small"]

    assert main(arguments, composer=composer, reader=Knowing(composer, 5)) == 0

    rows = {row[0]: row[1:] for row in rows_of(capsys.readouterr().out)}
    lines = [note_of(CLEAN_NOTES, composer, 5, number).lines for number in range(5)]
    texts = [line.text for note in lines for line in note]
    share = sum("7" not in text for text in texts) / len(texts)
    digits = "".join(texts)
    assert rows["clean"][:2] == [str(len(texts)), f"{share:.1%}"]
    low, high = (float(n) for n in re.findall(r"[\d.]+", rows["clean"][2]))
    assert low < 100 * share < high
    assert rows["clean"][3] == f"{1 - digits.count('7') / len(digits):.2%}"
    assert rows["digit taken for another"] == [f"{1 - share:.2%}"]


def test_the_seed_is_shown_and_composes_the_same_notes(composer, capsys):
    main(["--notes", "1", "--only", "blur"], composer=composer, reader=Blind())
    first = capsys.readouterr()
    seed = re.search(r"seed is (\d+)", first.err)[1]
    main(["--notes", "1", "--only", "blur", "--seed", seed], composer=composer, reader=Blind())

    timeless = re.compile(r"\| \d+ \|$", re.MULTILINE)
    assert timeless.sub("", capsys.readouterr().out) == timeless.sub("", first.out)
    assert f"Seed {seed};" in first.out


def test_every_run_draws_a_seed(composer, capsys):
    for _ in range(2):
        main(["--notes", "1", "--only", "blur"], composer=composer, reader=Blind())
    seeds = re.findall(r"seed is (\d+)", capsys.readouterr().err)

    assert seeds[0] != seeds[1]


def test_pictures_of_failures_are_named_after_the_cause(composer, capsys, tmp_path):
    arguments = ["--notes", "2", "--only", "small", "--failures", str(tmp_path / "failures")]

    main(arguments, composer=composer, reader=Blind())

    names = sorted(path.name for path in (tmp_path / "failures").iterdir())
    assert names == [f"small-{n}-nothing_of_the_note_was_read.png" for n in range(2)]


def test_the_tables_take_their_place_in_the_page(composer, capsys, tmp_path):
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- notes: begin -->\nold\n<!-- notes: end -->\nafter\n")

    main(["--notes", "1", "--only", "blur", "--write"], page, composer, Blind())

    assert re.match(
        r"before\n<!-- notes: begin -->\n\| notes .*\n<!-- notes: end -->\nafter\n$",
        page.read_text(),
        re.DOTALL,
    )
    assert "old" not in page.read_text()


def test_an_unknown_condition_names_the_known_ones(composer, capsys):
    with pytest.raises(SystemExit) as exit_:
        main(["--only", "rain"], composer=composer, reader=Blind())

    assert exit_.value.code == 2
    text = capsys.readouterr().err
    for setting in (*MAIN, *SINGLE):
        assert setting.name in text


def test_failures_are_handed_on_with_what_was_read(composer):
    handed = []

    tally = measure(CLEAN_NOTES, composer, Blind(), 0, range(2), lambda *all_: handed.append(all_))

    assert [reading.number for _, _, reading in handed] == [0, 1]
    assert tally.lines == tally.digits == 0
    assert np.isfinite(tally.milliseconds)
