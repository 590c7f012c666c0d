"""A builder, as ``KerasClassifier`` takes it: called with what it names."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skcnn._engine.compiling import fresh_optimizer
from skcnn._engine.runtime import keras
from skcnn.estimators._targets import Targets

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


def metadata(x: Any, targets: Targets) -> dict[str, Any]:
    """Return facts about the data under the names that builders written for scikeras read.

    Parameters
    ----------
    x : ndarray or LazyRows of shape (n, *input_shape)
        Samples as the network takes them.
    targets : Targets
        What y is.
    """
    of_samples = {
        "X_shape_": tuple(x.shape),
        "X_dtype_": x.dtype,
        "n_features_in_": math.prod(x.shape[1:]),
    }
    n_outputs, classes = targets.n_outputs, targets.attributes.get("classes_")
    if classes is None:
        of_targets = {
            "y_dtype_": np.dtype(np.float64),
            "y_ndim_": 1 if n_outputs == 1 else 2,
            "target_type_": "continuous" if n_outputs == 1 else "continuous-multioutput",
            "n_outputs_": n_outputs,
        }
    else:
        of_one_class = "binary" if n_outputs == 2 else "multiclass"
        are_sets = targets.output_activation == "sigmoid"
        of_targets = {
            "classes_": classes,
            "n_classes_": n_outputs,
            "y_dtype_": classes.dtype,
            "y_ndim_": 2 if are_sets else 1,
            "target_type_": "multilabel-indicator" if are_sets else of_one_class,
            "n_outputs_": 1,
        }
    return of_samples | of_targets | {"n_outputs_expected_": 1}


def is_called_with_data(builder: Any) -> bool:
    """Tell whether a builder takes X and y first, as those for keras.wrappers do."""
    return list(named_by(builder))[:2] == ["X", "y"]


def as_rows_of_targets(targets: Targets, codes: NDArray[Any]) -> NDArray[np.float32]:
    """Return y as a matrix of one column an output: one-hot rows where it holds classes."""
    if targets.output_activation == "softmax":
        return np.eye(targets.n_outputs, dtype=np.float32)[codes]
    return codes.astype(np.float32)
