"""Several labels a sample: indicator matrices as y."""

import keras
import numpy as np
import pytest
import scipy.sparse
from sklearn.base import clone
from sklearn.datasets import make_multilabel_classification
from sklearn.metrics import f1_score
from sklearn.model_selection import cross_val_predict
from sklearn.neural_network import MLPClassifier as MLPClassifierOfScikitLearn
from sklearn.preprocessing import StandardScaler

from skcnn import CNNClassifier, KerasClassifier, MLPClassifier, build_mlp
from skcnn.estimators._holding_out import hold_out
from skcnn.estimators._label_set_targets import LabelSetTargets

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(scope="module")
def tagged():
    X, y = make_multilabel_classification(400, 20, n_classes=5, random_state=0)
    return StandardScaler().fit_transform(X).astype(np.float32), y


@pytest.fixture(scope="module")
def marked(scaled_digits):
    """Images, and which quarters of them have much ink."""
    X, _ = scaled_digits
    ink = [X[:, r : r + 4, c : c + 4].mean(axis=(1, 2)) for r in (0, 4) for c in (0, 4)]
    return X, np.column_stack([quarter > np.median(quarter) for quarter in ink]).astype(int)


def mlp(**changes):
    defaults = {"epochs": 15, "batch_size": 32, "random_state": 0}
    return MLPClassifier((32,), **{**defaults, **changes})


# --- what they learn


@pytest.mark.slow
def test_labels_are_told_as_well_as_by_scikit_learns_own(tagged):
    X, y = tagged

    def score(classifier):
        return f1_score(y, cross_val_predict(classifier, X, y, cv=3), average="micro")

    theirs = MLPClassifierOfScikitLearn((32,), max_iter=60, batch_size=32, random_state=0)
    assert score(mlp(epochs=60)) > score(theirs) - 0.02


@pytest.mark.slow
def test_images_tell_labels(marked):
    X, y = marked
    classifier = CNNClassifier(8, epochs=20, batch_size=32, random_state=0)
    classifier.fit(X[:300], y[:300])

    assert f1_score(y[300:], classifier.predict(X[300:]), average="micro") > 0.75


def test_predictions_are_indicators_and_probabilities_of_each_label(tagged):
    X, y = tagged
    classifier = mlp().fit(X, y)
    probabilities = classifier.predict_proba(X)

    assert classifier.classes_.tolist() == [0, 1, 2, 3, 4]
    assert probabilities.shape == y.shape
    assert not np.allclose(probabilities.sum(axis=1), 1)
    np.testing.assert_array_equal(classifier.predict(X), probabilities > 0.5)
    assert classifier.predict(X).dtype == np.int64
    assert classifier.score(X, y) == np.mean((classifier.predict(X) == y).all(axis=1))


def test_the_accuracy_is_that_of_labels(tagged):
    X, y = tagged
    classifier = mlp(validation_split=0, early_stopping=False, learning_rate=1e-9).fit(X, y)

    assert classifier.history_["accuracy"][-1] == pytest.approx(
        np.mean(classifier.predict(X) == y), abs=1e-3
    )


@pytest.mark.parametrize(
    "as_given",
    [scipy.sparse.csr_matrix, scipy.sparse.csc_array, lambda y: y.astype(bool), lambda y: y * 1.0],
)
def test_indicators_come_in_many_forms(tagged, as_given):
    X, y = tagged
    expected = mlp(epochs=2).fit(X, y).predict(X)

    np.testing.assert_array_equal(mlp(epochs=2).fit(X, as_given(y)).predict(X), expected)


# --- classes or labels


@pytest.mark.slow
def test_rows_with_a_single_one_are_classes_unless_said_otherwise(tagged):
    X, y = tagged
    one_hot = np.eye(5, dtype=int)[y.argmax(axis=1)]
    classes = mlp(epochs=2).fit(X, one_hot)
    labels = mlp(epochs=2, target_type="multilabel-indicator").fit(X, one_hot)

    np.testing.assert_allclose(classes.predict_proba(X).sum(axis=1), 1, atol=1e-5)
    assert not np.allclose(labels.predict_proba(X).sum(axis=1), 1, atol=0.05)
    with pytest.raises(ValueError, match="one-hot rows"):
        mlp(target_type="multiclass").fit(X, y)


