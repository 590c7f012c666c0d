"""What the transformers of skcnn.preprocessing promise."""

import pickle
import re
import subprocess
import sys
import tracemalloc

import numpy as np
import pandas as pd
import pytest
import sklearn
from numpy.testing import assert_array_equal
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_checks, get_tags
from sklearn.utils.estimator_checks import check_estimator, parametrize_with_checks

from skcnn.preprocessing import ImageFlattener, ImageReshaper, LabelOneHotEncoder, PixelScaler

NUMERIC_DTYPES = ["uint8", "int16", "int64", "bool", "float16", "float32", "float64"]


@pytest.fixture
def rows():
    return np.random.default_rng(0).integers(0, 256, (6, 12), dtype=np.uint8)


@pytest.fixture
def images(rows):
    return rows.reshape(6, 2, 3, 2)


@pytest.fixture
def table(rows):
    return pd.DataFrame(rows, columns=[f"p{i}" for i in range(12)], index=list("abcdef"))


@pytest.fixture
def labels():
    return np.array(["cat", "dog", "cat", "dog", "cat", "dog"])


def image_transformers():
    return [ImageReshaper((2, 3, 2)), ImageFlattener(), PixelScaler()]


# scikit-learn's contract


@parametrize_with_checks([ImageFlattener(), PixelScaler(), PixelScaler(max_value=1e6)])
def test_scikit_learns_common_checks(estimator, check):
    check(estimator)


@pytest.mark.filterwarnings("ignore:X (has|does not have valid) feature names")
@pytest.mark.parametrize("transformer", [ImageFlattener(), PixelScaler()])
@pytest.mark.parametrize(
    "check",
    [
        "check_dataframe_column_names_consistency",
        "check_global_output_transform_pandas",
        "check_inplace_ensure_writeable",
        "check_param_validation",
        "check_set_output_transform",
        "check_set_output_transform_pandas",
        "check_transformer_get_feature_names_out",
        "check_transformer_get_feature_names_out_pandas",
    ],
)
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


def test_repr_shows_how_to_build_it():
    assert repr(ImageReshaper(image_shape=(28, 28))) == "ImageReshaper(image_shape=(28, 28))"
    assert repr(PixelScaler(max_value=65535)) == "PixelScaler(max_value=65535)"
    assert repr(ImageFlattener()) == "ImageFlattener()"
    assert repr(LabelOneHotEncoder()) == "LabelOneHotEncoder()"


# what all transformers of images refuse


@pytest.mark.parametrize("transformer", image_transformers())
@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        (csr_array(np.eye(12)), TypeError, "Sparse data was passed"),
        (np.full((2, 12), "a"), ValueError, "not compatible with arrays of bytes/strings"),
        (np.full((2, 2, 3, 2), "a"), ValueError, "not compatible with arrays of bytes/strings"),
        (np.full((2, 12), {}, dtype=object), TypeError, "float"),
        (np.ones((2, 12), dtype=complex), ValueError, "Complex data not supported"),
        (np.full((2, 2, 3, 2), np.nan), ValueError, "Input X contains NaN"),
        (np.full((2, 12), np.inf), ValueError, "Input X contains infinity"),
        (np.empty((0, 12)), ValueError, r"0 sample\(s\)"),
        (np.empty((0, 2, 3, 2)), ValueError, r"0 sample\(s\)"),
        (np.ones(12), ValueError, "Reshape your data"),
        (pd.Series(np.ones(12)), ValueError, "2-dimensional container"),
        ([np.ones((2, 3, 2)), np.ones((2, 2, 2))], ValueError, "images in X differ in shape"),
        ([[1, 2, 3], [1, 2]], ValueError, "images in X differ in shape"),
    ],
)
def test_bad_input_is_refused_in_fit_and_in_transform(transformer, X, error, message, images):
    with pytest.raises(error, match=message):
        clone(transformer).fit(X)
    with pytest.raises(error, match=message):
        clone(transformer).fit(images).transform(X)


@pytest.mark.parametrize("transformer", [ImageFlattener(), PixelScaler()])
def test_images_need_pixels_and_at_most_four_dimensions(transformer):
    with pytest.raises(ValueError, match=r"0 feature\(s\) \(shape=\(3, 0, 2\)\)"):
        transformer.fit(np.ones((3, 0, 2)))
    with pytest.raises(ValueError, match="dim 5, while dim <= 4 is required"):
        transformer.fit(np.ones((2, 2, 2, 2, 2)))


