"""docs/chapter.md: its Python can be typed in as it stands, and what it prints on MNIST is so."""

import os
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import skcnn
from skcnn import cli

PAGE = Path(__file__).parents[1] / "docs" / "chapter.md"
REAL_HOME = Path(os.environ.get("SKCNN_DATA_HOME") or "no data home")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)


@pytest.fixture
def session(monkeypatch, tmp_path, closed_figures):
    """Run code as one session in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    names = {}
    return lambda code: exec(code, names)


@pytest.fixture
def small_mnist(monkeypatch, digits):
    """Let MNIST be 200 + 100 digits, each pixel three pixels wide."""
    images, labels = digits
    X = np.pad(np.kron(images, np.ones((3, 3), np.uint8)), ((0, 0), (2, 2), (2, 2)))
    data = SimpleNamespace(
        X_train=X[:200], y_train=labels[:200], X_test=X[200:300], y_test=labels[200:300]
    )
    monkeypatch.setattr(skcnn, "fetch_mnist", lambda: data)


@pytest.mark.slow
def test_all_of_it_runs(session, small_mnist, capsys):
    for language, code in BLOCKS:
        if language == "python":
            session(code)

    accuracies = re.findall(r"test accuracy:? (\d\.\d+)", capsys.readouterr().out)
    assert len(accuracies) == 3
    assert min(map(float, accuracies)) > 0.7
    assert accuracies[0] == accuracies[1], "the file's accuracy is that of the network"
    assert Path("cnn.keras").is_file()


@pytest.mark.slow
@pytest.mark.skipif(
    not (REAL_HOME / "mnist").is_dir(),
    reason="SKCNN_DATA_HOME does not point to a folder with MNIST",
)
def test_what_it_shows_is_what_it_prints_on_mnist(session, capsys):
    before_training = BLOCKS[: next(i for i, (_, code) in enumerate(BLOCKS) if "MLP" in code)]
    shown = 0
    for language, code in before_training:
        if language == "python":
            session(code)
            printed = capsys.readouterr().out
        elif language == "text":
            assert printed == code
            shown += 1

    assert shown == 5


def test_its_commands_are_understood():
    commands = [
        line for language, code in BLOCKS if language == "bash" for line in code.splitlines()
    ]

    assert len(commands) == 4
    for command in commands:
        program, *arguments = command.split()
        assert program == "skcnn"
        assert cli._parser().parse_args(arguments).dataset == "mnist"
