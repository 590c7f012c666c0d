"""NoteReader's parameters, its classifiers, and the note that it returns."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Perceptron
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from skcnn import fetch_mnist
from skcnn.reading import Note, NoteDigit, NoteLine, NoteReader
from tests.reading.notes import note

REAL_HOME = Path(os.environ.get("SKCNN_DATA_HOME") or "no data home")


class Recording:
    """Asks another classifier, and remembers what about."""

    def __init__(self, classifier):
        self.classifier, self.classes_, self.asked = classifier, classifier.classes_, []

    def predict_proba(self, X):
        self.asked.append(X)
        return self.classifier.predict_proba(X)


@pytest.mark.parametrize("value", [-0.1, 1.1, "half", None, np.nan])
def test_min_probability_is_one(value):
    with pytest.raises(ValueError, match="min_probability must be a number from 0 to 1"):
        NoteReader(min_probability=value)


def test_a_classifier_gives_probabilities(classifier):
    with pytest.raises(TypeError, match=r"predict_proba.*Perceptron"):
        NoteReader(Perceptron())
    with pytest.raises(ValueError, match=r"fitted classifier.*LogisticRegression"):
        NoteReader(LogisticRegression())
    with pytest.raises(ValueError, match=r"784 features.*fitted on 64"):
        NoteReader(LogisticRegression().fit(np.eye(64)[:4], [0, 0, 1, 1]))


def test_repr_names_its_parameters(classifier):
    assert repr(NoteReader()) == "NoteReader(classifier=None, min_probability=0.5)"


def test_a_note_is_two_questions(classifier):
    recording = Recording(classifier)
    NoteReader(recording).read(note("504\n192"))

    candidates, in_poses = recording.asked
    assert len(candidates) >= 6
    assert len(in_poses) == 4 * 6
    for rows in (candidates, in_poses):
        assert rows.dtype == np.uint8
        assert rows.shape[1:] == (784,)
        assert rows.max() > 200
        assert rows[:, 0].max() == 0


def test_digits_tell_what_else_they_may_be(reader):
    (line,) = reader.read(note("504")).lines

    for digit in line.digits:
        likely = [digit.probability, *(p for _, p in digit.alternatives)]
        assert likely == sorted(likely, reverse=True)
        assert len({digit.label, *(label for label, _ in digit.alternatives)}) == 4
        assert type(digit.label) is int
        assert type(digit.probability) is float


def test_improbable_digits_print_as_question_marks(classifier):
    assert NoteReader(classifier, min_probability=1.0).read(note("504192")).text.count("?") > 0


def test_labels_are_those_of_the_classifier(classifier):
    names = Recording(classifier)
    names.classes_ = np.array([f"<{label}>" for label in classifier.classes_])

    assert NoteReader(names, min_probability=0.0).read(note("50")).text == "<5><0>"


@pytest.mark.slow
def test_a_pipeline(classifier, reader):
    recording = Recording(classifier)
    reader_of_rows = NoteReader(recording)
    reader_of_rows.read(note("504192 387"))
    rows = np.concatenate(recording.asked)
    labels = classifier.predict(rows)
    pipeline = make_pipeline(MinMaxScaler(), LogisticRegression(max_iter=500)).fit(rows, labels)

    assert NoteReader(pipeline, min_probability=0.0).read(note("504192 387")).text == "504192 387"


def test_what_is_written_prints():
    digits = [NoteDigit(n, 0.9, (10 * n, 0, 8, 10), ((0, 0.1),), 0.5) for n in range(1, 4)]
    unsure = NoteDigit(7, 0.4, (50, 0, 8, 10), (), 0.5)
    read = Note((NoteLine((*digits, unsure), (2,)), NoteLine((digits[0],))))

    assert read.text == "12 3?\n1"
    assert Note(()).text == ""


@pytest.mark.slow
def test_reading_loads_neither_tensorflow_nor_scikit_learn():
    script = """
import sys
import numpy as np
from skcnn.reading import NoteReader

class Halves:
    classes_ = np.arange(2)
    def predict_proba(self, X):
        return np.full((len(X), 2), 0.5)

picture = np.full((60, 60), 255, np.uint8)
picture[15:45, 27:32] = 0
assert NoteReader(Halves()).read(picture).text == "0"
print(*{"tensorflow", "keras", "sklearn", "pandas", "matplotlib"} & set(sys.modules))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == ""


@pytest.mark.slow
@pytest.mark.skipif(
    not (REAL_HOME / "mnist").is_dir(),
    reason="SKCNN_DATA_HOME does not point to a folder with MNIST",
)
def test_mnist_as_it_is_in_rows_of_digits(monkeypatch):
    pytest.importorskip("onnxruntime")
    monkeypatch.setenv("SKCNN_DATA_HOME", str(REAL_HOME))
    data = fetch_mnist()
    images, labels = data["X_test"].reshape(-1, 5, 28, 28), data["y_test"].reshape(-1, 5)
    reader = NoteReader(min_probability=0.0)

    right = [
        reader.read(255 - np.hstack(five)).text == "".join(map(str, text))
        for five, text in zip(images[:100], labels[:100], strict=True)
    ]

    assert np.mean(right) >= 0.95
