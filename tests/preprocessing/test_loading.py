"""ImageLoader: what it takes, what it gives, and what scikit-learn asks of it."""

import io
import pickle
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from PIL import Image
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.utils import Bunch, estimator_checks, get_tags
from sklearn.utils.estimator_checks import check_estimator

from skcnn import ImageFlattener, ImageLoader, ImageReshaper, PixelScaler
from skcnn._cached_images import CachedImages
from skcnn._pictures import UnreadablePictureError
from skcnn.preprocessing import _loading

# --- what it takes


@pytest.mark.parametrize(
    "as_X",
    [
        list,
        tuple,
        np.array,
        lambda paths: np.array(paths, dtype=object),
        lambda paths: np.array(paths)[:, np.newaxis],
        lambda paths: [[path] for path in paths],
        pd.Series,
        lambda paths: pd.Series(paths, index=range(7, 15), dtype="category"),
        lambda paths: pd.DataFrame({"picture": paths}),
        lambda paths: [Path(path) for path in paths],
        lambda paths: [Path(path).read_bytes() for path in paths],
        lambda paths: [bytearray(Path(path).read_bytes()) for path in paths],
        lambda paths: [Image.open(path) for path in paths],
        lambda paths: pd.DataFrame({"picture": [Image.open(path) for path in paths]}),
        lambda paths: [Path(paths[0]), *paths[1:5], Image.open(paths[5]), *map(_bytes, paths[6:])],
    ],
)
def test_pictures_come_in_every_container(paths, pixels, as_X):
    images = ImageLoader((6, 5)).fit_transform(as_X(paths))

    assert type(images) is np.ndarray
    assert images.dtype == np.uint8
    assert_array_equal(images, pixels)


def _bytes(path):
    return Path(path).read_bytes()


def test_relative_paths_are_found(paths, pixels, monkeypatch):
    monkeypatch.chdir(Path(paths[0]).parent)

    names = [Path(path).name for path in paths]
    assert_array_equal(ImageLoader((6, 5)).fit_transform(names), pixels)


def test_the_same_picture_may_come_twice(paths, pixels):
    images = ImageLoader((6, 5)).fit_transform([paths[1], paths[0], paths[1]])

    assert_array_equal(images, pixels[[1, 0, 1]])


@pytest.mark.parametrize(
    ("parameters", "shape"),
    [
        ({"image_size": 4}, (4, 4, 3)),
        ({"image_size": [4, 3], "color": "grey"}, (4, 3, 1)),
        ({"image_size": (np.int64(2), 9), "fit": "pad"}, (2, 9, 3)),
    ],
)
def test_images_have_the_shape_that_was_asked_for(paths, parameters, shape):
    loader = ImageLoader(**parameters).fit(paths)

    assert loader.image_shape_ == shape
    assert loader.transform(paths).shape == (8, *shape)


def test_pixels_differ_where_the_picture_or_its_treatment_does(paths):
    treatments = [{}, {"color": "grey"}, {"fit": "crop"}, {"fit": "pad"}]
    given = [
        ImageLoader((4, 4), **treatment).fit_transform(paths).mean() for treatment in treatments
    ]

    assert len(set(given)) == 4


