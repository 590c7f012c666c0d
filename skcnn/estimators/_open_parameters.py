"""Parameters that no class declares: arguments of a builder, and settings by their route."""

from __future__ import annotations

import dataclasses
import functools
import inspect
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Self, TypeVar

from sklearn.base import BaseEstimator

from skcnn._sklearn_internals import clone_parametrized
from skcnn.estimators._building import (
    named_by,
    named_in_constructor,
    route_of,
    takes_any_name,
)
from skcnn.estimators._parameters import network_estimator

ROUTES = ("model", "optimizer", "loss", "metrics", "callbacks", "fit", "predict")

Class = TypeVar("Class", bound=type)


def open_estimator(cls: Class) -> Class:
    """Give an estimator a constructor that takes its declared parameters and any others.

    Parameters
    ----------
    cls : type
        A subclass of ``TakesAnyParameter`` whose fields are parameters, ``model`` among them.

    Returns
    -------
    type
        The same class.
    """

    def construct(self: Any, model: Any = None, **parameters: Any) -> None:
        self._store(model, parameters)

    construct.__name__, construct.__qualname__ = "__init__", f"{cls.__qualname__}.__init__"
    setattr(cls, "__init__", construct)  # noqa: B010
    setattr(cls, "_open_constructor", construct)  # noqa: B010
    network_estimator(cls)
    setattr(construct, "__signature__", _constructor_signature(cls))  # noqa: B010
    return cls


