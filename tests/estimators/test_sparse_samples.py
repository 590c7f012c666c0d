"""Sparse matrices, and tables of sparse columns, as X: what they give and what they take."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import GridSearchCV, ShuffleSplit, cross_val_predict
from sklearn.pipeline import make_pipeline

from skcnn import CNNClassifier, KerasClassifier, MLPClassifier, MLPRegressor, RandomAffine
from skcnn import build_mlp as build
from skcnn._engine import feeding, predicting
from tests.estimators.test_samples import FAST, same_weights, small_network

ESTIMATORS = {
    "mlp": lambda **changes: MLPClassifier((8,), dropout=0.1, **{**FAST, **changes}),
    "regressor": lambda **changes: MLPRegressor((8,), **{**FAST, **changes}),
    "keras": lambda **changes: KerasClassifier(small_network, **{**FAST, **changes}),
    "cnn": lambda **changes: CNNClassifier((2,), dense_units=8, **{**FAST, **changes}),
}


@pytest.fixture(params=ESTIMATORS)
def make(request):
    return ESTIMATORS[request.param]


@pytest.fixture(scope="module")
def X(digits):  # noqa: N802
    images = digits[0][:120].reshape(120, 64)
    return np.where(images > 100, images, 0)


@pytest.fixture(scope="module")
def y(digits):
    return digits[1][:120]


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(feeding, "_BLOCK_BYTES", 4096)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["u1", "f4", "f8", "i8", "?"])
def test_a_sparse_matrix_gives_the_same_as_the_array(small_blocks, make, X, y, dtype):
    X = X.astype(dtype)
    weight = np.linspace(0, 2, 120)
    sparse = scipy.sparse.csr_array(X)
    expected = make().fit(X, y, weight)
    estimator = make().fit(sparse, y, weight)

    assert same_weights(estimator, expected)
    assert estimator.history_ == expected.history_
    assert estimator.n_features_in_ == 64
    np.testing.assert_array_equal(estimator.predict(sparse), expected.predict(X))
    np.testing.assert_array_equal(estimator.predict(X), expected.predict(X))
    assert estimator.score(sparse, y) == expected.score(X, y)


@pytest.mark.slow
@pytest.mark.parametrize("kind", [scipy.sparse.csr_matrix, scipy.sparse.csr_array])
@pytest.mark.parametrize("layout", ["csr", "csc", "coo", "lil", "dok", "bsr"])
def test_every_sparse_format_is_taken(X, y, kind, layout):
    expected = ESTIMATORS["mlp"]().fit(X, y)

    np.testing.assert_array_equal(
        expected.predict_proba(kind(X).asformat(layout)), expected.predict_proba(X)
    )
    if layout == "coo":
        assert same_weights(ESTIMATORS["mlp"]().fit(kind(X).asformat(layout), y), expected)


@pytest.mark.slow
def test_a_table_of_sparse_columns_stays_sparse_and_keeps_its_names(X, y):
    names = [f"pixel {i}" for i in range(64)]
    table = pd.DataFrame.sparse.from_spmatrix(
        scipy.sparse.csr_array(X.astype("f8")), columns=names
    )
    expected = ESTIMATORS["mlp"]().fit(X.astype("f4"), y)
    estimator = ESTIMATORS["mlp"]().fit(table, y)

    assert same_weights(estimator, expected)
    assert estimator.feature_names_in_.tolist() == names
    np.testing.assert_array_equal(estimator.predict_proba(table), expected.predict_proba(X))
    with pytest.raises(ValueError, match="feature names should match"):
        estimator.predict(table.rename(columns={"pixel 3": "dot"}))


@pytest.mark.slow
def test_sparse_images_are_varied_as_dense_ones(small_blocks, X, y):
    changes = {"augmentation": RandomAffine(rotation=10), "image_shape": (8, 8)}
    expected = ESTIMATORS["cnn"](**changes).fit(X, y)

    assert same_weights(ESTIMATORS["cnn"](**changes).fit(scipy.sparse.csr_array(X), y), expected)


@pytest.mark.slow
def test_a_model_that_runs_eagerly_takes_sparse_samples(X, y):
    def eager(input_shape, n_classes):
        model = build(input_shape, n_classes, hidden_units=(8,))
        model.compile("adam", "categorical_crossentropy", run_eagerly=True)
        return model

    expected = KerasClassifier(eager, **FAST).fit(X, y)

    assert same_weights(KerasClassifier(eager, **FAST).fit(scipy.sparse.coo_array(X), y), expected)


@pytest.mark.slow
def test_sparse_validation_samples_and_splitters_score_as_dense_ones(X, y):
    sparse = scipy.sparse.coo_array(X)
    expected = ESTIMATORS["mlp"]().fit(X, y, X_val=X[:40], y_val=y[:40])
    estimator = ESTIMATORS["mlp"]().fit(sparse, y, X_val=sparse.tocsr()[:40], y_val=y[:40])
    assert estimator.history_ == expected.history_
    assert "val_loss" in expected.history_

    weight = (np.arange(120) > 9).astype(float)
    split = {"validation_split": ShuffleSplit(1, test_size=0.3, random_state=0)}
    expected = ESTIMATORS["mlp"](**split).fit(X, y, weight)
    assert ESTIMATORS["mlp"](**split).fit(sparse, y, weight).history_ == expected.history_


@pytest.mark.slow
def test_sparse_samples_go_through_searches_and_cross_validation(X, y):
    sparse = scipy.sparse.csr_array(X.astype("f4"))
    given, dense = (
        cross_val_predict(ESTIMATORS["mlp"](), samples, y, cv=2, method="predict_proba")
        for samples in (sparse, sparse.toarray())
    )
    np.testing.assert_array_equal(given, dense)

    search = GridSearchCV(ESTIMATORS["mlp"](), {"hidden_units": [(4,), (8,)]}, cv=2)
    scores = [
        search.fit(samples, y).cv_results_["mean_test_score"].tolist()
        for samples in (sparse, sparse.toarray())
    ]
    assert scores[0] == scores[1]


@pytest.mark.slow
def test_texts_are_classified():
    texts = ["the cat sat on the mat", "a dog ran after the cat"] * 20
    texts += ["stocks fell as banks sold", "the market rose on bank profits"] * 20
    labels = np.repeat(["animals", "money"], 40)
    pipeline = make_pipeline(
        TfidfVectorizer(), MLPClassifier((8,), epochs=30, batch_size=8, random_state=0)
    ).fit(texts, labels)

    assert pipeline.predict(["the dog sat", "banks rose"]).tolist() == ["animals", "money"]


@pytest.mark.slow
def test_a_sparse_matrix_is_never_dense_as_a_whole(monkeypatch):
    monkeypatch.setattr(feeding, "_BLOCK_BYTES", 2**21)
    monkeypatch.setattr(predicting, "_SAMPLE_BYTES", 2**21)
    X = scipy.sparse.random(  # 160 MB, if it were dense
        2_000, 20_000, density=0.001, format="csr", dtype=np.float32, random_state=0
    )
    classifier = MLPClassifier((2,), epochs=1, batch_size=20, random_state=0)
    classifier.fit(X[:300], np.arange(300) % 3).predict(X[:300])
    tracemalloc.start()
    try:
        classifier.fit(X, np.arange(2_000) % 3)
        of_fit = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        classifier.predict(X)
        of_predict = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert of_fit < 16e6
    assert of_predict < 16e6


@pytest.mark.filterwarnings("ignore:overflow encountered in cast")
@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda X: np.where(X > 254, np.nan, X), "Input X contains NaN"),
        (lambda X: np.where(X > 254, 1e300, X), "infinity or a value too large for dtype"),
        (lambda X: X * 1j, "Complex data not supported"),
        (lambda X: X[:, :0], "0 feature"),
        (lambda X: X[:1], "1 sample"),
        (lambda X: X[:90], "X has 90, and y has 120"),
    ],
)
def test_a_bad_sparse_matrix_is_refused_in_scikit_learns_words(X, y, spoil, message):
    labels = y if "y has" in message else y[: len(spoil(X))]
    with pytest.raises(ValueError, match=message):
        ESTIMATORS["mlp"]().fit(scipy.sparse.csr_array(spoil(X)), labels)


@pytest.mark.slow
def test_other_features_than_fit_has_seen_are_refused(make, X, y):
    estimator = make().fit(scipy.sparse.csr_array(X), y)

    with pytest.raises(ValueError, match=r"X has 63 features, but .* is expecting 64 features"):
        estimator.predict(scipy.sparse.csr_array(X[:, :63]))
