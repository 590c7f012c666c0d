"""The picture of a data set, and the grid that all pictures of images are drawn in."""

import h5py
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.backends.backend_agg import FigureCanvasAgg

from skcnn.display import ImageGridDisplay

pytestmark = pytest.mark.usefixtures("closed_figures")


def drawn(display):
    """Return the pixels of each axes, as matplotlib has them."""
    return [ax.images[0].get_array() for ax in display.axes_.flat if ax is not None]


def captions(display):
    return [ax.get_title() for ax in display.axes_.flat if ax is not None]


def test_images_with_labels_row_by_row(digits):
    images, labels = digits

    display = ImageGridDisplay.from_images(images, labels, max_images=7, n_cols=3)

    assert display.axes_.shape == (3, 3)
    assert captions(display) == list(map(str, labels[:7]))
    assert [ax is None for ax in display.axes_[2]] == [False, True, True]
    np.testing.assert_allclose(drawn(display), images[:7] / 255, rtol=1e-6)
    assert not display.bounding_ax_.axison


@pytest.mark.slow
def test_25_images_at_most_unless_told_otherwise(digits):
    images, _ = digits

    assert len(drawn(ImageGridDisplay.from_images(images))) == 25
    assert len(drawn(ImageGridDisplay.from_images(images[:3]))) == 3
    assert len(drawn(ImageGridDisplay.from_images(images, indices=range(30)))) == 30


def test_indices_choose_images_and_their_labels(digits):
    images, labels = digits

    display = ImageGridDisplay.from_images(images, labels, indices=[399, 0])

    np.testing.assert_allclose(drawn(display), images[[399, 0]] / 255, rtol=1e-6)
    assert captions(display) == [str(labels[399]), str(labels[0])]
    assert captions(ImageGridDisplay.from_images(images, labels, indices=5)) == [str(labels[5])]


@pytest.mark.parametrize(
    ("pixels", "expected"),
    [
        (np.array([0, 51, 255], np.uint8), [0, 0.2, 1]),
        (np.array([0, 51, 102], np.uint8), [0, 0.2, 0.4]),
        (np.array([0, 8, 16]), [0, 0.5, 1]),
        (np.array([0.0, 0.5, 0.75]), [0, 0.5, 0.75]),
        (np.array([0.0, 51.0, 255.0]), [0, 0.2, 1]),
        (np.array([-1.0, 0.0, 1.0]), [0, 0.5, 1]),
        (np.array([False, True, True]), [0, 1, 1]),
        (np.array([0, 0, 0]), [0, 0, 0]),
    ],
    ids=["bytes", "dark bytes", "ints", "0 to 1", "0 to 255", "-1 to 1", "bool", "zeros"],
)
def test_pixels_of_any_range_become_brightness(pixels, expected):
    (image,) = drawn(ImageGridDisplay.from_images(pixels.reshape(1, 1, 3)))

    np.testing.assert_allclose(image[0], expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("shape", "image_shape", "expected"),
    [
        ((2, 4, 6), None, (4, 6)),
        ((2, 4, 6, 1), None, (4, 6)),
        ((2, 4, 6, 3), None, (4, 6, 3)),
        ((2, 4, 6, 4), None, (4, 6, 4)),
        ((2, 24), (4, 6), (4, 6)),
        ((2, 24), (4, 6, 1), (4, 6)),
        ((2, 24), [4, 2, 3], (4, 2, 3)),
    ],
)
def test_images_of_any_layout(shape, image_shape, expected):
    images = np.zeros(shape, np.uint8)

    display = ImageGridDisplay.from_images(images, image_shape=image_shape)

    assert [image.shape for image in drawn(display)] == [expected] * 2


@pytest.mark.slow
def test_tables_and_lists_will_do(digits):
    images, labels = digits
    table = pd.DataFrame(images.reshape(400, 64))

    display = ImageGridDisplay.from_images(table, pd.Series(labels), image_shape=(8, 8))

    np.testing.assert_allclose(drawn(display), images[:25] / 255, rtol=1e-6)
    assert len(drawn(ImageGridDisplay.from_images(list(images[:2]), list(labels[:2])))) == 2


