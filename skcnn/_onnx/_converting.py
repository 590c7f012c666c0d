"""What skl2onnx is told of skcnn's estimators: their shapes, and their graphs.

It knows scikit-learn's own, and puts the parts of a Pipeline, an ensemble or a search together.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto
from skl2onnx import convert_sklearn, update_registered_converter
from skl2onnx.common.data_types import (
    BooleanTensorType,
    FloatTensorType,
    Int64TensorType,
    StringTensorType,
)
from skl2onnx.common.shape_calculator import calculate_linear_classifier_output_shapes
from skl2onnx.operator_converters.linear_classifier import convert_sklearn_linear_classifier
from sklearn.pipeline import make_pipeline

from skcnn._engine.onnx_graphs import as_onnx
from skcnn._onnx._for_skl2onnx import OptionalLinearSVC
from skcnn._onnx._grafting import Nodes, graft
from skcnn.estimators import BaseKerasClassifier, BaseKerasRegressor, CNNFeatureExtractor
from skcnn.estimators._class_targets import ClassTargets
from skcnn.preprocessing import ImageFlattener, ImageReshaper, PixelScaler

OPSET = 17
_OPSETS = {"": OPSET, "ai.onnx.ml": 3}


def convert(estimator: Any, sample_shape: tuple[int, ...], options: dict[str, Any] | None) -> Any:
    """Return a fitted estimator as an ONNX model of float32 samples.

    Parameters
    ----------
    estimator : estimator
        Fitted: skcnn's, scikit-learn's, or made of such.
    sample_shape : tuple of int
        Shape of one sample.
    options : dict or None
        For skl2onnx.

    Returns
    -------
    onnx.ModelProto
        Its input is named ``X``.
    """
    return convert_sklearn(
        estimator,
        initial_types=[("X", FloatTensorType([None, *sample_shape]))],
        options=options,
        target_opset=_OPSETS,
    )


def register(kind: type) -> None:
    """Tell skl2onnx of a class, if it is one of skcnn's or is derived from such."""
    for known, (shapes, converter, options) in _CONVERTERS.items():
        if issubclass(kind, known):
            name = f"Skcnn{kind.__name__}"
            update_registered_converter(kind, name, shapes, converter, options=options)


# --- transformers ------------------------------------------------------------------------------


def _reshaped(operator: Any) -> None:
    operator.outputs[0].type = FloatTensorType([None, *operator.raw_operator.image_shape_])


def _flattened(operator: Any) -> None:
    operator.outputs[0].type = FloatTensorType([None, operator.raw_operator.n_features_in_])


def _unchanged(operator: Any) -> None:
    operator.outputs[0].type = FloatTensorType(operator.inputs[0].type.shape)


def _features(operator: Any) -> None:
    n_features = operator.raw_operator.network_.output_shape[-1]
    operator.outputs[0].type = FloatTensorType([None, n_features])


def _reshape(scope: Any, operator: Any, container: Any) -> None:
    shape = operator.outputs[0].type.shape[1:]
    _in_shape(Nodes(scope, container), _taken(operator), shape, gives=_given(operator))


def _scale(scope: Any, operator: Any, container: Any) -> None:
    nodes = Nodes(scope, container)
    largest = nodes.constant(TensorProto.FLOAT, [], [float(operator.raw_operator.max_value)])
    nodes.add("Div", _taken(operator), largest, gives=_given(operator))


def _extract(scope: Any, operator: Any, container: Any) -> None:
    extractor = operator.raw_operator
    nodes, x = Nodes(scope, container), _taken(operator)
    if extractor._steps:
        steps = make_pipeline(*extractor._steps)
        before, x = x, scope.get_unique_variable_name("stepped")
        taken_shape = tuple(operator.inputs[0].type.shape[1:])
        graft(scope, container, convert(steps, taken_shape, None), before, x)
    x = _in_shape(nodes, x, extractor.input_shape_)
    network = as_onnx(extractor.network_, extractor.input_shape_, OPSET)
    graft(scope, container, network, x, _given(operator))


# --- networks ----------------------------------------------------------------------------------


def _labels(operator: Any) -> None:
    targets = operator.raw_operator._targets
    if isinstance(targets, ClassTargets):
        n_classes = len(targets.classes)
        by_class = Int64TensorType if targets.one_hot else _tensor_of(targets.classes)
        operator.outputs[0].type = by_class([None, n_classes] if targets.one_hot else [None])
    else:
        n_classes = targets.n_outputs
        operator.outputs[0].type = Int64TensorType([None, n_classes])
    operator.outputs[1].type = FloatTensorType([None, n_classes])


def _numbers(operator: Any) -> None:
    n_outputs = operator.raw_operator._targets.n_outputs
    operator.outputs[0].type = FloatTensorType([None, n_outputs])


