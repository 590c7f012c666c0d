import sys
from pathlib import Path

import pytest

from benchmarks.rows import ROWS


@pytest.mark.parametrize("declared", ROWS, ids=lambda row: row.name)
def test_rows_name_their_contestants(declared):
    named = {name for target in declared.targets for name in (target.ours, *target.peers)}
    named |= {condition.contestant for condition in declared.conditions}

    assert named <= set(declared.contestants)


def test_names_of_rows_are_those_of_their_files():
    files = Path(sys.modules["benchmarks.rows"].__file__).parent.glob("[a-z]*.py")

    assert sorted(row.name for row in ROWS) == sorted(path.stem for path in files)
