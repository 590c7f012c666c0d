import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.pipeline import Pipeline

from benchmarks.error_table import classifiers
from benchmarks.error_table.classifiers import CLASSIFIERS
from benchmarks.error_table.datasets import DATASETS, PUBLISHED_ON_MNIST
from skcnn import CNNClassifier


def test_published_errors_stand_beside_a_classifier():
    assert set(PUBLISHED_ON_MNIST) <= {c.name for c in CLASSIFIERS}


def test_the_reference_of_the_times_takes_part():
    assert "textbook" in {c.name for c in CLASSIFIERS}
    assert len({c.name for c in CLASSIFIERS}) == len(CLASSIFIERS)
    assert len({d.name for d in DATASETS}) == len(DATASETS)


@pytest.mark.slow
@pytest.mark.parametrize(
    "build", [classifiers.logistic_regression, classifiers.k_nn, classifiers.svm]
)
def test_classical_classifiers_take_bytes(build):
    digits = load_digits()
    images = np.zeros((300, 28, 28), dtype=np.uint8)
    images[:, 10:18, 10:18] = digits.images[:300] * 15

    pipeline = build(0).fit(images[:250], digits.target[:250])

    assert isinstance(pipeline, Pipeline)
    assert pipeline.score(images[250:], digits.target[250:300]) > 0.8


@pytest.mark.parametrize(
    ("build", "preset", "parameters"),
    [
        (classifiers.textbook, "textbook", {}),
        (classifiers.lenet5, "lenet5", {}),
        (classifiers.fast, "fast", {}),
        (classifiers.fast_in_3_epochs, "fast", {"epochs": 3}),
        (classifiers.accurate, "accurate", {}),
        (classifiers.photos, "photos", {}),
        (classifiers.photos_wide, "photos", {"filters": (64, 128, (256, 256), 512)}),
    ],
)
def test_networks_are_presets_with_a_seed(build, preset, parameters, monkeypatch):
    asked = []

    def from_preset(name, **given):
        asked.append((name, given))
        return CNNClassifier(**given)

    monkeypatch.setattr(CNNClassifier, "from_preset", from_preset, raising=False)

    pipeline = build(7)

    assert asked == [(preset, {"random_state": 7, **parameters})]
    assert pipeline[0].fit_transform(np.full((2, 28, 28), 255, np.uint8)).max() == 1
    assert build in [classifier.build for classifier in CLASSIFIERS]