def _classify(scope: Any, operator: Any, container: Any) -> None:
    classifier, nodes = operator.raw_operator, Nodes(scope, container)
    targets = classifier._targets
    label, probabilities = (output.full_name for output in operator.outputs)
    numbers = _network(scope, operator, container)
    if not isinstance(targets, ClassTargets):
        if targets.output == "logits":
            numbers = nodes.add("Sigmoid", numbers)
        nodes.add("Identity", numbers, gives=probabilities)
        even = nodes.constant(TensorProto.FLOAT, [], [0.5])
        nodes.add("Cast", nodes.add("Greater", numbers, even), gives=label, to=TensorProto.INT64)
        return
    shares = _shares(nodes, numbers, targets)
    nodes.add("Identity", shares, gives=probabilities)
    best = nodes.add("ArgMax", shares, axis=1, keepdims=0)
    nodes.add("Gather", _class_table(nodes, targets), best, gives=label, axis=0)


def _shares(nodes: Nodes, numbers: str, targets: ClassTargets) -> str:
    """Return a column for each class: its probability, or its margin where there is none."""
    if targets.output == "logits":
        numbers = (
            nodes.add("Sigmoid", numbers)
            if targets.single
            else nodes.add("Softmax", numbers, axis=1)
        )
    if targets.single:
        whole = nodes.constant(TensorProto.FLOAT, [], [float(targets.output != "margins")])
        numbers = nodes.add("Concat", nodes.add("Sub", whole, numbers), numbers, axis=1)
    return numbers


def _class_table(nodes: Nodes, targets: ClassTargets) -> str:
    """Return what each class is called, or its one-hot row."""
    n_classes = len(targets.classes)
    if targets.one_hot:
        rows = np.eye(n_classes, dtype=np.int64)
        return nodes.constant(TensorProto.INT64, [n_classes, n_classes], rows.ravel().tolist())
    kind, labels = _TENSORS[_tensor_of(targets.classes)], targets.classes.tolist()
    if kind == TensorProto.STRING:
        labels = [label.encode() for label in labels]
    return nodes.constant(kind, [n_classes], labels)


def _predict_numbers(scope: Any, operator: Any, container: Any) -> None:
    numbers = _network(scope, operator, container)
    Nodes(scope, container).add("Identity", numbers, gives=_given(operator))


def _network(scope: Any, operator: Any, container: Any) -> str:
    """Add the network, and return the name of what it gives."""
    estimator = operator.raw_operator
    x = _in_shape(Nodes(scope, container), _taken(operator), estimator.input_shape_)
    numbers: str = scope.get_unique_variable_name("outputs")
    network = as_onnx(estimator._predicting_model(), estimator.input_shape_, OPSET)
    graft(scope, container, network, x, numbers)
    return numbers


# --- what they share ---------------------------------------------------------------------------


def _taken(operator: Any) -> str:
    return str(operator.inputs[0].full_name)


def _given(operator: Any) -> str:
    return str(operator.outputs[0].full_name)


def _in_shape(nodes: Nodes, x: str, shape: Any, gives: str | None = None) -> str:
    wanted = nodes.constant(TensorProto.INT64, [1 + len(shape)], [-1, *shape])
    return nodes.add("Reshape", x, wanted, gives=gives)


def _tensor_of(classes: NDArray[Any]) -> type:
    """Return skl2onnx's type for labels.

    Raises
    ------
    TypeError
        If ONNX has none.
    """
    texts = classes.dtype.kind in "UO" and all(isinstance(label, str) for label in classes)
    for kinds, tensor in (("biu", Int64TensorType), ("f", FloatTensorType)):
        if classes.dtype.kind in kinds:
            return BooleanTensorType if classes.dtype.kind == "b" else tensor
    if texts:
        return StringTensorType
    raise TypeError(
        f"Labels of dtype {classes.dtype} do not fit into an ONNX file, which has integers, "
        "numbers, truth values and texts. Encode y before the fit, by LabelEncoder, and keep its "
        "classes_ beside the file."
    )


_TENSORS = {
    BooleanTensorType: TensorProto.BOOL,
    FloatTensorType: TensorProto.FLOAT,
    Int64TensorType: TensorProto.INT64,
    StringTensorType: TensorProto.STRING,
}
_OF_CLASSIFIERS = {"zipmap": [False], "nocl": [True, False], "output_class_labels": [False]}
_CONVERTERS: dict[type, tuple[Any, Any, Any]] = {
    ImageReshaper: (_reshaped, _reshape, None),
    ImageFlattener: (_flattened, _reshape, None),
    PixelScaler: (_unchanged, _scale, None),
    CNNFeatureExtractor: (_features, _extract, None),
    BaseKerasClassifier: (_labels, _classify, _OF_CLASSIFIERS),
    BaseKerasRegressor: (_numbers, _predict_numbers, None),
    OptionalLinearSVC: (
        calculate_linear_classifier_output_shapes,
        convert_sklearn_linear_classifier,
        _OF_CLASSIFIERS | {"raw_scores": [True, False]},
    ),
}
