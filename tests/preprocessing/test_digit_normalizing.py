"""Digits in the form of MNIST: a box of 20 x 20, centred by mass in 28 x 28."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import parametrize_with_checks

from skcnn import (
    DigitNormalizer,
    ImageFlattener,
    ImageReshaper,
    PixelScaler,
    fetch_mnist,
    load_digit_images,
)
from tests.datasets.test_mnist import REAL_HOME
from tests.transformer_checks import OF_ITS_OWN_TRANSFORMERS


@pytest.fixture
def seven():
    """Return a 7 in light ink on black, off the middle."""
    image = np.zeros((70, 50), np.uint8)
    image[10:15, 12:40] = 255
    for row in range(15, 60):
        image[row, 38 - row // 2 : 44 - row // 2] = 255
    return image


def centre_of(digit):
    digit = digit.astype(float)
    rows, columns = np.indices(digit.shape)
    return np.array([(rows * digit).sum(), (columns * digit).sum()]) / digit.sum()


def extent_of(digit):
    rows, columns = (np.flatnonzero((digit > 25).any(axis)) for axis in (1, 0))
    return rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1


def test_ink_fills_a_box_of_20_centred_by_its_mass(seven):
    (digit,) = DigitNormalizer().fit_transform(seven[np.newaxis])

    assert digit.shape == (28, 28)
    assert digit.dtype == np.uint8
    assert digit.max() == 255
    height, width = extent_of(digit)
    assert height == 20
    assert width == pytest.approx(20 * 28 / 50, abs=1)  # proportions are kept
    assert np.abs(centre_of(digit) - 14).max() <= 0.5


def test_a_wide_digit_is_20_wide(seven):
    (digit,) = DigitNormalizer().fit_transform(seven.T[np.newaxis])

    assert extent_of(digit)[1] == 20


@pytest.mark.parametrize("ink", ["auto", "light"])
def test_size_place_and_brightness_do_not_matter(seven, ink):
    expected = DigitNormalizer().fit_transform(seven[np.newaxis])[0].astype(int)
    larger = np.asarray(Image.fromarray(seven).resize((150, 210), Image.Resampling.LANCZOS))
    moved = np.pad(larger, ((90, 0), (0, 130)))
    faint = (moved / 255 * 90 + 20).astype(np.float32)

    (received,) = DigitNormalizer(ink=ink).fit_transform(faint[np.newaxis])

    assert np.abs(received.astype(int) - expected).mean() < 4


@pytest.mark.parametrize("ink", ["auto", "dark"])
def test_dark_ink_becomes_light(seven, ink):
    expected = DigitNormalizer().fit_transform(seven[np.newaxis])
    paper = 230 - (seven // 255) * 200

    received = DigitNormalizer(ink=ink).fit_transform(paper[np.newaxis])

    assert np.abs(received.astype(int) - expected.astype(int)).max() <= 1


def test_what_ink_is_can_be_said(seven):
    full = np.full((10, 10), 200, np.uint8)
    full[4:6, 4:6] = 0  # a ring, or a dot

    dot = DigitNormalizer(ink="dark").fit_transform(full[np.newaxis])
    ring = DigitNormalizer(ink="light").fit_transform(full[np.newaxis])

    assert (dot[0] > 0).sum() == 400
    assert (ring[0] > 128).sum() < 400
    assert ring[0, 13:15, 13:15].max() == 0


def test_noise_on_the_paper_is_no_ink(seven):
    rng = np.random.default_rng(0)
    expected = DigitNormalizer().fit_transform(seven[np.newaxis])[0].astype(int)
    noisy = 220 - 0.7 * seven + rng.normal(0, 6, seven.shape)

    (received,) = DigitNormalizer().fit_transform(noisy[np.newaxis])

    assert extent_of(received)[0] in (19, 20)
    assert np.abs(received.astype(int) - expected).mean() < 6


@pytest.mark.parametrize("brightness", [0, 128, 255])
def test_an_image_without_ink_stays_empty(brightness):
    blank = np.full((3, 40, 30), brightness, np.uint8)

    assert not DigitNormalizer().fit_transform(blank).any()


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (28, 28), (3, 200)])
def test_any_size_will_do(shape):
    images = np.zeros((2, *shape))
    images[0, 0, 0] = 1

    digits = DigitNormalizer().fit_transform(images)

    assert digits.shape == (2, 28, 28)
    assert not digits[1].any()


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((70, 50), (28, 28)), ((70, 50, 1), (28, 28, 1)), ((4900,), (784,))],
    ids=["images", "one channel", "rows"],
)
def test_samples_keep_their_number_of_axes(seven, shape, expected):
    image = np.pad(seven, ((0, 0), (0, 20))) if len(shape) == 1 else seven

    digits = DigitNormalizer().fit_transform(image.reshape(1, *shape))

    assert digits.shape == (1, *expected)
    whole = DigitNormalizer().fit_transform(image[np.newaxis])
    np.testing.assert_array_equal(digits.reshape(1, 28, 28), whole)


def test_more_images_than_a_thread_takes_come_in_their_order(seven):
    many = np.array([np.roll(seven, shift, axis=1) for shift in (0, 3)] * 600)
    many[:, -1, -1] = np.arange(1200) % 200 // 2  # a speck tells them apart

    received = DigitNormalizer().fit_transform(many)

    one_by_one = [DigitNormalizer().fit_transform(image[np.newaxis])[0] for image in many[::100]]
    np.testing.assert_array_equal(received[::100], one_by_one)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.zeros((2, 8, 8, 3)), "expected grey images.*received 3 channels.*ImageLoader"),
        (np.full((2, 8, 8), np.nan), "NaN"),
        (np.zeros((0, 8, 8)), "0 sample"),
    ],
    ids=["colours", "not finite", "nothing"],
)
def test_other_samples_are_refused(X, message):
    with pytest.raises(ValueError, match=message):
        DigitNormalizer().fit(X)


def test_samples_of_another_shape_than_in_fit_are_refused(seven):
    normalizer = DigitNormalizer().fit(seven[np.newaxis])

    with pytest.raises(ValueError, match=r"\(n_samples, 70, 50\), but received X of shape"):
        normalizer.transform(np.zeros((1, 28, 28)))


def test_ink_must_be_one_of_three(seven):
    with pytest.raises(ValueError, match="ink"):
        DigitNormalizer(ink="blue").fit(seven[np.newaxis])


def test_it_stands_before_the_other_steps(seven):
    X = np.array([seven, seven[:, ::-1]])
    pipe = make_pipeline(
        DigitNormalizer(), ImageReshaper((28, 28, 1)), PixelScaler(), ImageFlattener()
    )

    rows = pipe.fit_transform(X)

    assert rows.shape == (2, 784)
    np.testing.assert_allclose(rows * 255, DigitNormalizer().fit_transform(X).reshape(2, -1))
    names = DigitNormalizer().fit(X).get_feature_names_out()
    assert names[[0, 29, 783]].tolist() == ["pixel_0_0", "pixel_1_1", "pixel_27_27"]


@pytest.mark.filterwarnings("ignore:X holds rows of")
@parametrize_with_checks([DigitNormalizer()])
def test_scikit_learns_common_checks(estimator, check):
    check(estimator)


@pytest.mark.filterwarnings("ignore:X holds rows of")
@pytest.mark.filterwarnings("ignore:X (has|does not have valid) feature names")
@pytest.mark.parametrize("check", OF_ITS_OWN_TRANSFORMERS)
def test_checks_that_scikit_learn_keeps_for_its_own_transformers(check):
    getattr(estimator_checks, check)("DigitNormalizer", DigitNormalizer())


def test_rows_that_make_no_square_get_a_word():
    with pytest.warns(UserWarning, match="rows of 50 pixels, which make no square.*Reshape X"):
        DigitNormalizer().fit(np.zeros((2, 50)))


@pytest.mark.parametrize("scale", [1, 4])
def test_digits_of_scikit_learn_are_read_by_who_knows_them(scale):
    X, _ = load_digit_images(return_X_y=True)
    larger = np.kron(X[:50], np.ones((scale, scale), np.uint8))

    digits = DigitNormalizer().fit_transform(larger)

    assert all(max(extent_of(digit)) == 20 for digit in digits)


@pytest.mark.slow
@pytest.mark.skipif(
    not (REAL_HOME / "mnist").is_dir(),
    reason="SKCNN_DATA_HOME does not point to a folder with MNIST",
)
def test_digits_of_mnist_have_this_form_already():
    X = fetch_mnist(data_home=REAL_HOME, download_if_missing=False).X_test

    moved = np.abs(DigitNormalizer().fit_transform(X).astype(int) - X).mean(axis=(1, 2))

    assert (moved < 1).mean() > 0.99
    np.testing.assert_array_equal(DigitNormalizer(ink="light").fit_transform(X[:500])[:, 0], 0)
