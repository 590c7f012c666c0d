"""The table of benchmarks/mnist_table, with data and classifiers that take no time."""

import json
import os
import re
import sys
from dataclasses import replace

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.utils import Bunch

from benchmarks.mnist_table import contestants as real
from benchmarks.mnist_table.__main__ import main
from benchmarks.mnist_table.contestants import CONTESTANTS, Contestant
from benchmarks.mnist_table.datasets import DATASETS, PUBLISHED_ON_MNIST, Dataset, Published
from benchmarks.mnist_table.measuring import describe_environment, measure
from benchmarks.mnist_table.page import page
from benchmarks.mnist_table.records import Record, Records
from benchmarks.mnist_table.running import plan
from benchmarks.mnist_table.significance import mcnemar, wilson_interval
from benchmarks.mnist_table.table import Line, tabulate
from skcnn import CNNClassifier

STAND_INS = """
import os
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier
from sklearn.utils import Bunch


def load():
    digits = load_digits()
    X, y = digits.images.astype(np.uint8).reshape(-1, 64), digits.target.astype(np.uint8)
    return Bunch(X_train=X[:300], y_train=y[:300], X_test=X[300:400], y_test=y[300:400])


def good(seed):
    with Path(os.environ["STAND_INS_LOG"]).open("a") as log:
        print("good", seed, os.getpid(), file=log)
    return KNeighborsClassifier(3)


def broken(seed):
    raise RuntimeError("no such preset")
"""
ENVIRONMENT = {"CPU": "a CPU, 2 cores", "numpy": "2.0"}
Y_TEST = np.arange(100, dtype=np.uint8) % 10


def load_made_up():
    return Bunch(y_test=Y_TEST)


def contestant(name, **settings):
    return Contestant(name, f"the {name}", None, f"`{name}()`", **settings)


MADE_UP = Dataset("tiny", "Tiny", load_made_up, (0, 1), {"a": Published("their a", 0.12)})


@pytest.fixture
def records(tmp_path):
    return Records(tmp_path / "records")


def leave(records, name, seed, wrong, **numbers):
    """Leave the record and the labels of a run that got the images ``wrong`` wrong."""
    labels = Y_TEST.copy()
    labels[list(wrong)] += 1
    record = Record(
        "tiny",
        name,
        seed,
        **{
            "date": "2030-01-02",
            "n_train": 60000,
            "n_test": 100,
            "test_error": len(wrong) / 100,
            "fit_seconds": 10.0,
            "fit_cpu_seconds": 15.0,
            "predict_seconds": 0.002,
            "n_parameters": 7850,
            "environment": ENVIRONMENT,
            **numbers,
        },
    )
    np.save(records.labels_path("tiny", name, seed), labels)
    records.add(record)
    return record


def page_of(records, *contestants, dataset=MADE_UP):
    return page([tabulate(dataset, contestants, records)], contestants)


# Intervals and tests


