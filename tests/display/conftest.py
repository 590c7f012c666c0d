import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skcnn import ImageFlattener, PixelScaler


@pytest.fixture(scope="session")
def logistic_regression(digits):
    """Return a logistic regression that has read 300 digits as rows of pixels of 0..255."""
    images, labels = digits
    return LogisticRegression(C=1e-5, max_iter=1000).fit(
        images[:300].reshape(300, 64), labels[:300]
    )


@pytest.fixture(scope="session")
def logistic_pipeline(digits):
    """Return a Pipeline from images to a logistic regression that has read 300 digits."""
    images, labels = digits
    pipeline = make_pipeline(ImageFlattener(), PixelScaler(), LogisticRegression())
    return pipeline.fit(images[:300], labels[:300])
