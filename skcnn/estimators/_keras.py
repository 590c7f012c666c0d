"""The classifier that takes any Keras builder, scikeras' one door."""

from __future__ import annotations

import copy
import dataclasses
import inspect
from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import KW_ONLY
from typing import Any, Self

from skcnn._engine.compiling import fresh_optimizer, smoothed
from skcnn._engine.runtime import keras
from skcnn._engine.seeding import global_generators_seeded
from skcnn._engine.untouched import keras_untouched
from skcnn._sklearn_internals import clone_parametrized
from skcnn.estimators._building import Builder, call_builder, metadata, named_by
from skcnn.estimators._classifier import BaseKerasClassifier
from skcnn.estimators._parameters import network_estimator, parameter, with_default
from skcnn.estimators._samples import warn_of_channels_first
from skcnn.estimators._targets import Targets
from skcnn.estimators._task import Task

with keras_untouched():  # at its import, scikeras replaces how Keras pickles and copies
    from scikeras.utils import loss_name

_ROUTES = ("model", "optimizer")
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

    As with ``keras.Model.fit``, nothing is held out and nothing stops early unless asked for.

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

    def __init__(self, model: Builder | None = None, **parameters: Any) -> None:
        declared = {field.name: field.default for field in dataclasses.fields(self)}
        self._given = {name for name in parameters if name in declared}
        self._builder_names: tuple[str, ...] = ()
        self.__dict__ |= declared | {name: parameters.pop(name) for name in self._given}
        self.model = model
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
        names = [*self._own_names(), *self._builder_names]
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
        named = named_by(builder) if callable(builder) else {}
        own = set(self._own_names())
        for_builder = {
            name: params.pop(name)
            for name in list(params)
            if name not in own
            and (name in named or name in self._builder_names or _route_of(name) in _ROUTES)
        }
        super().set_params(**params)
        self._given |= params.keys() & own
        self._set_builder_arguments(for_builder)
        return self

    def __sklearn_clone__(self) -> Self:
        copied = clone_parametrized(self)
        copied._given = set(self._given)
        return copied

    def _own_names(self) -> list[str]:
        """Return the parameters of the constructor, a subclass's of its own included."""
        kinds = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
        named = inspect.signature(type(self)).parameters.values()
        own = [parameter.name for parameter in named if parameter.kind not in kinds]
        return list(dict.fromkeys([*own, *(field.name for field in dataclasses.fields(self))]))

    def _set_builder_arguments(self, arguments: Mapping[str, Any]) -> None:
        for name, value in arguments.items():
            if hasattr(type(self), name):
                raise ValueError(
                    f"The builder's argument {name!r} has the name of something that "
                    f"{type(self).__name__} has. Pass it as model__{name}."
                )
            setattr(self, name, value)
        self._builder_names = tuple(dict.fromkeys([*self._builder_names, *arguments]))

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
        knowing.__dict__ |= self._metadata(task)
        return knowing._keras_build_fn

    def _metadata(self, task: Task) -> dict[str, Any]:
        return metadata(task.x.shape, task.x.dtype, task.targets.attributes["classes_"])

    def _chance(self, seed: int) -> AbstractContextManager[Any]:
        stack = ExitStack()
        stack.enter_context(super()._chance(seed))
        stack.enter_context(global_generators_seeded(seed))
        return stack

    def _build(self, task: Task, n_steps: int) -> keras.Model:
        warn_of_channels_first(task.input_shape)
        builder = self._builder(task)
        named = named_by(builder)
        compile_arguments = self._compile_arguments(task.targets, task.targets.n_outputs, n_steps)
        model = call_builder(
            builder,
            self._arguments_for(named, n_steps),
            offers={
                "input_shape": task.input_shape,
                "n_classes": task.targets.n_outputs,
                "meta": self._metadata(task),
                "compile_kwargs": compile_arguments,
                "params": self.get_params(deep=False),
            },
        )
        if not model.compiled:
            self._compile(model, task, n_steps)
        elif not {"compile_kwargs", "params"} & named.keys():
            self._check_all_is_heard(named)
        return model

    def _arguments_for(
        self, named: Mapping[str, inspect.Parameter], n_steps: int
    ) -> dict[str, Any]:
        """Return what a builder is called with: arguments of its own, parameters that it names."""
        given = {name: vars(self)[name] for name in self._builder_names}
        for name in given:
            if "__" in name and _route_of(name) not in _ROUTES:
                raise ValueError(
                    f"KerasClassifier hands on model__* and optimizer__*; received {name!r}."
                )
        own = {name: value for name, value in self.get_params(deep=False).items() if name in named}
        shared = {name: value for name, value in own.items() if self._is_meant(name, named[name])}
        if "optimizer" in shared and self._optimizer_needs_more(named):
            shared["optimizer"] = self._fresh_optimizer(n_steps)
        elif isinstance(shared.get("optimizer"), keras.optimizers.Optimizer):
            shared["optimizer"] = fresh_optimizer(shared["optimizer"])
        by_own_name = {name: value for name, value in given.items() if "__" not in name}
        return shared | by_own_name | self._routed("model")

    def _is_meant(self, name: str, argument: inspect.Parameter) -> bool:
        """Tell whether a parameter is for the builder, which may have a default of its own."""
        defaults = {field.name: field.default for field in dataclasses.fields(self)}
        return (
            argument.default is inspect.Parameter.empty
            or name not in defaults
            or name in self._given
            or vars(self)[name] is not defaults[name]
        )

    def _optimizer_needs_more(self, named: Mapping[str, inspect.Parameter]) -> bool:
        """Tell whether there are settings that only an optimizer can carry to the builder."""
        return (
            bool(self._routed("optimizer"))
            or self.weight_averaging is not None
            or (self.learning_rate is not None and "learning_rate" not in named)
        )

    def _check_all_is_heard(self, named: Mapping[str, inspect.Parameter]) -> None:
        """Raise if parameters ask for what a builder that compiles by itself has not heard of."""
        heard = set(named)
        if "optimizer" in named:
            heard |= {"learning_rate", "weight_averaging"}
        defaults = {field.name: field.default for field in dataclasses.fields(self)}
        unheard = [
            name
            for name, value in self.get_params(deep=False).items()
            if (_route_of(name) == "optimizer" and "optimizer" not in named)
            or (name in _COMPILED_WITH and name not in heard and value != defaults[name])
        ]
        if unheard:
            raise ValueError(
                f"The builder compiles its network itself, so {', '.join(unheard)} would have no "
                "effect. Let it return an uncompiled network, or let it take compile_kwargs, or "
                "arguments of these names, and compile with those."
            )

    # --- compiling ------------------------------------------------------------------------------

    def _compile_arguments(self, targets: Targets, n_outputs: int, n_steps: int) -> dict[str, Any]:
        loss = targets.default_loss(n_outputs) if self.loss is None else self.loss
        own = super()._compile_arguments(targets, n_outputs, n_steps)
        return own | {"loss": smoothed(loss, self.label_smoothing)}

    def _fresh_optimizer(self, n_steps: int, **options: Any) -> keras.optimizers.Optimizer:
        return super()._fresh_optimizer(n_steps, **(self._routed("optimizer") | options))

    def _name_of_loss(self, model: keras.Model) -> str:
        known = isinstance(model.loss, (str, keras.losses.Loss)) or hasattr(model.loss, "__name__")
        return loss_name(model.loss) if known else super()._name_of_loss(model)

    def _routed(self, route: str) -> dict[str, Any]:
        """Return the settings whose names begin with a route, without it."""
        settings = self.get_params(deep=False)
        prefix = f"{route}__"
        return {
            name.removeprefix(prefix): value
            for name, value in settings.items()
            if name.startswith(prefix)
        }


def _route_of(name: str) -> str:
    """Return what stands before the double underscore of a name, if there is one."""
    route, routed, _ = name.partition("__")
    return route if routed else ""


def _constructor_signature() -> inspect.Signature:
    """Return the constructor's parameters, as its declarations name them."""
    me, model, _ = inspect.signature(KerasClassifier.__init__).parameters.values()
    declared = [
        inspect.Parameter(field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default)
        for field in dataclasses.fields(KerasClassifier)
        if field.name != "model"
    ]
    rest = inspect.Parameter("builder_arguments", inspect.Parameter.VAR_KEYWORD)
    return inspect.Signature([me, model, *declared, rest])


KerasClassifier.__init__.__signature__ = _constructor_signature()  # type: ignore[attr-defined]
