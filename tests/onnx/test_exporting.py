"""What can be exported, and that the file predicts what the estimator does."""

from __future__ import annotations

import keras
import numpy as np
import onnx
import onnxruntime
import pandas as pd
import pytest
from skl2onnx._supported_operators import sklearn_operator_name_map
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    RandomForestClassifier,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC, LinearSVC

from skcnn import (
    BaseKerasClassifier,
    CNNClassifier,
    CNNFeatureExtractor,
    CNNRegressor,
    ImageFlattener,
    ImageReshaper,
    KerasClassifier,
    KerasRegressor,
    MLPClassifier,
    MLPRegressor,
    ONNXClassifier,
    ONNXRegressor,
    PixelScaler,
    TransferClassifier,
    export_onnx,
    network_estimator,
)
from tests.onnx.conftest import BRIEFLY

pytestmark = pytest.mark.slow


def assert_same(fitted, X, path, *, dtype=None, atol=1e-5):
    """Export, and compare what file and estimator predict; return who predicts by the file."""
    export_onnx(fitted, path, dtype=dtype)
    if hasattr(fitted, "classes_"):
        exported = ONNXClassifier(path)
        np.testing.assert_array_equal(exported.classes_, fitted.classes_, strict=True)
        np.testing.assert_array_equal(exported.predict(X), fitted.predict(X), strict=True)
        if hasattr(fitted, "predict_proba"):
            expected, received = fitted.predict_proba(X), exported.predict_proba(X)
            np.testing.assert_allclose(received, expected, atol=atol)
    else:
        exported = ONNXRegressor(path)
        np.testing.assert_allclose(exported.predict(X), fitted.predict(X), rtol=1e-5, atol=1e-4)
    return exported


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.onnx"


def labels_as(kind, y):
    return {
        "integers": y * 3 - 1,
        "bytes": y.astype(np.uint8),
        "texts": np.array([f"digit {i}" for i in y]),
        "objects": np.array([f"Ziffer {i} ✓" for i in y], dtype=object),
        "truth": y > 4,
        "floats": (y > 4).astype(float),
    }[kind]


@pytest.mark.parametrize("kind", ["integers", "bytes", "texts", "objects", "truth", "floats"])
def test_labels_are_those_of_the_classifier(digits, path, kind):
    X, y = digits
    fitted = make_pipeline(PixelScaler(), MLPClassifier((16,), **BRIEFLY)).fit(
        X, labels_as(kind, y)
    )

    assert_same(fitted, X, path)

    session = onnxruntime.InferenceSession(path)
    label, probabilities = session.run(["label", "probabilities"], {"X": X})
    np.testing.assert_array_equal(label, fitted.predict(X))
    np.testing.assert_allclose(probabilities, fitted.predict_proba(X), atol=1e-5)


NETWORKS = {
    "rescale": {"filters": (8,), "rescale": 1 / 255},
    "strides": {"filters": (8, 8), "strides": 2, "padding": "same"},
    "residual": {"filters": (8, (8, 8)), "residual": True, "padding": "same"},
    "whitening": {"filters": (8, 8), "whitening": True, "padding": "same"},
    "normalized": {"filters": (8,), "batch_normalization": True},
    "average pooling": {"filters": (8,), "pool_type": "average", "pooling": "each"},
    "global pooling": {"filters": (8, 8), "global_pooling": "average", "dense_units": ()},
    "gelu": {"filters": (8,), "activation": "gelu"},
    "silu": {"filters": (8,), "activation": "silu"},
    "elu": {"filters": (8,), "activation": "elu"},
    "leaky": {"filters": (8,), "activation": "leaky_relu"},
    "augmented": {"filters": (8,), "augmentation": "default", "rescale": 1 / 255},
}


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_of_all_kinds(digits, path, name):
    from skcnn import RandomAffine

    X, y = digits
    settings = dict(NETWORKS[name])
    if "augmentation" in settings:
        settings["augmentation"] = RandomAffine()
    fitted = CNNClassifier(**settings, **BRIEFLY).fit(X, y)

    exported = assert_same(fitted, X, path)

    assert exported.input_shape_ == (8, 8)