@pytest.mark.parametrize("transformer", [ImageFlattener(), PixelScaler()])
@pytest.mark.parametrize("shape", [(6, 12), (6, 3, 2, 2), (6, 4, 3), (6, 2, 3, 1)])
def test_other_image_shape_in_transform_is_refused(transformer, shape, images):
    transformer = clone(transformer).fit(images)
    wanted = re.escape(
        f"expected X of shape (n_samples, 2, 3, 2), but received X of shape {shape}"
    )
    with pytest.raises(ValueError, match=f"{wanted}.*fit again"):
        transformer.transform(np.zeros(shape))


@pytest.mark.parametrize("transformer", [*image_transformers()])
def test_single_image_without_its_axis_is_recognised(transformer, images):
    transformer = clone(transformer).fit(images)
    with pytest.raises(ValueError, match=r"X\[np.newaxis\]"):
        transformer.transform(images[0])


@pytest.mark.parametrize("transformer", image_transformers())
def test_one_sample_is_enough(transformer, images):
    assert len(clone(transformer).fit_transform(images[:1])) == 1


# ImageReshaper


@pytest.mark.parametrize("dtype", NUMERIC_DTYPES)
def test_reshaper_makes_images_of_rows_as_views_of_the_same_dtype(rows, dtype):
    rows = rows.astype(dtype)
    images = ImageReshaper(image_shape=(2, 3, 2)).fit_transform(rows)
    assert images.shape == (6, 2, 3, 2)
    assert images.dtype == dtype
    assert np.shares_memory(images, rows)
    assert_array_equal(images[4, 1, 2], rows[4, -2:])


@pytest.mark.parametrize("image_shape", [(3, 4), [3, 4], (3, 4, 1), (np.int64(3), np.int32(4))])
@pytest.mark.parametrize("input_shape", [(6, 12), (6, 3, 4), (6, 3, 4, 1)])
def test_reshaper_takes_rows_and_images_of_one_channel(rows, image_shape, input_shape):
    X = rows.reshape(input_shape)
    reshaper = ImageReshaper(image_shape=image_shape).fit(X)
    images = reshaper.transform(X)
    assert images.shape == (6, 3, 4, 1)
    assert np.shares_memory(images, X)
    assert reshaper.image_shape_ == (3, 4, 1)
    assert all(type(n) is int for n in reshaper.image_shape_)
    assert reshaper.n_features_in_ == 12
    assert reshaper.image_shape is image_shape


def test_reshaper_fitted_on_rows_transforms_images_too(rows, images):
    reshaper = ImageReshaper(image_shape=(2, 3, 2)).fit(rows)
    assert_array_equal(reshaper.transform(images), images)


def test_reshaper_takes_lists_and_tables(rows, table):
    expected = rows.reshape(6, 2, 3, 2)
    reshaper = ImageReshaper(image_shape=(2, 3, 2))
    assert_array_equal(reshaper.fit_transform(rows.tolist()), expected)
    assert_array_equal(reshaper.fit_transform(list(expected)), expected)
    assert not hasattr(reshaper, "feature_names_in_")
    assert_array_equal(reshaper.fit_transform(table), expected)
    assert reshaper.transform(table).dtype == np.uint8
    assert_array_equal(reshaper.feature_names_in_, table.columns)
    with pytest.raises(ValueError, match="feature names should match"):
        reshaper.transform(table[table.columns[::-1]])


def test_reshaper_takes_memory_that_allows_no_view(images):
    turned = images.swapaxes(1, 2)
    assert_array_equal(ImageReshaper((3, 2, 2)).fit_transform(turned), turned)
    assert_array_equal(
        ImageReshaper((3, 2, 2)).fit(turned).inverse_transform(turned),
        np.ascontiguousarray(turned).reshape(6, 12),
    )


def test_reshaper_goes_back_to_rows_as_a_view(rows):
    reshaper = ImageReshaper(image_shape=(3, 4))
    images = reshaper.fit_transform(rows)
    restored = reshaper.inverse_transform(images)
    assert_array_equal(restored, rows)
    assert restored.dtype == np.uint8
    assert np.shares_memory(restored, rows)
    assert reshaper.inverse_transform(rows.reshape(6, 3, 4)).shape == (6, 12)
    with pytest.raises(ValueError, match=r"received X of shape \(6, 4, 3, 1\)"):
        reshaper.inverse_transform(images.reshape(6, 4, 3, 1))


