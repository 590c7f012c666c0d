"""The classifier that takes any Keras builder, scikeras' one door."""

from __future__ import annotations

import copy
import dataclasses
import functools
import inspect
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import KW_ONLY
from typing import Any, Self

from skcnn._engine.compiling import one_cycle, smoothed
from skcnn._engine.runtime import keras
from skcnn._engine.seeding import global_generators_seeded
from skcnn._engine.untouched import keras_untouched
from skcnn._sklearn_internals import clone_parametrized
from skcnn.estimators._building import (
    Builder,
    all_unshared,
    call_builder,
    metadata,
    named_by,
    named_in_constructor,
    route_of,
    takes_any_name,
    unshared,
)
from skcnn.estimators._classifier import BaseKerasClassifier
from skcnn.estimators._parameters import network_estimator, parameter, with_default
from skcnn.estimators._samples import warn_of_channels_first
from skcnn.estimators._targets import Targets
from skcnn.estimators._task import Task

with keras_untouched():  # at its import, scikeras replaces how Keras pickles and copies
    from scikeras.utils import loss_name

_ROUTES = ("model", "optimizer")
_LEADS_NOWHERE = "KerasClassifier hands on model__* and optimizer__*; received {!r}."
_COMPILED_WITH = ("loss", "optimizer", "learning_rate", "label_smoothing", "weight_averaging")


