"""The command that makes the recognizer and its card."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.digits import __main__ as command
from benchmarks.digits import measuring
from benchmarks.digits.measuring import _calibration_error, measure
from skcnn import load_pretrained


@pytest.fixture
def small(monkeypatch, digits):
    """Let MNIST be a few digits, and few be made of them."""
    mnist = SimpleNamespace(
        X_train=digits.images,
        y_train=digits.labels,
        X_test=digits.images[:60],
        y_test=digits.labels[:60],
    )
    monkeypatch.setattr(command, "fetch_mnist", lambda: mnist)
    monkeypatch.setattr(measuring, "N_CUT_TESTED", 30)
    monkeypatch.setattr(measuring, "N_PIECES_TESTED", 30)
    return ["--cut", "20", "--pieces", "10", "--epochs", "1", "--jobs", "1"]


@pytest.fixture
def home(tmp_path):
    card = "# Card\n\n<!-- measured: begin -->\nold\n<!-- measured: end -->\n\nThe end.\n"
    (tmp_path / "digits.md").write_text(card)
    return tmp_path


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:X holds numbers")
def test_it_writes_the_file_and_the_measured_part_of_the_card(small, home):
    assert command.main([*small, "--write"], home) == 0

    card = (home / "digits.md").read_text()
    assert card.startswith("# Card\n")
    assert card.endswith("The end.\n")
    assert "old" not in card
    assert "of 60 right" in card
    assert "20 digits that were made of them, and 10 pieces that are no digit, in 1 epochs" in card
    assert sorted(path.name for path in home.iterdir()) == ["digits.md", "digits.onnx"]


@pytest.mark.slow
def test_without_write_it_prints_and_leaves_everything(small, home, capsys):
    before = (home / "digits.md").read_text()

    assert command.main(small, home) == 0

    assert "expected calibration error" in capsys.readouterr().out
    assert (home / "digits.md").read_text() == before
    assert not (home / "digits.onnx").exists()


@pytest.mark.slow
def test_what_is_measured(small, digits, home):
    (home / "digits.onnx").write_bytes(_file_of_the_package())

    measured = measure(home / "digits.onnx", digits, seed=0, n_jobs=1)

    recognizer = load_pretrained("digits")
    assert measured.n_right / measured.n_tested == recognizer.score(digits.images, digits.labels)
    assert measured.interval.low < measured.n_right / 200 < measured.interval.high
    assert measured.by_digit.shape == (10,)
    assert 0 < measured.milliseconds < 1000
    assert measured.n_bytes == (home / "digits.onnx").stat().st_size


def _file_of_the_package():
    from importlib.resources import files

    return (files("skcnn.pretrained") / "digits.onnx").read_bytes()


def test_calibration_is_the_mean_distance_from_what_is_right():
    said = np.array([0.95, 0.95, 0.95, 0.95, 0.5, 0.5])
    right = np.array([True, True, True, True, True, False])

    assert _calibration_error(said, right) == pytest.approx(4 / 6 * 0.05)
