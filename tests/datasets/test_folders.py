"""A folder of pictures, with a folder in it for each class."""

import warnings
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import Image

from skcnn import load_image_folder
from skcnn._pictures import UnreadablePictureError

COLORS = {"cat": (200, 0, 0), "dog": (0, 200, 0), "emu": (0, 0, 200)}


def write(path, color=(9, 9, 9), size=(4, 3)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, color).save(path)


@pytest.fixture
def folder(tmp_path):
    """Return a folder of three classes with 2, 3 and 4 pictures of 3 x 4 pixels."""
    for n, (name, color) in enumerate(COLORS.items(), start=2):
        for i in range(n):
            write(tmp_path / "animals" / name / f"{i}.png", color)
    return tmp_path / "animals"


def test_each_picture_comes_with_its_class(folder):
    animals = load_image_folder(folder)

    assert animals.target_names == ["cat", "dog", "emu"]
    assert animals.target.dtype == np.int64
    assert animals.target.tolist() == [0] * 2 + [1] * 3 + [2] * 4
    assert animals.labels.tolist() == ["cat"] * 2 + ["dog"] * 3 + ["emu"] * 4
    assert animals.images.shape == (9, 3, 4, 3)
    assert animals.images.dtype == np.uint8
    assert animals.data is animals.images
    for image, label in zip(animals.images, animals.labels, strict=True):
        assert (image == COLORS[label]).all()
    assert animals.filenames[:3].tolist() == ["cat/0.png", "cat/1.png", "dog/0.png"]
    assert animals.paths[0] == str(folder / "cat" / "0.png")
    assert "9 pictures of 3 classes" in animals.DESCR
    assert "dog: 3" in animals.DESCR


def test_a_path_from_here_on_becomes_absolute(folder, monkeypatch):
    monkeypatch.chdir(folder.parent)

    assert load_image_folder("animals").paths.tolist() == load_image_folder(folder).paths.tolist()


def test_images_come_in_the_size_and_colour_that_are_asked_for(folder):
    animals = load_image_folder(folder, image_size=(5, 2), color="grey", fit="pad")

    assert animals.images.shape == (9, 5, 2, 1)
    assert (animals.images[:, 0] == 255).all()
    assert load_image_folder(folder, 2).images.shape == (9, 2, 2, 3)


def test_paths_come_where_sizes_differ(folder):
    write(folder / "cat" / "large.png", size=(40, 30))

    animals = load_image_folder(folder)
    assert animals.images is None
    assert animals.data is animals.paths
    assert len(animals.paths) == len(animals.target) == 10
    X, y = load_image_folder(folder, return_X_y=True)
    assert X.tolist() == animals.paths.tolist()
    assert_array_equal(y, animals.target)
    assert load_image_folder(folder, image_size=3).images.shape == (10, 3, 3, 3)


def test_sizes_are_compared_upright(folder):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (3, 4)).save(folder / "cat" / "turned.jpg", exif=exif)

    assert load_image_folder(folder).images.shape == (10, 3, 4, 3)


def test_a_tuple_is_returned_where_it_is_asked_for(folder):
    X, y = load_image_folder(folder, return_X_y=True)

    assert X.shape == (9, 3, 4, 3)
    assert y.tolist() == [0] * 2 + [1] * 3 + [2] * 4


def test_threads_give_the_same(folder):
    assert_array_equal(
        load_image_folder(folder, n_jobs=3).images, load_image_folder(folder).images
    )


# --- which files


def test_pictures_below_a_class_count_and_the_hidden_do_not(folder):
    write(folder / "cat" / "tabby" / "young" / "1.JPG")
    for hidden in (
        folder / "cat" / ".cache" / "1.png",
        folder / "cat" / "._0.png",
        folder / ".git" / "1.png",
        folder / "__MACOSX" / "cat" / "._0.png",
        folder / "dog" / "__MACOSX" / "1.png",
    ):
        write(hidden)
    for other in ("cat/.DS_Store", "dog/Thumbs.db", "labels.csv", "emu/notes.txt", "emu/readme"):
        (folder / other).write_text("no picture")
    write(folder / "overview.png")

    animals = load_image_folder(folder, 2)
    assert len(animals.paths) == 10
    assert animals.filenames[2] == "cat/tabby/young/1.JPG"


@pytest.mark.parametrize("ending", ["jpg", "jpeg", "bmp", "gif", "tif", "webp", "ppm", "tga"])
def test_each_format_is_found_by_its_ending(folder, ending):
    write(folder / "cat" / f"new.{ending}")

    assert f"cat/new.{ending}" in load_image_folder(folder).filenames


@pytest.mark.parametrize("ending", ["h5", "pdf", "mpg", "txt", "json", "npy"])
def test_files_that_pillow_cannot_read_are_left_out(folder, ending):
    (folder / "cat" / f"new.{ending}").write_bytes(b"0")

    assert len(load_image_folder(folder).paths) == 9


# --- a part of them


def test_a_sample_has_its_share_of_each_class(folder):
    for i in range(100, 190):
        write(folder / "emu" / f"{i}.png")

    animals = load_image_folder(folder, sample=11)
    assert np.bincount(animals.target).tolist() == [1, 1, 9]
    assert load_image_folder(folder, sample=50).target.tolist() == [0] + [1] * 2 + [2] * 47
    assert len(load_image_folder(folder, sample=1000).paths) == 99


