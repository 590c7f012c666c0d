"""Fitted estimators that predict by an ONNX file, without TensorFlow or scikit-learn."""

from __future__ import annotations

import os
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skcnn._onnx._contents import Contents
from skcnn._onnx._samples import as_input
from skcnn._onnx._session import Session

_PARAMETERS = ("path", "n_threads")


class ONNXEstimator:
    """What a classifier and a regressor of an ONNX file share.

    They answer what scikit-learn asks of its estimators, and load it only where it asks.
    """

    _kinds: ClassVar[tuple[str, ...]]
    _other: ClassVar[str]  # the class for files of other kinds

    def __init__(self, path: str | os.PathLike[str], *, n_threads: int | None = None) -> None:
        is_count = type(n_threads) is int and n_threads > 0
        if n_threads is not None and not is_count:
            raise ValueError(
                f"n_threads must be a positive integer, or None for all cores; received "
                f"{n_threads!r}."
            )
        session = Session.of_file(path, n_threads)
        if session.contents.kind not in self._kinds:
            raise ValueError(
                f"Cannot use {os.fspath(path)} as {type(self).__name__}: it holds a "
                f"{session.contents.estimator}, which predicts {_WORDS[session.contents.kind]}. "
                f"Use {self._other}."
            )
        self.path = path
        self.n_threads = n_threads
        self._session = session

    @classmethod
    def _of(cls, session: Session, path: str | os.PathLike[str]) -> Self:
        """Return an estimator of a file that is not written yet."""
        estimator = cls.__new__(cls)
        estimator.path, estimator.n_threads, estimator._session = path, None, session
        return estimator

    @property
    def _contents(self) -> Contents:
        return self._session.contents

    @property
    def n_features_in_(self) -> int:
        """Numbers in one sample."""
        return int(np.prod(self._contents.sample_shape))

    @property
    def input_shape_(self) -> tuple[int, ...]:
        """Shape of one sample, as the file takes it."""
        return self._contents.sample_shape

    @property
    def feature_names_in_(self) -> NDArray[Any]:
        """Names of the columns that the exported estimator was fitted on, where it has some."""
        names = self._contents.feature_names
        if names is None:
            raise AttributeError(
                f"{type(self).__name__!r} object has no attribute 'feature_names_in_'"
            )
        return np.array(names, dtype=object)

    def _run(self, X: Any, output: str) -> NDArray[Any]:
        x = as_input(X, self._session.contents, type(self).__name__)
        return self._session.run(x, output)

    def fit(self, X: ArrayLike, y: Any = None, **params: Any) -> Self:
        """Return the estimator as it is: it is fitted, and nothing is trained.

        Parameters
        ----------
        X, y, **params
            Ignored.

        Returns
        -------
        self : ONNXClassifier or ONNXRegressor
            The estimator itself.
        """
        return self

    # --- what scikit-learn asks -----------------------------------------------------------------

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters by name.

        Parameters
        ----------
        deep : bool, default=True
            Ignored: no parameter has parameters.
        """
        return {name: getattr(self, name) for name in _PARAMETERS}

    def set_params(self, **params: Any) -> Self:
        """Set parameters, and read the file again.

        Raises
        ------
        ValueError
            If there is no such parameter, or the file cannot be used.
        """
        strangers = params.keys() - set(_PARAMETERS)
        if strangers:
            raise ValueError(
                f"Invalid parameter {min(strangers)!r} for estimator {self!r}. Valid parameters "
                f"are: {list(_PARAMETERS)!r}."
            )
        if params:
            type(self).__init__(self, **(self.get_params() | params))
        return self

    def __repr__(self) -> str:
        threads = "" if self.n_threads is None else f", n_threads={self.n_threads}"
        return f"{type(self).__name__}({os.fspath(self.path)!r}{threads})"

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def _tags(self, estimator_type: str) -> Any:
        from sklearn.utils import InputTags, Tags, TargetTags

        return Tags(
            estimator_type=estimator_type,
            target_tags=TargetTags(required=False),
            input_tags=InputTags(three_d_array=True),
        )


_WORDS = {"classes": "classes", "label_sets": "sets of labels", "numbers": "numbers"}


class ONNXClassifier(ONNXEstimator):
    """A fitted classifier out of an ONNX file that ``export_onnx`` has written.

    It needs NumPy and onnxruntime alone, and starts in a fraction of the time that TensorFlow
    takes.  It is fitted from the start, and ``fit`` changes nothing: in a search or in
    ``cross_val_score`` each fold is predicted by the same network.  Pickles hold the file's bytes.

    Parameters
    ----------
    path : str or path-like
        The file.
    n_threads : int or None, default=None
        Threads that share the work of one call; None for all cores, or, in a worker of joblib or
        Dask, for its share of them.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, as the exported classifier had them; of sets of labels, the number of each
        label's column.
    n_features_in_ : int
        Numbers in one sample.
    input_shape_ : tuple of int
        Shape of one sample, as the file takes it.
    feature_names_in_ : ndarray of str objects of shape (n_features_in_,)
        Names of the columns that the exported classifier was fitted on, where it has some.

    Raises
    ------
    FileNotFoundError, IsADirectoryError
        If there is no such file.
    ValueError
        If it is no ONNX file, is cut off, was not written by ``export_onnx``, or predicts
        numbers.
    ImportError
        If onnxruntime is not installed: ``pip install "skcnn[onnx]"``.

    See Also
    --------
    skcnn.export_onnx : Writes such files.
    skcnn.load_pretrained : Networks that come with skcnn.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from skcnn import CNNClassifier, ONNXClassifier, export_onnx, load_digit_images
    >>> X, y = load_digit_images(return_X_y=True)
    >>> cnn = CNNClassifier((8, 16), rescale=1 / 255, epochs=5, batch_size=32, random_state=0)
    >>> cnn = cnn.fit(X, y)
    >>> with TemporaryDirectory() as folder:
    ...     export_onnx(cnn, Path(folder) / "digits.onnx")
    ...     classifier = ONNXClassifier(Path(folder) / "digits.onnx")
    >>> bool((classifier.predict(X) == cnn.predict(X)).all())
    True
    """

    _kinds = ("classes", "label_sets")
    _other = "ONNXRegressor"

    @property
    def classes_(self) -> NDArray[Any]:
        """The labels."""
        return self._contents.labels

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the label of each sample.

        Parameters
        ----------
        X : array-like of shape (n, ...)
            Samples of the shape that the classifier was fitted on, or as many numbers in another
            one, of any dtype of real numbers, as long as the file's own dtype holds them.

        Returns
        -------
        ndarray of shape (n,), or (n, n_labels) for sets of labels
            In the terms of the y that the exported classifier was fitted on.

        Raises
        ------
        ValueError
            If X does not hold such samples.
        """
        contents = self._contents
        if contents.kind == "label_sets" or not contents.largest_decides:
            labels = self._run(X, "label")
            return labels if contents.kind == "label_sets" else self._as_given(labels)
        best = self._run(X, "probabilities").argmax(axis=1)
        if contents.one_hot:
            return np.eye(len(contents.classes or ()), dtype=np.int64)[best]
        return self.classes_[best]

    def _as_given(self, labels: NDArray[Any]) -> NDArray[Any]:
        """Return labels in the shape and the dtype that the exported classifier gave them."""
        return labels.reshape(len(labels)).astype(self.classes_.dtype, copy=False)

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float32]:
        """Return the probability of each class for each sample.

        Parameters
        ----------
        X : array-like of shape (n, ...)
            As ``predict`` takes it.

        Returns
        -------
        ndarray of shape (n, n_classes), float32
            Columns in the order of ``classes_``.

        Raises
        ------
        ValueError
            If X does not hold samples like those of the exported classifier.
        AttributeError
            If the exported classifier gave no probabilities.
        """
        if not self._contents.has_probabilities:
            raise AttributeError(
                f"{self!r} has no probabilities, for the {self._contents.estimator} in it has "
                "none. Use predict."
            )
        return self._run(X, "probabilities")

    def predict_log_proba(self, X: ArrayLike) -> NDArray[np.float32]:
        """Return the natural logarithm of ``predict_proba``.

        Parameters
        ----------
        X : array-like of shape (n, ...)
            As ``predict`` takes it.

        Returns
        -------
        ndarray of shape (n, n_classes), float32
            Columns in the order of ``classes_``; -inf where a probability is 0.
        """
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def score(self, X: ArrayLike, y: Any, sample_weight: ArrayLike | None = None) -> float:
        """Return the accuracy, by scikit-learn; of sets of labels, the share that is all right.

        Parameters
        ----------
        X : array-like of shape (n, ...)
            As ``predict`` takes it.
        y : array-like of shape (n,) or (n, n_labels)
            The true labels.
        sample_weight : array-like of shape (n,) or None, default=None
            What each sample counts.
        """
        from sklearn.metrics import accuracy_score

        return float(accuracy_score(y, self.predict(X), sample_weight=sample_weight))

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags

        tags = self._tags("classifier")
        tags.classifier_tags = ClassifierTags(multi_label=self._contents.kind == "label_sets")
        return tags


