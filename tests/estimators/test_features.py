"""``CNNFeatureExtractor``: from images to what a borrowed network sees in them."""

import copy
import os
import pickle
from collections import Counter

import joblib
import keras
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC
from sklearn.utils import estimator_checks, get_tags
from sklearn.utils.estimator_checks import check_estimator

from skcnn import CNNFeatureExtractor, MLPClassifier, MLPRegressor
from skcnn._engine.lending import lent_networks
from skcnn._engine.predicting import ForwardPass
from skcnn._engine.remembering import features_seen
from tests.recording import Recorder
from tests.transformer_checks import OF_ITS_OWN_TRANSFORMERS


@pytest.fixture(autouse=True)
def forget():
    """Forget what is remembered of features and networks, before each test and when called."""

    def forgetting():
        features_seen.clear()
        lent_networks.clear()

    forgetting()
    return forgetting


@pytest.fixture
def passed(monkeypatch):
    """Return a list of how many samples have passed a network at a time."""
    sizes = []
    run = ForwardPass._run

    def counted(self, x):
        sizes.append(len(x))
        return run(self, x)

    monkeypatch.setattr(ForwardPass, "_run", counted)
    return sizes


@pytest.fixture(scope="module")
def cnn(cnn_pipeline):
    return cnn_pipeline[-1]


@pytest.fixture(scope="module")
def images(digits):
    """Return scaled digits as the CNN of the pipeline takes them, and their labels."""
    pixels, labels = digits
    return (pixels[..., np.newaxis] / 255).astype(np.float32), labels


def by_hand(model, x, layer=-1):
    cut = keras.Model(model.inputs, model.layers[layer].input)
    return cut.predict(x, verbose=0)


# --- what it gives -----------------------------------------------------------------------------


def test_features_are_what_goes_into_the_last_layer(cnn, images):
    X, _ = images
    features = CNNFeatureExtractor(cnn).fit_transform(X)

    assert features.dtype == np.float32
    assert_allclose(features, by_hand(cnn.model_, X), rtol=1e-5, atol=1e-6)
    assert features.shape == (400, 12)


@pytest.mark.slow
def test_a_map_is_pooled_or_kept_whole(cnn, images):
    X, _ = images
    name = cnn.model_.layers[0].name
    maps = keras.Model(cnn.model_.inputs, cnn.model_.layers[0].output).predict(X, verbose=0)

    def given(**parameters):
        return CNNFeatureExtractor(cnn, **parameters).fit_transform(X)

    assert_allclose(given(layer=name), maps.mean(axis=(1, 2)), rtol=1e-4, atol=1e-6)
    assert_allclose(given(layer=0, pooling="max"), maps.max(axis=(1, 2)), rtol=1e-5, atol=1e-6)
    assert_allclose(given(layer=0, pooling=None), maps.reshape(len(X), -1), rtol=1e-5, atol=1e-6)


@pytest.mark.slow
def test_a_pipeline_is_borrowed_with_its_steps(cnn_pipeline, digits, images):
    extractor = CNNFeatureExtractor(cnn_pipeline).fit(digits[0])

    expected = by_hand(cnn_pipeline[-1].model_, images[0])
    assert_allclose(extractor.transform(digits[0]), expected, rtol=1e-5, atol=1e-6)
    assert extractor.n_features_in_ == 64


@pytest.mark.slow
def test_a_fit_of_the_borrowed_pipeline_does_not_reach_the_extractor(cnn_pipeline, digits, forget):
    pipeline = copy.deepcopy(cnn_pipeline)
    extractor = CNNFeatureExtractor(pipeline).fit(digits[0])
    before = extractor.transform(digits[0])

    pipeline.set_params(scale__max_value=510)
    pipeline[1].fit(digits[0])
    pipeline[-1].model_.set_weights([w * 2 for w in pipeline[-1].model_.get_weights()])
    forget()

    assert_allclose(extractor.transform(digits[0]), before, rtol=1e-6, atol=1e-6)


