"""The picture of one image's way through the network, layer by layer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Self

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from numpy.typing import ArrayLike, NDArray

from skcnn._engine.inspecting import is_last_layer, layer_names, layer_outputs, rescales
from skcnn.display._tools.captions import write_probability
from skcnn.display._tools.drawable import as_brightness, as_images
from skcnn.display._tools.tiles import Tiles, finish
from skcnn.estimators._finding import FittedNetwork, find_network

Outputs = dict[str, NDArray[np.float32]]

_FEWEST_COLUMNS, _MOST_COLUMNS = 8, 16  # feature maps side by side
_TILE_INCHES = 0.5
_ROW_GAP = 0.3  # between two layers, in widths of a feature map
_STRIP_HEIGHT = 0.6  # of a row of units, in widths of a feature map
_LABEL_LINE = 0.32  # of a layer's label, in widths of a feature map
_CHARACTER = 0.14  # of a class's name, in widths of a feature map
_FEW_CLASSES = 20  # up to here each class is named below its probability


class FeatureMapsDisplay:
    """Draw what each layer of a network makes of one image.

    Each row is a layer.  One that gives feature maps, as convolutions and pooling do, is drawn as
    tiles, one a map; one that gives a row of units, as dense layers do, as a strip with a cell a
    unit.  The darker, the higher: white is 0 and black the highest value of the layer, so a white
    tile is a filter that found nothing.  Where a layer gives negative values too, 0 is the grey
    in the middle.

    Parameters
    ----------
    image : array-like of shape (height, width) or (height, width, channels)
        The image, as the user has it.
    outputs : mapping of str to array-like of shape (height, width, n_maps) or (n_units,)
        What each layer gives for it, by the layer's name.
    classes : array-like of shape (n_classes,) or None, default=None
        The labels of the last layer's units, where these are probabilities.
    title : str, default=""
        What stands above the picture.

    Attributes
    ----------
    figure_ : matplotlib.figure.Figure
        The figure that was drawn into.
    ax_ : matplotlib.axes.Axes
        The axes that were drawn into.

    See Also
    --------
    ConvolutionFiltersDisplay : The filters that make the maps.

    Examples
    --------
    >>> from skcnn import CNNClassifier, load_digit_images
    >>> from skcnn.display import FeatureMapsDisplay
    >>> X, y = load_digit_images(return_X_y=True)
    >>> cnn = CNNClassifier(filters=(8, 16), batch_size=32, epochs=3, random_state=0)
    >>> _ = cnn.fit(X / 255, y)
    >>> list(FeatureMapsDisplay.from_estimator(cnn, X[0] / 255).outputs)
    ['conv_1', 'conv_2', 'pool_2', 'dense_1', 'probabilities']
    """

    figure_: Figure
    ax_: Axes

    def __init__(
        self,
        image: ArrayLike,
        outputs: Mapping[str, ArrayLike],
        *,
        classes: ArrayLike | None = None,
        title: str = "",
    ) -> None:
        self.image = image
        self.outputs = outputs
        self.classes = classes
        self.title = title

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        image: ArrayLike,
        *,
        layers: Sequence[str] | None = None,
        max_maps: int = 32,
        image_shape: Sequence[int] | None = None,
        cmap: Any = "gray_r",
        ax: Axes | None = None,
    ) -> Self:
        """Draw the way of an image through the network of a fitted estimator.

        Parameters
        ----------
        estimator : estimator of skcnn, Pipeline or search
            Fitted; a Pipeline or a search must end in an estimator of skcnn.
        image : array-like of shape (n_pixels,), (height, width) or (height, width, channels)
            A single sample, as ``estimator`` takes it, such as ``X[0]``; of a Pipeline that begins
            with an ImageLoader, a path or whatever else this one loads.
        layers : sequence of str or None, default=None
            Names of the layers to draw.  None for all that give feature maps or units, but for
            those that hand on what they receive, as dropout and flatten do in prediction, and
            for those that merely scale an image.
        max_maps : int, default=32
            How many feature maps of a layer are drawn at most.
        image_shape : sequence of 2 or 3 int, or None, default=None
            Height, width and channels of a sample that is a row of pixels; None for the shape in
            which the network takes it.
        cmap : str or matplotlib.colors.Colormap, default="gray_r"
            Colours of grey images and feature maps.
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None for a new figure.

        Returns
        -------
        FeatureMapsDisplay
            Drawn.

        Raises
        ------
        TypeError
            If ``estimator`` is no estimator of skcnn.
        NotFittedError
            If it is not fitted.
        ValueError
            If ``image`` is not a sample as ``estimator`` takes it, ``layers`` names a layer that
            the network does not have or that cannot be drawn, or the network's layers do not form
            a graph, as in a subclass of ``keras.Model``.
        """
        network = find_network(estimator)
        X = network.as_samples(image)
        seen = network.as_drawn(X)
        drawn = as_images(seen, network.image_shape(image_shape, seen))[0]
        outputs = _outputs(network, X, layers)
        ends_in_classes = network.classes is not None and is_last_layer(
            network.model, list(outputs)[-1]
        )
        display = cls(
            drawn,
            outputs,
            classes=network.classes if ends_in_classes else None,
            title=f"predicted: {_prediction(network, X)}",
        )
        return display.plot(ax, max_maps=max_maps, cmap=cmap)

    def plot(
        self,
        ax: Axes | None = None,
        *,
        max_maps: int = 32,
        cmap: Any = "gray_r",
    ) -> Self:
        """Draw the image, and below it a row for each layer.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None for a new figure.
        max_maps : int, default=32
            How many feature maps of a layer are drawn at most.
        cmap : str or matplotlib.colors.Colormap, default="gray_r"
            Colours of grey images and feature maps.

        Returns
        -------
        self
            With ``figure_`` and ``ax_``.

        Raises
        ------
        ValueError
            If ``max_maps`` is less than 1, or there is no layer to draw.
        """
        if max_maps < 1:
            raise ValueError(f"max_maps must be 1 or more; received {max_maps}.")
        if not self.outputs:
            raise ValueError("outputs is empty; expected what at least one layer gives.")
        outputs = {name: np.asarray(output) for name, output in self.outputs.items()}
        n_cols = _columns(outputs.values(), max_maps)
        rows = {"image": _image_tiles(self.image, n_cols)}
        for name, output in outputs.items():
            rows[_label(name, output, max_maps)] = _layer_tiles(output, n_cols, max_maps)
        heights = [max(row.height, _label_height(label)) for label, row in rows.items()]
        ends = np.cumsum(np.add(heights, _ROW_GAP)) - _ROW_GAP
        middles = ends - np.divide(heights, 2)
        width, height = float(n_cols), float(ends[-1])
        self.ax_ = _new_axes(width, height) if ax is None else ax
        self.figure_ = self.ax_.figure.figure
        for row, middle in zip(rows.values(), middles, strict=True):
            row.draw(self.ax_, cmap, top=middle - row.height / 2)
        finish(self.ax_, width, height)
        self.ax_.set_yticks(middles, list(rows), fontsize=9, parse_math=False)
        self.ax_.tick_params(length=0)
        if self.classes is not None:
            _name_classes(self.ax_, np.asarray(self.classes), list(outputs.values())[-1])
        self.ax_.set_title(self.title, parse_math=False)
        return self


def _prediction(network: FittedNetwork, X: Any) -> str:
    """Return what an estimator says about one sample: its class and how sure it is, or numbers."""
    if network.tells_classes:
        classes, probabilities = network.last.classes_, network.probabilities(X)[0]
        best = probabilities.argmax()
        return f"{classes[best]}, {write_probability(probabilities[best])}"
    numbers = np.atleast_1d(network.estimator.predict(X)[0])
    return ", ".join(f"{number:.4g}" for number in numbers)


def _outputs(network: FittedNetwork, X: Any, names: Sequence[str] | None) -> Outputs:
    """Return what the named layers give for one sample, or all layers that change something."""
    known = layer_names(network.model)
    if names is not None:
        _check_names(names, known)
    x = network.inputs(X)
    given = layer_outputs(network.model, x, known if names is None else names)
    outputs = {name: output[0] for name, output in given.items()}
    if names is None:
        scaled = [name for name in outputs if rescales(network.model, name)]
        changes = _changes(x[0], outputs)
        return {name: o for name, o in changes if o.ndim == 1 or name not in scaled}
    for name, output in outputs.items():
        if output.ndim not in (1, 3):
            raise ValueError(
                f"Layer {name!r} gives an array of shape {output.shape} for an image; expected "
                "feature maps (height, width, n_maps) or a row of units. Leave it out of layers."
            )
    return outputs


def _check_names(names: Sequence[str], known: Sequence[str]) -> None:
    unknown = [name for name in names if name not in known]
    if unknown or len(names) == 0 or isinstance(names, str):
        raise ValueError(
            f"layers must be a list of layers of the network: {', '.join(known)}; received "
            f"{names!r}."
        )


def _changes(x: NDArray[Any], outputs: Outputs) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Pass over the outputs that cannot be drawn or hold the same numbers as the one before."""
    before = x
    for name, output in outputs.items():
        if output.ndim in (1, 3) and not np.array_equal(output.ravel(), before.ravel()):
            yield name, output
        before = output