def test_presets(path):
    X = np.random.default_rng(0).integers(0, 256, (40, 32, 32, 3), dtype=np.uint8)
    for preset in ("lenet5", "fast", "photos"):
        fitted = CNNClassifier.from_preset(preset, epochs=1, random_state=0).fit(
            X, np.arange(40) % 3
        )

        exported = assert_same(fitted, X, path)

        assert exported.input_shape_ == (32, 32, 3)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision_becomes_float32(digits, path, policy):
    X, y = digits
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        fitted = CNNClassifier((8,), batch_normalization=True, rescale=1 / 255, **BRIEFLY)
        fitted.fit(X, y)
    finally:
        keras.config.set_dtype_policy(before)

    export_onnx(fitted, path)

    expected, received = fitted.predict_proba(X), ONNXClassifier(path).predict_proba(X)
    np.testing.assert_allclose(received, expected, atol=0.03)
    kinds = {initializer.data_type for initializer in onnx.load(path).graph.initializer}
    assert onnx.TensorProto.FLOAT16 not in kinds
    assert onnx.TensorProto.BFLOAT16 not in kinds
    assert fitted.model_.compute_dtype == policy.removeprefix("mixed_")


def test_several_labels_a_sample(digits, path):
    X, y = digits
    sets = np.column_stack([y % 2, y > 4, y < 3]).astype(int)
    fitted = make_pipeline(PixelScaler(), MLPClassifier((16,), **BRIEFLY)).fit(X, sets)

    exported = assert_same(fitted, X, path)

    assert exported.score(X, sets) == fitted.score(X, sets)


@pytest.mark.parametrize("one_hot", [False, True])
def test_one_hot_rows(digits, path, one_hot):
    X, y = digits
    fitted = MLPClassifier((16,), rescale=1 / 255, **BRIEFLY)
    fitted.fit(X, np.eye(10, dtype=int)[y] if one_hot else y)

    assert_same(fitted, X, path)


@pytest.mark.parametrize("regressor", [MLPRegressor, CNNRegressor])
@pytest.mark.parametrize("n_outputs", [0, 1, 2])
def test_numbers(digits, path, regressor, n_outputs):
    X, y = digits
    numbers = 1000.0 + 50 * y
    if n_outputs:
        numbers = np.column_stack([numbers, -y][:n_outputs])
    fitted = make_pipeline(PixelScaler(), regressor(**BRIEFLY))
    with pytest.warns() if n_outputs == 1 else _nothing():
        fitted.fit(X, numbers)

    exported = assert_same(fitted, X, path)

    assert exported.predict(X).shape == fitted.predict(X).shape
    assert exported.score(X, numbers) == pytest.approx(fitted.score(X, numbers), abs=1e-5)


def _nothing():
    from contextlib import nullcontext

    return nullcontext()


def network_of(n_units, activation):
    def build(input_shape):
        layers = [
            keras.Input(input_shape),
            keras.layers.Flatten(),
            keras.layers.Rescaling(1 / 255),
        ]
        return keras.Sequential([*layers, keras.layers.Dense(n_units, activation)])

    return build


@pytest.mark.parametrize(
    ("n_units", "activation", "loss"),
    [
        (10, "softmax", None),
        (10, None, keras.losses.SparseCategoricalCrossentropy(from_logits=True)),
        (1, "sigmoid", "binary_crossentropy"),
        (1, None, keras.losses.BinaryCrossentropy(from_logits=True)),
        (1, None, "hinge"),
    ],
    ids=["softmax", "logits", "sigmoid", "one logit", "hinge"],
)
def test_ends_of_networks(digits, path, n_units, activation, loss):
    X, y = digits
    settings = {} if loss is None else {"loss": loss}
    fitted = KerasClassifier(network_of(n_units, activation), **settings, **BRIEFLY)
    fitted.fit(X, y if n_units > 1 else y > 4)

    if loss != "hinge":
        assert_same(fitted, X, path)
        return
    export_onnx(fitted, path)
    exported = ONNXClassifier(path)
    np.testing.assert_array_equal(exported.predict(X), fitted.predict(X))
    with pytest.raises(AttributeError, match="KerasClassifier in it has none"):
        exported.predict_proba(X)


def test_a_builder_of_numbers(digits, path):
    X, y = digits
    fitted = KerasRegressor(network_of(1, None), **BRIEFLY).fit(X, y.astype(float))

    assert_same(fitted, X, path)


def test_several_inputs(digits, path):
    X, y = digits
    rows = X.reshape(300, 64).astype(np.float32) / 255

    def build():
        image, table = keras.Input((60,), name="image"), keras.Input((4,), name="table")
        both = keras.layers.Concatenate()([keras.layers.Dense(8, "relu")(image), table])
        return keras.Model([image, table], keras.layers.Dense(10, "softmax")(both))

    inputs = {"image": slice(4, 64), "table": [0, 3, 1, 2]}
    fitted = KerasClassifier(build, inputs=inputs, **BRIEFLY).fit(rows, y)

    assert_same(fitted, rows, path)


