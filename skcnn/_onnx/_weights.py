"""Weights in fewer bits than 32, which a runtime makes 32 of when it loads the file.

Eight bits are symmetric and by channel: each filter of a convolution and each unit of a dense
layer has a step of its own, a 127th of its largest weight (Krishnamoorthi, "Quantizing deep
convolutional networks for efficient inference: a whitepaper", 2018, arXiv:1806.08342, section
3.1).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_STEPS = 127
_OWN_AXIS = {"Conv": 0, "MatMul": -1}  # of the weights that have a step of their own


def shrink_weights(model: Any, weights: str) -> None:
    """Keep weights in fewer bits; the arithmetic stays that of float32.

    Parameters
    ----------
    model : onnx.ModelProto
        Changed in place.
    weights : {"float16", "int8"}
        How they are kept.  Where there are 8 bits for those of convolutions and dense layers, the
        others, which are few, keep their 32.
    """
    from onnx import TensorProto

    uses = {name: node.op_type for node in model.graph.node for name in node.input[1:2]}
    for tensor in list(model.graph.initializer):
        if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < 2:
            continue
        axis = _OWN_AXIS.get(uses.get(tensor.name, ""))
        if weights == "float16":
            _in_16_bits(model, tensor)
        elif axis is not None and len(tensor.dims) > 1:
            _in_8_bits(model, tensor, axis)


def _in_16_bits(model: Any, tensor: Any) -> None:
    from onnx import numpy_helper

    values = numpy_helper.to_array(tensor).astype(np.float16)
    _keep_as(model, tensor, values, f"{tensor.name}_in_16_bits", tensor.name)


def _in_8_bits(model: Any, tensor: Any, axis: int) -> None:
    from onnx import helper, numpy_helper

    values, name = numpy_helper.to_array(tensor), tensor.name
    steps = _steps_of(values, axis)
    whole = np.rint(values / steps).astype(np.int8)
    _keep_as(model, tensor, whole, f"{name}_in_8_bits", f"{name}_in_steps")
    model.graph.initializer.append(numpy_helper.from_array(steps, f"{name}_step"))
    scaled = helper.make_node("Mul", [f"{name}_in_steps", f"{name}_step"], [name])
    model.graph.node.insert(1, scaled)


def _steps_of(values: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    others = tuple(np.delete(np.arange(values.ndim), axis))
    largest = np.abs(values).max(axis=others, keepdims=True)
    return np.where(largest > 0, largest, 1).astype(np.float32) / np.float32(_STEPS)


def _keep_as(model: Any, tensor: Any, values: NDArray[Any], kept: str, as_float: str) -> None:
    """Put values in a tensor's place, and a node that makes 32 bits of them first of all."""
    from onnx import TensorProto, helper, numpy_helper

    tensor.CopyFrom(numpy_helper.from_array(values, kept))
    cast = helper.make_node("Cast", [kept], [as_float], to=TensorProto.FLOAT)
    model.graph.node.insert(0, cast)
