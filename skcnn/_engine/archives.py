"""Models as something that can be kept: in a pickle, or as bytes for tools that do without."""

from __future__ import annotations

import functools
import hashlib
import io
import json
import tempfile
import threading
import types
import warnings
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import numpy as np
from joblib.hashing import Hasher
from numpy.typing import NDArray

from skcnn._engine import keras_internals
from skcnn._engine.runtime import keras

_filtering = threading.RLock()

# --- pickle ------------------------------------------------------------------------------------


class PickledModel:
    """A model that takes along, where it is pickled, what Keras leaves behind.

    That is the classes and functions of its user, which Keras finds by name, and only where they
    are registered, and pickle where they were imported from; what its layers will draw; and the
    precision that it was compiled for.

    What comes out of a pickle builds the model when it is first asked for it.  joblib's hashes
    tell models apart by layers and weights, for to write an archive of each would take long.

    Parameters
    ----------
    model : keras.Model
        Copied as Keras pickles it.
    """

    _parts: tuple[Any, ...]

    def __init__(self, model: keras.Model) -> None:
        self.model = model

    @classmethod
    def later(cls, parts: tuple[Any, ...]) -> Self:
        """Return one whose model is built of the parts in a pickle when it is needed."""
        pickled = object.__new__(cls)
        pickled._parts = parts
        return pickled

    @functools.cached_property
    def model(self) -> keras.Model:
        """The model."""
        return _built(*self._parts)

    def __reduce__(self) -> tuple[Any, ...]:
        if "model" not in vars(self):
            return _loaded, self._parts
        load, arguments, *_ = self.model.__reduce__()
        draws = [state.numpy() for state in keras_internals.generator_states(self.model)]
        policy = self.model.dtype_policy.name
        timeless = tuple(map(_without_time, arguments))
        return _loaded, (load, timeless, _needs_of(self.model), draws, policy)


def _hash(hasher: Hasher, pickled: PickledModel) -> None:
    model = pickled.model
    content = hashlib.blake2b(json.dumps(keras.saving.serialize_keras_object(model)).encode())
    for variable in model.variables:
        content.update(np.ascontiguousarray(variable.numpy()).data)
    hasher.save((_hash.__qualname__, content.hexdigest()))


Hasher.dispatch[PickledModel] = _hash


def _without_time(archive: Any) -> Any:
    """Return a model's archive as it would be at any other time and place in memory.

    So that tools which tell by its bytes whether they have seen an estimator, as joblib does, know
    it again.
    """
    if not (isinstance(archive, io.BytesIO) and zipfile.is_zipfile(archive)):
        return archive
    timeless = io.BytesIO()
    with zipfile.ZipFile(archive) as given, zipfile.ZipFile(timeless, "w") as kept:
        for name in given.namelist():
            content = given.read(name)
            if name.endswith(".json"):
                numbers: dict[int, int] = {}
                known = json.loads(content)
                known.pop("date_saved", None)
                content = json.dumps(_renumbered(known, numbers)).encode()
            kept.writestr(zipfile.ZipInfo(name), content)
    timeless.seek(0)
    return timeless


def _renumbered(config: Any, numbers: dict[int, int]) -> Any:
    """Return a configuration in which shared objects are numbered, in place of their addresses."""
    if isinstance(config, list):
        return [_renumbered(item, numbers) for item in config]
    if not isinstance(config, dict):
        return config
    renumbered = {name: _renumbered(item, numbers) for name, item in config.items()}
    address = renumbered.pop("shared_object_id", None)
    if address is not None and config.get("class_name") != "DTypePolicy":  # equal as copies
        renumbered["shared_object_id"] = numbers.setdefault(address, len(numbers))
    return renumbered


def _loaded(*parts: Any) -> PickledModel:
    return PickledModel.later(parts)


def _built(
    load: Callable[..., keras.Model],
    arguments: tuple[Any, ...],
    needs: Mapping[str, Any],
    draws: Sequence[NDArray[Any]] = (),
    policy: str | None = None,
) -> keras.Model:
    known = keras.saving.custom_object_scope(dict(needs))
    with known, _compiling_for(policy), untrained_models_expected():
        model = load(*arguments)
    for state, value in zip(keras_internals.generator_states(model), draws, strict=False):
        state.assign(value)
    return model


