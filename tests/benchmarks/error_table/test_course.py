import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.utils import Bunch

from benchmarks.error_table.course import Course
from skcnn import CNNClassifier, PixelScaler, load_digit_images


@pytest.mark.slow
def test_the_course_of_a_fit_ends_where_the_fit_does():
    X, y = load_digit_images(return_X_y=True)
    data = Bunch(X_test=X[600:900], y_test=y[600:900])
    classifier = CNNClassifier.from_preset(
        "fast", filters=(8, 16), epochs=14, batch_size=32, random_state=0
    )
    pipeline = Pipeline([("scale", PixelScaler()), ("classifier", classifier)])
    course = Course(pipeline)

    pipeline.fit(X[:600], y[:600])
    error = np.mean(pipeline.predict(data.X_test) != data.y_test)
    points = course.points(data)

    seconds, errors = zip(*points, strict=True)
    assert len(points) == 10
    assert list(seconds) == sorted(seconds)
    assert seconds[0] > 0
    assert errors[-1] == pytest.approx(error)
    assert errors[0] > 2 * error
    assert np.mean(pipeline.predict(data.X_test) != data.y_test) == pytest.approx(error)


def test_a_classifier_without_epochs_has_no_course():
    assert Course(KNeighborsClassifier()).points(Bunch()) == []
