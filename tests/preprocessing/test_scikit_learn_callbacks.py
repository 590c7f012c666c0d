"""scikit-learn's callbacks on transformers: a fit is one task."""

import io
import warnings

import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skcnn.preprocessing import ImageFlattener, LabelOneHotEncoder, PixelScaler
from tests.preprocessing.samples import image_transformers
from tests.recording import Recorder

callback = pytest.importorskip("sklearn.callback", reason="scikit-learn has callbacks since 1.9")

TRANSFORMERS = [*image_transformers(), LabelOneHotEncoder()]
FIT = ("fit", 0)


@pytest.mark.parametrize("transformer", TRANSFORMERS)
def test_a_fit_is_told_as_one_task(transformer, images, labels):
    X = labels if isinstance(transformer, LabelOneHotEncoder) else images
    recorder = Recorder()

    transformer = clone(transformer).set_callbacks(recorder)
    assert transformer.fit(X) is transformer

    assert recorder.hooks == [("setup", FIT), ("begin", FIT), ("end", FIT), ("teardown", FIT)]
    end = recorder.calls[2]
    assert end.X is X
    assert_array_equal(end.fitted.transform(X), transformer.transform(X))


def test_a_failed_fit_tears_down(images):
    recorder = Recorder()
    scaler = PixelScaler(max_value=1).set_callbacks(recorder)

    with pytest.raises(ValueError, match="above max_value=1"):
        scaler.fit(images)

    assert recorder.hooks == [("setup", FIT), ("begin", FIT), ("teardown", FIT)]


def test_the_progress_bar_of_a_pipeline_shows_each_step(images, labels, monkeypatch):
    screen = io.StringIO()
    monkeypatch.setattr("sys.stdout", screen)
    monkeypatch.setenv("COLUMNS", "120")
    pipeline = make_pipeline(PixelScaler(), ImageFlattener(), LogisticRegression(max_iter=5))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # five iterations are few
        warnings.filterwarnings("error", message=".*does not support callbacks")
        pipeline.set_callbacks(callback.ProgressBar()).fit(images, labels)

    for step in ("PixelScaler - fit", "ImageFlattener - fit", "LogisticRegression - fit"):
        assert step in screen.getvalue()
