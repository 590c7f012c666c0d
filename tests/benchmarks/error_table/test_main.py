"""``python -m benchmarks.error_table``, with data and classifiers that take no time."""

import json
import os
import sys
from dataclasses import replace

import pytest

from benchmarks.error_table.__main__ import main
from benchmarks.error_table.classifiers import Classifier
from benchmarks.error_table.datasets import Dataset
from benchmarks.error_table.records import Records
from tests.benchmarks.error_table.made_up import leave

pytestmark = pytest.mark.slow

STAND_INS = """
import os
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier
from sklearn.utils import Bunch


def load():
    digits = load_digits()
    X, y = digits.images.astype(np.uint8).reshape(-1, 64), digits.target.astype(np.uint8)
    return Bunch(X_train=X[:300], y_train=y[:300], X_test=X[300:400], y_test=y[300:400])


def good(seed):
    with Path(os.environ["STAND_INS_LOG"]).open("a") as log:
        print("good", seed, os.getpid(), file=log)
    return KNeighborsClassifier(3)


def broken(seed):
    raise RuntimeError("no such preset")
"""


@pytest.fixture
def stand_ins(tmp_path, monkeypatch):
    """Import a module of classifiers that other processes can import too."""
    (tmp_path / "stand_ins.py").write_text(STAND_INS)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=":")
    monkeypatch.setenv("STAND_INS_LOG", str(tmp_path / "log"))
    monkeypatch.delitem(sys.modules, "stand_ins", raising=False)
    import stand_ins

    return stand_ins


@pytest.fixture
def command(stand_ins, tmp_path):
    """Return a function that runs the command, with a classifier that works and one that fails."""
    dataset = Dataset("digits", "Digits", stand_ins.load, (0, 1))
    classifiers = [
        Classifier("broken", "broken one", stand_ins.broken, "nothing"),
        Classifier("good", "k-NN", stand_ins.good, "k-NN"),
    ]

    def run(*arguments, datasets=(dataset,)):
        return main(
            arguments,
            datasets=datasets,
            classifiers=classifiers,
            folder=tmp_path / "records",
            page_path=tmp_path / "results.md",
        )

    return run


def runs_in(folder):
    log = folder / "log"
    return [line.split() for line in log.read_text().splitlines()] if log.exists() else []


def test_runs_are_kept_and_not_repeated(command, tmp_path, capsys):
    assert command("--only", "good", "--seeds", "1") == 0
    runs = runs_in(tmp_path)
    assert command("--only", "good", "--seeds", "1", "--write") == 0

    ((name, seed, process),) = runs
    assert (name, seed) == ("good", "1")
    assert process != str(os.getpid())
    assert runs_in(tmp_path) == runs
    assert "digits good seed 1: there, of " in capsys.readouterr().err
    record = json.loads((tmp_path / "records" / "digits-good-1.json").read_text())
    assert record["n_train"] == 300
    assert f"| k-NN | {record['test_error']:.2%} |" in (tmp_path / "results.md").read_text()


def test_a_classifier_may_learn_from_fewer_images(command, stand_ins, tmp_path):
    few = Dataset("digits", "Digits", stand_ins.load, (0,), at_most={"good": 40})

    assert command("--only", "good", "--write", datasets=[few]) == 0

    record = json.loads((tmp_path / "records" / "digits-good-0.json").read_text())
    assert (record["n_train"], record["n_test"]) == (40, 100)
    assert "| k-NN, 40 images |" in (tmp_path / "results.md").read_text()
    assert "(results-digits.png)" in (tmp_path / "results.md").read_text()
    assert (tmp_path / "results-digits.png").read_bytes().startswith(b"\x89PNG")


def test_a_failure_is_told_and_tried_again(command, tmp_path, capsys):
    assert command("--seeds", "0", "--write") == 1
    text = (tmp_path / "results.md").read_text()
    capsys.readouterr()

    assert "- broken one, seed 0: failed with RuntimeError: no such preset." in text
    assert "| k-NN | " in text.partition("## The classifiers")[0]
    assert command("--seeds", "0") == 1
    assert capsys.readouterr().err.splitlines()[0] == "digits broken seed 0: running"
    assert len(runs_in(tmp_path)) == 1


def test_fresh_runs_are_repeated(command, tmp_path, capsys):
    records = Records(tmp_path / "records")
    records.add(replace(leave(records, "broken", 0, {1}), dataset="digits"))

    assert command("--only", "broken", "--seeds", "0") == 0
    assert command("--only", "broken", "--seeds", "0", "--fresh") == 1
    assert records.find("digits", "broken", 0).failure == "RuntimeError: no such preset"


def test_the_page_needs_no_run(command, tmp_path, capsys):
    assert command("--no-runs") == 0

    assert "Nothing has been run yet." in capsys.readouterr().out
    assert runs_in(tmp_path) == []
    assert not (tmp_path / "results.md").exists()


def test_an_unknown_classifier_is_explained(command, capsys):
    with pytest.raises(SystemExit) as exit_:
        command("--only", "nonsense")

    assert exit_.value.code == 2
    assert "invalid choice: 'nonsense'" in capsys.readouterr().err
