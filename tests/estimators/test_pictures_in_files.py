"""From paths to labels: Pipelines, folds and searches, and images that stay on disk."""

import subprocess
import sys
import textwrap

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.pipeline import Pipeline

from skcnn import CNNClassifier, ImageLoader, RandomAffine
from skcnn._cached_images import CachedImages
from skcnn._engine import feeding
from skcnn.display import ImageGridDisplay, MisclassifiedDisplay
from skcnn.preprocessing import _loading
from tests.estimators.test_samples import CLASSIFIERS, same_weights
from tests.preprocessing.pictures import NotingLoader, write_pictures


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Return the paths of 60 pictures of 6 x 5 pixels, their pixels and their labels."""
    paths, pixels = write_pictures(tmp_path_factory.mktemp("pictures"), 60)
    pixels[::2, :3] //= 8
    write_again(paths, pixels)
    return np.array(paths), pixels, np.where(np.arange(60) % 2, "light", "dark")


def write_again(paths, pixels):
    from PIL import Image

    for path, image in zip(paths, pixels, strict=True):
        Image.fromarray(image).save(path)


@pytest.fixture(scope="module")
def paths(written):
    return written[0]


@pytest.fixture(scope="module")
def pixels(written):
    return written[1]


@pytest.fixture(scope="module")
def y(written):
    return written[2]


@pytest.fixture
def images(paths, monkeypatch):
    """Return the pictures as images on disk."""
    monkeypatch.setattr(_loading, "_IN_MEMORY_BYTES", 100)
    images = ImageLoader((6, 5)).fit_transform(paths)
    assert isinstance(images, CachedImages)
    return images


def pipeline_of(loader):
    cnn = CNNClassifier(
        (2,), dense_units=4, epochs=2, batch_size=16, rescale=1 / 255, random_state=0
    )
    return Pipeline([("load", loader), ("cnn", cnn)])


# --- images on disk


@pytest.mark.slow
@pytest.mark.parametrize("kind", CLASSIFIERS)
@pytest.mark.parametrize("block", [64 * 2**20, 3 * 32 * 90, 90])
def test_images_on_disk_give_the_same_as_the_array(monkeypatch, images, pixels, y, kind, block):
    expected = CLASSIFIERS[kind]().fit(pixels, y)
    monkeypatch.setattr(feeding, "_BLOCK_BYTES", block)
    classifier = CLASSIFIERS[kind]().fit(images, y)

    assert same_weights(classifier, expected)
    assert_array_equal(classifier.predict_proba(images), expected.predict_proba(pixels))
    assert classifier.score(images[5:9], y[5:9]) == expected.score(pixels[5:9], y[5:9])


@pytest.mark.slow
def test_they_are_augmented_weighted_and_held_out_as_the_array(images, pixels, y):
    weight = np.linspace(0, 2, 60)
    changes = {"augmentation": RandomAffine(rotation=10), "validation_split": 0.2}
    expected = CLASSIFIERS["cnn"](**changes).fit(pixels, y, sample_weight=weight)
    classifier = CLASSIFIERS["cnn"](**changes).fit(images, y, sample_weight=weight)

    assert same_weights(classifier, expected)
    assert classifier.history_ == expected.history_


@pytest.mark.slow
def test_they_validate_and_come_in_parts_as_the_array(images, pixels, y):
    trained = []
    for X in (images, pixels):
        X_train, X_val, y_train, y_val = train_test_split(X, y, random_state=0)
        classifier = CLASSIFIERS["mlp"]().fit(X_train, y_train, X_val=X_val, y_val=y_val)
        in_parts = CLASSIFIERS["mlp"]()
        for some in (slice(20), slice(20, 45)):
            in_parts.partial_fit(X_train[some], y_train[some], classes=["dark", "light"])
        trained.append((classifier, in_parts))

    for on_disk, in_memory in zip(*trained, strict=True):
        assert same_weights(on_disk, in_memory)


@pytest.mark.slow
def test_displays_draw_them(images, pixels, y, closed_figures):
    classifier = CLASSIFIERS["mlp"]().fit(images, y)

    wrong = MisclassifiedDisplay.from_estimator(classifier, images, y)
    assert_array_equal(
        wrong.images, MisclassifiedDisplay.from_estimator(classifier, pixels, y).images
    )
    ImageGridDisplay.from_images(images[:4], y[:4])


# --- from paths to labels


@pytest.mark.slow
def test_a_search_from_paths_decodes_each_file_once_and_scores_as_one_on_arrays(
    tmp_path, paths, pixels, y
):
    log = tmp_path / "log"
    from_paths = pipeline_of(NotingLoader((6, 5), log, tmp_path / "cache"))
    grid = {"cnn__dense_units": [3, 4]}
    search = GridSearchCV(from_paths, grid, cv=3, n_jobs=2, error_score="raise").fit(paths, y)

    assert sorted(log.read_text().split()) == sorted(paths)
    on_arrays = Pipeline(from_paths.steps[1:])
    expected = GridSearchCV(on_arrays, grid, cv=3).fit(pixels, y)
    for i in range(3):
        name = f"split{i}_test_score"
        assert_array_equal(search.cv_results_[name], expected.cv_results_[name])
    assert_array_equal(search.predict_proba(paths), expected.predict_proba(pixels))


@pytest.mark.slow
def test_images_that_stay_on_disk_are_searched_alike(tmp_path, monkeypatch, paths, pixels, y):
    monkeypatch.setattr(_loading, "_IN_MEMORY_BYTES", 100)
    pipeline = pipeline_of(ImageLoader((6, 5), cache_dir=tmp_path / "cache"))

    assert_array_equal(
        cross_val_score(pipeline, paths, y, cv=3), cross_val_score(pipeline[1:], pixels, y, cv=3)
    )
    fitted = pipeline.fit(paths, y)
    assert_array_equal(fitted.predict(paths[:1]), fitted[1:].predict(pixels[:1]))


@pytest.mark.slow
def test_a_fit_takes_no_more_memory_for_more_pictures(tmp_path):
    paths, _ = write_pictures(tmp_path / "pictures", 10, size=(8, 8))
    code = f"""
    import resource
    from skcnn import CNNClassifier, ImageLoader
    from skcnn._engine import feeding
    feeding._BLOCK_BYTES = 2**20
    cnn = CNNClassifier(
        1, dense_units=1, pool_size=16, epochs=1, validation_split=0, batch_size=8,
        early_stopping=False, rescale=1 / 255, random_state=0,
    )
    def peak_after(n):
        X = ImageLoader(512).fit_transform({paths!r} * (n // 10))
        cnn.fit(X, [i % 2 for i in range(n)])
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(peak_after(90), peak_after(270))
    """
    process = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True
    )
    few, many = map(int, process.stdout.split())
    assert many - few < 70  # MB; the images have 71 and 212