def test_classes_are_no_labels(tagged):
    X, y = tagged

    with pytest.raises(ValueError, match=r"indicator matrix.*received shape \(400,\)"):
        mlp(target_type="multilabel-indicator").fit(X, y[:, 0])
    with pytest.raises(ValueError, match=r"received .*2"):
        mlp(target_type="multilabel-indicator").fit(X, 2 * y)
    with pytest.raises(ValueError, match="target_type"):
        mlp(target_type="multilabel").fit(X, y)


def test_weights_of_classes_need_classes(tagged):
    with pytest.raises(ValueError, match=r"class_weight='balanced'.*sample_weight"):
        mlp(class_weight="balanced").fit(*tagged)


# --- what is held out


def test_what_is_held_out_has_its_share_of_each_set():
    y = np.repeat([[1, 0, 0], [1, 1, 0], [0, 0, 0]], [200, 40, 160], axis=0)
    targets, codes = LabelSetTargets.read(y)
    _, held_out = hold_out(targets.strata(codes), 0.25, seed=0)
    _, counts = np.unique(y[held_out], axis=0, return_counts=True)

    assert sorted(counts) == [10, 40, 50]


@pytest.mark.slow
def test_sets_that_no_two_samples_share_are_held_out_together():
    y = (np.arange(64)[:, np.newaxis] >> np.arange(6)) & 1
    history = mlp(epochs=1).fit(np.random.default_rng(0).random((64, 4)), y).history_
    targets, codes = LabelSetTargets.read(y)

    assert set(targets.strata(codes)) == {-1}
    assert "val_loss" in history


# --- networks of a user's own


def network(input_shape, n_classes, output_activation="sigmoid"):
    return build_mlp(input_shape, n_classes, hidden_units=8, output_activation=output_activation)


@pytest.mark.slow
def test_a_builder_is_handed_the_activation_that_suits(tagged):
    X, y = tagged
    of_labels = KerasClassifier(network, epochs=2).fit(X, y)
    of_classes = clone(of_labels).fit(X, y[:, 0])

    assert of_labels.model_.layers[-1].activation.__name__ == "sigmoid"
    assert of_classes.model_.layers[-1].activation.__name__ == "softmax"


def compiled_for_classes(input_shape, n_classes):
    model = network(input_shape, n_classes)
    model.compile("adam", "categorical_crossentropy")
    return model


def with_softmax(input_shape, n_classes):
    return build_mlp(input_shape, n_classes)


def of_three(input_shape):
    return network(input_shape, 3)


@pytest.mark.parametrize(
    ("builder", "message"),
    [
        (with_softmax, "network that ends in softmax.*sigmoid"),
        (compiled_for_classes, "loss categorical_crossentropy.*binary_crossentropy"),
        (of_three, "3 outputs, but y holds 5 labels"),
    ],
)
def test_networks_that_do_not_fit_are_refused(tagged, builder, message):
    classifier = KerasClassifier(builder)

    with pytest.raises(ValueError, match=message):
        classifier.fit(*tagged)
    assert not hasattr(classifier, "classes_")


@pytest.mark.slow
def test_logits_become_probabilities(tagged):
    X, y = tagged

    def of_logits(input_shape, n_classes):
        return network(input_shape, n_classes, "linear")

    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    classifier = KerasClassifier(of_logits, loss=loss, epochs=60, random_state=0).fit(X, y)

    assert ((classifier.predict_proba(X) > 0.5) == classifier.predict(X)).all()
    assert f1_score(y, classifier.predict(X), average="micro") > 0.5
    plain = KerasClassifier(of_logits, epochs=1).fit(X, y)
    with pytest.raises(ValueError, match="no probabilities"):
        plain.predict_proba(X)