@network_estimator
class KerasClassifier(BaseKerasClassifier):
    """A classifier from any function that builds a Keras network.

    The builder is handed, by name, whatever its signature names: its own arguments, parameters of
    the classifier such as ``optimizer`` or ``epochs``, and facts about the data: ``input_shape``
    (shape of one sample), ``n_classes``, ``compile_kwargs`` (dict with ``optimizer``, ``loss`` and
    ``metrics``), ``meta`` (dict of facts under scikeras' names) and ``params`` (all parameters of
    the classifier).  A parameter that the builder has a default of its own for is handed over
    where it was given or set.

    As with ``keras.Model.fit``, batches have 32 samples, nothing is held out and nothing stops
    early unless asked for.

    Parameters
    ----------
    {parameters}
    **builder_arguments
        Arguments of the builder, by its own names or as ``model__name``; settings of the
        optimizer as ``optimizer__name``.  All of them are parameters of the estimator, which
        ``set_params`` and a grid search can set.

    Attributes
    ----------
    {fitted_attributes}

    Examples
    --------
    >>> from skcnn import KerasClassifier, build_cnn, load_digit_images
    >>> X, y = load_digit_images(return_X_y=True)
    >>> classifier = KerasClassifier(build_cnn, filters=(8, 16), epochs=2, random_state=0)
    >>> classifier.fit(X[..., None] / 255, y).predict_proba(X[:3, ..., None] / 255).shape
    (3, 10)
    """

    model: Builder | None = parameter(
        "callable or None",
        """
        Builds the network: returns a ``keras.Model``, compiled or not.  None where a subclass has
        a method ``_keras_build_fn`` that does so, as scikeras' documentation teaches.""",
        default=None,
    )
    _: KW_ONLY
    loss: Any = parameter(
        "str, callable, keras.losses.Loss or None",
        """
        Loss of a network that comes uncompiled; None for the cross-entropy of as many outputs as
        the network has.  Labels are encoded as the network's loss and outputs want them.""",
        default=None,
    )
    batch_size: int = with_default(BaseKerasClassifier, "batch_size", default=32)
    validation_split: float = with_default(BaseKerasClassifier, "validation_split", default=0.0)
    early_stopping: bool = with_default(BaseKerasClassifier, "early_stopping", default=False)

    def __new__(cls, *args: Any, **parameters: Any) -> Self:
        """Keep what a subclass's constructor names, also what it does not store itself.

        scikeras' documentation teaches constructors with an ``optimizer__learning_rate`` that they
        do not store.
        """
        made = super().__new__(cls)
        vars(made).update(_given=set(parameters), _builder_names=(), _settled=set())
        if cls.__init__ is not KerasClassifier.__init__:
            bound = inspect.signature(cls.__init__).bind_partial(made, *args, **parameters)
            made._given |= bound.arguments.keys()
            bound.apply_defaults()
            named = named_in_constructor(cls) & bound.arguments.keys()
            made.__dict__ |= {name: bound.arguments[name] for name in named}
        return made

    def __init__(self, model: Builder | None = None, **parameters: Any) -> None:
        declared = {field.name: field.default for field in dataclasses.fields(self)}
        given = {name: parameters.pop(name) for name in declared.keys() & parameters.keys()}
        given |= {} if model is None else {"model": model}
        # What a subclass's constructor hands on by itself is no parameter of the subclass.
        handed_on = given.keys() | parameters.keys()
        self._settled = handed_on - self._given - named_in_constructor(type(self))
        self._given: set[str] = self._given | given.keys()
        self.__dict__ = declared | vars(self) | given
        self._set_builder_arguments(parameters)

    # --- parameters -----------------------------------------------------------------------------

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters of the classifier, of its builder and of its optimizer.

        Parameters
        ----------
        deep : bool, default=True
            Whether to add the parameters of an ``augmentation`` that has some.

        Returns
        -------
        dict of str to Any
            By name.
        """
        names = self._own_names() | (set(self._builder_names) - self._settled)
        params = {name: vars(self)[name] for name in sorted(names) if name in vars(self)}
        if deep and hasattr(self.augmentation, "get_params"):
            of_augmentation = self.augmentation.get_params()
            params |= {f"augmentation__{name}": value for name, value in of_augmentation.items()}
        return params

    def set_params(self, **params: Any) -> Self:
        """Set parameters of the classifier, the builder (``name``) or the optimizer.

        Parameters
        ----------
        **params : Any
            Any parameter of ``get_params``, any argument that the builder names, and
            ``model__name`` or ``optimizer__name``.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If there is no such parameter.
        """
        builder = params.get("model", self._builder_or_none())
        own, known = self._own_names(), {*self._builder_names, *named_by(builder)}
        any_name = takes_any_name(builder)
        for_builder = {
            name: params.pop(name)
            for name in list(params)
            if route_of(name) in _ROUTES
            or (name not in own and (name in known or (any_name and "__" not in name)))
        }
        self._check_builder_arguments(for_builder)
        for name in params:
            owner = route_of(name)
            if owner in own and not hasattr(params.get(owner, vars(self)[owner]), "set_params"):
                raise ValueError(_LEADS_NOWHERE.format(name))
        super().set_params(**params)
        self._given |= params.keys() & own
        self._set_builder_arguments(for_builder)
        return self

    def __sklearn_clone__(self) -> Self:
        copied = clone_parametrized(self)
        copied._given = set(self._given)
        return copied

    def _own_names(self) -> set[str]:
        """Return the parameters of the constructor, and those that it hands on by ``**``."""
        named = named_in_constructor(type(self))
        if takes_any_name(type(self).__init__):
            named |= {field.name for field in dataclasses.fields(self)}
        return named - self._settled

    def _set_builder_arguments(self, arguments: Mapping[str, Any]) -> None:
        self._check_builder_arguments(arguments)
        self.__dict__ |= arguments
        names = dict.fromkeys([*self._builder_names, *arguments])
        self._builder_names: tuple[str, ...] = tuple(names)

    def _check_builder_arguments(self, arguments: Mapping[str, Any]) -> None:
        """Raise if a builder's argument would stand where the classifier keeps something else."""
        for name in arguments:
            if hasattr(type(self), name) or name in _kept_by_a_fit():
                raise ValueError(
                    f"The builder's argument {name!r} has the name of something that "
                    f"{type(self).__name__} has. Pass it as model__{name}."
                )

    # --- the builder ----------------------------------------------------------------------------

    def _builder_or_none(self) -> Any:
        return getattr(self, "_keras_build_fn", self.model)

    def _builder(self, task: Task) -> Builder:
        builder = self._builder_or_none()
        if not callable(builder) or isinstance(builder, keras.Model):
            raise TypeError(
                "model must be a function that builds a keras.Model, so that each fit starts from "
                f"a fresh one; received {self.model!r}."
            )
        if not hasattr(self, "_keras_build_fn"):
            return builder
        # A method of a subclass may read what scikeras knows by then, such as self.n_features_in_.
        knowing = copy.copy(self)
        knowing.__dict__ |= self._metadata(task) | {"optimizer": unshared(self.optimizer)}
        return knowing._keras_build_fn

    def _metadata(self, task: Task) -> dict[str, Any]:
        return metadata(task.x.shape, task.x.dtype, task.targets.attributes["classes_"])

    def _chance(self, seed: int) -> AbstractContextManager[Any]:
        stack = ExitStack()  # a builder may draw from the global generators
        stack.enter_context(super()._chance(seed))
        stack.enter_context(global_generators_seeded(seed))
        return stack

    def _build(self, task: Task, n_steps: int) -> keras.Model:
        warn_of_channels_first(task.input_shape)
        builder = self._builder(task)
        named = named_by(builder)
        offers: dict[str, Callable[[], Any]] = {
            "input_shape": lambda: task.input_shape,
            "n_classes": lambda: task.targets.n_outputs,
            "meta": lambda: self._metadata(task),
            "compile_kwargs": lambda: self._compile_arguments(
                task.targets, task.targets.n_outputs, n_steps
            ),
            "params": lambda: all_unshared(self.get_params(deep=False)),
        }
        offered = {name: offer() for name, offer in offers.items() if name in named}
        is_method = inspect.ismethod(builder) and isinstance(builder.__self__, KerasClassifier)
        model = call_builder(builder, offered | self._arguments_for(named, task.targets, n_steps))
        if not model.compiled:
            self._compile(model, task, n_steps)
        elif not (is_method or {"compile_kwargs", "params"} & named.keys()):
            self._check_all_is_heard(named)
        return model

    def _arguments_for(
        self, named: Mapping[str, inspect.Parameter], targets: Targets, n_steps: int
    ) -> dict[str, Any]:
        """Return what a builder is called with: arguments of its own, parameters that it names."""
        given = {name: vars(self)[name] for name in self._builder_names}
        for name in given:
            if "__" in name and route_of(name) not in _ROUTES:
                raise ValueError(_LEADS_NOWHERE.format(name))
        shared = {
            name: argument.default
            for name, argument in named.items()
            if isinstance(argument.default, keras.optimizers.Optimizer)
        }
        shared |= {name: vars(self)[name] for name in named if self._is_meant(name, named[name])}
        if "optimizer" in named and self._optimizer_needs_more(named):
            shared["optimizer"] = self._optimizer_for(named["optimizer"], n_steps)
        if "loss" in shared or ("loss" in named and self.label_smoothing != 0):
            shared["loss"] = self._loss_for(named, targets)
        if shared.get("learning_rate") == "one_cycle":
            shared["learning_rate"] = one_cycle(self.peak_learning_rate, n_steps)
        by_own_name = {name: value for name, value in given.items() if "__" not in name}
        return all_unshared(shared | by_own_name | self._routed("model"))

    def _is_meant(self, name: str, argument: inspect.Parameter) -> bool:
        """Tell whether a parameter is for the builder, which may have a default of its own."""
        defaults = _defaults()
        if name not in vars(self) or name not in self._own_names() | defaults.keys():
            return False
        if name not in defaults or argument.default is inspect.Parameter.empty:
            return True
        value, default = vars(self)[name], defaults[name]
        return name in self._given or type(value) is not type(default) or value != default

    def _optimizer_needs_more(self, named: Mapping[str, inspect.Parameter]) -> bool:
        """Tell whether there are settings that only an optimizer can carry to the builder."""
        return (
            bool(self._routed("optimizer"))
            or self.weight_averaging is not None
            or (self.learning_rate is not None and "learning_rate" not in named)
        )

    def _optimizer_for(
        self, argument: inspect.Parameter, n_steps: int
    ) -> keras.optimizers.Optimizer:
        """Return the optimizer with all its settings: the builder's own where none was given."""
        asked = copy.copy(self)
        if not self._is_meant("optimizer", argument) and argument.default is not None:
            asked.optimizer = argument.default
        return asked._fresh_optimizer(n_steps)

    def _loss_for(self, named: Mapping[str, inspect.Parameter], targets: Targets) -> Any:
        """Return the loss, smoothed: the builder's own where none was given."""
        loss = self.loss
        if not self._is_meant("loss", named["loss"]):
            loss = named["loss"].default
        if loss is None:
            loss = targets.default_loss(targets.n_outputs)
        return loss if "label_smoothing" in named else smoothed(loss, self.label_smoothing)

    def _check_all_is_heard(self, named: Mapping[str, inspect.Parameter]) -> None:
        """Raise if parameters ask for what a builder that compiles by itself has not heard of."""
        heard = set(named)
        if "optimizer" in named:
            heard |= {"learning_rate", "weight_averaging"}
        if "loss" in named:
            heard |= {"label_smoothing"}
        asked = [name for name in _COMPILED_WITH if self._asks_for(name)]
        asked += [f"optimizer__{name}" for name in self._routed("optimizer")]
        unheard = [name for name in asked if (route_of(name) or name) not in heard]
        if unheard:
            raise ValueError(
                f"The builder compiles its network itself, so {', '.join(unheard)} would have no "
                "effect. Let it return an uncompiled network, or let it take compile_kwargs, or "
                "arguments of these names, and compile with those."
            )

    def _asks_for(self, name: str) -> bool:
        """Tell whether a parameter asks for something; the optimizer does so by being given."""
        value = vars(self)[name]
        return value != _defaults()[name] or (name == "optimizer" and name in self._given)

    # --- compiling ------------------------------------------------------------------------------

    def _compile_arguments(self, targets: Targets, n_outputs: int, n_steps: int) -> dict[str, Any]:
        loss = targets.default_loss(n_outputs) if self.loss is None else self.loss
        own = super()._compile_arguments(targets, n_outputs, n_steps)
        return own | {"loss": smoothed(loss, self.label_smoothing)}

    def _fresh_optimizer(self, n_steps: int, **options: Any) -> keras.optimizers.Optimizer:
        return super()._fresh_optimizer(n_steps, **(self._routed("optimizer") | options))

    def _name_of_loss(self, model: keras.Model) -> str:
        loss = model.loss
        while isinstance(loss, functools.partial):
            loss = loss.func
        known = isinstance(loss, (str, keras.losses.Loss)) or hasattr(loss, "__name__")
        return loss_name(loss) if known else super()._name_of_loss(model)

    def _routed(self, route: str) -> dict[str, Any]:
        """Return the settings whose names begin with a route, without it."""
        prefix = f"{route}__"
        return {
            name.removeprefix(prefix): vars(self)[name]
            for name in self._own_names() | set(self._builder_names)
            if name.startswith(prefix)
        }


