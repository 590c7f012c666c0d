"""Training images are varied as their seeds say, in the program and beside it."""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import ndimage

from skcnn import RandomAffine, build_cnn
from skcnn._engine.augmenting import Affine, KerasLayers, Unchanged
from skcnn._engine.feeding import TrainingData
from skcnn._engine.fitting import Training, create_variables, train
from skcnn._engine.seeding import seeded

SEED = np.array([3, 0])


def vary(images, seed=SEED, **limits):
    none = {"shift": 0, "rotation": 0, "zoom": 0, "shear": 0}
    affine = Affine(RandomAffine(**(none | limits)))
    return affine(tf.constant(images, tf.float32), seed, affine.settings).numpy()


@pytest.fixture
def blob():
    """Return 200 equal images, 12 x 20, of a soft spot off the centre."""
    y, x = np.mgrid[:12, :20]
    spot = np.exp(-((y - 5) ** 2 / 4 + (x - 12) ** 2 / 6))
    return np.repeat(spot[np.newaxis, :, :, np.newaxis], 200, axis=0).astype(np.float32)


def centres(images):
    return np.array([ndimage.center_of_mass(image[..., 0]) for image in images])


def test_limits_of_zero_change_nothing(blob):
    np.testing.assert_allclose(vary(blob), blob, atol=1e-6)


def test_shifts_reach_their_limits_and_no_further(blob):
    moved = centres(vary(blob, shift=0.1, rotation=1e-6)) - centres(blob)

    # 0.1 of 12 rows and of 20 columns
    assert np.abs(moved[:, 0]).max() == pytest.approx(1.2, abs=0.1)
    assert np.abs(moved[:, 1]).max() == pytest.approx(2.0, abs=0.15)
    assert np.abs(moved.mean(axis=0)).max() < 0.2


def test_shifts_alone_are_by_whole_pixels():
    images = np.random.default_rng(0).random((400, 7, 10, 3)).astype(np.float32)

    varied = vary(images, shift=0.2)

    assert len(np.unique(varied[:, 3, 5])) > 1
    for image, original in zip(varied, images, strict=True):
        assert np.isin(image, original).all(), "no pixel is a mixture of others"


def test_a_rotation_is_about_the_centre_by_its_angle(blob):
    varied = vary(blob, rotation=30)
    middle = np.array([5.5, 9.5])
    before, after = centres(blob) - middle, centres(varied) - middle
    angles = np.arctan2(after[:, 0], after[:, 1]) - np.arctan2(before[:, 0], before[:, 1])

    assert np.abs(angles).max() == pytest.approx(np.pi / 6, abs=0.03)
    np.testing.assert_allclose(
        np.linalg.norm(after, axis=1), np.linalg.norm(before, axis=1), atol=0.1
    )


def test_zoom_changes_height_and_width_apart(blob):
    def spreads(images):
        y, x = np.mgrid[:12, :20]
        weights = images[..., 0] / images.sum(axis=(1, 2))[:, :, None]
        my, mx = (weights * y).sum((1, 2)), (weights * x).sum((1, 2))
        vy = (weights * (y - my[:, None, None]) ** 2).sum((1, 2))
        vx = (weights * (x - mx[:, None, None]) ** 2).sum((1, 2))
        return np.sqrt([vy, vx])

    height, width = spreads(vary(blob, zoom=0.2)) / spreads(blob)

    # a pixel's step of 0.8 to 1.2 in the image shows things 1.25 to 0.83 times as large; the
    # interpolation blurs them a little
    for spread in (height, width):
        assert spread.min() == pytest.approx(1 / 1.2, abs=0.08)
        assert spread.max() == pytest.approx(1 / 0.8, abs=0.08)
    assert abs(np.corrcoef(height, width)[0, 1]) < 0.3


def test_shear_moves_rows_sideways(blob):
    up_and_down = centres(vary(blob, shear=0.3)) - centres(blob)

    assert np.abs(up_and_down[:, 0]).max() < 0.05
    assert np.abs(up_and_down[:, 1]).max() > 0.1


MIRRORS = {
    "horizontal": [lambda image: image[:, ::-1]],
    "vertical": [lambda image: image[::-1]],
    "horizontal_and_vertical": [
        lambda image: image[:, ::-1],
        lambda image: image[::-1],
        lambda image: image[::-1, ::-1],
    ],
}


@pytest.mark.parametrize("flip", MIRRORS)
def test_half_of_the_images_are_mirrored_pixel_by_pixel(flip):
    images = np.random.default_rng(0).integers(0, 256, (400, 7, 10, 3)).astype(np.float32)
    ways = [lambda image: image, *MIRRORS[flip]]

    varied = vary(images, flip=flip)

    counts = [sum(map(np.array_equal, varied, map(way, images))) for way in ways]
    assert sum(counts) == 400
    assert min(counts) > 0.8 * 400 / len(ways)


def test_an_image_is_mirrored_with_the_changes_that_it_has_otherwise(blob):
    limits = {"shift": 0.1, "rotation": 20, "zoom": 0.1, "shear": 0.1}
    plain, mirrored = vary(blob, **limits), vary(blob, **limits, flip="horizontal")
    stays = np.array([np.array_equal(*pair) for pair in zip(plain, mirrored, strict=True)])

    assert 70 < stays.sum() < 130
    np.testing.assert_allclose(mirrored[~stays], plain[~stays][:, :, ::-1], atol=1e-4)


def test_outside_is_as_the_edge():
    images = np.full((50, 6, 6, 3), 0.7, np.float32)

    varied = vary(images, shift=0.3, rotation=60, zoom=0.3, shear=0.3)

    np.testing.assert_allclose(varied, images, rtol=1e-5)


