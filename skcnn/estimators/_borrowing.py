"""Networks to borrow from: what may be one, and the part of it that gives features."""

from __future__ import annotations

import os
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skcnn._engine.applications import (
    Weights,
    application,
    application_named,
    application_names,
    preprocessing_of,
)
from skcnn._engine.copying import copied, loaded
from skcnn._engine.cutting import cut, pooling_layers, preparing
from skcnn._engine.lending import identity_of
from skcnn._engine.models import check_is_graph
from skcnn._engine.runtime import keras
from skcnn._engine.seeding import names_given_back, seeded
from skcnn._pictures import as_image_size
from skcnn._sklearn_internals import clone_parametrized
from skcnn.estimators._base import BaseKerasEstimator
from skcnn.estimators._columns_of_inputs import check_has_one_input
from skcnn.estimators._finding import find_network
from skcnn.estimators._samples import Samples, Shape

Preprocess = str | Callable[[Any], Any] | None


@dataclass(frozen=True)
class Borrowed:
    """The part of a network that turns samples into features, as models of our own to keep.

    Attributes
    ----------
    input_shape : tuple of int
        Shape of one sample as X holds it.
    preparing : keras.Model or None
        From samples of that shape to what ``base`` takes: reshaped, resized, in colours,
        preprocessed.  Without weights.  None where there is nothing to do.
    base : keras.Model
        The layers of the network up to the one that gives the features, as a graph.  Copies: none
        is shared with the network that was borrowed.  Uncompiled.
    ending : list of keras.layers.Layer
        What makes a row of the features of a sample; empty where they are one.
    name : str
        What the network is called.
    """

    input_shape: Shape
    preparing: keras.Model | None
    base: keras.Model
    ending: list[keras.layers.Layer]
    name: str

    @cached_property
    def network(self) -> keras.Model:
        """The whole as one model: from samples of ``input_shape`` to rows of features."""
        before = [] if self.preparing is None else [self.preparing]
        with names_given_back():
            given = keras.Input(self.input_shape, name="samples")
            return keras.Sequential([given, *before, self.base, *self.ending], name=self.name)

    @property
    def n_features(self) -> int:
        """Length of a row of features."""
        return int(self.network.output_shape[-1])


@dataclass(frozen=True)
class Lender:
    """A network to borrow from, before anybody knows what samples it will see.

    Attributes
    ----------
    steps : tuple of transformers
        Fitted; what X passes before it is read, as in the Pipeline that was borrowed.
    estimator : BaseKerasEstimator or None
        The fitted estimator whose network it is; None for a network that is none's.
    """

    steps: tuple[Any, ...]
    estimator: Any
    _network: keras.Model | str
    _is_ours: bool
    _weights: Weights

    def samples(self, X: Any) -> Any:
        """Return X as it comes out of the steps."""
        for step in self.steps:
            X = step.transform(X)
        return X

    @property
    def seen(self) -> Samples:
        """What the samples were like that the estimator has learned from, without those."""
        known = vars(self.estimator)
        names = ("n_features_in_", "feature_names_in_")
        learned = {name: known[name] for name in names if name in known}
        rows = np.empty((0, self.estimator.n_features_in_), dtype=np.float32)
        return Samples(rows, self.estimator._sample_shape, learned)

    def lend(
        self,
        sample_shape: Shape,
        *,
        layer: str | int | None = None,
        pooling: str | None = "average",
        preprocess: Preprocess = "auto",
        image_size: Any = None,
        seed: int = 0,
    ) -> Borrowed:
        """Return what turns samples of a shape into features.

        Parameters
        ----------
        sample_shape : tuple of int
            Shape of one sample of X, as it comes out of the steps: (height, width), (height,
            width, channels) or (n_features,).
        layer, pooling, preprocess, image_size
            As ``CNNFeatureExtractor`` takes them.
        seed : int, default=0
            Decides about random weights, where a network comes without any.

        Raises
        ------
        ValueError
            If the network cannot take such samples, or has no such layer.
        """
        size = None if image_size is None else as_image_size(image_size)
        with seeded(seed), names_given_back():
            network = self._own_network(sample_shape, size, seed)
            check_is_graph(network, "it cannot be cut at one of them")
            check_has_one_input(network)
            before = preparing(sample_shape, network, size, self._preprocessing(preprocess))
            base = cut(network, layer)
            shape = _feature_shape(base, sample_shape if before is None else before)
            ending = pooling_layers(shape, pooling)
        return Borrowed(tuple(sample_shape), before, base, ending, self.name)

    @property
    def identity(self) -> str | None:
        """Text that is equal for networks that lend the same, None where nobody can tell."""
        if isinstance(self._network, keras.Model):
            return identity_of(self._network)
        return f"{self._network} {self._weights} {_state_of_file(self._weights)}"

    @property
    def name(self) -> str:
        """What the network is called."""
        return self._network if isinstance(self._network, str) else self._network.name

    def _own_network(
        self, sample_shape: Shape, size: tuple[int, int] | None, seed: int
    ) -> keras.Model:
        """Return the network as one that nobody else has."""
        if isinstance(self._network, keras.Model):
            return self._network if self._is_ours else copied(self._network)
        if len(sample_shape) not in (2, 3):
            raise ValueError(
                f"{self._network} takes images; received X with samples of shape {sample_shape}. "
                "Pass images of shape (n, height, width) or (n, height, width, channels), as "
                "ImageReshaper makes them of rows."
            )
        height, width = size or sample_shape[:2]
        return application(self._network, (height, width), self._weights, seed)

    def _preprocessing(self, preprocess: Preprocess) -> Callable[[Any], Any] | None:
        if not isinstance(preprocess, str):
            return preprocess
        return preprocessing_of(self._network) if isinstance(self._network, str) else None