@pytest.mark.slow
def test_an_estimator_that_is_not_fitted_learns_in_fit(scaled_digits):
    X, y = scaled_digits
    network = MLPClassifier((8,), epochs=2, random_state=0)
    extractor = CNNFeatureExtractor(network).fit(X, y)

    assert not hasattr(network, "model_")
    assert_allclose(
        extractor.transform(X), by_hand(clone(network).fit(X, y).model_, X), rtol=1e-4, atol=1e-5
    )
    with pytest.raises(ValueError, match="is not fitted, and requires y"):
        extractor.fit(X)


def test_a_regressor_lends_what_comes_before_its_units(images):
    X, y = images
    regressor = MLPRegressor((5,), epochs=2, validation_split=0, early_stopping=False)
    regressor.fit(X, y * 100.0)

    assert CNNFeatureExtractor(regressor).fit_transform(X).shape == (400, 5)


@pytest.mark.slow
def test_a_keras_model_and_its_file_give_the_same(cnn, images, tmp_path, forget):
    X, _ = images
    cnn.model_.save(tmp_path / "cnn.keras")
    expected = CNNFeatureExtractor(cnn).fit_transform(X)

    for network in (cnn.model_, tmp_path / "cnn.keras", str(tmp_path / "cnn.keras")):
        forget()
        assert_array_equal(CNNFeatureExtractor(network).fit_transform(X), expected)


def test_a_file_that_is_written_anew_is_read_anew(tmp_path, images):
    X, _ = images
    network = keras.Sequential(
        [keras.Input((8, 8, 1)), keras.layers.Flatten(), *map(keras.layers.Dense, (3, 2))]
    )
    network.save(tmp_path / "n.keras")
    before = CNNFeatureExtractor(tmp_path / "n.keras").fit_transform(X)
    network.set_weights([w + 1 for w in network.get_weights()])
    network.save(tmp_path / "n.keras")

    after = CNNFeatureExtractor(tmp_path / "n.keras").fit_transform(X)
    assert abs(after - before).min() > 0


def test_the_borrowed_network_stays_as_it_is(images):
    X, _ = images
    network = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.BatchNormalization(name="norm"),
            keras.layers.Flatten(),
            keras.layers.Dense(4),
            keras.layers.Dense(2),
        ]
    )
    network.compile("sgd", "mse")
    network.get_layer("norm").trainable = False
    weights = copy.deepcopy(network.get_weights())
    config, optimizer = network.get_config(), network.optimizer

    CNNFeatureExtractor(network).fit(X).transform(X)

    assert all(map(np.array_equal, network.get_weights(), weights))
    assert network.get_config() == config
    assert network.optimizer is optimizer
    assert network.compiled
    assert not network.get_layer("norm").trainable
    assert len(network.layers[-1]._inbound_nodes) == 1


@pytest.mark.slow
def test_images_are_resized_and_preprocessed_within_the_network(cnn, digits):
    pixels, _ = digits
    large = np.kron(pixels, np.ones((1, 2, 2), dtype=np.uint8))
    extractor = CNNFeatureExtractor(
        cnn, image_size=8, preprocess=lambda x: keras.ops.divide(x, 255.0)
    )

    floats = large[..., np.newaxis].astype(np.float32)
    small = keras.layers.Resizing(8, 8, antialias=True)(floats).numpy() / 255
    expected = by_hand(cnn.model_, small)
    assert_allclose(extractor.fit_transform(large), expected, rtol=1e-4, atol=1e-5)
    assert extractor.network_.input_shape == (None, 16, 16)


@pytest.mark.slow
def test_rows_of_pixels_are_images_to_a_network_that_takes_images(cnn, images):
    X, _ = images

    features = CNNFeatureExtractor(cnn.model_).fit_transform(X.reshape(len(X), -1))
    assert_allclose(features, CNNFeatureExtractor(cnn).fit_transform(X), rtol=1e-5, atol=1e-6)


def test_samples_in_files_are_read_block_by_block(cnn, images, tmp_path, monkeypatch):
    h5py = pytest.importorskip("h5py")
    X, _ = images
    monkeypatch.setattr("skcnn.estimators._features._BLOCK_BYTES", X[:100].nbytes)
    extractor = CNNFeatureExtractor(cnn).fit(X)
    expected = extractor.transform(X)
    np.save(tmp_path / "X.npy", X)
    longest = []
    with h5py.File(tmp_path / "X.h5", "w") as file:
        file["X"] = X
        monkeypatch.setattr(
            "skcnn._engine.lending.LentNetwork.features",
            lambda self, block: longest.append(len(block)) or expected[: len(block)],
        )
        extractor.transform(file["X"])
        monkeypatch.undo()
        assert_array_equal(extractor.transform(file["X"]), expected)

    assert longest == [100] * 4
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    assert_array_equal(CNNFeatureExtractor(cnn).fit(mapped).transform(mapped), expected)


