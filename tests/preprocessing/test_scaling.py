"""PixelScaler: pixels to 0..1 in float32, and back."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest
import sklearn
from numpy.testing import assert_array_equal
from sklearn.pipeline import make_pipeline

from skcnn.preprocessing import PixelScaler
from tests.preprocessing.samples import NUMERIC_DTYPES


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


@pytest.mark.slow
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
        "skcnn.preprocessing._pixels.check_array", lambda X, **_: X.view(NeverSearched)
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


# what is scaled already


@pytest.mark.parametrize("max_value", [255, 65535, 16, 10])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_floats_from_0_to_1_are_not_divided_without_a_word(images, dtype, max_value):
    X = (images / 255).astype(dtype)
    scaler = PixelScaler(max_value=max_value)

    with pytest.warns(UserWarning, match="PixelScaler received floats") as caught:
        scaled = scaler.fit(X).transform(X)

    (warning,) = caught
    assert warning.filename == __file__
    message = str(warning.message)
    assert f"from {X.min():.6g} to {X.max():.6g}" in message
    assert f"max_value={max_value}" in message
    assert "Drop this step, or use PixelScaler(max_value=1)" in message
    assert_array_equal(scaled, X.astype(np.float32) / np.float32(max_value))


def test_a_pipeline_that_scales_twice_is_told(images):
    with pytest.warns(UserWarning, match="scaled already"):
        make_pipeline(PixelScaler(), PixelScaler()).fit(images)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("X", "max_value"),
    [
        pytest.param(np.eye(3), 1, id="a maximum of 1"),
        pytest.param(np.eye(3), 1.5, id="a maximum near 1"),
        pytest.param(np.eye(3), 3, id="floats of 2 bits"),
        pytest.param(np.eye(3, dtype=np.uint8), 255, id="dark bytes"),
        pytest.param(np.eye(3, dtype=np.int64), 255, id="dark integers"),
        pytest.param(np.eye(3, dtype=bool), 255, id="booleans"),
        pytest.param(np.zeros((3, 3)), 255, id="black"),
        pytest.param(np.array([[0.0, 0.5, 1.001]]), 255, id="dark floats"),
        pytest.param(np.array([[0.0, 128.0, 255.0]]), 255, id="floats to 255"),
        pytest.param(np.array([[0.0, 1.0, 65535.0]]), 65535, id="floats to 65535"),
    ],
)
def test_pixels_that_are_not_scaled_pass_without_a_warning(X, max_value):
    PixelScaler(max_value=max_value).fit(X)


@pytest.mark.filterwarnings("error")
def test_the_way_there_and_back_is_quiet(images):
    scaler = PixelScaler().fit(images)
    scaler.inverse_transform(scaler.transform(images))
    scaler.transform(images / 255)  # what fit saw decides
