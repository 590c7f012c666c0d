"""How often each class was taken for which, in print and as a picture."""

from io import StringIO

import matplotlib.pyplot as plt
import numpy as np
import pytest
from rich.console import Console

from skcnn.cli._confusion import draw_confusion, print_confusion

pytestmark = pytest.mark.usefixtures("closed_figures")

LONG_NAMES = [f"a name that is much too long [{n}]" for n in range(40)]


def counts_of(n_classes):
    counts = np.diag(np.arange(n_classes) + 5)
    counts[0, 1] = 3
    return counts


def printed(names, width=80):
    console = Console(width=width, record=True, file=StringIO())
    print_confusion(counts_of(len(names)), names, console)
    return [line.rstrip() for line in console.export_text().splitlines() if line.strip()]


def test_short_names_head_rows_and_columns():
    title, heading, _, first, second, _ = printed(["cat", "[dog]", "a [b]c"])

    assert title == "confusion matrix (rows: true, columns: predicted):"
    assert heading.split() == ["cat", "[dog]", "a", "[b]c"]
    assert first.split() == ["cat", "5", "3", "."]
    assert second.split() == ["[dog]", ".", "6", "."]


def test_names_that_are_too_wide_become_numbers():
    _, heading, _, first, *_ = printed([f"quite long {n}" for n in range(10)])

    assert heading.split() == list("0123456789")
    assert first.split()[:6] == ["0", "quite", "long", "0", "5", "3"]


def test_more_classes_than_fit_are_rows_that_tell_the_commonest_mistake():
    title, heading, _, first, *others = printed(LONG_NAMES)

    assert title == "test images of the 30 worst of 40 classes, the worst first:"
    assert heading.split() == ["class", "images", "right", "most", "often", "taken", "for"]
    assert " 8   62.5%  " in first
    assert "[0]" in "".join(others[:2])
    assert "[1] (3)" in "".join(others[:2])


@pytest.mark.parametrize("n_classes", [2, 3, 10, 40, 300])
@pytest.mark.parametrize("width", [30, 80, 200])
def test_no_line_is_wider_than_the_terminal(n_classes, width):
    for names in (LONG_NAMES[:n_classes], list(map(str, range(n_classes)))):
        lines = printed(names, width)
        assert max(map(len, lines)) <= width


@pytest.mark.parametrize("n_classes", [2, 10, 30, 100])
def test_the_picture_has_names_where_there_is_room(n_classes):
    figure = draw_confusion(counts_of(n_classes), [f"class {n}" for n in range(n_classes)])

    ax = figure.axes[0]
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names == ([f"class {n}" for n in range(n_classes)] if n_classes <= 80 else [])
    assert len(ax.texts) == (n_classes**2 if n_classes <= 25 else 0)
    assert max(figure.get_size_inches()) <= 16
    plt.close(figure)


def test_long_names_keep_both_their_ends():
    figure = draw_confusion(counts_of(2), LONG_NAMES[:2])

    shown = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert shown[0] != shown[1]
    assert all(name.startswith("a name") and name.endswith("]") for name in shown)
    assert max(map(len, shown)) <= 24