@pytest.mark.parametrize(
    ("wrong", "n", "low", "high"),
    [  # R. G. Newcombe, Statistics in Medicine 17, 857-872, 1998, table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_interval(wrong, n, low, high):
    assert wilson_interval(wrong / n, n) == pytest.approx((low, high), abs=5e-5)


def test_wilson_interval_ends_where_shares_end():
    assert 0 <= wilson_interval(0, 20).low < 1e-12
    assert 1 - 1e-12 < wilson_interval(1, 20).high <= 1


def test_mcnemar_counts_what_only_one_gets_wrong():
    y = np.zeros(30, dtype=np.uint8)
    first, second = y.copy(), y.copy()
    first[:10] = 1
    second[10:12] = 1
    first[20:25] = 1
    second[20:25] = 2  # both are wrong, in different ways

    test = mcnemar(y, first, second)

    assert test[:2] == (10, 2)
    assert test.p == pytest.approx(2 * (1 + 12 + 66) / 2**12)
    assert mcnemar(y, second, first)[:2] == (2, 10)


def test_classifiers_that_err_together_do_not_differ():
    y = np.zeros(30, dtype=np.uint8)

    assert mcnemar(y, y + 1, y + 2) == (0, 0, 1.0)


# One fit


def test_a_fit_is_measured():
    digits = load_digits()
    X, y = digits.data, digits.target.astype(np.uint8)
    data = Bunch(X_train=X[:300], y_train=y[:300], X_test=X[300:400], y_test=y[300:400])
    classifier = KNeighborsClassifier(3)

    numbers, labels = measure(classifier, data)

    expected = KNeighborsClassifier(3).fit(X[:300], y[:300]).score(X[300:400], y[300:400])
    assert numbers["test_error"] == pytest.approx(1 - expected)
    assert (labels == classifier.predict(X[300:400])).all()
    assert labels.dtype == np.uint8
    assert (numbers["n_train"], numbers["n_test"]) == (300, 100)
    assert min(numbers["fit_seconds"], numbers["predict_seconds"]) > 0
    assert numbers["n_parameters"] is None


def test_a_fit_that_does_not_converge_is_told():
    rng = np.random.default_rng(0)
    X, y = rng.random((40, 5)), np.arange(40, dtype=np.uint8) % 3
    data = Bunch(X_train=X, y_train=y, X_test=X, y_test=y)

    (warning,) = measure(LogisticRegression(max_iter=1), data).numbers["warnings"]

    assert warning.startswith("ConvergenceWarning: lbfgs failed to converge")
    assert "\n" not in warning
    assert measure(LogisticRegression(), data).numbers["warnings"] == []


def test_the_environment_has_machine_threads_and_versions():
    environment = describe_environment()

    assert environment["numpy"] == np.__version__
    assert "cores" in environment["CPU"]
    assert int(environment["threads of BLAS and OpenMP"]) >= 1


# Records


def test_records_come_back_as_they_were(records):
    record = leave(records, "a", 1, {3, 4}, warnings=["a", "b"])

    assert Records(records._folder).find("tiny", "a", 1) == record
    assert np.flatnonzero(records.labels(record) != Y_TEST).tolist() == [3, 4]
    assert records.find("tiny", "a", 0) is None


# The table


def test_lines_are_ranked_and_neighbours_compared(records):
    leave(records, "a", 0, range(12))
    leave(records, "a", 1, range(20))
    leave(records, "b", 0, {0, 1, 50, 51})
    leave(records, "b", 1, set())

    table = tabulate(MADE_UP, [contestant("a"), contestant("b")], records)

    assert [line.contestant.name for line in table.lines] == ["b", "a"]
    assert [line.error for line in table.lines] == pytest.approx([0.02, 0.16])
    (comparison,) = table.comparisons
    assert comparison.better.contestant.name == "b"
    assert comparison.test[:2] == (2, 10)  # of the first seed
    assert table.gaps == []


def test_more_seeds_are_no_more_images():
    runs = [Record("tiny", "a", s, "2030-01-02", n_test=100, test_error=0.1) for s in range(3)]

    assert Line(contestant("a"), tuple(runs)).interval == pytest.approx(wilson_interval(0.1, 100))


def test_what_does_not_depend_on_the_seed_runs_once(records):
    leave(records, "a", 0, range(12))

    table = tabulate(MADE_UP, [contestant("a", draws_random_numbers=False)], records)

    assert (len(table.lines), table.gaps) == (1, [])


def test_the_first_seed_of_all_comes_first():
    some = [contestant("a"), contestant("b", draws_random_numbers=False)]

    names = [str(run) for run in plan([MADE_UP], some)]

    assert names == ["tiny a seed 0", "tiny b seed 0", "tiny a seed 1"]


# The page


def test_a_line_of_the_page(records):
    leave(records, "textbook", 0, range(20), fit_seconds=100.0)
    leave(records, "textbook", 1, range(20), fit_seconds=200.0)
    leave(records, "a", 0, range(2))
    leave(records, "a", 1, range(4))

    text = page_of(records, contestant("textbook"), contestant("a"))

    low, high = wilson_interval(0.03, 100)
    assert (
        f"| the a | 3.00% | {low:.2%} to {high:.2%} | 2: 2.00% to 4.00% | their a: 12.00% "
        "| 10 | 0.0667 | 1.5 | 20 | 7,850 |" in text
    )
    assert "| the textbook | 20.00% |" in text
    assert "| 150 | 1 | 0.1 |" in text
    assert "Run on 02 January 2030. CPU a CPU, 2 cores, numpy 2.0." in text
    assert "60,000 training images, 100 test images." in text
    assert "| the a | `a()` |" in text
    assert "Missing" not in text


def test_the_page_says_which_differences_are_noise(records):
    for name, wrong in (("a", {0, 1}), ("b", {0, 2, 3}), ("c", range(40, 60))):
        leave(records, name, 0, wrong)

    text = page_of(
        records, *map(contestant, "abc"), dataset=replace(MADE_UP, seeds=(0,), published={})
    )

    assert "| the a | the b | 1 | 2 | 1 | no |" in text
    assert re.search(r"\| the b \| the c \| 3 \| 20 \| 0\.000\d+ \| yes \|", text)
    assert "With 2 tests at 5%, 0.1 would say yes" in text
    assert "p below 0.025" in text
    assert "LeCun et al. (1998) |" not in text
    assert "| seeds |" not in text


def test_the_page_says_what_is_missing(records):
    leave(records, "a", 0, {1})
    records.add(Record("tiny", "b", 0, "2030-01-02", failure="MemoryError: 3 GB"))

    text = page_of(records, contestant("a"), contestant("b"))

    assert "- the a, seed 1: not run." in text
    assert "- the b, seed 0: failed with MemoryError: 3 GB." in text
    assert "- the b, seed 1: not run." in text
    assert "| the b | " not in text.partition("## The classifiers")[0]


def test_the_page_has_the_warnings(records):
    leave(records, "a", 1, {1}, warnings=["ConvergenceWarning: not yet"])

    assert "- the a, seed 1: ConvergenceWarning: not yet" in page_of(records, contestant("a"))


def test_the_page_of_nothing(records):
    text = page_of(records, contestant("a"))

    assert "Nothing has been run yet." in text
    assert "- the a, seed 0, 1: not run." in text


def test_runs_of_different_environments_do_not_compare(records):
    other = {**ENVIRONMENT, "numpy": "2.1"}
    leave(records, "textbook", 0, {1}, fit_seconds=100.0)
    leave(records, "a", 0, {1, 2}, environment=other, date="2030-02-03")
    leave(records, "a", 1, {1, 2}, environment=other, date="2030-02-05")

    text = page_of(records, contestant("textbook"), contestant("a"))

    assert "their times do not compare" in text
    assert "- tiny textbook: run on 02 January 2030. CPU a CPU, 2 cores, numpy 2.0." in text
    assert (
        "- tiny a: run from 03 February 2030 to 05 February 2030. CPU a CPU, 2 cores, numpy 2.1."
        in text
    )
    assert "| 10 | - | 1.5 |" in text


# The command


@pytest.fixture
def stand_ins(tmp_path, monkeypatch):
    """Import a module of classifiers that other processes can import too."""
    (tmp_path / "stand_ins.py").write_text(STAND_INS)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=":")
    monkeypatch.setenv("STAND_INS_LOG", str(tmp_path / "log"))
    monkeypatch.delitem(sys.modules, "stand_ins", raising=False)
    import stand_ins

    return stand_ins


@pytest.fixture
def command(stand_ins, tmp_path):
    """Return a function that runs the command, with a classifier that works and one that fails."""
    dataset = Dataset("digits", "Digits", stand_ins.load, (0, 1))
    classifiers = [
        Contestant("broken", "broken one", stand_ins.broken, "nothing"),
        Contestant("good", "k-NN", stand_ins.good, "k-NN"),
    ]

    def run(*arguments):
        return main(
            arguments,
            datasets=[dataset],
            contestants=classifiers,
            folder=tmp_path / "records",
            page_path=tmp_path / "results.md",
        )

    return run


def runs_in(folder):
    log = folder / "log"
    return [line.split() for line in log.read_text().splitlines()] if log.exists() else []


def test_runs_are_kept_and_not_repeated(command, tmp_path, capsys):
    assert command("--only", "good", "--seeds", "1") == 0
    runs = runs_in(tmp_path)
    assert command("--only", "good", "--seeds", "1", "--write") == 0

    ((name, seed, process),) = runs
    assert (name, seed) == ("good", "1")
    assert process != str(os.getpid())
    assert runs_in(tmp_path) == runs
    assert "digits good seed 1: there, of " in capsys.readouterr().err
    record = json.loads((tmp_path / "records" / "digits-good-1.json").read_text())
    assert record["n_train"] == 300
    assert f"| k-NN | {record['test_error']:.2%} |" in (tmp_path / "results.md").read_text()


def test_a_failure_is_told_and_tried_again(command, tmp_path, capsys):
    assert command("--seeds", "0", "--write") == 1
    text = (tmp_path / "results.md").read_text()
    capsys.readouterr()

    assert "- broken one, seed 0: failed with RuntimeError: no such preset." in text
    assert "| k-NN | " in text.partition("## The classifiers")[0]
    assert command("--seeds", "0") == 1
    assert capsys.readouterr().err.splitlines()[0] == "digits broken seed 0: running"
    assert len(runs_in(tmp_path)) == 1


def test_fresh_runs_are_repeated(command, tmp_path, capsys):
    records = Records(tmp_path / "records")
    records.add(replace(leave(records, "broken", 0, {1}), dataset="digits"))

    assert command("--only", "broken", "--seeds", "0") == 0
    assert command("--only", "broken", "--seeds", "0", "--fresh") == 1
    assert records.find("digits", "broken", 0).failure == "RuntimeError: no such preset"


def test_the_page_needs_no_run(command, tmp_path, capsys):
    assert command("--no-runs") == 0

    assert "Nothing has been run yet." in capsys.readouterr().out
    assert runs_in(tmp_path) == []
    assert not (tmp_path / "results.md").exists()


def test_an_unknown_classifier_is_explained(command, capsys):
    with pytest.raises(SystemExit) as exit_:
        command("--only", "nonsense")

    assert exit_.value.code == 2
    assert "invalid choice: 'nonsense'" in capsys.readouterr().err


# Who takes part


def test_published_errors_stand_beside_a_contestant():
    assert set(PUBLISHED_ON_MNIST) <= {c.name for c in CONTESTANTS}


def test_the_reference_of_the_times_takes_part():
    assert "textbook" in {c.name for c in CONTESTANTS}
    assert len({c.name for c in CONTESTANTS}) == len(CONTESTANTS)
    assert len({d.name for d in DATASETS}) == len(DATASETS)


@pytest.mark.parametrize("build", [real.logistic_regression, real.k_nn, real.svm])
def test_classical_contestants_take_bytes(build):
    digits = load_digits()
    images = np.zeros((300, 28, 28), dtype=np.uint8)
    images[:, 10:18, 10:18] = digits.images[:300] * 15

    pipeline = build(0).fit(images[:250], digits.target[:250])

    assert isinstance(pipeline, Pipeline)
    assert pipeline.score(images[250:], digits.target[250:300]) > 0.8


@pytest.mark.parametrize(
    ("build", "preset", "parameters"),
    [
        (real.textbook, "textbook", {}),
        (real.lenet5, "lenet5", {}),
        (real.fast, "fast", {}),
        (real.fast_in_3_epochs, "fast", {"epochs": 3}),
        (real.accurate, "accurate", {}),
    ],
)
def test_networks_are_presets_with_a_seed(build, preset, parameters, monkeypatch):
    asked = []

    def from_preset(name, **given):
        asked.append((name, given))
        return CNNClassifier(**given)

    monkeypatch.setattr(CNNClassifier, "from_preset", from_preset, raising=False)

    pipeline = build(7)

    assert asked == [(preset, {"random_state": 7, **parameters})]
    assert pipeline[0].fit_transform(np.zeros((2, 28, 28), np.uint8)).shape == (2, 28, 28, 1)
    assert build in [contestant.build for contestant in CONTESTANTS]
