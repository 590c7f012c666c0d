"""What scikit-learn asks of the transformers, alone and in company."""

import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_checks, get_tags
from sklearn.utils.estimator_checks import check_estimator, parametrize_with_checks

from skcnn.preprocessing import (
    DigitNormalizer,
    ImageFlattener,
    ImageReshaper,
    LabelOneHotEncoder,
    PixelScaler,
)
from tests.preprocessing.samples import image_transformers
from tests.transformer_checks import OF_ITS_OWN_TRANSFORMERS


@pytest.mark.filterwarnings("ignore:PixelScaler received floats")
@parametrize_with_checks([ImageFlattener(), PixelScaler(), PixelScaler(max_value=1e6)])
def test_scikit_learns_common_checks(estimator, check):
    check(estimator)


@pytest.mark.filterwarnings("ignore:PixelScaler received floats")
@pytest.mark.filterwarnings("ignore:X (has|does not have valid) feature names")
@pytest.mark.parametrize("transformer", [ImageFlattener(), PixelScaler()])
@pytest.mark.parametrize("check", OF_ITS_OWN_TRANSFORMERS)
def test_checks_that_scikit_learn_keeps_for_its_own_transformers(transformer, check):
    getattr(estimator_checks, check)(type(transformer).__name__, transformer)


def test_image_reshaper_passes_each_common_check_with_the_pixels_it_feeds():
    # The checks feed rows of 1 to 10 features, and an ImageReshaper takes one number of pixels.
    passed, seen = set(), set()
    for n_pixels in (1, 2, 3, 4, 5, 10):
        reshaper = ImageReshaper(image_shape=(1, n_pixels))
        for record in check_estimator(reshaper, on_skip=None, on_fail=None):
            seen.add(record["check_name"])
            if record["status"] == "passed":
                passed.add(record["check_name"])
    assert len(seen) >= 40
    assert seen - passed <= {"check_array_api_input"}


@pytest.mark.parametrize(
    "check",
    [
        "check_do_not_raise_errors_in_init_or_set_params",
        "check_estimator_cloneable",
        "check_estimator_repr",
        "check_estimators_fit_returns_self",
        "check_estimators_overwrite_params",
        "check_estimators_unfitted",
        "check_fit_check_is_fitted",
        "check_fit_score_takes_y",
        "check_get_feature_names_out_error",
        "check_get_params_invariance",
        "check_mixin_order",
        "check_no_attributes_set_in_init",
        "check_parameters_default_constructible",
        "check_set_params",
        "check_transformers_unfitted",
        "check_valid_tag_types",
    ],
)
def test_label_encoder_passes_the_common_checks_that_fit_labels(check):
    getattr(estimator_checks, check)("LabelOneHotEncoder", LabelOneHotEncoder())


@pytest.mark.parametrize("transformer", [*image_transformers(), LabelOneHotEncoder()])
def test_no_tag_relaxes_the_common_checks(transformer):
    tags = get_tags(transformer)
    assert not tags._skip_test
    assert not tags.no_validation
    assert not tags.non_deterministic
    assert tags.requires_fit


def test_tags_tell_the_truth_about_input_and_output():
    for transformer in image_transformers():
        assert get_tags(transformer).input_tags.two_d_array
        assert get_tags(transformer).input_tags.three_d_array
        assert not get_tags(transformer).input_tags.allow_nan
    assert get_tags(PixelScaler()).input_tags.positive_only
    assert get_tags(PixelScaler()).transformer_tags.preserves_dtype == ["float32"]
    assert "uint8" in get_tags(ImageFlattener()).transformer_tags.preserves_dtype
    label_tags = get_tags(LabelOneHotEncoder())
    assert label_tags.input_tags.one_d_array
    assert label_tags.input_tags.string
    assert label_tags.input_tags.categorical
    assert label_tags.target_tags.one_d_labels
    assert not label_tags.input_tags.two_d_array
    assert label_tags.transformer_tags.preserves_dtype == []


@pytest.mark.parametrize("transformer", image_transformers())
def test_clone_and_pickle_keep_parameters_and_results(transformer, images):
    expected = transformer.fit(images).transform(images)
    restored = pickle.loads(pickle.dumps(transformer))
    assert_array_equal(restored.transform(images), expected)
    assert_array_equal(
        restored.inverse_transform(expected), transformer.inverse_transform(expected)
    )
    copy = clone(transformer)
    assert copy.get_params() == transformer.get_params()
    with pytest.raises(NotFittedError):
        copy.transform(images)


