"""What pictures of an estimator have in common: what they take, and what they refuse."""

import numpy as np
import pytest
from matplotlib import pyplot as plt
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline

from skcnn import CNNRegressor, ImageFlattener, MLPClassifier
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

OF_ANY_CLASSIFIER = {name: PICTURES[name] for name in ("misclassified", "saliency")}
OF_A_NETWORK = {name: p for name, p in PICTURES.items() if name not in OF_ANY_CLASSIFIER}

each_picture = pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES)
each_picture_of_any_classifier = pytest.mark.parametrize(
    "picture", OF_ANY_CLASSIFIER.values(), ids=OF_ANY_CLASSIFIER
)


@pytest.mark.slow
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


@pytest.fixture(scope="module")
def search(cnn_pipeline, digits):
    """Return a search among CNNs that read rows of pixels."""
    X, y = digits
    one_epoch = clone(cnn_pipeline).set_params(cnn__epochs=1)
    return GridSearchCV(one_epoch, {"cnn__batch_size": [32]}, cv=2).fit(X.reshape(400, 64), y)


@each_picture
def test_of_the_network_that_a_search_has_found(picture, search, digits):
    X, y = digits

    display = picture(search, X.reshape(400, 64), y)

    alone = picture(search.best_estimator_, X.reshape(400, 64), y)
    for ax, other in zip(display.figure_.axes, alone.figure_.axes, strict=True):
        for image, same in zip(ax.images, other.images, strict=True):
            np.testing.assert_array_equal(image.get_array(), same.get_array())


@pytest.mark.parametrize("picture", OF_A_NETWORK.values(), ids=OF_A_NETWORK)
@pytest.mark.parametrize(
    "estimator",
    [LogisticRegression(), make_pipeline(LogisticRegression()), "CNNClassifier", None],
    ids=str,
)
def test_what_is_no_classifier_of_skcnn_is_a_type_error(picture, estimator, digits):
    with pytest.raises(TypeError, match=r"(?s)Expected a fitted estimator of skcnn.*received"):
        picture(estimator, *digits)


@pytest.mark.slow
@each_picture_of_any_classifier
@pytest.mark.parametrize(
    "around",
    [
        lambda pipeline: pipeline,
        lambda pipeline: GridSearchCV(pipeline, {"logisticregression__C": [0.1]}, cv=2),
        lambda pipeline: VotingClassifier([("one", pipeline)], voting="soft"),
        lambda _: make_pipeline(ImageFlattener(), RandomForestClassifier(5, random_state=0)),
    ],
    ids=["Pipeline", "GridSearchCV", "VotingClassifier", "forest"],
)
def test_images_of_any_classifier_with_probabilities(picture, around, logistic_pipeline, digits):
    X, y = digits
    classifier = clone(around(logistic_pipeline)).fit(X[:300], y[:300])

    display = picture(classifier, X[300:], y[300:])

    drawn = display.axes_.flat[0].images[0].get_array()
    assert any(np.allclose(drawn, image / 255) for image in X[300:])


@each_picture_of_any_classifier
def test_an_unfitted_classifier_of_any_kind_is_not_fitted(picture, logistic_pipeline, digits):
    X, y = digits
    search = GridSearchCV(logistic_pipeline, {"logisticregression__C": [0.1]})

    for estimator in (clone(logistic_pipeline), search):
        with pytest.raises(NotFittedError):
            picture(estimator, X, y)
    assert plt.get_fignums() == []


@each_picture_of_any_classifier
@pytest.mark.parametrize(
    "estimator",
    [
        make_pipeline(ImageFlattener(), RidgeClassifier()),
        make_pipeline(ImageFlattener(), VotingClassifier([("one", LogisticRegression())])),
        "CNNClassifier",
        None,
    ],
    ids=["RidgeClassifier", "hard votes", "str", "None"],
)
def test_what_gives_no_probabilities_is_a_type_error(picture, estimator, digits):
    X, y = digits
    if hasattr(estimator, "fit"):
        estimator = clone(estimator).fit(X > 127, y)

    with pytest.raises(
        TypeError,
        match=r"(?s)Expected a fitted classifier with predict_proba and classes_; received "
        r".*CalibratedClassifierCV.*voting='soft'",
    ):
        picture(estimator, X, y)


@each_picture_of_any_classifier
def test_a_classifier_of_several_labels_a_sample_is_an_error(picture, digits):
    X, y = digits
    forest = RandomForestClassifier(2, random_state=0).fit(X.reshape(400, 64), np.eye(10)[y])

    with pytest.raises(
        ValueError, match=r"(?s)one label a sample; received one that gives 10: .*argmax\(axis=1\)"
    ):
        picture(forest, X, y)


@each_picture_of_any_classifier
def test_rows_for_a_classifier_that_is_not_skcnns_need_a_shape(
    picture, logistic_regression, digits
):
    X, y = digits

    with pytest.raises(ValueError, match="pass image_shape="):
        picture(logistic_regression, X.reshape(400, 64), y)


def test_rows_of_a_given_shape_are_drawn_as_images(logistic_regression, digits):
    X, y = digits
    rows = X.reshape(400, 64)

    display = MisclassifiedDisplay.from_estimator(logistic_regression, rows, y, image_shape=(8, 8))
    assert display.images.shape[1:] == (8, 8)
    display = SaliencyDisplay.from_estimator(logistic_regression, rows[0], image_shape=(8, 8))
    np.testing.assert_array_equal(display.image, X[0])


@pytest.mark.parametrize("picture", ["misclassified", "feature maps", "saliency"])
def test_samples_of_another_shape_are_an_error(picture, cnn_pipeline, digits):
    X, y = digits

    with pytest.raises(ValueError, match=r"expected X of shape|expecting 64 features"):
        PICTURES[picture](cnn_pipeline, X[:, :5], y)


@pytest.mark.slow
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


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("picture", OF_A_NETWORK.values(), ids=OF_A_NETWORK)
def test_of_a_regressor(picture, digits):
    X, y = digits
    regressor = CNNRegressor(4, epochs=2, early_stopping=False).fit(X / 255, 1.0 * y)

    assert picture(regressor, X / 255, y).figure_.axes


@pytest.mark.slow
@each_picture_of_any_classifier
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_several_labels_a_sample_have_no_most_probable_one(picture, digits):
    X, y = digits
    labels = (y[:, np.newaxis] >> np.arange(4)) & 1
    classifier = MLPClassifier((8,), epochs=1, early_stopping=False).fit(X / 255, labels)

    with pytest.raises(ValueError, match="one label a sample; received one that gives 4"):
        picture(classifier, X / 255, labels)
