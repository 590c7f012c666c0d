"""The picture of one image's way through the network."""

import keras
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.backends.backend_agg import FigureCanvasAgg

from skcnn import CNNClassifier, KerasClassifier
from skcnn.display import ConvolutionFiltersDisplay, FeatureMapsDisplay

pytestmark = pytest.mark.usefixtures("closed_figures")


def row_names(display):
    return [label.get_text() for label in display.ax_.get_yticklabels()]


def class_names(display):
    return [label.get_text() for label in display.ax_.get_xticklabels()]


def tiles(display):
    return [image.get_array() for image in display.ax_.images]


def fit(build, scaled_digits, **arguments):
    images, labels = scaled_digits
    return KerasClassifier(build, epochs=1, **arguments).fit(images[..., np.newaxis], labels)


def test_each_layer_that_changes_something_has_its_row(cnn_pipeline, digits):
    display = FeatureMapsDisplay.from_estimator(cnn_pipeline, digits[0][0])

    assert row_names(display) == [
        "image",
        "conv_1\n4 maps\n6 x 6",
        "conv_2\n6 maps\n4 x 4",
        "pool_2\n6 maps\n2 x 2",
        "dense_1\n12 units",
        "probabilities\n10 units",
    ]
    assert len(tiles(display)) == 1 + 4 + 6 + 6 + 1 + 1
    assert class_names(display) == list("0123456789")


@pytest.mark.slow
def test_scaled_pixels_are_no_feature_maps(digits):
    cnn = CNNClassifier(4, dense_units=8, epochs=1, rescale=1 / 255, random_state=0).fit(*digits)
    image = digits[0][0]
    display = FeatureMapsDisplay.from_estimator(cnn, image)

    assert list(display.outputs) == ["conv_1", "pool_1", "dense_1", "probabilities"]
    np.testing.assert_allclose(tiles(display)[0], image / 255, atol=1e-6)
    probabilities = cnn.predict_proba(image[np.newaxis])[0]
    np.testing.assert_allclose(display.outputs["probabilities"], probabilities, atol=1e-5)
    assert "rescaled" in FeatureMapsDisplay.from_estimator(cnn, image, layers=["rescaled"]).outputs
    assert ConvolutionFiltersDisplay.from_estimator(cnn).title == "conv_1: 4 filters of 3 x 3"


def test_it_shows_what_the_network_computes(cnn_pipeline, digits):
    image = digits[0][0]
    display = FeatureMapsDisplay.from_estimator(cnn_pipeline, image)

    first = keras.Sequential(cnn_pipeline["cnn"].model_.layers[:1])
    maps = first(image[np.newaxis, ..., np.newaxis] / np.float32(255)).numpy()[0]
    np.testing.assert_allclose(display.outputs["conv_1"], maps, atol=1e-5)
    np.testing.assert_allclose(tiles(display)[1], maps[:, :, 0], atol=1e-5)
    np.testing.assert_allclose(tiles(display)[0], image / 255, atol=1e-6)
    probabilities = cnn_pipeline.predict_proba(image[np.newaxis])[0]
    np.testing.assert_allclose(display.outputs["probabilities"], probabilities, atol=1e-5)
    assert display.title.startswith(f"predicted: {probabilities.argmax()}, p = ")


def test_the_network_stays_as_it_is(cnn_pipeline, digits):
    image = digits[0][:1]
    before = cnn_pipeline.predict_proba(image)
    names = [layer.name for layer in cnn_pipeline["cnn"].model_.layers]

    FeatureMapsDisplay.from_estimator(cnn_pipeline, image[0])

    np.testing.assert_array_equal(cnn_pipeline.predict_proba(image), before)
    assert [layer.name for layer in cnn_pipeline["cnn"].model_.layers] == names


def test_named_layers_in_the_order_of_their_names(cnn_pipeline, digits):
    display = FeatureMapsDisplay.from_estimator(
        cnn_pipeline, digits[0][0], layers=["dense_1", "conv_1"]
    )

    assert list(display.outputs) == ["dense_1", "conv_1"]
    assert class_names(display) == []
    (only,) = FeatureMapsDisplay.from_estimator(
        cnn_pipeline, digits[0][0], layers=["conv_1"]
    ).outputs.values()
    np.testing.assert_array_equal(only, display.outputs["conv_1"])