def test_reshaper_goes_back_from_a_table_without_a_warning_about_names(table, recwarn):
    reshaper = ImageReshaper(image_shape=(3, 4)).fit(table)
    reshaper.inverse_transform(reshaper.transform(table))
    assert [str(warning.message) for warning in recwarn] == []


@pytest.mark.parametrize("shape", [(6, 11), (6, 4, 3), (6, 3, 4, 3), (6, 3, 4, 1, 1)])
def test_reshaper_says_what_was_expected_received_and_what_to_do(rows, shape):
    X = np.zeros(shape)
    message = (
        re.escape("expected X of shape (n_samples, 12) or (n_samples, 3, 4, 1) or (n_samples, 3, ")
        + re.escape(f"4), but received X of shape {shape}.")
        + ".*set image_shape"
    )
    with pytest.raises(ValueError, match=message):
        ImageReshaper(image_shape=(3, 4)).fit(X)
    with pytest.raises(ValueError, match=message):
        ImageReshaper(image_shape=(3, 4)).fit(rows).transform(X)


def test_reshaper_refuses_images_without_channels_where_there_are_several(images):
    with pytest.raises(ValueError, match=r"\(n_samples, 12\) or \(n_samples, 2, 3, 2\), but"):
        ImageReshaper(image_shape=(2, 3, 2)).fit(images[..., 0])


@pytest.mark.parametrize(
    "image_shape", [(0, 12), (-3, -4), (3.0, 4), ("3", "4"), (12,), (), (1, 2, 3, 2)]
)
def test_reshaper_refuses_bad_shapes_when_it_is_fitted(rows, image_shape):
    reshaper = ImageReshaper(image_shape=image_shape)
    message = re.escape(f"all positive integers, got {image_shape}")
    with pytest.raises(ValueError, match=message):
        reshaper.fit(rows)


@pytest.mark.parametrize("image_shape", [12, "34", None])
def test_reshaper_refuses_shapes_that_are_no_tuples(rows, image_shape):
    with pytest.raises(ValueError, match="'image_shape' parameter of ImageReshaper must be"):
        ImageReshaper(image_shape=image_shape).fit(rows)


def test_reshaper_names_the_pixels_of_the_flattened_image(rows, table):
    reshaper = ImageReshaper(image_shape=(2, 3, 2)).fit(rows)
    assert reshaper.get_feature_names_out()[:3].tolist() == [
        "pixel_0_0_0",
        "pixel_0_0_1",
        "pixel_0_1_0",
    ]
    one_channel = ImageReshaper(image_shape=(3, 4)).fit(rows).get_feature_names_out()
    assert one_channel[-1] == "pixel_2_3"
    assert_array_equal(reshaper.fit(table).get_feature_names_out(), table.columns)
    with pytest.raises(ValueError, match="input_features"):
        reshaper.get_feature_names_out(["too", "few"])


@pytest.mark.parametrize("container", ["pandas", "polars"])
def test_reshaper_refuses_to_make_a_table(container):
    message = f"ImageReshaper returns images .* not a table .* {container} output"
    with pytest.raises(ValueError, match=message):
        ImageReshaper(image_shape=(3, 4)).set_output(transform=container)
    with pytest.raises(ValueError, match=message):
        make_pipeline(ImageReshaper((3, 4)), ImageFlattener()).set_output(transform=container)


def test_reshaper_keeps_arrays_under_global_pandas_output(table):
    reshaper = ImageReshaper(image_shape=(3, 4))
    assert reshaper.set_output(transform="default") is reshaper
    assert reshaper.set_output() is reshaper
    with sklearn.config_context(transform_output="pandas"):
        for output in (reshaper.fit_transform(table), reshaper.transform(table)):
            assert type(output) is np.ndarray
            assert output.shape == (6, 3, 4, 1)


# ImageFlattener


