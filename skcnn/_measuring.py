"""Fits that are timed and scored: what each of several estimators gives on the same folds."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.metrics import check_scoring
from sklearn.model_selection import check_cv
from sklearn.pipeline import Pipeline
from sklearn.utils import check_consistent_length, indexable
from sklearn.utils.parallel import Parallel, delayed

from skcnn._sklearn_internals import safe_indexing


@dataclass(frozen=True)
class Measurement:
    """What one fit of one estimator gave.

    Attributes
    ----------
    name : str
        Name of the estimator.
    on_test_set : bool
        Whether the scores are those of the test set rather than of a fold.
    scores : dict of str to float
        By the name of the scorer, ``"score"`` where there is one without a name.
    fit_seconds, predict_microseconds : float
        Time to fit, and to predict one sample.
    n_parameters : int or None
        Numbers kept to predict with.
    error : str
        Why the fit failed; empty where it did not.
    """

    name: str
    on_test_set: bool
    scores: dict[str, float] = field(default_factory=dict)
    fit_seconds: float = np.nan
    predict_microseconds: float = np.nan
    n_parameters: int | None = None
    error: str = ""


def measure(
    kind: str,
    estimators: Mapping[str, BaseEstimator],
    X: Any,
    y: Any,
    *,
    cv: Any = 5,
    groups: Any = None,
    X_test: Any = None,
    y_test: Any = None,
    scoring: Any,
    n_jobs: int | None = None,
) -> Iterator[Measurement]:
    """Do the work of a comparison, and yield each fit's result as it comes.

    Arguments are checked before the first fit.  There is one fit an estimator and fold, and one
    more with a test set.

    Parameters
    ----------
    kind : {"classifier", "regressor"}
        What the estimators are: an int as ``cv`` stratifies for classifiers.
    estimators, X, y, cv, groups, X_test, y_test, scoring, n_jobs
        As in ``skcnn.compare_classifiers``.
    """
    if not estimators:
        raise ValueError(f"{kind}s is empty; expected at least one {kind} to compare.")
    scoring = _check_scoring(scoring)
    if (X_test is None) != (y_test is None):
        raise ValueError("X_test and y_test belong together; received only one of them.")
    check_consistent_length(X_test, y_test)
    X, y, groups = indexable(X, y, groups)
    folds = list(check_cv(cv, y, classifier=kind == "classifier").split(X, y, groups))
    scorers = {name: check_scoring(e, scoring=scoring) for name, e in estimators.items()}
    names = () if isinstance(scoring, str) or callable(scoring) else tuple(scoring)

    def tasks() -> Iterator[Any]:
        for name, estimator in estimators.items():
            fit = delayed(_measure)
            for train, test in folds:
                fold = [safe_indexing(data, rows) for rows in (train, test) for data in (X, y)]
                yield fit(name, estimator, scorers[name], names, *fold, on_test_set=False)
            if X_test is not None:
                whole = (X, y, X_test, y_test)
                yield fit(name, estimator, scorers[name], names, *whole, on_test_set=True)

    return Parallel(n_jobs=n_jobs, return_as="generator")(tasks())


def _check_scoring(scoring: Any) -> Any:
    """Return scorers as scikit-learn takes them, and those without an order by their names.

    Raises
    ------
    TypeError
        If they are nothing that scores.
    """
    if isinstance(scoring, (set, frozenset)):
        return sorted(scoring)
    if not (isinstance(scoring, (str, list, tuple, dict)) or callable(scoring)):
        raise TypeError(
            "scoring must be the name of a scorer, a callable, or several of them as a list, "
            f"tuple, set or dict; received {scoring!r}."
        )
    return scoring


def _measure(
    name: str,
    estimator: BaseEstimator,
    scorer: Any,
    score_names: Sequence[str],
    X: Any,
    y: Any,
    X_test: Any,
    y_test: Any,
    *,
    on_test_set: bool,
) -> Measurement:
    try:
        started = time.perf_counter()
        fitted = clone(estimator).fit(X, y)
        fitted_at = time.perf_counter()
        fitted.predict(X_test)
        predicted_at = time.perf_counter()
        scores = scorer(fitted, X_test, y_test)
    except Exception as error:  # a comparison goes on without the estimator that fails
        missing = dict.fromkeys(score_names, np.nan)
        message = f"{type(error).__name__}: {error}"
        return Measurement(name, on_test_set, scores=missing, error=message)
    if not isinstance(scores, Mapping):
        scores = {"score": scores}
    return Measurement(
        name,
        on_test_set,
        scores={scorer_name: float(score) for scorer_name, score in scores.items()},
        fit_seconds=fitted_at - started,
        predict_microseconds=(predicted_at - fitted_at) / np.shape(y_test)[0] * 1e6,
        n_parameters=count_parameters(fitted),
    )


def count_parameters(estimator: BaseEstimator) -> int | None:
    """Count the numbers that a fitted estimator keeps to predict with.

    A network's weights, a linear model's coefficients and intercepts, a support vector machine's
    support vectors with their weights and intercepts; None for other estimators.

    Parameters
    ----------
    estimator : estimator
        Fitted; of a Pipeline the last step counts, and what learns transformed targets.
    """
    if isinstance(estimator, Pipeline):
        return count_parameters(estimator[-1])
    if isinstance(estimator, TransformedTargetRegressor):
        return count_parameters(estimator.regressor_)
    network = getattr(estimator, "model_", None)
    if network is not None and hasattr(network, "count_params"):
        return int(network.count_params())
    for names in (
        ("support_vectors_", "dual_coef_", "intercept_"),
        ("coef_", "intercept_"),
    ):
        if all(hasattr(estimator, name) for name in names):
            return sum(np.size(getattr(estimator, name)) for name in names)
    return None
