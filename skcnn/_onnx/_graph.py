"""The ONNX model of a fitted estimator: its input and the names of its outputs."""

from __future__ import annotations

from typing import Any

from sklearn.base import is_classifier

from skcnn._extras import needed
from skcnn._onnx._describing import estimators_in, sample_shape_of, steps_of
from skcnn._onnx._for_skl2onnx import for_skl2onnx
from skcnn.estimators import CNNFeatureExtractor
from skcnn.estimators._base import BaseKerasEstimator


def converted(fitted: Any) -> Any:
    """Return a fitted estimator as an ONNX model of float32 samples.

    Raises
    ------
    ImportError
        If the packages that make ONNX models are not installed.
    TypeError
        If a step makes none, which the message names.
    """
    for module in ("onnx", "skl2onnx", "tf2onnx"):
        needed(module, "onnx", "export_onnx")
    from skcnn._onnx._converting import convert, register

    known = for_skl2onnx(fitted)
    for kind in {type(part) for part in estimators_in(known)}:
        register(kind)
    options = {"zipmap": False} if is_classifier(fitted) else None
    shape = sample_shape_of(steps_of(fitted))
    try:
        model = convert(known, shape, options)
    except ImportError:
        raise
    except Exception as error:  # of kinds that skl2onnx and tf2onnx do not promise
        raise TypeError(_why_not(fitted, error)) from error
    _give_names(model, fitted)
    return model


def _why_not(fitted: Any, error: Exception) -> str:
    reason = str(error).strip().partition("\n")[0]
    culprits = [
        (name, step)
        for name, step in steps_of(fitted)
        if any(type(part).__name__ in str(error) for part in estimators_in(step))
    ]
    name, step = culprits[0] if culprits else steps_of(fitted)[-1]
    if isinstance(step, (BaseKerasEstimator, CNNFeatureExtractor)):
        remedy = (
            "Build its network of layers and operations that tf2onnx knows, or save the network "
            "itself by model_.save"
        )
    else:
        remedy = (
            "Apply this step before the file is used and export the rest (a part of a Pipeline is "
            "one too: export_onnx(pipeline[1:], path)), put a step of scikit-learn or skcnn in "
            "its place, or register a converter for its class with skl2onnx"
        )
    return (
        f"The step {name!r}, {type(step).__name__}, cannot be exported to ONNX: {reason} {remedy}."
    )


def _give_names(model: Any, fitted: Any) -> None:
    """Call the outputs as ``ONNXClassifier`` and ``ONNXRegressor`` ask for them."""
    wanted = ["label", "probabilities"] if is_classifier(fitted) else ["variable"]
    outputs = model.graph.output
    renamed = {output.name: name for output, name in zip(outputs, wanted, strict=False)}
    for output in outputs:
        output.name = renamed.get(output.name, output.name)
    for node in model.graph.node:
        node.input[:] = [renamed.get(name, name) for name in node.input]
        node.output[:] = [renamed.get(name, name) for name in node.output]


def let_bytes_in(model: Any) -> None:
    """Let the graph take bytes, and make float32 of them first."""
    from onnx import TensorProto, helper

    samples = model.graph.input[0]
    samples.type.tensor_type.elem_type = TensorProto.UINT8
    as_float = f"{samples.name}_as_float"
    for node in model.graph.node:
        node.input[:] = [as_float if name == samples.name else name for name in node.input]
    cast = helper.make_node("Cast", [samples.name], [as_float], to=TensorProto.FLOAT)
    model.graph.node.insert(0, cast)
