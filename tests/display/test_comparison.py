"""The picture of a comparison: what it shows, and what it draws into."""

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.container import ErrorbarContainer
from sklearn.dummy import DummyClassifier

from skcnn import compare_classifiers
from skcnn.display import ComparisonDisplay

NAMES = ["SVM", "CNN", "logistic regression", "MLP"]
SCORES = [0.98, 0.97, 0.93, 0.92]
TEST_SCORES = [0.97, 0.99, 0.94, 0.91]


def make_table(names=NAMES, scores=SCORES, test_scores=None, seconds=0.5):
    table = pd.DataFrame(
        {"mean_score": scores, "std_score": 0.01},
        index=pd.Index(names, name="classifier"),
    )
    if test_scores is not None:
        table["test_score"] = test_scores
    return table.assign(fit_seconds=seconds, predict_microseconds=20.0, error="")


pytestmark = pytest.mark.usefixtures("closed_figures")


def row_names(display):
    return [label.get_text() for label in display.ax_.get_yticklabels()]


def notes_beside(display):
    return [text.get_text() for text in display.ax_.texts]


def legend(display):
    return [text.get_text() for text in display.ax_.get_legend().get_texts()]


def mean_markers(display):
    (errorbar,) = (c for c in display.ax_.containers if isinstance(c, ErrorbarContainer))
    return errorbar


def markers_of_test_set(display):
    return [line for line in display.ax_.lines if line.get_label() == "test set"]


def test_plot_returns_the_display_with_its_figure_and_axes():
    display = ComparisonDisplay(make_table())

    assert display.plot() is display
    assert display.ax_ in display.figure_.axes


def test_a_table_of_compare_classifiers_can_be_drawn(digits):
    images, labels = digits
    table = compare_classifiers({"guess": DummyClassifier()}, images, labels, cv=2)

    assert row_names(ComparisonDisplay(table).plot()) == ["guess"]


def test_it_draws_into_given_axes():
    figure, axes = plt.subplots(1, 2)

    display = ComparisonDisplay(make_table()).plot(ax=axes[1])

    assert display.ax_ is axes[1]
    assert display.figure_ is figure
    assert not axes[0].has_data()
    assert plt.get_fignums() == [figure.number]


def test_the_figure_of_a_subfigures_axes_is_the_whole_figure():
    figure = plt.figure()
    ax = figure.subfigures(1, 2)[1].subplots()

    assert ComparisonDisplay(make_table()).plot(ax).figure_ is figure


@pytest.mark.slow
def test_each_plot_without_axes_is_a_new_figure():
    display = ComparisonDisplay(make_table())

    assert display.plot().figure_ is not display.plot().figure_


def test_one_row_a_classifier_with_the_best_at_the_top():
    display = ComparisonDisplay(make_table()).plot()
    bottom, top = display.ax_.get_ylim()

    assert row_names(display) == NAMES
    np.testing.assert_array_equal(display.ax_.get_yticks(), [0, 1, 2, 3])
    assert top < 0 < 3 < bottom


def test_points_are_mean_scores_and_bars_one_standard_deviation():
    points, _, (bars,) = mean_markers(ComparisonDisplay(make_table()).plot())

    np.testing.assert_allclose(points.get_xdata(orig=False), SCORES)
    np.testing.assert_array_equal(points.get_ydata(), [0, 1, 2, 3])
    ends = np.array([segment[:, 0] for segment in bars.get_segments()])
    np.testing.assert_allclose(ends, np.add.outer(SCORES, [-0.01, 0.01]))


def test_scores_of_a_test_set_have_markers_of_their_own():
    display = ComparisonDisplay(make_table(test_scores=TEST_SCORES)).plot()

    (line,) = markers_of_test_set(display)
    np.testing.assert_allclose(line.get_xdata(), TEST_SCORES)
    np.testing.assert_array_equal(line.get_ydata(), [0, 1, 2, 3])
    assert line.get_linestyle() == "None"
    assert line.get_marker() != mean_markers(display)[0].get_marker()
    assert legend(display) == ["folds: mean ± standard deviation", "test set"]


def test_without_a_test_set_there_is_no_marker_for_it():
    display = ComparisonDisplay(make_table()).plot()

    assert markers_of_test_set(display) == []
    assert legend(display) == ["folds: mean ± standard deviation"]


def test_score_and_time_of_a_fit_stand_beside_each_row():
    display = ComparisonDisplay(make_table(seconds=[0.016, 4.35, 59.6, 1234.5])).plot()

    assert [text.xy[1] for text in display.ax_.texts] == [0, 1, 2, 3]
    assert notes_beside(display) == [
        "0.9800   0.016 s a fit",
        "0.9700   4.3 s a fit",
        "0.9300   60 s a fit",
        "0.9200   1,234 s a fit",
    ]


