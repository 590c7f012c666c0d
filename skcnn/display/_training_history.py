"""The picture of a training: loss or error by epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self, get_args

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from skcnn.estimators._finding import find_network

Quantity = Literal["loss", "error"]

_SCORES = {"loss": "loss", "error": "accuracy"}  # what a quantity is made of
_LABELS = {"loss": "loss", "error": "error = 1 - accuracy"}
_FEW_EPOCHS = 40  # up to here each epoch has its dot


class TrainingHistoryDisplay:
    """Draw loss or error by epoch, in training and validation.

    The best epoch, the one with the lowest value on the held-out part, is marked.  In the loss it
    is the epoch whose weights early stopping keeps, unless another ``monitor`` was chosen.

    Parameters
    ----------
    history : mapping of str to sequence of float
        Scores by epoch, as in ``history_``; those of the held-out part under ``val_`` names.

    Attributes
    ----------
    figure_ : matplotlib.figure.Figure
        The figure that was drawn into.
    ax_ : matplotlib.axes.Axes
        The axes that were drawn into.
    best_epoch_ : int or None
        The marked epoch, counted from 1; None without a held-out part.

    See Also
    --------
    sklearn.model_selection.LearningCurveDisplay : Scores by number of samples.

    Examples
    --------
    >>> from skcnn import MLPClassifier, load_digit_images
    >>> from skcnn.display import TrainingHistoryDisplay
    >>> X, y = load_digit_images(return_X_y=True)
    >>> mlp = MLPClassifier(hidden_units=(64,), batch_size=32, epochs=5, random_state=0)
    >>> _ = mlp.fit(X / 255, y)
    >>> display = TrainingHistoryDisplay.from_estimator(mlp, quantity="error")
    >>> display.ax_.get_ylabel()
    'error = 1 - accuracy'
    """

    figure_: Figure
    ax_: Axes
    best_epoch_: int | None

    def __init__(self, history: Mapping[str, Sequence[float]]) -> None:
        self.history = history

    @classmethod
    def from_estimator(
        cls, estimator: Any, *, quantity: Quantity = "loss", ax: Axes | None = None
    ) -> Self:
        """Draw the training of a fitted estimator.

        Parameters
        ----------
        estimator : estimator of skcnn, Pipeline or search
            Fitted; a Pipeline or a search must end in an estimator of skcnn.
        quantity : {"loss", "error"}, default="loss"
            What to draw; the error is 1 - accuracy.
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None for a new figure.

        Returns
        -------
        TrainingHistoryDisplay
            Drawn.

        Raises
        ------
        TypeError
            If ``estimator`` is no estimator of skcnn.
        NotFittedError
            If it is not fitted.
        ValueError
            As ``plot``.
        """
        history = find_network(estimator).last.history_
        return cls.from_history(history, quantity=quantity, ax=ax)

    @classmethod
    def from_history(
        cls,
        history: Mapping[str, Sequence[float]],
        *,
        quantity: Quantity = "loss",
        ax: Axes | None = None,
    ) -> Self:
        """Draw scores by epoch, such as the ``history`` of a Keras ``History``.

        Parameters
        ----------
        history : mapping of str to sequence of float
            Scores by epoch.
        quantity : {"loss", "error"}, default="loss"
            What to draw; the error is 1 - accuracy.
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None for a new figure.

        Returns
        -------
        TrainingHistoryDisplay
            Drawn.

        Raises
        ------
        ValueError
            As ``plot``.
        """
        return cls(history).plot(ax, quantity=quantity)

    def plot(self, ax: Axes | None = None, *, quantity: Quantity = "loss") -> Self:
        """Draw one line for training, and one for validation where there was any.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None for a new figure.
        quantity : {"loss", "error"}, default="loss"
            What to draw; the error is 1 - accuracy.

        Returns
        -------
        self
            With ``figure_``, ``ax_`` and ``best_epoch_``.

        Raises
        ------
        ValueError
            If ``quantity`` is unknown, or the history does not hold it for each epoch.
        """
        training, validation = self._values(quantity)
        self.ax_ = plt.subplots(figsize=(7, 4), layout="constrained")[1] if ax is None else ax
        self.figure_ = self.ax_.figure.figure
        self.best_epoch_ = None if validation is None else _best_epoch(validation)
        _draw_line(self.ax_, training, label="training", color="0.45", linestyle="--")
        if validation is not None:
            _draw_line(self.ax_, validation, label="validation", color="black", linestyle="-")
        if validation is not None and self.best_epoch_ is not None:
            _mark(self.ax_, self.best_epoch_, validation[self.best_epoch_ - 1])
        _draw_frame(self.ax_, _LABELS[quantity])
        return self

    def _values(self, quantity: Quantity) -> tuple[NDArray[Any], NDArray[Any] | None]:
        """Return ``quantity`` by epoch in training, and in validation where there was any."""
        if quantity not in get_args(Quantity):
            raise ValueError(f"quantity must be 'loss' or 'error'; received {quantity!r}.")
        score = _SCORES[quantity]
        if len(self.history.get(score, ())) == 0:
            raise ValueError(
                f"To draw the {quantity}, the history must hold {score!r} for at least one epoch; "
                f"it holds {', '.join(map(repr, self.history)) or 'nothing'}."
            )
        training = _as_quantity(self.history[score], quantity)
        if f"val_{score}" not in self.history:
            return training, None
        validation = _as_quantity(self.history[f"val_{score}"], quantity)
        if len(validation) != len(training):
            raise ValueError(
                f"The history must hold as many epochs of 'val_{score}' as of {score!r}: expected "
                f"{len(training)}, received {len(validation)}."
            )
        return training, validation


def _as_quantity(values: Sequence[float], quantity: Quantity) -> NDArray[Any]:
    numbers = np.asarray(values, dtype=float)
    return 1 - numbers if quantity == "error" else numbers


def _best_epoch(validation: NDArray[Any]) -> int | None:
    finite = np.isfinite(validation)
    return int(np.where(finite, validation, np.inf).argmin()) + 1 if finite.any() else None


def _draw_line(ax: Axes, values: NDArray[Any], **style: Any) -> None:
    epochs = np.arange(1, len(values) + 1)
    ax.plot(epochs, values, marker="." if len(values) <= _FEW_EPOCHS else "", **style)


def _mark(ax: Axes, epoch: int, value: float) -> None:
    ax.plot(
        epoch,
        value,
        "o",
        markersize=10,
        markerfacecolor="none",
        markeredgecolor="black",
        label=f"best epoch: {epoch} ({value:.4f})",
    )


def _draw_frame(ax: Axes, label: str) -> None:
    ax.set(xlabel="epoch", ylabel=label)
    if ax.dataLim.ymin >= 0:  # a loss of the user's own may be negative
        ax.set_ylim(bottom=0, auto=None)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    ax.yaxis.grid(True, color="0.9")
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False)
