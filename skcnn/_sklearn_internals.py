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
    Options,
    StrOptions,
    validate_parameter_constraints,
)
from sklearn.utils.validation import _check_sample_weight as check_sample_weight

try:
    from sklearn.callback import CallbackSupportMixin
except ImportError:  # scikit-learn has had callbacks since version 1.9

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Nothing, where scikit-learn has no callbacks."""


__all__ = [
    "CallbackSupportMixin",
    "HasMethods",
    "Interval",
    "Options",
    "StrOptions",
    "begin_task",
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


def begin_task(estimator: Any, n_subtasks: int | None = 0) -> Any | None:
    """Let the callbacks that an estimator has been given set up, and return its fit as their task.

    They are torn down when the fit that ``fit_context`` stands around ends, in whatever way.

    Parameters
    ----------
    estimator : estimator with callback support
        Is being fitted.
    n_subtasks : int or None, default=0
        Most tasks that the fit will have; None where nobody knows.

    Returns
    -------
    sklearn.callback.CallbackContext or None
        None where there are no callbacks.
    """
    if not hasattr(estimator, "_skl_callbacks"):
        return None
    return estimator._init_callback_context(max_subtasks=n_subtasks)
