"""LabelOneHotEncoder: labels to one-hot rows, and back."""

import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from skcnn.preprocessing import LabelOneHotEncoder


@pytest.mark.parametrize(
    "y",
    [
        [3, 1, 2, 1],
        ["b", "a", "c", "a"],
        [True, False, True, True],
        [0.5, 1.5, 0.5, 2.5],
        np.array([7, 5, 7, 5], dtype=np.uint8),
        np.array(["b", "a", "c", "a"], dtype=object),
        np.array(["2020-01-02", "2020-01-01"], dtype="datetime64[D]"),
        pd.Series(["b", "a", "c", "a"], index=[9, 8, 7, 6]),
        pd.Series(["b", "a", "c", "a"], dtype="category"),
        pd.Series([True, False, True], dtype="boolean"),
        pd.Series([3, 1, 2, 1], dtype="Int64"),
    ],
)
def test_labels_of_any_kind_go_to_one_hot_rows_and_back(y):
    encoder = LabelOneHotEncoder()
    Y = encoder.fit_transform(y)
    assert Y.dtype == np.float32
    assert_array_equal(encoder.classes_, np.unique(np.asarray(y)))
    assert_array_equal(Y, np.asarray(y)[:, None] == encoder.classes_)
    restored = encoder.inverse_transform(Y)
    assert_array_equal(restored, np.asarray(y))
    assert restored.dtype == encoder.classes_.dtype == np.asarray(y).dtype


def test_two_classes_get_two_columns_and_one_class_gets_one():
    encoder = LabelOneHotEncoder()
    assert encoder.fit_transform(["no", "yes"]).tolist() == [[1, 0], [0, 1]]
    assert encoder.fit_transform(["yes", "yes"]).tolist() == [[1], [1]]


def test_transform_keeps_the_columns_of_fit():
    encoder = LabelOneHotEncoder().fit([0, 1, 2])
    assert encoder.transform([2]).tolist() == [[0, 0, 1]]
    assert encoder.transform(np.array([1.0])).tolist() == [[0, 1, 0]]


def test_probabilities_become_the_most_likely_label():
    encoder = LabelOneHotEncoder().fit(["a", "b", "c"])
    probabilities = [[0.2, 0.1, 0.7], [0.4, 0.4, 0.2], [0.1, 0.8, 0.1]]
    assert encoder.inverse_transform(probabilities).tolist() == ["c", "a", "b"]
    assert encoder.inverse_transform(pd.DataFrame(probabilities)).tolist() == ["c", "a", "b"]


def test_unseen_labels_are_listed_with_the_known_ones():
    encoder = LabelOneHotEncoder().fit(["a", "b"])
    with pytest.raises(ValueError, match=r"not seen in fit: \['ccc', 'd'\].*\['a', 'b'\]"):
        encoder.transform(["ccc", "a", "d", "ccc"])
    with pytest.raises(ValueError, match=r"not seen in fit: \[1\]"):
        encoder.transform([1])


@pytest.mark.parametrize(
    ("y", "error", "message"),
    [
        ([], ValueError, r"0 sample\(s\)"),
        (3, ValueError, "1d array"),
        ([[1, 0], [0, 1]], ValueError, r"1d array.* shape \(2, 2\)"),
        ([1.0, np.nan], ValueError, "NaN"),
        (np.array(["a", np.nan], dtype=object), ValueError, "NaN"),
        (pd.Series([1, None], dtype="Int64"), ValueError, "NaN"),
        (np.array(["a", 1], dtype=object), TypeError, "types int, str"),
        (np.array(["a", None], dtype=object), TypeError, "types NoneType, str"),
    ],
)
def test_bad_labels_are_refused(y, error, message):
    with pytest.raises(error, match=message):
        LabelOneHotEncoder().fit(y)


@pytest.mark.parametrize(
    ("Y", "message"),
    [
        ([[1, 0, 0]], r"2 columns, one for each of the classes \['a', 'b'\].* shape \(1, 3\)"),
        ([[1]], r"received Y of shape \(1, 1\)"),
        ([0, 1], "Reshape your data"),
        ([[0.5, np.nan]], "Input Y contains NaN"),
        ([[0.5, np.inf]], "Input Y contains infinity"),
    ],
)
def test_bad_probabilities_are_refused(Y, message):
    with pytest.raises(ValueError, match=message):
        LabelOneHotEncoder().fit(["a", "b"]).inverse_transform(Y)


def test_unfitted_label_encoder_says_so():
    for use in (LabelOneHotEncoder().transform, LabelOneHotEncoder().inverse_transform):
        with pytest.raises(NotFittedError, match="LabelOneHotEncoder"):
            use([[1]])
    with pytest.raises(NotFittedError):
        LabelOneHotEncoder().get_feature_names_out()


@pytest.mark.parametrize(
    ("y", "name"),
    [
        (["b", "a"], "label"),
        ([["b"], ["a"]], "label"),
        (pd.Series(["b", "a"], name="kind"), "kind"),
        (pd.DataFrame({"kind": ["b", "a"]}), "kind"),
        (pd.DataFrame([["b"], ["a"]]), "label"),
    ],
)
def test_one_hot_columns_are_named_after_label_and_class(y, name):
    encoder = LabelOneHotEncoder().fit(y)
    assert encoder.label_name_ == name
    assert encoder.get_feature_names_out().tolist() == [f"{name}_a", f"{name}_b"]
    assert encoder.get_feature_names_out(["in"]).tolist() == ["in_a", "in_b"]
    with pytest.raises(ValueError, match=r"length equal to 1, .* received 2"):
        encoder.get_feature_names_out(["one", "two"])


def test_labels_of_another_name_are_welcome_in_transform(recwarn):
    encoder = LabelOneHotEncoder().fit(pd.Series([0, 1], name="truth"))
    assert encoder.transform(pd.Series([1], name="prediction")).tolist() == [[0, 1]]
    assert encoder.transform([1]).tolist() == [[0, 1]]
    assert len(recwarn) == 0


def test_one_hot_rows_as_a_table():
    y = pd.Series(["b", "a"], index=[5, 7], name="kind")
    Y = LabelOneHotEncoder().set_output(transform="pandas").fit_transform(y)
    expected = pd.DataFrame(
        [[0, 1], [1, 0]], index=[5, 7], columns=["kind_a", "kind_b"], dtype=np.float32
    )
    pd.testing.assert_frame_equal(Y, expected)


def test_label_encoder_survives_clone_and_pickle():
    encoder = LabelOneHotEncoder().fit(["a", "b"])
    restored = pickle.loads(pickle.dumps(encoder))
    assert_array_equal(restored.transform(["b"]), encoder.transform(["b"]))
    assert not hasattr(clone(encoder), "classes_")
