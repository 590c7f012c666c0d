import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def rows():
    return np.random.default_rng(0).integers(0, 256, (6, 12), dtype=np.uint8)


@pytest.fixture
def images(rows):
    return rows.reshape(6, 2, 3, 2)


@pytest.fixture
def table(rows):
    return pd.DataFrame(rows, columns=[f"p{i}" for i in range(12)], index=list("abcdef"))


@pytest.fixture
def labels():
    return np.array(["cat", "dog", "cat", "dog", "cat", "dog"])