@contextmanager
def _compiling_for(policy: str | None) -> Iterator[None]:
    """Let Keras compile for a precision: for float16, with an optimizer that scales the loss.

    The precision belongs to the whole process, and is touched only where it is another.
    """
    before = keras.config.dtype_policy()
    if policy in (None, before.name):
        yield
        return
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


@contextmanager
def untrained_models_expected() -> Iterator[None]:
    """Let Keras save and load, without a warning, what was compiled or built and never trained.

    It saves no means of an optimizer that has taken no step, and misses them at loading.  Python's
    filters of warnings belong to the whole process: one thread at a time may be inside.
    """
    with _filtering, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Skipping variable loading for optimizer")
        warnings.filterwarnings("ignore", message="You are saving a model that has not yet been")
        yield


def _needs_of(model: keras.Model) -> dict[str, Any]:
    """Return what Keras would not find by itself, by the names that it looks for."""
    compiled = keras_internals.compile_arguments(model) or {}
    things = [model, *keras_internals.layers_within(model), *_leaves(compiled)]
    found: dict[str, Any] = {}
    for thing in things:
        parts = vars(thing).values() if isinstance(thing, keras.Layer) else ()
        for part in (thing, *parts):
            kind = part if isinstance(part, types.FunctionType) else type(part)
            if _is_unknown_to_keras(kind):
                found[kind.__name__] = kind
    return found


def _leaves(things: Any) -> Iterator[Any]:
    """Yield what stands in dicts, lists and tuples, and within optimizers and losses."""
    if isinstance(things, dict):
        things = list(things.values())
    if isinstance(things, (list, tuple)):
        for thing in things:
            yield from _leaves(thing)
    else:
        yield things
        for name in ("inner_optimizer", "learning_rate_schedule", "fn"):
            if getattr(things, name, None) is not None:
                yield getattr(things, name)


def _is_unknown_to_keras(kind: Any) -> bool:
    """Tell whether a class with a configuration, or a function, is a user's and not registered."""
    if isinstance(kind, type) and not hasattr(kind, "from_config"):
        return False
    of_keras = f"{kind.__module__}.".startswith("keras.") or kind.__name__ == "<lambda>"
    return not of_keras and keras.saving.get_registered_name(kind) == kind.__name__


# --- archives ----------------------------------------------------------------------------------


def as_archive(model: keras.Model) -> NDArray[np.uint8]:
    """Return the bytes of a ``.keras`` file that holds a model."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        keras.saving.save_model(model, path)
        return np.fromfile(path, dtype=np.uint8)


def from_archive(content: NDArray[np.uint8]) -> keras.Model:
    """Return the model that the bytes of a ``.keras`` file hold.

    Code that such a file may hold, as a Lambda layer's, is not run: the bytes may come from a file
    of somebody else's.

    Raises
    ------
    ValueError
        If the bytes hold no model, or the model needs code that the file brings along, or layers
        that Keras does not know.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        content.tofile(path)
        if not zipfile.is_zipfile(path):
            raise ValueError(
                "The network's bytes are no archive: expected those of a .keras file; received "
                f"{len(content)} others. Write the file again."
            )
        try:
            with untrained_models_expected():
                return keras.saving.load_model(path, safe_mode=True)
        except (TypeError, ValueError) as error:
            raise ValueError(_why_unread(str(error))) from error


def _why_unread(message: str) -> str:
    if "safe_mode" in message or "unsafe" in message:
        return (
            "The network in the archive holds code, as a Lambda layer does, which is not run: the "
            "archive may come from somebody else. Write a layer of your own in its place, under "
            "keras.saving.register_keras_serializable; or keep the estimator by pickle, which "
            "runs whatever it holds."
        )
    return (
        "Keras cannot build the network in the archive; it may have layers or functions that "
        "Keras does not know. Put keras.saving.register_keras_serializable() above each of your "
        f"own, and import them before loading. Keras says: {message[-300:]}"
    )
