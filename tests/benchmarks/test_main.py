"""The command ``python -m benchmarks``, with rows that take no time."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import matplotlib.image
import pytest

from benchmarks.__main__ import main
from benchmarks.row import TimesBetter
from tests.benchmarks.made_up import row

ROOT = Path(__file__).parents[2]


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


@pytest.mark.slow
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


@pytest.mark.slow
def test_the_runner_loads_nothing_that_is_measured():
    code = "import sys, benchmarks.__main__; print(*sys.modules)"
    process = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        check=True,
        cwd=ROOT,
        encoding="utf-8",
    )

    heavy = {"tensorflow", "keras", "scikeras", "skorch", "torch", "sklearn"}
    assert not heavy & set(process.stdout.split())