class ONNXRegressor(ONNXEstimator):
    """A fitted regressor out of an ONNX file that ``export_onnx`` has written.

    It needs NumPy and onnxruntime alone.  It is fitted from the start, and ``fit`` changes
    nothing.

    Parameters
    ----------
    path : str or path-like
        The file.
    n_threads : int or None, default=None
        Threads that share the work of one call; None for all cores, or, in a worker of joblib or
        Dask, for its share of them.

    Attributes
    ----------
    n_features_in_ : int
        Numbers in one sample.
    input_shape_ : tuple of int
        Shape of one sample, as the file takes it.
    feature_names_in_ : ndarray of str objects of shape (n_features_in_,)
        Names of the columns that the exported regressor was fitted on, where it has some.

    Raises
    ------
    FileNotFoundError, IsADirectoryError
        If there is no such file.
    ValueError
        If it is no ONNX file, is cut off, was not written by ``export_onnx``, or predicts classes.
    ImportError
        If onnxruntime is not installed: ``pip install "skcnn[onnx]"``.

    See Also
    --------
    ONNXClassifier : The same for classes.
    """

    _kinds = ("numbers",)
    _other = "ONNXClassifier"

    def predict(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the numbers that are predicted for each sample.

        Parameters
        ----------
        X : array-like of shape (n, ...)
            Samples of the shape that the regressor was fitted on, or as many numbers in another
            one, of any dtype of real numbers, as long as the file's own dtype holds them.

        Returns
        -------
        ndarray of shape (n,) or (n, n_outputs), float64
            In the units of y, computed in float32.

        Raises
        ------
        ValueError
            If X does not hold such samples.
        """
        numbers = self._run(X, "variable").astype(np.float64)
        n_outputs = self._contents.n_outputs
        return numbers.reshape(len(numbers), n_outputs) if n_outputs else numbers.reshape(-1)

    def score(self, X: ArrayLike, y: Any, sample_weight: ArrayLike | None = None) -> float:
        """Return the coefficient of determination, R squared, by scikit-learn.

        Parameters
        ----------
        X : array-like of shape (n, ...)
            As ``predict`` takes it.
        y : array-like of shape (n,) or (n, n_outputs)
            The true numbers.
        sample_weight : array-like of shape (n,) or None, default=None
            What each sample counts.
        """
        from sklearn.metrics import r2_score

        return float(r2_score(y, self.predict(X), sample_weight=sample_weight))

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import RegressorTags

        tags = self._tags("regressor")
        tags.regressor_tags = RegressorTags()
        tags.target_tags.multi_output = self._contents.n_outputs > 1
        return tags
