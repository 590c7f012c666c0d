"""What all pictures of a network have in common: what they take, and what they refuse."""

import numpy as np
import pytest
from matplotlib import pyplot as plt
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

from skcnn.display import (
    ConvolutionFiltersDisplay,
    FeatureMapsDisplay,
    MisclassifiedDisplay,
    SaliencyDisplay,
    TrainingHistoryDisplay,
)

pytestmark = pytest.mark.usefixtures("closed_figures")

PICTURES = {
    "training history": lambda c, X, y: TrainingHistoryDisplay.from_estimator(c),
    "misclassified": MisclassifiedDisplay.from_estimator,
    "filters": lambda c, X, y: ConvolutionFiltersDisplay.from_estimator(c),
    "feature maps": lambda c, X, y: FeatureMapsDisplay.from_estimator(c, X[0]),
    "saliency": lambda c, X, y: SaliencyDisplay.from_estimator(c, X[0]),
}

each_picture = pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES)


@each_picture
def test_of_a_pipeline_of_a_classifier_alone_and_of_pipelines_in_pipelines(
    picture, cnn_pipeline, digits
):
    X, y = digits
    images = cnn_pipeline[:-1].transform(X)

    for estimator, samples in (
        (cnn_pipeline, X),
        (cnn_pipeline["cnn"], images),
        (Pipeline([("outer", cnn_pipeline)]), X),
        (Pipeline([("none", "passthrough"), *cnn_pipeline.steps[1:]]), X[..., np.newaxis]),
    ):
        display = picture(estimator, samples, y)
        assert display.figure_.axes


@each_picture
def test_an_unfitted_estimator_is_not_fitted(picture, cnn_pipeline, digits):
    X, y = digits

    for estimator in (clone(cnn_pipeline), clone(cnn_pipeline["cnn"])):
        with pytest.raises(NotFittedError, match="CNNClassifier instance is not fitted yet"):
            picture(estimator, X, y)
    assert plt.get_fignums() == []


@each_picture
@pytest.mark.parametrize(
    "estimator",
    [LogisticRegression(), make_pipeline(LogisticRegression()), "CNNClassifier", None],
    ids=str,
)
def test_what_is_no_classifier_of_skcnn_is_a_type_error(picture, estimator, digits):
    with pytest.raises(TypeError, match=r"(?s)Expected a fitted classifier of skcnn.*received"):
        picture(estimator, *digits)


@pytest.mark.parametrize("picture", ["misclassified", "feature maps", "saliency"])
def test_samples_of_another_shape_are_an_error(picture, cnn_pipeline, digits):
    X, y = digits

    with pytest.raises(ValueError, match=r"expected X of shape|expecting 64 features"):
        PICTURES[picture](cnn_pipeline, X[:, :5], y)


@pytest.mark.parametrize("picture", ["misclassified", "feature maps", "saliency"])
def test_rows_for_a_network_that_knows_no_images_need_a_shape(picture, mlp_pipeline, digits):
    X, y = digits
    rows = X.reshape(len(X), 64)
    mlp = clone(mlp_pipeline).fit(rows, y)

    with pytest.raises(ValueError, match="pass image_shape="):
        PICTURES[picture](mlp, rows, y)
    assert MisclassifiedDisplay.from_estimator(mlp, rows, y, image_shape=(8, 8)).axes_.size
    assert FeatureMapsDisplay.from_estimator(mlp, rows[0], image_shape=(8, 8)).image.shape == (
        8,
        8,
    )
