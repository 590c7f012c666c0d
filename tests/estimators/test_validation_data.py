"""What gives the validation scores: data of their own, a splitter, or groups."""

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import (
    GroupShuffleSplit,
    KFold,
    PredefinedSplit,
    ShuffleSplit,
    StratifiedShuffleSplit,
)
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from skcnn import CNNClassifier, MLPClassifier, MLPRegressor
from skcnn._engine.fitting import train

pytestmark = pytest.mark.filterwarnings(
    f"ignore::{ConvergenceWarning.__module__}.ConvergenceWarning"
)


@pytest.fixture(scope="module")
def parts(scaled_digits):
    X, y = scaled_digits
    return X[:300], y[:300], X[300:], y[300:]


def mlp(**changes):
    defaults = {"epochs": 4, "batch_size": 50, "random_state": 0}
    return MLPClassifier((16,), **{**defaults, **changes})


@pytest.fixture
def trained_on(monkeypatch):
    """Return, by the name of the part, what the last fit trained on and was scored on."""
    seen = {}

    def look(training):
        seen.update(training=training.data, held_out=training.held_out)
        return train(training)

    monkeypatch.setattr("skcnn.estimators._base.train", look)
    return seen


def same_weights(one, other):
    return all(
        np.array_equal(a, b)
        for a, b in zip(one.model_.get_weights(), other.model_.get_weights(), strict=True)
    )


# --- data of their own


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["images", "rows", "table"])
def test_the_scores_are_those_of_the_data_given(parts, kind):
    X, y, X_val, y_val = parts
    if kind != "images":
        X, X_val = X.reshape(len(X), -1), X_val.reshape(len(X_val), -1)
    if kind == "table":
        columns = [f"pixel {i}" for i in range(64)]
        X, X_val = pd.DataFrame(X, columns=columns), pd.DataFrame(X_val, columns=columns)
    classifier = mlp(early_stopping=False).fit(X, y, X_val=X_val, y_val=y_val)

    assert classifier.history_["val_accuracy"][-1] == pytest.approx(
        classifier.score(X_val, y_val), abs=1e-6
    )


def test_all_of_x_trains(parts, trained_on):
    X, y, X_val, y_val = parts
    mlp().fit(X, y, X_val=X_val, y_val=y_val)

    assert trained_on["training"].rows.tolist() == list(range(300))
    np.testing.assert_array_equal(trained_on["held_out"].x, X_val)


def test_they_train_as_if_they_were_held_out_of_x(parts):
    X, y, X_val, y_val = parts
    fold = np.repeat([-1, 0], [len(X), len(X_val)])
    by_hand = mlp().fit(X, y, X_val=X_val, y_val=y_val)
    split = mlp(validation_split=PredefinedSplit(fold))
    split.fit(np.concatenate([X, X_val]), np.concatenate([y, y_val]))

    assert same_weights(by_hand, split)
    assert by_hand.history_ == split.history_


def test_they_may_be_given_as_keras_takes_them(parts):
    X, y, X_val, y_val = parts
    weight = np.linspace(1, 2, len(X_val))
    expected = mlp().fit(X, y, X_val=X_val, y_val=y_val, sample_weight_val=weight)
    as_in_keras = mlp().fit(X, y, validation_data=(X_val, y_val, weight))

    assert as_in_keras.history_ == expected.history_
    with pytest.raises(ValueError, match="two ways to say the same"):
        mlp().fit(X, y, X_val=X_val, y_val=y_val, validation_data=(X_val, y_val))
    with pytest.raises(ValueError, match=r"must be \(X_val, y_val\).*received ndarray"):
        mlp().fit(X, y, validation_data=X_val)


def test_early_stopping_watches_them(parts):
    X, y, X_val, y_val = parts
    wrong = np.roll(np.arange(10), 1)[y_val]
    classifier = mlp(epochs=40, patience=2).fit(X, y, X_val=X_val, y_val=wrong)

    assert classifier.n_iter_ < 40
    assert classifier.best_epoch_ == 1 + np.argmin(classifier.history_["val_loss"])
    assert classifier.best_score_ == min(classifier.history_["val_loss"])


