"""The commands skcnn train and skcnn compare on a folder of pictures."""

import json
import shutil
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
from matplotlib import image as reading
from PIL import Image

from skcnn import _comparison, cli
from skcnn._measuring import Measurement
from skcnn.preprocessing import _loading

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture
def pictures(make_pictures):
    """Return a folder, below the working folder, of pictures in three sizes."""
    return lambda name="pictures", **options: make_pictures(Path(name), **options)


@pytest.fixture
def compared(monkeypatch):
    """Put numbers in place of the measurements; return what was to be measured."""
    asked = {}

    def measure(kind, classifiers, X, y, **options):
        asked.update(options, classifiers=classifiers, X=X, y=y)
        for name in classifiers:
            yield Measurement(name, False, {"score": 0.5}, 1.0, 1.0, 1)

    monkeypatch.setattr(_comparison, "measure", measure)
    return asked


@pytest.mark.slow
def test_a_network_is_trained_on_the_folders_of_classes(trained):
    expected = {
        "labels": ["blue", "green", "red"],
        "image_size": [6, 8],
        "color": "rgb",
        "fit": "pad",
        "divide_by": 1,
    }

    assert trained.description.items() >= expected.items()
    assert {path.name for path in trained.model.iterdir()} == {
        *("model.keras", "model.json", "history.csv"),
        *("training_history.png", "confusion_matrix.png", "misclassified.png"),
    }
    network = keras.models.load_model(trained.model / "model.keras")
    assert isinstance(network.layers[0], keras.layers.Rescaling)


@pytest.mark.slow
def test_classes_have_their_names_in_what_is_printed(skcnn_here, pictures):
    ran = skcnn_here("train", "--images", pictures(), "--epochs", 1, "--image-size", 8)

    lines = [line.split() for line in ran.out.splitlines()]
    assert ran.status == 0
    assert "pictures: 19 training images" in ran.out
    assert "on 5 images" in ran.out
    assert ["blue", "green", "red"] in lines
    assert {"blue", "green", "red"} <= {line[0] for line in lines if line}
    assert "filters.png" in ran.out


@pytest.mark.slow
def test_mistakes_are_drawn_in_colour(skcnn_here, pictures):
    folder = pictures()
    shutil.move(folder / "blue", folder / "swap")  # so that a network that learns is wrong
    shutil.copytree(folder / "swap", folder / "test" / "red")
    shutil.copytree(folder / "green", folder / "test" / "blue")
    shutil.copytree(folder / "red", folder / "test" / "green")
    for source, name in (("swap", "blue"), ("green", "green"), ("red", "red")):
        shutil.move(folder / source, folder / "train" / name)

    ran = skcnn_here(
        *("train", "--images", folder, "--model", "mlp", "--image-size", 8, "--epochs", 30)
    )

    assert "test accuracy: 0.0000 on 24 images" in ran.out
    drawn = reading.imread("skcnn-output/misclassified.png")[..., :3]
    assert (np.ptp(drawn, axis=2) > 0.4).mean() > 0.1


@pytest.mark.slow
def test_pictures_that_stay_on_disk_train_the_same_network(monkeypatch, skcnn_here, pictures):
    arguments = ("train", "--images", pictures(), "--image-size", 6, "--epochs", 2)
    in_memory = skcnn_here(*arguments, "--output", "in memory")
    monkeypatch.setattr(_loading, "_IN_MEMORY_BYTES", 0)
    on_disk = skcnn_here(*arguments, "--output", "on disk")

    assert (in_memory.status, on_disk.status) == (0, 0)
    histories = [Path(f, "history.csv").read_text() for f in ("in memory", "on disk")]
    assert histories[0] == histories[1]
    drawn = [Path(f, "misclassified.png").read_bytes() for f in ("in memory", "on disk")]
    assert drawn[0] == drawn[1]


@pytest.mark.slow
def test_the_preset_for_photographs(skcnn_here, pictures):
    ran = skcnn_here(
        *("train", "--images", pictures(), "--preset", "photos"),
        *("--image-size", 16, "--epochs", 1),
    )

    assert ran.status == 0
    network = keras.models.load_model("skcnn-output/model.keras").get_layer("cnn")
    assert [type(layer).__name__ for layer in network.layers].count("Rescaling") == 1


# --- which pictures, and how large --------------------------------------------------------------


