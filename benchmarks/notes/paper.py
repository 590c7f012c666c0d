"""Paper under the ink, and what light and a camera make of both."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage
from scipy.special import expit

from benchmarks.notes.conditions import Conditions

Map = NDArray[np.float32]

_INKS = ((0.1, 0.1, 0.1), (0.1, 0.15, 0.6), (0.65, 0.1, 0.1), (0.1, 0.45, 0.15))
_PAPERS = ((1.0, 0.95, 0.75), (0.8, 0.9, 1.0), (0.85, 1.0, 0.85), (1.0, 0.85, 0.85))
_RULINGS = ((0.5, 0.5, 0.5), (0.3, 0.5, 0.9), (0.9, 0.4, 0.4))
_LINE_WIDTH = (0.02, 0.06)  # of a ruling, in heights of a digit
_SQUARE = (0.5, 1.3)
_PITCH = (0.9, 2.0)


@dataclass(frozen=True)
class Colours:
    """Brightness of paper, ink and rulings.

    Attributes
    ----------
    paper, ink, ruling : ndarray of shape (3,), float32
        Red, green and blue in 0..1.
    """

    paper: Map
    ink: Map
    ruling: Map

    @classmethod
    def drawn(cls, conditions: Conditions, rng: np.random.Generator) -> Colours:
        """Return colours under conditions."""
        contrast = rng.uniform(*conditions.contrast)
        is_dark = rng.random() < conditions.light_on_dark
        edge = rng.uniform(0, 1 - contrast)
        paper, ink = (edge, edge + contrast) if is_dark else (1 - edge, 1 - edge - contrast)
        strength = rng.uniform(*conditions.ruling_strength)
        return cls(
            _tinted(paper, _PAPERS, conditions.colour * 0.4 * paper, rng),
            _tinted(ink, _INKS, conditions.colour * 0.6, rng),
            _tinted(paper + strength * (ink - paper), _RULINGS, conditions.colour * 0.4, rng),
        )


def photograph(
    ink: Map, height: float, angle: float, conditions: Conditions, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Return the picture of a page.

    Parameters
    ----------
    ink : ndarray of shape (height, width), float32
        How much of each pixel is covered by ink, in 0..1.
    height : float
        Of a digit, in pixels.
    angle : float
        By which the page is turned, in degrees counter-clockwise.
    conditions : Conditions
        Paper, light and camera.
    rng : numpy.random.Generator
        All chance.

    Returns
    -------
    ndarray of shape (height, width, 3), uint8
        Red, green and blue.
    """
    colours, shape = Colours.drawn(conditions, rng), (len(ink), len(ink[0]))
    ink = ink * _evenness(shape, height, conditions, rng)
    page = _mix(colours.paper, colours.ruling, _ruling(shape, height, angle, conditions, rng))
    page = _mix(page, colours.ink, ink)
    page *= _light(shape, conditions, rng)[..., None]
    blur = rng.uniform(0, conditions.blur) * height
    page = ndimage.gaussian_filter(page, (blur, blur, 0)) if blur > 0.2 else page
    page = _noisy(page, conditions, rng)
    picture = (np.clip(page, 0, 1) * 255).round().astype(np.uint8)
    return picture if conditions.jpeg is None else _as_jpeg(picture, conditions.jpeg, rng)


def _tinted(
    brightness: float,
    tints: tuple[tuple[float, float, float], ...],
    strength: float,
    rng: np.random.Generator,
) -> Map:
    """Return a colour of about the given brightness."""
    tint = np.array(tints[rng.integers(len(tints))])
    return np.clip(brightness + strength * (tint - tint.mean()), 0, 1).astype(np.float32)


def _mix(below: Map, above: Map, share: Map) -> Map:
    return below + (above - below) * share[..., None]


def _evenness(
    shape: tuple[int, int], height: float, conditions: Conditions, rng: np.random.Generator
) -> Map:
    """Return how much ink a pen gives everywhere: 1 is all."""
    if not conditions.uneven_ink:
        return np.ones(shape, np.float32)
    grid = [int(length / height * 4) + 2 for length in shape]
    loss = Image.fromarray(rng.random(grid, np.float32))
    loss = loss.resize(shape[::-1], Image.Resampling.BICUBIC)
    return 1 - np.float32(conditions.uneven_ink) * np.clip(np.asarray(loss), 0, 1)


def _ruling(
    shape: tuple[int, int],
    height: float,
    angle: float,
    conditions: Conditions,
    rng: np.random.Generator,
) -> Map:
    """Return how much of each pixel the lines of the paper cover."""
    if conditions.ruling == "none":
        return np.zeros(shape, np.float32)
    squares = conditions.ruling == "squares"
    pitch = rng.uniform(*(_SQUARE if squares else _PITCH)) * height
    width = max(rng.uniform(*_LINE_WIDTH) * height, 1)
    cover = _lines(shape, pitch, width, angle, rng)
    return np.maximum(cover, _lines(shape, pitch, width, angle + 90, rng)) if squares else cover


def _lines(
    shape: tuple[int, int], pitch: float, width: float, angle: float, rng: np.random.Generator
) -> Map:
    rows, columns = np.indices(shape, np.float32, sparse=True)
    turn = np.deg2rad(angle)
    across = rows * np.float32(np.cos(turn)) + columns * np.float32(np.sin(turn))
    away = (across + np.float32(rng.uniform(0, pitch))) % np.float32(pitch)
    away = np.minimum(away, np.float32(pitch) - away)
    return np.clip(np.float32(width / 2 + 0.5) - away, 0, 1)


def _light(shape: tuple[int, int], conditions: Conditions, rng: np.random.Generator) -> Map:
    """Return the light everywhere: 1 is all."""
    rows, columns = (np.linspace(-1, 1, n, dtype=np.float32) for n in shape)
    rows = rows[:, None]
    direction = rng.uniform(0, 2 * np.pi)
    along = np.float32(np.cos(direction)) * columns + np.float32(np.sin(direction)) * rows
    span = abs(np.cos(direction)) + abs(np.sin(direction))
    loss_gradient, loss_vignette, loss_shadow = (
        np.float32(rng.uniform(0, most))
        for most in (conditions.gradient, conditions.vignette, conditions.shadow)
    )
    light = 1 - loss_gradient * (along / np.float32(span) + 1) / 2
    light = light * (1 - loss_vignette * (rows**2 + columns**2) / 2)
    softness = rng.uniform(0.03, 0.3)
    edge = (along - np.float32(rng.uniform(-0.7, 0.7))) / np.float32(softness)
    return light * (1 - loss_shadow * expit(4 * edge))


def _noisy(page: Map, conditions: Conditions, rng: np.random.Generator) -> Map:
    if conditions.noise:
        strength = np.float32(rng.uniform(0, conditions.noise))
        page = page + strength * rng.standard_normal(page.shape, np.float32)
    if conditions.salt:
        chance = rng.random(page.shape[:2], np.float32)
        share = rng.uniform(0, conditions.salt) / 2
        page = page.copy()
        page[chance < share], page[chance > 1 - share] = 0, 1
    return page


def _as_jpeg(
    picture: NDArray[np.uint8], lowest: int, rng: np.random.Generator
) -> NDArray[np.uint8]:
    content = BytesIO()
    Image.fromarray(picture).save(content, "JPEG", quality=int(rng.integers(lowest, 96)))
    return np.array(Image.open(content))
