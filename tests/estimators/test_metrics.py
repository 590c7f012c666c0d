"""What is scored each epoch beside the loss."""

import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.metrics import accuracy_score, mean_absolute_error, r2_score, roc_auc_score
from sklearn.model_selection import GridSearchCV

from skcnn import KerasClassifier, MLPClassifier, MLPRegressor, build_mlp
from skcnn._engine.programs import store

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(scope="module")
def parts(scaled_digits):
    X, y = scaled_digits
    return X[:300], y[:300], X[300:], y[300:]


def mlp(**changes):
    defaults = {"epochs": 3, "batch_size": 50, "early_stopping": False, "random_state": 0}
    return MLPClassifier((16,), **{**defaults, **changes})


@pytest.mark.slow
@pytest.mark.parametrize(
    "metric",
    [
        "top_k_categorical_accuracy",
        keras.metrics.TopKCategoricalAccuracy(5, name="top_k_categorical_accuracy"),
        keras.metrics.TopKCategoricalAccuracy,
    ],
    ids=["name", "instance", "class"],
)
def test_metrics_of_any_form_stand_in_the_history(parts, metric):
    X, y, X_val, y_val = parts
    classifier = mlp(metrics=[metric, "accuracy"]).fit(X, y, X_val=X_val, y_val=y_val)
    ranks = np.argsort(-classifier.predict_proba(X_val), axis=1)[:, :5]

    assert set(classifier.history_) == {
        f"{part}{name}"
        for part in ("", "val_")
        for name in ("loss", "accuracy", "top_k_categorical_accuracy")
    }
    assert classifier.history_["val_top_k_categorical_accuracy"][-1] == pytest.approx(
        np.mean((ranks == y_val[:, np.newaxis]).any(axis=1)), abs=1e-6
    )


@pytest.mark.slow
def test_none_asked_for_are_none(parts):
    X, y, _, _ = parts

    assert set(mlp(metrics=[]).fit(X, y).history_) == {"loss", "val_loss"}
    assert set(mlp().fit(X, y).history_) == {"loss", "accuracy", "val_loss", "val_accuracy"}


@pytest.mark.slow
def test_a_metric_keeps_no_state_of_a_fit(parts):
    X, y, _, _ = parts
    metric = keras.metrics.CategoricalAccuracy(name="share")
    first = mlp(metrics=[metric]).fit(X, y).history_
    second = mlp(metrics=[metric]).fit(X, y).history_

    assert first == second
    assert float(metric.result()) == 0


@pytest.mark.slow
def test_weights_count_in_metrics(parts):
    X, y, X_val, y_val = parts
    weight = np.random.default_rng(0).random(len(y_val))
    classifier = mlp().fit(X, y, y + 1.0, X_val=X_val, y_val=y_val, sample_weight_val=weight)
    predicted = classifier.predict(X_val)

    assert classifier.history_["val_accuracy"][-1] == pytest.approx(
        accuracy_score(y_val, predicted, sample_weight=weight), abs=1e-5
    )
    assert classifier.history_["val_accuracy"][-1] != pytest.approx(
        accuracy_score(y_val, predicted), abs=1e-3
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("metric", "best"), [("auc", np.argmax), ("accuracy", np.argmax), ("mae", np.argmin)]
)
def test_a_metric_is_monitored_in_its_own_direction(parts, metric, best, tmp_path):
    X, y, X_val, y_val = parts
    classifier = mlp(
        epochs=12,
        learning_rate=0.03,
        metrics=[metric],
        monitor=f"val_{metric}",
        early_stopping=True,
        checkpoint_path=tmp_path / "best.keras",
    ).fit(X, y, X_val=X_val, y_val=y_val)
    scores = classifier.history_[f"val_{metric}"]

    assert classifier.best_epoch_ == 1 + best(scores)
    assert classifier.best_score_ == scores[best(scores)]
    saved = keras.saving.load_model(tmp_path / "best.keras")
    np.testing.assert_array_equal(saved.get_weights()[0], classifier.model_.get_weights()[0])
    if metric == "auc":
        one_hot = np.eye(10)[y_val]
        expected = roc_auc_score(one_hot, classifier.predict_proba(X_val), average="micro")
        assert max(scores) == pytest.approx(expected, abs=0.01)


@pytest.mark.slow
def test_numbers_have_metrics_too(parts):
    X, y, X_val, y_val = parts
    regressor = MLPRegressor(
        (16,), epochs=5, metrics=["mae", "r2_score"], early_stopping=False, random_state=0
    ).fit(X, 1.0 * y, X_val=X_val, y_val=1.0 * y_val)
    predicted = regressor.predict(X_val)

    assert regressor.history_["val_mae"][-1] * np.std(y) == pytest.approx(
        mean_absolute_error(y_val, predicted), rel=1e-4
    )
    assert regressor.history_["val_r2_score"][-1] == pytest.approx(
        r2_score(y_val, predicted), abs=1e-4
    )


@pytest.mark.slow
def test_metrics_are_parameters_like_any_other(parts):
    X, y, _, _ = parts
    metrics = [keras.metrics.AUC(name="area")]
    copied = clone(mlp(metrics=metrics))
    search = GridSearchCV(mlp(), {"metrics": [["auc"], metrics]}, cv=2).fit(X, y)

    assert copied.get_params()["metrics"][0].name == "area"
    assert set(search.best_estimator_.history_) & {"auc", "area"}


@pytest.mark.slow
def test_fits_with_the_same_metrics_share_their_programs(parts):
    X, y, _, _ = parts
    mlp(metrics=["auc"]).fit(X, y)
    before = list(store.names)
    mlp(metrics=["auc"], random_state=1).fit(X, y)

    assert sorted(store.names) == sorted(before)


def close(y_true, y_pred):
    return keras.ops.mean(keras.ops.abs(y_true - y_pred))


def test_a_function_of_the_users_is_a_metric(parts):
    X, y, _, _ = parts
    classifier = KerasClassifier(build_mlp, metrics=[close], hidden_units=8).fit(X, y)

    assert 0 < classifier.history_["close"][-1] < 1


@pytest.mark.parametrize(
    ("metrics", "error", "message"),
    [
        (["accurracy"], ValueError, "names that Keras knows.*received 'accurracy'"),
        ([7], TypeError, "names, classes or instances.*received 7"),
        ("accuracy", ValueError, "'metrics' parameter"),
    ],
)
def test_what_is_no_metric_is_refused(parts, metrics, error, message):
    X, y, _, _ = parts
    classifier = mlp(metrics=metrics)

    with pytest.raises(error, match=message):
        classifier.fit(X, y)
    assert not hasattr(classifier, "model_")


def test_a_metric_that_nobody_scores_cannot_be_watched(parts):
    X, y, _, _ = parts

    with pytest.raises(ValueError, match=r"one of.*val_accuracy.*received 'val_auc'"):
        mlp(monitor="val_auc", early_stopping=True).fit(X, y)


class Undecided(keras.metrics.Mean):
    def update_state(self, y_true, y_pred, sample_weight=None):
        super().update_state(y_pred)


@pytest.mark.slow
def test_a_metric_without_a_direction_cannot_be_watched(parts):
    X, y, _, _ = parts
    undecided = mlp(metrics=[Undecided(name="size")], monitor="val_size", early_stopping=True)

    with pytest.raises(ValueError, match=r"'val_size'.*small or large.*_direction"):
        undecided.fit(X, y)
    unwatched = undecided.set_params(early_stopping=False).fit(X, y)
    assert unwatched.best_epoch_ is None