def _new_axes(width: float, height: float) -> Axes:
    figsize = (width * _TILE_INCHES + 1.5, height * _TILE_INCHES + 0.8)
    layout = ConstrainedLayoutEngine(w_pad=0.1, h_pad=0.1)
    return plt.figure(figsize=figsize, layout=layout).subplots()


def _columns(outputs: Iterable[NDArray[Any]], max_maps: int) -> int:
    """Return how many feature maps stand side by side."""
    most = max((min(o.shape[2], max_maps) for o in outputs if o.ndim == 3), default=0)
    return min(max(most, _FEWEST_COLUMNS), _MOST_COLUMNS)


def _image_tiles(image: ArrayLike, n_cols: int) -> Tiles:
    pixels = as_brightness(as_images(np.asarray(image)[np.newaxis]))
    return Tiles(pixels, n_cols // 2, float(n_cols), pixels.shape[2] / pixels.shape[1])


def _layer_tiles(output: NDArray[Any], n_cols: int, max_maps: int) -> Tiles:
    if output.ndim == 1:
        return Tiles(output[np.newaxis, np.newaxis], 1, float(n_cols), n_cols / _STRIP_HEIGHT)
    height, width, _ = output.shape
    maps = output[:, :, :max_maps].transpose(2, 0, 1)
    return Tiles(maps, n_cols, float(n_cols), width / height)


def _label(name: str, output: NDArray[Any], max_maps: int) -> str:
    if output.ndim == 1:
        return f"{name}\n{output.size} units"
    height, width, n_maps = output.shape
    drawn = f"{max_maps} of {n_maps}" if max_maps < n_maps else f"{n_maps}"
    return f"{name}\n{drawn} maps\n{height} x {width}"


def _label_height(label: str) -> float:
    return (label.count("\n") + 1) * _LABEL_LINE


def _name_classes(ax: Axes, classes: NDArray[Any], units: NDArray[Any]) -> None:
    """Write the classes below a strip that has a unit for each; of many, only the strongest."""
    if len(units) != len(classes):
        return
    named = range(len(classes)) if len(classes) <= _FEW_CLASSES else [int(units.argmax())]
    cell = ax.get_xlim()[1] / len(units)
    names = [str(classes[i]) for i in named]
    fits = len(named) == 1 or max(map(len, names)) * _CHARACTER < cell
    slope: dict[str, Any] = (
        {} if fits else {"rotation": 40, "ha": "right", "rotation_mode": "anchor"}
    )
    places = [(i + 0.5) * cell for i in named]
    ax.set_xticks(places, names, fontsize=8, parse_math=False, **slope)
