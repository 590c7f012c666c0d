"""``TransferClassifier``: a new head on a borrowed network, and the last of its layers."""

import pickle

import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline

from skcnn import (
    CNNClassifier,
    ImageReshaper,
    PixelScaler,
    RandomAffine,
    TransferClassifier,
    load_digit_images,
)
from skcnn._engine import freezing, programs
from skcnn._engine.freezing import parts_of
from skcnn._engine.predicting import ForwardPass
from tests.recording import Recorder

pytestmark = pytest.mark.slow

CNN = CNNClassifier(
    (8, 16),
    padding="same",
    dense_units=32,
    dense_dropout=0,
    batch_normalization=True,
    epochs=8,
    batch_size=32,
    random_state=0,
)
QUICK = {"epochs": 4, "batch_size": 16, "learning_rate": 0.02, "random_state": 0}
TUNED = QUICK | {"fine_tune": 2, "fine_tune_epochs": 2, "fine_tune_learning_rate": 1e-3}
WATCHED = {"validation_split": 0.25, "early_stopping": True}


@pytest.fixture(scope="module")
def digits():
    """Return 800 images of digits and their labels, and two further hundred of each."""
    images, labels = load_digit_images(return_X_y=True)
    return [
        (images[part], labels[part]) for part in (slice(800), slice(800, 900), slice(900, 1000))
    ]


@pytest.fixture(scope="module")
def lender(digits):
    """Return a Pipeline that has learned the ten digits."""
    return make_pipeline(ImageReshaper((8, 8, 1)), PixelScaler(), clone(CNN)).fit(*digits[0])


@pytest.fixture(scope="module")
def thirds(digits):
    """Return bytes of images, and which of three names their digits have; and as many new ones."""
    names = np.array(["few", "some", "many"])[np.arange(10) // 4]
    (X, y), (X_new, y_new) = digits[1:]
    return X, names[y], X_new, names[y_new]


@pytest.fixture(scope="module")
def data(thirds):
    """Return the same with images as the network of the Pipeline takes them."""
    X, y, X_new, y_new = thirds
    return *((a[..., np.newaxis] / 255).astype(np.float32) for a in (X, X_new)), y, y_new


@pytest.fixture(scope="module")
def network(lender):
    return lender[-1].model_


def assert_same(ours, theirs):
    for weight, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, other)


# --- what it is for ----------------------------------------------------------------------------


def test_few_samples_are_enough_where_a_network_knows_something_alike(lender, thirds):
    X, y, X_new, y_new = thirds
    settings = {"batch_size": 8, "random_state": 0}

    borrowed = TransferClassifier(lender, **settings).fit(X[:40], y[:40])

    of_cnn = settings | {"epochs": 50, "validation_split": 0, "early_stopping": False}
    alone = clone(lender).set_params(
        **{f"cnnclassifier__{name}": value for name, value in of_cnn.items()}
    )
    by_itself = alone.fit(X[:40], y[:40]).score(X_new, y_new)
    assert borrowed.score(X_new, y_new) > max(0.85, by_itself)


def test_fine_tuning_lowers_the_loss_further(network, data):
    X, _, y, _ = data

    classifier = TransferClassifier(network, **TUNED | {"dropout": 0}).fit(X, y)

    loss = classifier.history_["loss"]
    assert classifier.n_iter_ == len(loss) == 6
    assert loss[5] < loss[4] < loss[3]


# --- what learns, and what does not ------------------------------------------------------------


@pytest.mark.parametrize("settings", [QUICK, TUNED], ids=["head", "fine-tuned"])
@pytest.mark.parametrize("augmentation", [None, RandomAffine(shift=0.1)], ids=["plain", "varied"])
def test_the_borrowed_network_and_its_layers_stay_as_they_are(
    network, data, settings, augmentation
):
    X, _, y, _ = data
    before, flags = network.get_weights(), [layer.trainable for layer in network.layers]
    classifier = TransferClassifier(network, augmentation=augmentation, **settings)

    classifier.fit(X, y)

    for weight, other in zip(network.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, other)
    assert [layer.trainable for layer in network.layers] == flags
    ours = {layer.name: layer for part in parts_of(classifier.model_) for layer in leaves(part)}
    changed = {
        layer.name
        for layer in network.layers
        if layer.name in ours and layer.weights and layer.name != "probabilities"
        if differ(layer, ours[layer.name])
    }
    assert changed == (set() if settings is QUICK else {"conv_2", "dense_1"})


def leaves(network):
    for layer in network.layers:
        yield from leaves(layer) if isinstance(layer, keras.Model) else [layer]


def differ(layer, other):
    pairs = zip(layer.get_weights(), other.get_weights(), strict=True)
    return any((weight != ours).any() for weight, ours in pairs)


