"""Predicting where nothing but NumPy and onnxruntime is installed."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import numpy as np
import pytest

BLOCKED = ("tensorflow", "keras", "sklearn", "scipy", "pandas", "matplotlib", "PIL", "rich")


@pytest.mark.slow
def test_nothing_else_is_loaded(pipe, exported, digits, tmp_path):
    X, _ = digits
    np.save(tmp_path / "X.npy", X)
    script = f"""
        import sys

        class Blocked:
            def find_spec(self, name, path=None, target=None):
                if name.split(".")[0] in {BLOCKED!r}:
                    raise ModuleNotFoundError(f"{{name}} is not installed here")

        sys.meta_path.insert(0, Blocked())
        import numpy as np
        from skcnn import ONNXClassifier
        classifier = ONNXClassifier({str(exported)!r})
        X = np.load({str(tmp_path / "X.npy")!r})
        np.save({str(tmp_path / "y.npy")!r}, classifier.predict_proba(X))
        print(classifier, classifier.predict(X[:2]).tolist())
    """
    ran = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, timeout=60
    )

    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == ""
    assert ran.stdout.startswith("ONNXClassifier(")
    np.testing.assert_allclose(np.load(tmp_path / "y.npy"), pipe.predict_proba(X), atol=1e-5)
