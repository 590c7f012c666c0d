import io

import pytest
from rich.console import Console

from benchmarks.reporting import amount, print_results, report
from benchmarks.row import AtMost, ShareOf, TimesBetter
from tests.benchmarks.made_up import run_of


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
