"""ImageReshaper and ImageFlattener: rows to images, and back."""

import re

import numpy as np
import pandas as pd
import pytest
import sklearn
from numpy.testing import assert_array_equal
from sklearn.pipeline import make_pipeline

from skcnn.preprocessing import ImageFlattener, ImageReshaper, PixelScaler
from tests.preprocessing.samples import NUMERIC_DTYPES


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
    message = re.escape(f"all positive integers; received {image_shape}")
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
