"""The picture of what a convolution looks for."""

import keras
import numpy as np
import pytest
from matplotlib import pyplot as plt

from skcnn import KerasClassifier
from skcnn.display import ConvolutionFiltersDisplay

pytestmark = pytest.mark.usefixtures("closed_figures")


def tiles(display):
    return np.array([image.get_array() for image in display.ax_.images])


def kernel(pipeline, layer):
    return pipeline["cnn"].model_.get_layer(layer).get_weights()[0]


def test_the_first_convolution_is_the_default(cnn_pipeline):
    display = ConvolutionFiltersDisplay.from_estimator(cnn_pipeline)

    expected = kernel(cnn_pipeline, "conv_1")[:, :, 0].transpose(2, 0, 1)
    np.testing.assert_array_equal(tiles(display), expected)
    assert display.ax_.get_title() == "conv_1: 4 filters of 3 x 3"


def test_a_later_convolution_and_one_of_its_channels(cnn_pipeline):
    display = ConvolutionFiltersDisplay.from_estimator(
        cnn_pipeline, layer="conv_2", input_channel=3
    )

    expected = kernel(cnn_pipeline, "conv_2")[:, :, 3].transpose(2, 0, 1)
    np.testing.assert_array_equal(tiles(display), expected)
    assert display.ax_.get_title() == "conv_2: 6 filters of 3 x 3, channel 3 of 4"


def test_all_filters_share_a_scale_with_0_in_the_middle(cnn_pipeline):
    display = ConvolutionFiltersDisplay.from_estimator(cnn_pipeline)

    largest = np.abs(display.kernels).max()
    assert {image.get_clim() for image in display.ax_.images} == {(-largest, largest)}


def test_tiles_stand_in_rows_and_do_not_overlap():
    display = ConvolutionFiltersDisplay(np.ones((5, 2, 4))).plot(n_cols=3)

    places = np.array([image.get_extent() for image in display.ax_.images])
    left, right, bottom, top = places.T
    np.testing.assert_allclose((right - left) / (bottom - top), 2)
    assert (right[:2] < left[1:3]).all()
    assert bottom[:3].max() < top[3:].min()
    np.testing.assert_allclose(display.ax_.get_xlim(), [left[0], right[2]])


def test_it_draws_into_given_axes():
    figure, axes = plt.subplots(1, 2)

    display = ConvolutionFiltersDisplay(np.ones((5, 3, 3))).plot(axes[1])

    assert display.ax_ is axes[1]
    assert display.figure_ is figure


@pytest.mark.slow
def test_a_convolution_inside_a_network_inside_the_network(scaled_digits):
    images, labels = scaled_digits

    def build(input_shape, n_classes):
        body = keras.Sequential([keras.Input(input_shape), keras.layers.Conv2D(3, 2, name="in")])
        head = [keras.layers.Flatten(), keras.layers.Dense(n_classes, "softmax")]
        return keras.Sequential([keras.Input(input_shape), body, *head])

    network = KerasClassifier(build, epochs=1).fit(images[..., np.newaxis], labels)

    assert ConvolutionFiltersDisplay.from_estimator(network).kernels.shape == (3, 2, 2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"layer": "conv_3"}, "conv_1, conv_2; received 'conv_3'"),
        ({"layer": "dense_1"}, "conv_1, conv_2; received 'dense_1'"),
        ({"input_channel": 1}, "between 0 and 0, for 'conv_1' takes 1 channels; received 1"),
        ({"layer": "conv_2", "input_channel": -1}, "between 0 and 3.*received -1"),
        ({"n_cols": 0}, "n_cols must be 1 or more"),
    ],
)
def test_what_is_not_there_is_an_error(cnn_pipeline, arguments, message):
    with pytest.raises(ValueError, match=message):
        ConvolutionFiltersDisplay.from_estimator(cnn_pipeline, **arguments)


def test_a_network_without_convolutions_is_an_error(mlp_pipeline):
    with pytest.raises(ValueError, match=r"'mlp' has no convolution.*CNNClassifier"):
        ConvolutionFiltersDisplay.from_estimator(mlp_pipeline)


def test_no_kernels_are_an_error():
    with pytest.raises(ValueError, match=r"at least one filter; received shape \(0, 3, 3\)"):
        ConvolutionFiltersDisplay(np.ones((0, 3, 3))).plot()
