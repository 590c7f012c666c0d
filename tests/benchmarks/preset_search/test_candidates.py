import pytest

from benchmarks.preset_search.candidates import CANDIDATES, STARTS
from skcnn import CNNClassifier


@pytest.mark.parametrize("preset", STARTS)
def test_what_was_searched_is_what_can_be_set(preset):
    assert preset in CNNClassifier.presets
    known = CNNClassifier().get_params()
    for candidate in CANDIDATES[preset]:
        assert {**STARTS[preset], **candidate}.keys() <= known.keys()


@pytest.mark.parametrize("preset", STARTS)
def test_the_preset_is_one_of_the_candidates(preset):
    defaults = CNNClassifier().get_params(deep=False)
    candidates = [defaults | STARTS[preset] | other for other in CANDIDATES[preset]]
    chosen = CNNClassifier.from_preset(preset).get_params(deep=False)

    assert repr(chosen) in map(repr, candidates)
