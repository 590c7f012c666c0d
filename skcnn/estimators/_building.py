"""A builder, as ``KerasClassifier`` takes it: called with what it names."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skcnn._engine.compiling import fresh_optimizer
from skcnn._engine.runtime import keras
from skcnn.estimators._samples import Shape

Builder = Callable[..., keras.Model]


def named_by(builder: Any) -> dict[str, inspect.Parameter]:
    """Return the arguments that a builder's signature names: those behind ``*`` have no names."""
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return {name: argument for name, argument in _signed(builder) if argument.kind not in variadic}


def named_in_constructor(cls: type) -> set[str]:
    """Return the parameters that a class's constructor names, without the instance."""
    _, *names = named_by(cls.__init__)  # type: ignore[misc]
    return set(names)


def takes_any_name(builder: Any) -> bool:
    """Tell whether a builder takes arguments by any name."""
    return any(argument.kind is inspect.Parameter.VAR_KEYWORD for _, argument in _signed(builder))


def _signed(builder: Any) -> Iterable[tuple[str, inspect.Parameter]]:
    return inspect.signature(builder).parameters.items() if callable(builder) else ()


def unshared(value: Any) -> Any:
    """Return a copy of what has a state that no two fits may share: of an optimizer."""
    return fresh_optimizer(value) if isinstance(value, keras.optimizers.Optimizer) else value


def all_unshared(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return arguments, each of them ``unshared``."""
    return {name: unshared(value) for name, value in arguments.items()}


def route_of(name: str) -> str:
    """Return what stands before the double underscore of a name, if there is one."""
    route, routed, _ = name.partition("__")
    return route if routed else ""


def call_builder(builder: Builder, arguments: Mapping[str, Any]) -> keras.Model:
    """Call ``builder`` with its arguments.

    Raises
    ------
    TypeError
        If the builder does not take the arguments, or returns no ``keras.Model``.
    """
    model = builder(**arguments)
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
