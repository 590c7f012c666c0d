import numpy as np
import pandas as pd
import pytest

from tests.preprocessing.pictures import write_pictures


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


@pytest.fixture
def written(tmp_path):
    """Return the paths of 8 pictures of 6 x 5 pixels, and their pixels."""
    return write_pictures(tmp_path / "pictures", 8)


@pytest.fixture
def paths(written):
    return written[0]


@pytest.fixture
def pixels(written):
    return written[1]
