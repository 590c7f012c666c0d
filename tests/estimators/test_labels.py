import numpy as np
import pytest

from skcnn.estimators import labels


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5, 0.9])
def test_hold_out_is_stratified_and_whole(share):
    codes = np.repeat(np.arange(5), [100, 40, 40, 17, 3])
    training, held_out = labels.hold_out(codes, share, seed=0)

    assert sorted(np.concatenate([training, held_out])) == list(range(200))
    assert len(held_out) == pytest.approx(200 * share, abs=2)
    for code, count in enumerate([100, 40, 40, 17, 3]):
        assert abs((codes[held_out] == code).sum() - count * share) <= 1.5


def test_hold_out_is_shuffled_by_the_seed():
    codes = np.repeat([0, 1], 50)
    first = labels.hold_out(codes, 0.25, seed=0)[1]

    np.testing.assert_array_equal(first, labels.hold_out(codes, 0.25, seed=0)[1])
    assert not np.array_equal(first, labels.hold_out(codes, 0.25, seed=1)[1])
    assert len(set(np.diff(first))) > 2


@pytest.mark.parametrize("codes", [[0, 1], [0, 0, 1], [0, 1, 2, 3], [0] * 9 + [1]])
@pytest.mark.parametrize("share", [0.25, 0.9])
def test_every_class_keeps_a_sample_to_train_on(codes, share):
    training, _ = labels.hold_out(np.array(codes), share, seed=0)

    assert set(np.array(codes)[training]) == set(codes)


def test_nothing_is_held_out_of_a_share_of_zero():
    training, held_out = labels.hold_out(np.array([0, 1, 0, 1]), 0.0, seed=0)

    assert training.tolist() == [0, 1, 2, 3]
    assert held_out.tolist() == []


def test_weights_have_a_mean_of_one_over_those_that_count():
    X, y = np.zeros((4, 1)), np.array([0, 0, 1, 1])
    weight = labels.weights([2, 0, 4, 6], None, X, y)

    assert weight.dtype == np.float32
    np.testing.assert_allclose(weight, [0.5, 0, 1, 1.5])
    assert labels.weights(None, None, X, y) is None


def test_class_weights_multiply_sample_weights():
    X, y = np.zeros((4, 1)), np.array(["a", "a", "a", "b"])

    np.testing.assert_allclose(labels.weights(None, "balanced", X, y), [2 / 3, 2 / 3, 2 / 3, 2])
    combined = labels.weights([1, 2, 3, 4], {"a": 1, "b": 3}, X, y)
    np.testing.assert_allclose(combined, np.array([1, 2, 3, 12]) / 4.5, rtol=1e-6)


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        ([0, 0, 0], "zero"),
        ([1, -1, 1], "[Nn]egative"),
        ([1, np.nan, 1], "NaN"),
        ([1, 1], "inconsistent|shape"),
    ],
)
def test_bad_weights_are_refused(weight, message):
    with pytest.raises(ValueError, match=message):
        labels.weights(weight, None, np.zeros((3, 1)), np.array([0, 1, 1]))


@pytest.mark.parametrize(
    ("n_outputs", "loss", "expected"),
    [
        (3, "categorical_crossentropy", [[0, 0, 1], [1, 0, 0]]),
        (3, "sparse_categorical_crossentropy", [2, 0]),
        (3, "anything", [[0, 0, 1], [1, 0, 0]]),
    ],
)
def test_targets_are_what_the_loss_wants(n_outputs, loss, expected):
    targets = labels.as_targets(np.array([2, 0]), 3, n_outputs, loss)

    np.testing.assert_array_equal(targets, expected)


def test_one_output_takes_a_column_for_two_classes():
    targets = labels.as_targets(np.array([1, 0]), 2, 1, "binary_crossentropy")

    np.testing.assert_array_equal(targets, [[1], [0]])
    assert targets.dtype == np.float32


@pytest.mark.parametrize("n_outputs", [1, 2, 4])
def test_a_network_of_another_width_is_refused(n_outputs):
    with pytest.raises(ValueError, match=f"{n_outputs} outputs, but y holds 3 classes"):
        labels.as_targets(np.array([0, 1, 2]), 3, n_outputs, "categorical_crossentropy")


def test_probabilities_from_one_unit_and_from_logits():
    column = np.array([[0.25], [1.0]])
    np.testing.assert_allclose(
        labels.as_probabilities(column, from_logits=False), [[0.75, 0.25], [0, 1]]
    )
    np.testing.assert_allclose(
        labels.as_probabilities(np.zeros((1, 1)), from_logits=True), [[0.5, 0.5]]
    )
    logits = np.log([[0.2, 0.3, 0.5]])
    np.testing.assert_allclose(
        labels.as_probabilities(logits, from_logits=True), [[0.2, 0.3, 0.5]]
    )