class Doubled(keras.layers.Layer):
    """A layer of the user's own."""

    def call(self, x):
        return 2 * x


def test_layers_and_classes_of_ones_own(digits, path):
    X, y = digits

    @network_estimator
    class OwnClassifier(BaseKerasClassifier):
        """A network of one's own.

        Parameters
        ----------
        {parameters}
        """

        def build_network(self, input_shape, n_outputs):
            layers = [keras.Input(input_shape), keras.layers.Flatten(), Doubled()]
            return keras.Sequential([*layers, keras.layers.Dense(n_outputs, "softmax")])

    fitted = make_pipeline(PixelScaler(), OwnClassifier(**BRIEFLY)).fit(X, y)

    assert_same(fitted, X, path)


def mlp():
    return MLPClassifier((16,), **BRIEFLY)


PIPELINES = {
    "rows scaled by scikit-learn": lambda: make_pipeline(
        ImageFlattener(), StandardScaler(), mlp()
    ),
    "components": lambda: make_pipeline(ImageFlattener(), MinMaxScaler(), PCA(10), mlp()),
    "a Pipeline in a Pipeline": lambda: make_pipeline(
        make_pipeline(ImageReshaper((8, 8)), PixelScaler()), "passthrough", mlp()
    ),
    "a step that is left out": lambda: Pipeline(
        [("none", None), ("s", PixelScaler()), ("m", mlp())]
    ),
    "an SVM alone": lambda: make_pipeline(ImageFlattener(), PixelScaler(), SVC()),
    "a vote": lambda: make_pipeline(
        ImageFlattener(),
        PixelScaler(),
        VotingClassifier([("mlp", mlp()), ("lr", LogisticRegression())], voting="soft"),
    ),
    "a stack": lambda: make_pipeline(
        ImageFlattener(),
        PixelScaler(),
        StackingClassifier([("mlp", mlp()), ("lr", LogisticRegression())], cv=2),
    ),
    "calibrated": lambda: make_pipeline(
        ImageFlattener(), PixelScaler(), CalibratedClassifierCV(mlp(), cv=2)
    ),
    "numbers by scikit-learn": lambda: make_pipeline(ImageFlattener(), PixelScaler(), Ridge()),
}


@pytest.mark.filterwarnings("ignore:.*probability:FutureWarning")
@pytest.mark.parametrize("name", PIPELINES)
def test_pipelines_with_steps_of_scikit_learn(digits, path, name):
    X, y = digits
    fitted = PIPELINES[name]().fit(X, y)

    exported = assert_same(fitted, X, path)

    assert exported.input_shape_ == (8, 8)


SCIKIT_LEARN = {
    "a vote": lambda: VotingClassifier([("lr", linear()), ("nb", GaussianNB())], voting="soft"),
    "a vote by labels": lambda: VotingClassifier([("lr", linear()), ("nb", GaussianNB())]),
    "a stack": lambda: StackingClassifier([("nb", GaussianNB())], linear(), cv=2),
    "calibrated": lambda: CalibratedClassifierCV(LinearSVC(), cv=2),
    "bags": lambda: BaggingClassifier(linear(), 3, random_state=0),
    "boosted": lambda: AdaBoostClassifier(n_estimators=5, random_state=0),
    "a forest": lambda: RandomForestClassifier(5, random_state=0),
    "neighbours": lambda: KNeighborsClassifier(3),
    "naive Bayes": GaussianNB,
    "stochastic": lambda: SGDClassifier(random_state=0),
    "one against the rest": lambda: OneVsRestClassifier(linear()),
    "a linear SVM": LinearSVC,
}


def linear():
    return LogisticRegression(max_iter=50)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("kind", ["integers", "bytes", "truth"])
@pytest.mark.parametrize("name", SCIKIT_LEARN)
def test_classifiers_of_scikit_learn_with_labels_of_any_dtype(digits, path, name, kind):
    X, y = digits
    pipe = make_pipeline(ImageFlattener(), PixelScaler(), SCIKIT_LEARN[name]())
    fitted = pipe.fit(X, labels_as(kind, y))
    before = fitted.classes_.dtype

    assert_same(fitted, X, path, atol=1e-4)

    assert fitted.classes_.dtype == before


def test_what_sklearn_onnx_knows_of_scikit_learn_stays_as_it_is(digits, path):
    X, y = digits
    svm = make_pipeline(ImageFlattener(), PixelScaler(), LinearSVC()).fit(X, y > 4)
    known = dict(sklearn_operator_name_map)

    export_onnx(svm, path)

    now = dict(sklearn_operator_name_map)
    assert {kind: name for kind, name in now.items() if kind in known} == known
    assert all(kind.__module__.startswith("skcnn") for kind in now.keys() - known.keys())