@pytest.mark.parametrize("fine_tune", [0, 1, 2, 3])
def test_it_is_the_same_network_whether_frozen_layers_run_once_or_for_each_batch(
    network, data, monkeypatch, fine_tune
):
    X, X_new, y, _ = data
    settings = TUNED | {"fine_tune": fine_tune, "dropout": 0, "epochs": 2}
    once = TransferClassifier(network, **settings).fit(X, y, X_val=X_new[:20], y_val=y[:20])

    monkeypatch.setattr(freezing, "_KEPT_BYTES", 0)
    each_time = TransferClassifier(network, **settings).fit(X, y, X_val=X_new[:20], y_val=y[:20])

    outputs = each_time.predict_proba(X_new)
    np.testing.assert_allclose(once.predict_proba(X_new), outputs, rtol=1e-4, atol=1e-5)
    for name, scores in once.history_.items():
        np.testing.assert_allclose(scores, each_time.history_[name], rtol=1e-4)


@pytest.mark.parametrize(("fine_tune", "n_passes"), [(0, 1), (2, 2)])
def test_each_sample_passes_frozen_layers_once(network, data, monkeypatch, fine_tune, n_passes):
    X, _, y, _ = data
    passed = []
    run = ForwardPass.__call__

    def counted(self, x, at_once=None):
        passed.append(len(x))
        return run(self, x, at_once)

    monkeypatch.setattr(ForwardPass, "__call__", counted)

    TransferClassifier(network, **TUNED | {"fine_tune": fine_tune}).fit(X, y)

    assert passed == [len(X)] * n_passes  # of the lower part, then of the layers to fine-tune


