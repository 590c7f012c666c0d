"""Compiled programs, and their use by every model of the same kind.

TensorFlow takes seconds to compile what a small network then runs in milliseconds.  A program
compiled for one model therefore serves all models that are built and compiled alike: it reads and
writes the variables of whichever model it is bound to, and keeps nothing of its own.
"""

from __future__ import annotations

import functools
import gc
import json
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from types import FunctionType, MethodType
from typing import Any

from skcnn._engine import keras_internals
from skcnn._engine.models import innermost, variables_of
from skcnn._engine.remembering import features_seen
from skcnn._engine.runtime import keras, tf

_logger = logging.getLogger(__name__)

_CAPACITY = 16  # programs to keep: of eight architectures, for training and prediction
_DROPS_BEFORE_CLEARING = 8
# What a layer of a graph takes: the layer that gives it, and parts of it.
_PARTS_OF_GRAPHS = ("__keras_tensor__", "__slice__", "__ellipsis__")
_IN_ORDER = "SINGLE_THREADED_EXECUTOR"  # each operation by the thread that calls
_LOSSES_AND_METRICS = (keras.losses.Loss, keras.metrics.Metric)

Bound = Callable[..., list[Any]]


class Program:
    """A function of tensors and of a model's variables, compiled once.

    Parameters
    ----------
    model : keras.Model
        The model to trace the function with, all of its variables created.
    traced : callable
        From tensors to a list of tensors.
    specs : sequence of tf.TensorSpec
        What the tensors look like.
    in_order : bool, default=False
        Whether the thread that calls starts one operation after the other, each on as many threads
        as ever, where TensorFlow can do so.  To hand them to a pool of threads and to wait for it
        takes longer than the arithmetic of a small network.

    Attributes
    ----------
    serves_all : bool
        Whether any model of the same kind can be bound to it; False where the function reads
        something that is no variable of the model, such as a table of the user's own.
    """

    def __init__(
        self,
        model: keras.Model,
        traced: Callable[..., list[Any]],
        specs: Sequence[Any],
        *,
        in_order: bool = False,
    ) -> None:
        function = tf.function(traced, autograph=False).get_concrete_function(*specs)
        place_of = {id(v.handle): place for place, v in enumerate(variables_of(model))}
        places = [place_of.get(id(read)) for read in function.captured_inputs]
        self._places = [place for place in places if place is not None]
        self._dtypes = [output.dtype for output in function.outputs]
        self._executor = _IN_ORDER if in_order and _can_run_in_order(function) else ""
        self.serves_all = len(self._places) == len(places)
        self._read = [] if self.serves_all else function.captured_inputs
        self._function = (
            keras_internals.let_go_of_variables(function) if self.serves_all else function
        )

    def bind(self, model: keras.Model) -> Bound:
        """Return the function on the variables of ``model``.

        Safe to call from many threads, as far as they do not write to the same model.
        """
        read = self._read
        if self.serves_all:
            variables = variables_of(model)
            read = [variables[place].handle for place in self._places]

        def run(*tensors: Any) -> list[Any]:
            return tf.raw_ops.StatefulPartitionedCall(
                args=[*tensors, *read],
                Tout=self._dtypes,
                f=self._function,
                executor_type=self._executor,
            )

        return run


