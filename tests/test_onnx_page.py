"""docs/onnx.md: its Python can be typed in as it stands."""

import re
from pathlib import Path

import numpy as np
import pytest

PAGE = (Path(__file__).parents[1] / "docs" / "onnx.md").read_text()
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.slow
def test_all_of_it_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    for code in BLOCKS:
        exec(code, names)

    X, y, pipe = names["X"][1500:], names["y"][1500:], names["pipe"]
    assert names["classifier"].score(X, y) == pipe.score(X, y) > 0.85
    np.testing.assert_array_equal(names["label"], pipe.predict(X))
    normalized = names["DigitNormalizer"]().fit_transform(X)
    assert names["digits"].score(normalized, y) > 0.7
