"""Classifiers side by side: the same folds for all, one table."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, clone
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import check_scoring
from sklearn.model_selection import check_cv
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC
from sklearn.utils import check_consistent_length
from sklearn.utils.parallel import Parallel, delayed

from skcnn._sklearn_internals import safe_indexing
from skcnn.estimators import CNNClassifier, MLPClassifier
from skcnn.preprocessing import ImageFlattener, ImageReshaper, PixelScaler

_DTYPES = {
    "mean_score": "float64",
    "std_score": "float64",
    "test_score": "float64",
    "fit_seconds": "float64",
    "predict_microseconds": "float64",
    "n_parameters": "Int64",
    "error": "str",
}


def default_classifiers(
    image_shape: Sequence[int], *, random_state: int | None = None
) -> dict[str, Pipeline]:
    """Return the four classifiers to compare: two classical ones and two networks.

    Logistic regression and the support vector machine with RBF kernel have scikit-learn's
    settings, but for the iterations that logistic regression needs to converge on images; MLP and
    CNN have skcnn's.

    Parameters
    ----------
    image_shape : sequence of int
        Height, width and channels of the images, or height and width in grey.
    random_state : int or None, default=None
        Seed of the networks; the other two draw no random numbers.

    Returns
    -------
    dict of str to Pipeline
        Unfitted Pipelines named ``"logistic regression"``, ``"SVM"``, ``"MLP"`` and ``"CNN"``.
        Each takes pixels from 0 to 255, as images or as rows.

    Examples
    --------
    >>> from skcnn import default_classifiers
    >>> list(default_classifiers((28, 28, 1)))
    ['logistic regression', 'SVM', 'MLP', 'CNN']
    """

    def on_rows(classifier: BaseEstimator) -> Pipeline:
        return Pipeline(
            [("flatten", ImageFlattener()), ("scale", PixelScaler()), ("classifier", classifier)]
        )

    def on_images(classifier: BaseEstimator) -> Pipeline:
        reshaper = ImageReshaper(tuple(image_shape))
        return Pipeline(
            [("reshape", reshaper), ("scale", PixelScaler()), ("classifier", classifier)]
        )

    return {
        "logistic regression": on_rows(LogisticRegression(max_iter=1000)),
        "SVM": on_rows(SVC()),
        "MLP": on_rows(MLPClassifier(random_state=random_state)),
        "CNN": on_images(CNNClassifier(random_state=random_state)),
    }


def compare_classifiers(
    classifiers: Mapping[str, BaseEstimator],
    X: ArrayLike,
    y: ArrayLike,
    *,
    cv: Any = 5,
    X_test: ArrayLike | None = None,
    y_test: ArrayLike | None = None,
    scoring: Any = "accuracy",
    n_jobs: int | None = None,
) -> pd.DataFrame:
    """Cross-validate classifiers on the same folds and put them into one table.

    Parameters
    ----------
    classifiers : mapping of str to estimator
        Unfitted classifiers or Pipelines by name.  They are cloned, never fitted themselves.
    X : array-like of shape (n, ...)
        Samples.
    y : array-like of shape (n,)
        Labels.
    cv : int, cross-validation generator or iterable, default=5
        Folds, as in ``sklearn.model_selection.cross_validate``: an int stratifies by class.
    X_test, y_test : array-like or None, default=None
        A test set.  Each classifier is then fitted once more, on all of X, and scored on it.
    scoring : str or callable, default="accuracy"
        A scikit-learn scorer.
    n_jobs : int or None, default=None
        Fits that run at the same time, as joblib counts them.  Times are cleanest with one.

    Returns
    -------
    pandas.DataFrame
        One row a classifier, best mean score first; the index holds the names.  Classifiers of
        which a fit failed come last, without numbers.

        mean_score, std_score : float
            Mean and standard deviation of the score over the folds.
        test_score : float
            Score on the test set, where one was given.
        fit_seconds : float
            Time to fit one fold, mean, in seconds.
        predict_microseconds : float
            Time to predict one image of a fold, mean, in microseconds.
        n_parameters : Int64
            Numbers that the fitted classifier keeps to predict with; missing where unknown.
        error : str
            Why a classifier failed; empty where it did not.

    Raises
    ------
    TypeError
        If scoring is neither the name of a scorer nor a callable.
    ValueError
        If there is nothing to compare, samples and labels differ in number, the test set is
        incomplete, or the folds cannot be made.

    Examples
    --------
    >>> from skcnn import compare_classifiers, default_classifiers, load_digit_images
    >>> X, y = load_digit_images(return_X_y=True)
    >>> classifiers = default_classifiers((8, 8, 1), random_state=0)
    >>> fast = {name: classifiers[name] for name in ("logistic regression", "SVM")}
    >>> compare_classifiers(fast, X, y, cv=3).index.tolist()
    ['SVM', 'logistic regression']
    """
    measurements = measure_classifiers(
        classifiers,
        X,
        y,
        cv=cv,
        X_test=X_test,
        y_test=y_test,
        scoring=scoring,
        n_jobs=n_jobs,
    )
    return tabulate(measurements)


@dataclass(frozen=True)
class Measurement:
    """What one fit of one classifier gave.

    Attributes
    ----------
    classifier : str
        Name of the classifier.
    on_test_set : bool
        Whether the score is that of the test set rather than of a fold.
    score : float
        By the scorer of the comparison.
    fit_seconds, predict_microseconds : float
        Time to fit, and to predict one image.
    n_parameters : int or None
        Numbers kept to predict with.
    error : str
        Why the fit failed; empty where it did not.
    """

    classifier: str
    on_test_set: bool
    score: float = np.nan
    fit_seconds: float = np.nan
    predict_microseconds: float = np.nan
    n_parameters: int | None = None
    error: str = ""


def measure_classifiers(
    classifiers: Mapping[str, BaseEstimator],
    X: Any,
    y: Any,
    *,
    cv: Any = 5,
    X_test: Any = None,
    y_test: Any = None,
    scoring: Any = "accuracy",
    n_jobs: int | None = None,
) -> Iterator[Measurement]:
    """Do the work of ``compare_classifiers``, and yield each fit's result as it comes.

    The parameters are those of ``compare_classifiers``; arguments are checked before the first
    fit.  There is one fit a classifier and fold, and one more with a test set.
    """
    if not classifiers:
        raise ValueError("classifiers is empty; expected at least one classifier to compare.")
    if not (isinstance(scoring, str) or callable(scoring)):
        raise TypeError(
            f"scoring must be the name of one scorer or a callable; received {scoring!r}."
        )
    check_consistent_length(X, y)
    if (X_test is None) != (y_test is None):
        raise ValueError("X_test and y_test belong together; received only one of them.")
    check_consistent_length(X_test, y_test)
    folds = list(check_cv(cv, y, classifier=True).split(X, y))
    scorers = {name: check_scoring(c, scoring=scoring) for name, c in classifiers.items()}

    def tasks() -> Iterator[Any]:
        for name, classifier in classifiers.items():
            for train, test in folds:
                fold = [safe_indexing(data, rows) for rows in (train, test) for data in (X, y)]
                yield delayed(_measure)(name, classifier, scorers[name], *fold, on_test_set=False)
            if X_test is not None:
                whole = (X, y, X_test, y_test)
                yield delayed(_measure)(name, classifier, scorers[name], *whole, on_test_set=True)

    return Parallel(n_jobs=n_jobs, return_as="generator")(tasks())


def tabulate(measurements: Iterable[Measurement]) -> pd.DataFrame:
    """Return the table that ``compare_classifiers`` describes."""
    fits = pd.DataFrame(list(measurements))
    rows = [_row(name, group) for name, group in fits.groupby("classifier", sort=False)]
    table = pd.DataFrame(rows).set_index("classifier").reindex(columns=list(_DTYPES))
    table = table.astype(_DTYPES)
    if not fits["on_test_set"].any():
        table = table.drop(columns="test_score")
    return table.sort_values("mean_score", ascending=False, na_position="last", kind="stable")


def _row(name: Any, fits: pd.DataFrame) -> dict[str, Any]:
    errors = fits["error"][fits["error"] != ""]
    if len(errors):
        return {"classifier": name, "error": errors.iloc[0]}
    folds = fits[~fits["on_test_set"]]
    return {
        "classifier": name,
        "mean_score": folds["score"].mean(),
        "std_score": folds["score"].std(ddof=0),
        "test_score": fits["score"][fits["on_test_set"]].mean(),
        "fit_seconds": folds["fit_seconds"].mean(),
        "predict_microseconds": folds["predict_microseconds"].mean(),
        "n_parameters": fits["n_parameters"].iloc[-1],
        "error": "",
    }


def _measure(
    name: str,
    classifier: BaseEstimator,
    scorer: Any,
    X: Any,
    y: Any,
    X_test: Any,
    y_test: Any,
    *,
    on_test_set: bool,
) -> Measurement:
    try:
        started = time.perf_counter()
        fitted = clone(classifier).fit(X, y)
        fitted_at = time.perf_counter()
        fitted.predict(X_test)
        predicted_at = time.perf_counter()
        score = scorer(fitted, X_test, y_test)
    except Exception as error:  # a comparison goes on without the classifier that fails
        return Measurement(name, on_test_set, error=f"{type(error).__name__}: {error}")
    return Measurement(
        name,
        on_test_set,
        score=float(score),
        fit_seconds=fitted_at - started,
        predict_microseconds=(predicted_at - fitted_at) / len(y_test) * 1e6,
        n_parameters=count_parameters(fitted),
    )


def count_parameters(classifier: BaseEstimator) -> int | None:
    """Count the numbers that a fitted classifier keeps to predict with.

    A network's weights, a linear model's coefficients and intercepts, a support vector machine's
    support vectors with their weights and intercepts; None for other classifiers.

    Parameters
    ----------
    classifier : estimator
        Fitted; of a Pipeline the last step counts.
    """
    if isinstance(classifier, Pipeline):
        return count_parameters(classifier[-1])
    network = getattr(classifier, "model_", None)
    if network is not None and hasattr(network, "count_params"):
        return int(network.count_params())
    for names in (
        ("support_vectors_", "dual_coef_", "intercept_"),
        ("coef_", "intercept_"),
    ):
        if all(hasattr(classifier, name) for name in names):
            return sum(np.size(getattr(classifier, name)) for name in names)
    return None
