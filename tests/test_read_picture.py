"""One picture at a time: every kind that Pillow reads, and what is none."""

import io
import warnings

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import Image

from skcnn._pictures import (
    PictureForm,
    UnreadablePictureError,
    as_image_size,
    formed_picture,
    read_picture,
    upright_size,
)

RED, WHITE = [255, 0, 0], [255, 255, 255]
ORIENTATION = 0x0112


@pytest.fixture
def photograph():
    """Return an image of 60 x 80 pixels of smooth colours, no two corners alike."""
    rows, columns = np.mgrid[0:60, 0:80]
    return Image.fromarray(np.stack([rows * 4, columns * 3, rows + columns], -1).astype(np.uint8))


def encoded(image, kind, **settings):
    file = io.BytesIO()
    image.save(file, kind, **settings)
    return file.getvalue()


def red(mode):
    return Image.new("RGB", (3, 2), tuple(RED)).convert(mode)


# --- sources


def test_a_path_bytes_and_an_image_give_the_same(tmp_path, photograph):
    path = tmp_path / "photograph.jpg"
    path.write_bytes(encoded(photograph, "JPEG"))
    expected = np.asarray(Image.open(path).convert("RGB"))

    for source in (path, str(path), path.read_bytes(), Image.open(path)):
        pixels = read_picture(source)
        assert pixels.dtype == np.uint8
        assert pixels.flags.writeable
        assert_array_equal(pixels, expected)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "GIF", "PPM", "TGA", "PCX"])
def test_formats_without_loss_give_each_pixel(photograph, kind):
    image = photograph.convert("L") if kind == "GIF" else photograph

    assert_array_equal(read_picture(encoded(image, kind)), np.asarray(image.convert("RGB")))


def test_of_several_frames_it_is_the_first():
    frames = [Image.new("RGB", (4, 4), color) for color in ("red", "green", "blue")]
    for kind in ("GIF", "TIFF", "PNG"):
        content = encoded(frames[0], kind, save_all=True, append_images=frames[1:])
        assert read_picture(content)[0, 0].tolist() == RED


def test_an_image_that_is_given_stays_as_it_was(photograph):
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    image = Image.open(io.BytesIO(encoded(photograph, "JPEG", exif=exif)))

    assert read_picture(image, image_size=4, color="grey").shape == (4, 4, 1)
    assert (image.size, image.mode, image.getexif()[ORIENTATION]) == ((80, 60), "RGB", 6)


@pytest.mark.parametrize("settings", [{}, {"progressive": True}, {"quality": 30}, {"optimize": 1}])
@pytest.mark.parametrize("size", [(80, 60), (500, 400)])
def test_plain_jpegs_are_read_as_pillow_reads_them(photograph, settings, size):
    content = encoded(photograph.resize(size), "JPEG", **settings)

    expected = Image.open(io.BytesIO(content))
    assert_array_equal(read_picture(content), np.asarray(expected))
    assert_array_equal(
        read_picture(content, color="grey")[..., 0], np.asarray(expected.convert("L"))
    )


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_jpegs_of_other_colours_are_read_as_pillow_reads_them(photograph, mode):
    content = encoded(photograph.convert(mode), "JPEG")

    expected = Image.open(io.BytesIO(content)).convert("RGB")
    assert_array_equal(read_picture(content), np.asarray(expected))


# --- colours


@pytest.mark.parametrize(
    "mode", ["P", "RGB", "CMYK", "YCbCr", "HSV", "LAB", "RGBX", "RGBA", "PA", "RGBa"]
)
def test_red_is_red_in_every_kind_of_colour(mode):
    pixels = read_picture(
        Image.new("LAB", (3, 2), (138, 209, 195)) if mode == "LAB" else red(mode)
    )

    assert pixels.shape == (2, 3, 3)
    assert abs(pixels[0, 0].astype(int) - RED).max() <= (12 if mode == "LAB" else 1)


@pytest.mark.parametrize("mode", ["P", "RGB", "CMYK", "YCbCr", "HSV", "RGBA", "PA"])
def test_grey_is_what_pillow_calls_l(mode):
    pixels = read_picture(red(mode), color="grey")

    assert pixels.shape == (2, 3, 1)
    assert abs(int(pixels[0, 0, 0]) - np.asarray(red("RGB").convert("L"))[0, 0]) <= 1


def test_black_and_white_is_0_and_255():
    image = Image.fromarray(np.array([[0, 255]], np.uint8)).convert("1")

    assert read_picture(image, color="grey").ravel().tolist() == [0, 255]
    assert read_picture(encoded(image, "PNG")).tolist() == [[[0, 0, 0], WHITE]]