@pytest.mark.parametrize("dtype", NUMERIC_DTYPES)
@pytest.mark.parametrize("shape", [(6, 12), (6, 3, 4), (6, 2, 3, 2)])
def test_flattener_makes_rows_and_goes_back_without_a_copy(rows, dtype, shape):
    X = rows.astype(dtype).reshape(shape)
    flattener = ImageFlattener().fit(X)
    flat = flattener.transform(X)
    assert_array_equal(flat, X.reshape(6, 12))
    assert flat.dtype == dtype
    assert np.shares_memory(flat, X)
    restored = flattener.inverse_transform(flat)
    assert_array_equal(restored, X)
    assert restored.dtype == dtype
    assert np.shares_memory(restored, X)
    assert flattener.n_features_in_ == 12
    assert flattener.image_shape_ == shape[1:]


def test_flattener_takes_lists_of_images_and_memory_that_allows_no_view(images):
    flat = images.reshape(6, 12)
    assert_array_equal(ImageFlattener().fit_transform(images.tolist()), flat)
    assert_array_equal(ImageFlattener().fit_transform(list(images)), flat)
    assert_array_equal(ImageFlattener().fit_transform(np.asfortranarray(images)), flat)


def test_flattener_goes_back_only_from_rows_of_the_right_width(images):
    flattener = ImageFlattener().fit(images)
    with pytest.raises(ValueError, match=r"expected X of shape \(n_samples, 12\)"):
        flattener.inverse_transform(np.zeros((6, 11)))
    with pytest.raises(ValueError, match=r"received X of shape \(6, 2, 3, 2\)"):
        flattener.inverse_transform(images)


@pytest.mark.parametrize(
    ("shape", "first", "last"),
    [
        ((6, 12), "x0", "x11"),
        ((6, 3, 4), "pixel_0_0", "pixel_2_3"),
        ((6, 3, 4, 1), "pixel_0_0", "pixel_2_3"),
        ((6, 2, 3, 2), "pixel_0_0_0", "pixel_1_2_1"),
    ],
)
@pytest.mark.parametrize("Transformer", [ImageFlattener, PixelScaler])
def test_pixels_are_named_after_their_place(rows, Transformer, shape, first, last):
    names = Transformer().fit(rows.reshape(shape)).get_feature_names_out()
    assert (names[0], names[-1], len(names)) == (first, last, 12)
    assert names.dtype == object


@pytest.mark.parametrize("Transformer", [ImageFlattener, PixelScaler])
def test_columns_of_a_table_keep_their_names(table, images, Transformer):
    transformer = Transformer().fit(table)
    assert_array_equal(transformer.get_feature_names_out(), table.columns)
    assert transformer.fit(images).get_feature_names_out()[0] == "pixel_0_0_0"
    assert_array_equal(transformer.get_feature_names_out(table.columns), table.columns)


def test_flattener_makes_a_table_of_images(images):
    flat = ImageFlattener().set_output(transform="pandas").fit_transform(images)
    assert isinstance(flat, pd.DataFrame)
    assert flat.columns[-1] == "pixel_1_2_1"
    assert (flat.dtypes == np.uint8).all()
    assert_array_equal(flat, images.reshape(6, 12))


# PixelScaler


@pytest.mark.parametrize("dtype", NUMERIC_DTYPES)
@pytest.mark.parametrize("shape", [(6, 12), (6, 3, 4), (6, 2, 3, 2)])
@pytest.mark.parametrize("max_value", [255, 1000.5])
def test_scaler_divides_in_float32_to_the_bit(rows, dtype, shape, max_value):
    X = rows.astype(dtype).reshape(shape)
    scaled = PixelScaler(max_value=max_value).fit_transform(X)
    assert scaled.dtype == np.float32
    assert scaled.shape == shape
    assert_array_equal(scaled, X.astype(np.float32) / np.float32(max_value))


def test_scaler_reaches_zero_and_one_exactly():
    levels = np.arange(256, dtype=np.uint8).reshape(1, -1)
    scaled = PixelScaler().fit_transform(levels)
    assert scaled[0, 0] == 0
    assert scaled[0, 255] == 1
    assert (np.diff(scaled) > 0).all()


