"""A training ends in time, whatever a step takes."""

import pytest

from skcnn._engine import pacing
from skcnn._engine.pacing import Budget


class Clock:
    """Stands still unless it is told that time passes."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(pacing, "perf_counter", clock)
    return clock


def train(clock, seconds, n_steps, step, *, compiling=0.0, between=0.0, scores_first=False):
    """Return the parts of each epoch; ``step`` is seconds, or tells them by the steps so far."""
    budget = Budget(seconds, began=clock.now)
    if scores_first:
        budget.pause()
        clock.now += between
    epochs, n_parts = [], 0
    while True:
        epochs.append([])
        for part in budget.parts(n_steps, is_first=len(epochs) == 1):
            pace = step(budget.n_steps) if callable(step) else step
            clock.now += part.n_steps * pace + compiling * (n_parts < 2)
            n_parts += 1
            epochs[-1].append(part)
        clock.now += between
        if budget.is_spent(n_steps):
            return epochs


def total(epochs):
    return sum(part.n_steps for epoch in epochs for part in epoch)


@pytest.mark.parametrize("n_steps", [1, 7, 225, 5000])
@pytest.mark.parametrize("seconds", [5, 60, 600])
def test_the_time_is_used_and_kept(clock, seconds, n_steps):
    epochs = train(clock, seconds, n_steps, step=seconds / 5500, compiling=0.2)

    assert 0.97 * seconds < clock.now - 100 <= seconds
    assert total(epochs) == pytest.approx(5500 * (seconds - 0.4) / seconds, rel=0.03)


def test_what_is_between_epochs_counts(clock):
    epochs = train(clock, 60, 100, step=0.05, between=2.0, compiling=1.0, scores_first=True)

    assert 55 < clock.now - 100 <= 60
    assert len(epochs) == 8


@pytest.mark.parametrize("change", [0.3, 3.0])
def test_a_pace_that_changes(clock, change):
    train(clock, 60, 100, step=lambda n: 0.02 * (change if n > 1000 else 1))

    assert 0.97 * 60 < clock.now - 100 <= 1.05 * 60


def test_one_epoch_is_run_to_its_end(clock):
    (epoch,) = train(clock, 1, 500, step=0.01)

    assert sum(part.n_steps for part in epoch) == 500
    assert {part.n_planned for part in epoch} == {500}


def test_no_time_at_all(clock):
    (epoch,) = train(clock, 1e-9, 3, step=0.01)

    assert sum(part.n_steps for part in epoch) == 3


def test_the_plan_is_right_in_the_end(clock):
    epochs = train(clock, 60, 100, step=lambda n: 0.02 + 0.01 * (n // 50 % 2), compiling=3.0)
    parts = [part for epoch in epochs for part in epoch]
    halfway = parts[len(parts) // 2]

    assert parts[-1].n_planned == pytest.approx(total(epochs), rel=0.01)
    assert halfway.n_planned == pytest.approx(total(epochs), rel=0.15)
    assert len(parts) < 150, "looks at the clock cost time"


def test_each_epoch_has_a_part_whatever_has_become_of_the_time(clock):
    budget = Budget(10, began=clock.now)
    for part in budget.parts(50, is_first=True):
        clock.now += part.n_steps * 0.1
    assert not budget.is_spent(50)
    clock.now += 60

    parts = list(budget.parts(50, is_first=False))

    assert [part.n_steps for part in parts] == [1]
    assert budget.is_spent(50)


def test_a_share_of_the_time_ends_sooner_and_leaves_the_rest(clock):
    whole = Budget(10, began=clock.now)
    for budget in (whole.shared(0.4), whole.shared()):
        for part in budget.parts(5000, is_first=False):
            clock.now += part.n_steps * 0.01
        assert budget.is_spent(5000)

    assert budget.n_steps == pytest.approx(600, rel=0.03)
    assert 109.8 < clock.now <= 110
    assert -0.2 < budget.overrun <= 0


@pytest.mark.parametrize("seconds", [10, 1000])
def test_the_plan_has_no_more_steps_than_there_will_be(clock, seconds):
    budget = Budget(seconds, began=clock.now, most_steps=3000)
    planned = []
    for part in budget.parts(3000, is_first=False):
        clock.now += part.n_steps * 0.01
        planned.append(part.n_planned)

    assert planned[0] == 3000, "nothing is known of the pace"
    assert planned[-1] == pytest.approx(min(3000, seconds / 0.01), rel=0.01)
