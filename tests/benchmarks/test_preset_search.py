"""The search that the settings of the presets come from."""

import pytest

from benchmarks.preset_search import CANDIDATES, STARTS, page, search
from skcnn import CNNClassifier, load_digit_images
from skcnn._presets import PRESETS


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


@pytest.mark.parametrize("preset", STARTS)
def test_what_was_searched_is_what_can_be_set(preset):
    assert preset in PRESETS
    known = CNNClassifier().get_params()
    for candidate in CANDIDATES[preset]:
        assert {**STARTS[preset], **candidate}.keys() <= known.keys()


@pytest.mark.parametrize("preset", STARTS)
def test_the_preset_is_one_of_the_candidates(preset):
    defaults = CNNClassifier().get_params(deep=False)
    candidates = [defaults | STARTS[preset] | other for other in CANDIDATES[preset]]
    chosen = CNNClassifier.from_preset(preset).get_params(deep=False)

    assert repr(chosen) in map(repr, candidates)