def cnn(seed=0):
    return CNNClassifier((8,), rescale=1 / 255, **BRIEFLY | {"random_state": seed})


def rows():
    return make_pipeline(ImageFlattener(), PixelScaler(), linear())


def cnn_for_numbers(seed=0):
    return CNNRegressor((8,), rescale=1 / 255, **BRIEFLY | {"random_state": seed})


OF_IMAGES = {
    "a vote": lambda: VotingClassifier([("a", cnn()), ("b", cnn(1))], voting="soft"),
    "a vote of networks and rows": lambda: VotingClassifier([("a", rows()), ("b", cnn())]),
    "a stack": lambda: StackingClassifier([("a", cnn()), ("b", rows())], linear(), cv=2),
    "calibrated": lambda: CalibratedClassifierCV(cnn(), cv=2),
    "a vote in a vote": lambda: VotingClassifier(
        [("a", VotingClassifier([("b", cnn())], voting="soft")), ("c", cnn(1))], voting="soft"
    ),
    "a vote about numbers": lambda: VotingRegressor(
        [("a", cnn_for_numbers()), ("b", cnn_for_numbers(1))]
    ),
    "a stack of numbers": lambda: StackingRegressor(
        [("a", cnn_for_numbers()), ("b", cnn_for_numbers(1))], Ridge(), cv=2
    ),
}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("name", OF_IMAGES)
def test_ensembles_take_images_as_their_members_do(digits, path, name):
    X, y = digits
    fitted = OF_IMAGES[name]().fit(X, y.astype(np.uint8))

    exported = assert_same(fitted, X, path)

    assert exported.input_shape_ == (8, 8)
    assert taken_by(path)[0] == "tensor(uint8)"


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_labels_that_sklearn_onnx_gives_in_a_column(digits, path):
    X, y = digits
    pipe = make_pipeline(ImageFlattener(), PixelScaler(), OneVsOneClassifier(linear()))

    assert_same(pipe.fit(X, y > 4), X, path)


def test_a_search_is_its_best_estimator(digits, path):
    X, y = digits
    grid = {"mlpclassifier__hidden_units": [(8,), (16,)]}
    search = GridSearchCV(make_pipeline(PixelScaler(), mlp()), grid, cv=2).fit(X, y)

    assert_same(search, X, path)


def test_a_frozen_estimator(digits, path):
    X, y = digits
    fitted = make_pipeline(PixelScaler(), mlp()).fit(X, y)

    assert_same(FrozenEstimator(fitted), X, path)
    assert_same(make_pipeline(FrozenEstimator(fitted[0]), FrozenEstimator(fitted[1])), X, path)


def test_borrowed_networks(digits, path):
    X, y = digits
    lender = make_pipeline(PixelScaler(), CNNClassifier((8,), **BRIEFLY)).fit(X, y)

    features = make_pipeline(CNNFeatureExtractor(lender), LogisticRegression()).fit(X, y)
    assert_same(features, X, path)
    scaled = make_pipeline(PixelScaler(), CNNFeatureExtractor(lender[1]), LogisticRegression())
    assert_same(scaled.fit(X, y), X, path)
    rescaling = CNNClassifier((8,), rescale=1 / 255, **BRIEFLY).fit(X, y)
    transfer = TransferClassifier(rescaling, epochs=2, random_state=0).fit(X, y)
    assert assert_same(transfer, X, path).input_shape_ == (8, 8)


def test_a_table_with_names(path):
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(90, 3)), columns=["a", "b", "c"])
    y = np.where(table["a"] > 0, "up", "down")
    fitted = make_pipeline(StandardScaler(), mlp()).fit(table, y)

    exported = assert_same(fitted, table, path)

    assert exported.feature_names_in_.tolist() == ["a", "b", "c"]
    with pytest.raises(ValueError, match="expected a, b, c, received c, b, a"):
        exported.predict(table[["c", "b", "a"]])


def test_columns_of_a_table(path):
    rng = np.random.default_rng(0)
    table = rng.normal(size=(90, 4)).astype(np.float32)
    y = (table[:, 0] > 0).astype(int)
    columns = ColumnTransformer([("s", StandardScaler(), [0, 1]), ("m", MinMaxScaler(), [2, 3])])
    fitted = make_pipeline(columns, mlp()).fit(table, y)

    assert_same(fitted, table, path)


# --- what the graph takes ----------------------------------------------------------------------


def taken_by(path):
    (taken,) = onnxruntime.InferenceSession(path).get_inputs()
    return taken.type, taken.shape[1:]


