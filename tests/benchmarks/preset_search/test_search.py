"""A search on the digits, and its page."""

import pytest

from benchmarks.preset_search.page import page
from benchmarks.preset_search.search import search
from skcnn import load_digit_images

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def scores():
    X, y = load_digit_images(return_X_y=True)
    start = {"filters": (4,), "epochs": 8, "batch_size": 32, "learning_rate": 0.01}
    return search(start, [{}, {"epochs": 1, "filters": (2,)}], X, y, held_out=400)


def test_a_candidate_is_the_start_with_its_own_settings(scores):
    assert scores["differs in"].tolist() == ["nothing", "`epochs=1`, `filters=(2,)`"]
    assert scores["held-out error"][0] < 0.3 < scores["held-out error"][1]


def test_the_page_lists_the_best_first(scores):
    text = page("fast", {"epochs": 8}, scores[::-1], 1397, 400)

    assert text.index("| nothing |") < text.index("| `epochs=1`, `filters=(2,)` |")
    assert f"{scores['held-out error'][0]:.2%}" in text
    assert "The search starts from `epochs=8`." in text
    assert "on 1,397 training images" in text
    assert "the other 400;" in text
