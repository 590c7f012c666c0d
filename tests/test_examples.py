"""Each script in examples/, run as a reader would run it: on the digits, from any folder."""

import functools
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.slow

EXAMPLES = Path(__file__).parents[1] / "examples"
SCRIPTS = sorted(path.name for path in EXAMPLES.glob("*.py"))


def run(script, folder):
    folder.mkdir()
    left_out = {"DISPLAY", "WAYLAND_DISPLAY", "TF_CPP_MIN_LOG_LEVEL"}
    environment = {name: value for name, value in os.environ.items() if name not in left_out}
    environment |= {"MPLBACKEND": "agg", "PYTHONUTF8": "1"}
    runners_own_arguments = ["-b", "html"]
    return subprocess.run(
        [sys.executable, EXAMPLES / script, *runners_own_arguments],
        capture_output=True,
        check=False,
        cwd=folder,
        encoding="utf-8",
        env=environment,
        timeout=300,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("examples")


@pytest.fixture(scope="module")
def outcome_of(folder):
    """Return a function that runs a script when it is first asked about it."""
    return functools.cache(lambda script: run(script, folder / script))


@pytest.fixture
def printed(outcome_of):
    return lambda script: outcome_of(script).stdout


def numbers_after(words, text):
    """Return the numbers in the first line of ``text`` that starts with ``words``."""
    line = re.search(rf"^{re.escape(words)}\s(.*)$", text, re.MULTILINE)
    assert line, f"no line starts with {words!r} in:\n{text}"
    return [float(number.replace(",", "")) for number in re.findall(r"\d[\d.,]*", line[1])]


def numbers_after_each(words, text):
    """Return the number in each line of ``text`` that starts with ``words``."""
    return [
        float(n) for n in re.findall(rf"^{re.escape(words)}\s+(\d[\d.]*)$", text, re.MULTILINE)
    ]


def held_out_losses(text):
    """Return the last column of the table of losses by epoch."""
    rows = re.findall(r"^\d+ +\d+\.\d+ +(\d+\.\d+)$", text, re.MULTILINE)
    return [float(loss) for loss in rows]


@pytest.mark.parametrize("script", SCRIPTS)
def test_runs_without_a_warning_and_writes_no_file(script, outcome_of, folder):
    outcome = outcome_of(script)

    assert outcome.stderr == ""
    assert outcome.returncode == 0
    assert outcome.stdout
    assert not list((folder / script).iterdir())


def test_look_at_the_data(printed):
    text = printed("01_look_at_the_data.py")

    assert numbers_after("training images:", text) == [1347]
    assert numbers_after("test images:", text) == [450]
    assert sum(numbers_after("training ", text)) == 1347
    assert sum(numbers_after("test ", text)) == 450
    assert "8 rows of 8 columns: 64 numbers" in text
    matrix = [
        line for line in text.splitlines() if re.fullmatch(r"(?:[ \d]{3} ){7}[ \d]{3}", line)
    ]
    assert len(matrix) == 8
    assert numbers_after("after   float32", text) == [0, 1]
    (label,) = numbers_after("label:", text)
    assert numbers_after("as a row:", text).index(1) == label
    assert numbers_after("and back:", text) == [label]


def test_mlp(printed):
    text = printed("02_mlp.py")

    (accuracy,) = numbers_after("test accuracy:", text)
    assert 0.92 < accuracy <= 1
    assert numbers_after("its test accuracy:", text) == [accuracy]
    assert "38,410" in text  # 64 * 512 + 512 + 512 * 10 + 10
    (best_epoch,) = numbers_after("best epoch:", text)
    (epochs,) = numbers_after("epochs run:", text)
    assert 1 <= best_epoch <= epochs <= 30
    held_out = held_out_losses(text)
    assert len(held_out) == epochs
    assert held_out[int(best_epoch) - 1] == min(held_out)
    assert numbers_after("its held-out loss:", text) == [min(held_out)]


def test_cnn(printed):
    text = printed("03_cnn.py")

    (accuracy,) = numbers_after("test accuracy:", text)
    assert 0.93 < accuracy <= 1
    assert numbers_after("test accuracy of the file:", text) == [accuracy]
    assert [min(held_out_losses(text))] == numbers_after("its held-out loss:", text)
    wrong, of = numbers_after("misclassified:", text)
    assert accuracy == pytest.approx(1 - wrong / of, abs=1e-4)


def test_pipeline(printed):
    text = printed("04_pipeline.py")

    shuffled = numbers_after("shuffled", text)
    assert numbers_after("sorted by label", text) == pytest.approx(shuffled, abs=0.03)
    assert min(shuffled) > 0.9
    assert text.count("True") == 4
    assert "False" not in text
    by_class = numbers_after("class_weight", text)
    assert by_class == numbers_after("sample_weight", text)
    assert all(np.subtract(by_class, numbers_after("without weights", text)) > 0.2)
    assert min(numbers_after("ROC AUC", text)) > 0.98


def test_grid_search(printed):
    text = printed("05_grid_search.py")

    assert len(re.findall(r"^ *\(\d+, \d+\) .* 0 to (?:1|255) ", text, re.MULTILINE)) == 8
    assert numbers_after("cv accuracy:", text)[0] > 0.92
    assert numbers_after("test accuracy:", text)[0] > 0.93


def test_compare_classifiers(printed):
    text = printed("06_compare_classifiers.py")

    for classifier in ("logistic regression", "SVM", "MLP", "CNN"):
        mean, _, test = numbers_after(f"{classifier}  ", text)
        assert 0.92 < mean <= 1
        assert 0.92 < test <= 1


def test_read_a_note(printed):
    text = printed("10_read_a_note.py")

    assert text.startswith("text: 504192\n")
    assert len(re.findall(r"^\d  p = [01]\.\d{4} ", text, re.MULTILINE)) == 6


def test_regression(printed):
    text = printed("11_regression.py")

    for regressor, least in (("ridge", 0), ("SVR", 0.6), ("MLP", 0.6), ("CNN", 0.85)):
        mean, _, test = numbers_after(f"{regressor}  ", text)
        assert least < mean < 1
        assert least < test < 1
    assert "best:       CNN" in text
    assert numbers_after("mean error:", text)[0] < 8


def test_folder(printed):
    text = printed("08_folder.py")

    assert "classes:         flower, temple" in text
    assert numbers_after("training images:", text) == [105]
    of_pixels, of_network = numbers_after_each("  test accuracy:", text)
    assert 0.5 < of_pixels < of_network <= 1
    assert (
        len(re.findall(r"^(?:logistic regression|CNN): (8|16|32) x \1 pixels$", text, re.M)) == 2
    )
    wrong, of = numbers_after("misclassified:", text)
    assert of_pixels == pytest.approx(1 - wrong / of, abs=1e-4)


def test_borrowed_network(printed):
    text = printed("09_borrowed_network.py")

    assert numbers_after("images of 5 to 9:", text) == [50, 846]
    (of_pixels,) = numbers_after("SVM on pixels", text)
    (from_scratch,) = numbers_after("the same network from scratch", text)
    borrowed = [
        *numbers_after("SVM on features", text),
        *numbers_after("logistic regression on features", text),
        *numbers_after("transfer", text),
        *numbers_after("transfer, fine-tuned", text),
    ]
    assert of_pixels < from_scratch < min(borrowed)
    assert max(borrowed) == borrowed[-1] > 0.85
    wrong, of = numbers_after("misclassified:", text)
    assert borrowed[-1] == pytest.approx(1 - wrong / of, abs=1e-4)


def test_presets(printed):
    text = printed("07_presets.py")

    assert re.findall(r"^(textbook|lenet5|fast|accurate|photos) +\S", text, re.MULTILINE) == [
        "textbook",
        "lenet5",
        "fast",
        "accurate",
        "photos",
    ]
    assert numbers_after("training accuracy:", text)[0] > 0.75
    assert min(numbers_after("test accuracy:", text)) > 0.93
    accuracies = [
        float(accuracy)
        for accuracy in re.findall(r"^ +\d+ +(\d\.\d+) +\d\.\d+$", text, re.MULTILINE)
    ]
    assert len(accuracies) == 4
    assert accuracies[-1] < min(accuracies[:-1])
    assert numbers_after("cv accuracy:", text) == [max(accuracies)]
