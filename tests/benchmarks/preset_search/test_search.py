"""A search on the digits, and its page."""

from dataclasses import replace

import pytest
from sklearn.utils import Bunch

from benchmarks.error_table.datasets import Dataset
from benchmarks.preset_search.candidates import Search
from benchmarks.preset_search.page import page
from benchmarks.preset_search.search import search
from skcnn import load_digit_images

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def scores():
    X, y = load_digit_images(return_X_y=True)
    digits = Dataset("digits", "digits", lambda: Bunch(X_train=X * 16, y_train=y), (0,))
    start = {"filters": (4,), "epochs": 8, "batch_size": 32, "learning_rate": 0.01}
    return search(start, [{}, {"epochs": 1, "filters": (2,)}], digits, 400, seeds=(0, 1))


def test_a_candidate_is_the_start_with_its_own_settings(scores):
    assert [score.differs_in for score in scores] == ["nothing", "`epochs=1`, `filters=(2,)`"]
    assert scores[0].error < 0.3 < scores[1].error
    assert len(set(scores[0].errors)) == 2  # one a seed
    assert [score.n_trained for score in scores] == [1397, 1397]


def test_the_page_lists_the_best_first(scores):
    worse_first = scores[::-1]
    others = [
        replace(score, title="others", errors=tuple(error / 2 for error in score.errors))
        for score in worse_first
    ]

    text = page(Search({"epochs": 8}, [], preset="fast"), [worse_first, others], 400)

    assert text.index("| nothing |") < text.index("| `epochs=1`, `filters=(2,)` |")
    low, high = sorted(scores[0].errors)
    spread = f"({low:.2%} to {high:.2%})"
    assert f"{scores[0].error:.2%} {spread}, {scores[0].seconds:.0f}" in text
    assert "| digits, s | others, s |" in text
    assert f"| {scores[0].error / scores[1].error:.3f} |" in text
    assert "The search starts from `epochs=8`." in text
    assert "(1,397 of digits, 1,397 of others)" in text
    assert "400 other training images" in text