def test_two_pillow_images_of_the_same_numbers_and_other_colours_are_two():
    images = []
    for color in ((255, 0, 0), (0, 0, 255)):
        image = Image.new("P", (3, 3))
        image.putpalette(list(color))
        images.append(image)
    exif = Image.Exif()
    exif[0x0112] = 3
    content = io.BytesIO()
    turned = Image.fromarray(np.array([[0, 255]], np.uint8))
    turned.save(content, "PNG", exif=exif)

    loaded = ImageLoader((1, 2)).fit_transform([*images, turned, Image.open(content)])
    assert loaded[:, 0, 0].tolist() == [[255, 0, 0], [0, 0, 255], [0] * 3, [255] * 3]


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        ("a.png", ValueError, r"received a single str. Pass \[X\], or, to read a folder"),
        (Path("a.png"), ValueError, "received a single PosixPath"),
        (b"GIF89a", ValueError, "received a single bytes"),
        (Image.new("L", (2, 2)), ValueError, "received a single Image"),
        ([], ValueError, r"0 sample\(s\)"),
        (np.array([], dtype=str), ValueError, r"0 sample\(s\)"),
        ((p for p in ["a.png"]), TypeError, r"received a generator.*Pass list\(X\)"),
        (np.zeros((2, 3, 3), np.uint8), TypeError, r"shape \(2, 3, 3\) and dtype uint8. Arrays"),
        ([np.zeros((3, 3))], TypeError, "received a ndarray at index 0"),
        (np.array([["a", "b"]]), TypeError, r"received an array of shape \(1, 2\)"),
        (np.array([b"GIF89a"]), TypeError, "dtype |S6"),
        (["a.png", 7], TypeError, "received a int at index 1"),
        ([io.BytesIO(b"")], TypeError, "received a BytesIO at index 0"),
        ({"a": 1}, TypeError, "received a dict"),
        (Bunch(paths=["a.png"]), TypeError, r"received a Bunch that has some. Pass X\.paths"),
        (None, TypeError, "received a NoneType"),
        (pd.DataFrame({"a": ["b"], "c": ["d"]}), ValueError, "one column.*received 2 columns"),
    ],
)
def test_what_is_no_column_of_pictures_is_refused(X, error, message):
    with pytest.raises(error, match=message):
        ImageLoader((2, 2)).fit(X)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"image_size": 0}, "image_size must be"),
        ({"image_size": (3, 3, 3)}, "image_size must be"),
        ({"image_size": "32"}, "'image_size' parameter of ImageLoader must be"),
        ({"color": "gray"}, "'color' parameter of ImageLoader must be"),
        ({"fit": "squeeze"}, "'fit' parameter of ImageLoader must be"),
        ({"on_error": "skip"}, "'on_error' parameter of ImageLoader must be"),
        ({"cache_dir": 3}, "'cache_dir' parameter of ImageLoader must be"),
    ],
)
def test_unknown_values_of_parameters_are_refused(paths, parameters, message):
    with pytest.raises(ValueError, match=message):
        ImageLoader(**{"image_size": 2, **parameters}).fit(paths)


# --- pictures that cannot be read


@pytest.fixture
def spoiled(paths):
    """Spoil the third picture, and remove the sixth."""
    Path(paths[2]).write_bytes(b"<html>")
    Path(paths[5]).unlink()
    return paths


def test_a_picture_that_cannot_be_read_is_named(spoiled):
    loader = ImageLoader((6, 5)).fit(spoiled)

    with pytest.raises(FileNotFoundError, match=r"005.png' \(No such.*index 5 .*on_error='blank'"):
        loader.transform(spoiled)
    with pytest.raises(UnreadablePictureError, match=r"002.png'.*<html.*index 2 .*on_error='bl"):
        loader.transform(spoiled[:5])


def test_of_several_it_is_the_first_that_is_named_and_the_others_are_not_lost(spoiled, pixels):
    Path(spoiled[4]).write_bytes(b"")
    loader = ImageLoader((6, 5), n_jobs=2).fit(spoiled)

    with pytest.raises(UnreadablePictureError, match="index 2 of X"):
        loader.transform(spoiled[:5])
    assert_array_equal(loader.transform(spoiled[:2]), pixels[:2])


def test_blank_puts_white_in_their_place_and_warns_once(spoiled, pixels):
    X = [*spoiled, None, b"nonsense"]
    loader = ImageLoader((6, 5), on_error="blank").fit(X)

    with pytest.warns(UserWarning, match="4 of 10 pictures could not be read") as caught:
        images = loader.transform(X)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    message = str(caught[0].message)
    assert f"{spoiled[2]!r} (index 2), {spoiled[5]!r} (index 5), a missing value" in message
    assert "and 1 others" in message
    assert "<html" in message
    assert (images[[2, 5, 8, 9]] == 255).all()
    others = [0, 1, 3, 4, 6, 7]
    assert_array_equal(images[others], pixels[others])


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA])
def test_a_missing_value_is_a_picture_that_cannot_be_read(paths, missing):
    X = pd.DataFrame({"picture": [paths[0], missing]}, dtype=object)

    with pytest.raises(UnreadablePictureError, match=r"a missing value.*index 1 of X"):
        ImageLoader((6, 5)).fit_transform(X)


def test_a_blank_is_no_longer_one_once_the_picture_can_be_read(spoiled, pixels):
    loader = ImageLoader((6, 5), on_error="blank").fit(spoiled)
    with pytest.warns(UserWarning, match="2 of 8"):
        loader.transform(spoiled)

    for i in (2, 5):
        Image.fromarray(pixels[i]).save(spoiled[i])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert_array_equal(loader.transform(spoiled), pixels)


def test_nothing_is_warned_of_where_all_can_be_read(paths):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ImageLoader((6, 5), on_error="blank").fit_transform(paths)


# --- images that stay on disk


@pytest.fixture
def on_disk(monkeypatch):
    monkeypatch.setattr(_loading, "_IN_MEMORY_BYTES", 100)


