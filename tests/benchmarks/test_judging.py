import pytest

from benchmarks.judging import Spread, judge
from benchmarks.reporting import summary
from benchmarks.row import AtMost, Condition, ShareOf, TimesBetter
from tests.benchmarks.made_up import run_of


def verdict_of(*arguments, **settings):
    (verdict,) = judge(run_of(*arguments, **settings))
    return verdict


def test_spread():
    assert Spread.of([3.0, 1.0, 2.0]) == Spread(2.0, 1.0, 3.0)


@pytest.mark.parametrize(("factor", "reached"), [(4, True), (4.1, False)])
def test_times_faster(factor, reached):
    verdict = verdict_of(
        {"ours": [1, 2, 1], "peer": [4, 8, 5]}, TimesBetter("ours", ("peer",), factor)
    )

    assert verdict.value == Spread(4, 4, 5)
    assert verdict.reached is reached


@pytest.mark.parametrize(("factor", "reached"), [(2, True), (2.1, False)])
def test_times_the_throughput(factor, reached):
    target = TimesBetter("ours", ("peer",), factor)

    verdict = verdict_of({"ours": [20], "peer": [10]}, target, more_is_better=True)

    assert verdict.value.median == 2
    assert verdict.reached is reached


@pytest.mark.parametrize(("share", "reached"), [(0.7, True), (0.6, False)])
def test_share_of_the_peer(share, reached):
    verdict = verdict_of({"ours": [7], "peer": [10]}, ShareOf("ours", ("peer",), share))

    assert verdict.value.median == 0.7
    assert verdict.reached is reached


@pytest.mark.parametrize(("limit", "reached"), [(20, True), (19, False)])
def test_limit_without_a_peer(limit, reached):
    verdict = verdict_of({"ours": [30, 20, 10]}, AtMost("ours", (), limit))

    assert (verdict.peer, verdict.value) == (None, Spread(20, 10, 30))
    assert verdict.reached is reached


@pytest.mark.parametrize(("more_is_better", "best"), [(False, "b"), (True, "a")])
def test_the_best_of_several_peers_counts(more_is_better, best):
    numbers = {"ours": [1], "a": [9], "b": [3]}
    target = TimesBetter("ours", ("a", "b"), 1)

    assert verdict_of(numbers, target, more_is_better=more_is_better).peer == best


def test_unequal_work_does_not_count():
    numbers = {
        "ours": [{"seconds": 1, "steps": 70, "score": 0.80}],
        "peer": [{"seconds": 9, "steps": 75, "score": 0.82}],
    }
    target = TimesBetter("ours", ("peer",), 2)

    verdict = verdict_of(numbers, target, same=("steps",), close={"score": 0.03})

    assert verdict.remarks == ("steps differs: ours 70, peer 75",)
    assert verdict.measured
    assert not verdict.reached
    assert verdict_of(numbers, target, close={"score": 0.03}).reached
    assert not verdict_of(numbers, target, close={"score": 0.01}).reached


def test_work_that_nobody_counted_is_not_equal():
    verdict = verdict_of(
        {"ours": [1], "peer": [9]}, TimesBetter("ours", ("peer",), 2), same=("steps",)
    )

    assert verdict.remarks == ("steps differs: ours nan, peer nan",)


def test_a_condition_must_hold_too():
    condition = Condition("ours", "it is light", lambda numbers: numbers["seconds"] < 1)

    verdict = verdict_of({"ours": [1]}, AtMost("ours", (), 2), conditions=(condition,))

    assert verdict.remarks == ("does not hold: it is light",)
    assert not verdict.reached


@pytest.mark.parametrize("failed", ["ours", "peer"])
def test_nothing_is_reported_for_what_was_not_measured(failed):
    other = {"ours", "peer"} - {failed}
    run = run_of(
        {name: [1] for name in other},
        TimesBetter("ours", ("peer",), 1),
        failures={failed: "no memory"},
    )

    (verdict,) = judge(run)

    assert (verdict.value, verdict.reached) == (None, False)
    assert verdict.remarks == (f"{failed} failed: no memory",)
    assert summary([run]) == "0 of 1 targets reached, 1 not measured."
