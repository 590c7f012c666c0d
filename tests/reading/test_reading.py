"""Notes under all conditions that NoteReader promises, and pictures that are none."""

import io

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from tests.reading.notes import note, picture_of, written

RNG = np.random.default_rng(0)
TEXT = "504192"


def lines_every(shape, spacing, width, axis):
    lines = np.zeros(shape, np.float32)
    for start in range(spacing // 2, shape[axis], spacing):
        lines[(slice(None),) * axis + (slice(start, start + width),)] = 1
    return lines


def on_ruled(text, *, squared, darkness, spacing=37, width=2):
    ink, _ = written(text)
    rulings = lines_every(ink.shape, spacing, width, 0)
    if squared:
        rulings = np.maximum(rulings, lines_every(ink.shape, spacing, width, 1))
    return picture_of(np.maximum(ink, darkness * rulings))


def lit(pixels, light):
    return np.clip(pixels * light, 0, 255).astype(np.uint8)


def across(pixels):
    return np.linspace(0, 1, pixels.shape[1])[np.newaxis]


# --- what is written ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["7", "504192", "123456789012", "50\n4192", "1\n22\n333\n4444", "50 41", "5 0419 2"]
)
def test_lines_and_spaces(reader, text):
    assert reader.read(note(text)).text == text


def test_digits_in_cells_of_their_own_are_one_number(reader):
    cells = [np.pad(note(digit, margin=0.25), ((0, 0), (8, 8)), "edge") for digit in "71115"]
    widest = max(cell.shape[1] for cell in cells)
    cells = [np.pad(c, ((0, 0), (0, widest - c.shape[1])), "edge") for c in cells]

    assert reader.read(np.hstack(cells)).text == "71115"


@pytest.mark.parametrize("height", [14, 24, 90, 200, 400])
def test_any_scale(reader, height):
    assert reader.read(note("504", height=height)).text == "504"


@pytest.mark.parametrize("noise", [0, 4])
@pytest.mark.parametrize("side", [400, 1000, 2000])
def test_a_small_digit_on_a_large_sheet(reader, side, noise):
    ink, _ = written("7", height=48, margin=0)
    page = np.zeros((side, side + 200), np.float32)
    page[100 : 100 + ink.shape[0], 150 : 150 + ink.shape[1]] = ink
    pixels = picture_of(page) + np.random.default_rng(0).normal(0, noise, page.shape)

    read = reader.read(pixels.clip(0, 255).astype(np.uint8))

    assert read.text == "7"
    x, y, _, height = read.lines[0].digits[0].box
    assert np.abs(np.array([x, y, height]) - [150, 100, 48]).max() <= 4


def test_straight_bars_are_digits(reader):
    pixels = np.full((400, 600), 230, np.uint8)
    pixels[133:193, 200:206] = 20
    pixels[133:193, 230:236] = 20

    (line,) = reader.read(pixels).lines

    boxes = np.array([digit.box for digit in line.digits])
    assert np.abs(boxes - [[200, 133, 6, 60], [230, 133, 6, 60]]).max() <= 1


@pytest.mark.parametrize("thickness", [0.35, 0.65])
def test_pens(reader, thickness):
    assert reader.read(note(TEXT, thickness=thickness)).text == TEXT


def test_digits_of_differing_size(reader):
    large, small = note("50", height=60), note("41", height=40)
    small = np.pad(small, ((12, large.shape[0] - small.shape[0] - 12), (0, 0)), "edge")

    assert reader.read(np.hstack([large, small])).text.replace(" ", "") == "5041"


@pytest.mark.parametrize("sinking", [0.3, 0.65])
def test_digits_that_go_up_and_down(reader, sinking):
    text = "504192\n58\n3141592"

    assert reader.read(note(text, sinking=sinking)).text == text


@pytest.mark.parametrize("angle", [-9, -4, 5, 9])
def test_turned_pages(reader, angle):
    ink, _ = written("504192\n387465")
    turned = ndimage.rotate(np.pad(ink, 30), angle, order=1)

    assert reader.read(picture_of(turned)).text == "504192\n387465"


def test_slant(reader):
    ink, _ = written(TEXT)
    slanted = ndimage.affine_transform(
        np.pad(ink, ((0, 0), (30, 30))), [[1, 0], [0.2, 1]], order=1
    )

    assert reader.read(picture_of(slanted)).text == TEXT


