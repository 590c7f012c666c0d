import pytest

from benchmarks.error_table.datasets import DATASETS
from benchmarks.preset_search.candidates import SEARCHES, in_code
from skcnn import CNNClassifier

CHOOSING = [search for search in SEARCHES.values() if search.preset]


@pytest.mark.parametrize("search", SEARCHES.values(), ids=SEARCHES)
def test_what_was_searched_is_what_can_be_set(search):
    known = CNNClassifier().get_params()
    for candidate in search.candidates:
        assert {**search.start, **candidate}.keys() <= known.keys()
    assert set(search.sets) <= {dataset.name for dataset in DATASETS}


@pytest.mark.parametrize("search", CHOOSING, ids=lambda search: search.preset)
def test_the_preset_is_one_of_the_candidates(search):
    defaults = CNNClassifier().get_params(deep=False)
    candidates = [defaults | search.start | other for other in search.candidates]
    chosen = CNNClassifier.from_preset(search.preset).get_params(deep=False)

    assert _text(chosen) in map(_text, candidates)


def _text(settings):
    return in_code(dict(sorted(settings.items())))


@pytest.mark.parametrize("search", SEARCHES.values(), ids=SEARCHES)
def test_settings_fit_into_a_row_of_a_table(search):
    for candidate in search.candidates:
        assert "\n" not in in_code(candidate)
