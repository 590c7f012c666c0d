"""The command skcnn show: an image as numbers and as a picture."""

import os
import subprocess
import sys
from pathlib import Path

import matplotlib.font_manager  # noqa: F401  (its first import on a computer says so on stderr)
import numpy as np
import pytest
from matplotlib import image as reading

import skcnn
from skcnn import load_digit_images

REAL_HOME = Path(os.environ.get("SKCNN_DATA_HOME") or "no data home")


def facts_in(text):
    return dict(line.split(": ", 1) for line in text.splitlines() if ": " in line)


def matrix_in(text):
    """Return the lines of the matrix: those between the two empty ones."""
    return text.split("\n\n")[1].splitlines()


def test_the_first_digit_is_the_default(skcnn_here):
    ran = skcnn_here("show")

    facts = {name: value.strip() for name, value in facts_in(ran.out).items()}
    assert ran.status == 0
    assert ran.err == ""
    assert facts == {
        "training images": "1,797",
        "test images": "0",
        "image": "0",
        "label": "0",
        "one-hot row": "1 0 0 0 0 0 0 0 0 0",
    }
    assert ran.out.endswith("Wrote digits-0.png to skcnn-output\n")


def test_the_matrix_is_the_image_in_columns_of_three(skcnn_here):
    images, labels = load_digit_images(return_X_y=True)

    ran = skcnn_here("show", "--index", 1796)

    lines = matrix_in(ran.out)
    assert {len(line) for line in lines} == {8 * 3 + 7}
    np.testing.assert_array_equal([line.split() for line in lines], images[1796].astype(str))
    row = facts_in(ran.out)["one-hot row"].split()
    assert row.index("1") == labels[1796]


def test_the_picture_shows_the_image_in_greys(skcnn_here, tmp_path):
    ran = skcnn_here("show", "--index", 3, "--output", tmp_path / "a" / "b")

    picture = reading.imread(tmp_path / "a" / "b" / "digits-3.png")[..., :3]
    assert ran.status == 0
    assert 400 < min(picture.shape[:2]) < 1000
    assert np.ptp(picture, axis=2).max() < 0.01
    assert (picture < 0.5).mean() > 0.05


def test_a_data_set_with_a_test_set_and_names(skcnn_here, pretended_data):
    ran = skcnn_here("show", "--dataset", "fashion-mnist", "--index", 39)

    facts = {name: value.strip() for name, value in facts_in(ran.out).items()}
    assert facts["training images"] == "40"
    assert facts["test images"] == "8"
    assert facts["label"] == "3 (Boot)"
    assert facts["one-hot row"] == "0 0 0 1"
    assert Path("skcnn-output", "fashion-mnist-39.png").is_file()


def test_a_row_of_28_pixels_is_one_line_in_any_terminal(skcnn_here, pretended_data):
    lines = matrix_in(skcnn_here("show", "--dataset", "mnist").out)

    assert lines == [" ".join(["  1"] * 28)] * 28


@pytest.mark.skipif(
    not (REAL_HOME / "mnist").is_dir(),
    reason="SKCNN_DATA_HOME does not point to a folder with MNIST",
)
def test_mnist_begins_with_a_five(skcnn_here):
    ran = skcnn_here("show", "--dataset", "mnist")

    facts = {name: value.strip() for name, value in facts_in(ran.out).items()}
    assert facts["training images"] == "60,000"
    assert facts["test images"] == "10,000"
    assert facts["label"] == "5"


@pytest.mark.parametrize("index", [1797, 60000])
def test_an_index_past_the_end_is_an_error(skcnn_here, index):
    ran = skcnn_here("show", "--index", index)

    assert ran.status == 1
    assert ran.out == ""
    assert ran.err == (
        f"skcnn: error: --index {index}: digits has 1,797 training images, numbered from 0 to "
        "1796.\n"
    )


def test_an_unwritable_folder_is_an_error(skcnn_here):
    Path("taken").touch()

    ran = skcnn_here("show", "--output", "taken")

    assert ran.status == 1
    assert ran.out == ""
    assert ran.err.startswith("skcnn: error: cannot write to taken (")


def test_data_that_is_not_to_be_had_is_an_error(monkeypatch, skcnn_here):
    def fetch():
        raise OSError("MNIST could not be downloaded.")

    monkeypatch.setattr(skcnn, "fetch_mnist", fetch)

    ran = skcnn_here("show", "--dataset", "mnist")

    assert ran.status == 1
    assert ran.err == "skcnn: error: MNIST could not be downloaded.\n"


@pytest.mark.slow
def test_it_starts_no_tensorflow(tmp_path):
    process = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys\n"
            "from skcnn.cli import main\n"
            "main(['show'])\n"
            "print('loaded:', sorted({'tensorflow', 'keras'} & set(sys.modules)))",
        ],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )

    assert process.stdout.endswith("loaded: []\n")


def test_an_image_in_colours_is_a_matrix_for_each(skcnn_here, pretended_data):
    ran = skcnn_here("show", "--dataset", "cifar10", "--index", 25)

    plane = [" ".join(["  3"] * 32)] * 32
    lines = ran.out.splitlines()
    assert facts_in(ran.out)["label"].strip() == "2 (deer)"
    for color, start in (("red", 6), ("green", 40), ("blue", 74)):
        assert lines[start : start + 33] == [f"{color}:", *plane]
    assert Path("skcnn-output", "cifar10-25.png").is_file()