def test_a_broken_stroke_is_joined(reader):
    ink, boxes = written("504")
    x, y, width, height = boxes[1]
    ink[y + height // 2 - 1 : y + height // 2 + 2, x : x + width] = 0

    assert reader.read(picture_of(ink)).text == "504"


def test_touching_digits_are_cut(reader):
    ink, boxes = written("50", gap=0.0)
    x, y, width, height = boxes[0]
    ink[y + height - 8 : y + height - 5, x + width - 12 : x + width + 12] = 1

    assert ndimage.label(ink > 0.5)[1] == 1
    assert reader.read(picture_of(ink)).text == "50"


# --- what it is written on ---------------------------------------------------------------------


def test_light_on_dark(reader):
    assert reader.read(255 - note(TEXT)).text == TEXT


@pytest.mark.parametrize("faint", [0.75, 0.6])
def test_faint_ink(reader, faint):
    assert reader.read(picture_of(written(TEXT)[0], dark=faint)).text == TEXT


@pytest.mark.parametrize("dark", [False, True])
def test_uneven_light(reader, dark):
    pixels = 255 - note(TEXT) if dark else note(TEXT)

    assert reader.read(lit(pixels, 1 - 0.6 * across(pixels))).text == TEXT


def test_the_edge_of_a_shadow(reader):
    pixels = note("504192\n387465")

    assert (
        reader.read(lit(pixels, np.where(across(pixels) > 0.45, 0.55, 1))).text == "504192\n387465"
    )


@pytest.mark.parametrize("share", [0.6, 0.7, 0.8])
@pytest.mark.parametrize("dark", [False, True])
def test_a_corner_in_the_light(reader, share, dark):
    pixels = note("504192\n387465", margin=1.5)
    pixels = 255 - pixels if dark else pixels
    rows = np.linspace(0, 1, pixels.shape[0])[:, np.newaxis]
    shaded = ndimage.gaussian_filter((rows + across(pixels) < 2 * share).astype(float), 6)

    assert reader.read(lit(pixels, 1 - 0.45 * shaded)).text == "504192\n387465"


def test_a_vignette(reader):
    pixels = note("504192\n387465")
    rows = np.linspace(-1, 1, pixels.shape[0])[:, np.newaxis]
    light = 1 - 0.3 * (rows**2 + (2 * across(pixels) - 1) ** 2)

    assert reader.read(lit(pixels, light)).text == "504192\n387465"


def test_noise(reader):
    pixels = note(TEXT) + RNG.normal(0, 20, note(TEXT).shape)

    assert reader.read(pixels.clip(0, 255).astype(np.uint8)).text == TEXT


def test_salt_and_pepper(reader):
    pixels, chance = note(TEXT), RNG.random(note(TEXT).shape)
    pixels[chance < 0.005], pixels[chance > 0.995] = 0, 255

    assert reader.read(pixels).text == TEXT


def test_jpeg(reader):
    file = io.BytesIO()
    Image.fromarray(note(TEXT)).save(file, "JPEG", quality=25)

    assert reader.read(file.getvalue()).text == TEXT


@pytest.mark.parametrize("darkness", [0.3, 0.6, 1.0])
@pytest.mark.parametrize("squared", [False, True])
def test_rulings_lighter_and_as_dark_as_the_ink(reader, squared, darkness):
    assert reader.read(on_ruled(TEXT, squared=squared, darkness=darkness)).text == TEXT


def test_rulings_of_a_turned_page(reader):
    ink, _ = written("504192\n387465", margin=2)
    rulings = lines_every(ink.shape, 37, 2, 0)
    turned = ndimage.rotate(np.maximum(ink, 0.6 * rulings), 6, reshape=False, order=1)
    inner = turned[30:-30, 30:-30]

    assert reader.read(picture_of(inner)).text == "504192\n387465"


@pytest.mark.parametrize("ink", [(150, 20, 30), (20, 40, 160), (10, 90, 30)])
def test_colours(reader, ink):
    coverage = written(TEXT)[0][..., np.newaxis]
    paper = np.array([250, 240, 200])

    assert reader.read((paper + (ink - paper) * coverage).astype(np.uint8)).text == TEXT


def test_ink_as_bright_as_its_paper(reader):
    coverage = written(TEXT)[0][..., np.newaxis]
    paper, ink = np.array([120, 200, 120]), np.array([220, 120, 150])  # alike in grey

    assert reader.read((paper + (ink - paper) * coverage).astype(np.uint8)).text == TEXT


# --- what is no digit --------------------------------------------------------------------------


def light_across(height=300, width=500):
    return np.tile(np.linspace(0.3, 0.95, width), (height, 1))


def turned_squares(angle, height=400, width=600):
    """Return squared paper whose lines have stairs, as a scan without grey levels has."""
    rows, columns = np.indices((height, width))
    turn = np.deg2rad(angle)
    along = columns * np.cos(turn) + rows * np.sin(turn)
    across = rows * np.cos(turn) - columns * np.sin(turn)
    return 0.92 - 0.25 * ((along % 40 < 2) | (across % 40 < 2))


def shadow(soft, height=400, width=600):
    light = np.full((height, width), 0.9)
    light[:, width // 3 :] *= 0.6
    return ndimage.gaussian_filter(light, soft)


NOTHING = {
    "white": np.ones((300, 400)),
    "black": np.zeros((300, 400)),
    "one pixel": np.zeros((1, 1)),
    "two pixels": np.array([[0.0, 1.0]]),
    "a row": np.ones((1, 300)),
    "noise": np.clip(0.7 + RNG.normal(0, 0.1, (300, 400)), 0, 1),
    "uniform noise": RNG.random((300, 400)),
    "a gradient": light_across(),
    "ruled": 0.9 - 0.5 * lines_every((300, 400), 40, 2, 0),
    "squared": 0.9
    - 0.5 * np.maximum(lines_every((300, 400), 40, 2, 0), lines_every((300, 400), 40, 1, 1)),
    "ruled in uneven light": light_across() * (1 - 0.5 * lines_every((300, 500), 40, 2, 0)),
    "turned squares": turned_squares(3),
    "squares turned more": turned_squares(7),
    "the edge of a shadow": shadow(0),
    "the soft edge of a shadow": shadow(4),
    "specks": np.where(ndimage.binary_dilation(RNG.random((300, 400)) < 5e-4), 0.2, 0.9),
}


@pytest.mark.parametrize("pixels", NOTHING.values(), ids=NOTHING)
def test_without_ink_nothing_is_read(reader, pixels):
    empty = reader.read(pixels)

    assert (empty.text, empty.lines) == ("", ())


def test_specks_beside_digits_are_none(reader):
    pixels = note(TEXT)
    for x, y in ((20, 20), (100, 10), (250, 15)):
        pixels[y : y + 3, x : x + 3] = 30

    assert reader.read(pixels).text == TEXT


# --- where it stands ---------------------------------------------------------------------------


@pytest.mark.parametrize("angle", [0, 6])
@pytest.mark.parametrize("most", [2_000_000, 20_000])
def test_boxes_are_in_pixels_of_the_picture_given(reader, monkeypatch, most, angle):
    monkeypatch.setattr("skcnn.reading._picture.MOST_PIXELS", most)
    ink, boxes = written("504", height=60)
    truth = np.zeros(ink.shape, int)
    for i, (x, y, width, height) in enumerate(boxes):
        truth[y : y + height, x : x + width] = np.where(
            ink[y : y + height, x : x + width] > 0.4, i + 1, 0
        )
    truth = ndimage.rotate(truth, angle, order=0)

    (line,) = reader.read(picture_of(ndimage.rotate(ink, angle, order=1))).lines

    for digit, (rows, columns) in zip(line.digits, ndimage.find_objects(truth), strict=True):
        expected = (
            columns.start,
            rows.start,
            columns.stop - columns.start,
            rows.stop - rows.start,
        )
        np.testing.assert_allclose(digit.box, expected, atol=6)


@pytest.mark.slow
def test_fifty_megapixels(reader):
    pixels = np.full((6000, 8400), 230, np.uint8)
    small = note(TEXT, height=400)
    pixels[1000 : 1000 + small.shape[0], 2000 : 2000 + small.shape[1]] = small

    (line,) = reader.read(pixels).lines

    assert line.text == TEXT
    x, y, _, height = line.digits[0].box
    np.testing.assert_allclose([x, y, height], [2320, 1320, 400], atol=20)