@pytest.mark.parametrize("mode", ["RGBA", "LA", "RGBa", "La"])
def test_what_is_transparent_is_white(mode):
    pixels = np.zeros((1, 3, 4), np.uint8)
    pixels[0, :, 3] = [0, 128, 255]
    straight = "LA" if mode in ("LA", "La") else "RGBA"
    image = Image.fromarray(pixels).convert(straight)
    if mode == "La":
        image = Image.frombytes("La", (3, 1), bytes([0, 0, 0, 128, 0, 255]))
    elif mode == "RGBa":
        image = image.convert("RGBa")

    assert read_picture(image)[0, :, 0].tolist() == [255, 127, 0]
    assert read_picture(image, color="grey").ravel().tolist() == [255, 127, 0]


@pytest.mark.parametrize("transparency", [1, bytes([255, 0])])
def test_a_transparent_entry_of_a_palette_is_white_without_a_warning(transparency):
    image = Image.new("P", (2, 1))
    image.putpalette([255, 0, 0, 0, 0, 0])
    image.putpixel((1, 0), 1)
    content = encoded(image, "PNG", transparency=transparency)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_picture(content).tolist() == [[RED, WHITE]]
        assert read_picture(content, color="grey").ravel().tolist() == [76, 255]


def test_a_transparent_colour_is_white():
    image = Image.new("RGB", (2, 1), (0, 0, 255))
    image.putpixel((0, 0), tuple(RED))

    content = encoded(image, "PNG", transparency=(0, 0, 255))
    assert read_picture(content).tolist() == [[RED, WHITE]]


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bits_are_scaled_and_not_cut_off(kind):
    values = np.array([[0, 257, 300, 32896, 65535]], np.uint16)

    pixels = read_picture(encoded(Image.fromarray(values), kind), color="grey")
    assert pixels.ravel().tolist() == [0, 1, 1, 128, 255]


@pytest.mark.parametrize("mode", ["I;16", "I;16B", "I"])
def test_every_kind_of_16_bits_is_scaled(mode):
    values = np.array([[0, 32896, 65535]])
    dtype = {"I;16": "<u2", "I;16B": ">u2", "I": "<i4"}[mode]
    image = Image.frombytes(mode, (3, 1), values.astype(dtype).tobytes())

    assert read_picture(image)[0, :, 0].tolist() == [0, 128, 255]


def test_a_transparent_grey_of_16_bits_is_white():
    image = Image.fromarray(np.array([[0, 514]], np.uint16))

    content = encoded(image, "PNG", transparency=514)
    assert read_picture(content, color="grey").ravel().tolist() == [0, 255]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.float32([[0, 0.5]]), "one of 32-bit floats, whose white is not known"),
        (np.int32([[0, 70000]]), "one of integers from 0 to 70000"),
        (np.int32([[-1, 7]]), "one of integers from -1 to 7"),
    ],
)
def test_numbers_of_which_nobody_knows_the_white_are_refused(values, message):
    with pytest.raises(UnreadablePictureError, match=f"of 8 or 16 bits.*received {message}"):
        read_picture(Image.fromarray(values))


# --- orientation


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_pictures_are_turned_upright(tmp_path, photograph, orientation, kind):
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    path = tmp_path / "picture"
    path.write_bytes(encoded(photograph, kind, exif=exif))

    expected = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.swapaxes(0, 1),
        6: lambda a: a.swapaxes(0, 1)[:, ::-1],
        7: lambda a: a.swapaxes(0, 1)[::-1, ::-1],
        8: lambda a: a.swapaxes(0, 1)[::-1],
    }[orientation](np.asarray(photograph).astype(int))
    pixels = read_picture(path)
    assert pixels.shape == expected.shape == (*upright_size(path), 3)
    assert abs(pixels - expected).mean() < 4


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_damaged_exif_data_do_not_stand_in_the_way(photograph):
    content = encoded(photograph, "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff nonsense")

    assert read_picture(content).shape == (60, 80, 3)


# --- sizes


@pytest.mark.parametrize("fit", ["resize", "crop", "pad"])
@pytest.mark.parametrize("size", [(1, 1), (7, 5), (60, 80), (200, 3), (3, 200)])
@pytest.mark.parametrize("own", [(1, 1), (1, 90), (90, 1), (60, 80)])
def test_every_picture_comes_to_every_size(photograph, fit, size, own):
    picture = photograph.crop((0, 0, own[1], own[0]))

    assert read_picture(picture, image_size=size, fit=fit).shape == (*size, 3)


def test_one_number_is_both_sides(photograph):
    assert read_picture(photograph, image_size=np.int64(5)).shape == (5, 5, 3)
    assert as_image_size([3, 4]) == (3, 4)


def test_resize_squeezes_the_whole_picture(photograph):
    expected = photograph.resize((20, 30), Image.Resampling.BILINEAR)

    assert_array_equal(read_picture(photograph, image_size=(30, 20)), np.asarray(expected))


