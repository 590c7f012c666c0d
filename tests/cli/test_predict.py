"""The command skcnn predict: what a trained network sees in pictures."""

import json
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from skcnn import cli, load_digit_images
from skcnn._pictures import read_picture
from skcnn.cli._model_folder import Description, write_model

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]


@pytest.fixture
def copied(trained, tmp_path):
    """Return a folder with a copy of the model, to be damaged."""
    return Path(shutil.copytree(trained.model, tmp_path / "copied"))


def entries_of(ran):
    return json.loads(ran.out)


def test_each_picture_has_a_row_with_its_label_and_the_next_two(skcnn_here, trained):
    files = [trained.pictures / name / "1.png" for name in ("red", "blue")]

    ran = skcnn_here("predict", "--model", trained.model, *files)

    assert (ran.status, ran.err) == (0, "")
    heading, _, *rows = (line.split() for line in ran.out.splitlines() if line.strip())
    assert heading == ["file", "label", "probability", "next"]
    assert [row[:2] for row in rows] == [[str(files[0]), "red"], [str(files[1]), "blue"]]
    for _, label, probability, *following in rows:
        numbers = [float(probability), float(following[1].rstrip(",")), float(following[3])]
        assert {label, following[0], following[2]} == {"red", "green", "blue"}
        assert numbers == sorted(numbers, reverse=True)
        assert sum(numbers) == pytest.approx(1, abs=2e-4)


def test_json_is_one_document_with_what_the_network_says(skcnn_here, trained):
    file = trained.pictures / "green" / "2.png"

    ran = skcnn_here("predict", "--json", "--model", trained.model, file)

    (entry,) = entries_of(ran)
    assert (ran.status, ran.err) == (0, "")
    assert list(entry) == ["file", "label", "probability", "alternatives"]
    assert (entry["file"], entry["label"]) == (str(file), "green")
    picture = read_picture(file, image_size=(6, 8), fit="pad")
    network = keras.models.load_model(trained.model / "model.keras")
    expected = network.predict(picture.reshape(1, *network.input_shape[1:]), verbose=0)[0]
    answers = [entry, *entry["alternatives"]]
    by_label = {answer["label"]: answer["probability"] for answer in answers}
    for label, probability in zip(trained.description["labels"], expected, strict=True):
        assert by_label[label] == pytest.approx(probability, abs=1e-6)
    assert [a["probability"] for a in answers] == sorted(by_label.values(), reverse=True)


def test_of_two_classes_there_is_one_alternative(skcnn_here, make_pictures):
    shutil.rmtree(make_pictures(Path("pictures")) / "red")
    skcnn_here("train", "--images", "pictures", "--image-size", 4, "--model", "mlp", "--epochs", 1)

    (entry,) = entries_of(skcnn_here("predict", "--json", "pictures/blue/0.png"))

    assert {entry["label"], *(a["label"] for a in entry["alternatives"])} == {"blue", "green"}


def test_a_folder_is_all_pictures_in_it(skcnn_here, trained):
    (trained.pictures / "red" / "notes.txt").write_text("no picture")

    entries = entries_of(
        skcnn_here("predict", "--json", "--model", trained.model, trained.pictures)
    )

    assert len(entries) == 24
    right = [Path(entry["file"]).parent.name == entry["label"] for entry in entries]
    assert np.mean(right) > 0.9


def test_pictures_of_any_kind_and_size(skcnn_here, trained):
    Image.new("CMYK", (300, 40), (0, 255, 255, 0)).save("red.jpg")
    Image.new("RGBA", (1, 1), (210, 50, 40, 255)).save("one.png")

    entries = entries_of(
        skcnn_here("predict", "--json", "--model", trained.model, "red.jpg", "one.png")
    )

    assert [entry["file"] for entry in entries] == ["red.jpg", "one.png"]


def test_a_network_of_a_data_set_reads_pictures_as_it_read_the_data_set(skcnn_here):
    images, _ = load_digit_images(return_X_y=True)
    skcnn_here("train", "--model", "mlp", "--epochs", 4)
    Image.fromarray(images[0]).save("zero.png")

    (entry,) = entries_of(skcnn_here("predict", "--json", "zero.png"))

    network = keras.models.load_model("skcnn-output/model.keras")
    expected = network.predict(images[:1].reshape(1, 64) / 255, verbose=0)[0]
    assert entry["label"] == str(expected.argmax())
    assert entry["probability"] == pytest.approx(expected.max(), abs=1e-6)


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_predicted(skcnn_here, trained):
    Path("no picture.png").write_text("text")
    good = trained.pictures / "red" / "0.png"

    ran = skcnn_here(
        *("predict", "--json", "--model", trained.model), "no picture.png", good, "gone.png"
    )

    assert ran.status == 1
    assert [entry["file"] for entry in entries_of(ran)] == [str(good)]
    first, second = ran.err.splitlines()
    assert first.startswith("skcnn: error: Cannot read 'no picture.png'")
    assert second.startswith("skcnn: error: Cannot read 'gone.png' (No such file")


