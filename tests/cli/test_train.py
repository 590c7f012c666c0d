"""The command skcnn train: a network, its history and its pictures."""

import re
from argparse import Namespace
from pathlib import Path
from types import SimpleNamespace

import keras
import matplotlib.font_manager  # noqa: F401  (its first import on a computer says so on stderr)
import numpy as np
import pandas as pd
import pytest
from matplotlib import image as reading
from rich.console import Console
from sklearn.model_selection import train_test_split

from skcnn import CNNClassifier, cli, load_digit_images
from skcnn.cli import _train

pytestmark = pytest.mark.slow

N_TRAINING = 1437  # four fifths of the digits


def test_a_cnn_is_trained_and_written(skcnn_here):
    ran = skcnn_here("train", "--epochs", 3)

    assert (ran.status, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0] == "digits: 1,437 training images"
    assert lines[1].startswith("epochs:        3 in ")
    assert lines[-1] == (
        "Wrote model.keras, model.json, history.csv, training_history.png, confusion_matrix.png, "
        "misclassified.png and filters.png to skcnn-output"
    )
    for name in (
        lines[-1].removeprefix("Wrote ").partition(" to ")[0].replace(" and", ",").split(", ")
    ):
        is_text = name in ("history.csv", "model.json")
        assert Path("skcnn-output", name).stat().st_size > (100 if is_text else 1000)


def test_the_file_and_the_printed_scores_are_those_of_the_network(skcnn_here):
    ran = skcnn_here("train", "--model", "mlp", "--epochs", 4, "--output", "out")

    model = keras.models.load_model("out/model.keras")
    images, labels = load_digit_images(return_X_y=True)
    _, X, _, y = train_test_split(images, labels, test_size=0.2, stratify=labels, random_state=0)
    predicted = model.predict(X.reshape(len(X), -1) / 255, verbose=0).argmax(axis=1)
    assert f"test accuracy: {(predicted == y).mean():.4f} on 360 images" in ran.out

    rows = [line.split() for line in ran.out.splitlines() if line[:3].strip().isdigit()]
    counts = np.array([[0 if n == "." else int(n) for n in row[1:]] for row in rows[-10:]])
    assert counts.sum() == 360
    np.testing.assert_array_equal(counts.diagonal().sum(), (predicted == y).sum())
    assert not Path("out/filters.png").exists()

    history = pd.read_csv("out/history.csv", index_col="epoch")
    assert list(history.index) == [1, 2, 3, 4]
    assert set(history) == {"loss", "accuracy", "val_loss", "val_accuracy"}


def test_the_same_seed_trains_the_same_network(skcnn_here):
    for folder in ("one", "two"):
        skcnn_here("train", "--model", "mlp", "--epochs", 2, "--seed", 3, "--output", folder)
    skcnn_here("train", "--model", "mlp", "--epochs", 2, "--seed", 4, "--output", "other")

    texts = [Path(f, "history.csv").read_text() for f in ("one", "two", "other")]
    assert texts[0] == texts[1] != texts[2]


def test_a_test_set_of_the_data_sets_own_is_used(skcnn_here, pretended_data):
    ran = skcnn_here("train", "--dataset", "fashion-mnist", "--model", "mlp", "--epochs", 1)

    assert "fashion-mnist: 40 training images" in ran.out
    assert "on 8 images" in ran.out
    assert "Top  Coat  Bag  Boot" in ran.out


def test_the_pictures_are_no_empty_sheets(skcnn_here):
    skcnn_here("train", "--epochs", 2)

    for path in Path("skcnn-output").glob("*.png"):
        picture = reading.imread(path)[..., :3]
        assert min(picture.shape[:2]) > 300
        assert max(picture.shape[:2]) < 3000
        assert (picture < 0.5).any(axis=2).mean() > 0.002, path


