"""Filters that make what they give uncorrelated, set by images."""

import keras
import numpy as np
import pytest

from skcnn._engine.whitening import LAYER, whiten
from skcnn.networks import build_cnn

SIDE = 12


def images(n=300, channels=3, seed=0):
    """Return bytes in which neighbours and channels are alike, as in photographs."""
    random = np.random.default_rng(seed)
    rough = random.normal(size=(n, SIDE + 4, SIDE + 4, 1)) + random.normal(
        size=(n, SIDE + 4, SIDE + 4, channels)
    )
    smooth = sum(rough[:, d : d + SIDE, r : r + SIDE] for d in range(5) for r in range(5))
    return np.clip(120 + 12 * smooth, 0, 255).astype(np.uint8)


def network(channels=3, strides=1, side=SIDE, padding="valid", **settings):
    return build_cnn(
        (side, side, channels),
        3,
        filters=(4,),
        whitening=True,
        strides=strides,
        padding=padding,
        activation="linear",
        **settings,
    )


def outputs(model, x, every=1):
    """Return what the first layer gives, a row for each place, or for some."""
    layer = model.get_layer(LAYER)
    given = layer(np.asarray(x, np.float32)).numpy()[:, ::every, ::every]
    return given.reshape(-1, given.shape[-1])


@pytest.mark.parametrize("strides", [1, 2, 3])
@pytest.mark.parametrize("channels", [1, 3])
def test_what_it_gives_is_uncorrelated_and_of_one_size(channels, strides):
    x = images(channels=channels)
    model = network(channels, strides)
    whiten(model, x, np.arange(len(x)))

    given = outputs(model, x, every=3)  # the places that the filters follow from
    half = given.shape[1] // 2
    covariance = np.cov(given[:, :half].T)
    variances = np.diag(covariance)

    np.testing.assert_allclose(given.mean(axis=0), 0, atol=1e-2)
    np.testing.assert_array_less(np.abs(covariance - np.diag(variances)), 2e-2)
    assert variances[0] > 0.97
    assert np.all(np.diff(variances) < 1e-3)  # the floor shortens faint directions alone
    np.testing.assert_allclose(given[:, half:], -given[:, :half], atol=1e-4)


def test_the_directions_are_the_principal_components_of_the_windows():
    x = images()
    model = network()
    whiten(model, x, np.arange(len(x)))

    kernel = model.get_layer(LAYER).kernel.numpy()
    windows = np.lib.stride_tricks.sliding_window_view(x.astype(float), (2, 2), axis=(1, 2))
    windows = windows[:, ::3, ::3].transpose(0, 1, 2, 4, 5, 3).reshape(-1, 12)
    variances, directions = np.linalg.eigh(np.cov(windows.T))
    first = kernel[..., 0].reshape(-1)

    assert kernel.shape == (2, 2, 3, 24)
    assert abs(first @ directions[:, -1]) == pytest.approx(np.linalg.norm(first), rel=1e-4)
    expected = 1 / np.sqrt(variances[-1] + 0.01 * variances.mean())
    assert np.linalg.norm(first) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize(
    ("scale", "offset"), [(1 / 255, 0), (100.0, 0), (1.0, 30_000), (1e-3, -5)], ids=str
)
def test_scale_and_brightness_of_the_pixels_make_no_difference(scale, offset):
    x = images()
    as_they_are, changed = network(), network()
    other = x.astype(np.float32) * scale + offset
    whiten(as_they_are, x, np.arange(len(x)))
    whiten(changed, other, np.arange(len(x)))

    ours, theirs = outputs(as_they_are, x), outputs(changed, other)
    # eigenvectors may come with either sign, and both signs are among the filters
    np.testing.assert_allclose(np.abs(theirs), np.abs(ours), atol=0.05)


def test_it_receives_what_the_network_makes_of_a_pixel():
    x = images()
    in_bytes, scaled = network(), network()
    whiten(in_bytes, x, np.arange(len(x)))
    whiten(scaled, x, np.arange(len(x)), scale=1 / 255)

    ours, theirs = outputs(in_bytes, x), outputs(scaled, x / 255)
    np.testing.assert_allclose(np.abs(theirs), np.abs(ours), atol=1e-3)


def test_only_the_rows_that_count_are_looked_at():
    x = images(200)
    spoilt = x.copy()
    spoilt[1::2] = np.random.default_rng(1).integers(0, 256, spoilt[1::2].shape)
    clean, with_others = network(), network()
    whiten(clean, x, np.arange(0, 200, 2))
    whiten(with_others, spoilt, np.arange(0, 200, 2))

    for ours, theirs in zip(clean.get_weights(), with_others.get_weights(), strict=True):
        if ours.shape == (2, 2, 3, 24):
            np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("value", [0, 7])
def test_images_of_one_colour_give_nothing(value):
    x = np.full((20, SIDE, SIDE, 1), value, np.uint8)
    model = network(1)
    whiten(model, x, np.arange(20))

    np.testing.assert_array_equal(outputs(model, x), 0)


def test_an_opaque_channel_makes_no_frame_around_the_images():
    x = np.concatenate([images(), np.full((300, SIDE, SIDE, 1), 255, np.uint8)], axis=-1)
    model = network(4, padding="same")
    whiten(model, x, np.arange(300))
    kernel = model.get_layer(LAYER).kernel.numpy()

    np.testing.assert_allclose(kernel[:, :, 3], 0, atol=1e-6)
    assert np.abs(outputs(model, x)).max() < 15  # 40 with the 255 beside the 0 outside


@pytest.mark.parametrize(("side", "window", "n_filters"), [(1, 1, 6), (2, 2, 24), (3, 2, 24)])
def test_a_window_is_no_larger_than_the_image(side, window, n_filters):
    model = network(side=side, padding="same")
    whiten(model, np.random.default_rng(0).random((50, side, side, 3)), np.arange(50))

    assert model.get_layer(LAYER).kernel.shape == (window, window, 3, n_filters)
    assert np.isfinite(model.get_layer(LAYER).kernel.numpy()).all()


def test_it_is_not_trained():
    layer = network().get_layer(LAYER)
    assert isinstance(layer, keras.layers.Conv2D)
    assert layer.trainable_variables == []
