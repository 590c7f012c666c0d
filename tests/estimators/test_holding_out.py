"""What is held out has its share of each kind."""

import numpy as np
import pytest

from skcnn.estimators._holding_out import hold_out


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5, 0.9])
def test_hold_out_is_stratified_and_whole(share):
    codes = np.repeat(np.arange(5), [100, 40, 40, 17, 3])
    training, held_out = hold_out(codes, share, seed=0)

    assert sorted(np.concatenate([training, held_out])) == list(range(200))
    assert len(held_out) == pytest.approx(200 * share, abs=2)
    for code, count in enumerate([100, 40, 40, 17, 3]):
        assert abs((codes[held_out] == code).sum() - count * share) <= 1.5


def test_hold_out_is_shuffled_by_the_seed():
    codes = np.repeat([0, 1], 50)
    first = hold_out(codes, 0.25, seed=0)[1]

    np.testing.assert_array_equal(first, hold_out(codes, 0.25, seed=0)[1])
    assert not np.array_equal(first, hold_out(codes, 0.25, seed=1)[1])
    assert len(set(np.diff(first))) > 2


@pytest.mark.parametrize("codes", [[0, 1], [0, 0, 1], [0, 1, 2, 3], [0] * 9 + [1]])
@pytest.mark.parametrize("share", [0.25, 0.9])
def test_every_class_keeps_a_sample_to_train_on(codes, share):
    training, _ = hold_out(np.array(codes), share, seed=0)

    assert set(np.array(codes)[training]) == set(codes)


def test_nothing_is_held_out_of_a_share_of_zero():
    training, held_out = hold_out(np.array([0, 1, 0, 1]), 0.0, seed=0)

    assert training.tolist() == [0, 1, 2, 3]
    assert held_out.tolist() == []
