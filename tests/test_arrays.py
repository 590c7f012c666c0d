"""What comes in as an array, where its numbers stand, and the shape of an image."""

import subprocess
import sys

import h5py
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from PIL import Image
from scipy.sparse import csr_array

from skcnn import _arrays, load_digit_images
from skcnn._arrays import (
    ALIGNMENT,
    FileRows,
    ImageShape,
    SparseRows,
    as_samples,
    blocks_of,
    empty_aligned,
    is_on_disk,
)


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 256, (23, 4, 3), dtype=np.uint8)


@pytest.fixture
def dataset(images, tmp_path):
    with h5py.File(tmp_path / "images.h5", "w") as file:
        yield file.create_dataset("images", data=images)


@pytest.fixture
def mapped(images, tmp_path):
    np.save(tmp_path / "images.npy", images)
    return np.load(tmp_path / "images.npy", mmap_mode="r")


# --- memory that TensorFlow reads in place


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64, bool])
@pytest.mark.parametrize("shape", [(5,), (3, 7, 2), (0, 4), (1,), ()])
def test_new_arrays_stand_aligned(shape, dtype):
    arrays = [empty_aligned(shape, dtype) for _ in range(20)]

    for array in arrays:
        assert array.shape == shape
        assert array.dtype == dtype
        assert array.ctypes.data % ALIGNMENT == 0 or array.size == 0
        assert array.flags.c_contiguous
        assert array.flags.writeable


# --- rows of a file


@pytest.mark.parametrize("window_bytes", [1, 12, 30, 60, 10**6])
@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(np.random.default_rng(1).permutation(23), id="all in random order"),
        pytest.param(np.array([22, 0, 7]), id="a few"),
        pytest.param(np.array([5, 5, 21, 0, 5]), id="some twice"),
        pytest.param(np.array([-1, -23, 3]), id="from the end"),
        pytest.param(np.array([], dtype=np.int64), id="none"),
        pytest.param(np.arange(23) % 3 == 0, id="a mask"),
        pytest.param([4, 2], id="a list"),
        pytest.param(slice(None), id="everything"),
        pytest.param(slice(3, 20), id="a slice"),
        pytest.param(slice(20, 3, -4), id="a slice backwards"),
        pytest.param(slice(30, 40), id="a slice past the end"),
    ],
)
def test_rows_of_a_file_are_those_of_the_array(monkeypatch, images, dataset, rows, window_bytes):
    monkeypatch.setattr(_arrays, "_WINDOW_BYTES", window_bytes)

    read = FileRows(dataset)[rows]

    assert_array_equal(read, images[rows], strict=True)
    assert read.flags.writeable


def test_a_file_is_read_in_windows_each_of_them_once(monkeypatch, images):
    class Noting:
        shape, dtype = images.shape, images.dtype
        slices = []  # noqa: RUF012

        def __getitem__(self, rows):
            self.slices.append((rows.start, rows.stop))
            return images[rows]

    monkeypatch.setattr(_arrays, "_WINDOW_BYTES", 5 * 12)  # five images of 12 bytes

    FileRows(Noting())[np.array([22, 1, 11, 3, 10, 1])]

    assert Noting.slices == [(1, 4), (10, 12), (22, 23)]


def test_rows_of_a_file_tell_their_size(images, dataset):
    rows = FileRows(dataset)

    assert len(rows) == 23
    assert rows.shape == (23, 4, 3)
    assert rows.dtype == np.uint8
    assert rows.nbytes == images.nbytes
    assert {type(n) for n in rows.shape} == {int}


@pytest.mark.parametrize("sample_shape", [(12,), (2, 6), (4, 3, 1)])
def test_rows_of_a_file_take_another_shape(images, dataset, sample_shape):
    rows = FileRows(dataset).with_samples(sample_shape)

    assert rows.shape == (23, *sample_shape)
    assert rows.nbytes == images.nbytes
    assert_array_equal(rows[[5, 2]], images[[5, 2]].reshape(2, *sample_shape))
    assert_array_equal(rows.with_samples((4, 3))[:], images)


