import re
from dataclasses import replace

from benchmarks.error_table.page import page
from benchmarks.error_table.records import Record
from benchmarks.error_table.significance import wilson_interval
from benchmarks.error_table.table import tabulate
from tests.benchmarks.error_table.made_up import ENVIRONMENT, MADE_UP, classifier, leave


def page_of(records, *classifiers, dataset=MADE_UP):
    return page([tabulate(dataset, classifiers, records)], classifiers)


def test_a_line_of_the_page(records):
    leave(records, "textbook", 0, range(20), fit_seconds=100.0)
    leave(records, "textbook", 1, range(20), fit_seconds=200.0)
    leave(records, "a", 0, range(2))
    leave(records, "a", 1, range(4))

    text = page_of(records, classifier("textbook"), classifier("a"))

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


def test_an_ablation_becomes_a_section(records):
    leave(records, "textbook", 0, range(20))
    tables = [tabulate(MADE_UP, [classifier("textbook")], records)]

    text = page(tables, [], ablation="# Ablation\n\n| differs in | error |\n")

    assert "\n\n## Ablation\n\n| differs in | error |\n\n## The classifiers\n" in text
    assert "Ablation" not in page(tables, [])


def test_the_page_says_which_differences_are_noise(records):
    for name, wrong in (("a", {0, 1}), ("b", {0, 2, 3}), ("c", range(40, 60))):
        leave(records, name, 0, wrong)

    text = page_of(
        records, *map(classifier, "abc"), dataset=replace(MADE_UP, seeds=(0,), published={})
    )

    assert "| the a | the b | 1 | 2 | 1 | no |" in text
    assert re.search(r"\| the b \| the c \| 3 \| 20 \| 0\.000\d+ \| yes \|", text)
    assert "With 2 tests at 5%, 0.1 would say yes" in text
    assert "p below 0.025" in text
    assert "LeCun et al. (1998) |" not in text
    assert "| seeds |" not in text


def test_one_test_is_not_many(records):
    for name, wrong in (("a", {0}), ("b", range(40, 60))):
        leave(records, name, 0, wrong)

    text = page_of(
        records, *map(classifier, "ab"), dataset=replace(MADE_UP, seeds=(0,), published={})
    )

    assert "| the a | the b | 1 | 20 | " in text
    assert " tests at 5%" not in text


def test_the_page_says_what_is_missing(records):
    leave(records, "a", 0, {1})
    records.add(Record("tiny", "b", 0, "2030-01-02", failure="MemoryError: 3 GB"))

    text = page_of(records, classifier("a"), classifier("b"))

    assert "- the a, seed 1: not run." in text
    assert "- the b, seed 0: failed with MemoryError: 3 GB." in text
    assert "- the b, seed 1: not run." in text
    assert "| the b | " not in text.partition("## The classifiers")[0]


def test_the_page_has_the_warnings(records):
    leave(records, "a", 1, {1}, warnings=["ConvergenceWarning: not yet"])

    assert "- the a, seed 1: ConvergenceWarning: not yet" in page_of(records, classifier("a"))


def test_the_page_of_nothing(records):
    text = page_of(records, classifier("a"))

    assert "Nothing has been run yet." in text
    assert "- the a, seed 0, 1: not run." in text


def test_runs_of_different_environments_do_not_compare(records):
    other = {**ENVIRONMENT, "numpy": "2.1"}
    leave(records, "textbook", 0, {1}, fit_seconds=100.0)
    leave(records, "a", 0, {1, 2}, environment=other, date="2030-02-03")
    leave(records, "a", 1, {1, 2}, environment=other, date="2030-02-05")

    text = page_of(records, classifier("textbook"), classifier("a"))

    assert "their times do not compare" in text
    assert "- tiny textbook: run on 02 January 2030. CPU a CPU, 2 cores, numpy 2.0." in text
    assert (
        "- tiny a: run from 03 February 2030 to 05 February 2030. CPU a CPU, 2 cores, numpy 2.1."
        in text
    )
    assert "| 10 | - | 1.5 |" in text