def make_table_of_errors():
    return pd.DataFrame(
        {
            "mean_r2": [0.9, 0.8],
            "std_r2": 0.01,
            "mean_neg_error": [-2345.678, -1.5],
            "std_neg_error": 0.1,
            "test_neg_error": [-30.0, -1.25],
            "fit_seconds": 1.0,
        },
        index=pd.Index(["SVR", "ridge"], name="regressor"),
    )


def test_the_first_of_several_scores_is_drawn_unless_another_is_chosen():
    first = ComparisonDisplay(make_table_of_errors()).plot()
    assert row_names(first) == ["SVR", "ridge"]
    assert first.ax_.get_xlabel() == "r2"
    assert markers_of_test_set(first) == []

    chosen = ComparisonDisplay(make_table_of_errors()).plot(score="neg_error")
    assert row_names(chosen) == ["ridge", "SVR"], "the best by the score that is drawn"
    assert chosen.ax_.get_xlabel() == "neg_error"
    assert mean_markers(chosen)[0].get_xdata().tolist() == [-1.5, -2345.678]
    (on_test_set,) = markers_of_test_set(chosen)
    assert on_test_set.get_xdata().tolist() == [-1.25, -30]
    assert notes_beside(chosen) == ["-1.5000   1 s a fit", "-2,345.7   1 s a fit"]


def test_a_score_that_the_table_does_not_have_is_told():
    with pytest.raises(ValueError, match=r"no score 'f1'; expected one of 'r2', 'neg_error'"):
        ComparisonDisplay(make_table_of_errors()).plot(score="f1")

    assert plt.get_fignums() == []


def test_failed_classifiers_are_left_out():
    scores = [0.98, 0.97, np.nan, np.nan]
    display = ComparisonDisplay(make_table(scores=scores, test_scores=scores)).plot()

    assert row_names(display) == NAMES[:2]
    assert len(notes_beside(display)) == 2
    assert len(mean_markers(display)[0].get_xdata()) == 2


def test_a_table_without_any_score_raises_before_a_figure_is_made():
    with pytest.raises(ValueError, match="no score to draw"):
        ComparisonDisplay(make_table(scores=np.nan)).plot()

    assert plt.get_fignums() == []


def test_the_table_is_not_changed():
    table = make_table(test_scores=TEST_SCORES)
    before = table.copy()

    ComparisonDisplay(table).plot()

    pd.testing.assert_frame_equal(table, before)


LONG = "a convolutional network with 64 filters and a dense layer of 512 units"


@pytest.mark.parametrize(
    "table",
    [
        make_table(),
        make_table(test_scores=TEST_SCORES),
        make_table(["SVM"], [0.97], [0.98]),
        make_table([f"classifier {i}" for i in range(8)], np.linspace(0.99, 0.9, 8)),
        make_table([LONG, "x" * 60, "SVM"], [0.97, 0.96, 0.9], [0.98, 0.96, 0.9]),
        make_table(scores=[1.0] * 4, test_scores=[1.0] * 4),
        make_table(scores=[-0.25, -30.0, -100.0, -1234.5], seconds=98765.4),
        make_table_of_errors(),
    ],
    ids=["plain", "test set", "one", "eight", "long names", "equal scores", "losses", "several"],
)
def test_nothing_overlaps_or_is_cut_off(table):
    display = ComparisonDisplay(table).plot()
    canvas = FigureCanvasAgg(display.figure_)
    canvas.draw()
    ax = display.ax_

    texts = [*ax.get_yticklabels(), *ax.texts, *ax.get_legend().get_texts(), ax.xaxis.label]
    left, right = ax.get_xlim()
    texts += [
        tick.label1 for tick in ax.xaxis.get_major_ticks() if left <= tick.get_loc() <= right
    ]
    boxes = [text.get_window_extent(canvas.get_renderer()) for text in texts]
    for i, box in enumerate(boxes):
        assert display.figure_.bbox.containsx(box.x0), texts[i]
        assert display.figure_.bbox.containsx(box.x1), texts[i]
        assert display.figure_.bbox.containsy(box.y0), texts[i]
        assert display.figure_.bbox.containsy(box.y1), texts[i]
        for j in range(i):
            assert not box.overlaps(boxes[j]), (texts[i], texts[j])
    assert ax.bbox.width > display.figure_.bbox.width / 3


def test_a_dollar_sign_in_a_name_is_a_dollar_sign():
    display = ComparisonDisplay(make_table(["$5 or $\\oops$"], [0.9])).plot()

    FigureCanvasAgg(display.figure_).draw()

    assert row_names(display) == ["$5 or $\\oops$"]
