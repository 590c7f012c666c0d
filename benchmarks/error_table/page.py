"""The page docs/results.md, from the tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from benchmarks.error_table.classifiers import Classifier
from benchmarks.error_table.records import Record
from benchmarks.error_table.table import Comparison, Line, Table
from benchmarks.reporting import amount, markdown_table

_REFERENCE = "textbook"
_LEVEL = 0.05
_NOTHING = "-"
_TEST_HEADINGS = (
    "lower error",
    "higher error",
    "only the first wrong",
    "only the second wrong",
    "p",
    f"more than noise at {_LEVEL:.0%}",
)

_OPENING = """\
Classical classifiers and skcnn's networks, each trained on all training images (unless a line says
otherwise) and tested on all test images. Written by `make table` from its runs; no figure is
written by hand but those of the literature."""

_HOW_IT_WAS_DONE = """\
- Each run has a process of its own. It fits a Pipeline on bytes in memory, which scales the pixels
  to 0..1; whatever else is done to the images is part of the classifier. Runs that use one core
  may have had a run on the other data set beside them.
- **test error**: share of test images with a wrong label; the mean where there are several seeds,
  with the lowest and the highest in the next column. No setting was chosen by it.
- **95 %**: the interval of that error (Wilson, 1927), for the number of test images. Seeds share
  the test images, so they do not make it narrower.
- **fit**: seconds of `Pipeline.fit` after all imports, what is compiled at the first fit included;
  the median of the seeds. For networks this includes early stopping: they train for as many epochs
  as they need.
- **cores**: CPU time of the fit by its wall time. Where this is less than the machine has, a
  classifier does not use them all, or other programs did.
- **pictures**: errors on the test images, of the network as it was after up to ten of its epochs,
  evenly over the fit of the first seed; computed when the fit was over. The clock starts where
  that of **fit** does.
- **predict**: microseconds an image, at the first call of `predict` in the process, with all test
  images at once; the median of the seeds.
- **parameters**: numbers kept to predict with. k-NN keeps the training images instead.
- **more than noise**: McNemar's test (1947), exact, of neighbours in the table on the same test
  images. Only images that exactly one of the two gets wrong tell them apart. Where there are
  several seeds, the first ones are compared: the test speaks of two trained classifiers, and
  another seed of the same network is another one (Dietterich, 1998)."""

_PUBLISHED = """\
The column of LeCun et al. (1998) has the errors that they print for images that are neither
deskewed nor distorted, by classifiers of the same kind, not with the same settings. \\*The SVM's
is not in the paper: it stands, without a source, on the web page of the MNIST database
(Y. LeCun, C. Cortes and C. J. C. Burges)."""

_REFERENCES = """\
- T. G. Dietterich, "Approximate statistical tests for comparing supervised classification learning
  algorithms", Neural Computation 10(7), 1895-1923, 1998.
- Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to document
  recognition", Proceedings of the IEEE 86(11), 2278-2324, 1998.
- Q. McNemar, "Note on the sampling error of the difference between correlated proportions or
  percentages", Psychometrika 12(2), 153-157, 1947.
- E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of
  the American Statistical Association 22(158), 209-212, 1927.
- H. Xiao, K. Rasul and R. Vollgraf, "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine
  Learning Algorithms", arXiv:1708.07747, 2017."""


def page(
    tables: Sequence[Table], classifiers: Iterable[Classifier], ablation: str | None = None
) -> str:
    """Return the page in Markdown.

    Parameters
    ----------
    tables : sequence of Table
        One a data set.
    classifiers : iterable of Classifier
        In the order in which the page says what they are.
    ablation : str or None, default=None
        A page of ``benchmarks.preset_search`` that becomes a section of this one.
    """
    settings = [("classifier", "settings"), *((c.title, c.settings) for c in classifiers)]
    parts = [
        "# Results",
        _OPENING,
        _where_and_when([r for table in tables for line in table.lines for r in line.records]),
        *(part for table in tables for part in _section(table)),
        *([f"#{ablation.strip()}"] if ablation else []),
        "## The classifiers",
        markdown_table(settings),
        "## How it was done",
        _HOW_IT_WAS_DONE,
        "## References",
        _REFERENCES,
    ]
    return "\n\n".join(parts) + "\n"


def picture_name(table: Table) -> str:
    """Return the name of the file beside the page that has the picture of a table."""
    return f"results-{table.dataset.name}.png"


