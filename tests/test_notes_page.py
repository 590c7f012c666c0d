"""docs/notes.md: its Python can be typed in as it stands, and its commands are understood."""

import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

import skcnn
from benchmarks.notes.measuring import MAIN, SINGLE
from skcnn import cli, load_digit_images

DOCS = Path(__file__).parents[1] / "docs"
PAGE = (DOCS / "notes.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def small_mnist(monkeypatch):
    """Let MNIST be 400 digits of scikit-learn in its form."""
    images, labels = load_digit_images(return_X_y=True)
    large = np.zeros((400, 28, 28), np.uint8)
    for place, image in zip(large, images, strict=False):
        place[4:24, 4:24] = np.asarray(Image.fromarray(image).resize((20, 20)))
    data = SimpleNamespace(X_train=large, y_train=labels[:400])
    monkeypatch.setattr(skcnn, "fetch_mnist", lambda: data)


@pytest.mark.slow
@pytest.mark.usefixtures("closed_figures", "small_mnist")
def test_all_of_it_runs_and_prints_what_it_says(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    shutil.copy(DOCS / "note.jpg", tmp_path)
    names = {}
    for language, code in BLOCKS:
        if language == "python":
            exec(code, names)

    printed = capsys.readouterr().out
    (expected,) = [text for language, text in BLOCKS if language == "text"]
    assert expected == "504192\n"
    assert printed.startswith(expected)
    assert len(printed.splitlines()) == 7


def test_its_commands_are_understood():
    commands = [
        line for language, code in BLOCKS if language == "bash" for line in code.splitlines()
    ]

    assert len(commands) == 4
    for command in commands:
        program, *arguments = command.split()
        assert program == "skcnn"
        assert cli._parser().parse_args(arguments).files


def test_its_pictures_are_there_and_small():
    pictures = re.findall(r"!\[[^]]+\]\(([^)]+)\)", PAGE)

    assert len(pictures) == 2
    for picture in pictures:
        assert 0 < (DOCS / picture).stat().st_size < 150_000


def test_its_table_has_each_condition():
    table = PAGE.partition("<!-- notes: begin -->")[2].partition("<!-- notes: end -->")[0]

    for setting in (*MAIN, *SINGLE):
        assert f"\n| {setting.name} | " in table