class TakesAnyParameter(BaseEstimator):
    """An estimator whose parameters are those it declares, and whatever else it is given."""

    model: Any
    augmentation: Any
    _open_constructor: Any
    _given: set[str]
    _builder_names: tuple[str, ...]
    _settled: set[str]

    def __new__(cls, *args: Any, **parameters: Any) -> Self:
        """Keep what a subclass's constructor names, also what it does not store itself.

        scikeras' documentation teaches constructors with an ``optimizer__learning_rate`` that they
        do not store.
        """
        made = super().__new__(cls)
        vars(made).update(_given=set(parameters), _builder_names=(), _settled=set())
        if cls.__init__ is not cls._open_constructor:
            bound = inspect.signature(cls.__init__).bind_partial(made, *args, **parameters)
            made._given |= bound.arguments.keys()
            bound.apply_defaults()
            named = named_in_constructor(cls) & bound.arguments.keys()
            made.__dict__ |= {name: bound.arguments[name] for name in named}
        return made

    def _store(self, model: Any, parameters: dict[str, Any]) -> None:
        """Be constructed."""
        declared = {field.name: field.default for field in dataclasses.fields(self)}
        given = {name: parameters.pop(name) for name in declared.keys() & parameters.keys()}
        given |= {} if model is None else {"model": model}
        # What a subclass's constructor hands on by itself is no parameter of the subclass.
        handed_on = given.keys() | parameters.keys()
        self._settled = handed_on - self._given - named_in_constructor(type(self))
        self._given |= given.keys()
        self.__dict__ = declared | vars(self) | given
        self._set_builder_arguments(parameters)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters of the estimator, of its builder, and those by a route.

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
        """Set parameters of the estimator, the builder (``name``), or by a route.

        Parameters
        ----------
        **params : Any
            Any parameter of ``get_params``, any argument that the builder names, and settings by
            a route, such as ``model__name`` or ``optimizer__name``.

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
        beyond = {
            name: params.pop(name)
            for name in list(params)
            if route_of(name) in ROUTES
            or (name not in own and (name in known or (any_name and "__" not in name)))
        }
        self._check_builder_arguments(beyond)
        for name in params:
            owner = route_of(name)
            if owner in own and not hasattr(params.get(owner, vars(self)[owner]), "set_params"):
                raise ValueError(leads_nowhere(self, name))
        super().set_params(**params)
        self._given |= params.keys() & own
        self._set_builder_arguments(beyond)
        return self

    def __sklearn_clone__(self) -> Self:
        copied = clone_parametrized(self)
        copied._given = set(self._given)
        return copied

    def _twin(self, **differing: Any) -> Self:
        """Return a copy that shares everything but some attributes."""
        twin = object.__new__(type(self))
        twin.__dict__ = vars(self) | differing
        return twin

    def _defaults(self) -> Mapping[str, Any]:
        kind: type = type(self)
        return _declared_defaults(kind)

    def _builder_or_none(self) -> Any:
        return self.model if self._own_builder() is None else self._own_builder()

    def _own_builder(self) -> Any:
        """Return the method of a subclass that builds, as scikeras' documentation teaches it."""
        return getattr(self, "_keras_build_fn", None)

    def _own_names(self) -> set[str]:
        """Return the parameters of the constructor, and those that it hands on by ``**``."""
        named = named_in_constructor(type(self))
        if takes_any_name(type(self).__init__):
            named |= {field.name for field in dataclasses.fields(self)}
        return named - self._settled

    def _set_builder_arguments(self, arguments: Mapping[str, Any]) -> None:
        self._check_builder_arguments(arguments)
        self.__dict__ |= arguments
        self._builder_names = tuple(dict.fromkeys([*self._builder_names, *arguments]))

    def _check_builder_arguments(self, arguments: Mapping[str, Any]) -> None:
        """Raise if a builder's argument would stand where the estimator keeps something else."""
        kind: type = type(self)
        for name in arguments:
            if hasattr(kind, name) or name in _kept_by_a_fit(kind):
                raise ValueError(
                    f"The builder's argument {name!r} has the name of something that "
                    f"{kind.__name__} has. Pass it as model__{name}."
                )

    def _routed(self, route: str) -> dict[str, Any]:
        """Return the settings whose names begin with a route, without it."""
        prefix = f"{route}__"
        names = [name for name in vars(self) if name.startswith(prefix)]
        if not names:  # as in nearly every predict, where to look at the constructor takes longer
            return {}
        known = self._own_names() | set(self._builder_names)
        return {name.removeprefix(prefix): vars(self)[name] for name in sorted(known & set(names))}

    @contextmanager
    def _with_values(self, values: Mapping[str, Any]) -> Iterator[None]:
        """Let parameters have other values inside the block."""
        before, names = {n: vars(self)[n] for n in values if n in vars(self)}, self._builder_names
        self.__dict__.update(values)
        self._builder_names = tuple(dict.fromkeys([*names, *(n for n in values if "__" in n)]))
        try:
            yield
        finally:
            self._builder_names = names
            for name in values:
                del self.__dict__[name]
            self.__dict__.update(before)


def leads_nowhere(estimator: Any, name: str) -> str:
    """Return what there is to say about a setting by a route that there is not."""
    *routes, last = (f"{route}__*" for route in ROUTES)
    return (
        f"{type(estimator).__name__} hands on {', '.join(routes)} and {last}; received {name!r}. "
        "What else a network is compiled with, set in a builder that compiles it."
    )


@functools.cache
def _declared_defaults(kind: type) -> Mapping[str, Any]:
    """Return the default of each parameter of a class, as it is declared."""
    return {field.name: field.default for field in dataclasses.fields(kind)}


@functools.cache
def _kept_by_a_fit(kind: type) -> frozenset[str]:
    """Return the names of what an estimator keeps beside its parameters."""
    annotated = {name for base in kind.__mro__ for name in inspect.get_annotations(base)}
    return frozenset(annotated | {"classes_", "feature_names_in_", "n_features_in_"})


def _constructor_signature(cls: type) -> inspect.Signature:
    """Return the constructor's parameters, as its declarations name them."""
    me, model, _ = inspect.signature(cls.__init__).parameters.values()  # type: ignore[misc]
    declared = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default)
        for name, default in _declared_defaults(cls).items()
        if name != "model"
    ]
    rest = inspect.Parameter("builder_arguments", inspect.Parameter.VAR_KEYWORD)
    return inspect.Signature([me, model, *declared, rest])