def test_outside_is_the_image_mirrored():
    image = np.arange(10, dtype=np.float32).reshape(1, 1, 10, 1)

    varied = vary(np.repeat(image, 200, axis=0), shift=0.2, fill_mode="reflect")[:, 0, :, 0]

    rows = {tuple(row) for row in varied.astype(int)}
    assert rows == {
        tuple(np.pad(np.arange(10), 2, mode="symmetric")[start : start + 10]) for start in range(5)
    }


def test_a_square_is_erased_to_the_mean_colour():
    images = np.random.default_rng(0).random((300, 16, 12, 3)).astype(np.float32)

    varied = vary(images, erasing=0.5)

    erased = (varied != images).all(axis=-1)
    means = images.mean(axis=(1, 2))
    np.testing.assert_allclose(varied[erased], np.repeat(means, erased.sum((1, 2)), axis=0), 1e-5)
    np.testing.assert_array_equal(varied[~erased], images[~erased])
    heights, widths = erased.any(axis=2).sum(axis=1), erased.any(axis=1).sum(axis=1)
    assert heights.max() == 8
    assert widths.max() == 6
    np.testing.assert_array_equal(erased.sum((1, 2)), heights * widths)
    assert erased.any(axis=0).all(), "it may be anywhere"


def test_draws_are_a_function_of_the_seed(blob):
    one, same, other = (vary(blob, seed, rotation=30) for seed in ([3, 0], [3, 0], [3, 200]))

    np.testing.assert_array_equal(one, same)
    assert not np.allclose(one, other)
    assert len(np.unique(one[:, 5, 12, 0])) > 150, "each image has draws of its own"


def test_images_without_channels(blob):
    np.testing.assert_array_equal(vary(blob[..., 0], shift=0.1), vary(blob, shift=0.1)[..., 0])


def test_keras_layers_are_called_in_turn_as_in_training(blob):
    layers = KerasLayers(
        [keras.layers.RandomFlip("horizontal", seed=1), keras.layers.Rescaling(2)]
    )
    varied = layers(tf.constant(blob), SEED, layers.settings).numpy()
    flipped = (varied == 2 * blob[:, :, ::-1]).all(axis=(1, 2, 3))
    as_it_was = (varied == 2 * blob).all(axis=(1, 2, 3))

    assert (flipped ^ as_it_was).all()
    assert 50 < flipped.sum() < 150


# --- in a training ----------------------------------------------------------------------------


def make_model():
    with seeded(0):
        model = build_cnn((8, 8, 1), 3, filters=4, dense_units=6)
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    return model


def make_data(x=None, n=70, held_out=20):
    rng = np.random.default_rng(0)
    x = rng.random((n, 8, 8, 1)).astype(np.float32) if x is None else x
    y = np.eye(3, dtype=np.float32)[np.arange(n) % 3]
    return TrainingData(x, y, None, np.arange(n - held_out))


def rest_of(data):
    return dataclasses.replace(data, rows=np.arange(len(data), len(data.x)))


def fit(data, augmenter, callbacks=()):
    model = make_model()
    create_variables(model, data)
    history = train(
        Training(
            model,
            data,
            batch_size=16,
            epochs=3,
            seed=5,
            held_out=rest_of(data),
            augmenter=augmenter,
            callbacks=callbacks,
        )
    )
    return model.get_weights(), history


AFFINE = Affine(RandomAffine(0.1, 17.0, 0.1, 0.1))


class HearsOfBatches(keras.callbacks.Callback):
    """Make training go by ``keras.Model.fit``."""

    def on_train_batch_end(self, batch, logs=None):
        """Hear."""


@pytest.mark.slow
def test_programs_and_keras_vary_images_alike():
    ours, our_history = fit(make_data(), AFFINE)
    keras_own, keras_history = fit(make_data(), AFFINE, [HearsOfBatches()])
    plain, _ = fit(make_data(), Unchanged())

    for one, other in zip(ours, keras_own, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-5)
    for name, values in our_history.items():
        np.testing.assert_allclose(values, keras_history[name], rtol=1e-4)
    assert not np.allclose(ours[0], plain[0], rtol=1e-3)


@pytest.mark.slow
def test_memory_mapped_images_are_varied_as_those_in_memory(tmp_path, monkeypatch):
    monkeypatch.setattr("skcnn._engine.feeding._BLOCK_BYTES", 16 * 8 * 8 * 4)
    data = make_data()
    np.save(tmp_path / "x.npy", data.x)
    mapped = make_data(np.load(tmp_path / "x.npy", mmap_mode="r+"))

    for one, other in zip(fit(data, AFFINE)[0], fit(mapped, AFFINE)[0], strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.slow
def test_held_out_images_stay_as_they_are():
    class Blackened(Unchanged):
        kind = "blackened"

        def __call__(self, x, seed, settings):
            return tf.zeros_like(x)

    scores = []

    class Score(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            data = rest_of(make_data())
            x, y = data.x[data.rows], data.y[data.rows]
            scores.append(
                float(keras.losses.categorical_crossentropy(y, self.model(x)).numpy().mean())
            )

    _, history = fit(make_data(), Blackened(), [Score()])

    np.testing.assert_allclose(history["val_loss"], scores, rtol=1e-5)


@pytest.mark.slow
def test_each_epoch_has_draws_of_its_own():
    seen = []

    class Watch(Unchanged):
        kind = None

        def __call__(self, x, seed, settings):
            tf.py_function(lambda s: seen.append(tuple(s.numpy())), [seed], [])
            return x

    fit(make_data(), Watch())

    assert [place for _, place in seen] == [0, 16, 32, 48] * 3
    assert len({seed for seed, _ in seen}) == 3
