"""Contestants in processes of their own, with rows that take no time."""

import pytest

from benchmarks.row_run import run_row
from tests.benchmarks.made_up import row


def ignore(line):
    pass


def test_contestants_take_turns(contestants):
    lines = []

    run = run_row(row({"a": contestants.quick, "b": contestants.slow}), 2, lines.append)

    assert lines == [
        "fake 1/2  a: 2.000 s",
        "fake 1/2  b: 8.000 s",
        "fake 2/2  a: 2.000 s",
        "fake 2/2  b: 8.000 s",
    ]
    assert run.numbers["a"] == [{"seconds": 2.0, "steps": 75}] * 2


def test_every_run_has_a_process_of_its_own(contestants):
    run = run_row(row({"a": contestants.process}), 2, ignore)

    first, second = (numbers["seconds"] for numbers in run.numbers["a"])
    assert first != second


@pytest.mark.parametrize(
    ("contestant", "reason"),
    [
        ("missing_package", "No module named 'a_package_that_is_not_there'"),
        ("silent", "no number 'seconds'"),
        ("not_a_number", "no number 'seconds'"),
        ("killed", "SIGKILL"),
    ],
)
def test_a_failing_contestant_is_out_and_the_others_go_on(contestants, contestant, reason):
    fake = row({"bad": getattr(contestants, contestant), "good": contestants.quick})

    run = run_row(fake, 2, ignore)

    assert reason in run.failures["bad"]
    assert list(run.numbers) == ["good"]
    assert len(run.numbers["good"]) == 2
