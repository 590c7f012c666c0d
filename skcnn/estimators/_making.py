"""Losses, optimizers, metrics and callbacks, made of a name or a class and their settings.

A setting stands under the name of an argument, or of its place: ``clipnorm``, ``0``.  What is an
object itself has settings of its own, behind a double underscore: ``learning_rate__decay_steps``.
In a list each part has a number, in a dict a key; a setting without one is for all parts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from skcnn._engine.compiling import NAMES_BY_TARGETS
from skcnn._engine.runtime import keras

Settings = Mapping[str, Any]
FindClass = Callable[[str], type]


def made(thing: Any, settings: Settings, route: str, find_class: FindClass) -> Any:
    """Return a thing with its settings, or things.

    Parameters
    ----------
    thing : str, class, object, or list, tuple or dict of such
        A name stays a name where it has no settings, and an object stays itself.
    settings : mapping of str to Any
        By name.
    route : str
        What the user writes before the names, such as ``"loss"``.
    find_class : callable
        Returns the class of a name.

    Raises
    ------
    ValueError
        If there is a setting that nothing takes.
    """
    if isinstance(thing, Mapping):
        _check_places(thing, settings, route)
        return {
            key: made(part, _for_part(settings, key, thing), f"{route}__{key}", find_class)
            for key, part in thing.items()
        }
    if isinstance(thing, (list, tuple)):
        by_place = {str(place): part for place, part in enumerate(thing)}
        return type(thing)(made(by_place, settings, route, find_class).values())
    if isinstance(thing, str) and settings:
        thing = find_class(thing)
    if isinstance(thing, type):
        return _constructed(thing, settings, route)
    if not settings:
        return thing
    if hasattr(thing, "get_config") and hasattr(thing, "from_config"):
        arguments = arguments_of(settings, route)
        config = thing.get_config() | arguments
        return told_why(lambda: thing.from_config(config), type(thing).__name__, settings, route)
    if getattr(thing, "__module__", "").startswith("keras."):  # a function that has a class too
        return _constructed(find_class(thing.__name__), settings, route)
    raise ValueError(
        f"{_listed(settings, route)} would have no effect: {route}={thing!r} takes no settings. "
        "Pass a class, or a name that Keras knows, in its place."
    )


def arguments_of(settings: Settings, route: str) -> dict[str, Any]:
    """Return settings as arguments: those that are objects with settings of their own are made.

    Raises
    ------
    ValueError
        If there are settings of something that is not there.
    """
    plain = {name: value for name, value in settings.items() if "__" not in name}
    lost = [name for name in settings if name.partition("__")[0] not in plain]
    if lost:
        raise ValueError(
            f"{_listed(lost, route)} would have no effect: there is no "
            f"{route}__{lost[0].partition('__')[0]} whose setting it could be. Pass that too."
        )
    return {
        name: _as_argument(value, _below(settings, name), f"{route}__{name}")
        for name, value in plain.items()
    }


def told_why(make: Callable[[], Any], name: str, settings: Collection[str], route: str) -> Any:
    """Return what is made, or raise with the settings that it could not be made with.

    Raises
    ------
    ValueError
        If it could not.
    """
    try:
        return make()
    except (TypeError, ValueError) as error:
        given = _listed(settings, route) if settings else f"no {route}__*"
        raise ValueError(
            f"{name} cannot be made with {given}: {str(error).rstrip('.')}. Settings are the "
            f"arguments of its constructor, each as {route}__name."
        ) from error


def _as_argument(value: Any, settings: Settings, route: str) -> Any:
    """Return a value, made where it has settings or is a class of Keras' kind, or holds such."""
    if settings or (isinstance(value, type) and hasattr(value, "from_config")):
        return made(value, settings, route, _no_names)
    if isinstance(value, (list, tuple)) and any(isinstance(part, type) for part in value):
        return type(value)(_as_argument(part, {}, route) for part in value)
    return value


def _constructed(kind: type, settings: Settings, route: str) -> Any:
    arguments = arguments_of(settings, route)
    places = sorted((name for name in arguments if name.isdecimal()), key=int)
    by_place = [arguments.pop(place) for place in places]
    return told_why(lambda: kind(*by_place, **arguments), kind.__name__, settings, route)


def _for_part(settings: Settings, key: str, parts: Mapping[Any, Any]) -> dict[str, Any]:
    """Return the settings of one part: those for all, and upon them its own."""
    for_all = {n: value for n, value in settings.items() if n.partition("__")[0] not in parts}
    return for_all | _below(settings, key)


def _below(settings: Settings, name: str) -> dict[str, Any]:
    prefix = f"{name}__"
    return {n.removeprefix(prefix): v for n, v in settings.items() if n.startswith(prefix)}


def _check_places(parts: Mapping[str, Any], settings: Settings, route: str) -> None:
    """Raise if there are settings of parts that are not there, or that would replace a part."""
    lost = [
        name
        for name in settings
        if not parts
        or name in parts
        or (name.partition("__")[0].isdecimal() and name.partition("__")[0] not in parts)
    ]
    if lost:
        raise ValueError(
            f"{_listed(lost, route)} would have no effect: the parts of {route} are "
            f"{', '.join(parts) or 'none'}, and a setting of one is {route}__part__name."
        )


def _listed(names: Collection[str], route: str) -> str:
    return ", ".join(f"{route}__{name}" for name in names)


# --- names that Keras knows --------------------------------------------------------------------


def loss_class(name: str) -> type:
    """Return the class of a loss, by any name that Keras has for it."""
    return _class_of(name, keras.losses)


def metric_class(name: str) -> type:
    """Return the class of a metric, by any name that Keras has for it.

    Raises
    ------
    ValueError
        If there is none, or Keras chooses it by the targets.
    """
    if name in NAMES_BY_TARGETS:
        raise ValueError(
            f"Keras chooses by the targets what metric {name!r} is, so that it takes no settings. "
            "Pass the class that is meant, such as keras.metrics.CategoricalAccuracy."
        )
    return _class_of(name, keras.metrics)


def callback_class(name: str) -> type:
    """Return the class of a callback, by its name."""
    return _class_of(name, keras.callbacks)


def _class_of(name: str, module: Any) -> type:
    if hasattr(module, "get"):
        try:
            known = module.get(name)
        except ValueError:
            known = name
        kind = known if isinstance(known, type) else type(known)
        if kind.__name__ in vars(module):
            return kind
        name = getattr(known, "__name__", name)  # of a function, such as mean_squared_error
    classes = {key.lower(): kind for key, kind in vars(module).items() if isinstance(kind, type)}
    try:
        return classes[name.replace("_", "").lower()]
    except KeyError:
        raise ValueError(
            f"keras.{module.__name__.rpartition('.')[2]} has no class of the name {name!r}; pass "
            "the class itself, such as one of your own."
        ) from None


def _no_names(name: str) -> type:
    raise ValueError(f"{name!r} is text and takes no settings; pass a class in its place.")
