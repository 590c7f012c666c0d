"""Networks as ONNX graphs, by tf2onnx."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from skcnn._engine.models import input_dtype
from skcnn._engine.runtime import keras, tf, without_notices
from skcnn._extras import needed


def as_onnx(model: keras.Model, sample_shape: tuple[int, ...], opset: int) -> Any:
    """Return the forward pass of a network as an ONNX model of one input and one output.

    Parameters
    ----------
    model : keras.Model
        Built.  It stays as it is.
    sample_shape : tuple of int
        Shape of one sample.
    opset : int
        Version of ONNX's operators.

    Returns
    -------
    onnx.ModelProto
        Computes in float32, of float32 samples, whatever the precision that the network had.

    Raises
    ------
    ImportError
        If tf2onnx is not installed.
    NotImplementedError
        If the network holds an operation that ONNX does not know.
    """
    tf2onnx = needed("tf2onnx", "onnx", "Exporting a network")
    single = _in_single_precision(model)
    wanted = input_dtype(single)

    @tf.function(autograph=False)
    def forward(x: Any) -> Any:
        return tf.cast(single(tf.cast(x, wanted), training=False), tf.float32)

    spec = tf.TensorSpec((None, *sample_shape), tf.float32, name="samples")
    with _quietly():
        proto, _ = tf2onnx.convert.from_function(
            forward, [spec], opset=opset, custom_op_handlers={"Erfc": (_complement_of_erf, [])}
        )
    _check_operations(proto)
    return proto


def _complement_of_erf(graph: Any, node: Any, name: str, _: Any) -> None:
    """Put 1 - erf(x) in place of erfc(x), which is TensorFlow's part of the activation gelu."""
    taken, given = node.input[0], node.output[0]
    graph.remove_node(node.name)
    one = graph.make_const(f"{name}_one", np.ones((), np.float32)).output[0]
    erf = graph.make_node("Erf", [taken]).output[0]
    graph.make_node("Sub", [one, erf], outputs=[given], name=name)


def _check_operations(proto: Any) -> None:
    """Raise where tf2onnx has left an operation of TensorFlow as it was."""
    onnx = needed("onnx", "onnx", "Exporting a network")
    strange = {node.op_type for node in proto.graph.node if not onnx.defs.has(node.op_type)}
    if strange:
        raise NotImplementedError(
            f"its network computes {', '.join(sorted(strange))}, which tf2onnx does not know."
        )


def _in_single_precision(model: keras.Model) -> keras.Model:
    """Return the model itself, or one of its weights that computes in float32."""
    if model.compute_dtype == "float32" or not hasattr(model, "get_config"):
        return model
    try:
        config = _as_float32(model.get_config())
    except NotImplementedError:  # a class of the user's own, which has no configuration
        return model
    single = type(model).from_config(config)
    if not single.built:
        single.build(model.input_shape)
    single.set_weights(model.get_weights())
    return single


def _as_float32(config: Any) -> Any:
    """Return a configuration in which every dtype policy is that of float32."""
    if isinstance(config, (list, tuple)):
        return type(config)(_as_float32(item) for item in config)
    if not isinstance(config, dict):
        return config
    if config.get("class_name") == "DTypePolicy":
        return "float32"
    return {name: _as_float32(item) for name, item in config.items()}


@contextmanager
def _quietly() -> Iterator[None]:
    """Hold back what tf2onnx, and TensorFlow for it, write about their own work."""
    logger = logging.getLogger("tf2onnx")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), without_notices():
            warnings.filterwarnings("ignore", module="tf2onnx")
            yield
    finally:
        logger.setLevel(level)