def test_the_graph_takes_what_the_estimator_was_fitted_on(digits, path):
    X, y = digits
    cases = [
        (make_pipeline(PixelScaler(), mlp()), X, "tensor(uint8)", [8, 8]),
        (make_pipeline(PixelScaler(), mlp()), X.reshape(300, 64), "tensor(uint8)", [64]),
        (make_pipeline(PixelScaler(), mlp()), X.astype(int), "tensor(uint8)", [8, 8]),
        (make_pipeline(PixelScaler(), mlp()), X.astype(float), "tensor(float)", [8, 8]),
        (make_pipeline(ImageReshaper((8, 8)), PixelScaler(), mlp()), X, "tensor(uint8)", [8, 8]),
        (MLPClassifier((16,), rescale=1 / 255, **BRIEFLY), X, "tensor(uint8)", [8, 8]),
        (mlp(), X[..., None] / 255, "tensor(float)", [8, 8, 1]),
        (make_pipeline(ImageFlattener(), StandardScaler(), mlp()), X, "tensor(float)", [8, 8]),
    ]
    for estimator, samples, dtype, shape in cases:
        export_onnx(estimator.fit(samples, y), path)
        assert taken_by(path) == (dtype, shape)


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_the_dtype_can_be_chosen(pipe, digits, path, dtype):
    X, _ = digits

    exported = assert_same(pipe, X, path, dtype=dtype)

    assert taken_by(path)[0] == {"uint8": "tensor(uint8)", "float32": "tensor(float)"}[dtype]
    if dtype == "float32":
        halves = X / np.float32(2) + np.float32(0.25)
        np.testing.assert_allclose(
            exported.predict_proba(halves), pipe.predict_proba(halves), atol=1e-5
        )


@pytest.fixture(scope="module")
def larger(digits):
    """Return a fitted network most of whose file is weights."""
    X, y = digits
    return CNNClassifier((16, 32), dense_units=128, rescale=1 / 255, **BRIEFLY).fit(X, y)


@pytest.mark.parametrize(
    ("weights", "share", "close"), [("float16", 0.53, 1e-4), ("int8", 0.3, 2e-3)]
)
def test_weights_in_fewer_bits(larger, digits, path, tmp_path, weights, share, close):
    X, _ = digits
    export_onnx(larger, tmp_path / "whole.onnx")

    export_onnx(larger, path, weights=weights)

    assert path.stat().st_size < share * (tmp_path / "whole.onnx").stat().st_size
    smaller, expected = ONNXClassifier(path).predict_proba(X), larger.predict_proba(X)
    assert smaller.dtype == np.float32
    assert 0 < np.abs(smaller - expected).max() < close


def test_weights_of_8_bits_have_127_steps_to_the_largest_of_each_filter(larger, path):
    export_onnx(larger, path, weights="int8")

    stored = map(onnx.numpy_helper.to_array, onnx.load(path).graph.initializer)
    in_8_bits = [values for values in stored if values.dtype == np.int8]
    assert sorted(values.ndim for values in in_8_bits) == [2, 2, 4, 4]
    for values in in_8_bits:
        of_each = (1, 2, 3) if values.ndim == 4 else 0
        assert (np.abs(values).max(axis=of_each) == 127).all()


def test_any_runtime_reads_the_file(exported):
    model = onnx.load(exported)

    onnx.checker.check_model(model, full_check=True)
    assert [output.name for output in model.graph.output] == ["label", "probabilities"]
    assert {o.domain: o.version for o in model.opset_import}[""] == 17
    assert model.graph.input[0].type.tensor_type.shape.dim[0].dim_value == 0  # any number


def test_nothing_is_printed(pipe, path, capfd):
    capfd.readouterr()

    export_onnx(pipe, path)
    onnxruntime.InferenceSession(path)

    assert capfd.readouterr() == ("", "")


def test_the_estimator_stays_as_it_was(pipe, digits, path):
    X, _ = digits
    before = pipe.predict_proba(X)

    export_onnx(pipe, path)

    np.testing.assert_array_equal(pipe.predict_proba(X), before)


@pytest.mark.parametrize("views", ["flip", "shift", "flip_and_shift"])
@pytest.mark.parametrize("kind", [CNNClassifier, CNNRegressor])
def test_predictions_over_several_views(kind, digits, path, views):
    X, y = np.pad(digits[0], ((0, 0), (2, 2), (2, 2))), digits[1]
    fitted = kind(4, rescale=1 / 16, predict_augmentation=views, **BRIEFLY).fit(X, y)

    assert_same(fitted, X, path)
