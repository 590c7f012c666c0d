"""The picture of a benchmark's results."""

import pytest
from matplotlib.figure import Figure

from benchmarks.judging import judge
from benchmarks.picture import draw
from benchmarks.row import AtMost, TimesBetter
from tests.benchmarks.made_up import run_of


@pytest.fixture
def drawn(monkeypatch):
    """Return the figures that are saved."""
    figures = []
    monkeypatch.setattr(Figure, "savefig", lambda self, *_, **__: figures.append(self))
    return figures


def verdicts(*targets, **settings):
    return judge(run_of({"ours": [2.0], "other": [3.0], "peer": [8.0]}, *targets, **settings))


def test_what_has_units_of_its_own_has_a_panel_for_each_row(drawn, tmp_path):
    ratio = verdicts(TimesBetter("ours", ("peer",), 2))
    memory = verdicts(AtMost("ours", (), 5), AtMost("other", (), 5), name="memory", unit="MB")
    start = verdicts(AtMost("ours", (), 5), name="start", unit="s")

    draw([*memory, *ratio, *start], tmp_path / "results.png")

    titles = [axes.get_title(loc="left") for axes in drawn[0].axes]
    assert titles[0] == "How many times better than the peer"
    assert [title.partition(", in ")[2] for title in titles[1:]] == [
        "MB: less is better",
        "s: less is better",
    ]


def test_a_bar_names_whose_it_is_where_a_row_judges_several(drawn, tmp_path):
    pair = verdicts(TimesBetter("ours", ("peer",), 2), TimesBetter("other", ("peer",), 2))
    single = verdicts(TimesBetter("ours", ("peer",), 2))

    draw([*pair, *single], tmp_path / "results.png")

    texts = [text.get_text() for text in drawn[0].axes[0].texts]
    assert texts.count("against peer") == 1
    assert {"ours, against peer", "other, against peer"} <= set(texts)
