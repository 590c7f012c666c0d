"""The version of skcnn that an estimator was pickled with, and a warning where it is another."""

from __future__ import annotations

from typing import Any

from sklearn.base import BaseEstimator
from sklearn.exceptions import InconsistentVersionWarning

import skcnn
from skcnn._warning import warn

_KEY = "_skcnn_version"


class Versioned(BaseEstimator):
    """An estimator that keeps skcnn's version in pickles, as scikit-learn's own keep theirs."""

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), _KEY: skcnn.__version__}

    def __setstate__(self, state: dict[str, Any]) -> None:
        version = state.get(_KEY, "unknown")
        if version != skcnn.__version__:
            inconsistent = InconsistentVersionWarning(
                estimator_name=type(self).__name__,
                current_sklearn_version=skcnn.__version__,
                original_sklearn_version=version,
            )
            warn(inconsistent)
        super().__setstate__({name: value for name, value in state.items() if name != _KEY})
