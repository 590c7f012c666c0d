"""Whatever holds a picture."""

import numpy as np
import pytest
from PIL import Image

from tests.reading.notes import note

ORIENTATION = 0x0112
GREY = note("504")


@pytest.fixture
def path(tmp_path):
    Image.fromarray(GREY).save(tmp_path / "note.png")
    return tmp_path / "note.png"


KINDS = {
    "grey": GREY,
    "one channel": GREY[..., np.newaxis],
    "rgb": np.stack([GREY] * 3, -1),
    "rgba": np.stack([*[GREY] * 3, np.full_like(GREY, 255)], -1),
    "float32": (GREY / 255).astype(np.float32),
    "float64": GREY / 255,
    "uint16": GREY.astype(np.uint16) * 257,
    "bool": GREY > 128,
    "Pillow": Image.fromarray(GREY),
    "Pillow of two colours": Image.fromarray(GREY).convert("1", dither=Image.Dither.NONE),
}


@pytest.mark.parametrize("image", KINDS.values(), ids=KINDS)
def test_images_and_arrays(reader, image):
    assert reader.read(image).text == "504"


def test_files(reader, path):
    assert [reader.read(source).text for source in (path, str(path), path.read_bytes())] == [
        "504"
    ] * 3


def test_what_is_transparent_is_white(reader):
    black = np.zeros((*GREY.shape, 4), np.uint8)
    black[..., 3] = 255 - GREY

    assert reader.read(black).text == "504"


def test_the_orientation_that_exif_tells(reader, tmp_path):
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    Image.fromarray(np.rot90(GREY)).save(tmp_path / "turned.jpg", exif=exif, quality=95)

    read = reader.read(tmp_path / "turned.jpg")

    assert read.text == "504"
    assert all(
        x + width <= GREY.shape[1] for x, _, width, _ in (d.box for d in read.lines[0].digits)
    )


def test_the_array_stays_as_it_was(reader):
    before = GREY.copy()
    reader.read(GREY)

    np.testing.assert_array_equal(GREY, before)


@pytest.mark.parametrize(
    ("image", "error", "words"),
    [
        (np.zeros((0, 5)), ValueError, r"no pixels"),
        (np.zeros((4, 5, 2)), ValueError, r"\(4, 5, 2\)"),
        (np.zeros(784), ValueError, r"\(784,\)"),
        (np.full((4, 4), 2.0), ValueError, r"floats in 0\.\.1"),
        (np.full((4, 4), np.nan), ValueError, r"floats in 0\.\.1"),
        (np.zeros((4, 4), np.int64), ValueError, r"int64"),
        (np.zeros((4, 4), complex), ValueError, r"complex128"),
        ([[0, 1]], TypeError, r"list"),
        (None, TypeError, r"NoneType"),
        ("missing.png", FileNotFoundError, r"missing\.png"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_picture(reader, image, error, words):
    with pytest.raises(error, match=words):
        reader.read(image)


def test_a_file_that_is_no_picture_is_named(reader, tmp_path):
    (tmp_path / "note.txt").write_text("504192")

    with pytest.raises(ValueError, match=r"note\.txt"):
        reader.read(tmp_path / "note.txt")
