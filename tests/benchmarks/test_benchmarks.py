"""The runner and the report of benchmarks/, with rows that take no time."""

import io
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import matplotlib.image
import pytest
from rich.console import Console

from benchmarks.__main__ import main
from benchmarks.judging import Spread, judge
from benchmarks.reporting import amount, print_results, report, summary
from benchmarks.row import AtMost, Condition, Row, ShareOf, TimesBetter
from benchmarks.rows import ROWS
from benchmarks.running import RowRun, run_row

CONTESTANTS = """
import os
import signal


def quick():
    print("text that a package prints")
    return {"seconds": 2.0, "steps": 75}


def slow():
    return {"seconds": 8.0, "steps": 75}


def process():
    return {"seconds": float(os.getpid())}


def missing_package():
    import a_package_that_is_not_there


def silent():
    return {"minutes": 1.0}


def not_a_number():
    return {"seconds": float("nan")}


def killed():
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(scope="module")
def contestants(tmp_path_factory):
    """Import a module of contestants that other processes can import too."""
    folder = tmp_path_factory.mktemp("contestants")
    (folder / "fake_contestants.py").write_text(CONTESTANTS)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        patch.setenv("PYTHONPATH", str(folder))
        import fake_contestants

        yield fake_contestants


def row(contestants, *targets, **settings):
    settings = {"name": "fake", "work": "nothing", "measure": "seconds", "unit": "s"} | settings
    return Row(contestants=contestants, targets=targets, **settings)


def run_of(numbers, *targets, failures=None, **settings):
    """Return a run with given seconds (or other numbers) a repeat for each contestant."""
    filled = {
        name: [r if isinstance(r, dict) else {"seconds": r} for r in repeats]
        for name, repeats in numbers.items()
    }
    names = [*filled, *(failures or {})]
    return RowRun(row(dict.fromkeys(names), *targets, **settings), filled, failures or {})


def verdict_of(*arguments, **settings):
    (verdict,) = judge(run_of(*arguments, **settings))
    return verdict


def ignore(line):
    pass


# Running


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


# Judging


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


# Reporting


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1234.5, "1,234"),
        (99.96, "100"),
        (12.34, "12.3"),
        (1.234, "1.23"),
        (0.1234, "0.123"),
        (0.01234, "0.0123"),
        (0, "0"),
        (-3.21, "-3.21"),
    ],
)
def test_amounts_have_three_digits(number, text):
    assert amount(number) == text


@pytest.fixture
def runs():
    return [
        run_of(
            {"ours": [1, 1, 2], "peer": [10, 11, 12]},
            TimesBetter("ours", ("peer",), 10),
            TimesBetter("ours", ("peer",), 100),
            name="speed",
        ),
        run_of({"ours": [7], "peer": [10]}, ShareOf("ours", ("peer",), 0.7), name="share"),
        run_of({"ours": [3]}, AtMost("ours", (), 20), name="limit"),
        run_of(
            {"ours": [3]},
            TimesBetter("ours", ("gone",), 2),
            name="half",
            failures={"gone": "ModuleNotFoundError: No module named 'gone'"},
        ),
    ]


def test_report(runs):
    text = report(runs, 3, "a CPU, 2 cores", {"skcnn": "1.0", "torch": "missing"})

    assert "3 of 5 targets reached, 1 not measured." in text
    assert "a CPU, 2 cores, with skcnn 1.0, torch missing" in text
    for line in (
        "| speed<br>nothing | ours<br>1 s (1 to 2) | peer<br>11 s (10 to 12) "
        "| 10x (6 to 11) | at least 10x | yes |",
        "| 10x (6 to 11) | at least 100x | no |",
        "| 0.700 of it (0.700 to 0.700) | at most 0.7 of it | yes |",
        "| 3 s (3 to 3) | at most 20 s | yes |",
        "| gone<br>failed | not measured | at least 2x | not measured |",
        "- half: gone failed: ModuleNotFoundError: No module named 'gone'.",
        "| peer | 11 (10 to 12) |",
    ):
        assert line in text


def test_terminal_shows_the_table(runs):
    console = Console(file=io.StringIO(), width=130)

    print_results(runs, console)

    printed = console.file.getvalue()
    assert all(run.row.name in printed for run in runs)
    assert "No module named 'gone'" in printed


# The command


@pytest.fixture
def fake_rows(contestants):
    good = row(
        {"skcnn": contestants.quick, "peer": contestants.slow},
        TimesBetter("skcnn", ("peer",), 4),
        name="good",
    )
    bad = replace(
        good, name="bad", contestants={**good.contestants, "peer": contestants.missing_package}
    )
    return [good, bad]


def test_a_full_run_writes_its_results(fake_rows, tmp_path, capsys):
    status = main([], rows=fake_rows, folder=tmp_path)

    assert status == 1  # a contestant failed
    assert "1 of 2 targets reached, 1 not measured." in capsys.readouterr().out
    text = (tmp_path / "results.md").read_text(encoding="utf-8")
    assert "No module named 'a_package_that_is_not_there'" in text
    assert matplotlib.image.imread(tmp_path / "results.png").shape[1] > 1000


def test_a_single_row_leaves_the_results_alone(fake_rows, tmp_path, capsys):
    assert main(["good"], rows=fake_rows, folder=tmp_path) == 0
    assert "1 of 1 targets reached." in capsys.readouterr().out
    assert not list(tmp_path.iterdir())


def test_too_few_repeats_leave_the_results_alone(fake_rows, tmp_path):
    main(["--repeats", "2"], rows=fake_rows, folder=tmp_path)

    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nonsense"], "unknown row nonsense; the rows are: good, bad"),
        (["--repeats", "0"], "--repeats must be 1 or more; received 0"),
    ],
)
def test_a_wrong_command_line_is_explained(arguments, message, fake_rows, capsys):
    with pytest.raises(SystemExit) as exit_:
        main(arguments, rows=fake_rows)

    assert exit_.value.code == 2
    assert message in capsys.readouterr().err


# The rows


@pytest.mark.parametrize("declared", ROWS, ids=lambda row: row.name)
def test_rows_name_their_contestants(declared):
    named = {name for target in declared.targets for name in (target.ours, *target.peers)}
    named |= {condition.contestant for condition in declared.conditions}

    assert named <= set(declared.contestants)


def test_names_of_rows_are_those_of_their_files():
    files = Path(sys.modules["benchmarks.rows"].__file__).parent.glob("[a-z]*.py")

    assert sorted(row.name for row in ROWS) == sorted(path.stem for path in files)


def test_the_runner_loads_nothing_that_is_measured():
    code = "import sys, benchmarks.__main__; print(*sys.modules)"
    process = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        check=True,
        cwd=Path(__file__).parents[1],
        encoding="utf-8",
    )

    heavy = {"tensorflow", "keras", "scikeras", "skorch", "torch", "sklearn"}
    assert not heavy & set(process.stdout.split())
