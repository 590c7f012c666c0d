"""From signed numbers to greys: one rule for weights, feature maps and importance."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from numpy.typing import NDArray

_NEGLIGIBLE = 0.05  # negative values up to this share of the largest are drawn as 0


def scale_of(values: NDArray[Any]) -> Normalize:
    """Return the scale from 0 to the largest value, or one symmetric around 0.

    It is symmetric where there are negative values of more than a twentieth of the largest one.
    """
    lowest, largest = float(values.min()), float(values.max())
    if -lowest <= _NEGLIGIBLE * largest:
        return Normalize(0.0, largest or 1.0)
    extent = max(-lowest, largest)
    return Normalize(-extent, extent)


def draw_colour_bar(ax: Axes, label: str) -> None:
    """Draw the scale of the images in ``ax`` beside it, as high as the axes."""
    place = ax.inset_axes((1.04, 0.0, 0.05, 1.0))
    ax.figure.figure.colorbar(ax.images[-1], cax=place, label=label)
