"""The convolutional part of a network, block by block: convolutions, poolings and shortcuts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from skcnn._engine.runtime import keras
from skcnn._engine.whitening import LAYER as WHITENING
from skcnn.networks._blocks import (
    activated,
    clipped,
    dropout_after,
    normalized,
    window_of,
)

Padding = Literal["valid", "same"]
Sizes = tuple[int, ...]

_POOLINGS = {"max": keras.layers.MaxPooling2D, "average": keras.layers.AveragePooling2D}
_DIRECTIONS_IN_WIDE_WINDOWS = 8  # kept of each channel, of the many that a large window has
_AUTO = "auto"
_AUTO_SIDE = 32  # pixels of an image's shorter side for each step of strides="auto"


@dataclass(frozen=True)
class Shortcut:
    """Layers one after the other, and a way around them.

    Attributes
    ----------
    around : list of keras.layers.Layer
        What the shortcut goes around.
    layers : list of keras.layers.Layer
        Those of the shortcut itself; none where it hands on what it receives.
    addition : keras.layers.Add
        Where the two meet.
    """

    around: list[keras.layers.Layer]
    layers: list[keras.layers.Layer]
    addition: keras.layers.Layer


Part: TypeAlias = "keras.layers.Layer | Shortcut"


def connected(parts: Sequence[Part], name: str) -> keras.Model:
    """Return a network of an input and what comes after it: Sequential where nothing branches."""
    if not any(isinstance(part, Shortcut) for part in parts):
        return keras.Sequential(parts, name=name)
    inputs, *others = parts
    x = inputs
    for part in others:
        if isinstance(part, Shortcut):
            x = part.addition([_through(part.around, x), _through(part.layers, x)])
        else:
            x = part(x)
    return keras.Model(inputs, x, name=name)


def _through(layers: Sequence[keras.layers.Layer], x: Any) -> Any:
    for layer in layers:
        x = layer(x)
    return x


@dataclass
class BlockMaker:
    """Makes one block after the other, each for the feature maps that the last one gives.

    Attributes
    ----------
    size : tuple of 2 int
        Height and width of the feature maps so far.
    channels : int
        How many they are.
    kernel, pool : tuple of 2 int
        Windows of convolutions and poolings.
    first_kernel, first_strides : tuple of 2 int
        Window and steps of the first convolution.
    padding, pool_type, dropout, activation, batch_normalization
        As ``build_cnn`` takes them.
    number : int, default=0
        Convolutions so far.
    """

    size: Sizes
    channels: int
    kernel: Sizes
    first_kernel: Sizes
    first_strides: Sizes
    pool: Sizes
    padding: Padding
    pool_type: str
    dropout: float
    activation: str
    batch_normalization: bool
    number: int = 0

    def whitening(self) -> list[Part]:
        """Return a convolution that is not trained, and its activation.

        It takes the first steps through the image, in windows of twice the step, so that the next
        convolution sees all of what it gives.
        """
        window = clipped(tuple(2 * step for step in self.first_strides), self.size)
        a_channel = min(math.prod(window), _DIRECTIONS_IN_WIDE_WINDOWS)
        layer = self._convolution(
            2 * a_channel * self.channels,
            window,
            self.first_strides,
            WHITENING,
            use_bias=True,
            kernel_initializer="orthogonal",
            trainable=False,
        )
        self.size = self._size_after(window, self.first_strides)
        self.channels = layer.filters
        self.first_kernel, self.first_strides = self.kernel, (1, 1)
        return [layer, activated(self.activation, WHITENING)]

    def plain(self, filters: Sizes, *, pooled: bool) -> list[Part]:
        """Return convolutions, the last of them pooled before it is normalized."""
        parts: list[Part] = []
        ending = {} if self.batch_normalization else {"activation": self.activation}
        for place, n_filters in enumerate(filters, start=1):
            parts.append(self._next_convolution(n_filters, **ending))
            parts += self._pooling() if pooled and place == len(filters) else []
            parts += self._normalized_and_activated() if self.batch_normalization else []
        return parts + (self._dropping() if pooled else [])

    def residual(self, filters: Sizes, *, pooled: bool) -> list[Part]:
        """Return convolutions with a shortcut around them, then activation and pooling.

        Where the shortcut has other feature maps to give than it receives, it is a convolution of
        1 x 1: option B of He et al. (2016).
        """
        strides = self._next_strides
        hands_on = self.channels == filters[-1] and strides == (1, 1)
        around = [self._next_convolution(filters[0])]
        for n_filters in filters[1:]:
            around += self._normalized_and_activated()
            around.append(self._next_convolution(n_filters))
        around += self._normalized(self._name)
        layers = [] if hands_on else self._projection(filters[-1], strides)
        addition = keras.layers.Add(name=f"{self._name}_sum")
        ending = [activated(self.activation, self._name)]
        ending += self._pooling() + self._dropping() if pooled else []
        return [Shortcut(around, layers, addition), *ending]

    @property
    def _name(self) -> str:
        return f"conv_{self.number}"

    @property
    def _next_strides(self) -> Sizes:
        return (1, 1) if self.number else self.first_strides

    def _next_convolution(self, n_filters: int, **ending: str) -> keras.layers.Layer:
        strides = self._next_strides
        window = clipped(self.kernel if self.number else self.first_kernel, self.size)
        self.size = self._size_after(window, strides)
        self.number, self.channels = self.number + 1, n_filters
        return self._convolution(n_filters, window, strides, self._name, **ending)

    def _size_after(self, window: Sizes, strides: Sizes) -> Sizes:
        sides = zip(self.size, window, strides, strict=True)
        if self.padding == "same":
            return tuple(-(-side // step) for side, _, step in sides)
        return tuple((side - w) // step + 1 for side, w, step in sides)

    def _convolution(
        self, n_filters: int, window: Sizes, strides: Sizes, name: str, **settings: Any
    ) -> keras.layers.Layer:
        settings = {"use_bias": not self.batch_normalization, **settings}
        return keras.layers.Conv2D(
            n_filters, window, strides=strides, padding=self.padding, name=name, **settings
        )

    def _projection(self, n_filters: int, strides: Sizes) -> list[keras.layers.Layer]:
        name = f"{self._name}_shortcut"
        return [self._convolution(n_filters, (1, 1), strides, name), *self._normalized(name)]

    def _pooling(self) -> list[keras.layers.Layer]:
        window = clipped(self.pool, self.size)
        self.size = tuple(side // w for side, w in zip(self.size, window, strict=True))
        return [_POOLINGS[self.pool_type](window, name=f"pool_{self.number}")]

    def _normalized(self, name: str) -> list[keras.layers.Layer]:
        return [normalized(name)] if self.batch_normalization else []

    def _normalized_and_activated(self) -> list[keras.layers.Layer]:
        return [*self._normalized(self._name), activated(self.activation, self._name)]

    def _dropping(self) -> list[keras.layers.Layer]:
        return dropout_after(self.dropout, f"dropout_{self.number}")


def first_window(kernel: Sizes, strides: Any, size: Sizes) -> tuple[Sizes, Sizes]:
    """Return window and steps of the first convolution over images of a size.

    Raises
    ------
    ValueError
        If ``strides`` says none.
    """
    if not isinstance(strides, str):
        return kernel, window_of(strides, "strides")
    if strides != _AUTO:
        raise ValueError(
            f"strides must be a positive integer, 2 of them, or {_AUTO!r}; received {strides!r}."
        )
    step = max(1, min(size) // _AUTO_SIDE)
    height, width = (max(side, 2 * step - 1) for side in kernel)
    return (height, width), (step, step)
