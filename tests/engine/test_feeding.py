"""Samples that stay on disk are trained on, block by block, as if they were in memory."""

import tracemalloc

import numpy as np
import pytest

from skcnn import MLPClassifier, PixelScaler
from skcnn._arrays import empty_aligned
from skcnn._engine import feeding
from skcnn._engine.feeding import Blocks, TrainingData, as_tensor


@pytest.fixture
def on_disk(tmp_path):
    """Return a function that puts an array into a file and maps it."""

    def put(array, name="X.npy"):
        np.save(tmp_path / name, array)
        return np.load(tmp_path / name, mmap_mode="r")

    return put


def test_blocks_hold_whole_batches_in_the_order_asked_for(on_disk, monkeypatch):
    monkeypatch.setattr(feeding, "_BLOCK_BYTES", 7 * 8)
    x = np.arange(40.0).reshape(20, 2)
    rows = np.random.default_rng(0).permutation(20)
    data = TrainingData(on_disk(x), np.arange(20), None, rows, rows[:0])
    blocks = [
        (tensors[0].numpy()[places], tensors[1].numpy()[places])
        for tensors, places in Blocks(data, batch_size=3).blocks(rows)
    ]

    assert [len(targets) for _, targets in blocks] == [3] * 6 + [2]
    np.testing.assert_array_equal(np.concatenate([samples for samples, _ in blocks]), x[rows])
    np.testing.assert_array_equal(np.concatenate([targets for _, targets in blocks]), rows)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
@pytest.mark.parametrize("weighted", [False, True])
def test_a_mapped_fit_gives_the_same_weights(scaled_digits, on_disk, monkeypatch, dtype, weighted):
    X, y = scaled_digits
    X = (X * 255).astype(np.uint8) if dtype == np.uint8 else X.astype(dtype)
    weight = np.linspace(0.5, 2, len(X)) if weighted else None
    classifier = MLPClassifier((16,), dropout=0.2, epochs=3, batch_size=32, random_state=0)
    expected = classifier.fit(X, y, weight).model_.get_weights()
    scores = classifier.history_
    monkeypatch.setattr(feeding, "_BLOCK_BYTES", 100 * X[0].nbytes)
    mapped = classifier.fit(on_disk(X), y, weight)

    for got, wanted in zip(mapped.model_.get_weights(), expected, strict=True):
        np.testing.assert_array_equal(got, wanted)
    assert mapped.history_ == scores
    np.testing.assert_array_equal(mapped.predict(on_disk(X)), mapped.predict(X))


def test_mapped_samples_are_checked_like_others(scaled_digits, on_disk):
    X, y = scaled_digits
    X = X.copy()
    X[7, 3, 3] = np.nan

    with pytest.raises(ValueError, match="NaN"):
        MLPClassifier((4,), epochs=1).fit(on_disk(X), y)


@pytest.mark.parametrize("dtype", [np.uint8, np.float64])
def test_mapped_samples_are_not_copied_whole(on_disk, monkeypatch, dtype):
    monkeypatch.setattr(feeding, "_BLOCK_BYTES", 2**20)
    X = on_disk(np.random.default_rng(0).integers(0, 2, (20_000, 32, 32)).astype(dtype))
    y = np.arange(20_000) % 3
    classifier = MLPClassifier((2,), epochs=1, batch_size=100, random_state=0)
    classifier.fit(X[:300], y[:300])
    tracemalloc.start()
    try:
        classifier.fit(X, y).predict(X)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < X.nbytes / 2


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64, np.int32, ">f4", "bool"])
@pytest.mark.parametrize("order", ["as it is", "aligned", "reversed", "fortran", "read-only"])
def test_tensors_hold_what_the_array_holds(dtype, order):
    array = (np.arange(24).reshape(6, 4) % 5).astype(dtype)
    if order == "aligned":
        aligned = empty_aligned(array.shape, array.dtype)
        aligned[...] = array
        array = aligned
    elif order == "reversed":
        array = array[::-1]
    elif order == "fortran":
        array = np.asfortranarray(array)
    elif order == "read-only":
        array.flags.writeable = False
    tensor = as_tensor(array)

    assert tensor.dtype.as_numpy_dtype == array.dtype.newbyteorder("=")
    np.testing.assert_array_equal(tensor.numpy(), array)


def test_scaled_pixels_are_read_in_place():
    scaled = PixelScaler().fit_transform(np.zeros((100, 8, 8), np.uint8))
    tensor = as_tensor(scaled.reshape(100, 8, 8, 1))
    scaled[3, 2, 1] = 0.5

    assert tensor[3, 2, 1, 0] == 0.5


def test_an_array_outlives_its_tensor_and_a_tensor_its_array():
    array = empty_aligned((1000,), np.float32)
    array[...] = 1
    tensor = as_tensor(array)
    del array
    np.testing.assert_array_equal(tensor.numpy(), np.ones(1000, np.float32))
