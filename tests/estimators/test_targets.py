"""What y is, from labels to what a loss wants, and back."""

import numpy as np
import pytest

from skcnn.estimators._class_targets import ClassTargets
from skcnn.estimators._targets import Ending


def test_weights_have_a_mean_of_one_over_those_that_count():
    targets, codes = ClassTargets.read([0, 0, 1, 1])
    weight = targets.weights(codes, [2, 0, 4, 6], None)

    assert weight.dtype == np.float32
    np.testing.assert_allclose(weight, [0.5, 0, 1, 1.5])
    assert targets.weights(codes, None, None) is None


def test_class_weights_multiply_sample_weights():
    targets, codes = ClassTargets.read(["a", "a", "a", "b"])

    balanced = targets.weights(codes, None, "balanced")
    np.testing.assert_allclose(balanced, [2 / 3, 2 / 3, 2 / 3, 2])
    combined = targets.weights(codes, [1, 2, 3, 4], {"a": 1, "b": 3})
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
    targets, codes = ClassTargets.read([0, 1, 1])

    with pytest.raises(ValueError, match=message):
        targets.weights(codes, weight, None)


def three_classes():
    return ClassTargets.read([2, 0, 1])[0]


@pytest.mark.parametrize("loss", ["categorical_crossentropy", "anything"])
def test_one_hot_targets_are_kept_as_the_places_of_their_ones(loss):
    encoded = three_classes().given_by(Ending(3, loss)).encoded(np.array([2, 0]))

    assert (encoded.y.tolist(), encoded.y.dtype) == ([2, 0], np.int32)
    assert encoded.one_hot_width == 3


def test_a_sparse_loss_takes_class_indices():
    ending = Ending(3, "sparse_categorical_crossentropy")
    encoded = three_classes().given_by(ending).encoded(np.array([2, 0]))

    assert (encoded.y.tolist(), encoded.one_hot_width) == ([2, 0], None)


def test_one_output_takes_a_column_for_two_classes():
    targets, codes = ClassTargets.read(["yes", "no"])
    encoded = targets.given_by(Ending(1, "binary_crossentropy")).encoded(codes)

    np.testing.assert_array_equal(encoded.y, [[1], [0]])
    assert encoded.y.dtype == np.float32


@pytest.mark.parametrize("n_outputs", [1, 2, 4])
def test_a_network_of_another_width_is_refused(n_outputs):
    with pytest.raises(ValueError, match=f"{n_outputs} outputs, but y holds 3 classes"):
        three_classes().given_by(Ending(n_outputs, "categorical_crossentropy"))


@pytest.mark.parametrize(
    "loss", ["categorical_crossentropy", "sparse_categorical_crossentropy", "categorical_hinge"]
)
def test_a_loss_that_is_blind_to_a_single_output_is_refused(loss):
    targets, _ = ClassTargets.read([0, 1])

    with pytest.raises(ValueError, match=f"The loss {loss} compares.*binary_crossentropy"):
        targets.given_by(Ending(1, loss))


def test_probabilities_from_one_unit_and_from_logits():
    two, _ = ClassTargets.read([0, 1])
    one_unit = two.given_by(Ending(1, "binary_crossentropy"))
    np.testing.assert_allclose(
        one_unit.probabilities(np.array([[0.25], [1.0]])), [[0.75, 0.25], [0, 1]]
    )
    one_logit = two.given_by(Ending(1, "binary_crossentropy", from_logits=True))
    np.testing.assert_allclose(one_logit.probabilities(np.zeros((1, 1))), [[0.5, 0.5]])
    logits = three_classes().given_by(Ending(3, "categorical_crossentropy", from_logits=True))
    np.testing.assert_allclose(logits.probabilities(np.log([[0.2, 0.3, 0.5]])), [[0.2, 0.3, 0.5]])


@pytest.mark.parametrize("loss", ["hinge", "squared_hinge"])
def test_margins_are_decided_at_zero_and_are_no_probabilities(loss):
    targets = ClassTargets.read(["no", "yes"])[0].given_by(Ending(1, loss))
    outputs = np.array([[0.3], [-0.1], [0.9]])

    assert targets.decoded(outputs).tolist() == ["yes", "no", "yes"]
    with pytest.raises(ValueError, match="no probabilities"):
        targets.probabilities(outputs[[0, 2]])


def test_numbers_of_16_bits_are_probabilities_after_all():
    rounded = np.array([[0.33, 0.33, 0.33]])
    half = Ending(3, "categorical_crossentropy", half_precision=True)

    np.testing.assert_allclose(three_classes().given_by(half).probabilities(rounded), 1 / 3)
    with pytest.raises(ValueError, match="no probabilities"):
        three_classes().given_by(Ending(3, "categorical_crossentropy")).probabilities(rounded)