def test_only_as_many_maps_as_asked_for(cnn_pipeline, digits):
    display = FeatureMapsDisplay.from_estimator(cnn_pipeline, digits[0][0], max_maps=5)

    assert "conv_2\n5 of 6 maps\n4 x 4" in row_names(display)
    assert len(tiles(display)) == 1 + 4 + 5 + 5 + 1 + 1


def test_an_mlp_has_units_only(mlp_pipeline, digits):
    display = FeatureMapsDisplay.from_estimator(mlp_pipeline, digits[0][0])

    assert row_names(display) == ["image", "dense_1\n16 units", "probabilities\n10 units"]


def test_a_layer_shares_one_scale_with_0_in_the_middle_of_signed_values():
    maps = np.stack([np.full((2, 2), 3.0), np.full((2, 2), 1.0)], axis=-1)
    signed = maps * [-1, 1]

    display = FeatureMapsDisplay(np.ones((4, 4)), {"a": maps, "b": signed, "c": maps * 0}).plot()

    limits = [image.get_clim() for image in display.ax_.images]
    assert limits == [(0, 1), (0, 3), (0, 3), (-3, 3), (-3, 3), (0, 1), (0, 1)]


def test_rows_do_not_overlap_and_end_at_the_edge():
    outputs = {"maps": np.ones((3, 6, 40)), "units": np.arange(7.0)}

    display = FeatureMapsDisplay(np.ones((4, 4)), outputs).plot()

    extents = np.array([image.get_extent() for image in display.ax_.images])
    left, right, bottom, top = extents.T
    assert bottom[0] < top[1]
    assert bottom[1:-1].max() < top[-1]
    np.testing.assert_allclose((right - left)[1:-1] / (bottom - top)[1:-1], 2)
    np.testing.assert_allclose(display.ax_.get_xlim(), [0, right.max()])
    np.testing.assert_allclose(right[-1], right.max())
    np.testing.assert_allclose(top[0], 0, atol=1e-9)
    assert display.ax_.get_ylim()[0] >= bottom.max()


def test_of_many_classes_the_strongest_is_named():
    units = np.eye(30)[17]
    names = [f"class {i}" for i in range(30)]

    display = FeatureMapsDisplay(np.ones((4, 4)), {"units": units}, classes=names).plot()

    assert class_names(display) == ["class 17"]


def test_one_unit_for_two_classes_has_no_names():
    display = FeatureMapsDisplay(np.ones((4, 4)), {"unit": [0.3]}, classes=["a", "b"]).plot()

    assert class_names(display) == []


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(2, 2, 16), (2, 2, 3), (1, 6, 8)])
@pytest.mark.parametrize("names", [list("0123456789"), [f"$T-shirt/top {i}" for i in range(10)]])
def test_nothing_overlaps_or_is_cut_off(shape, names):
    outputs = {"first": np.ones(shape), "second": np.ones(shape), "end": np.ones(10)}
    display = FeatureMapsDisplay(np.ones((4, 4)), outputs, classes=names, title="a 5").plot()
    canvas = FigureCanvasAgg(display.figure_)
    canvas.draw()

    texts = [*display.ax_.get_yticklabels(), display.ax_.title]
    if display.ax_.get_xticklabels()[0].get_rotation() == 0:
        texts += display.ax_.get_xticklabels()
    boxes = [text.get_window_extent(canvas.get_renderer()) for text in texts]
    for i, box in enumerate(boxes):
        assert display.figure_.bbox.containsx(box.x0), texts[i]
        assert display.figure_.bbox.containsy(box.y1), texts[i]
        for j in range(i):
            assert not box.overlaps(boxes[j]), (texts[i], texts[j])
    assert class_names(display) == names


def test_it_draws_into_given_axes():
    figure, axes = plt.subplots(1, 2)

    display = FeatureMapsDisplay(np.ones((4, 4)), {"units": np.ones(3)}).plot(axes[1])

    assert display.ax_ is axes[1]
    assert display.figure_ is figure


