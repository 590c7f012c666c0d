import pytest

from benchmarks.mnist_table.records import Records


@pytest.fixture
def records(tmp_path):
    return Records(tmp_path / "records")