def test_names_and_tables(cnn, images):
    X, _ = images
    extractor = CNNFeatureExtractor(cnn).set_output(transform="pandas")
    table = extractor.fit_transform(X)

    assert isinstance(table, pd.DataFrame)
    assert table.columns.tolist() == [f"cnnfeatureextractor{i}" for i in range(12)]
    assert extractor.get_feature_names_out().tolist() == table.columns.tolist()
    assert extractor.n_features_in_ == 64
    assert extractor.input_shape_ == (8, 8, 1)


# --- clones, searches, copies ------------------------------------------------------------------


def test_a_clone_keeps_a_fitted_network_and_not_one_that_is_to_be_trained(cnn, cnn_pipeline):
    for kept in (cnn, cnn_pipeline, cnn.model_, "MobileNetV2", FrozenEstimator(cnn)):
        extractor = CNNFeatureExtractor(kept, layer=1).set_output(transform="pandas")
        copied = clone(extractor)
        assert copied.network is kept
        assert copied.layer == 1
        assert copied._sklearn_output_config == {"transform": "pandas"}

    unfitted = MLPClassifier((8,))
    copied = clone(CNNFeatureExtractor(unfitted))
    assert copied.network is not unfitted
    assert copied.network.hidden_units == (8,)


def test_parameters_of_a_fitted_network_cannot_be_set(cnn):
    with pytest.raises(ValueError, match="network__epochs would have no effect"):
        CNNFeatureExtractor(cnn).set_params(network__epochs=3)

    extractor = CNNFeatureExtractor(MLPClassifier()).set_params(network__epochs=3, layer=0)
    assert extractor.network.epochs == 3
    assert extractor.layer == 0


@pytest.mark.slow
def test_cross_validation_of_a_head_on_a_fitted_network(cnn, images):
    X, y = images
    svm = make_pipeline(CNNFeatureExtractor(cnn), SVC())
    expected = cross_val_score(SVC(), CNNFeatureExtractor(cnn).fit_transform(X), y)

    assert_array_equal(cross_val_score(svm, X, y, error_score="raise"), expected)
    assert_array_equal(cross_val_score(svm, X, y, error_score="raise", n_jobs=2), expected)


@pytest.mark.slow
def test_a_search_over_heads_shows_each_image_to_the_network_once(
    cnn, images, passed, tmp_path, forget
):
    X, y = images
    grid = {"logisticregression__C": np.logspace(-2, 2, 20)}
    for memory in (None, str(tmp_path)):
        forget()
        del passed[:]
        pipeline = make_pipeline(
            CNNFeatureExtractor(cnn), LogisticRegression(max_iter=20, tol=0.1), memory=memory
        )
        GridSearchCV(pipeline, grid, cv=2, error_score="raise").fit(X, y)
        assert sum(passed) == len(X)


@pytest.mark.slow
def test_what_a_pipelines_memory_holds_is_found_again_by_another_process(
    cnn, images, passed, tmp_path, forget
):
    X, y = images
    pipeline = make_pipeline(CNNFeatureExtractor(cnn), SVC(), memory=str(tmp_path))
    before = pipeline.fit(X, y).predict(X)
    content = pickle.dumps(pipeline)
    forget()
    del passed[:]

    again = clone(pickle.loads(content)).fit(X, y)
    assert sum(passed) == 0
    assert_array_equal(again.predict(X), before)


