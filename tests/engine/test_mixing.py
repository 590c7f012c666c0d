"""Samples take a share of their neighbours, and so do their labels and weights."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from skcnn._engine.augmenting import Unchanged
from skcnn._engine.mixing import Mixing

SEED = np.array([3, 200])
N = 2000
LABELS = np.arange(N, dtype=np.float32)[:, np.newaxis] % 7


def mixed(mixup, cutmix, shape=(8, 12, 3), seed=SEED, dtype=np.float32):
    """Mix samples that are all of one number, the one of their label."""
    x = np.broadcast_to(LABELS.reshape(N, *[1] * len(shape)), (N, *shape)).astype(dtype)
    mixing = Mixing(Unchanged(), mixup, cutmix)
    weight = [2 * LABELS[:, 0]]
    batch = mixing.batch(tf.constant(x), LABELS, weight, tf.constant(seed), mixing.settings)
    return [part.numpy() for part in batch]


def shares(labels):
    """Return how much of each label came from the sample before; nan where both are alike."""
    own, other = LABELS[:, 0], np.roll(LABELS[:, 0], 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return (labels[:, 0] - own) / (other - own)


@pytest.mark.parametrize("shape", [(8, 12, 3), (8, 12), (5,)])
@pytest.mark.parametrize("alpha", [0.3, 1.0, 4.0])
def test_mixup_blends_samples_by_shares_of_a_beta_distribution(alpha, shape):
    x, y, weight = mixed(alpha, 0, shape)

    assert stats.kstest(shares(y), stats.beta(alpha, alpha).cdf).pvalue > 0.01
    np.testing.assert_allclose(x.reshape(N, -1), np.repeat(y, np.prod(shape), axis=1), atol=1e-5)
    np.testing.assert_allclose(weight, 2 * y[:, 0], atol=1e-5)


@pytest.mark.parametrize("shape", [(8, 12, 3), (8, 12)])
def test_cutmix_puts_a_rectangle_of_the_neighbour_into_each_image(shape):
    x, y, weight = mixed(0, 1.0, shape)
    x = x.reshape(N, 8, 12, -1)[..., 0]
    own, other = LABELS[:, 0], np.roll(LABELS[:, 0], 1)
    cut = x == other[:, np.newaxis, np.newaxis]

    assert (cut | (x == own[:, np.newaxis, np.newaxis])).all()
    for image in cut:
        rows, columns = image.any(axis=1), image.any(axis=0)
        assert (image == np.outer(rows, columns)).all()
        assert (np.diff(np.flatnonzero(rows)) == 1).all()
        assert (np.diff(np.flatnonzero(columns)) == 1).all()
    np.testing.assert_allclose(shares(y), cut.mean(axis=(1, 2)), atol=1e-5)
    np.testing.assert_allclose(weight, 2 * y[:, 0], atol=1e-5)
    heights, widths = cut.any(axis=2).sum(axis=1), cut.any(axis=1).sum(axis=1)
    inside = (heights > 0) & (heights < 7) & (widths > 0) & (widths < 11)
    assert abs(heights[inside] / 8 - widths[inside] / 12).mean() < 0.25
    assert 0.2 < cut.mean() < 0.4


def test_either_way_befalls_half_of_the_images():
    x, y, _ = mixed(1.0, 1.0)
    own, other = LABELS[:, 0], np.roll(LABELS[:, 0], 1)
    pure = (x == own.reshape(N, 1, 1, 1)) | (x == other.reshape(N, 1, 1, 1))

    assert pure.all(axis=(1, 2, 3)).mean() == pytest.approx(0.5, abs=0.05)
    np.testing.assert_allclose(x.mean(axis=(1, 2, 3)), y[:, 0], atol=1e-4)


def test_the_seed_of_a_batch_decides():
    next_batch = SEED + np.array([0, 200])
    once, again, later = (mixed(1.0, 1.0, seed=seed)[1] for seed in (SEED, SEED, next_batch))

    assert (once == again).all()
    assert (once != later).mean() > 0.5


def test_shares_do_not_lose_the_precision_of_what_is_mixed():
    x, y, _ = mixed(1.0, 0, dtype=np.float16)

    assert x.dtype == np.float16
    np.testing.assert_allclose(x[:, 0, 0, 0], y[:, 0], atol=0.02)