@pytest.mark.parametrize(
    ("sizes", "says"),
    [
        (((12, 10),), None),
        (((12, 10), (10, 12)), "pictures: its pictures differ in size and are read at 64 x 64"),
        (((130, 9),), "pictures: its pictures have 130 x 9 pixels and are read at 64 x 64"),
    ],
    ids=str,
)
def test_small_pictures_of_one_size_keep_it(skcnn_here, compared, pictures, sizes, says):
    ran = skcnn_here("compare", "--images", pictures(sizes=sizes), "--cv", 2)

    assert ran.status == 0
    assert compared["X"].shape == (24, *(sizes[0] if says is None else (64, 64)), 3)
    if says is None:
        assert ran.out.strip().startswith("pictures: 24 images, 2-fold")
    else:
        assert ran.out.splitlines()[0] == f"{says}; --image-size takes another"


@pytest.mark.parametrize(
    ("options", "shape"),
    [
        (["--image-size", "7"], (7, 7, 3)),
        (["--image-size", "7X5", "--color", "grey"], (7, 5, 1)),
        (["--image-size", "7x5", "--fit", "crop"], (7, 5, 3)),
    ],
    ids=str,
)
def test_options_decide_how_pictures_are_read(skcnn_here, compared, pictures, options, shape):
    assert skcnn_here("compare", "--images", pictures(), "--cv", 2, *options).status == 0

    assert compared["X"].shape[1:] == shape
    assert compared["X"].dtype == np.uint8


def test_networks_take_bytes_and_others_what_they_always_take(skcnn_here, compared, pictures):
    skcnn_here("compare", "--images", pictures(), "--cv", 2, "--image-size", 5, "--seed", 4)

    classifiers = compared["classifiers"]
    for name in ("MLP", "CNN"):
        ((_, network),) = classifiers[name].steps
        assert (network.rescale, network.random_state) == (1 / 255, 4)
    for name in ("logistic regression", "SVM"):
        assert list(classifiers[name].named_steps) == ["flatten", "scale", "classifier"]


@pytest.mark.slow
def test_classifiers_are_compared_on_pictures(skcnn_here, pictures):
    ran = skcnn_here(
        *("compare", "--images", pictures(), "--image-size", 5, "--models", "svm", "mlp"),
        *("--cv", 2, "--samples", 18),
    )

    assert ran.status == 0
    assert "pictures: 18 images, 2-fold cross-validation" in ran.out
    table = pd.read_csv("skcnn-output/comparison.csv", index_col="classifier")
    assert table.loc["SVM", "mean_score"] > 0.9
    assert table["error"].isna().all()


@pytest.mark.parametrize("names", [("train", "test"), ("Train", "TEST")], ids=str)
def test_a_folder_of_train_and_test_has_its_own_test_set(skcnn_here, compared, pictures, names):
    pictures(f"both/{names[0]}")
    shutil.rmtree(pictures(f"both/{names[1]}", n_each=2) / "green")

    ran = skcnn_here("compare", "--images", "both", "--cv", 2, "--image-size", 5)

    assert ran.status == 0
    assert f"{Path('both', names[1])} is the test set\n" in ran.out
    assert compared["X"].shape == (24, 5, 5, 3)
    assert compared["X_test"].shape == (4, 5, 5, 3)
    assert compared["y_test"].tolist() == [0, 0, 2, 2]


# --- failures -----------------------------------------------------------------------------------


def fails(ran, *expected):
    assert ran.status == 1
    assert ran.err.startswith("skcnn: error: ")
    assert ran.err.count("\n") == 1
    for text in expected:
        assert text in ran.err


def test_classes_that_were_not_trained_cannot_be_tested(skcnn_here, pictures):
    shutil.rmtree(pictures("both/train") / "green")
    pictures("both/test")

    ran = skcnn_here("compare", "--images", "both")

    fails(ran, f"{Path('both', 'test')} has folders of classes that", "lacks: green")


def test_other_parts_of_a_data_set_are_no_classes(skcnn_here, pictures):
    for part in ("train", "val"):
        pictures(f"both/{part}")

    fails(skcnn_here("train", "--images", "both"), "parts of a data set and no classes")


@pytest.mark.parametrize("command", ["train", "compare"])
def test_a_folder_that_is_not_there(skcnn_here, command):
    fails(skcnn_here(command, "--images", "gone"), "There is no folder", "gone")


def test_a_folder_of_one_class(skcnn_here, pictures):
    folder = pictures()
    for name in ("red", "blue"):
        shutil.rmtree(folder / name)

    fails(skcnn_here("train", "--images", folder), "should have a folder for each class")


def test_a_class_of_one_picture_cannot_be_tested(skcnn_here, pictures):
    folder = pictures(n_each=4)
    for number in (1, 2, 3):
        (folder / "green" / f"{number}.png").unlink()

    fails(skcnn_here("train", "--images", folder), "pictures has 1 image of class 'green'")