@pytest.mark.slow
def test_a_grid_over_frozen_networks_and_layers(cnn, images):
    X, y = images
    pipeline = make_pipeline(CNNFeatureExtractor(cnn), LogisticRegression(max_iter=20, tol=0.1))
    grid = {
        "cnnfeatureextractor__network": [FrozenEstimator(cnn)],
        "cnnfeatureextractor__layer": [0, None],
    }
    search = GridSearchCV(pipeline, grid, cv=2, error_score="raise").fit(X, y)

    assert len(search.cv_results_["params"]) == 2


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["estimator", "pipeline", "model"])
def test_hashes_tell_what_is_the_same_and_what_is_not(cnn_pipeline, kind, images):
    cnn = copy.deepcopy(cnn_pipeline[-1])
    network = {"estimator": cnn, "pipeline": cnn_pipeline, "model": cnn.model_}[kind]
    extractor = CNNFeatureExtractor(network)
    first = joblib.hash(extractor)
    extractor.fit(images[0])

    assert joblib.hash(clone(extractor)) == first
    assert joblib.hash(clone(pickle.loads(pickle.dumps(extractor)))) == first
    assert joblib.hash(clone(extractor).set_params(layer=0)) != first
    if kind != "pipeline":
        cnn.model_.layers[0].kernel.assign_add(np.ones_like(cnn.model_.layers[0].kernel))
        assert joblib.hash(clone(extractor)) != first


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["estimator", "pipeline", "model"])
def test_pickles_and_copies_give_the_same(cnn_pipeline, digits, images, kind, forget):
    X = digits[0] if kind == "pipeline" else images[0]
    cnn = cnn_pipeline[-1]
    network = {"estimator": cnn, "pipeline": cnn_pipeline, "model": cnn.model_}[kind]
    extractor = CNNFeatureExtractor(network).fit(X)
    expected = extractor.transform(X)
    content = pickle.dumps(extractor)
    forget()

    assert_array_equal(pickle.loads(content).transform(X), expected)
    assert_array_equal(copy.deepcopy(extractor).transform(X), expected)
    as_skops_keeps_it = CNNFeatureExtractor.__new__(CNNFeatureExtractor)
    as_skops_keeps_it.__setstate__(extractor.__getstate__())
    forget()
    assert_allclose(as_skops_keeps_it.transform(X), expected, rtol=1e-6)


@pytest.mark.slow
def test_a_pickle_does_not_follow_what_is_done_to_the_network(cnn_pipeline, images, forget):
    cnn = copy.deepcopy(cnn_pipeline[-1])
    extractor = CNNFeatureExtractor(cnn).fit(images[0])
    expected = extractor.transform(images[0])
    content = pickle.dumps(extractor)
    cnn.model_.set_weights([w + 1 for w in cnn.model_.get_weights()])
    forget()

    assert_array_equal(pickle.loads(content).transform(images[0]), expected)
    assert abs(CNNFeatureExtractor(cnn).fit_transform(images[0]) - expected).max() > 0.1


# --- bad input ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"network": SVC()}, TypeError, "must be an estimator of skcnn"),
        ({"network": 3}, TypeError, "name of a network of keras.applications; received 3"),
        ({"network": "NoNet"}, ValueError, "neither the path of a .keras file nor .*MobileNetV2"),
        ({"network": "no.keras"}, FileNotFoundError, "no file 'no.keras'"),
        ({"layer": "none"}, ValueError, "has no layer 'none'. Choose an index from .*: conv_1"),
        ({"layer": 60}, ValueError, "has no layer 60"),
        ({"pooling": "min"}, ValueError, "The 'pooling' parameter of CNNFeatureExtractor"),
        ({"image_size": (8, 8, 1)}, ValueError, r"image_size must be \(height, width\)"),
        ({"image_size": 0}, ValueError, "received 0"),
        ({"preprocess": np.log}, ValueError, "made of keras.ops"),
        ({"preprocess": lambda x: x[..., 0]}, ValueError, "must give a tensor of the shape"),
    ],
)
def test_a_wrong_parameter_is_named(cnn, images, parameters, error, message):
    with pytest.raises(error, match=message):
        CNNFeatureExtractor(**({"network": cnn} | parameters)).fit(*images)