def test_their_weights_count(parts):
    X, y, X_val, y_val = parts
    only_some = np.where(y_val < 5, 2.0, 0.0)
    weighted = mlp().fit(X, y, X_val=X_val, y_val=y_val, sample_weight_val=only_some)
    some = mlp().fit(X, y, X_val=X_val[y_val < 5], y_val=y_val[y_val < 5])

    for score in ("val_loss", "val_accuracy"):
        np.testing.assert_allclose(weighted.history_[score], some.history_[score], rtol=1e-5)


def test_bytes_may_be_scored_where_numbers_train(parts):
    X, y, X_val, y_val = parts
    as_bytes = (X_val > 0.5).astype(np.uint8)
    bytes_scored = mlp().fit(X, y, X_val=as_bytes, y_val=y_val)
    numbers_scored = mlp().fit(X, y, X_val=as_bytes.astype(np.float32), y_val=y_val)

    assert bytes_scored.history_ == numbers_scored.history_


@pytest.mark.slow
def test_images_of_a_cnn_and_numbers_of_a_regressor(parts, scaled_digits):
    X, y, X_val, y_val = parts
    cnn = CNNClassifier(4, epochs=2, early_stopping=False, random_state=0)
    cnn.fit(X, y, X_val=X_val, y_val=y_val)
    regressor = MLPRegressor((16,), epochs=3, early_stopping=False, metrics=["mae"])
    regressor.fit(X, 100.0 * y, X_val=X_val, y_val=100.0 * y_val)
    error = np.abs(regressor.predict(X_val) - 100 * y_val).mean()

    assert cnn.history_["val_accuracy"][-1] == pytest.approx(cnn.score(X_val, y_val), abs=1e-6)
    assert regressor.history_["val_mae"][-1] * np.std(100 * y) == pytest.approx(error, rel=1e-4)


@pytest.mark.slow
def test_a_pipeline_transforms_them_bit_for_bit(parts):
    X, y, X_val, y_val = (part.reshape(len(part), -1).squeeze() for part in parts)
    scaler = StandardScaler().fit(X)
    by_hand = mlp().fit(scaler.transform(X), y, X_val=scaler.transform(X_val), y_val=y_val)
    with sklearn.config_context(enable_metadata_routing=True):
        pipeline = Pipeline(
            [
                ("scale", StandardScaler()),
                ("mlp", mlp().set_fit_request(X_val=True, y_val=True)),
            ],
            transform_input=["X_val"],
        )
        pipeline.fit(X, y, X_val=X_val, y_val=y_val)

    assert same_weights(pipeline[-1], by_hand)
    assert pipeline[-1].history_ == by_hand.history_


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (lambda X, y: {"X_val": X}, "X_val is provided, but y_val was not provided"),
        (lambda X, y: {"y_val": y}, "y_val is provided, but X_val was not provided"),
        (lambda X, y: {"sample_weight_val": y}, "sample_weight_val is provided, but X_val"),
        (lambda X, y: {"X_val": X, "y_val": y[1:]}, "X_val has 300, and y_val has 299"),
        (lambda X, y: {"X_val": X, "y_val": y + 1}, r"y_val contains labels.*\[10\]"),
        (lambda X, y: {"X_val": X[:, 1:], "y_val": y}, r"samples of shape \(7, 8\)"),
        (lambda X, y: {"X_val": X * np.nan, "y_val": y}, "NaN"),
        (lambda X, y: {"X_val": X, "y_val": y, "groups": y}, "groups says what to hold out"),
        (
            lambda X, y: {"X_val": X, "y_val": y, "sample_weight_val": 0 * y},
            "zero",
        ),
        (lambda X, y: {"X_val": X, "y_val": y, "sample_weight_val": y[1:]}, "inconsistent|shape"),
    ],
)
def test_what_contradicts_itself_is_refused(parts, arguments, message):
    X, y, _, _ = parts
    classifier = mlp()

    with pytest.raises(ValueError, match=message):
        classifier.fit(X, y, **arguments(X, y))
    assert not hasattr(classifier, "model_")


