"""The picture of a classifier's most confident mistakes."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import FixedThresholdClassifier

from skcnn import CNNClassifier
from skcnn.display import MisclassifiedDisplay

pytestmark = pytest.mark.usefixtures("closed_figures")

IMAGES = np.arange(5 * 4, dtype=np.uint8).reshape(5, 2, 2)
Y_TRUE = np.array(["a", "b", "a", "b", "a"])
Y_PRED = np.array(["a", "a", "b", "b", "b"])
CONFIDENCE = np.array([0.99, 0.6, 0.9999, 0.8, 0.7])


def captions(display):
    return [ax.get_title() for ax in display.axes_.flat if ax is not None]


def title(display):
    return display.axes_.flat[0].figure.get_suptitle()


def test_the_most_confident_mistakes_first():
    display = MisclassifiedDisplay.from_predictions(IMAGES, Y_TRUE, Y_PRED, CONFIDENCE)

    assert captions(display) == [
        "true: a\npredicted: b\np > 0.999",
        "true: a\npredicted: b\np = 0.700",
        "true: b\npredicted: a\np = 0.600",
    ]
    drawn = [ax.images[0].get_array() for ax in display.axes_.flat]
    np.testing.assert_allclose(drawn, IMAGES[[2, 4, 1]] / 255, rtol=1e-6)
    assert title(display) == "3 of 5 misclassified"


def test_only_as_many_as_asked_for():
    display = MisclassifiedDisplay.from_predictions(
        IMAGES, Y_TRUE, Y_PRED, CONFIDENCE, max_images=2
    )

    assert len(captions(display)) == 2
    assert title(display) == "3 of 5 misclassified; the 2 most confident"


def test_where_nothing_is_wrong_the_picture_says_so():
    display = MisclassifiedDisplay.from_predictions(IMAGES, Y_TRUE, Y_TRUE, CONFIDENCE)

    assert title(display) == "0 of 5 misclassified"
    assert [text.get_text() for text in display.axes_[0, 0].texts] == ["no mistakes"]


def test_a_pipeline_and_its_predictions_give_the_same_picture(cnn_pipeline, digits):
    images, labels = digits
    probabilities = cnn_pipeline.predict_proba(images)
    predicted = cnn_pipeline.predict(images)

    display = MisclassifiedDisplay.from_estimator(cnn_pipeline, images, labels)

    again = MisclassifiedDisplay.from_predictions(
        images, labels, predicted, probabilities.max(axis=1)
    )
    n_wrong = np.sum(predicted != labels)
    assert n_wrong > 0
    assert display.n_misclassified == n_wrong
    assert captions(display) == captions(again)


def test_rows_have_the_shape_that_the_network_gives_them(cnn_pipeline, digits):
    images, labels = digits

    display = MisclassifiedDisplay.from_estimator(cnn_pipeline, images.reshape(400, 64), labels)

    assert display.images.shape[1:] == (8, 8)


@pytest.mark.slow
def test_one_hot_labels(scaled_digits):
    images, labels = scaled_digits
    y = np.eye(10, dtype=int)[labels]
    cnn = CNNClassifier((2, 2), epochs=1, random_state=0).fit(images, y)

    display = MisclassifiedDisplay.from_estimator(cnn, images, y, max_images=400)

    wrong = (cnn.predict(images) != y).any(axis=1)
    assert display.n_misclassified == wrong.sum()
    assert set(np.unique(display.y_true)) <= set(range(10))


def test_the_mistakes_of_any_classifier_are_what_its_score_misses(logistic_regression, digits):
    images, labels = digits
    rows = images.reshape(400, 64)

    display = MisclassifiedDisplay.from_estimator(
        logistic_regression, rows, labels, image_shape=(8, 8), max_images=400
    )

    wrong = logistic_regression.predict(rows) != labels
    assert wrong.any()
    assert display.n_misclassified == wrong.sum()
    assert display.n_misclassified / 400 == pytest.approx(
        1 - logistic_regression.score(rows, labels)
    )
    most = logistic_regression.predict_proba(rows[wrong]).max(axis=1)
    np.testing.assert_allclose(display.confidence, np.sort(most)[::-1])


@pytest.mark.slow
def test_a_label_that_is_not_the_most_probable_has_its_own_probability(digits):
    images, labels = digits
    rows, is_eight = images.reshape(400, 64) / 255, np.where(labels == 8, "eight", "other")
    careful = FixedThresholdClassifier(
        LogisticRegression(), threshold=0.9, pos_label="other", response_method="predict_proba"
    ).fit(rows, is_eight)

    display = MisclassifiedDisplay.from_estimator(
        careful, rows, is_eight, image_shape=(8, 8), max_images=400
    )

    wrong = careful.predict(rows) != is_eight
    given = careful.predict_proba(rows[wrong])[:, 0]
    assert wrong.any()
    assert given.max() < 0.5
    assert display.n_misclassified == wrong.sum()
    assert set(display.y_pred) == {"eight"}
    np.testing.assert_allclose(display.confidence, np.sort(given)[::-1])


@pytest.mark.slow
def test_one_hot_labels_for_a_classifier_that_knows_labels(logistic_pipeline, digits):
    images, labels = digits

    of_rows = MisclassifiedDisplay.from_estimator(logistic_pipeline, images, np.eye(10)[labels])

    of_labels = MisclassifiedDisplay.from_estimator(logistic_pipeline, images, labels)
    assert of_labels.n_misclassified > 0
    assert captions(of_rows) == captions(of_labels)


@pytest.mark.parametrize("width", [1, 9])
def test_rows_of_another_length_than_there_are_classes_are_an_error(
    width, logistic_pipeline, digits
):
    images, _ = digits

    with pytest.raises(
        ValueError, match=rf"one-hot rows of the 10 classes.*received shape \(400, {width}\)"
    ):
        MisclassifiedDisplay.from_estimator(logistic_pipeline, images, np.ones((400, width)))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"max_images": 0}, "max_images must be 1 or more; received 0"),
        ({"y_true": Y_TRUE[:4]}, "y_true must hold one entry an image: expected 5, received 4"),
        ({"y_pred": Y_PRED[:4]}, "y_pred must hold one entry"),
        ({"confidence": CONFIDENCE[:4]}, "confidence must hold one entry"),
        (
            {"images": IMAGES[:0], "y_true": [], "y_pred": [], "confidence": []},
            "at least one image",
        ),
    ],
    ids=lambda value: ", ".join(value) if isinstance(value, dict) else None,
)
def test_what_cannot_be_drawn_says_so(arguments, message):
    usual = {"images": IMAGES, "y_true": Y_TRUE, "y_pred": Y_PRED, "confidence": CONFIDENCE}

    with pytest.raises(ValueError, match=message):
        MisclassifiedDisplay.from_predictions(**usual | arguments)


def test_labels_of_other_samples_are_an_error(cnn_pipeline, digits):
    images, labels = digits

    with pytest.raises(ValueError, match="y must hold one entry an image: expected 400, received"):
        MisclassifiedDisplay.from_estimator(cnn_pipeline, images, labels[:7])


def test_title_and_captions_do_not_overlap():
    display = MisclassifiedDisplay.from_predictions(IMAGES, Y_TRUE, Y_PRED, CONFIDENCE)
    canvas = FigureCanvasAgg(display.figure_)
    canvas.draw()
    renderer = canvas.get_renderer()

    (above,) = (
        text.get_window_extent(renderer)
        for text in display.axes_.flat[0].figure.texts
        if text.get_text() == title(display)
    )
    for ax in display.axes_.flat:
        assert not ax.title.get_window_extent(renderer).overlaps(above)
