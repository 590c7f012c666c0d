"""Networks of several inputs, each of which takes some columns of one X."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from skcnn._engine.copying import compile_as
from skcnn._engine.runtime import keras


def with_one_input(
    network: keras.Model,
    inputs: Mapping[str, Any],
    n_features: int,
    feature_names: Sequence[str] | None,
) -> keras.Model:
    """Return a network of one input that hands columns of it to the inputs of another.

    The two share their weights, and the way they are compiled.

    Parameters
    ----------
    network : keras.Model
        With named inputs.
    inputs : mapping of str to slice, int, str, or sequence of int or str
        The columns that each input takes, in this order.
    n_features : int
        How many columns there are.
    feature_names : sequence of str or None
        Their names, where they have some.

    Raises
    ------
    TypeError
        If ``inputs`` is not of that kind.
    ValueError
        If an input has no columns, columns that there are not, or not as many as it takes.
    """
    wanted = _inputs_of(network)
    _check_names(inputs, wanted)
    x = keras.Input((n_features,), name="columns")
    parts = {}
    for name, tensor in wanted.items():
        columns = columns_of(inputs[name], n_features, feature_names, name)
        shape = tuple(tensor.shape[1:])
        _check_size(name, shape, len(columns))
        sizes = tuple(-1 if size is None else size for size in shape)
        part = keras.layers.Reshape(sizes)(_taken(x, columns))
        parts[name] = part if tensor.dtype == x.dtype else keras.ops.cast(part, tensor.dtype)
    structure = network.input
    if isinstance(structure, Mapping):
        handed: Any = parts
    else:
        handed = [parts[t.name] for t in network.inputs] if len(wanted) > 1 else parts.popitem()[1]
    joined = keras.Model(x, network(handed), name=network.name)
    if network.compiled:
        compile_as(joined, network, optimizer=network.optimizer)
    return joined


def check_has_one_input(network: keras.Model) -> None:
    """Raise if a network has several inputs, and nothing says what they take.

    Raises
    ------
    ValueError
        If so.
    """
    inputs = getattr(network, "inputs", None) or ()
    if len(inputs) > 1:
        sizes = {
            name: math.prod(size or 1 for size in t.shape[1:])
            for name, t in _inputs_of(network).items()
        }
        ends = np.cumsum(list(sizes.values())).tolist()
        example = ", ".join(
            f"{name!r}: slice({end - size}, {end})"
            for (name, size), end in zip(sizes.items(), ends, strict=True)
        )
        raise ValueError(
            f"The network has {len(inputs)} inputs: {', '.join(sizes)}. Tell which columns of X "
            f"each takes, such as inputs={{{example}}}."
        )


def columns_of(
    asked: Any, n_features: int, feature_names: Sequence[str] | None, name: str
) -> list[int]:
    """Return the numbers of columns.

    Parameters
    ----------
    asked : slice, int, str, or sequence of int or str
        Which.
    n_features : int
        How many there are.
    feature_names : sequence of str or None
        Their names, where they have some.
    name : str
        The input that takes them.

    Raises
    ------
    TypeError
        If ``asked`` is not of that kind.
    ValueError
        If there are no such columns.
    """
    if isinstance(asked, slice):
        if (asked.stop or 0) > n_features:
            raise ValueError(
                f"inputs[{name!r}] is {asked}, but X has {n_features} columns. Let it end at "
                f"{n_features}."
            )
        return list(range(n_features)[asked])
    if isinstance(asked, (str, int, np.integer)):
        asked = [asked]
    try:
        return [_column(column, n_features, feature_names, name) for column in asked]
    except TypeError:
        raise TypeError(
            f"inputs[{name!r}] must be a slice, a column's number or name, or a list of such; "
            f"received {asked!r}."
        ) from None


def _column(column: Any, n_features: int, feature_names: Sequence[str] | None, name: str) -> int:
    if isinstance(column, str):
        if feature_names is None:
            raise ValueError(
                f"inputs[{name!r}] names the column {column!r}, but the columns of X have no "
                "names. Pass X as a DataFrame (set_output(transform='pandas') lets a transformer "
                "before give one), or give the numbers of the columns."
            )
        if column not in list(feature_names):
            raise ValueError(
                f"inputs[{name!r}] names the column {column!r}, but X has {n_features} others: "
                f"{', '.join(feature_names[:10])}{', ...' * (n_features > 10)}."
            )
        return list(feature_names).index(column)
    if not isinstance(column, (int, np.integer)):
        raise TypeError
    if not -n_features <= column < n_features:
        raise ValueError(
            f"inputs[{name!r}] has the column {column}, but X has {n_features} columns, "
            f"0 to {n_features - 1}."
        )
    return int(column) % n_features


def least_columns(inputs: Mapping[str, Any]) -> int:
    """Return how many columns X must have at least, as far as numbers of columns tell.

    Raises
    ------
    ValueError
        If they do not.
    """
    ends = [end for asked in inputs.values() for end in _ends(asked)]
    if any(end is None for end in ends):
        raise ValueError(
            f"inputs={dict(inputs)!r} does not tell how many columns X has. Give all columns by "
            "their numbers, counted from 0, and slices that end."
        )
    return max(ends)


def _ends(asked: Any) -> list[Any]:
    if isinstance(asked, slice):
        return [asked.stop if asked.stop is not None and asked.stop > 0 else None]
    columns = [asked] if isinstance(asked, (str, int, np.integer)) else asked
    return [c + 1 if isinstance(c, (int, np.integer)) and c >= 0 else None for c in columns]


def _inputs_of(network: keras.Model) -> dict[str, Any]:
    """Return the inputs of a network by their names.

    Raises
    ------
    ValueError
        If it has no named inputs.
    """
    if not getattr(network, "inputs", None):
        raise ValueError(
            f"inputs needs a network with named inputs; received {network!r}. Build a functional "
            "one: keras.Model([keras.Input(shape, name=...), ...], outputs)."
        )
    if isinstance(network.input, Mapping):
        return dict(network.input)
    return {tensor.name: tensor for tensor in network.inputs}


def _check_names(inputs: Any, wanted: Mapping[str, Any]) -> None:
    if not isinstance(inputs, Mapping):
        raise TypeError(
            "inputs must be a dict of the network's inputs by name, and the columns that each "
            f"takes; received {inputs!r}."
        )
    if inputs.keys() != wanted.keys():
        raise ValueError(
            f"inputs must name each input of the network, {', '.join(map(repr, wanted))}; "
            f"received {', '.join(map(repr, inputs))}."
        )


def _check_size(name: str, shape: tuple[int | None, ...], n_columns: int) -> None:
    known = math.prod(size for size in shape if size is not None)
    n_unknown = shape.count(None)
    fits = n_columns == known if n_unknown == 0 else n_unknown == 1 and n_columns % known == 0
    if not fits or n_columns == 0:
        raise ValueError(
            f"The network's input {name!r} takes samples of shape {shape}; received "
            f"{n_columns} columns, which make none. Give inputs[{name!r}] as many columns as the "
            "input has numbers."
        )


def _taken(x: Any, columns: Sequence[int]) -> Any:
    first, last = columns[0], columns[-1]
    if list(columns) == list(range(first, last + 1)):
        return x[:, first : last + 1]
    return keras.ops.take(x, list(columns), axis=1)
