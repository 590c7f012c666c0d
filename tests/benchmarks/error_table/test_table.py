from dataclasses import replace

import pytest

from benchmarks.error_table.records import Record
from benchmarks.error_table.schedule import plan
from benchmarks.error_table.significance import wilson_interval
from benchmarks.error_table.table import Line, tabulate
from tests.benchmarks.error_table.made_up import MADE_UP, classifier, leave


def test_lines_are_ranked_and_neighbours_compared(records):
    leave(records, "a", 0, range(12))
    leave(records, "a", 1, range(20))
    leave(records, "b", 0, {0, 1, 50, 51})
    leave(records, "b", 1, set())

    table = tabulate(MADE_UP, [classifier("a"), classifier("b")], records)

    assert [line.classifier.name for line in table.lines] == ["b", "a"]
    assert [line.error for line in table.lines] == pytest.approx([0.02, 0.16])
    (comparison,) = table.comparisons
    assert comparison.better.classifier.name == "b"
    assert comparison.test[:2] == (2, 10)  # of the first seed
    assert table.gaps == []


def test_more_seeds_are_no_more_images():
    runs = [Record("tiny", "a", s, "2030-01-02", n_test=100, test_error=0.1) for s in range(3)]

    assert Line(classifier("a"), tuple(runs)).interval == pytest.approx(wilson_interval(0.1, 100))


def test_what_does_not_depend_on_the_seed_runs_once(records):
    leave(records, "a", 0, range(12))

    table = tabulate(MADE_UP, [classifier("a", draws_random_numbers=False)], records)

    assert (len(table.lines), table.gaps) == (1, [])


def test_the_first_seed_of_all_comes_first():
    some = [classifier("a"), classifier("b", draws_random_numbers=False)]

    names = [str(run) for run in plan([MADE_UP], some)]

    assert names == ["tiny a seed 0", "tiny b seed 0", "tiny a seed 1"]


def test_a_classifier_that_is_left_out_is_no_gap(records):
    leave(records, "a", 0, {1})
    dataset = replace(MADE_UP, seeds=(0,), left_out=("b",))
    some = [classifier("a"), classifier("b")]

    assert tabulate(dataset, some, records).gaps == []
    assert [str(run) for run in plan([dataset], some)] == ["tiny a seed 0"]
