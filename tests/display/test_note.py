"""The picture of a note: boxes around its digits, labels and colours."""

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from PIL import Image

from skcnn.display import NoteDisplay
from skcnn.reading import Note, NoteDigit, NoteLine

pytestmark = pytest.mark.usefixtures("closed_figures")

PICTURE = np.full((100, 240, 3), 250, np.uint8)


def digit(label, x, y=30, probability=0.99, size=(20, 40)):
    return NoteDigit(label, probability, (x, y, *size), (), 0.5)


@pytest.fixture
def note():
    first = NoteLine((digit(5, 10), digit(0, 40, probability=0.7), digit(4, 70, probability=0.3)))
    return Note((first, NoteLine((digit(1, 10, y=80, size=(5, 15)),))))


def boxes(display):
    return [(*patch.get_xy(), patch.get_width(), patch.get_height()) for patch in patches(display)]


def patches(display):
    return display.ax_.patches


def labels(display):
    return [text.get_text() for text in display.ax_.texts]


def test_each_digit_has_its_box_and_its_label(note):
    display = NoteDisplay.from_note(note, PICTURE)

    assert boxes(display) == [
        (10, 30, 20, 40),
        (40, 30, 20, 40),
        (70, 30, 20, 40),
        (10, 80, 5, 15),
    ]
    assert labels(display) == ["5", "0", "?", "1"]
    for text, (x, y, width, _) in zip(display.ax_.texts, boxes(display), strict=True):
        assert text.xy == (x + width / 2, y)


def test_the_text_is_the_title(note):
    display = NoteDisplay.from_note(note, PICTURE)

    assert display.ax_.get_title(loc="left") == "50?\n1"


def test_colours_tell_how_sure_the_reader_is_and_are_explained(note):
    display = NoteDisplay.from_note(note, PICTURE)

    colours = [to_hex(patch.get_edgecolor()) for patch in patches(display)]
    assert colours[0] == colours[3]
    assert len(set(colours)) == 3
    assert [patch.get_linestyle() for patch in patches(display)] == ["-", "-", "--", "-"]
    legend = display.ax_.get_legend()
    assert [text.get_text() for text in legend.get_texts()] == [
        "p ≥ 0.9",
        "p < 0.9",
        "? too improbable",
    ]
    assert [to_hex(handle.get_color()) for handle in legend.legend_handles] == colours[:3]


def test_where_all_is_sure_nothing_is_explained():
    display = NoteDisplay.from_note(Note((NoteLine((digit(5, 10),)),)), PICTURE)

    assert display.ax_.get_legend() is None


def test_a_note_without_digits_says_so():
    display = NoteDisplay.from_note(Note(()), PICTURE)

    assert display.ax_.get_title(loc="left") == "no digits found"
    assert not patches(display)


@pytest.mark.parametrize(
    "shape", [(60, 90), (60, 90, 1), (60, 90, 3), (60, 90, 4)], ids=lambda shape: str(len(shape))
)
@pytest.mark.parametrize("dtype", [np.uint8, np.float32, bool])
def test_pictures_of_any_kind(note, shape, dtype):
    display = NoteDisplay.from_note(note, np.ones(shape, dtype))

    drawn = display.ax_.images[0]
    assert drawn.get_array().shape[:2] == shape[:2]
    assert drawn.get_extent() == [0, 90, 60, 0]


def test_files_and_images_of_pillow(note, tmp_path):
    image = Image.fromarray(PICTURE)
    image.save(tmp_path / "note.png")

    for source in (tmp_path / "note.png", str(tmp_path / "note.png"), image):
        drawn = NoteDisplay.from_note(note, source).ax_.images[0].get_array()
        np.testing.assert_allclose(drawn, PICTURE / 255, rtol=1e-6)


def test_what_is_no_picture_says_so(note, tmp_path):
    (tmp_path / "text.png").write_text("504192")

    with pytest.raises(ValueError, match=r"text\.png.*expected a picture"):
        NoteDisplay.from_note(note, tmp_path / "text.png")
    with pytest.raises(FileNotFoundError, match=r"missing\.png"):
        NoteDisplay.from_note(note, tmp_path / "missing.png")
    with pytest.raises(ValueError, match="received an array of shape"):
        NoteDisplay.from_note(note, np.zeros(7))


def test_a_large_picture_is_drawn_at_a_fraction_of_its_pixels(note):
    display = NoteDisplay.from_note(note, np.zeros((7000, 5000), np.uint8))

    drawn = display.ax_.images[0]
    assert max(drawn.get_array().shape) < 4000
    assert drawn.get_extent() == [0, 5000, 7000, 0]


def test_it_reads_and_draws_in_one_go(note):
    class Reader:
        def read(self, image):
            assert image is PICTURE
            return note

    assert labels(NoteDisplay.from_reader(Reader(), PICTURE)) == ["5", "0", "?", "1"]


def test_it_draws_into_given_axes(note):
    figure, axes = plt.subplots(1, 2)

    display = NoteDisplay(note, PICTURE)

    assert display.plot(axes[1]) is display
    assert display.ax_ is axes[1]
    assert display.figure_ is figure
    assert not axes[0].images


@pytest.mark.parametrize("scale", [0.3, 1, 20])
def test_labels_can_be_read_in_pictures_of_any_size(scale):
    height, width = (round(scale * n) for n in (100, 240))
    (x, y, w, h) = (round(scale * n) for n in (10, 40, 20, 40))
    one = Note((NoteLine((NoteDigit(5, 0.99, (x, y, w, h), (), 0.5),)),))

    display = NoteDisplay.from_note(one, np.zeros((height, width), np.uint8))

    (text,) = display.ax_.texts
    assert 8 <= text.get_size() <= 16
    canvas = FigureCanvasAgg(display.figure_)
    canvas.draw()
    place = text.get_window_extent(canvas.get_renderer())
    corner = display.ax_.transData.transform((x + w / 2, y))
    assert place.y0 >= corner[1] - 1
    assert place.x0 < corner[0] < place.x1


def test_a_label_above_the_picture_does_not_lie_on_the_title():
    note = Note((NoteLine(tuple(digit(5, x, y=1) for x in range(0, 200, 25))),))

    display = NoteDisplay.from_note(note, PICTURE)

    canvas = FigureCanvasAgg(display.figure_)
    canvas.draw()
    renderer = canvas.get_renderer()
    title = display.ax_._left_title.get_window_extent(renderer)
    assert display.figure_.bbox.containsy(title.y1)
    for text in display.ax_.texts:
        assert text.get_window_extent(renderer).y1 <= title.y0
