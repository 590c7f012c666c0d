"""Small pictures side by side in one axes, on one scale: what a layer holds or gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from skcnn.display._tools.scales import scale_of

_GAP = 0.1  # between two tiles, in data units
_FRAME = "0.7"


@dataclass(frozen=True)
class Tiles:
    """Pictures of one size, row by row, from the left edge at 0 to ``total_width``.

    Attributes
    ----------
    pixels : ndarray of shape (n, height, width) or (n, height, width, channels)
        At least one picture; coloured ones hold 0..1.
    n_cols : int
        Places in a row.  Fewer pictures leave some of them free.
    total_width : float
        Width of a row, in data units.
    aspect : float
        Width of a tile by its height.
    """

    pixels: NDArray[Any]
    n_cols: int
    total_width: float
    aspect: float

    @property
    def tile_width(self) -> float:
        """Width of a tile, in data units."""
        return (self.total_width + _GAP) / self.n_cols - _GAP

    @property
    def height(self) -> float:
        """Height of all rows, in data units."""
        n_rows = -(-len(self.pixels) // self.n_cols)
        return n_rows * (self.tile_width / self.aspect + _GAP) - _GAP

    def draw(self, ax: Axes, cmap: Any, *, top: float = 0.0) -> None:
        """Draw the tiles downwards from ``top``, all on one scale."""
        scale = scale_of(self.pixels)
        width, height = self.tile_width, self.tile_width / self.aspect
        for place, tile in enumerate(self.pixels):
            row, column = divmod(place, self.n_cols)
            _draw_tile(
                ax,
                tile,
                (column * (width + _GAP), top + row * (height + _GAP), width, height),
                cmap,
                scale,
            )


def finish(ax: Axes, width: float, height: float) -> None:
    """Set the limits of axes in which tiles were drawn from the upper left corner on."""
    ax.set(xlim=(0, width), ylim=(height, 0), xticks=[], yticks=[], aspect="equal")
    ax.spines[:].set_visible(False)


def _draw_tile(
    ax: Axes,
    tile: NDArray[Any],
    place: tuple[float, float, float, float],
    cmap: Any,
    scale: Normalize,
) -> None:
    left, top, width, height = place
    ax.imshow(tile, cmap=cmap, norm=scale, extent=(left, left + width, top + height, top))
    frame = Rectangle((left, top), width, height, fill=False, edgecolor=_FRAME, linewidth=0.5)
    frame.set_clip_on(False)
    ax.add_patch(frame)
