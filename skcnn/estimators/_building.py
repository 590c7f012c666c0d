"""A builder, as ``KerasClassifier`` takes it: called with what it names."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skcnn._engine.runtime import keras
from skcnn.estimators._samples import Shape

Builder = Callable[..., keras.Model]


def named_by(builder: Builder) -> Mapping[str, inspect.Parameter]:
    """Return the arguments that a builder's signature names."""
    return inspect.signature(builder).parameters


def call_builder(
    builder: Builder, arguments: Mapping[str, Any], offers: Mapping[str, Any]
) -> keras.Model:
    """Call ``builder`` with its arguments and whichever of ``offers`` its signature names.

    Raises
    ------
    TypeError
        If the builder does not take the arguments, or returns no ``keras.Model``.
    """
    named = named_by(builder)
    offered = {name: offer for name, offer in offers.items() if name in named}
    model = builder(**(offered | dict(arguments)))
    if not isinstance(model, keras.Model):
        raise TypeError(
            f"The builder must return a keras.Model; {getattr(builder, '__name__', builder)} "
            f"returned {type(model).__name__}."
        )
    return model


def metadata(x_shape: Shape, x_dtype: Any, classes: NDArray[Any]) -> dict[str, Any]:
    """Return facts about the data under the names that builders written for scikeras read."""
    return {
        "X_shape_": x_shape,
        "X_dtype_": x_dtype,
        "n_features_in_": int(np.prod(x_shape[1:])),
        "classes_": classes,
        "n_classes_": len(classes),
        "y_dtype_": classes.dtype,
        "y_ndim_": 1,
        "target_type_": "binary" if len(classes) == 2 else "multiclass",
        "n_outputs_": 1,
        "n_outputs_expected_": 1,
    }
