import pytest

from benchmarks.error_table.records import Records


@pytest.fixture
def records(tmp_path):
    return Records(tmp_path / "records")
