"""The picture of what a convolution looks for: its kernels."""

from __future__ import annotations

from typing import Any, Self

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from numpy.typing import ArrayLike, NDArray

from skcnn._engine.inspecting import convolution_kernel, convolution_names
from skcnn.display._tools.scales import draw_colour_bar
from skcnn.display._tools.tiles import Tiles, finish
from skcnn.estimators._finding import FittedNetwork, find_network

_TILE_INCHES = 0.7


class ConvolutionFiltersDisplay:
    """Draw the kernels of a convolution, one tile a filter.

    A dark pixel is a positive weight, a light one a negative weight, and the grey in the middle
    of the scale is 0: a filter answers strongest where the image, ink being high, looks like it.
    All filters share one scale.

    A filter of a later convolution has one kernel for each feature map that comes in; the picture
    shows those for one of them.

    Parameters
    ----------
    kernels : array-like of shape (n_filters, height, width)
        Weights.
    title : str, default=""
        What stands above the tiles.

    Attributes
    ----------
    figure_ : matplotlib.figure.Figure
        The figure that was drawn into.
    ax_ : matplotlib.axes.Axes
        The axes that were drawn into.

    See Also
    --------
    FeatureMapsDisplay : What the filters make of an image.

    Examples
    --------
    >>> from skcnn import CNNClassifier, load_digit_images
    >>> from skcnn.display import ConvolutionFiltersDisplay
    >>> X, y = load_digit_images(return_X_y=True)
    >>> cnn = CNNClassifier(filters=(8, 16), batch_size=32, epochs=3, random_state=0)
    >>> _ = cnn.fit(X / 255, y)
    >>> ConvolutionFiltersDisplay.from_estimator(cnn).title
    'conv_1: 8 filters of 3 x 3'
    """

    figure_: Figure
    ax_: Axes

    def __init__(self, kernels: ArrayLike, *, title: str = "") -> None:
        self.kernels = kernels
        self.title = title

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        layer: str | None = None,
        input_channel: int = 0,
        n_cols: int = 8,
        cmap: Any = "gray_r",
        ax: Axes | None = None,
    ) -> Self:
        """Draw the kernels of a convolution of a fitted estimator.

        Parameters
        ----------
        estimator : estimator of skcnn, Pipeline or search
            Fitted; a Pipeline or a search must end in an estimator of skcnn.
        layer : str or None, default=None
            Name of a ``keras.layers.Conv2D`` of the network; None for the first one.
        input_channel : int, default=0
            Which of the layer's incoming channels the kernels belong to, counted from 0.
        n_cols : int, default=8
            Filters side by side.
        cmap : str or matplotlib.colors.Colormap, default="gray_r"
            Colours from the most negative to the most positive weight.
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None for a new figure.

        Returns
        -------
        ConvolutionFiltersDisplay
            Drawn.

        Raises
        ------
        TypeError
            If ``estimator`` is no estimator of skcnn.
        NotFittedError
            If it is not fitted.
        ValueError
            If the network has no convolution, none of the name ``layer``, or no channel of the
            number ``input_channel``.
        """
        name, weights = _weights(find_network(estimator), layer)
        height, width, n_channels, n_filters = weights.shape
        if not 0 <= input_channel < n_channels:
            raise ValueError(
                f"input_channel must be between 0 and {n_channels - 1}, for {name!r} takes "
                f"{n_channels} channels; received {input_channel}."
            )
        title = f"{name}: {n_filters} filters of {height} x {width}"
        if n_channels > 1:
            title += f", channel {input_channel} of {n_channels}"
        kernels = weights[:, :, input_channel].transpose(2, 0, 1)
        return cls(kernels, title=title).plot(ax, n_cols=n_cols, cmap=cmap)

    def plot(self, ax: Axes | None = None, *, n_cols: int = 8, cmap: Any = "gray_r") -> Self:
        """Draw the filters row by row, with a colour bar.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None for a new figure.
        n_cols : int, default=8
            Filters side by side.
        cmap : str or matplotlib.colors.Colormap, default="gray_r"
            Colours from the most negative to the most positive weight.

        Returns
        -------
        self
            With ``figure_`` and ``ax_``.

        Raises
        ------
        ValueError
            If there is no filter to draw, or ``n_cols`` is less than 1.
        """
        kernels = np.asarray(self.kernels)
        if kernels.ndim != 3 or kernels.size == 0:
            raise ValueError(
                "kernels must have shape (n_filters, height, width), with at least one filter; "
                f"received shape {kernels.shape}."
            )
        if n_cols < 1:
            raise ValueError(f"n_cols must be 1 or more; received {n_cols}.")
        n_cols = min(n_cols, len(kernels))
        tiles = Tiles(kernels, n_cols, float(n_cols), kernels.shape[2] / kernels.shape[1])
        self.ax_ = _new_axes(n_cols, tiles.height) if ax is None else ax
        self.figure_ = self.ax_.figure.figure
        tiles.draw(self.ax_, cmap)
        finish(self.ax_, tiles.total_width, tiles.height)
        draw_colour_bar(self.ax_, "weight")
        self.ax_.set_title(self.title, parse_math=False)
        return self


def _new_axes(width: float, height: float) -> Axes:
    figsize = (max(width * _TILE_INCHES, 4.0) + 1.2, max(height * _TILE_INCHES, 1.2) + 0.6)
    layout = ConstrainedLayoutEngine(w_pad=0.1, h_pad=0.1)
    return plt.figure(figsize=figsize, layout=layout).subplots()


def _weights(network: FittedNetwork, layer: str | None) -> tuple[str, NDArray[Any]]:
    """Return the name of a convolution and its weights, (height, width, channels, filters)."""
    names = convolution_names(network.model)
    if not names:
        raise ValueError(
            f"The network {network.model.name!r} has no convolution (keras.layers.Conv2D) whose "
            "filters could be drawn. CNNClassifier has some."
        )
    name = names[0] if layer is None else layer
    if name not in names:
        raise ValueError(
            f"layer must be a convolution of the network: {', '.join(names)}; received {name!r}."
        )
    return name, convolution_kernel(network.model, name)