def test_what_is_read_from_a_file_stands_aligned(dataset):
    assert FileRows(dataset)[3:7].ctypes.data % ALIGNMENT == 0


# --- sparse rows


@pytest.fixture
def sparse(images):
    return SparseRows(csr_array(images.reshape(23, 12) * (images.reshape(23, 12) > 180)))


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(np.random.default_rng(1).permutation(23), id="all in random order"),
        pytest.param(np.array([5, 5, 21, 0, 5]), id="some twice"),
        pytest.param(np.array([], dtype=np.int64), id="none"),
        pytest.param(slice(None), id="everything"),
        pytest.param(slice(3, 20), id="a slice"),
        pytest.param(slice(0, 1), id="one"),
    ],
)
@pytest.mark.parametrize("sample_shape", [(12,), (4, 3), (2, 2, 3)])
def test_sparse_rows_become_a_dense_array_of_any_shape(images, sparse, rows, sample_shape):
    dense = np.where(images > 180, images, 0).reshape(23, *sample_shape)

    made = sparse.with_samples(sample_shape)[rows]

    assert_array_equal(made, dense[rows], strict=True)
    assert made.flags.c_contiguous
    assert made.flags.writeable
    assert made.ctypes.data % ALIGNMENT == 0 or made.size == 0


def test_sparse_rows_tell_the_size_that_they_have_when_dense(images, sparse):
    rows = sparse.with_samples((4, 3))

    assert len(rows) == 23
    assert rows.shape == (23, 4, 3)
    assert rows.dtype == np.uint8
    assert rows.nbytes == images.nbytes
    assert {type(n) for n in (*rows.shape, *sparse.shape)} == {int}


def test_numbers_at_one_place_of_a_sparse_matrix_are_added():
    matrix = csr_array((np.array([1.0, 2.0, 4.0]), np.array([1, 1, 0]), np.array([0, 2, 3])))

    assert SparseRows(matrix)[:].tolist() == [[0, 3], [4, 0]]


# --- on disk or in memory


def test_memory_maps_and_their_views_are_on_disk(mapped):
    for array in (
        mapped,
        mapped[3:],
        mapped[3:][1:, ::2],
        mapped.reshape(23, 12),
        np.asarray(mapped),
        np.asarray(mapped)[2:].reshape(-1, 12),
        mapped.T,
        mapped.view(np.int8),
    ):
        assert is_on_disk(array)


def test_writable_memory_maps_are_on_disk(tmp_path):
    assert is_on_disk(np.memmap(tmp_path / "new", dtype=np.uint8, mode="w+", shape=(4, 2)))


def test_copies_of_memory_maps_are_in_memory(mapped):
    for array in (
        mapped.copy(),
        mapped.astype(np.float32),
        np.take(mapped, [1, 2], axis=0),
        mapped[[2, 1]],
        mapped[np.arange(23) > 4],
        mapped / 255,
        np.array(mapped),
        np.ascontiguousarray(mapped[:, ::2]),
    ):
        assert not is_on_disk(array)


def test_rows_of_a_file_are_on_disk_and_what_is_read_is_not(dataset):
    assert is_on_disk(FileRows(dataset))
    assert not is_on_disk(FileRows(dataset)[:3])


@pytest.mark.parametrize(
    "thing", [np.zeros(3), np.frombuffer(b"abc", np.uint8), empty_aligned((3,), "u1"), [1], None]
)
def test_arrays_in_memory_and_other_things_are_not_on_disk(thing):
    assert not is_on_disk(thing)


# --- blocks


@pytest.mark.parametrize(
    ("n_bytes", "sizes"), [(1, [1] * 23), (12, [1] * 23), (120, [10, 10, 3]), (10**6, [23])]
)
@pytest.mark.parametrize("in_file", [False, True])
def test_blocks_hold_all_samples_in_order(images, dataset, in_file, n_bytes, sizes):
    blocks = list(blocks_of(FileRows(dataset) if in_file else images, n_bytes))

    assert [len(block) for block in blocks] == sizes
    assert_array_equal(np.concatenate(blocks), images)


def test_no_samples_are_no_blocks():
    assert list(blocks_of(np.empty((0, 4)), 100)) == []