def test_a_sample_is_drawn_by_the_seed(folder):
    for i in range(100, 190):
        write(folder / "emu" / f"{i}.png")
    names = [
        load_image_folder(folder, sample=20, random_state=seed).filenames.tolist()
        for seed in (0, 0, 1)
    ]

    assert names[0] == names[1] == sorted(names[0])
    assert names[0] != names[2]


@pytest.mark.parametrize("sample", [0, 2, -1, 0.5, True, "all"])
def test_a_sample_that_cannot_be_drawn_is_told(folder, sample):
    with pytest.raises(ValueError, match=r"sample must be an integer of at least 3.*received"):
        load_image_folder(folder, sample=sample)


# --- what is no folder of classes


def test_a_path_that_is_no_folder_is_told(folder):
    with pytest.raises(FileNotFoundError, match=r"There is no folder .*gone; expected one with"):
        load_image_folder(folder / "gone")
    with pytest.raises(NotADirectoryError, match=r"0.png is a file; expected a folder"):
        load_image_folder(folder / "cat" / "0.png")


def test_a_folder_of_fewer_than_two_classes_is_told(tmp_path):
    with pytest.raises(ValueError, match=r"should have a folder for each class.*found none\. Mo"):
        load_image_folder(tmp_path)
    write(tmp_path / "1.png")
    write(tmp_path / "2.jpg")
    with pytest.raises(ValueError, match=r"found none, and 2 pictures without one"):
        load_image_folder(tmp_path)
    write(tmp_path / "cat" / "1.png")
    with pytest.raises(ValueError, match=r"found one, 'cat', and 2 pictures without one"):
        load_image_folder(tmp_path)


def test_the_parts_of_a_data_set_are_no_classes(tmp_path):
    for part in ("train", "Test"):
        for name in COLORS:
            write(tmp_path / part / name / "1.png")

    with pytest.raises(ValueError, match=r"named Test, train, which are parts.*one part at a tim"):
        load_image_folder(tmp_path)
    assert load_image_folder(tmp_path / "train").target_names == list(COLORS)


def test_a_class_without_pictures_is_told(folder):
    (folder / "fox").mkdir()
    (folder / "fox" / "notes.txt").write_text("no picture")

    with pytest.raises(ValueError, match=r"There are no pictures in .*animals/fox; expected"):
        load_image_folder(folder)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"image_size": "32"}, "image_size must be"),
        ({"color": "gray"}, "color must be one of 'grey', 'rgb'; received 'gray'"),
        ({"fit": "squeeze"}, "fit must be one of"),
        ({"on_error": "blank"}, "on_error must be 'raise' or 'skip'; received 'blank'"),
    ],
)
def test_unknown_values_of_parameters_are_refused(folder, parameters, message):
    with pytest.raises(ValueError, match=message):
        load_image_folder(folder, **parameters)


# --- pictures that cannot be read


def spoil(path):
    Path(path).write_bytes(b"<html>")


@pytest.mark.parametrize("image_size", [None, 2])
def test_a_picture_that_cannot_be_read_is_named(folder, image_size):
    spoil(folder / "dog" / "1.png")

    with pytest.raises(
        UnreadablePictureError, match=r"dog/1\.png': expected a picture.*on_error='skip' leaves"
    ):
        load_image_folder(folder, image_size)


@pytest.mark.parametrize("image_size", [None, 2])
def test_skip_leaves_it_out_and_warns_once(folder, image_size):
    expected = load_image_folder(folder, image_size)
    spoiled = ["cat/1.png", "dog/0.png", "dog/1.png", "emu/3.png"]
    for name in spoiled:
        spoil(folder / name)

    with pytest.warns(UserWarning, match="4 of 9 pictures could not be read") as caught:
        animals = load_image_folder(folder, image_size, on_error="skip")
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert f"{folder / 'dog' / '1.png'} and 1 others. The first one" in str(caught[0].message)
    kept = ~np.isin(expected.filenames, spoiled)
    for name in ("images", "paths", "filenames", "target", "labels"):
        assert_array_equal(animals[name], expected[name][kept])
    assert animals.data is animals.images


def test_a_truncated_picture_is_left_out_though_its_header_is_whole(folder):
    path = folder / "dog" / "1.bmp"
    write(path)
    path.write_bytes(path.read_bytes()[:-5])

    with pytest.warns(UserWarning, match=r"1 of 10 pictures .*1\.bmp"):
        animals = load_image_folder(folder, on_error="skip")
    assert len(animals.images) == len(animals.target) == 9


def test_a_class_of_which_nothing_can_be_read_is_told(folder):
    for i in range(2):
        spoil(folder / "cat" / f"{i}.png")

    with (
        pytest.warns(UserWarning, match="2 of 9"),
        pytest.raises(ValueError, match="None of the pictures of 'cat' could be read"),
    ):
        load_image_folder(folder, on_error="skip")


def test_skip_says_nothing_where_all_can_be_read(folder):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load_image_folder(folder, on_error="skip")