@pytest.mark.parametrize(("preset", "of_scores"), [("textbook", "val_"), ("fast", "")])
def test_a_terminal_sees_a_bar_in_one_line(digits, preset, of_scores):
    X, y = digits
    console = Console(force_terminal=True, width=80, record=True)
    options = Namespace(model="cnn", preset=preset, epochs=3, time_budget=None, seed=0)
    pipeline = _train._pipeline(_train.Images("digits", X, y, X, y, list("0123456789")), options)
    with _train._shown_progress(pipeline, len(X), console):
        pipeline.fit(X, y)

    last = console.export_text().splitlines()[-1]
    history = pipeline[-1].history_
    loss, accuracy = (history[f"{of_scores}{score}"][-1] for score in ("loss", "accuracy"))
    assert re.search(
        rf"Epoch 3/3 .* loss {loss:.4f}  accuracy {accuracy:.4f}  [\d,]+ images/s 0:00 left$",
        last.rstrip(),
    )
    assert pipeline[-1].callbacks is None


@pytest.mark.parametrize(
    ("end", "elapsed", "shown"),
    [(None, 5, ""), (75.2, 5, "1:10 left"), (3, 5, "0:00 left"), (3605, 0, "60:05 left")],
)
def test_the_time_left_counts_down(end, elapsed, shown):
    task = SimpleNamespace(fields={"end": end}, elapsed=elapsed)

    assert _train._TimeLeft().render(task).plain == shown


@pytest.mark.parametrize("name", ["textbook", "lenet5", "fast"])
def test_a_preset_is_trained_for_its_own_number_of_epochs(skcnn_here, name):
    ran = skcnn_here("train", "--preset", name)

    history = pd.read_csv("skcnn-output/history.csv", index_col="epoch")
    expected = CNNClassifier.from_preset(name)
    n_trained = N_TRAINING * (1 - expected.validation_split)
    assert (ran.status, ran.err) == (0, "")
    assert len(history) == expected._extent(int(n_trained)).epochs
    assert ("val_loss" in history) == (expected.validation_split > 0)
    model = keras.models.load_model("skcnn-output/model.keras")
    assert model.get_layer("conv_1").filters == expected.filters[0]


def test_a_time_budget_takes_the_place_of_epochs(skcnn_here):
    ran = skcnn_here("train", "--model", "mlp", "--time-budget", 3)

    assert ran.status == 0
    n_epochs = len(pd.read_csv("skcnn-output/history.csv"))
    assert f"epochs:        {n_epochs} in " in ran.out


def test_a_terminal_counts_down_a_time_budget(digits):
    X, y = digits
    console = Console(force_terminal=True, width=80, record=True)
    options = Namespace(model="cnn", preset="fast", epochs=None, time_budget=2, seed=0)
    pipeline = _train._pipeline(_train.Images("digits", X, y, X, y, list("0123456789")), options)
    with _train._shown_progress(pipeline, len(X), console):
        pipeline.fit(X, y)

    assert re.search(r"Epoch \d+/\? .* images/s 0:0[012] left$", console.export_text().rstrip())


def test_epochs_win_over_those_of_the_preset(skcnn_here):
    skcnn_here("train", "--preset", "fast", "--epochs", 1)

    assert len(pd.read_csv("skcnn-output/history.csv")) == 1


def test_help_lists_the_presets(capsys, eighty_columns):
    with pytest.raises(SystemExit, match="0"):
        cli.main(["train", "--help"])

    text = " ".join(capsys.readouterr().out.split())
    for name, line in CNNClassifier.presets.items():
        assert f"{name}: {line}" in text


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--model", "svm"], "invalid choice: 'svm'"),
        (["--epochs", "0"], "expected a whole number of 1 or more; received '0'"),
        (["--dataset", "cats"], "invalid choice: 'cats'"),
        (["--preset", "quick"], "invalid choice: 'quick'"),
        (["--epochs", "3", "--time-budget", "9"], "not allowed with argument --epochs"),
        (["--time-budget", "0"], "expected a whole number of 1 or more; received '0'"),
        (["--preset", "fast", "--model", "mlp"], "presets are for --model cnn"),
    ],
)
def test_unusable_arguments(capsys, arguments, says):
    with pytest.raises(SystemExit, match="2"):
        cli.main(["train", *arguments])

    assert says in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_to(skcnn_here, tmp_path):
    (tmp_path / "file").touch()
    ran = skcnn_here("train", "--output", tmp_path / "file" / "below")

    assert ran.status == 1
    assert "cannot write to" in ran.err
    assert ran.out == ""