@pytest.mark.parametrize(
    ("size", "box"), [((30, 20), (20, 0, 60, 60)), ((10, 40), (0, 20, 80, 40))]
)
def test_crop_takes_the_middle_in_its_proportions(photograph, size, box):
    expected = photograph.crop(box).resize(size[::-1], Image.Resampling.BILINEAR)

    pixels = read_picture(photograph, image_size=size, fit="crop")
    assert abs(pixels.astype(int) - np.asarray(expected)).max() <= 8  # at the edges


@pytest.mark.parametrize("color", ["rgb", "grey"])
def test_pad_keeps_the_whole_picture_and_adds_white(color):
    pixels = read_picture(Image.new("RGB", (40, 20)), color=color, image_size=(10, 8), fit="pad")

    assert (pixels[:3] == 255).all()
    assert (pixels[3:7] == 0).all()
    assert (pixels[7:] == 255).all()


@pytest.mark.parametrize(
    ("size", "decoded"), [((1600, 1200), (200, 150)), ((480, 360), (240, 180))]
)
def test_jpegs_that_become_small_are_not_decoded_whole(monkeypatch, photograph, size, decoded):
    large = photograph.resize(size)
    content = encoded(large, "JPEG", quality=95)
    loaded = []
    load = Image.Image.load
    monkeypatch.setattr(
        Image.Image, "load", lambda self: (loaded.append(self.size), load(self))[1]
    )

    pixels = read_picture(content, image_size=(60, 80))
    assert loaded[0] == decoded
    assert abs(pixels.astype(int) - np.asarray(large.resize((80, 60)))).max() <= 4


@pytest.mark.parametrize(
    "image_size", [0, -1, (0, 3), (3,), (1, 2, 3), 2.5, (2.0, 3), "32", True, (True, 2)]
)
def test_what_is_no_size_is_refused(photograph, image_size):
    with pytest.raises(ValueError, match=r"image_size must be \(height, width\).*received"):
        read_picture(photograph, image_size=image_size)


@pytest.mark.parametrize(("name", "value"), [("color", "gray"), ("fit", "squeeze")])
def test_unknown_words_are_refused(photograph, name, value):
    with pytest.raises(ValueError, match=f"{name} must be one of .*; received '{value}'"):
        read_picture(photograph, **{name: value})


# --- what is no picture


def test_a_missing_file_and_a_folder_are_told(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"Cannot read '.*gone.jpg' \(No such file"):
        read_picture(tmp_path / "gone.jpg")
    with pytest.raises(IsADirectoryError, match=r"Cannot read .*expected the file of a picture"):
        read_picture(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"Cannot read"):
        upright_size(tmp_path / "gone.jpg")


@pytest.mark.parametrize(
    ("content", "received"),
    [
        (b"", "an empty one"),
        (b"<html><body>404", "content that begins with b'<html><b'"),
        (b"\xff\xd8\xff\xe0", "content that begins with"),
        (b"\xff\xd8", "content that begins with"),
    ],
)
def test_what_is_no_picture_is_told(tmp_path, content, received):
    path = tmp_path / "picture.jpg"
    path.write_bytes(content)

    for read in (read_picture, upright_size):
        with pytest.raises(
            UnreadablePictureError, match=rf"picture\.jpg'.*received {received}.*Replace it"
        ):
            read(path)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "TIFF", "WEBP", "BMP"])
@pytest.mark.parametrize("large", [False, True])
def test_a_truncated_picture_is_told(photograph, kind, large):
    image = photograph.resize((400, 300)) if large else photograph
    content = encoded(image, kind)

    with pytest.raises(UnreadablePictureError, match=r"bytes of a picture: expected .*received"):
        read_picture(content[: len(content) // 2])


def test_a_damaged_picture_is_told(photograph):
    content = bytearray(encoded(photograph, "PNG"))
    content[45:65] = b"\0" * 20

    with pytest.raises(UnreadablePictureError, match="a damaged or truncated one"):
        read_picture(bytes(content))


def test_the_guard_against_decompression_bombs_stays_on(monkeypatch, photograph):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 2000)

    with pytest.raises(
        UnreadablePictureError, match=r"4800 pixels\) exceeds limit of 4000.*MAX_IMAGE_PIXELS"
    ):
        read_picture(encoded(photograph, "PNG"))


def test_the_guard_holds_for_plain_jpegs_too(monkeypatch, photograph):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 2000)

    with pytest.raises(UnreadablePictureError, match="exceeds limit"):
        read_picture(encoded(photograph, "JPEG"))


@pytest.mark.slow
def test_a_picture_of_50_megapixels_is_read():
    content = encoded(Image.new("L", (10_000, 5_000), 77), "PNG")

    assert (read_picture(content, image_size=8) == 77).all()


def test_a_form_gives_images_of_its_mode(photograph):
    assert formed_picture(photograph, PictureForm.of(None, "grey", "pad")).mode == "L"
    assert formed_picture(photograph.convert("L"), PictureForm.of(3, "rgb", "crop")).mode == "RGB"
