"""A data set, classifiers and records of runs that nobody ran."""

import numpy as np
from sklearn.utils import Bunch

from benchmarks.error_table.classifiers import Classifier
from benchmarks.error_table.datasets import Dataset, Published
from benchmarks.error_table.records import Record

ENVIRONMENT = {"CPU": "a CPU, 2 cores", "numpy": "2.0"}
Y_TEST = np.arange(100, dtype=np.uint8) % 10


def load_made_up():
    return Bunch(y_test=Y_TEST)


def classifier(name, **settings):
    return Classifier(name, f"the {name}", None, f"`{name}()`", **settings)


MADE_UP = Dataset("tiny", "Tiny", load_made_up, (0, 1), {"a": Published("their a", 0.12)})


def leave(records, name, seed, wrong, **numbers):
    """Leave the record and the labels of a run that got the images ``wrong`` wrong."""
    labels = Y_TEST.copy()
    labels[list(wrong)] += 1
    record = Record(
        "tiny",
        name,
        seed,
        **{
            "date": "2030-01-02",
            "n_train": 60000,
            "n_test": 100,
            "test_error": len(wrong) / 100,
            "fit_seconds": 10.0,
            "fit_cpu_seconds": 15.0,
            "predict_seconds": 0.002,
            "n_parameters": 7850,
            "environment": ENVIRONMENT,
            **numbers,
        },
    )
    np.save(records.labels_path("tiny", name, seed), labels)
    records.add(record)
    return record