# --- what users bring


def in_tensorflow(images):
    import tensorflow as tf

    return tf.constant(images)


def in_torch(images):
    return pytest.importorskip("torch").tensor(images)


def with_a_gradient(images):
    return in_torch(images).float().requires_grad_()


def in_jax(images):
    return pytest.importorskip("jax.numpy").asarray(images)


def in_dask(images):
    return pytest.importorskip("dask.array").from_array(images, chunks=(10, 2, 3))


def in_an_object_array(images):
    objects = np.empty(len(images), dtype=object)
    objects[:] = list(images)
    return objects


def as_pictures(images):
    return [Image.fromarray(image) for image in images]


KINDS = {
    "tensor of TensorFlow": in_tensorflow,
    "tensor of PyTorch": in_torch,
    "tensor with a gradient": with_a_gradient,
    "array of JAX": in_jax,
    "array of dask": in_dask,
    "nested lists": lambda images: images.tolist(),
    "list of arrays": list,
    "tuple of arrays": tuple,
    "list of nested lists and arrays": lambda images: [images[0].tolist(), *images[1:]],
    "list of tensors of TensorFlow": lambda images: [in_tensorflow(image) for image in images],
    "list of tensors of PyTorch": lambda images: [in_torch(image) for image in images],
    "list of tensors with a gradient": lambda images: [with_a_gradient(i) for i in images],
    "object array": in_an_object_array,
    "object array of pictures": lambda images: pd.Series(as_pictures(images)).to_numpy(),
    "Series": lambda images: pd.Series(list(images)),
    "Series with other labels": lambda images: pd.Series(list(images), index=range(50, 27, -1)),
    "Series of pictures": lambda images: pd.Series(as_pictures(images)),
    "column of a table": lambda images: pd.DataFrame({"image": list(images), "y": 0})["image"],
    "table of one column": lambda images: pd.DataFrame({"image": list(images)}),
    "table of pictures": lambda images: pd.DataFrame({"image": as_pictures(images)}),
    "list of pictures": as_pictures,
}


@pytest.mark.parametrize("kind", KINDS)
def test_images_of_every_kind_become_an_array(images, kind):
    samples = as_samples(KINDS[kind](images))

    assert type(samples) is np.ndarray
    assert_array_equal(samples, images)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_pictures_keep_their_bytes_and_channels(mode):
    pictures = [Image.new(mode, (3, 2)) for _ in range(4)]

    samples = as_samples(pictures)

    assert samples.dtype == np.uint8
    assert samples.shape == (4, 2, 3, len(mode))[: 3 if mode == "L" else 4]


@pytest.mark.parametrize("kind", ["list of arrays", "object array", "Series"])
def test_rows_that_come_one_by_one_become_an_array(images, kind):
    rows = images.reshape(23, 12)

    assert_array_equal(as_samples(KINDS[kind](rows)), rows, strict=True)


def test_a_data_set_of_a_file_stays_there(dataset):
    samples = as_samples(dataset)

    assert isinstance(samples, FileRows)
    assert samples.shape == dataset.shape


def test_arrays_memory_maps_tables_and_sparse_matrices_stay_as_they_are(images, mapped):
    for X in (
        images,
        mapped,
        np.array([1.0, 2.0]),
        np.array(["a", "b"], dtype=object),
        np.array([], dtype=object),
        csr_array(np.eye(3)),
        pd.DataFrame(np.eye(3)),
        pd.DataFrame({"p0": [1, 2]}),
        pd.DataFrame({"p0": []}),
        pd.Series([1.0, 2.0]),
    ):
        assert as_samples(X) is X


@pytest.mark.parametrize("container", [list, tuple, in_an_object_array, pd.Series])
def test_the_first_image_of_another_shape_is_named(container):
    images = [np.zeros((4, 4)), np.zeros((4, 4)), np.zeros((4, 5)), np.zeros((5, 4))]

    with pytest.raises(ValueError, match="The images in X differ in shape") as caught:
        as_samples(container(images))

    assert "the first has shape (4, 4), and the image at index 2 has shape (4, 5)" in str(
        caught.value
    )
    assert "Resize or crop all of them to one shape" in str(caught.value)