@pytest.mark.parametrize(
    ("dtype", "max_value"), [("uint8", 255), ("uint16", 65535), ("int32", 4095), ("bool", 1)]
)
def test_scaler_round_trip_is_the_identity_for_integers(dtype, max_value):
    levels = np.arange(max_value + 1).astype(dtype).reshape(1, -1)
    scaler = PixelScaler(max_value=max_value)
    restored = scaler.inverse_transform(scaler.fit_transform(levels))
    assert restored.dtype == dtype
    assert_array_equal(restored, levels)
    assert scaler.input_dtype_ == dtype


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_scaler_goes_back_in_float32_where_it_was_fitted_on_floats(dtype):
    X = np.array([[0.25, 12.3, 255]], dtype=dtype)
    scaler = PixelScaler().fit(X)
    restored = scaler.inverse_transform(scaler.transform(X))
    assert restored.dtype == np.float32
    np.testing.assert_allclose(restored, X, rtol=1e-6)


@pytest.mark.parametrize(
    ("dtype", "max_value", "largest"),
    [
        ("uint8", 255, 255),
        ("uint8", 1000, 255),
        ("int16", 99, 99),
        ("int32", 2**31 - 1, 2**31 - 2**7),
    ],
)
def test_scaler_clips_on_the_way_back_to_integers_instead_of_wrapping(dtype, max_value, largest):
    scaler = PixelScaler(max_value=max_value).fit(np.ones((1, 2), dtype=dtype))
    assert scaler.inverse_transform([[-0.5, 1.5]]).tolist() == [[0, largest]]


def test_scaler_rounds_to_the_nearest_integer_on_the_way_back():
    scaler = PixelScaler().fit(np.zeros((1, 2), dtype=np.uint8))
    assert scaler.inverse_transform([[0.999, 0.501]]).tolist() == [[255, 128]]


def test_scaler_goes_back_only_from_the_fitted_shape(images):
    scaler = PixelScaler().fit(images)
    with pytest.raises(ValueError, match=r"received X of shape \(6, 12\)"):
        scaler.inverse_transform(images.reshape(6, 12))


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (
            [[-1, 7]],
            "Negative values in data passed to PixelScaler.* smallest is -1 .* is 7.*shift",
        ),
        ([[[-1e-60]]], "Negative values in data.* smallest is -1e-60"),
        ([[3, 256]], "above max_value=255 .* from 0 to 255.* smallest is 3 .* largest is 256"),
        ([[0.0, 255.001]], "largest is 255.001.*set max_value to the largest value"),
        (np.array([[300]], dtype=np.uint16), "largest is 300"),
        (np.array([[-3]], dtype=np.int8), "smallest is -3"),
    ],
)
def test_scaler_refuses_pixels_out_of_range(X, message):
    with pytest.raises(ValueError, match=message):
        PixelScaler().fit(X)
    with pytest.raises(ValueError, match=message):
        PixelScaler().fit(np.zeros_like(X)).transform(X)


@pytest.mark.parametrize("dtype", ["uint8", "bool"])
def test_scaler_refuses_values_above_a_maximum_below_what_the_dtype_holds(dtype):
    with pytest.raises(ValueError, match=r"above max_value=0.5.* largest is (1|True)"):
        PixelScaler(max_value=0.5).fit(np.ones((1, 2), dtype=dtype))


@pytest.mark.parametrize("max_value", [0.1, 0.3, 0.7, 1 / 3])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_scaler_takes_a_maximum_that_float32_rounds(max_value, dtype):
    X = np.array([[max_value]], dtype=dtype)
    assert PixelScaler(max_value=max_value).fit_transform(X).tolist() == [[1.0]]


@pytest.mark.parametrize("max_value", [0, -255, np.inf, np.nan, 1e-50, 1e50, "255", None])
def test_scaler_refuses_a_bad_maximum_when_it_is_fitted(rows, max_value):
    scaler = PixelScaler(max_value=max_value)
    with pytest.raises(ValueError, match="'max_value' parameter of PixelScaler must be"):
        scaler.fit(rows)


def test_scaler_leaves_its_input_alone(rows):
    before = rows.copy()
    scaled = PixelScaler().fit_transform(rows)
    PixelScaler().fit(rows).inverse_transform(scaled)
    assert_array_equal(rows, before)
    assert_array_equal(scaled, before.astype(np.float32) / np.float32(255))


def test_scaler_needs_the_memory_of_its_output_and_no_more():
    X = np.full((60_000, 784), 255, dtype=np.uint8)
    tracemalloc.start()
    scaled = PixelScaler().fit_transform(X)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert scaled.nbytes <= peak < 1.1 * scaled.nbytes