@functools.cache
def _defaults() -> Mapping[str, Any]:
    """Return the default of each parameter, as it is declared."""
    return {field.name: field.default for field in dataclasses.fields(KerasClassifier)}


@functools.cache
def _kept_by_a_fit() -> frozenset[str]:
    """Return the names of what a classifier keeps beside its parameters."""
    kinds = KerasClassifier.__mro__
    annotated = {name for kind in kinds for name in inspect.get_annotations(kind)}
    learned = {"classes_", "feature_names_in_", "n_features_in_"}
    return frozenset(annotated | learned | {"_given", "_builder_names", "_settled"})


def _constructor_signature() -> inspect.Signature:
    """Return the constructor's parameters, as its declarations name them."""
    me, model, _ = inspect.signature(KerasClassifier.__init__).parameters.values()
    declared = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default)
        for name, default in _defaults().items()
        if name != "model"
    ]
    rest = inspect.Parameter("builder_arguments", inspect.Parameter.VAR_KEYWORD)
    return inspect.Signature([me, model, *declared, rest])


_SIGNATURE = _constructor_signature()
setattr(KerasClassifier.__init__, "__signature__", _SIGNATURE)  # noqa: B010
setattr(KerasClassifier.__new__, "__signature__", _SIGNATURE)  # noqa: B010
