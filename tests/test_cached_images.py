"""Images that stay on disk: an array to those who ask for one, and parts of them on disk too."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.model_selection import StratifiedKFold, train_test_split
from sklearn.utils import resample, shuffle

from skcnn._arrays import ALIGNMENT, FileRows, as_samples, is_on_disk
from skcnn._cached_images import BLANK, HEADER_BYTES, CachedImages, start_file, token_of

SHAPE = (4, 3, 2)


@pytest.fixture
def pixels():
    return np.random.default_rng(0).integers(0, 256, (20, *SHAPE), dtype=np.uint8)


@pytest.fixture
def images(tmp_path, pixels):
    """Return the same images on disk, in another order there."""
    path = tmp_path / "pixels.bin"
    token = start_file(path)
    records = np.random.default_rng(1).permutation(20)
    records[5:12] = np.sort(records[5:12])
    in_file = np.empty_like(pixels)
    in_file[records] = pixels
    with open(path, "ab") as file:
        file.write(in_file.tobytes())
    return CachedImages(path, token, SHAPE, records + 1)


def test_they_look_like_the_array(images, pixels):
    for name in ("shape", "dtype", "ndim", "size", "nbytes"):
        assert getattr(images, name) == getattr(pixels, name)
    assert len(images) == 20
    assert_array_equal(images, pixels)
    assert_array_equal(np.stack(list(images)), pixels)
    assert "shape (20, 4, 3, 2), dtype uint8, in " in repr(images)


@pytest.mark.parametrize(
    "key",
    [
        slice(3, 9),
        slice(None, None, -3),
        slice(4, 4),
        [2, 2, 0],
        np.array([7, -1]),
        np.arange(20) % 3 == 0,
        (np.array([7, 5]), ...),
    ],
)
def test_parts_of_them_stay_on_disk(images, pixels, key):
    part = images[key]

    assert isinstance(part, CachedImages)
    assert part.shape == pixels[key].shape
    assert_array_equal(part, pixels[key])


@pytest.mark.parametrize(
    "key",
    [
        3,
        -1,
        np.int64(4),
        (3, ...),
        (..., 0),
        (2, 1, slice(None), 0),
        (slice(4, 6), 0),
        (slice(2), slice(None)),
        None,
        np.array([[1, 2], [3, 4]]),
    ],
)
def test_other_keys_give_arrays(images, pixels, key):
    part = images[key]

    assert type(part) is np.ndarray
    assert_array_equal(part, pixels[key])


@pytest.mark.parametrize("key", [20, -21, [20]])
def test_rows_that_are_not_there_are_an_index_error(images, key):
    with pytest.raises(IndexError):
        images[key]


def test_arrays_of_them_are_copies_as_numpy_asks(images, pixels):
    assert np.asarray(images, dtype=np.float32).dtype == np.float32
    assert np.array(images, copy=True).flags.writeable
    with pytest.raises(ValueError, match="cannot become an array without a copy"):
        np.array(images, copy=False)
    assert np.asarray(images).ctypes.data % ALIGNMENT == 0


def test_a_blank_is_white_wherever_it_stands(images, pixels):
    records = np.array([BLANK, *images._records[:2], BLANK, BLANK, images._records[3], BLANK])
    blanks = CachedImages(images._path, images._token, SHAPE, records)

    loaded = np.asarray(blanks)
    assert (loaded[[0, 3, 4, 6]] == 255).all()
    assert_array_equal(loaded[[1, 2, 5]], pixels[[0, 1, 3]])


def test_a_blank_before_the_first_record_of_the_file_is_no_neighbour_of_it(images):
    first = np.asarray(CachedImages(images._path, images._token, SHAPE, np.array([1])))
    both = CachedImages(images._path, images._token, SHAPE, np.array([BLANK, 1]))

    assert_array_equal(np.asarray(both)[1], first[0])


def test_scikit_learn_takes_parts_of_them(images, pixels):
    y = np.arange(20) % 2
    train, _ = next(StratifiedKFold(2).split(images, y))
    assert_array_equal(images[train], pixels[train])
    for part, expected in zip(
        train_test_split(images, y, random_state=0),
        train_test_split(pixels, y, random_state=0),
        strict=True,
    ):
        assert_array_equal(part, expected)
    assert isinstance(shuffle(images, random_state=0), CachedImages)
    assert isinstance(resample(images, random_state=0), CachedImages)


def test_estimators_read_them_row_by_row(images, pixels):
    rows = as_samples(images)

    assert isinstance(rows, FileRows)
    assert is_on_disk(rows)
    assert as_samples(rows) is rows
    flat = rows.with_samples((24,))
    assert_array_equal(flat[np.array([4, 4, 0])], pixels.reshape(20, 24)[[4, 4, 0]])
    assert_array_equal(flat[3:5], pixels.reshape(20, 24)[3:5])
    assert flat[:].ctypes.data % ALIGNMENT == 0


def test_rows_that_are_not_wanted_are_not_read(images, monkeypatch):
    read = []
    fill = CachedImages._fill
    monkeypatch.setattr(
        CachedImages,
        "_fill",
        lambda self, memory, file: (read.append(len(memory)), fill(self, memory, file)),
    )

    as_samples(images)[np.array([1, 5, 6, 17])]
    assert sum(read) == 4 * 24


def test_a_file_is_known_by_its_token(tmp_path):
    path = tmp_path / "pixels.bin"
    assert token_of(path) is None
    token = start_file(path)
    assert token_of(path) == token
    assert path.stat().st_size == HEADER_BYTES
    assert start_file(path) != token
    path.write_bytes(b"else")
    assert token_of(path) is None
