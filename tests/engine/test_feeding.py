"""Samples that stay on disk are trained on, block by block, as if they were in memory."""

import dataclasses
import tracemalloc

import h5py
import keras
import numpy as np
import pytest
from scipy.sparse import csr_array

from skcnn import MLPClassifier, PixelScaler, build_mlp
from skcnn._arrays import FileRows, SparseRows, empty_aligned
from skcnn._engine import feeding
from skcnn._engine.feeding import Blocks, Resident, TrainingData, as_tensor
from skcnn._engine.fitting import Training, create_variables, train
from skcnn._engine.seeding import seeded


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
    data = TrainingData(on_disk(x), np.arange(20), None, rows)
    blocks = [
        (tensors[0].numpy()[places], tensors[1].numpy()[places])
        for tensors, places in Blocks(data, batch_size=3).blocks(rows)
    ]

    assert [len(targets) for _, targets in blocks] == [3] * 6 + [2]
    np.testing.assert_array_equal(np.concatenate([samples for samples, _ in blocks]), x[rows])
    np.testing.assert_array_equal(np.concatenate([targets for _, targets in blocks]), rows)


@pytest.mark.slow
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


@pytest.mark.slow
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


# --- all at once, or in blocks ------------------------------------------------------------------

SMALL = 1000  # bytes, for limits


def aligned(array):
    copy = empty_aligned(array.shape, array.dtype)
    copy[...] = array
    return copy


def misaligned(array):
    memory = np.empty(array.nbytes + 128, np.uint8)
    start = -memory.ctypes.data % 64 + array.itemsize
    copy = memory[start : start + array.nbytes].view(array.dtype).reshape(array.shape)
    copy[...] = array
    return copy


def data_of(x):
    return TrainingData(x, np.arange(len(x)), None, np.arange(len(x)))


@pytest.mark.parametrize("size", [SMALL - 8, SMALL + 8], ids=["small", "large"])
@pytest.mark.parametrize(
    "place", ["in place", "to copy", "mapped", "h5py", "copy of mapped", "sparse"]
)
def test_samples_come_in_blocks_where_they_would_take_much_memory(
    on_disk, monkeypatch, size, place, tmp_path
):
    monkeypatch.setattr(feeding, "_COPY_BYTES", SMALL)
    monkeypatch.setattr(feeding, "_BLOCK_BYTES", SMALL)
    x = np.arange(size // 8).reshape(-1, 1)
    made = {
        "in place": lambda: aligned(x),
        "to copy": lambda: misaligned(x),
        "mapped": lambda: on_disk(x),
        "h5py": lambda: FileRows(h5py.File(tmp_path / "x.h5", "w").create_dataset("x", data=x)),
        "sparse": lambda: SparseRows(csr_array(x)),
        "copy of mapped": lambda: misaligned(np.take(on_disk(x), np.arange(len(x)), axis=0)),
    }
    in_blocks = size > SMALL and place != "in place"

    kind = type(feeding.feed_for(data_of(made[place]()), batch_size=2))

    assert kind is (Blocks if in_blocks else Resident)


def test_a_file_is_given_less_memory_than_an_array(on_disk, monkeypatch):
    monkeypatch.setattr(feeding, "_COPY_BYTES", 10 * SMALL)
    monkeypatch.setattr(feeding, "_BLOCK_BYTES", SMALL)
    x = np.zeros((SMALL, 1), np.float32)
    copy = on_disk(x).copy()

    assert type(copy) is np.memmap, "NumPy calls copies so, too"
    assert type(feeding.feed_for(data_of(on_disk(x)), 2)) is Blocks
    assert type(feeding.feed_for(data_of(copy), 2)) is Resident


@pytest.mark.slow
@pytest.mark.parametrize("weighted", [False, True])
def test_fits_do_not_tell_where_samples_come_from(
    scaled_digits, on_disk, monkeypatch, tmp_path, weighted
):
    X, y = scaled_digits
    weight = np.linspace(0.5, 2, len(X)) if weighted else None
    classifier = MLPClassifier((8,), dropout=0.2, epochs=3, batch_size=30, random_state=0)
    in_file = h5py.File(tmp_path / "x.h5", "w").create_dataset("x", data=X)
    sources = [aligned(X), misaligned(X), on_disk(X), in_file]
    fits = []
    for block_bytes in (2**26, 100 * X[0].nbytes):
        monkeypatch.setattr(feeding, "_BLOCK_BYTES", block_bytes)
        monkeypatch.setattr(feeding, "_COPY_BYTES", block_bytes)
        for source in sources:
            classifier.fit(source, y, weight)
            fits.append((classifier.model_.get_weights(), classifier.history_))

    for weights, history in fits:
        assert history == fits[0][1]
        for one, other in zip(weights, fits[0][0], strict=True):
            np.testing.assert_array_equal(one, other)


# --- one-hot targets ----------------------------------------------------------------------------


class HearsOfBatches(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        """Make training go by ``keras.Model.fit``."""


@pytest.mark.slow
@pytest.mark.parametrize("callbacks", [[], [HearsOfBatches()]], ids=["program", "keras"])
@pytest.mark.parametrize("block_bytes", [2**26, 1], ids=["resident", "blocks"])
def test_places_of_ones_train_as_the_rows_that_they_stand_for(
    scaled_digits, on_disk, monkeypatch, callbacks, block_bytes
):
    monkeypatch.setattr(feeding, "_BLOCK_BYTES", block_bytes)
    X, y = scaled_digits
    x, codes = on_disk(X.reshape(len(X), -1)), y.astype(np.int32)

    def trained(targets, width):
        with seeded(0):
            model = build_mlp((64,), 10, hidden_units=(8,))
        model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
        rows = np.arange(len(X))
        data = TrainingData(x, targets, None, rows[50:], width)
        held_out = dataclasses.replace(data, rows=rows[:50])
        create_variables(model, data)
        training = Training(model, data, 50, 2, seed=1, held_out=held_out, callbacks=callbacks)
        history = train(training)
        return model.get_weights(), history

    short, scores = trained(codes, 10)
    long, expected = trained(np.eye(10, dtype=np.float32)[codes], None)

    assert scores == expected
    for one, other in zip(short, long, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.slow
def test_targets_of_many_classes_take_no_memory_for_each_class():
    n_classes = 2000
    X = np.zeros((10_000, 1), np.float32)
    y = np.arange(10_000) % n_classes
    classifier = MLPClassifier((1,), epochs=1, batch_size=100, random_state=0)
    classifier.fit(X, y)  # what TensorFlow takes once
    tracemalloc.start()
    try:
        classifier.fit(X, y)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < len(X) * n_classes  # a quarter of the one-hot rows