def test_a_colour_image_is_drawn_in_its_colours():
    image = np.random.default_rng(0).random((4, 4, 3))

    display = FeatureMapsDisplay(image, {"units": np.ones(3)}).plot()

    np.testing.assert_allclose(tiles(display)[0], image, rtol=1e-6)


@pytest.mark.slow
def test_layers_of_a_network_inside_the_network(scaled_digits):
    def build(input_shape, n_classes):
        inner_input = keras.Input(input_shape)
        inner = keras.Model(inner_input, keras.layers.Conv2D(3, 2, name="inside")(inner_input))
        image = keras.Input(input_shape)
        maps = keras.layers.Conv2D(2, 3, name="after")(inner(image))
        units = keras.layers.Flatten()(maps)
        return keras.Model(image, keras.layers.Dense(n_classes, "softmax", name="end")(units))

    network, image = fit(build, scaled_digits), scaled_digits[0][0][..., np.newaxis]
    display = FeatureMapsDisplay.from_estimator(network, image)

    assert list(display.outputs) == ["inside", "after", "end"]
    expected = network.predict_proba(image[np.newaxis])[0]
    np.testing.assert_allclose(display.outputs["end"], expected, atol=1e-6)


@pytest.mark.slow
def test_layers_around_a_network_without_a_graph(scaled_digits):
    class Doubled(keras.Model):
        def call(self, x):
            return 2 * x

    def build(input_shape, n_classes):
        image = keras.Input(input_shape)
        maps = keras.layers.Conv2D(2, 3, name="after")(Doubled()(image))
        units = keras.layers.Flatten()(maps)
        return keras.Model(image, keras.layers.Dense(n_classes, "softmax", name="end")(units))

    network, image = fit(build, scaled_digits), scaled_digits[0][0][..., np.newaxis]
    display = FeatureMapsDisplay.from_estimator(network, image)

    assert list(display.outputs) == ["after", "end"]
    expected = network.predict_proba(image[np.newaxis])[0]
    np.testing.assert_allclose(display.outputs["end"], expected, atol=1e-6)


@pytest.mark.slow
def test_layers_without_a_graph_are_an_error(scaled_digits):
    class Subclassed(keras.Model):
        def __init__(self, n_classes):
            super().__init__(name="subclassed")
            self.flatten = keras.layers.Flatten()
            self.dense = keras.layers.Dense(n_classes, "softmax")

        def call(self, x):
            return self.dense(self.flatten(x))

    network = fit(lambda n_classes: Subclassed(n_classes), scaled_digits)

    with pytest.raises(ValueError, match=r"'subclassed' form no graph.*keras\.Sequential"):
        FeatureMapsDisplay.from_estimator(network, scaled_digits[0][0][..., np.newaxis])


@pytest.mark.slow
def test_an_output_that_is_neither_maps_nor_units_is_an_error(scaled_digits):
    def build(input_shape, n_classes):
        layers = [
            keras.layers.Reshape((8, 8), name="rows"),
            keras.layers.Flatten(),
            keras.layers.Dense(n_classes, "softmax", name="end"),
        ]
        return keras.Sequential([keras.Input(input_shape), *layers])

    network = fit(build, scaled_digits)
    image = scaled_digits[0][0][..., np.newaxis]

    assert list(FeatureMapsDisplay.from_estimator(network, image).outputs) == ["end"]
    with pytest.raises(ValueError, match=r"'rows' gives an array of shape \(8, 8\)"):
        FeatureMapsDisplay.from_estimator(network, image, layers=["rows"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"layers": ["conv_9"]}, "conv_1, conv_2, pool_2, .*probabilities; received .'conv_9'"),
        ({"layers": []}, "must be a list of layers"),
        ({"layers": "conv_1"}, "must be a list of layers"),
        ({"max_maps": 0}, "max_maps must be 1 or more; received 0"),
    ],
)
def test_what_is_not_there_is_an_error(cnn_pipeline, digits, arguments, message):
    with pytest.raises(ValueError, match=message):
        FeatureMapsDisplay.from_estimator(cnn_pipeline, digits[0][0], **arguments)


def test_no_layers_are_an_error():
    with pytest.raises(ValueError, match="what at least one layer gives"):
        FeatureMapsDisplay(np.ones((4, 4)), {}).plot()
