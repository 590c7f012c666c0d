import numpy as np

from benchmarks.error_table.records import Records
from tests.benchmarks.error_table.made_up import Y_TEST, leave


def test_records_come_back_as_they_were(records):
    record = leave(records, "a", 1, {3, 4}, warnings=["a", "b"])

    assert Records(records._folder).find("tiny", "a", 1) == record
    assert np.flatnonzero(records.labels(record) != Y_TEST).tolist() == [3, 4]
    assert records.find("tiny", "a", 0) is None
