"""Pictures of Pillow, and what else becomes an array, or does not and is told."""

import warnings

import h5py
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from PIL import Image

from skcnn._arrays import as_samples

RED = (255, 0, 0)


def red(mode):
    return Image.new("RGB", (3, 2), RED).convert(mode)


# --- modes


@pytest.mark.parametrize("mode", ["P", "RGB", "CMYK", "YCbCr", "HSV", "RGBX"])
def test_red_is_red_in_every_kind_of_colour(mode):
    samples = as_samples([red(mode)] * 2)

    assert samples.dtype == np.uint8
    assert samples.shape == (2, 2, 3, 3)
    assert abs(samples[0, 0, 0].astype(int) - RED).max() <= 1


@pytest.mark.parametrize("mode", ["RGBA", "PA", "RGBa"])
def test_red_is_red_with_an_alpha_channel(mode):
    samples = as_samples([red("RGBA").convert(mode)] * 2)

    assert samples.shape == (2, 2, 3, 4)
    assert samples[0, 0, 0].tolist() == [*RED, 255]


def test_grey_with_an_alpha_channel_has_two_channels():
    assert as_samples([Image.new("LA", (3, 2), (7, 9))])[0, 0, 0].tolist() == [7, 9]


def test_the_numbers_of_a_palette_are_colours_and_not_places():
    picture = Image.new("P", (2, 1))
    picture.putpalette([10, 20, 30, 40, 50, 60])
    picture.putdata([1, 0])

    assert as_samples([picture])[0].tolist() == [[[40, 50, 60], [10, 20, 30]]]


def test_a_palette_with_transparent_colours_is_read_without_a_warning():
    picture = red("P")
    picture.info["transparency"] = b"\x00\x10"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert as_samples([picture]).shape == (1, 2, 3, 3)


def test_black_and_white_are_as_bright_as_in_grey():
    picture = Image.fromarray(np.array([[0, 255, 255]], dtype=np.uint8))

    mixed = as_samples([picture.convert("1"), picture])
    assert mixed.dtype == np.uint8
    assert mixed.tolist() == [[[0, 255, 255]]] * 2


@pytest.mark.parametrize(
    ("mode", "dtype"), [("I;16", np.uint16), ("I", np.int32), ("F", np.float32)]
)
def test_pictures_of_more_than_8_bits_keep_their_numbers(mode, dtype):
    numbers = np.array([[0, 300, 65_000]], dtype=dtype)
    picture = Image.frombytes(mode, (3, 1), numbers.tobytes())

    assert_array_equal(as_samples([picture]), numbers[np.newaxis], strict=True)


@pytest.mark.parametrize("container", [list, tuple, pd.Series])
def test_pictures_of_different_depth_are_told_apart(container):
    pictures = [Image.new("L", (3, 2)), Image.new("L", (3, 2)), Image.new("I;16", (3, 2))]

    with pytest.raises(
        ValueError, match=r"in X differ in depth.*uint8.*index 2 holds uint16.*con"
    ):
        as_samples(container(pictures))


# --- names, and what is no array


@pytest.mark.parametrize(
    ("thing", "message"),
    [
        ({"a": [1]}, "y is a dict; expected an array"),
        (iter([1]), "y is a list_iterator; expected an array"),
        ("cat", "y is a str; expected an array"),
        (object(), "y is a object; expected an array"),
    ],
)
def test_what_is_no_array_is_told_by_its_name(thing, message):
    with pytest.raises(TypeError, match=message):
        as_samples(thing, "y")


def test_entries_of_other_things_than_x_are_no_images():
    with pytest.raises(
        ValueError, match=r"entries of y differ in shape.*index 1.*one label a samp"
    ):
        as_samples([[1, 2], [3]], "y")


def test_a_ragged_image_is_told_by_its_place():
    with pytest.raises(ValueError, match="sample at index 1 of X is a list whose parts differ"):
        as_samples([[[1, 2], [3, 4]], [[1, 2], [3]]])


def test_a_single_number_stays_one():
    assert as_samples(5).shape == ()


# --- files


def test_closed_files_and_single_values_are_told_by_name(tmp_path):
    with h5py.File(tmp_path / "data.h5", "w") as file:
        data = file.create_dataset("data", data=np.eye(3))
        for content in (5.0, h5py.Empty("f4")):
            single = file.create_dataset(f"single{content}", data=content)
            with pytest.raises(ValueError, match="y is a data set of a single value"):
                as_samples(single, "y")

    with pytest.raises(ValueError, match=r"y is a data set of an HDF5 file that is closed.*Open"):
        as_samples(data, "y")


def test_text_of_a_file_is_text_and_images_of_any_size_are_images(tmp_path):
    with h5py.File(tmp_path / "data.h5", "w") as file:
        words = file.create_dataset("words", data=["one", "zwölf"])
        rows = file.create_dataset("rows", 2, dtype=h5py.vlen_dtype(np.uint8))
        rows[0] = rows[1] = [1, 2, 3]

        assert as_samples(words).tolist() == ["one", "zwölf"]
        assert as_samples(rows).tolist() == [[1, 2, 3], [1, 2, 3]]
        rows[1] = [1, 2]
        with pytest.raises(ValueError, match=r"X differ in shape.*index 1 has shape \(2,\)"):
            as_samples(rows)
