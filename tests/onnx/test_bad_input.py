"""What becomes of estimators that cannot be exported, and of files that are no such file."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import keras
import numpy as np
import onnx
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skcnn import (
    ImageFlattener,
    ImageLoader,
    KerasClassifier,
    MLPClassifier,
    ONNXClassifier,
    ONNXRegressor,
    PixelScaler,
    export_onnx,
)
from skcnn._onnx import _exporting
from tests.onnx.conftest import BRIEFLY


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.onnx"


def mlp():
    return MLPClassifier((4,), **BRIEFLY)


# --- exporting ---------------------------------------------------------------------------------


class Halver(FunctionTransformer):
    """A transformer that nobody knows."""


@pytest.mark.slow
def test_a_step_that_cannot_be_exported_is_named(digits, path):
    X, y = digits
    for step in (FunctionTransformer(np.sqrt), Halver()):
        pipe = make_pipeline(ImageFlattener(), step, mlp()).fit(X, y)

        with pytest.raises(TypeError) as caught:
            export_onnx(pipe, path)

        name = type(step).__name__
        assert f"The step {name.lower()!r}, {name}, cannot be exported" in str(caught.value)
        assert "export_onnx(pipeline[1:], path)" in str(caught.value)
    assert list(path.parent.iterdir()) == []


@pytest.mark.slow
def test_an_image_loader_stays_outside(digits, path, tmp_path):
    from PIL import Image

    X, y = digits
    paths = [str(tmp_path / f"{i}.png") for i in range(40)]
    for place, image in zip(paths, X, strict=False):
        Image.fromarray(image).save(place)
    pipe = make_pipeline(ImageLoader((8, 8), "grey"), PixelScaler(), mlp()).fit(paths, y[:40])

    with pytest.raises(TypeError, match=r"'imageloader', an ImageLoader.*pipeline\[1:\], path"):
        export_onnx(pipe, path)
    export_onnx(pipe[1:], path)

    whole = make_pipeline(pipe[0], ONNXClassifier(path))
    np.testing.assert_array_equal(whole.predict(paths), pipe.predict(paths))


def test_an_operation_that_onnx_does_not_know_is_named(digits, path):
    import tensorflow as tf

    class Strange(keras.layers.Layer):
        def call(self, x):
            return tf.math.bessel_i1e(x)

    def build(input_shape):
        layers = [keras.Input(input_shape), keras.layers.Flatten(), Strange()]
        return keras.Sequential([*layers, keras.layers.Dense(10, "softmax")])

    X, y = digits
    fitted = KerasClassifier(build, **BRIEFLY).fit(X / 255, y)

    with pytest.raises(TypeError, match=r"'KerasClassifier', KerasClassifier.*computes BesselI1e"):
        export_onnx(fitted, path)
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("thing", "error", "message"),
    [
        (mlp(), NotFittedError, "not fitted"),
        (make_pipeline(PixelScaler(), mlp()), NotFittedError, "not fitted"),
        (GridSearchCV(mlp(), {"epochs": [1]}), NotFittedError, "not fitted"),
        (PixelScaler(), TypeError, "Expected a fitted classifier or regressor"),
        ("a path", TypeError, "Expected a fitted classifier or regressor"),
    ],
    ids=["network", "Pipeline", "search", "transformer", "text"],
)
def test_what_predicts_nothing(thing, error, message, path):
    with pytest.raises(error, match=message):
        export_onnx(thing, path)


def test_parameters_are_checked(pipe, path):
    with pytest.raises(ValueError, match="dtype must be 'uint8' or 'float32' or None; received"):
        export_onnx(pipe, path, dtype="int8")
    with pytest.raises(
        ValueError, match="weights must be 'float32' or 'float16' or 'int8'; received 'int4'"
    ):
        export_onnx(pipe, path, weights="int4")


def test_places_that_cannot_be_written(pipe, tmp_path):
    with pytest.raises(IsADirectoryError, match=f"{tmp_path} is a folder"):
        export_onnx(pipe, tmp_path)
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*none. Make it first"):
        export_onnx(pipe, tmp_path / "none" / "model.onnx")


def test_a_file_that_predicts_something_else_is_not_written(pipe, path, monkeypatch):
    path.write_bytes(b"what was there")
    strange = _exporting.let_bytes_in

    def spoil(model):
        strange(model)
        for weights in model.graph.initializer:
            if weights.data_type == onnx.TensorProto.FLOAT and len(weights.dims) > 1:
                zeros = np.zeros(tuple(weights.dims), np.float32)
                weights.CopyFrom(onnx.numpy_helper.from_array(zeros, weights.name))

    monkeypatch.setattr(_exporting, "let_bytes_in", spoil)
    with pytest.raises(
        ValueError, match=f"{path} was not written: on random samples, it predicts"
    ):
        export_onnx(pipe, path)
    assert path.read_bytes() == b"what was there"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(("weights", "more"), [("int8", "float16"), ("float16", "float32")])
def test_weights_that_are_too_coarse(pipe, path, monkeypatch, weights, more):
    monkeypatch.setitem(_exporting._CLOSE, weights, 1e-9)

    with pytest.raises(ValueError, match=f"was not written: .*, by weights='{more}'"):
        export_onnx(pipe, path, weights=weights)
    assert not path.exists()


def test_a_full_disk_leaves_the_old_file(pipe, path, monkeypatch):
    path.write_bytes(b"what was there")

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match=f"Cannot write {path} .*No space left"):
        export_onnx(pipe, path)
    assert path.read_bytes() == b"what was there"
    assert list(path.parent.iterdir()) == [path]


# --- files -------------------------------------------------------------------------------------


def test_files_that_are_none(exported, tmp_path):
    content = exported.read_bytes()
    for name, spoiled in (
        ("cut.onnx", content[: len(content) // 2]),
        ("empty.onnx", b""),
        ("text.onnx", b"This is no ONNX file."),
    ):
        (tmp_path / name).write_bytes(spoiled)
        with pytest.raises(ValueError, match=f"Cannot use {tmp_path / name}: .*xport"):
            ONNXClassifier(tmp_path / name)
    with pytest.raises(FileNotFoundError, match=f"There is no file {tmp_path / 'none.onnx'}"):
        ONNXClassifier(tmp_path / "none.onnx")
    with pytest.raises(IsADirectoryError, match=f"{tmp_path} is a folder"):
        ONNXClassifier(tmp_path)


def with_metadata(model, **said):
    del model.metadata_props[:]
    for key, value in said.items():
        model.metadata_props.add(key=key, value=value)
    return model.SerializeToString()


def test_files_of_others(exported, tmp_path):
    path = tmp_path / "other.onnx"
    path.write_bytes(with_metadata(onnx.load(exported), producer="another"))
    with pytest.raises(ValueError, match=f"Cannot use {path}: .*not one that export_onnx has"):
        ONNXClassifier(path)
    path.write_bytes(with_metadata(onnx.load(exported), skcnn='{"format": 9, "version": "7.0"}'))
    with pytest.raises(ValueError, match=f"Cannot use {path}: it was written by skcnn 7.0"):
        ONNXClassifier(path)


def test_the_wrong_class_for_a_file(exported):
    with pytest.raises(
        ValueError, match=r"holds a CNNClassifier, which predicts classes. Use ONN"
    ):
        ONNXRegressor(exported)


@pytest.mark.parametrize(
    ("missing", "use"),
    [
        ("onnxruntime", lambda pipe, path: ONNXClassifier(path)),
        ("onnx", lambda pipe, path: export_onnx(pipe, path)),
        ("skl2onnx", lambda pipe, path: export_onnx(pipe, path)),
        ("tf2onnx", lambda pipe, path: export_onnx(pipe, path)),
    ],
    ids=["onnxruntime", "onnx", "skl2onnx", "tf2onnx"],
)
def test_a_missing_package_is_named_with_the_extra(pipe, exported, monkeypatch, missing, use):
    def import_module(name, package=None):
        if name.split(".")[0] == missing:
            raise ModuleNotFoundError(f"No module named {missing!r}")
        return real(name, package)

    real = importlib.import_module
    monkeypatch.setattr("skcnn._extras.import_module", import_module)
    with pytest.raises(ImportError, match=re.escape('pip install "skcnn[onnx]"')) as caught:
        use(pipe, exported)
    assert f"package {missing}," in str(caught.value)