def _can_run_in_order(function: tf.types.experimental.ConcreteFunction) -> bool:
    """Tell whether a function has neither loops nor branches, and a single device to run on."""
    is_flat = not any(
        attribute.type == "func"
        for operation in function.graph.get_operations()
        for attribute in operation.op_def.attr
    )
    return is_flat and len(tf.config.list_logical_devices()) == 1


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

    @property
    def names(self) -> list[str]:
        """What the programs compute, the one used last at the end."""
        return [name for name, *_ in self._programs]

    def get(
        self,
        name: str,
        model: keras.Model,
        kind: str | None,
        function: Callable[..., list[Any]],
        specs: Sequence[Any],
        *,
        in_order: bool = False,
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
        function, specs, in_order
            As ``Program`` takes them.  ``function`` depends on nothing but ``name`` and ``kind``.
        """
        key = (name, kind, *specs)
        with self._lock:
            if kind is not None and key in self._programs:
                self._programs.move_to_end(key)
                return self._programs[key]
            program = Program(model, function, specs, in_order=in_order)
            if kind is None or not program.serves_all:
                self._drop()
                return program
            self._programs[key] = program
            if len(self._programs) > self._capacity:
                self._programs.popitem(last=False)
                self._drop()
            return program

    def clear(self) -> None:
        """Drop all programs; those in use go on, and others are compiled anew when needed."""
        with self._lock:
            self._programs.clear()
            _forget_compiled()

    def _drop(self) -> None:
        self._dropped += 1
        if self._dropped % _DROPS_BEFORE_CLEARING == 0:
            _forget_compiled()


def _forget_compiled() -> None:
    """Return the memory that TensorFlow keeps for operations and programs it has run once.

    Programs that are still in use are made ready again at their next call.
    """
    gc.collect()  # programs and the graphs in them refer to each other
    keras_internals.clear_kernel_cache()


store = ProgramStore(_CAPACITY)


def clear_programs() -> None:
    """Return the memory that compiled programs take, and features that are remembered.

    The programs used last are kept, so that the next network of their kind need not be compiled,
    and so are up to 256 MiB of the features that ``CNNFeatureExtractor`` has computed.  Fitted
    estimators go on to work: what they need is compiled or computed again.

    Examples
    --------
    >>> from skcnn import clear_programs
    >>> clear_programs()
    """
    store.clear()
    features_seen.clear()


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
    stranger = next(_strangers(model, with_training=with_training), None)
    if stranger is not None:
        _logger.debug("%r gets programs of its own: it holds %r", model.name, stranger)
        return None
    try:
        config = keras.saving.serialize_keras_object(model)
        compile_config = config.pop("compile_config", None)
        if with_training:
            config["compile_config"] = compile_config
        settings = [keras.config.floatx(), keras.config.epsilon()]
        own_settings = [_settings_of(variable) for variable in model.variables]
        return json.dumps([_described(config), settings, own_settings], sort_keys=True)
    except Exception as error:  # whatever a configuration of the user's own raises
        _logger.info(
            "%r gets programs of its own: %s: %s", model.name, type(error).__name__, error
        )
        return None


def _strangers(model: keras.Model, *, with_training: bool) -> Iterator[Any]:
    """Yield what a model holds that its configuration does not show in full.

    Layers, losses and metrics of the user's own classes, functions of the user's, to which Keras
    may give names of its own, methods that one object has of its own, and exceptions from weight
    decay.
    """
    parts = [model, *keras_internals.layers_within(model)]
    if with_training:
        compiled_with = tf.nest.flatten(keras_internals.compile_arguments(model))
        yield from filter(_is_users_function, compiled_with)
        parts += [part for part in compiled_with if isinstance(part, _LOSSES_AND_METRICS)]
        optimizer = getattr(model, "optimizer", None)
        parts += [part for part in (optimizer, innermost(optimizer)) if part is not None]
        if keras_internals.spares_variables(innermost(optimizer)):
            yield optimizer
    for variable in model.variables:
        yield from filter(_is_users_function, (variable.regularizer, variable.constraint))
    for part in parts:
        if not type(part).__module__.startswith("keras."):
            yield part
        yield from filter(_is_users_function, vars(part).values())


def _is_users_function(thing: Any) -> bool:
    if isinstance(thing, tf.types.experimental.PolymorphicFunction):
        thing = thing.python_function
    if isinstance(thing, functools.partial):
        thing = thing.func
    if isinstance(thing, MethodType):
        thing = thing.__func__
    return isinstance(thing, FunctionType) and not thing.__module__.startswith("keras.")


def _settings_of(variable: keras.Variable) -> list[Any]:
    """Return what a variable may be told apart from its layer."""
    objects = [variable.regularizer, variable.constraint]
    serialized = map(keras.saving.serialize_keras_object, objects)
    return [bool(variable.trainable), *map(_described, serialized)]


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
        elif config.get("module") == "keras.optimizers":
            del described["config"]["name"]
            if isinstance(config["config"].get("learning_rate"), float):
                del described["config"]["learning_rate"]
    return described


def _check_keras_own(config: dict[str, Any]) -> None:
    if config["class_name"] in _PARTS_OF_GRAPHS:
        return
    module = config.get("module") or ""
    of_keras = module == "keras" or module.startswith("keras.")
    if not of_keras or config.get("registered_name") not in (None, config["class_name"]):
        raise TypeError(f"{config['class_name']} is not Keras' own")
