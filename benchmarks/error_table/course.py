"""How the test error of a network falls while it is fitted."""

from __future__ import annotations

import time
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import Bunch

_MOST_POINTS = 10
_CALLBACKS = "callbacks"


class Point(NamedTuple):
    """Seconds since the fit began, and the test error of the network as it was then."""

    seconds: float
    error: float


class Course:
    """What a fit has been like, epoch by epoch.

    Only a network that takes callbacks has one.  Its weights are copied at the end of each epoch,
    and predict when the fit is over, so that the clock of the fit has little to do with it.

    Parameters
    ----------
    pipeline : estimator
        Not fitted yet; is given a callback where it takes such.
    """

    def __init__(self, pipeline: BaseEstimator) -> None:
        self._pipeline = pipeline
        self._listener: Any = None
        names = [name for name in pipeline.get_params() if name.split("__")[-1] == _CALLBACKS]
        if names:
            self._listener = _listener()
            pipeline.set_params(**{names[0]: [self._listener]})

    def points(self, data: Bunch) -> list[Point]:
        """Return the errors on the test set, at ten epochs at most, evenly over the fit."""
        if self._listener is None:
            return []
        network, kept = self._listener.network, self._listener.kept
        last = network.get_weights()
        chosen = np.unique(np.linspace(0, len(kept) - 1, _MOST_POINTS).round().astype(int))
        points = []
        for seconds, weights in (kept[place] for place in chosen):
            network.set_weights(weights)
            wrong = self._pipeline.predict(data.X_test) != data.y_test
            points.append(Point(seconds, float(np.mean(wrong))))
        network.set_weights(last)
        return points


def _listener() -> Any:
    """Return a callback that keeps the weights after each epoch, and when that was."""
    import keras

    class KeepsWeights(keras.callbacks.Callback):
        def __init__(self) -> None:
            super().__init__()
            self.kept: list[tuple[float, list[Any]]] = []
            self.network: Any = None
            self._began = time.perf_counter()

        def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
            self.network = self.model
            self.kept.append((time.perf_counter() - self._began, self.model.get_weights()))

    return KeepsWeights()