def test_where_nothing_is_augmented_epochs_do_not_run_the_frozen_layers(network, data):
    X, _, y, _ = data
    seen = []

    class Watcher(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            seen.append([layer.name for layer in self.model.layers])

    TransferClassifier(network, callbacks=[Watcher()], **TUNED).fit(X, y)
    TransferClassifier(
        network, callbacks=[Watcher()], augmentation=RandomAffine(shift=0.1), **QUICK
    ).fit(X, y)

    head, above, whole = seen
    assert head[1:] == ["head"]
    assert above[1:] == ["fine_tuned", "head"]
    assert whole[1:] == ["cnn", "head"]


def test_a_further_fit_compiles_nothing(network, data, monkeypatch):
    X, _, y, _ = data
    classifier = TransferClassifier(network, **TUNED).fit(X, y)
    monkeypatch.setattr(programs, "Program", lambda *_: pytest.fail("compiled once more"))

    clone(classifier).set_params(dropout=0.4, fine_tune_learning_rate=1e-4).fit(X, y)


# --- scikit-learn ------------------------------------------------------------------------------


@pytest.mark.parametrize("settings", [QUICK, TUNED], ids=["head", "fine-tuned"])
def test_the_same_seed_gives_the_same_network(network, data, settings):
    X, X_new, y, _ = data
    classifier = TransferClassifier(network, **settings)

    first, second = (clone(classifier).fit(X, y).predict_proba(X_new) for _ in range(2))

    np.testing.assert_array_equal(first, second)
    other = classifier.set_params(random_state=1).fit(X, y).predict_proba(X_new)
    assert (other != first).any()


def test_a_fitted_pipeline_is_borrowed_in_a_search(lender, thirds):
    X, y, X_new, y_new = thirds
    grid = {"fine_tune": [0, 1], "dropout": [0, 0.5]}

    search = GridSearchCV(TransferClassifier(lender, **TUNED), grid, cv=2, error_score="raise")
    search.fit(X, y)

    assert len(search.cv_results_["params"]) == 4
    assert search.best_estimator_.network is lender
    assert search.score(X_new, y_new) > 0.4


def test_folds_take_a_network_by_its_file(network, data, tmp_path):
    X, _, y, _ = data
    network.save(tmp_path / "network.keras")
    classifier = TransferClassifier(tmp_path / "network.keras", **QUICK)

    scores = cross_val_score(make_pipeline(classifier), X, y, cv=2, error_score="raise")

    assert scores.mean() > 0.4


def test_a_network_that_is_not_fitted_learns_first(data):
    X, _, y, _ = data
    classifier = TransferClassifier(CNN, **QUICK).fit(X, y)

    trained = clone(CNN).fit(X, y).model_
    borrowed = [layer for layer in leaves(parts_of(classifier.model_)[0]) if layer.weights]
    assert [layer.name for layer in borrowed][:2] == ["conv_1", "conv_1_normalization"]
    for layer in borrowed:
        assert_same(layer, trained.get_layer(layer.name))
    assert not hasattr(CNN, "model_")


@pytest.mark.parametrize("kind", ["pipeline", "network"])
def test_a_pickle_predicts_alike_and_can_be_fitted_again(lender, network, thirds, data, kind):
    X, y, X_new, _ = thirds
    if kind == "network":
        X, X_new, y, _ = data
    classifier = TransferClassifier(lender if kind == "pipeline" else network, **QUICK).fit(X, y)

    copy = pickle.loads(pickle.dumps(classifier))

    expected = classifier.predict_proba(X_new)
    np.testing.assert_array_equal(copy.predict_proba(X_new), expected)
    np.testing.assert_array_equal(copy.fit(X, y).predict_proba(X_new), expected)


@pytest.mark.parametrize("settings", [QUICK, TUNED], ids=["head", "tuned"])
def test_the_network_goes_from_images_to_probabilities_by_itself(
    network, data, settings, tmp_path, recwarn
):
    X, X_new, y, _ = data
    classifier = TransferClassifier(network, **settings).fit(X, y)

    classifier.model_.save(tmp_path / "whole.keras")

    whole = keras.saving.load_model(tmp_path / "whole.keras")
    assert not [w for w in recwarn if "optimizer" in str(w.message)]
    assert len(whole.optimizer.variables) == len(classifier.model_.optimizer.variables)
    expected = classifier.predict_proba(X_new)
    np.testing.assert_allclose(whole.predict(X_new, verbose=0), expected, atol=1e-6)
    assert classifier.n_parameters_ == whole.count_params()


def test_several_labels_a_sample(network, data):
    X, X_new, y, _ = data
    both = np.stack([y == "few", y != "many"], axis=1).astype(int)

    classifier = TransferClassifier(network, **TUNED).fit(X, both)

    assert classifier.predict(X_new).shape == (len(X_new), 2)
    assert classifier.history_["loss"][-1] < classifier.history_["loss"][0]


def test_weights_of_zero_leave_samples_out(network, data):
    X, X_new, y, _ = data
    weight = np.ones(len(X))
    weight[::3] = 0
    classifier = TransferClassifier(network, **TUNED | {"dropout": 0})

    weighted = classifier.fit(X, y, sample_weight=weight).predict_proba(X_new)

    without = clone(classifier).fit(X[weight > 0], y[weight > 0]).predict_proba(X_new)
    np.testing.assert_allclose(weighted, without, atol=1e-4)


@pytest.mark.parametrize("fine_tune", [0, 1, 2])
def test_a_network_for_images_of_any_size(data, fine_tune):
    X, X_new, y, _ = data
    keras.utils.set_random_seed(0)
    given = keras.Input((None, None, 1))
    x = keras.layers.Conv2D(4, 3, activation="relu")(given)
    x = keras.layers.Conv2D(6, 3, activation="relu")(x)
    anysize = keras.Model(given, x)

    classifier = TransferClassifier(anysize, **TUNED | {"fine_tune": fine_tune}).fit(X, y)

    assert classifier.input_shape_ == (8, 8, 1)
    assert classifier.predict_proba(X_new).shape == (len(X_new), 3)


# --- epochs ------------------------------------------------------------------------------------


def test_early_stopping_keeps_the_best_epoch_of_both_trainings(network, data):
    X, _, y, _ = data
    worse = TUNED | {"fine_tune_learning_rate": 5.0, "epochs": 6}

    spoiled = TransferClassifier(network, **worse | WATCHED).fit(X, y)

    losses = spoiled.history_["val_loss"]
    assert len(losses) == 8
    assert spoiled.best_epoch_ <= 6
    assert spoiled.best_score_ == min(losses)
    head_alone = TransferClassifier(network, **QUICK | {"epochs": 6} | WATCHED).fit(X, y)
    outputs = head_alone.predict_proba(X)
    np.testing.assert_allclose(spoiled.predict_proba(X), outputs, atol=1e-6)


def test_a_checkpoint_holds_the_whole_network_of_the_best_epoch(network, data, tmp_path):
    X, X_new, y, _ = data
    path = tmp_path / "best.keras"
    better = TUNED | WATCHED | {"checkpoint_path": path}

    classifier = TransferClassifier(network, **better).fit(X, y)

    assert classifier.best_epoch_ > 4
    best = keras.saving.load_model(path).predict(X_new, verbose=0)
    np.testing.assert_allclose(best, classifier.predict_proba(X_new), atol=1e-6)


def test_averaged_weights_are_kept_after_both_trainings(network, data):
    X, X_new, y, y_new = data
    classifier = TransferClassifier(network, weight_averaging=0.5, **TUNED | {"epochs": 8})

    classifier.fit(X, y)

    history = classifier.history_["loss"]
    assert history[-1] < history[0]
    assert classifier.score(X_new, y_new) > 0.5


def test_scikit_learns_callbacks_hear_of_the_epochs_of_both_trainings(network, data):
    pytest.importorskip("sklearn.callback")
    X, X_new, y, _ = data
    recorder = Recorder()
    classifier = TransferClassifier(network, **TUNED).set_callbacks(recorder)

    classifier.fit(X, y)

    epochs = recorder.ends_of("epoch")
    assert [call.task[1] for call in epochs] == list(range(6))
    seen = epochs[-1].fitted
    assert seen.n_iter_ == 6
    np.testing.assert_allclose(
        seen.predict_proba(X_new), classifier.predict_proba(X_new), atol=1e-6
    )


def test_a_warm_start_goes_on_where_the_head_stands(network, data):
    X, X_new, y, _ = data
    twice = TransferClassifier(network, warm_start=True, **QUICK).fit(X, y).fit(X, y)

    once = TransferClassifier(network, **QUICK | {"epochs": 8}).fit(X, y)

    assert twice.n_iter_ == 8
    np.testing.assert_array_equal(twice.predict_proba(X_new), once.predict_proba(X_new))


def test_a_stream_trains_the_head(lender, thirds):
    X, y, X_new, y_new = thirds
    classifier = TransferClassifier(lender, **QUICK)
    network = lender[-1].model_

    for _ in range(10):
        for part in (slice(0, 50), slice(50, 100)):
            classifier.partial_fit(X[part], y[part], classes=np.unique(y))

    assert classifier.n_iter_ == 20
    assert classifier.score(X_new, y_new) > 0.7
    borrowed = parts_of(classifier.model_)[0]
    for layer in leaves(borrowed):
        if layer.weights:
            assert_same(layer, network.get_layer(layer.name))


def test_a_stream_goes_on_after_a_fit_with_what_it_has_fine_tuned(network, data):
    X, _, y, _ = data
    classifier = TransferClassifier(network, **TUNED).fit(X, y)
    before = parts_of(classifier.model_)[1].get_weights()

    classifier.partial_fit(X, y)

    assert classifier.n_iter_ == 7
    after = parts_of(classifier.model_)[1].get_weights()
    assert any((ours != theirs).any() for ours, theirs in zip(before, after, strict=True))


# --- what is refused ---------------------------------------------------------------------------


def test_more_layers_than_there_are_cannot_be_fine_tuned(network, data):
    X, _, y, _ = data

    with pytest.raises(ValueError, match=r"fine_tune=4 .* has 3 .* from 0 to 3"):
        TransferClassifier(network, 4, **QUICK).fit(X, y)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"fine_tune": -1}, "'fine_tune' parameter of TransferClassifier"),
        ({"fine_tune_epochs": 0}, "'fine_tune_epochs' parameter"),
        ({"fine_tune_learning_rate": 0}, "'fine_tune_learning_rate' parameter"),
        ({"pooling": "last"}, "'pooling' parameter"),
        ({"dropout": 1}, "dropout must be"),
        ({"dense_units": 0}, "dense_units must hold"),
        ({"layer": "nowhere"}, "has no layer 'nowhere'"),
    ],
)
def test_settings_that_make_no_head_are_refused(network, data, settings, message):
    X, _, y, _ = data

    with pytest.raises(ValueError, match=message):
        TransferClassifier(network, **QUICK | settings).fit(X, y)


def test_samples_that_do_not_fit_the_network_are_refused(network, data):
    X, _, y, _ = data

    with pytest.raises(ValueError, match=r"takes samples of shape \(8, 8, 1\); received"):
        TransferClassifier(network, **QUICK).fit(X[:, :6], y)


def test_labels_are_looked_at_before_a_network_is_trained_for_them(data, monkeypatch):
    X, _, _, _ = data
    monkeypatch.setattr(CNNClassifier, "fit", lambda *_: pytest.fail("trained for nothing"))

    with pytest.raises(ValueError, match="requires y to be passed"):
        TransferClassifier(CNN, **QUICK).fit(X, None)


def test_a_fit_that_fails_in_its_second_training_changes_nothing(network, data):
    X, X_new, y, _ = data
    classifier = TransferClassifier(network, **QUICK).fit(X, y)
    before, history = classifier.predict_proba(X_new), classifier.history_
    classifier.set_params(fine_tune=2, fine_tune_learning_rate=1e38)

    with pytest.raises(ValueError, match="diverged"):
        classifier.fit(X, y)

    assert classifier.history_ is history
    np.testing.assert_array_equal(classifier.predict_proba(X_new), before)