def test_where_nothing_can_be_read_there_is_no_table_and_an_empty_document(skcnn_here, trained):
    Path("empty").mkdir()

    of_table = skcnn_here("predict", "--model", trained.model, "empty")
    of_json = skcnn_here("predict", "--json", "--model", trained.model, "empty")

    assert (of_table.status, of_table.out) == (1, "")
    assert of_table.err.startswith("skcnn: error: empty holds no pictures")
    assert (of_json.status, entries_of(of_json)) == (1, [])


def test_names_are_no_markup(skcnn_here, trained):
    shutil.copy(trained.pictures / "red" / "0.png", "[red]1.png")

    ran = skcnn_here("predict", "--model", trained.model, "[red]1.png")

    assert "[red]1.png" in ran.out


# --- the model's folder


def fails(ran, *expected):
    assert ran.status == 1
    assert ran.out == ""
    assert ran.err.startswith("skcnn: error: ")
    assert "train" in ran.err
    assert "Traceback" not in ran.err
    for text in expected:
        assert text in ran.err


def test_a_folder_that_is_not_there(skcnn_here):
    fails(skcnn_here("predict", "--model", "gone", "a.png"), "--model gone does not exist")


def test_a_file_in_place_of_the_folder(skcnn_here, trained):
    model = trained.model / "model.keras"

    fails(skcnn_here("predict", "--model", model, "a.png"), f"--model {model} is a file")


@pytest.mark.parametrize("name", ["model.keras", "model.json"])
def test_a_folder_without_one_of_the_two_files(skcnn_here, copied, name):
    (copied / name).unlink()

    fails(skcnn_here("predict", "--model", copied, "a.png"), f"has no {name}")


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        ({"labels": "red"}, "labels is 'red'"),
        ({"labels": ["red", 1]}, "labels is ['red', 1]"),
        ({"image_size": [6]}, "image_size is [6]"),
        ({"image_size": [6, -8]}, "image_size is [6, -8]"),
        ({"color": "mauve"}, "color is 'mauve'"),
        ({"fit": ["pad"]}, "fit is ['pad']"),
        ({"divide_by": 0}, "divide_by is 0"),
        ({"format": "1"}, "it lacks format"),
    ],
    ids=str,
)
def test_a_description_that_says_what_cannot_be(skcnn_here, copied, trained, entries, says):
    (copied / "model.json").write_text(json.dumps({**trained.description, **entries}))

    ran = skcnn_here("predict", "--model", copied, "a.png")

    fails(ran, f"{copied / 'model.json'} is damaged: {says}")


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", "{}", "\udcff"])
def test_a_description_that_is_damaged(skcnn_here, copied, text):
    (copied / "model.json").write_bytes(text.encode("utf-8", "surrogateescape"))

    fails(skcnn_here("predict", "--model", copied, "a.png"), "is damaged")


def test_a_description_of_a_later_version(skcnn_here, copied, trained):
    later = {"format": 2, "skcnn": "9.1"}
    (copied / "model.json").write_text(json.dumps({**trained.description, **later}))

    ran = skcnn_here("predict", "--model", copied, "a.png")

    fails(ran, "format 2, of skcnn 9.1; expected format 1")


def test_a_network_that_is_damaged(skcnn_here, copied):
    network = copied / "model.keras"
    network.write_bytes(network.read_bytes()[:200])

    fails(skcnn_here("predict", "--model", copied, "a.png"), f"{network} cannot be read")


@pytest.mark.parametrize(
    "entries",
    [{"labels": ["red", "green"]}, {"image_size": [9, 8]}, {"color": "grey"}],
    ids=str,
)
def test_a_network_and_a_description_of_two_runs(skcnn_here, copied, trained, entries):
    (copied / "model.json").write_text(json.dumps({**trained.description, **entries}))

    ran = skcnn_here("predict", "--model", copied, "a.png")

    fails(ran, f"in {copied} do not belong together")


def test_a_strangers_network_runs_no_code(skcnn_here, tmp_path):
    inputs = keras.Input((2, 2, 1))
    rows = keras.layers.Flatten()(inputs)
    outputs = keras.layers.Lambda(lambda x: x[:, :2], output_shape=(2,))(rows)
    stranger = keras.Model(inputs, outputs)
    write_model(stranger, Description(("a", "b"), (2, 2), "grey", "resize", 1), tmp_path)
    Image.new("L", (2, 2)).save("a.png")

    fails(skcnn_here("predict", "--model", tmp_path, "a.png"), "model.keras cannot be read")


def test_help_says_what_predict_does(capsys, eighty_columns):
    with pytest.raises(SystemExit, match="0"):
        cli.main(["predict", "--help"])

    text = capsys.readouterr().out
    for word in ("--model", "--json", "FILE", "Pillow", "skcnn-output"):
        assert word in text
    assert max(map(len, text.splitlines())) <= 80
