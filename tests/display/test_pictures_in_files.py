"""Pictures of files: what displays draw of paths, and of Pipelines that begin with a loader."""

import h5py
import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline

from skcnn import CNNClassifier, ImageFlattener, ImageLoader, PixelScaler
from skcnn._pictures import read_picture
from skcnn.display import (
    FeatureMapsDisplay,
    ImageGridDisplay,
    MisclassifiedDisplay,
    SaliencyDisplay,
)
from skcnn.preprocessing import _loading

pytestmark = [
    pytest.mark.usefixtures("closed_figures"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]


@pytest.fixture(scope="module")
def paths(digits, tmp_path_factory):
    """Return the paths of forty digits as pictures of several sizes."""
    folder = tmp_path_factory.mktemp("pictures")
    for number, image in enumerate(digits[0][:40]):
        side = 8 + 4 * (number % 3)
        Image.fromarray(image).resize((side, side)).save(folder / f"{number:02}.png")
    return np.array(sorted(map(str, folder.iterdir())))


@pytest.fixture(scope="module")
def names(digits):
    return np.array([f"digit {label}" for label in digits[1][:40]])


@pytest.fixture(scope="module")
def logistic(paths, names):
    """Return a Pipeline from paths to names."""
    last = [ImageFlattener(), PixelScaler(), LogisticRegression(C=0.001)]
    return make_pipeline(ImageLoader(8, "grey"), *last).fit(paths, names)


@pytest.fixture(scope="module")
def network(paths, names):
    """Return a Pipeline from paths to a network that takes bytes."""
    cnn = CNNClassifier(
        2, dense_units=4, epochs=1, rescale=1 / 255, early_stopping=False, validation_split=0
    )
    return make_pipeline(ImageLoader((8, 8)), cnn).fit(paths, names)


def in_a_search(pipeline, paths, names):
    return GridSearchCV(pipeline, {"logisticregression__C": [0.001]}, cv=2).fit(paths, names)


def in_a_pipeline(pipeline, paths, names):
    return Pipeline([("outer", pipeline)])


def alone(pipeline, paths, names):
    return pipeline


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:The least populated class")
@pytest.mark.parametrize("around", [alone, in_a_search, in_a_pipeline])
@pytest.mark.parametrize("container", [list, np.array, pd.Series])
def test_mistakes_are_drawn_as_they_were_loaded(around, container, logistic, paths, names):
    estimator = around(logistic, paths, names)

    display = MisclassifiedDisplay.from_estimator(estimator, container(paths), names)

    predicted = estimator.predict(paths)
    assert display.n_misclassified == np.sum(predicted != names) > 0
    by_name = {path: read_picture(path, image_size=8, color="grey")[..., 0] for path in paths}
    for image, true, said in zip(display.images, display.y_true, display.y_pred, strict=True):
        (at,) = (i for i, path in enumerate(paths) if np.array_equal(by_name[path], image))
        assert (true, said) == (names[at], predicted[at])
    assert display.axes_[0, 0].get_title().startswith("true: digit")


@pytest.mark.slow
def test_mistakes_of_a_network(network, paths, names):
    display = MisclassifiedDisplay.from_estimator(network, paths, names)

    assert display.images.shape[1:] == (8, 8, 3)
    assert display.n_misclassified == np.sum(network.predict(paths) != names)


def test_of_images_on_disk_the_drawn_ones_alone_are_read(monkeypatch, paths, names):
    monkeypatch.setattr(_loading, "_IN_MEMORY_BYTES", 0)
    images = ImageLoader(8).fit_transform(paths)
    read = []
    monkeypatch.setattr(
        type(images), "read", lambda self, rows, pixels: read.extend(np.ravel(rows))
    )

    MisclassifiedDisplay.from_predictions(
        images, names, np.where(names == "digit 3", "digit 8", names), np.ones(40)
    )
    ImageGridDisplay.from_images(images, indices=[5])

    assert len(read) == np.sum(names == "digit 3") + 1


def test_the_layers_of_a_network_for_one_path(network, paths):
    display = FeatureMapsDisplay.from_estimator(network, paths[1])

    np.testing.assert_array_equal(display.image, read_picture(paths[1], image_size=8))
    assert list(display.outputs)[-1] == "probabilities"


def test_the_pixels_of_one_path_that_decided(logistic, paths):
    display = SaliencyDisplay.from_estimator(logistic, paths[1])

    expected = read_picture(paths[1], image_size=8, color="grey")[..., 0]
    np.testing.assert_array_equal(display.image, expected)
    behind = SaliencyDisplay.from_estimator(logistic[1:], expected[..., np.newaxis])
    np.testing.assert_array_equal(display.importance, behind.importance)
    assert display.importance.shape == (8, 8)


# --- a grid of files ----------------------------------------------------------------------------


@pytest.mark.parametrize("container", [list, np.array, pd.Series])
def test_a_grid_of_paths_keeps_proportions(container, tmp_path):
    for name, size in (("wide", (20, 10)), ("small", (4, 4)), ("large", (900, 30))):
        Image.new("RGB", size, "red").save(tmp_path / f"{name}.png")
    files = container([str(tmp_path / f"{name}.png") for name in ("wide", "small", "large")])

    alike = ImageGridDisplay.from_images(files, indices=[0, 0])
    differing = ImageGridDisplay.from_images(files, ["a", "b", "c"])

    assert alike.images.shape == (2, 10, 20, 3)
    assert (alike.images == (255, 0, 0)).all()
    assert differing.images.shape == (3, 256, 256, 3)
    is_red = (differing.images == (255, 0, 0)).all(axis=-1)
    assert is_red.any(axis=2).sum(axis=1).tolist() == [128, 256, 9]
    assert (differing.images[~is_red] == 255).all()
    assert [ax.get_title() for ax in differing.axes_.flat] == ["a", "b", "c"]


def test_only_the_files_that_are_drawn_are_read(paths, tmp_path):
    files = [tmp_path / "gone.png", *paths[:2]]

    assert len(ImageGridDisplay.from_images(files, indices=[1, 2]).images) == 2
    with pytest.raises(FileNotFoundError, match=r"gone\.png"):
        ImageGridDisplay.from_images(files)


def test_one_label_each(paths):
    with pytest.raises(ValueError, match="expected 40, received 3"):
        ImageGridDisplay.from_images(paths, [1, 2, 3])


def test_a_table_of_pixels_is_no_list_of_files(digits):
    table = pd.DataFrame(digits[0][:4].reshape(4, 64), columns=[f"p{i}" for i in range(64)])

    assert ImageGridDisplay.from_images(table, image_shape=(8, 8)).images.shape == (4, 8, 8)


def test_images_in_an_hdf5_file(digits, tmp_path):
    with h5py.File(tmp_path / "digits.h5", "w") as file:
        file["images"] = digits[0][:20]

        display = ImageGridDisplay.from_images(file["images"], indices=[3, 1])

    np.testing.assert_array_equal(display.images, digits[0][[3, 1]])