@pytest.mark.parametrize("split", [0.3, ShuffleSplit(1)])
def test_a_part_and_data_of_their_own_are_one_too_many(parts, split):
    X, y, X_val, y_val = parts

    with pytest.raises(ValueError, match="says what to hold out of X, but X_val is given"):
        mlp(validation_split=split).fit(X, y, X_val=X_val, y_val=y_val)
    mlp(validation_split=0).fit(X, y, X_val=X_val, y_val=y_val)


# --- splitters


@pytest.mark.parametrize(
    "splitter",
    [
        ShuffleSplit(1, test_size=0.2, random_state=3),
        StratifiedShuffleSplit(1, test_size=0.2, random_state=3),
    ],
)
def test_a_splitter_says_what_is_held_out(parts, trained_on, splitter):
    X, y, _, _ = parts
    mlp(validation_split=splitter).fit(X, y)
    [(training, held_out)] = splitter.split(X, y)

    assert trained_on["training"].rows.tolist() == sorted(training)
    assert trained_on["held_out"].rows.tolist() == sorted(held_out)


def test_samples_without_weight_are_not_split(parts, trained_on):
    X, y, _, _ = parts
    weight = np.where(np.arange(300) < 200, 1.0, 0.0)
    mlp(validation_split=ShuffleSplit(1, test_size=0.25, random_state=0)).fit(X, y, weight)

    rows = np.concatenate([trained_on["training"].rows, trained_on["held_out"].rows])
    assert sorted(rows) == list(range(200))


class Overlapping(KFold):
    def split(self, X, y=None, groups=None):
        yield np.arange(len(y)), np.arange(10)


class Silent(KFold):
    def split(self, X, y=None, groups=None):
        return iter(())


@pytest.mark.parametrize(
    ("splitter", "message"),
    [
        (KFold(3), r"makes one split.*received KFold\(.*which makes more"),
        (Silent(), "which makes none"),
        (Overlapping(), "trains on what it holds out"),
        (GroupShuffleSplit(1), "'groups' parameter should not be None"),
        ("half", "validation_split"),
    ],
)
def test_splitters_that_do_not_split_once_are_refused(parts, splitter, message):
    X, y, _, _ = parts
    classifier = mlp(validation_split=splitter)

    with pytest.raises(ValueError, match=message):
        classifier.fit(X, y)
    assert not hasattr(classifier, "model_")


def test_splitters_are_parameters_like_any_other(parts):
    classifier = clone(mlp(validation_split=ShuffleSplit(1, test_size=0.5, random_state=0)))

    assert classifier.get_params()["validation_split"].test_size == 0.5


# --- groups


@pytest.mark.parametrize(
    "split",
    [0.25, GroupShuffleSplit(1, test_size=0.25, random_state=0)],
    ids=["share", "splitter"],
)
@pytest.mark.parametrize("named", [False, True], ids=["numbers", "names"])
def test_no_group_stands_on_both_sides(parts, trained_on, split, named):
    X, y, _, _ = parts
    groups = np.arange(300) // 10
    given = [f"writer {group}" for group in groups] if named else groups
    mlp(validation_split=split).fit(X, y, groups=given)
    sides = [set(groups[trained_on[part].rows]) for part in ("training", "held_out")]

    assert not sides[0] & sides[1]
    assert 5 <= len(sides[1]) <= 10


def test_groups_are_drawn_by_random_state(parts, trained_on):
    X, y, _, _ = parts
    drawn = []
    for seed in (0, 0, 1):
        mlp(random_state=seed).fit(X, y, groups=np.arange(300) // 10)
        drawn.append(trained_on["held_out"].rows.tolist())

    assert drawn[0] == drawn[1] != drawn[2]


def test_groups_of_another_length_are_refused(parts):
    X, y, _, _ = parts

    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        mlp().fit(X, y, groups=np.arange(299))
