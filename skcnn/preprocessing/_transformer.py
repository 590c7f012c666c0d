"""What every transformer is: an estimator whose fit is one task of scikit-learn's callbacks."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from sklearn.base import TransformerMixin

from skcnn._sklearn_internals import CallbackSupportMixin, begin_task, fit_context
from skcnn._versioned import Versioned

Fit = TypeVar("Fit", bound=Callable[..., Any])


class Transformer(CallbackSupportMixin, TransformerMixin, Versioned):
    """A transformer that scikit-learn's callbacks can be set on, where it has them."""


def fit_in_one_step(fit: Fit) -> Fit:
    """Validate the parameters before a fit, and tell callbacks that it begins and ends."""

    @functools.wraps(fit)
    def told(transformer: Any, X: Any, y: Any = None) -> Any:
        task = begin_task(transformer)
        if task is None:
            return fit(transformer, X, y)
        task.call_on_fit_task_begin(estimator=transformer, X=X, y=y)
        fit(transformer, X, y)
        task.call_on_fit_task_end(estimator=transformer, X=X, y=y, reconstruction_attributes={})
        return transformer

    return fit_context(prefer_skip_nested_validation=True)(told)