@pytest.mark.parametrize("transformer", image_transformers())
def test_unfitted_transformers_say_so(transformer, images):
    transformer = clone(transformer)
    for use in (transformer.transform, transformer.inverse_transform):
        with pytest.raises(NotFittedError, match=type(transformer).__name__):
            use(images)
    with pytest.raises(NotFittedError):
        transformer.get_feature_names_out()


@pytest.mark.parametrize("transformer", [*image_transformers(), DigitNormalizer()])
@pytest.mark.parametrize("files", [["7.png", "9.png"], pd.DataFrame({"file": ["7.png", "9.png"]})])
def test_who_passes_files_is_told_of_image_loader(transformer, files):
    message = f"{type(transformer).__name__} expected numbers in X; received '7.png'. .*Loader"
    with pytest.raises(ValueError, match=message):
        transformer.fit(files)


def test_repr_shows_how_to_build_it():
    assert repr(ImageReshaper(image_shape=(28, 28))) == "ImageReshaper(image_shape=(28, 28))"
    assert repr(PixelScaler(max_value=65535)) == "PixelScaler(max_value=65535)"
    assert repr(ImageFlattener()) == "ImageFlattener()"
    assert repr(LabelOneHotEncoder()) == "LabelOneHotEncoder()"


# in company


@pytest.mark.parametrize("as_table", [False, True])
def test_pipeline_of_all_three_names_its_columns(rows, table, as_table):
    X = table if as_table else rows
    pipeline = make_pipeline(ImageReshaper((2, 3, 2)), PixelScaler(), ImageFlattener()).fit(X)
    assert_array_equal(pipeline.transform(X), rows.astype(np.float32) / np.float32(255))
    expected = table.columns if as_table else pipeline[0].get_feature_names_out()
    assert_array_equal(pipeline.get_feature_names_out(), expected)
    restored = pipeline.inverse_transform(pipeline.transform(X))
    assert restored.dtype == np.uint8
    assert_array_equal(restored, rows)


def test_pipeline_on_images_gives_a_table_at_its_end(images):
    pipeline = make_pipeline(PixelScaler(), ImageFlattener()).set_output(transform="pandas")
    output = pipeline.fit_transform(images)
    assert isinstance(output, pd.DataFrame)
    assert_array_equal(output.columns, pipeline.get_feature_names_out())
    assert_array_equal(output, images.reshape(6, 12).astype(np.float32) / np.float32(255))


@pytest.mark.parametrize("kind_column", ["kind", ["kind"]])
def test_column_transformer_applies_them_to_its_columns(table, labels, kind_column):
    columns = ColumnTransformer(
        [
            ("scaled", PixelScaler(), ["p0", "p1"]),
            ("flat", ImageFlattener(), ["p2"]),
            ("label", LabelOneHotEncoder(), kind_column),
        ]
    )
    output = columns.set_output(transform="pandas").fit_transform(table.assign(kind=labels))
    names = ["scaled__p0", "scaled__p1", "flat__p2", "label__kind_cat", "label__kind_dog"]
    assert output.columns.tolist() == names
    assert columns.get_feature_names_out().tolist() == names
    assert_array_equal(output["scaled__p1"], (table["p1"] / np.float32(255)).astype(np.float32))
    assert_array_equal(output["flat__p2"], table["p2"])
    assert_array_equal(output["label__kind_dog"], labels == "dog")


def test_grid_search_sets_their_parameters(images, labels):
    pipeline = make_pipeline(
        PixelScaler(),
        ImageFlattener(),
        ImageReshaper((1, 12)),
        ImageFlattener(),
        LogisticRegression(),
    )
    grid = {
        "pixelscaler__max_value": [255, 1000],
        "imagereshaper__image_shape": [(3, 4), (2, 3, 2)],
    }
    search = GridSearchCV(pipeline, grid, cv=2, error_score="raise").fit(images, labels)
    assert len(search.cv_results_["params"]) == 4
    assert (
        search.best_estimator_[2].image_shape == search.best_params_["imagereshaper__image_shape"]
    )
    assert set(search.predict(images)) <= {"cat", "dog"}


def test_grid_search_reports_a_maximum_that_is_too_small(images, labels):
    pipeline = make_pipeline(PixelScaler(), ImageFlattener(), LogisticRegression())
    search = GridSearchCV(pipeline, {"pixelscaler__max_value": [1]}, cv=2, error_score="raise")
    with pytest.raises(ValueError, match="above max_value=1 "):
        search.fit(images, labels)


@pytest.mark.slow
def test_neither_tensorflow_nor_keras_is_loaded():
    program = "import skcnn.preprocessing, sys; print({'tensorflow', 'keras'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "set()", done.stderr
