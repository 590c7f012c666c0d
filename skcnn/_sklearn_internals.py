"""What skcnn takes from scikit-learn that scikit-learn does not promise.

Every name with an underscore that belongs to scikit-learn stands here, so that a new version is
met in one file.  Constraints and checks of parameters are what its own estimators are built with.
"""

from typing import Any

from sklearn.base import _clone_parametrized as clone_parametrized
from sklearn.base import _fit_context as fit_context
from sklearn.utils import _safe_indexing as safe_indexing
from sklearn.utils._param_validation import (
    HasMethods,
    Interval,
    StrOptions,
    validate_parameter_constraints,
)
from sklearn.utils.validation import _check_sample_weight as check_sample_weight

__all__ = [
    "HasMethods",
    "Interval",
    "StrOptions",
    "check_sample_weight",
    "clone_parametrized",
    "fit_context",
    "returns_tables",
    "safe_indexing",
    "set_returns_tables",
    "validate_parameter_constraints",
]


def returns_tables(transformer: Any) -> bool:
    """Tell whether what a transformer returns becomes a table where ``set_output`` asks for it."""
    return bool(transformer._sklearn_auto_wrap_output_keys)


def set_returns_tables(transformer: Any, returns: bool) -> None:
    """Let what a transformer returns become a table where ``set_output`` asks for it, or not."""
    transformer._sklearn_auto_wrap_output_keys = {"transform"} if returns else set()
