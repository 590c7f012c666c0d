"""Training steps that multiply numbers of 16 bits, and keep what they learn in 32.

A processor with AMX multiplies matrices of bfloat16 several times as fast as those of float32.
While the program of a pass is traced, the layers that profit compute in bfloat16; all else,
weights, the optimizer's means, losses and metrics, stays in float32, and so does the model that is
left.

Sources: Micikevicius et al. (2018), "Mixed precision training"; Kalamkar et al. (2019), "A study
of BFLOAT16 for deep learning training", which needs no scaling of the loss.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from skcnn._engine.kernels import replaced
from skcnn._engine.models import last_layer, layers_of
from skcnn._engine.runtime import keras, tf

_PROCESSORS = Path("/proc/cpuinfo")
_AMX = "amx_bf16"
_SETTINGS_OF_ONEDNN = ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA")
_POLICY = "mixed_bfloat16"
_IN_16_BITS = (
    keras.layers.Conv2D,
    keras.layers.Dense,
    keras.layers.MaxPooling2D,
    keras.layers.BatchNormalization,
    keras.layers.Activation,
    keras.layers.Add,
)
# Pixels of a feature map up to which oneDNN takes longer for the gradient of filters than a
# product of matrices does: at 4 x 4 and 128 to 512 filters it takes 2 to 4 times as long, at 8 x 8
# and 128 filters less time.
_SMALL_MAP = 16


def multiplies_16_bits_fast() -> bool:
    """Tell whether TensorFlow multiplies bfloat16 by AMX in this process."""
    return (
        os.environ.get("TF_ENABLE_ONEDNN_OPTS") != "0"
        and not any(name in os.environ for name in _SETTINGS_OF_ONEDNN)
        and not tf.config.list_logical_devices("GPU")
        and _AMX in _flags_of_processor()
    )


def _flags_of_processor() -> list[str]:
    """Return what Linux says that the first processor can do; nothing on other systems."""
    try:
        lines = _PROCESSORS.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return []
    return next((line.partition(":")[2].split() for line in lines if line[:5] == "flags"), [])


@contextmanager
def in_16_bits(model: keras.Model) -> Iterator[None]:
    """Let the layers of a model that profit compute in bfloat16 inside the block.

    The last layer is not among them: probabilities have more than three digits.
    """
    layers = [layer for kind in _IN_16_BITS for layer in layers_of(model, kind)]
    with ExitStack() as stack:
        for layer in layers:
            if layer is last_layer(model) or layer.dtype_policy.name != "float32":
                continue
            stack.enter_context(_computing_by(_POLICY, layer))
            if type(layer) is keras.layers.Conv2D and _keeps_size(layer):
                stack.enter_context(replaced(layer, "convolution_op", _convolution(layer)))
            if getattr(layer, "activation", None) is keras.activations.silu:
                stack.enter_context(replaced(layer, "activation", _silu))
        yield


@contextmanager
def _computing_by(policy: str, layer: keras.layers.Layer) -> Iterator[None]:
    before = layer.dtype_policy
    layer.dtype_policy = policy
    try:
        yield
    finally:
        layer.dtype_policy = before


def _keeps_size(layer: keras.layers.Conv2D) -> bool:
    """Tell whether feature maps leave a convolution as large as they came, window by window."""
    return (
        layer.padding == "same"
        and layer.data_format == "channels_last"
        and layer.strides == layer.dilation_rate == (1, 1)
        and layer.groups == 1
    )


def _convolution(layer: keras.layers.Conv2D) -> Callable[[Any, Any], Any]:
    """Return a layer's convolution with another gradient of its filters, for small maps."""
    keras_own = layer.convolution_op

    def convolution(inputs: Any, kernel: Any) -> Any:
        height, width = inputs.shape[1:3]
        if None in (height, width) or height * width > _SMALL_MAP:
            return keras_own(inputs, kernel)
        return _small_convolution(inputs, tf.cast(kernel, inputs.dtype))

    return convolution


@tf.custom_gradient
def _small_convolution(maps: Any, kernel: Any) -> tuple[Any, Callable[[Any], tuple[Any, Any]]]:
    """Return a convolution of windows around every pixel, and its gradient.

    That of the filters is the product of all windows, written out as rows, and the gradient.
    """

    def gradient(upstream: Any) -> tuple[Any, Any]:
        of_maps = tf.raw_ops.Conv2DBackpropInput(
            input_sizes=tf.shape(maps),
            filter=kernel,
            out_backprop=upstream,
            strides=[1, 1, 1, 1],
            padding="SAME",
        )
        windows = _windows(maps, *kernel.shape[:2])
        rows = tf.reshape(windows, (-1, windows.shape[-1]))
        columns = tf.reshape(upstream, (-1, upstream.shape[-1]))
        of_kernel = tf.matmul(rows, columns, transpose_a=True)
        return of_maps, tf.reshape(of_kernel, kernel.shape)

    return tf.nn.conv2d(maps, kernel, 1, "SAME"), gradient


def _windows(maps: Any, height: int, width: int) -> Any:
    """Return the window around each pixel of feature maps, in place of the pixel."""
    n_rows, n_columns = maps.shape[1:3]
    top, left = (height - 1) // 2, (width - 1) // 2
    around = [[0, 0], [top, height - 1 - top], [left, width - 1 - left], [0, 0]]
    padded = tf.pad(maps, around)
    places = [(down, right) for down in range(height) for right in range(width)]
    parts = [padded[:, d : d + n_rows, r : r + n_columns] for d, r in places]
    return tf.concat(parts, axis=-1)


@tf.custom_gradient
def _silu(x: Any) -> tuple[Any, Callable[[Any], Any]]:
    """Return ``keras.activations.silu``; its gradient, which takes TensorFlow long in 16 bits."""

    def gradient(upstream: Any) -> Any:
        wide = tf.cast(x, tf.float32)
        share = tf.sigmoid(wide)
        return upstream * tf.cast(share * (1 + wide * (1 - share)), x.dtype)

    return tf.nn.silu(x), gradient
