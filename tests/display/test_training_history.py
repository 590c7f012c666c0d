"""The picture of a training: loss or error by epoch."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from skcnn.display import TrainingHistoryDisplay

pytestmark = pytest.mark.usefixtures("closed_figures")

HISTORY = {
    "loss": [2.0, 1.0, 0.5, 0.4],
    "accuracy": [0.2, 0.6, 0.8, 0.9],
    "val_loss": [1.5, 0.9, 0.7, 0.8],
    "val_accuracy": [0.5, 0.7, 0.75, 0.8],
}


def lines(display):
    return {line.get_label(): line for line in display.ax_.lines}


def test_two_lines_and_the_best_epoch():
    display = TrainingHistoryDisplay.from_history(HISTORY)

    drawn = lines(display)
    assert list(drawn) == ["training", "validation", "best epoch: 3 (0.7000)"]
    np.testing.assert_array_equal(drawn["training"].get_xdata(), [1, 2, 3, 4])
    np.testing.assert_array_equal(drawn["training"].get_ydata(), HISTORY["loss"])
    np.testing.assert_array_equal(drawn["validation"].get_ydata(), HISTORY["val_loss"])
    assert drawn["best epoch: 3 (0.7000)"].get_xydata().tolist() == [[3, 0.7]]
    assert display.best_epoch_ == 3
    assert display.ax_.get_ylabel() == "loss"
    assert drawn["training"].get_linestyle() != drawn["validation"].get_linestyle()


def test_the_error_is_what_is_missing_to_an_accuracy_of_1():
    display = TrainingHistoryDisplay.from_history(HISTORY, quantity="error")

    drawn = lines(display)
    np.testing.assert_allclose(drawn["training"].get_ydata(), [0.8, 0.4, 0.2, 0.1])
    np.testing.assert_allclose(drawn["validation"].get_ydata(), [0.5, 0.3, 0.25, 0.2])
    assert display.best_epoch_ == 4
    assert display.ax_.get_ylabel() == "error = 1 - accuracy"


def test_without_validation_the_training_line_stands_alone():
    display = TrainingHistoryDisplay.from_history({"loss": [2.0, 1.0]})

    assert list(lines(display)) == ["training"]
    assert display.best_epoch_ is None


def test_from_a_fitted_pipeline(cnn_pipeline, mlp_pipeline):
    display = TrainingHistoryDisplay.from_estimator(cnn_pipeline)

    history = cnn_pipeline["cnn"].history_
    assert display.best_epoch_ == np.argmin(history["val_loss"]) + 1
    assert TrainingHistoryDisplay.from_estimator(mlp_pipeline).best_epoch_ is None


def test_one_epoch_is_a_dot():
    display = TrainingHistoryDisplay.from_history({"loss": [2.0], "val_loss": [1.0]})

    assert {line.get_marker() for line in display.ax_.lines} <= {".", "o"}
    assert display.best_epoch_ == 1


def test_epochs_are_whole_numbers_and_the_axis_of_values_begins_at_0():
    display = TrainingHistoryDisplay.from_history(HISTORY)

    assert all(tick == int(tick) for tick in display.ax_.get_xticks())
    assert display.ax_.get_ylim()[0] == 0


def test_negative_losses_are_seen():
    display = TrainingHistoryDisplay.from_history(
        {"loss": [1.0, -0.5, -2.0], "val_loss": [1.0, -1.0, -3.0]}
    )

    assert display.ax_.get_ylim()[0] < -3
    assert display.ax_.get_ylim()[1] > 1
    assert display.best_epoch_ == 3


@pytest.mark.parametrize("second", [[8.0, 5.0], [-1.0, -5.0]], ids=["higher", "negative"])
def test_two_trainings_in_the_same_axes_are_seen_as_a_whole(second):
    first = TrainingHistoryDisplay.from_history({"loss": [2.0, 1.0]})

    TrainingHistoryDisplay.from_history({"loss": second}, ax=first.ax_)

    low, high = first.ax_.get_ylim()
    assert low <= min(0, *second)
    assert high >= max(2, *second)


@pytest.mark.parametrize(
    ("val_loss", "best"), [([np.nan, 3.0, np.inf, 4.0], 2), ([np.nan] * 4, None)]
)
def test_epochs_without_a_finite_loss_are_not_the_best(val_loss, best):
    display = TrainingHistoryDisplay.from_history(HISTORY | {"val_loss": val_loss})

    assert display.best_epoch_ == best


def test_it_draws_into_given_axes():
    figure, axes = plt.subplots(1, 2)

    display = TrainingHistoryDisplay(HISTORY)

    assert display.plot(axes[1]) is display
    assert display.ax_ is axes[1]
    assert display.figure_ is figure
    assert not axes[0].has_data()


@pytest.mark.parametrize(
    ("history", "quantity", "message"),
    [
        (HISTORY, "accuracy", "quantity must be 'loss' or 'error'; received 'accuracy'"),
        ({}, "loss", "must hold 'loss' for at least one epoch; it holds nothing"),
        ({"loss": []}, "loss", "at least one epoch"),
        ({"loss": [1.0]}, "error", "must hold 'accuracy'.*it holds 'loss'"),
        ({"loss": [1.0, 2.0], "val_loss": [1.0]}, "loss", "expected 2, received 1"),
    ],
)
def test_a_history_that_cannot_be_drawn(history, quantity, message):
    with pytest.raises(ValueError, match=message):
        TrainingHistoryDisplay.from_history(history, quantity=quantity)

    assert plt.get_fignums() == []