def test_a_file_that_is_no_network_is_named(tmp_path, images):
    (tmp_path / "text.keras").write_text("no network")

    with pytest.raises(ValueError, match=r"can read no network from '.*text.keras'"):
        CNNFeatureExtractor(tmp_path / "text.keras").fit(images[0])


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.zeros((3, 9, 9, 1)), r"takes samples of shape \(8, 8, 1\); .*image_size=\(8, 8\)"),
        (np.zeros((3, 8, 8, 3)), "Give images 1 channel"),
        (np.zeros((3, 65)), "Reshape X"),
        ([["a picture"], ["a text"]], "expected numbers in X; received 'a picture'"),
        (np.full((3, 8, 8, 1), np.nan), "contains NaN"),
    ],
)
def test_samples_that_do_not_fit_are_refused(cnn, X, message):
    with pytest.raises(ValueError, match=message):
        CNNFeatureExtractor(cnn).fit(X)


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([keras.layers.Flatten()], "no layers with weights"),
        ([keras.layers.Flatten(), keras.layers.Dense(3, name="only")], "no hidden features|only"),
    ],
)
def test_a_network_without_hidden_features_says_so(layers, message, images):
    network = keras.Sequential([keras.Input((8, 8, 1)), *layers])
    if len(layers) == 1:
        with pytest.raises(ValueError, match=message):
            CNNFeatureExtractor(network).fit(images[0])
    else:
        assert CNNFeatureExtractor(network, layer="only").fit_transform(images[0]).shape[1] == 3


def test_a_network_whose_layers_form_no_graph_says_so(images):
    class Plain(keras.Model):
        def call(self, x):
            return x

    with pytest.raises(ValueError, match="form no graph"):
        CNNFeatureExtractor(Plain()).fit(images[0])


def test_other_samples_than_fit_saw_are_refused(cnn, images):
    extractor = CNNFeatureExtractor(cnn)
    with pytest.raises(NotFittedError):
        extractor.transform(images[0])
    with pytest.raises(ValueError, match="CNNFeatureExtractor was fitted on X of shape"):
        extractor.fit(images[0]).transform(np.zeros((3, 4, 16, 1)))


@pytest.mark.slow
def test_a_fit_that_fails_leaves_the_extractor_as_it_was(cnn, images):
    extractor = CNNFeatureExtractor(cnn).fit(images[0])
    before = extractor.transform(images[0])
    with pytest.raises(ValueError, match=r"shape \(4, 8, 1\)"):
        extractor.fit(images[0][:, :4])

    assert extractor.n_features_in_ == 64
    assert_array_equal(extractor.transform(images[0]), before)


# --- scikit-learn's checks ---------------------------------------------------------------------


def small_extractor():
    return CNNFeatureExtractor(MLPClassifier((8,), epochs=2, random_state=0))


@pytest.mark.slow
def test_scikit_learns_checks():
    results = check_estimator(small_extractor(), on_fail=None, on_skip=None)
    counts = Counter(result["status"] for result in results)

    assert [r["check_name"] for r in results if r["status"] == "failed"] == []
    assert counts["passed"] >= 47
    # scikit-learn runs this one only where the whole process was started with this variable
    started_without = set() if os.environ.get("SCIPY_ARRAY_API") else {"check_array_api_input"}
    assert {r["check_name"] for r in results if r["status"] == "skipped"} <= started_without


@pytest.mark.slow
@pytest.mark.parametrize("check", OF_ITS_OWN_TRANSFORMERS)
def test_checks_that_scikit_learn_keeps_for_its_own_transformers(check):
    getattr(estimator_checks, check)("CNNFeatureExtractor", small_extractor())


def test_no_tag_relaxes_the_checks(cnn):
    for extractor in (small_extractor(), CNNFeatureExtractor(cnn)):
        tags = get_tags(extractor)
        assert not tags.non_deterministic
        assert not tags._skip_test
        assert not tags.no_validation
        assert tags.requires_fit
    assert get_tags(small_extractor()).target_tags.required
    assert not get_tags(CNNFeatureExtractor(cnn)).target_tags.required


def test_scikit_learns_callbacks_are_told_of_a_fit(cnn, images):
    pytest.importorskip("sklearn.callback")
    recorder = Recorder()
    extractor = CNNFeatureExtractor(cnn).set_callbacks(recorder).fit(images[0])

    fit = ("fit", 0)
    assert recorder.hooks == [("setup", fit), ("begin", fit), ("end", fit), ("teardown", fit)]
    told = recorder.calls[2].fitted
    assert_array_equal(told.transform(images[0]), extractor.transform(images[0]))
