"""docs/migration.md: what stands under "After" runs as it stands."""

import re
from pathlib import Path

import pytest

from skcnn import KerasClassifier

PAGE = (Path(__file__).parents[1] / "docs" / "migration.md").read_text()
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.slow
def test_all_of_it_runs(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    names = {}
    assert len(BLOCKS) >= 8
    for code in BLOCKS:
        exec(code, names)


def test_every_before_has_an_after():
    assert len(re.findall(r"^\*Before", PAGE, re.MULTILINE)) == len(
        re.findall(r"^\*After", PAGE, re.MULTILINE)
    )


def test_its_tables_name_parameters_that_there_are():
    named = set(re.findall(r"`(\w+)=", PAGE))
    of_others = {
        "train_split", "load_best", "device", "fit_kwargs", "model_kwargs", "run_eagerly",
        "validation_data", "layers", "feature_encoder", "lr", "max_epochs",
    }  # fmt: skip
    known = KerasClassifier().get_params().keys() | {"standardize_targets", "classes"}

    assert named - of_others <= known
