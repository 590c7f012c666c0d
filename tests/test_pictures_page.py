"""docs/pictures.md: its Python can be typed in as it stands, and its commands are understood."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from skcnn import CNNClassifier, cli

PAGE = (Path(__file__).parents[1] / "docs" / "pictures.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def flowers(tmp_path, monkeypatch):
    """Make a folder of yellow and of red pictures, in several sizes."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    for name, colour in (("daisy", (220, 200, 40)), ("tulip", (200, 30, 60))):
        (tmp_path / "flowers" / name).mkdir(parents=True)
        for i in range(16):
            noise = rng.normal(colour, 30, (*rng.integers(40, 60, 2), 3))
            picture = Image.fromarray(noise.clip(0, 255).astype(np.uint8))
            picture.save(tmp_path / "flowers" / name / f"IMG_{i:04}.jpg")


@pytest.mark.slow
def test_all_of_it_runs(flowers):
    names = {}
    for language, code in BLOCKS:
        if language == "python":
            exec(code, names)

    assert names["flowers"].images.shape == (32, 32, 32, 3)
    X_test, y_test = names["X_test"], names["y_test"]
    assert names["search"].predict(X_test).dtype == y_test.dtype
    assert names["on_features"].score(X_test, y_test) > 0.7
    assert names["transferred"].score(X_test, y_test) > 0.7


def test_its_commands_are_understood():
    commands = [
        line for language, code in BLOCKS if language == "bash" for line in code.splitlines()
    ]

    assert len(commands) == 3
    for command in commands:
        program, *arguments = command.split()
        assert program == "skcnn"
        cli._parser().parse_args(arguments)


def test_its_table_names_parameters_that_there_are():
    table = PAGE.partition("## Networks for photographs")[2].partition("## Borrowed")[0]
    named = re.findall(r"^\| `(\w+)", table, re.MULTILINE)

    assert len(named) == 7
    assert set(named) <= CNNClassifier().get_params().keys()
