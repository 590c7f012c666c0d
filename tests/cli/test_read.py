"""The command skcnn read: the text of handwritten notes."""

import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

import skcnn.reading
from skcnn import MLPClassifier, cli, export_onnx
from skcnn._pictures import read_picture
from skcnn.cli import _read
from skcnn.cli._model_folder import Description, write_model
from skcnn.reading import Note, NoteDigit, NoteLine

WRITTEN = Path(__file__).parents[2] / "docs" / "note.jpg"


def line(text, probability=1.0):
    digits = [
        NoteDigit(int(label), probability, (10 + 20 * place, 10, 15, 30), (), 0.5)
        for place, label in enumerate(text.replace(" ", ""))
    ]
    return NoteLine(tuple(digits), (text.index(" "),) if " " in text else ())


NOTES = {
    "numbers.png": Note((line("504192"),)),
    "two.png": Note((line("50 4"), line("19"))),
    "doubtful.png": Note((line("5", 0.4),)),
    "blank.png": Note(()),
}


@pytest.fixture
def readers(monkeypatch):
    """Let files of known names be read as known notes; return the settings of all readers."""
    settings = []

    class Pretended:
        def __init__(self, classifier, **given):
            settings.append({"classifier": classifier} | given)

        def read(self, file):
            read_picture(file)
            return NOTES[file.name]

    monkeypatch.setattr(skcnn.reading, "NoteReader", Pretended)
    return settings


@pytest.fixture
def notes(skcnn_here, readers):
    """Write a picture for each note into the current folder."""
    for name in NOTES:
        Image.fromarray(np.full((60, 150), 255, np.uint8)).save(name)


def test_of_one_note_the_text_alone_is_printed(skcnn_here, notes):
    ran = skcnn_here("read", "two.png")

    assert (ran.status, ran.out, ran.err) == (0, "50 4\n19\n", "")


def test_of_several_notes_each_line_begins_with_the_file(skcnn_here, notes):
    ran = skcnn_here("read", "numbers.png", "two.png")

    assert ran.out == "numbers.png: 504192\ntwo.png: 50 4\ntwo.png: 19\n"
    assert (ran.status, ran.err) == (0, "")


def test_an_improbable_digit_is_a_question_mark(skcnn_here, notes):
    assert skcnn_here("read", "doubtful.png").out == "?\n"


def test_the_least_probability_reaches_the_reader(skcnn_here, notes, readers):
    skcnn_here("read", "numbers.png")
    skcnn_here("read", "--min-probability", "0.9", "numbers.png")

    assert readers == [
        {"classifier": None, "min_probability": 0.5},
        {"classifier": None, "min_probability": 0.9},
    ]


def test_a_picture_without_digits_has_an_empty_text_and_a_warning(skcnn_here, notes):
    ran = skcnn_here("read", "blank.png")

    assert (ran.status, ran.out) == (0, "\n")
    assert ran.err == "skcnn: warning: no digits found in blank.png\n"
    assert skcnn_here("read", "blank.png", "numbers.png").out.splitlines() == [
        "blank.png:",
        "numbers.png: 504192",
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("missing.png", ["'missing.png'", "No such file", "Correct the path"]),
        ("folder", ["'folder'", "Is a directory", "expected the file of a picture"]),
        ("text.png", ["'text.png'", "expected a picture", "Replace it"]),
        ("empty.png", ["'empty.png'", "an empty one"]),
        ("cut.png", ["'cut.png'", "damaged or truncated"]),
    ],
)
def test_what_is_no_picture_is_named_and_the_others_are_read(skcnn_here, notes, name, expected):
    Path("folder").mkdir()
    Path("text.png").write_text("504192")
    Path("empty.png").touch()
    Path("cut.png").write_bytes(Path("numbers.png").read_bytes()[:100])

    ran = skcnn_here("read", name, "numbers.png")

    assert (ran.status, ran.out) == (1, "numbers.png: 504192\n")
    assert ran.err.startswith("skcnn: error: ")
    assert ran.err.count("\n") == 1
    for words in expected:
        assert words in ran.err


@pytest.mark.usefixtures("closed_figures")
@pytest.mark.parametrize("name", ["out.png", "out.jpg", "out.svg"])
def test_a_drawing_is_written(skcnn_here, notes, name):
    ran = skcnn_here("read", "numbers.png", "--show", name)

    assert (ran.status, ran.out) == (0, "504192\n")
    assert ran.err == f"Wrote {name} to .\n"
    assert Path(name).stat().st_size > 1000


@pytest.mark.usefixtures("closed_figures")
def test_of_a_picture_without_digits_a_drawing_is_written_too(skcnn_here, notes):
    skcnn_here("read", "blank.png", "--show", "out.png")

    assert Path("out.png").is_file()


def test_of_a_picture_that_cannot_be_read_there_is_no_drawing(skcnn_here, notes):
    Path("out.png").write_text("of old")

    assert skcnn_here("read", "missing.png", "--show", "out.png").status == 1
    assert Path("out.png").read_text() == "of old"


def test_a_drawing_that_fails_leaves_nothing_behind(skcnn_here, notes, monkeypatch):
    def broken(draw, path):
        path.write_text("half of it")
        raise OSError("No space left on device")

    monkeypatch.setattr(_read, "write_picture", broken)
    before = sorted(Path.cwd().iterdir())

    ran = skcnn_here("read", "numbers.png", "--show", "out.png")

    assert (ran.status, ran.out) == (1, "504192\n")
    assert "No space left" in ran.err
    assert sorted(Path.cwd().iterdir()) == before


