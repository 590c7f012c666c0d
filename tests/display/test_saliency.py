"""The picture of which pixels decided."""

import numpy as np
import pytest
from matplotlib import pyplot as plt
from sklearn.linear_model import LogisticRegression

from skcnn import MLPClassifier
from skcnn.display import SaliencyDisplay

pytestmark = pytest.mark.usefixtures("closed_figures")


@pytest.fixture(scope="module")
def corner_reader():
    """Return a classifier that has learned to look at one corner of noise, bright or dark."""
    rng = np.random.default_rng(0)
    images = rng.random((600, 6, 6)).astype(np.float32)
    y = np.where(rng.random(600) < 0.5, "bright", "dark")
    images[:, :2, :2] = np.where(y == "bright", 1.0, 0.0)[:, np.newaxis, np.newaxis]
    mlp = MLPClassifier((), epochs=20, learning_rate=0.05, random_state=0).fit(images, y)
    return mlp, images[y == "bright"][0]


def test_the_pixels_that_decide_are_important(corner_reader):
    classifier, image = corner_reader

    importance = SaliencyDisplay.from_estimator(classifier, image, patch_size=2).importance

    assert importance.shape == (6, 6)
    assert importance[:2, :2].min() > 5 * np.abs(importance[3:, 3:]).max()


def test_the_pixels_that_decide_for_any_classifier_are_important():
    rng = np.random.default_rng(0)
    rows = rng.random((600, 36))
    weights = np.zeros((6, 6))
    weights[4:, 4:] = 1
    linear = LogisticRegression(C=100).fit(rows, rows @ weights.ravel() > 2)

    display = SaliencyDisplay.from_estimator(
        linear, np.ones(36), label=True, patch_size=2, image_shape=(6, 6, 1)
    )

    assert display.importance[4:, 4:].min() > 5 * np.abs(display.importance[:3, :3]).max()
    probability = linear.predict_proba(np.ones((1, 36)))[0, 1]
    corner = np.ones((6, 6))
    corner[4:, 4:] = 0
    lost = probability - linear.predict_proba(corner.reshape(1, 36))[0, 1]
    assert display.importance[5, 5] == pytest.approx(lost)


def test_what_speaks_for_one_label_speaks_against_the_other(corner_reader):
    classifier, image = corner_reader

    display = SaliencyDisplay.from_estimator(classifier, image, label="dark", patch_size=2)

    own = SaliencyDisplay.from_estimator(classifier, image, label="bright", patch_size=2)
    np.testing.assert_allclose(display.importance, -own.importance, atol=1e-6)
    low, high = display.axes_[1].images[0].get_clim()
    assert low == -high < 0
    assert display.title.startswith("label dark: p = ")


def test_importance_is_the_mean_probability_lost(corner_reader):
    classifier, image = corner_reader
    column = classifier.classes_.tolist().index("bright")

    display = SaliencyDisplay.from_estimator(classifier, image, patch_size=5, cover=0.5)

    lost = np.zeros((2, 2))
    for top in range(2):
        for left in range(2):
            covered = image.copy()
            covered[top : top + 5, left : left + 5] = 0.5
            pair = classifier.predict_proba(np.stack([image, covered]))[:, column]
            lost[top, left] = pair[0] - pair[1]
    assert display.importance[0, 0] == pytest.approx(lost[0, 0], abs=1e-6)
    assert display.importance[5, 5] == pytest.approx(lost[1, 1], abs=1e-6)
    assert display.importance[2, 2] == pytest.approx(lost.mean(), abs=1e-6)
    assert display.importance[0, 2] == pytest.approx(lost[0].mean(), abs=1e-6)


def test_the_predicted_label_is_the_default(cnn_pipeline, digits):
    image = digits[0][0]
    predicted = cnn_pipeline.predict(image[np.newaxis])[0]

    display = SaliencyDisplay.from_estimator(cnn_pipeline, image)

    expected = SaliencyDisplay.from_estimator(cnn_pipeline, image, label=predicted)
    np.testing.assert_array_equal(display.importance, expected.importance)
    assert display.title.startswith(f"label {predicted}: p")
    np.testing.assert_allclose(display.axes_[0].images[0].get_array(), image / 255, rtol=1e-6)
    np.testing.assert_array_equal(display.axes_[1].images[0].get_array(), display.importance)


def test_a_row_of_pixels_gives_the_same_picture(cnn_pipeline, digits):
    image = digits[0][0]

    of_row = SaliencyDisplay.from_estimator(cnn_pipeline, image.ravel())

    of_image = SaliencyDisplay.from_estimator(cnn_pipeline, image)
    np.testing.assert_allclose(of_row.importance, of_image.importance, atol=1e-6)
    np.testing.assert_array_equal(of_row.image, of_image.image)


def test_the_image_is_not_changed(cnn_pipeline, digits):
    image = digits[0][0].copy()

    SaliencyDisplay.from_estimator(cnn_pipeline, image)

    np.testing.assert_array_equal(image, digits[0][0])


def test_it_divides_given_axes_or_takes_two():
    display = SaliencyDisplay(np.zeros((4, 4)), np.zeros((4, 4)))
    figure, axes = plt.subplots(1, 2)

    assert display.plot(axes) is display
    assert display.axes_[1] is axes[1]
    assert display.bounding_ax_ is None
    _, ax = plt.subplots()
    assert display.plot(ax).bounding_ax_ is ax
    assert display.figure_ is not figure


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"label": 10}, "0, 1, 2, 3, 4, 5, 6, 7, 8, 9; received 10"),
        ({"patch_size": 0}, "patch_size must be between 1 and 8.*received 0"),
        ({"patch_size": 9}, "patch_size must be between 1 and 8.*received 9"),
        ({"cover": 0.5}, "cover must be a value that pixels of uint8 can have; received 0.5"),
        ({"cover": 300}, "cover must be a value"),
        ({"cover": -1}, "cover must be a value"),
    ],
)
def test_what_makes_no_sense_is_an_error(cnn_pipeline, digits, arguments, message):
    with pytest.raises(ValueError, match=message):
        SaliencyDisplay.from_estimator(cnn_pipeline, digits[0][0], **arguments)
