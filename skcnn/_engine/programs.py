"""Compiled programs, and their use by every model of the same kind.

TensorFlow takes seconds to compile what a small network then runs in milliseconds.  A program
compiled for one model therefore serves all models that are built and compiled alike: it reads and
writes the variables of whichever model it is bound to, and keeps nothing of its own.
"""

from __future__ import annotations

import json
import threading
import warnings
from collections import OrderedDict
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any

from skcnn._engine.kernels import innermost
from skcnn._engine.runtime import forget_compiled, keras, tf

_CAPACITY = 16  # programs to keep: of eight architectures, for training and prediction
_DROPS_BEFORE_CLEARING = 8

Bound = Callable[..., list[Any]]


def variables_of(model: keras.Model) -> list[keras.Variable]:
    """Return every variable of a model: weights, seeds, metrics and optimizer, each once."""
    variables = list(model.variables)
    for metric in model.metrics:
        variables += metric.variables
    if getattr(model, "optimizer", None) is not None:
        variables += model.optimizer.variables
    return list({id(variable): variable for variable in variables}.values())


class Program:
    """A function of tensors and of a model's variables, compiled once.

    Parameters
    ----------
    model : keras.Model
        The model to trace the function with, all of its variables created.
    function : callable
        From tensors to a list of tensors.
    specs : sequence of tf.TensorSpec
        What the tensors look like.

    Attributes
    ----------
    serves_all : bool
        Whether any model of the same kind can be bound to it; False where the function reads
        something that is no variable of the model, such as a table of the user's own.
    """

    def __init__(
        self, model: keras.Model, function: Callable[..., list[Any]], specs: Sequence[Any]
    ) -> None:
        compiled = tf.function(function, autograph=False)
        self._function = compiled.get_concrete_function(*specs)
        self._dtypes = [output.dtype for output in self._function.outputs]
        place_of = {id(v.handle): place for place, v in enumerate(variables_of(model))}
        places = [place_of.get(id(read)) for read in self._function.captured_inputs]
        self._places = [place for place in places if place is not None]
        self.serves_all = len(self._places) == len(places)

    def bind(self, model: keras.Model) -> Bound:
        """Return the function on the variables of ``model``.

        Safe to call from many threads, as far as they do not write to the same model.
        """
        if self.serves_all:
            variables = variables_of(model)
            read = [variables[place].handle for place in self._places]
        else:
            read = self._function.captured_inputs

        def run(*tensors: Any) -> list[Any]:
            return tf.raw_ops.StatefulPartitionedCall(
                args=[*tensors, *read], Tout=self._dtypes, f=self._function
            )

        return run


class ProgramStore:
    """The programs used last, by what they compute and the kind of model they compute it for.

    Parameters
    ----------
    capacity : int
        Programs to keep.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._programs: OrderedDict[tuple[Any, ...], Program] = OrderedDict()
        self._dropped = 0
        self._lock = threading.RLock()

    def __len__(self) -> int:
        return len(self._programs)

    def get(
        self,
        name: str,
        model: keras.Model,
        kind: str | None,
        function: Callable[..., list[Any]],
        specs: Sequence[Any],
    ) -> Program:
        """Return the program ``name`` for models like ``model``, compiled if need be.

        Parameters
        ----------
        name : str
            What the program computes.
        model : keras.Model
            All of its variables created.
        kind : str or None
            As ``network_kind`` or ``training_kind`` gives it.
        function, specs
            As ``Program`` takes them.  ``function`` depends on nothing but ``name`` and ``kind``.
        """
        key = (name, kind, *specs)
        with self._lock:
            if kind is not None and key in self._programs:
                self._programs.move_to_end(key)
                return self._programs[key]
            program = Program(model, function, specs)
            if kind is None or not program.serves_all:
                self._drop()
                return program
            self._programs[key] = program
            if len(self._programs) > self._capacity:
                self._programs.popitem(last=False)
                self._drop()
            return program

    def _drop(self) -> None:
        self._dropped += 1
        if self._dropped % _DROPS_BEFORE_CLEARING == 0:
            forget_compiled()


store = ProgramStore(_CAPACITY)


def training_kind(model: keras.Model) -> str | None:
    """Return a text that is equal for models that train by the same program.

    What a program takes as an argument is left out: dropout rates, the learning rate, and the
    numbers of a cosine schedule.

    Parameters
    ----------
    model : keras.Model
        Compiled.

    Returns
    -------
    str or None
        None where the model holds code or settings that its configuration does not show in
        full, such as layers or losses that are not Keras' own.
    """
    return _kind(model, with_training=True)


def network_kind(model: keras.Model) -> str | None:
    """Return a text that is equal for models that predict by the same program, or None."""
    return _kind(model, with_training=False)


def _kind(model: keras.Model, *, with_training: bool) -> str | None:
    optimizer = getattr(model, "optimizer", None)
    if _holds_foreign_functions(model) or (with_training and _spares_variables(optimizer)):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about functions, which are no configuration
            config = keras.saving.serialize_keras_object(model)
        compile_config = config.pop("compile_config", None)
        if with_training:
            config["compile_config"] = compile_config
        settings = [keras.config.floatx(), keras.config.epsilon()]
        return json.dumps([_described(config), settings], sort_keys=True)
    except Exception:  # whatever a configuration of the user's own raises: it is no whole one
        return None


def _holds_foreign_functions(model: keras.Model) -> bool:
    """Tell whether a layer holds a function of the user's: Keras may give it a name of its own."""
    return any(
        isinstance(part, FunctionType) and not part.__module__.startswith("keras.")
        for layer in model._flatten_layers()
        for part in vars(layer).values()
    )


def _spares_variables(optimizer: Any) -> bool:
    """Tell whether weight decay leaves out some variables, which no configuration shows."""
    return any(
        bool(value)
        for name, value in vars(innermost(optimizer)).items()
        if name.startswith("_exclude_from_weight_decay")
    )


def _described(config: Any) -> Any:
    """Return a serialized object without what programs take as arguments.

    Raises
    ------
    TypeError
        If it holds an object that is not Keras' own.
    """
    if isinstance(config, str) and config in keras.saving.get_custom_objects():
        raise TypeError(f"{config} is not Keras' own")
    if isinstance(config, (list, tuple)):
        return [_described(item) for item in config]
    if not isinstance(config, dict):
        return config
    described = {name: _described(item) for name, item in config.items()}
    if "class_name" in config:
        _check_keras_own(config)
        if config["class_name"] == "Dropout":
            described["config"]["rate"] = config["config"]["rate"] > 0
        elif config["class_name"] == "CosineDecay":
            described["config"] = config["config"]["warmup_target"] is None
        elif config["module"] == "keras.optimizers":
            del described["config"]["name"]
            if isinstance(config["config"].get("learning_rate"), float):
                del described["config"]["learning_rate"]
    return described


def _check_keras_own(config: dict[str, Any]) -> None:
    module = config.get("module") or ""
    if not (module == "keras" or module.startswith("keras.")) or config.get("registered_name"):
        raise TypeError(f"{config['class_name']} is not Keras' own")
