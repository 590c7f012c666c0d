"""What skcnn takes from scikit-learn that scikit-learn does not promise.

Every name with an underscore that belongs to scikit-learn stands here, so that a new version is
met in one file.  Constraints and checks of parameters are what its own estimators are built with.
"""

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
    "safe_indexing",
    "validate_parameter_constraints",
]
