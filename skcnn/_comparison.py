"""Classifiers or regressors side by side: the same folds for all, one table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.compose import TransformedTargetRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR

from skcnn._measuring import Measurement, measure
from skcnn.estimators import CNNClassifier, CNNRegressor, MLPClassifier, MLPRegressor
from skcnn.preprocessing import ImageFlattener, ImageReshaper, PixelScaler

_COSTS = {
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
        Each takes pixels from 0 to 255, as images or as rows.  Pictures in files are loaded
        before it: ``load_image_folder(path, image_size=(32, 32)).images``, or
        ``make_pipeline(ImageLoader((32, 32)), classifier)`` for each of them, which takes paths.

    Examples
    --------
    >>> from skcnn import default_classifiers
    >>> list(default_classifiers((28, 28, 1)))
    ['logistic regression', 'SVM', 'MLP', 'CNN']
    """
    return {
        "logistic regression": _on_rows(classifier=LogisticRegression(max_iter=1000)),
        "SVM": _on_rows(classifier=SVC()),
        "MLP": _on_rows(classifier=MLPClassifier(random_state=random_state)),
        "CNN": _on_images(image_shape, classifier=CNNClassifier(random_state=random_state)),
    }


def default_regressors(
    image_shape: Sequence[int], *, random_state: int | None = None
) -> dict[str, Pipeline]:
    """Return the four regressors to compare: two classical ones and two networks.

    Ridge regression and support vector regression with RBF kernel have scikit-learn's settings;
    MLP and CNN have skcnn's.  The unit of y favours none of them: where the networks standardize
    what they learn, SVR, whose settings are for numbers around 1, gets standardized targets from a
    ``TransformedTargetRegressor``, and to ridge regression units make no difference.

    Parameters
    ----------
    image_shape : sequence of int
        Height, width and channels of the images, or height and width in grey.
    random_state : int or None, default=None
        Seed of the networks; the other two draw no random numbers.

    Returns
    -------
    dict of str to Pipeline
        Unfitted Pipelines named ``"ridge"``, ``"SVR"``, ``"MLP"`` and ``"CNN"``.  Each takes
        pixels from 0 to 255, as images or as rows.  SVR predicts one number a sample, the others
        any.

    Examples
    --------
    >>> from skcnn import default_regressors
    >>> list(default_regressors((28, 28, 1)))
    ['ridge', 'SVR', 'MLP', 'CNN']
    """
    machine = TransformedTargetRegressor(SVR(), transformer=StandardScaler())
    return {
        "ridge": _on_rows(regressor=Ridge()),
        "SVR": _on_rows(regressor=machine),
        "MLP": _on_rows(regressor=MLPRegressor(random_state=random_state)),
        "CNN": _on_images(image_shape, regressor=CNNRegressor(random_state=random_state)),
    }


def _on_rows(**last: BaseEstimator) -> Pipeline:
    return Pipeline([("flatten", ImageFlattener()), ("scale", PixelScaler()), *last.items()])


def _on_images(image_shape: Sequence[int], **last: BaseEstimator) -> Pipeline:
    reshaper = ImageReshaper(tuple(image_shape))
    return Pipeline([("reshape", reshaper), ("scale", PixelScaler()), *last.items()])