def _where_and_when(records: Sequence[Record]) -> str:
    environments: dict[str, list[Record]] = {}
    for record in records:
        text = ", ".join(f"{name} {value}" for name, value in record.environment.items())
        environments.setdefault(text, []).append(record)
    if not environments:
        return "Nothing has been run yet."
    if len(environments) == 1:
        ((text, records),) = environments.items()
        return f"Run {_days(records)}. {text}."
    lines = [
        f"- {', '.join(dict.fromkeys(f'{r.dataset} {r.classifier}' for r in group))}: "
        f"run {_days(group)}. {text}."
        for text, group in environments.items()
    ]
    warning = "**The runs differ in machine or versions: their times do not compare.**"
    return "\n".join([warning, "", *lines])


def _days(records: Iterable[Record]) -> str:
    days = sorted({date.fromisoformat(record.date) for record in records})
    first, last = f"{days[0]:%d %B %Y}", f"{days[-1]:%d %B %Y}"
    return f"on {first}" if first == last else f"from {first} to {last}"


def _section(table: Table) -> list[str]:
    parts = [f"## {table.dataset.title}"]
    if table.lines:
        records = [record for line in table.lines for record in line.records]
        n_train = max(record.n_train for record in records)
        parts.append(f"{n_train:,} training images, {records[0].n_test:,} test images.")
        parts.append(_errors_and_times(table))
        parts.append(f"![{table.dataset.title}: errors over time]({picture_name(table)})")
        parts += [_PUBLISHED] if table.dataset.published else []
    if table.gaps:
        parts.append("Missing:\n\n" + "\n".join(f"- {gap}." for gap in table.gaps))
    warned = _warnings(table)
    if warned:
        parts.append("Warnings of the fits:\n\n" + "\n".join(warned))
    if table.comparisons:
        parts += [
            f"### {table.dataset.title}: more than noise?",
            markdown_table(
                [
                    _TEST_HEADINGS,
                    *map(_test_cells, table.comparisons),
                ]
            ),
        ]
    if len(table.comparisons) > 1:
        parts.append(_about_many_tests(len(table.comparisons)))
    return parts


def _errors_and_times(table: Table) -> str:
    reference = next((ln for ln in table.lines if ln.classifier.name == _REFERENCE), None)
    rows = [_cells(table, line, reference) for line in table.lines]
    return markdown_table([tuple(rows[0]), *(tuple(row.values()) for row in rows)])


def _cells(table: Table, line: Line, reference: Line | None) -> dict[str, str]:
    """Return the text of each column of a line, by its heading."""
    cells = {
        "classifier": line.classifier.title + _of_fewer(table, line),
        "test error": f"{line.error:.2%}",
        "95 %": f"{line.interval.low:.2%} to {line.interval.high:.2%}",
    }
    if len(table.dataset.seeds) > 1:
        cells["seeds"] = _range(line)
    if table.dataset.published:
        published = table.dataset.published.get(line.classifier.name)
        cells["LeCun et al. (1998)"] = (
            f"{published.classifier}: {published.error:.2%}" if published else _NOTHING
        )
    share = line.fit_share_of(reference) if reference else None
    return cells | {
        "fit, s": amount(line.fit_seconds),
        "fit / textbook CNN": _NOTHING if share is None else amount(share),
        "cores": f"{line.cores:.1f}",
        "predict, µs": amount(line.predict_microseconds),
        "parameters": _NOTHING if line.n_parameters is None else f"{line.n_parameters:,}",
    }


def _of_fewer(table: Table, line: Line) -> str:
    n_train = table.dataset.at_most.get(line.classifier.name)
    return f", {n_train:,} images" if n_train else ""


def _warnings(table: Table) -> list[str]:
    return [
        f"- {line.classifier.title}, seed {record.seed}: {text}"
        for line in table.lines
        for record in line.records
        for text in record.warnings
    ]


def _range(line: Line) -> str:
    n = len(line.errors)
    return f"{n}: {min(line.errors):.2%} to {max(line.errors):.2%}" if n > 1 else f"{n}"


def _test_cells(comparison: Comparison) -> tuple[str, ...]:
    better, worse, test = comparison.better, comparison.worse, comparison.test
    return (
        better.classifier.title,
        worse.classifier.title,
        f"{test.only_first_wrong:,}",
        f"{test.only_second_wrong:,}",
        test.p_text,
        "yes" if test.p < _LEVEL else "no",
    )


def _about_many_tests(n: int) -> str:
    return (
        f"With {n} tests at {_LEVEL:.0%}, {n * _LEVEL:.2g} would say yes on average if no two "
        f"neighbours differed; to be as sure of all of them together, ask for p below "
        f"{_LEVEL / n:.2g}."
    )