def test_many_images_stay_on_disk(on_disk, paths, pixels):
    loader = ImageLoader((6, 5)).fit(paths)

    images = loader.transform(paths)
    assert isinstance(images, CachedImages)
    assert images.shape == pixels.shape
    assert_array_equal(images, pixels)
    assert type(loader.transform(paths[:1])) is np.ndarray


def test_other_transformers_take_them(on_disk, paths, pixels):
    rows = make_pipeline(ImageLoader((6, 5)), ImageFlattener(), PixelScaler()).fit_transform(paths)

    assert_array_equal(rows, pixels.reshape(8, -1) / np.float32(255))
    reshaped = make_pipeline(ImageLoader((6, 5)), ImageReshaper((6, 5, 3))).fit_transform(paths)
    assert_array_equal(reshaped, pixels)


# --- what scikit-learn asks


@pytest.mark.parametrize(
    "check",
    [
        "check_do_not_raise_errors_in_init_or_set_params",
        "check_estimator_cloneable",
        "check_estimator_repr",
        "check_estimators_unfitted",
        "check_get_params_invariance",
        "check_mixin_order",
        "check_no_attributes_set_in_init",
        "check_param_validation",
        "check_parameters_default_constructible",
        "check_set_params",
        "check_transformers_unfitted",
        "check_valid_tag_types",
    ],
)
def test_common_checks_that_need_no_table(check):
    getattr(estimator_checks, check)("ImageLoader", ImageLoader((4, 4)))


@pytest.mark.filterwarnings("ignore:Can't test estimator ImageLoader which requires input")
def test_those_that_scikit_learn_has_for_readers_of_strings():
    check_estimator(ImageLoader((4, 4)))


def test_no_tag_relaxes_the_common_checks():
    tags = get_tags(ImageLoader((4, 4)))

    assert not tags._skip_test
    assert not tags.no_validation
    assert not tags.non_deterministic
    assert tags.requires_fit
    assert tags.input_tags.string
    assert tags.input_tags.one_d_array
    assert not tags.input_tags.two_d_array
    assert tags.transformer_tags.preserves_dtype == []


def test_the_parameter_fit_stands_beside_the_method_fit(paths):
    loader = ImageLoader((4, 4), fit="pad")

    assert loader.get_params()["fit"] == "pad"
    assert repr(loader) == "ImageLoader(fit='pad', image_size=(4, 4))"
    assert clone(loader).get_params() == loader.get_params()
    loader.set_params(fit="crop")
    assert_array_equal(
        loader.fit(paths).transform(paths), ImageLoader((4, 4), fit="crop").fit_transform(paths)
    )
    assert pickle.loads(pickle.dumps(loader)).get_params()["fit"] == "crop"


def test_a_pickle_keeps_parameters_and_results(paths, pixels):
    loader = ImageLoader((6, 5), on_error="blank").fit(paths)

    restored = pickle.loads(pickle.dumps(loader))
    assert restored.get_params() == loader.get_params()
    assert vars(restored) == vars(loader)
    assert_array_equal(restored.transform(paths), pixels)


def test_an_unfitted_loader_says_so(paths):
    for use in (
        lambda loader: loader.transform(paths),
        lambda loader: loader.get_feature_names_out(),
    ):
        with pytest.raises(NotFittedError, match="ImageLoader"):
            use(ImageLoader((4, 4)))


@pytest.mark.parametrize(("color", "last"), [("rgb", "pixel_1_2_2"), ("grey", "pixel_1_2")])
def test_names_are_those_of_pixels(paths, color, last):
    names = ImageLoader((2, 3), color).fit(paths).get_feature_names_out(["picture"])

    assert names.dtype == object
    assert len(names) == (18 if color == "rgb" else 6)
    assert names[-1] == last


def test_images_are_no_table(paths):
    with pytest.raises(ValueError, match="do not fit into pandas output"):
        ImageLoader((2, 3)).set_output(transform="pandas")
    pipeline = make_pipeline(ImageLoader((2, 3)), ImageFlattener())
    pipeline[-1].set_output(transform="pandas")
    assert pipeline.fit_transform(paths).columns[-1] == "pixel_1_2_2"


def test_a_search_tries_sizes_and_fits(paths):
    from sklearn.linear_model import LogisticRegression

    pipeline = make_pipeline(ImageLoader((2, 2)), ImageFlattener(), LogisticRegression())
    grid = {"imageloader__image_size": [2, 3], "imageloader__fit": ["crop", "pad"]}
    search = GridSearchCV(pipeline, grid, cv=2, error_score="raise")
    search.fit(paths, list("abababab"))

    assert len(set(map(str, search.cv_results_["params"]))) == 4