@pytest.mark.slow
def test_two_pictures_of_each_class_are_enough(skcnn_here, pictures):
    folder = pictures(n_each=2)

    ran = skcnn_here(
        *("train", "--images", folder, "--image-size", 4, "--preset", "fast", "--epochs", 1)
    )

    assert ran.status == 0
    assert "on 3 images" in ran.out


@pytest.fixture
def damaged(pictures):
    """Return a folder in which one file is no picture and another ends too early."""
    folder = pictures()
    (folder / "green" / "1.png").write_text("no picture")
    whole = (folder / "red" / "2.png").read_bytes()
    (folder / "red" / "2.png").write_bytes(whole[: len(whole) // 2])
    return folder


@pytest.mark.parametrize("size", [[], ["--image-size", "5"]], ids=str)
def test_a_picture_that_cannot_be_read_is_an_error_that_names_it(skcnn_here, damaged, size):
    ran = skcnn_here("train", "--images", damaged, *size)

    fails(ran, "Cannot read '", "leave it out. --skip-unreadable does so.")
    assert any(str(path) in ran.err for path in (Path("green/1.png"), Path("red/2.png")))
    assert "on_error" not in ran.err


@pytest.mark.parametrize("size", [[], ["--image-size", "5"]], ids=str)
def test_a_picture_that_cannot_be_read_is_left_out(skcnn_here, compared, damaged, size):
    ran = skcnn_here("compare", "--images", damaged, "--skip-unreadable", "--cv", 2, *size)

    assert ran.status == 0
    assert len(compared["X"]) == len(compared["y"]) == 22
    assert np.bincount(compared["y"]).tolist() == [8, 7, 7]
    assert "cannot be read, and are left out" in ran.err
    for name in ("green/1.png", "red/2.png"):
        assert str(Path(name)) in ran.err


def test_a_class_of_which_nothing_can_be_read_is_an_error(skcnn_here, pictures):
    for path in (pictures() / "red").iterdir():
        path.write_text("no picture")

    ran = skcnn_here("compare", "--images", "pictures", "--skip-unreadable")

    assert ran.status == 1
    assert "no picture of class 'red' in pictures can be read" in ran.err


def test_a_failing_picture_leaves_nothing_behind(skcnn_here, damaged):
    skcnn_here("train", "--images", damaged)

    assert list(Path("skcnn-output").iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--dataset", "."], "'.' is a folder; pass it as --images ."),
        (["--dataset", "mnist", "--images", "."], "not allowed with argument --dataset"),
        (["--image-size", "32"], "argument --image-size: only with --images FOLDER"),
        (["--skip-unreadable"], "argument --skip-unreadable: only with --images FOLDER"),
        (["--images", ".", "--image-size", "0"], "expected a side in pixels"),
        (["--images", ".", "--image-size", "3x"], "expected a side in pixels"),
        (["--images", ".", "--image-size", "3x4x5"], "expected a side in pixels"),
        (["--images", ".", "--color", "mauve"], "invalid choice: 'mauve'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
@pytest.mark.parametrize("command", ["train", "compare"])
def test_unusable_arguments(monkeypatch, tmp_path, capsys, command, arguments, says):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="2"):
        cli.main([command, *arguments])

    assert says in capsys.readouterr().err


@pytest.mark.slow
def test_a_second_run_that_fails_to_write_leaves_no_mixture(monkeypatch, skcnn_here, pictures):
    arguments = ("train", "--images", pictures(), "--image-size", 4, "--model", "mlp")
    skcnn_here(*arguments, "--epochs", 1)
    before = {path.name: path.read_bytes() for path in Path("skcnn-output").iterdir()}

    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("matplotlib.figure.Figure.savefig", full)
    ran = skcnn_here(*arguments, "--epochs", 2)

    assert ran.status == 1
    assert "No space left on device" in ran.err
    assert {path.name: path.read_bytes() for path in Path("skcnn-output").iterdir()} == before
    assert json.loads(before["model.json"])["image_size"] == [4, 4]


def test_pictures_stand_below_the_folder_of_their_class(skcnn_here, compared, pictures):
    folder = pictures()
    (folder / "red" / "more").mkdir()
    Image.new("RGB", (9, 9)).save(folder / "red" / "more" / "9.png")

    skcnn_here("compare", "--images", folder, "--cv", 2)

    assert np.bincount(compared["y"]).tolist() == [8, 8, 9]