def test_grey_and_colour_pictures_are_told_apart():
    pictures = [Image.new("L", (3, 2)), Image.new("RGB", (3, 2))]

    with pytest.raises(
        ValueError, match=r"\(2, 3\), .* index 1 .* \(2, 3, 3\).*same number of channels"
    ):
        as_samples(pictures)


def test_an_error_that_is_not_about_shapes_is_passed_on():
    with pytest.raises(ValueError, match="exceed the maximum number of dimension"):
        as_samples([np.zeros((1,) * 64)])


def test_a_single_picture_is_no_set_of_samples():
    with pytest.raises(
        ValueError, match=r"single image of 2 x 3 pixels; expected several.*such as \[image\]"
    ):
        as_samples(Image.new("L", (3, 2)))


@pytest.mark.parametrize(
    ("inputs", "slices"),
    [
        ({"image": np.zeros((9, 4, 4)), "table": np.zeros((9, 3))}, ("image", 0, 16, "table", 19)),
        ({"a": pd.Series(range(9)), 7: np.zeros((9, 3))}, ("a", 0, 1, "7", 4)),
        ([np.zeros((9, 2)), np.zeros((9, 3))], ("input_1", 0, 2, "input_2", 5)),
    ],
)
def test_several_inputs_are_told_how_to_come_as_columns_of_one_array(inputs, slices):
    first, start, middle, second, end = slices
    with pytest.raises((TypeError, ValueError)) as caught:
        as_samples(inputs)

    assert (
        f"KerasClassifier(build, inputs={{{first!r}: slice({start}, {middle}), "
        f"{second!r}: slice({middle}, {end})}})"
    ) in str(caught.value)


def test_arrays_of_a_bunch_are_named():
    with pytest.raises(TypeError, match=r"X is a Bunch; .*: X.images, X.data, X.target\."):
        as_samples(load_digit_images())
    with pytest.raises(TypeError, match=r"y is a Bunch; .*: y.images, y.data, y.target\."):
        as_samples(load_digit_images(), "y")


def test_labels_are_no_inputs_of_a_network():
    with pytest.raises(TypeError, match=r"y is a dict.*Turn it into one of these first"):
        as_samples({"a": [1, 2]}, "y")


def test_reading_samples_loads_no_library_that_made_none():
    program = (
        "import sys, numpy\n"
        "from skcnn._arrays import as_samples\n"
        "as_samples([numpy.zeros((2, 2))])\n"
        "print({'h5py', 'PIL', 'pandas', 'tensorflow', 'torch', 'sklearn'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert done.stdout.strip() == "set()", done.stderr


# --- the shape of an image


@pytest.mark.parametrize("shape", [(4, 3), [4, 3], (4, 3, 1), (np.int64(4), np.uint8(3))])
def test_a_grey_image_has_one_channel(shape):
    image = ImageShape.of(shape)

    assert image == (4, 3, 1)
    assert (image.height, image.width, image.channels) == (4, 3, 1)
    assert {type(n) for n in image} == {int}
    assert image.n_pixels == 12
    assert image.sample_shapes == [(12,), (4, 3, 1), (4, 3)]


def test_a_colour_image_comes_as_a_row_or_with_its_channels():
    image = ImageShape.of((4, 3, 2))

    assert image == (4, 3, 2)
    assert image.n_pixels == 24
    assert image.sample_shapes == [(24,), (4, 3, 2)]


def test_shapes_in_which_samples_come_are_plain_tuples():
    for image in (ImageShape(4, 3, 1), ImageShape(4, 3, 2)):
        assert {type(shape) for shape in image.sample_shapes} == {tuple}


@pytest.mark.parametrize(
    "shape", [(), (12,), (0, 12), (-3, -4), (3.0, 4), ("3", "4"), (1, 2, 3, 4), [2, None]]
)
def test_what_is_no_shape_of_an_image_is_refused(shape):
    with pytest.raises(ValueError, match=r"\(height, width, channels\), all positive") as caught:
        ImageShape.of(shape)

    assert str(caught.value).endswith(f"received {shape!r}.")