def test_a_data_set_in_a_file_will_do(digits, tmp_path):
    images, labels = digits
    with h5py.File(tmp_path / "digits.h5", "w") as file:
        data_set = file.create_dataset("images", data=images)

        display = ImageGridDisplay.from_images(data_set, labels, indices=[7])

    np.testing.assert_allclose(drawn(display), images[[7]] / 255, rtol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"images": np.zeros((0, 8, 8))}, "at least one image to draw"),
        ({"max_images": 0}, "max_images must be 1 or more; received 0"),
        ({"indices": []}, "indices is empty"),
        ({"indices": [0, 4, 9]}, "between 0 and 3, for there are 4 images; received 4, 9"),
        ({"indices": -1}, "between 0 and 3.*received -1"),
        ({"indices": [0.5]}, "indices must be integers"),
        ({"labels": [1, 2]}, "labels must hold one entry an image: expected 4, received 2"),
        ({"n_cols": 0}, "n_cols must be an integer of 1 or more; received 0"),
        ({"images": np.zeros((4, 64))}, r"shape \(4, 64\).*image_shape="),
        ({"images": np.zeros((4, 8, 8, 2))}, r"1 \(grey\), 3 \(RGB\) or 4 \(RGBA\) channels"),
        ({"images": np.zeros(4)}, r"received an array of shape \(4,\)"),
        ({"image_shape": (8, 9)}, r"image_shape=\(8, 9\) does not fit samples of shape \(8, 8\)"),
        ({"image_shape": (-8, -8)}, r"all positive integers; received \(-8, -8\)"),
        ({"image_shape": (64,)}, r"\(height, width\) or .*received \(64,\)"),
        ({"images": np.full((4, 8, 8), "a")}, "must hold numbers"),
        ({"images": np.full((4, 8, 8), np.nan)}, "finite pixels"),
        ({"images": [np.zeros((8, 8)), np.zeros((8, 9))]}, "differ in shape"),
    ],
    ids=lambda value: ", ".join(value) if isinstance(value, dict) else None,
)
def test_what_cannot_be_drawn_says_so(arguments, message):
    with pytest.raises(ValueError, match=message):
        ImageGridDisplay.from_images(**{"images": np.zeros((4, 8, 8))} | arguments)


@pytest.mark.slow
def test_it_divides_given_axes(digits):
    figure, axes = plt.subplots(1, 2, layout="constrained")

    display = ImageGridDisplay.from_images(digits[0], max_images=4, ax=axes[1])

    assert display.bounding_ax_ is axes[1]
    assert display.figure_ is figure
    FigureCanvasAgg(figure).draw()
    middle = figure.bbox.width / 2
    for ax in display.axes_.flat:
        assert ax.bbox.x0 > middle


def test_it_takes_an_axes_for_each_image(digits):
    figure, axes = plt.subplots(2, 2)

    display = ImageGridDisplay(digits[0][:4])

    assert display.plot(axes) is display
    assert [a is b for a, b in zip(display.axes_.flat, axes.flat, strict=True)] == [True] * 4
    assert display.bounding_ax_ is None
    assert display.figure_ is figure
    with pytest.raises(ValueError, match="has 4 axes, but ax holds 3"):
        display.plot(axes.ravel()[:3])


def test_axes_are_divided_once(digits):
    _, ax = plt.subplots()
    display = ImageGridDisplay(digits[0][:4]).plot(ax)

    with pytest.raises(ValueError, match="another picture was drawn into it"):
        display.plot(ax)
    with pytest.raises(ValueError, match="placed by hand"):
        display.plot(plt.figure().add_axes((0, 0, 1, 1)))
    display.plot(display.axes_)


def test_each_plot_without_axes_is_a_new_figure(digits):
    display = ImageGridDisplay(digits[0][:4])

    assert display.plot().figure_ is not display.plot().figure_


@pytest.mark.parametrize("layout", ["constrained", None])
def test_nothing_overlaps_or_is_cut_off(layout):
    labels = ["$5", "a label that is far too long for one line", "T-shirt/top", "7"]
    figure, axes = plt.subplots(1, 2, figsize=(10, 4), layout=layout)
    display = ImageGridDisplay.from_images(np.zeros((4, 8, 8)), labels, n_cols=2, ax=axes[0])
    canvas = FigureCanvasAgg(figure)
    canvas.draw()

    boxes = [ax.title.get_window_extent(canvas.get_renderer()) for ax in display.axes_.flat]
    boxes += [ax.bbox for ax in display.axes_.flat]
    for i, box in enumerate(boxes):
        assert figure.bbox.containsx(box.x0)
        assert figure.bbox.containsy(box.y1)
        for other in boxes[:i]:
            assert not box.overlaps(other)
    assert captions(display)[0] == "$5"
