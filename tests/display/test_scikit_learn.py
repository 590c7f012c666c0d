"""scikit-learn's own pictures of classifiers, drawn of a network in a Pipeline."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibrationDisplay
from sklearn.metrics import ConfusionMatrixDisplay, RocCurveDisplay

pytestmark = pytest.mark.usefixtures("closed_figures")


@pytest.fixture(scope="module")
def zero_or_not(cnn_pipeline, digits):
    """Return a Pipeline that tells zeros from other digits, and what it was fitted on."""
    images, labels = digits
    names = np.where(labels == 0, "zero", "other")
    return clone(cnn_pipeline).fit(images, names), images, names


def test_confusion_matrix(cnn_pipeline, digits):
    images, labels = digits

    display = ConfusionMatrixDisplay.from_estimator(cnn_pipeline, images, labels)

    assert display.confusion_matrix.sum() == len(labels)
    hits = np.trace(display.confusion_matrix)
    assert hits / len(labels) == pytest.approx(cnn_pipeline.score(images, labels))


@pytest.mark.slow
def test_roc_curve(zero_or_not):
    pipeline, images, names = zero_or_not

    display = RocCurveDisplay.from_estimator(pipeline, images, names, pos_label="zero")

    assert display.ax_.lines


def test_calibration_curve(zero_or_not):
    pipeline, images, names = zero_or_not

    display = CalibrationDisplay.from_estimator(
        pipeline, images, names, pos_label="zero", n_bins=4
    )

    np.testing.assert_allclose(display.y_prob, pipeline.predict_proba(images)[:, 1])