def test_scaler_does_not_search_integers_that_cannot_leave_the_range(monkeypatch):
    class NeverSearched(np.ndarray):
        def min(self, *args, **kwargs):
            raise AssertionError("searched")

    monkeypatch.setattr(
        "skcnn.preprocessing._images.check_array", lambda X, **_: X.view(NeverSearched)
    )
    assert PixelScaler().fit(np.ones((2, 2), dtype=np.uint8)).n_features_in_ == 2
    with pytest.raises(AssertionError, match="searched"):
        PixelScaler().fit(np.ones((2, 2), dtype=np.int16))


def test_scaler_makes_a_table_of_rows(table):
    scaled = PixelScaler().set_output(transform="pandas").fit_transform(table)
    assert_array_equal(scaled.columns, table.columns)
    assert_array_equal(scaled.index, table.index)
    assert (scaled.dtypes == np.float32).all()


def test_scaler_keeps_images_arrays_under_pandas_output(images, rows):
    with sklearn.config_context(transform_output="pandas"):
        assert type(PixelScaler().fit_transform(images)) is np.ndarray
        assert isinstance(PixelScaler().fit_transform(rows), pd.DataFrame)
    scaler = PixelScaler().set_output(transform="pandas")
    assert type(scaler.fit(images).transform(images)) is np.ndarray
    assert isinstance(scaler.fit(rows).transform(rows), pd.DataFrame)
    scaler.fit(images)
    assert scaler.set_output(transform="default") is scaler
    with pytest.raises(ValueError, match="PixelScaler returns images"):
        scaler.set_output(transform="pandas")


# LabelOneHotEncoder


@pytest.mark.parametrize(
    "y",
    [
        [3, 1, 2, 1],
        ["b", "a", "c", "a"],
        [True, False, True, True],
        [0.5, 1.5, 0.5, 2.5],
        np.array([7, 5, 7, 5], dtype=np.uint8),
        np.array(["b", "a", "c", "a"], dtype=object),
        np.array(["2020-01-02", "2020-01-01"], dtype="datetime64[D]"),
        pd.Series(["b", "a", "c", "a"], index=[9, 8, 7, 6]),
        pd.Series(["b", "a", "c", "a"], dtype="category"),
        pd.Series([True, False, True], dtype="boolean"),
        pd.Series([3, 1, 2, 1], dtype="Int64"),
    ],
)
def test_labels_of_any_kind_go_to_one_hot_rows_and_back(y):
    encoder = LabelOneHotEncoder()
    Y = encoder.fit_transform(y)
    assert Y.dtype == np.float32
    assert_array_equal(encoder.classes_, np.unique(np.asarray(y)))
    assert_array_equal(Y, np.asarray(y)[:, None] == encoder.classes_)
    restored = encoder.inverse_transform(Y)
    assert_array_equal(restored, np.asarray(y))
    assert restored.dtype == encoder.classes_.dtype == np.asarray(y).dtype


def test_two_classes_get_two_columns_and_one_class_gets_one():
    encoder = LabelOneHotEncoder()
    assert encoder.fit_transform(["no", "yes"]).tolist() == [[1, 0], [0, 1]]
    assert encoder.fit_transform(["yes", "yes"]).tolist() == [[1], [1]]


def test_transform_keeps_the_columns_of_fit():
    encoder = LabelOneHotEncoder().fit([0, 1, 2])
    assert encoder.transform([2]).tolist() == [[0, 0, 1]]
    assert encoder.transform(np.array([1.0])).tolist() == [[0, 1, 0]]


def test_probabilities_become_the_most_likely_label():
    encoder = LabelOneHotEncoder().fit(["a", "b", "c"])
    probabilities = [[0.2, 0.1, 0.7], [0.4, 0.4, 0.2], [0.1, 0.8, 0.1]]
    assert encoder.inverse_transform(probabilities).tolist() == ["c", "a", "b"]
    assert encoder.inverse_transform(pd.DataFrame(probabilities)).tolist() == ["c", "a", "b"]