def _feature_shape(base: keras.Model, before: keras.Model | Shape) -> tuple[int | None, ...]:
    """Return the shape of one sample's features, for samples of one size."""
    shape = before.output_shape[1:] if isinstance(before, keras.Model) else before
    return tuple(base.compute_output_shape((None, *shape))[1:])


def _state_of_file(path: Any) -> tuple[int, int] | None:
    """Return what changes when a file of weights is written anew; None where there is none."""
    if path is None or not Path(path).is_file():
        return None
    state = Path(path).stat()
    return state.st_size, state.st_mtime_ns


def lender_of(network: Any, X: Any, y: Any = None, *, weights: Weights = "imagenet") -> Lender:
    """Return what ``network`` has to lend.

    Parameters
    ----------
    network : estimator, Pipeline, search, FrozenEstimator, keras.Model, path or str
        What may stand for a network.  An estimator that is not fitted is cloned and fitted on X
        and y.
    X, y : array-like
        What an estimator that is not fitted learns from.
    weights : "imagenet", str, path or None, default="imagenet"
        Weights of a network that is given by its name in ``keras.applications``.

    Raises
    ------
    TypeError
        If ``network`` is nothing that has a network.
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is neither a file's name nor a network's, or there is no y to learn from.
    """
    if isinstance(network, keras.Model):
        return Lender((), None, network, _is_ours=False, _weights=None)
    if isinstance(network, (str, os.PathLike)):
        return _lender_named(network, weights)
    check_holds_network(network)
    if not is_fitted(network):
        network = _trained(network, X, y)
    found = find_network(network)
    steps = deepcopy(found.steps)  # a later fit of a Pipeline changes them in place
    return Lender(steps, found.last, found.model, _is_ours=False, _weights=None)


def _lender_named(network: str | os.PathLike[str], weights: Weights) -> Lender:
    is_path = not isinstance(network, str) or network.endswith(".keras") or Path(network).is_file()
    if is_path:
        return Lender((), None, loaded(network), _is_ours=True, _weights=None)
    name = application_named(str(network))
    if name is None:
        raise ValueError(
            f"network={network!r} is neither the path of a .keras file nor a network of "
            f"keras.applications: {', '.join(application_names())}."
        )
    return Lender((), None, name, _is_ours=True, _weights=weights)


def _trained(estimator: Any, X: Any, y: Any) -> Any:
    if y is None:
        raise ValueError(
            f"network={estimator!r} is not fitted, and requires y to be passed, but the target y "
            "is None. Fit the network first, or pass y."
        )
    return clone(estimator).fit(X, y)


def check_holds_network(estimator: Any) -> None:
    """Raise unless an estimator, fitted or not, is skcnn's or ends in one of skcnn's.

    Raises
    ------
    TypeError
        If it is not, or does not.
    """
    last = estimator
    while not isinstance(last, BaseKerasEstimator):
        if isinstance(last, Pipeline):
            last = last.steps[-1][1]
        elif isinstance(last, FrozenEstimator) or hasattr(last, "best_estimator_"):
            last = getattr(last, "best_estimator_", None) or last.estimator
        elif hasattr(last, "estimator") and hasattr(last, "cv"):  # a search
            last = last.estimator
        else:
            raise TypeError(
                "network must be an estimator of skcnn, a Pipeline or a search that ends in one, "
                "a keras.Model, the path of a .keras file, or the name of a network of "
                f"keras.applications; received {estimator!r}."
            )


def is_fitted(estimator: Any) -> bool:
    """Tell whether an estimator is fitted."""
    try:
        check_is_fitted(estimator)
    except NotFittedError:
        return False
    return True


class BorrowsNetwork:
    """An estimator with a parameter ``network``, of which a clone keeps what is fitted.

    scikit-learn clones parameters that are estimators, and a clone is not fitted.  A network that
    is borrowed is fitted for good: clones share it, for no fit changes it.
    """

    network: Any

    def __sklearn_clone__(self) -> Self:
        bare = object.__new__(type(self))
        vars(bare).update(vars(self) | {"network": None})
        copy = clone_parametrized(bare)
        copy.network = clone(self.network) if is_to_be_trained(self.network) else self.network
        return copy

    def set_params(self, **params: Any) -> Self:
        """Set parameters, those of a network that is to be trained included.

        Parameters
        ----------
        **params : Any
            By name; ``network__<name>`` for those of ``network``.

        Returns
        -------
        self
            The estimator itself.

        Raises
        ------
        ValueError
            If they are parameters of a network that is fitted, or there is no such parameter.
        """
        inner = [name for name in params if name.startswith("network__")]
        network = params.get("network", self.network)
        if inner and not is_to_be_trained(network):
            raise ValueError(
                f"{inner[0]} would have no effect: the network {network!r} is borrowed as it is. "
                "Pass sklearn.base.clone(network) to have one trained in fit."
            )
        return super().set_params(**params)  # type: ignore[misc]


def is_to_be_trained(network: Any) -> bool:
    """Tell whether a network is an estimator that is not fitted, so that it needs a y."""
    named = isinstance(network, (str, os.PathLike, keras.Model))
    return not named and hasattr(network, "fit") and not is_fitted(network)