@pytest.mark.parametrize(
    ("drawing", "expected"),
    [
        ("folder", ["--show folder is a folder", "folder/note.png"]),
        ("nowhere/out.png", ["cannot write to nowhere", "No such file", "--show"]),
        ("text.txt/out.png", ["cannot write to text.txt", "--show"]),
    ],
)
def test_a_drawing_that_cannot_be_written_is_an_error_before_anything_is_read(
    skcnn_here, notes, readers, drawing, expected
):
    Path("folder").mkdir()
    Path("text.txt").touch()

    ran = skcnn_here("read", "numbers.png", "--show", drawing)

    assert (ran.status, ran.out) == (1, "")
    for words in expected:
        assert words in ran.err
    assert readers == []


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], ["FILE"]),
        (["a.png", "b.png", "--show", "out.png"], ["--show", "a single FILE"]),
        (["a.png", "--show", "./a.png"], ["--show", "is the note itself"]),
        (["a.png", "--show", "out.txt"], ["ends in .png", "'out.txt'"]),
        (["a.png", "--min-probability", "1.5"], ["a number from 0 to 1", "'1.5'"]),
        (["a.png", "--min-probability", "high"], ["a number from 0 to 1", "'high'"]),
        (["a.png", "--min-probability", "nan"], ["a number from 0 to 1", "'nan'"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_unusable_arguments_exit_with_2(arguments, expected, capsys):
    with pytest.raises(SystemExit) as exit_:
        cli.main(["read", *arguments])

    assert exit_.value.code == 2
    text = " ".join(capsys.readouterr().err.split())
    for words in expected:
        assert words in text


def test_a_missing_package_is_an_error_that_names_the_extra(skcnn_here, notes, monkeypatch):
    def broken(self, file):
        raise ImportError('reading needs onnxruntime: pip install "skcnn[reading]"')

    monkeypatch.setattr(skcnn.reading.NoteReader, "read", broken)

    ran = skcnn_here("read", "numbers.png")

    assert (ran.status, ran.out) == (1, "")
    assert 'pip install "skcnn[reading]"' in ran.err


@pytest.mark.slow
def test_a_note_is_read_by_the_network_in_the_box(skcnn_here):
    ran = skcnn_here("read", WRITTEN)

    assert (ran.status, ran.out, ran.err) == (0, "504192\n", "")


def always_seven(side):
    """Write a folder as skcnn train does, whose network sees a 7 in all images."""
    inputs, outputs = keras.Input((side, side, 1)), keras.layers.Dense(10, "softmax")
    network = keras.Sequential([inputs, keras.layers.Flatten(), outputs])
    outputs.set_weights([np.zeros((side**2, 10)), 9 * np.eye(10)[7]])
    folder = Path("sevens")
    folder.mkdir()
    digits = tuple(map(str, range(10)))
    write_model(network, Description(digits, (side, side), "grey", "resize", 255), folder)
    return folder


@pytest.mark.slow
def test_a_note_is_read_by_a_network_that_was_trained(skcnn_here):
    ran = skcnn_here("read", "--model", always_seven(28), WRITTEN)

    assert (ran.status, ran.err) == (0, "")
    assert set(ran.out.strip()) == {"7"}


@pytest.mark.slow
def test_a_note_is_read_by_an_onnx_file(skcnn_here):
    pytest.importorskip("onnx")
    X = np.random.default_rng(0).integers(0, 256, (80, 784), np.uint8)
    classifier = MLPClassifier(4, epochs=2, random_state=0).fit(X / 255, np.arange(80) % 2 + 3)
    export_onnx(classifier, "own.onnx", dtype="uint8")

    ran = skcnn_here("read", "--model", "own.onnx", "--min-probability", "0", WRITTEN)

    assert (ran.status, ran.err) == (0, "")
    assert set(ran.out.strip()) <= {"3", "4"}


@pytest.mark.slow
def test_a_model_that_is_none_or_reads_other_images_is_an_error(skcnn_here, notes):
    missing = skcnn_here("read", "--model", "nowhere", "numbers.png")
    other = skcnn_here("read", "--model", "none.onnx", "numbers.png")
    assert (missing.status, other.status) == (1, 1)
    assert "--model nowhere does not exist" in missing.err
    assert "There is no file none.onnx" in other.err


@pytest.mark.slow
def test_a_network_of_other_images_is_refused(skcnn_here):
    ran = skcnn_here("read", "--model", always_seven(8), WRITTEN)

    assert (ran.status, ran.out) == (1, "")
    assert "--model sevens takes 64 numbers a picture; expected the 784 pixels" in ran.err


@pytest.mark.slow
def test_tensorflow_is_not_loaded():
    process = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys\n"
            "from skcnn.cli import main\n"
            f"status = main(['read', {str(WRITTEN)!r}])\n"
            "heavy = {'tensorflow', 'keras', 'sklearn', 'pandas', 'matplotlib'}\n"
            "print(status, 'loaded:', sorted(heavy & set(sys.modules)))",
        ],
        capture_output=True,
        text=True,
        check=True,
    )

    assert process.stdout == "504192\n0 loaded: []\n"