def compare_classifiers(
    classifiers: Mapping[str, BaseEstimator],
    X: ArrayLike,
    y: ArrayLike,
    *,
    cv: Any = 5,
    groups: ArrayLike | None = None,
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
        Samples, as each of the classifiers takes them: images, rows, or, for Pipelines that begin
        with an ImageLoader, paths, each of which is decoded once.
    y : array-like of shape (n,)
        Labels.
    cv : int, cross-validation generator or iterable, default=5
        Folds, as in ``sklearn.model_selection.cross_validate``: an int stratifies by class.
    groups : array-like of shape (n,) or None, default=None
        Group of each sample, for a splitter such as ``GroupKFold`` or ``StratifiedGroupKFold``.
    X_test, y_test : array-like or None, default=None
        A test set.  Each classifier is then fitted once more, on all of X, and scored on it.
    scoring : str, callable, or list, tuple, set or dict of several, default="accuracy"
        Scorers, as in ``cross_validate``: a scorer or its name, several names, scorers by names of
        your own, or a callable that returns a dict of scores.
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
        mean_<name>, std_<name>, test_<name> : float
            The same for each of several scores, in place of the above; the first one sorts.
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
        If scoring is nothing that scores.
    ValueError
        If there is nothing to compare, samples, labels and groups differ in number, the test set
        is incomplete, or the folds cannot be made, such as those of ``GroupKFold`` without groups.

    Examples
    --------
    >>> from skcnn import compare_classifiers, default_classifiers, load_digit_images
    >>> X, y = load_digit_images(return_X_y=True)
    >>> classifiers = default_classifiers((8, 8, 1), random_state=0)
    >>> fast = {name: classifiers[name] for name in ("logistic regression", "SVM")}
    >>> compare_classifiers(fast, X, y, cv=3).index.tolist()
    ['SVM', 'logistic regression']
    """
    measurements = measure(
        "classifier",
        classifiers,
        X,
        y,
        cv=cv,
        groups=groups,
        X_test=X_test,
        y_test=y_test,
        scoring=scoring,
        n_jobs=n_jobs,
    )
    return tabulate(measurements, "classifier")


def compare_regressors(
    regressors: Mapping[str, BaseEstimator],
    X: ArrayLike,
    y: ArrayLike,
    *,
    cv: Any = 5,
    groups: ArrayLike | None = None,
    X_test: ArrayLike | None = None,
    y_test: ArrayLike | None = None,
    scoring: Any = "r2",
    n_jobs: int | None = None,
) -> pd.DataFrame:
    """Cross-validate regressors on the same folds and put them into one table.

    Parameters
    ----------
    regressors : mapping of str to estimator
        Unfitted regressors or Pipelines by name.  They are cloned, never fitted themselves.
    X : array-like of shape (n, ...)
        Samples.
    y : array-like of shape (n,) or (n, n_outputs)
        Numbers to predict.
    cv : int, cross-validation generator or iterable, default=5
        Folds, as in ``sklearn.model_selection.cross_validate``: an int cuts the samples into folds
        in the order in which they come.  Where they come sorted, pass
        ``KFold(5, shuffle=True, random_state=0)``.
    groups : array-like of shape (n,) or None, default=None
        Group of each sample, for a splitter such as ``GroupKFold``.
    X_test, y_test : array-like or None, default=None
        A test set.  Each regressor is then fitted once more, on all of X, and scored on it.
    scoring : str, callable, or list, tuple, set or dict of several, default="r2"
        Scorers, as in ``cross_validate``.
    n_jobs : int or None, default=None
        Fits that run at the same time, as joblib counts them.  Times are cleanest with one.

    Returns
    -------
    pandas.DataFrame
        One row a regressor, best mean score first, with the columns of ``compare_classifiers``.

    Raises
    ------
    TypeError
        If scoring is nothing that scores.
    ValueError
        If there is nothing to compare, samples, targets and groups differ in number, the test set
        is incomplete, or the folds cannot be made.

    Examples
    --------
    >>> from skcnn import compare_regressors, default_regressors, load_digit_images
    >>> X, _ = load_digit_images(return_X_y=True)
    >>> ink = X.mean(axis=(1, 2))
    >>> regressors = default_regressors((8, 8, 1), random_state=0)
    >>> fast = {name: regressors[name] for name in ("ridge", "SVR")}
    >>> compare_regressors(fast, X, ink, cv=3).index.tolist()
    ['ridge', 'SVR']
    """
    measurements = measure(
        "regressor",
        regressors,
        X,
        y,
        cv=cv,
        groups=groups,
        X_test=X_test,
        y_test=y_test,
        scoring=scoring,
        n_jobs=n_jobs,
    )
    return tabulate(measurements, "regressor")


def tabulate(measurements: Iterable[Measurement], kind: str) -> pd.DataFrame:
    """Return the table that ``compare_classifiers`` describes, with ``kind`` above its names."""
    fits = list(measurements)
    has_test = any(fit.on_test_set for fit in fits)
    scores = _names_of_scores(fits)
    rows = [_row([fit for fit in fits if fit.name == name]) for name in _names(fits)]
    dtypes = {
        f"{statistic}_{score}": "float64"
        for score in scores
        for statistic in ("mean", "std", *(["test"] if has_test else []))
    }
    table = pd.DataFrame(rows, index=pd.Index(_names(fits), name=kind))
    table = table.reindex(columns=[*dtypes, *_COSTS]).astype(dtypes | _COSTS)
    return table.sort_values(
        f"mean_{scores[0]}", ascending=False, na_position="last", kind="stable"
    )


def _names(fits: list[Measurement]) -> list[str]:
    return list(dict.fromkeys(fit.name for fit in fits))


def _names_of_scores(fits: list[Measurement]) -> list[str]:
    """Return the names of all scores; where every fit failed, nothing may tell them."""
    return list(dict.fromkeys(name for fit in fits for name in fit.scores)) or ["score"]


def _row(fits: list[Measurement]) -> dict[str, Any]:
    """Return the numbers of one estimator, or why it failed."""
    failed = next((fit for fit in fits if fit.error), None)
    if failed is not None:
        return {"error": failed.error}
    folds = [fit for fit in fits if not fit.on_test_set]
    scores = pd.DataFrame([fit.scores for fit in folds])
    on_test_set = next((fit.scores for fit in fits if fit.on_test_set), {})
    return {
        **scores.mean().add_prefix("mean_"),
        **scores.std(ddof=0).add_prefix("std_"),
        **{f"test_{name}": score for name, score in on_test_set.items()},
        "fit_seconds": np.mean([fit.fit_seconds for fit in folds]),
        "predict_microseconds": np.mean([fit.predict_microseconds for fit in folds]),
        "n_parameters": fits[-1].n_parameters,
        "error": "",
    }
