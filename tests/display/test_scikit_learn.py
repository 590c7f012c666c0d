"""scikit-learn's own pictures, drawn of networks: in a Pipeline, on rows and on images."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.calibration import CalibrationDisplay
from sklearn.inspection import DecisionBoundaryDisplay, PartialDependenceDisplay
from sklearn.metrics import (
    ConfusionMatrixDisplay,
    DetCurveDisplay,
    PrecisionRecallDisplay,
    PredictionErrorDisplay,
    RocCurveDisplay,
)
from sklearn.model_selection import LearningCurveDisplay, ValidationCurveDisplay

from tests.small_networks import CLASSIFIERS, RATES, REGRESSORS, samples

pytestmark = pytest.mark.usefixtures("closed_figures")
on_both = pytest.mark.parametrize("kind", CLASSIFIERS)


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


# --- on rows and on images ----------------------------------------------------------------------


@pytest.mark.slow
@on_both
def test_displays_of_a_classifier(kind):
    data = samples(kind, "pairs")
    network = clone(CLASSIFIERS[kind]).fit(data.X, data.y)

    matrix = ConfusionMatrixDisplay.from_estimator(network, data.X_new, data.y_new)
    roc = RocCurveDisplay.from_estimator(network, data.X_new, data.y_new)
    recall = PrecisionRecallDisplay.from_estimator(network, data.X_new, data.y_new)
    det = DetCurveDisplay.from_estimator(network, data.X_new, data.y_new)
    calibration = CalibrationDisplay.from_estimator(network, data.X_new, data.y_new, n_bins=5)

    assert matrix.confusion_matrix.sum() == 80
    assert np.trace(matrix.confusion_matrix) > 68
    assert roc.roc_auc > 0.9
    assert recall.average_precision > 0.9
    assert np.min(det.fpr + det.fnr) < 0.3
    assert_array_equal(calibration.y_prob, network.predict_proba(data.X_new)[:, 1])


@pytest.mark.slow
@on_both
def test_learning_and_validation_curves(kind):
    data = samples(kind, "names")

    by_size = LearningCurveDisplay.from_estimator(
        CLASSIFIERS[kind], data.X, data.y, train_sizes=[16, 80], cv=2, shuffle=True, random_state=0
    )
    by_rate = ValidationCurveDisplay.from_estimator(
        CLASSIFIERS[kind],
        data.X,
        data.y,
        param_name="learning_rate",
        param_range=RATES["learning_rate"],
        cv=2,
    )

    for display in (by_size, by_rate):
        first, second = display.test_scores.mean(axis=1)
        assert first + 0.1 < second


@pytest.mark.slow
@on_both
def test_displays_of_a_regressor(kind):
    data = samples(kind, "ink")
    network = clone(REGRESSORS[kind]).fit(data.X, data.y)

    errors = PredictionErrorDisplay.from_estimator(network, data.X_new, data.y_new)

    assert_array_equal(errors.y_true, data.y_new)
    assert np.corrcoef(errors.y_true, errors.y_pred)[0, 1] > 0.7


@pytest.mark.slow
@on_both
@pytest.mark.filterwarnings("ignore:X holds rows of:UserWarning")
def test_the_dependence_on_a_pixel(kind):
    data = samples("rows", "ink")  # scikit-learn sets columns of a table
    network = clone(REGRESSORS[kind]).fit(data.X, data.y)
    darkest = int(data.X.std(axis=0).argmax())

    display = PartialDependenceDisplay.from_estimator(
        network, data.X, [darkest], grid_resolution=3
    )

    low, _, high = display.pd_results[0]["average"][0]
    assert low + 0.2 < high  # more ink, a larger number


@pytest.mark.slow
def test_the_boundary_between_classes():
    X = np.random.default_rng(0).uniform(-1, 1, (160, 2))
    network = clone(CLASSIFIERS["rows"]).fit(X, (X[:, 0] > 0).astype(int))

    display = DecisionBoundaryDisplay.from_estimator(
        network, X, grid_resolution=5, response_method="predict"
    )

    assert (display.response[:, 0] == 0).all()
    assert (display.response[:, -1] == 1).all()
