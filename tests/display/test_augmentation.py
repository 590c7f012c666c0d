"""The picture of how a classifier varies a training image."""

import keras
import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import Pipeline

from skcnn import CNNClassifier, PixelScaler, RandomAffine
from skcnn.display import AugmentationDisplay

pytestmark = pytest.mark.usefixtures("closed_figures")


@pytest.fixture(scope="module")
def pipeline(digits):
    cnn = CNNClassifier((2,), dense_units=4, epochs=1, augmentation=RandomAffine(), random_state=0)
    return Pipeline([("scale", PixelScaler()), ("cnn", cnn)]).fit(*digits)


def test_the_image_comes_first_and_its_variations_follow(pipeline, digits):
    display = AugmentationDisplay.from_estimator(pipeline, digits[0][3])

    assert display.axes_.shape == (2, 6)
    np.testing.assert_allclose(display.image[..., 0], digits[0][3] / 255, rtol=1e-6)
    np.testing.assert_array_equal(display.axes_[0, 0].images[0].get_array(), display.image[..., 0])
    assert display.axes_[0, 0].get_title() == "as it is"
    assert len({varied.tobytes() for varied in display.varied}) == 11


def test_variations_are_those_of_the_parameter(pipeline, digits):
    still = RandomAffine(shift=0, rotation=0, zoom=0, shear=0)
    pipeline.set_params(cnn__augmentation=still)
    display = AugmentationDisplay.from_estimator(pipeline, digits[0][0])
    pipeline.set_params(cnn__augmentation=RandomAffine())

    np.testing.assert_allclose(display.varied - display.image, 0, atol=1e-5)


@pytest.mark.slow
def test_a_random_state_draws_the_same_again(pipeline, digits):
    first, again, other = (
        AugmentationDisplay.from_estimator(pipeline, digits[0][0], random_state=s).varied
        for s in (1, 1, 2)
    )

    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_keras_layers(pipeline, digits):
    pipeline.set_params(cnn__augmentation=[keras.layers.RandomFlip("horizontal", seed=0)])
    display = AugmentationDisplay.from_estimator(pipeline, digits[0][2])
    pipeline.set_params(cnn__augmentation=RandomAffine())

    flipped = [np.array_equal(varied, display.image[:, ::-1]) for varied in display.varied]
    assert 0 < sum(flipped) < 11


@pytest.mark.slow
def test_bytes_that_the_network_scales_are_drawn_as_bytes(digits):
    images = np.repeat(digits[0][..., np.newaxis], 3, axis=3) // 2
    mirror = RandomAffine(shift=0, rotation=0, zoom=0, shear=0, flip="horizontal")
    cnn = CNNClassifier((2,), dense_units=4, epochs=1, rescale=1 / 255, augmentation=mirror)
    display = AugmentationDisplay.from_estimator(cnn.fit(images, digits[1]), images[3])

    flipped = [np.array_equal(varied, images[3][:, ::-1]) for varied in display.varied]
    assert 0 < sum(flipped) < 11
    assert display.varied.dtype == np.uint8
    drawn = display.axes_[0, 0].images[0].get_array()
    np.testing.assert_allclose(drawn, images[3] / 255, atol=1e-6)


def test_number_and_layout(pipeline, digits):
    display = AugmentationDisplay.from_estimator(pipeline, digits[0][0], n_variations=3, n_cols=2)

    assert display.axes_.shape == (2, 2)
    assert display.plot(n_cols=4).axes_.shape == (1, 4)


def test_what_cannot_be_drawn(pipeline, digits, cnn_pipeline):
    with pytest.raises(ValueError, match="varies no images: its augmentation is None"):
        AugmentationDisplay.from_estimator(cnn_pipeline, digits[0][0])
    with pytest.raises(ValueError, match="n_variations must be 1 or more; received 0"):
        AugmentationDisplay.from_estimator(pipeline, digits[0][0], n_variations=0)
    with pytest.raises(NotFittedError):
        AugmentationDisplay.from_estimator(CNNClassifier(), digits[0][0])
