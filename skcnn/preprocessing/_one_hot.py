"""From labels to one-hot rows, and back."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import Tags, check_array, column_or_1d
from sklearn.utils.validation import check_is_fitted

from skcnn.preprocessing._transformer import Transformer, fit_in_one_step


class LabelOneHotEncoder(Transformer):
    """Encode labels as one-hot rows, and rows of probabilities as labels.

    The labels are what goes in as ``X``, as in scikit-learn's LabelEncoder: a list, array or
    Series of integers, strings or booleans, or one column of a table, so that the encoder can sit
    in a ColumnTransformer.  Unlike LabelBinarizer it writes one column for each class even if
    there are two, which is what a softmax output is trained on.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The distinct labels, sorted, in the order of the columns.
    label_name_ : str
        Name of the column of the table, or of the Series, that ``fit`` saw; else ``"label"``.

    See Also
    --------
    sklearn.preprocessing.LabelBinarizer : One column only for two classes.
    sklearn.preprocessing.OneHotEncoder : Encodes several columns of features.

    Examples
    --------
    >>> import numpy as np
    >>> from skcnn.preprocessing import LabelOneHotEncoder
    >>> encoder = LabelOneHotEncoder().fit(["cat", "dog", "cat"])
    >>> encoder.transform(["dog", "cat"])
    array([[0., 1.],
           [1., 0.]], dtype=float32)
    >>> encoder.inverse_transform([[0.2, 0.8], [0.6, 0.4]]).tolist()
    ['dog', 'cat']
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {}

    @fit_in_one_step
    def fit(self, X: Any, y: Any = None) -> LabelOneHotEncoder:
        """Learn the classes.

        Parameters
        ----------
        X : array-like of shape (n_samples,) or (n_samples, 1)
            Labels.
        y : None
            Ignored.

        Returns
        -------
        self : LabelOneHotEncoder
            The fitted encoder.

        Raises
        ------
        ValueError
            If X is not one column, is empty or has missing labels.
        TypeError
            If the labels cannot be sorted, such as numbers among strings.
        """
        labels = _check_labels(self, X)
        try:
            self.classes_ = np.unique(labels)
        except TypeError as error:
            kinds = sorted({type(label).__name__ for label in labels.tolist()})
            raise TypeError(
                "Labels must be of one kind, such as all strings or all numbers, but received "
                f"labels of the types {', '.join(kinds)}. Convert them to one type first."
            ) from error
        name = X.columns[0] if hasattr(X, "columns") else getattr(X, "name", None)
        self.label_name_ = name if isinstance(name, str) else "label"
        return self

    def transform(self, X: Any) -> NDArray[np.float32]:
        """Encode labels.

        Parameters
        ----------
        X : array-like of shape (n_samples,) or (n_samples, 1)
            Labels that ``fit`` has seen.

        Returns
        -------
        Y : ndarray of shape (n_samples, n_classes), float32
            1 in the column of the label's class, 0 elsewhere.

        Raises
        ------
        ValueError
            If ``fit`` has not seen one of the labels, or X is not one column of labels.
        """
        check_is_fitted(self, "classes_")
        labels = _check_labels(self, X).tolist()
        column_of = {label: column for column, label in enumerate(self.classes_.tolist())}
        unseen = [label for label in dict.fromkeys(labels) if label not in column_of]
        if unseen:
            raise ValueError(
                f"X contains labels that were not seen in fit: {unseen}. The known labels are "
                f"{list(column_of)}. Fit the encoder on all labels, or drop these samples."
            )
        Y = np.zeros((len(labels), len(column_of)), dtype=np.float32)
        Y[np.arange(len(labels)), [column_of[label] for label in labels]] = 1
        return Y

    def inverse_transform(self, Y: Any) -> NDArray[Any]:
        """Give the label of the largest value in each row.

        Parameters
        ----------
        Y : array-like of shape (n_samples, n_classes)
            One-hot rows, probabilities or scores.

        Returns
        -------
        labels : ndarray of shape (n_samples,), dtype of classes_
            Labels; the first of the classes that share the largest value.

        Raises
        ------
        ValueError
            If Y does not have one column for each class, or holds NaN or infinity.
        """
        check_is_fitted(self, "classes_")
        Y = check_array(Y, estimator=self, input_name="Y")
        if Y.shape[1] != len(self.classes_):
            raise ValueError(
                f"LabelOneHotEncoder expected Y with {len(self.classes_)} columns, one for each "
                f"of the classes {self.classes_.tolist()}, but received Y of shape {Y.shape}. "
                "Pass one column for each class, or fit the encoder on the labels that Y encodes."
            )
        return self.classes_[np.argmax(Y, axis=1)]

    def get_feature_names_out(
        self, input_features: ArrayLike | None = None
    ) -> NDArray[np.object_]:
        """Name the columns after the label column and the classes.

        Parameters
        ----------
        input_features : array-like of str of shape (1,), default=None
            Name of the column of labels; None takes ``label_name_``.

        Returns
        -------
        feature_names_out : ndarray of str objects of shape (n_classes,)
            ``<input>_<class>`` for each class.

        Raises
        ------
        ValueError
            If ``input_features`` is not one name.
        """
        check_is_fitted(self, "classes_")
        names = [self.label_name_] if input_features is None else np.asarray(input_features)
        if len(names) != 1:
            raise ValueError(
                "input_features should have length equal to 1, the column of labels; received "
                f"{len(names)} names. Pass the name of that column alone."
            )
        return np.asarray([f"{names[0]}_{label}" for label in self.classes_], dtype=object)

    def __sklearn_tags__(self) -> Tags:
        """Tell scikit-learn that one column of labels is expected."""
        tags = super().__sklearn_tags__()
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        tags.target_tags.one_d_labels = True
        tags.transformer_tags.preserves_dtype = []
        return tags


def _check_labels(estimator: LabelOneHotEncoder, X: Any) -> NDArray[Any]:
    """Validate one column of labels, as an array of shape (n_samples,)."""
    # np.asarray first: check_array makes floats of pandas' nullable integers and booleans.
    labels = column_or_1d(np.asarray(X))
    return check_array(labels, ensure_2d=False, dtype=None, estimator=estimator, input_name="X")
