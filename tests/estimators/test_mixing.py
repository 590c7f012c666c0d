"""Fits on mixed samples: what they take, what they refuse, and that they stay what they were."""

import keras
import numpy as np
import pytest

from skcnn import CNNClassifier, KerasClassifier, MLPClassifier

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 240)
    X = rng.random((240, 6, 6, 1)).astype(np.float32) / 2
    X[np.arange(240), y * 2] += 0.7
    return X, y


@pytest.mark.parametrize("how", [{"mixup": 0.4}, {"cutmix": 1.0}, {"mixup": 0.4, "cutmix": 1.0}])
def test_a_network_learns_from_mixed_images(data, how):
    X, y = data
    plain, mixed = (
        CNNClassifier(8, epochs=12, batch_size=16, random_state=0, **others).fit(X, y)
        for others in ({}, how)
    )

    assert mixed.score(X, y) > 0.9
    assert mixed.history_["loss"][-1] > 2 * plain.history_["loss"][-1]
    again = CNNClassifier(8, epochs=12, batch_size=16, random_state=0, **how).fit(X, y)
    assert (again.predict_proba(X) == mixed.predict_proba(X)).all()


def test_keras_trains_on_the_same_mixtures(data):
    X, y = data
    heard = []
    batches = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: heard.append(batch)
    )
    ours, theirs = (
        MLPClassifier(
            8,
            epochs=3,
            batch_size=16,
            dropout=0,
            random_state=0,
            mixup=1.0,
            callbacks=callbacks,
        ).fit(X.reshape(240, -1), y)
        for callbacks in (None, [batches])
    )

    assert heard
    np.testing.assert_allclose(
        ours.predict_proba(X.reshape(240, -1)), theirs.predict_proba(X.reshape(240, -1)), atol=1e-3
    )


@pytest.mark.parametrize("sets", [False, True])
def test_parts_and_sets_of_labels_are_mixed(data, sets):
    X, y = data
    labels = np.column_stack([y == 0, y > 0, y == 2]).astype(int) if sets else y
    network = MLPClassifier(16, batch_size=16, random_state=0, dropout=0)
    for _ in range(20):
        network.partial_fit(X.reshape(240, -1), labels, classes=np.arange(3))
    network.set_params(mixup=1.0)
    network.partial_fit(X.reshape(240, -1), labels)

    *_, plain, mixed = network.history_["loss"]
    assert mixed > plain + 0.1


def test_a_loss_that_takes_no_mixed_labels_is_refused(data):
    X, y = data

    def network(n_outputs, activation):
        layers = [keras.Input((6, 6, 1)), keras.layers.Flatten()]
        return keras.Sequential([*layers, keras.layers.Dense(n_outputs, activation)])

    sparse = KerasClassifier(
        network,
        n_outputs=3,
        activation="softmax",
        loss="sparse_categorical_crossentropy",
        mixup=0.2,
    )
    with pytest.raises(ValueError, match=r"mixup=0\.2 mixes labels, but .* number of a class"):
        sparse.fit(X, y)
    hinge = KerasClassifier(
        network, n_outputs=1, activation="tanh", loss="hinge", mixup=0.2, cutmix=1
    )
    with pytest.raises(ValueError, match=r"mixup=0\.2 and cutmix=1 mix labels, but .* signs"):
        hinge.fit(X, y > 0)


def test_rows_cannot_be_cut(data):
    X, y = data

    with pytest.raises(ValueError, match=r"cutmix=1 cuts rectangles .* received .* \(36,\)"):
        MLPClassifier(cutmix=1).fit(X.reshape(240, -1), y)


@pytest.mark.parametrize("name", ["mixup", "cutmix"])
def test_negative_parameters_are_refused(data, name):
    with pytest.raises(ValueError, match=f"The '{name}' parameter of CNNClassifier must be"):
        CNNClassifier(**{name: -0.1}).fit(*data)