def test_unseen_labels_are_listed_with_the_known_ones():
    encoder = LabelOneHotEncoder().fit(["a", "b"])
    with pytest.raises(ValueError, match=r"not seen in fit: \['ccc', 'd'\].*\['a', 'b'\]"):
        encoder.transform(["ccc", "a", "d", "ccc"])
    with pytest.raises(ValueError, match=r"not seen in fit: \[1\]"):
        encoder.transform([1])


@pytest.mark.parametrize(
    ("y", "error", "message"),
    [
        ([], ValueError, r"0 sample\(s\)"),
        (3, ValueError, "1d array"),
        ([[1, 0], [0, 1]], ValueError, r"1d array.* shape \(2, 2\)"),
        ([1.0, np.nan], ValueError, "NaN"),
        (np.array(["a", np.nan], dtype=object), ValueError, "NaN"),
        (pd.Series([1, None], dtype="Int64"), ValueError, "NaN"),
        (np.array(["a", 1], dtype=object), TypeError, "types int, str"),
        (np.array(["a", None], dtype=object), TypeError, "types NoneType, str"),
    ],
)
def test_bad_labels_are_refused(y, error, message):
    with pytest.raises(error, match=message):
        LabelOneHotEncoder().fit(y)


@pytest.mark.parametrize(
    ("Y", "message"),
    [
        ([[1, 0, 0]], r"2 columns, one for each of the classes \['a', 'b'\].* shape \(1, 3\)"),
        ([[1]], r"received Y of shape \(1, 1\)"),
        ([0, 1], "Reshape your data"),
        ([[0.5, np.nan]], "Input Y contains NaN"),
        ([[0.5, np.inf]], "Input Y contains infinity"),
    ],
)
def test_bad_probabilities_are_refused(Y, message):
    with pytest.raises(ValueError, match=message):
        LabelOneHotEncoder().fit(["a", "b"]).inverse_transform(Y)


def test_unfitted_label_encoder_says_so():
    for use in (LabelOneHotEncoder().transform, LabelOneHotEncoder().inverse_transform):
        with pytest.raises(NotFittedError, match="LabelOneHotEncoder"):
            use([[1]])
    with pytest.raises(NotFittedError):
        LabelOneHotEncoder().get_feature_names_out()


@pytest.mark.parametrize(
    ("y", "name"),
    [
        (["b", "a"], "label"),
        ([["b"], ["a"]], "label"),
        (pd.Series(["b", "a"], name="kind"), "kind"),
        (pd.DataFrame({"kind": ["b", "a"]}), "kind"),
        (pd.DataFrame([["b"], ["a"]]), "label"),
    ],
)
def test_one_hot_columns_are_named_after_label_and_class(y, name):
    encoder = LabelOneHotEncoder().fit(y)
    assert encoder.label_name_ == name
    assert encoder.get_feature_names_out().tolist() == [f"{name}_a", f"{name}_b"]
    assert encoder.get_feature_names_out(["in"]).tolist() == ["in_a", "in_b"]
    with pytest.raises(ValueError, match=r"length equal to 1, .* got 2"):
        encoder.get_feature_names_out(["one", "two"])


def test_labels_of_another_name_are_welcome_in_transform(recwarn):
    encoder = LabelOneHotEncoder().fit(pd.Series([0, 1], name="truth"))
    assert encoder.transform(pd.Series([1], name="prediction")).tolist() == [[0, 1]]
    assert encoder.transform([1]).tolist() == [[0, 1]]
    assert len(recwarn) == 0


def test_one_hot_rows_as_a_table():
    y = pd.Series(["b", "a"], index=[5, 7], name="kind")
    Y = LabelOneHotEncoder().set_output(transform="pandas").fit_transform(y)
    expected = pd.DataFrame(
        [[0, 1], [1, 0]], index=[5, 7], columns=["kind_a", "kind_b"], dtype=np.float32
    )
    pd.testing.assert_frame_equal(Y, expected)


def test_label_encoder_survives_clone_and_pickle():
    encoder = LabelOneHotEncoder().fit(["a", "b"])
    restored = pickle.loads(pickle.dumps(encoder))
    assert_array_equal(restored.transform(["b"]), encoder.transform(["b"]))
    assert not hasattr(clone(encoder), "classes_")


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


def test_neither_tensorflow_nor_keras_is_loaded():
    program = "import skcnn.preprocessing, sys; print({'tensorflow', 'keras'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "set()", done.stderr
