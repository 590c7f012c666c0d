"""The paper under the ink: its brightness everywhere, and what deviates from it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from skcnn._extras import needed

Map = NDArray[np.float32]

_COARSE_SIDE = 40  # pixels of the shorter side, where the light on the whole paper is looked for
_FINE_SIDE = 160  # and where the edges of shadows are followed
_DARKEST = 0.3  # of a paper that ink is measured by: black has no ratio
_INK = 0.5  # of the strongest deviation: ink at first sight
_IMPULSE = 0.4  # of the strongest deviation: a pixel that is ink, or noise as strong as it
_ONE_SIGN = 0.6  # of the channels' weights: ink is darker, or lighter, and not another colour
_ROUNDS = 12  # of a fit that is robust
_FEW = 24  # pixels that a small digit on a large sheet has at least
_OUTSTANDING = 4.0  # times as strong as what covers more of the picture


def deviation_from_paper(pixels: Map) -> Map:
    """Return how far each pixel is from the paper around it, toward the ink's colour.

    The light on the paper is a surface of the second degree that most pixels lie on; a median
    around each pixel, from which ink at first sight is taken out, follows shadows.

    Parameters
    ----------
    pixels : ndarray of shape (height, width, channels), float32
        In 0..1.

    Returns
    -------
    ndarray of shape (height, width), float32
        Around 0 on paper and positive where there is ink, be it darker or lighter; as a ratio to
        the paper's brightness, so that light and shadow make no difference.
    """
    by_channel = np.stack(
        [_relative_to_surface(pixels[..., i]) for i in range(pixels.shape[-1])], axis=-1
    )
    weights = _ink_direction(by_channel)
    deviation = by_channel @ weights
    least, most = _shadows(deviation)
    sign = float(weights.sum())
    beyond = deviation - np.clip(deviation, least, most)
    if abs(sign) < _ONE_SIGN:
        return beyond
    brightness = 1 + np.where(beyond > 0, most, least) / np.float32(sign)
    return beyond / np.maximum(brightness, 0.5)


def noise_of(deviation: Map) -> float:
    """Return the standard deviation of a map's noise.

    It is the spread of what lies on the side of the paper where no ink is, about which it does not
    matter how much of the map ink covers, nor how noise goes on from one pixel to the next.
    """
    other_side = deviation[deviation < 0]
    if 4 * len(other_side) < deviation.size:
        return 0.0
    return float(-np.median(other_side) / 0.6745)


def strong_level(strength: Map, per_cent: float) -> float:
    """Return how strong ink is: a percentile, or what fewer pixels reach where ink is rarer."""
    usual = float(np.percentile(strength[::2, ::2], per_cent))
    few = min(_FEW, strength.size)
    outstanding = float(np.partition(strength, strength.size - few, axis=None)[-few])
    return outstanding if outstanding > _OUTSTANDING * max(usual, 0.0) else usual


def without_impulses(deviation: Map) -> Map:
    """Return a map without lone pixels of ink on paper, and of paper in ink.

    Noise of this kind ("salt and pepper") may be stronger than any ink: it goes in two steps.
    """
    from scipy.ndimage import uniform_filter

    for _ in range(2):
        inked = deviation > _IMPULSE * strong_level(deviation, 99.7)
        count = uniform_filter(inked.astype(np.float32), 3, mode="nearest") * 9
        lone, hole = inked & (count < 2.5), ~inked & (count > 6.5)
        if not (lone.any() or hole.any()):
            break
        around = uniform_filter(np.where(hole, 0, deviation), 3, mode="nearest") * 9
        deviation = np.where(hole, around / np.maximum(count, 1), deviation)
        deviation = np.where(lone, np.float32(0), deviation)
    return np.asarray(deviation, np.float32)


def _relative_to_surface(channel: Map) -> Map:
    paper = _surface(_reduced(channel, _COARSE_SIDE))
    paper = np.maximum(_enlarged(paper, channel.shape), 0)
    return np.asarray((channel - paper) / np.maximum(paper, _DARKEST), np.float32)


def _surface(channel: Map) -> Map:
    """Return the surface of the second degree that most pixels lie near.

    Iteratively reweighted least squares: by absolute deviations first, whose minimum is the median
    where the surface is flat, and then by Cauchy's weights, for which ink is too far to matter.
    """
    height, width = channel.shape
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1).reshape(-1, 6)
    values = channel.reshape(-1).astype(np.float64)
    distance = np.abs(values - np.median(values))
    for step in range(_ROUNDS):
        scale = max(1.5 * float(np.median(distance)), 0.01)
        far = distance / scale
        weights = 1 / np.maximum(far, 0.1) if 2 * step < _ROUNDS else 1 / (1 + far**2)
        weighted = terms * weights[:, np.newaxis]
        fitted = terms @ np.linalg.lstsq(weighted.T @ terms, weighted.T @ values, rcond=1e-9)[0]
        distance = np.abs(values - fitted)
    return fitted.reshape(height, width).astype(np.float32)


def _shadows(deviation: Map) -> tuple[Map, Map]:
    """Return between which deviations the paper lies at each pixel: at a shadow's edge, both."""
    from scipy.ndimage import maximum_filter, minimum_filter, uniform_filter

    fine = _reduced(deviation, _FINE_SIDE)
    side = min(fine.shape)
    strong = _strong(np.abs(fine))
    ink = strong & ~_wide(strong)
    window = side // 3 + 1
    known = uniform_filter((~ink).astype(np.float32), window)
    around = uniform_filter(np.where(ink, 0, fine), window) / np.maximum(known, 1e-3)
    paper = _median(np.where(ink, around, fine), side // 12)
    least, most = minimum_filter(paper, 3), maximum_filter(paper, 3)
    return _enlarged(least, deviation.shape), _enlarged(most, deviation.shape)


def _ink_direction(by_channel: Map) -> Map:
    """Return the weights of the channels by which ink stands out: its colour, less the paper's.

    What stands out in an area too wide for strokes is paper in another light.
    """
    strength = np.abs(by_channel).max(axis=-1)
    strong = _strong(strength)
    wide = _wide(_strong(_reduced(strength, _FINE_SIDE)))
    narrow = strong & (_enlarged(wide.astype(np.float32), strength.shape) == 0)
    ink = by_channel[narrow if narrow.any() else strong]
    if not len(ink):
        return np.full(by_channel.shape[-1], 1 / by_channel.shape[-1], np.float32)
    darker = ink.sum(axis=-1) < 0
    typical = np.median(ink[darker == (2 * darker.sum() > len(ink))], axis=0)
    return (typical / np.abs(typical).sum()).astype(np.float32)


def _strong(strength: Map) -> NDArray[np.bool_]:
    """Tell which pixels are ink at first sight."""
    return np.asarray(strength > _INK * strong_level(strength, 99.5))


def _wide(strong: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell where what is strong covers an area too wide for strokes."""
    from scipy.ndimage import grey_opening

    side = min(strong.shape) // 4 + 2
    return np.asarray(grey_opening(strong.astype(np.uint8), side, mode="nearest") > 0)


def _reduced(channel: Map, shorter_side: int) -> Map:
    factor = max(1, min(channel.shape) // shorter_side)
    return np.asarray(Image.fromarray(channel).reduce(factor))


def _enlarged(channel: Map, shape: tuple[int, ...]) -> Map:
    size = shape[1], shape[0]
    return np.asarray(Image.fromarray(channel).resize(size, Image.Resampling.BILINEAR))


def _median(channel: Map, radius: int) -> Map:
    """Return the median within a square around each pixel, to a 255th of the channel's range."""
    rank = needed("skimage.filters.rank", "reading", "NoteReader")
    radius = max(1, radius)
    least, range_ = channel.min(), max(float(np.ptp(channel)), 1e-6)
    levels = np.rint((channel - least) * np.float32(255 / range_)).astype(np.uint8)
    square = np.ones((2 * radius + 1,) * 2, np.uint8)
    levels = rank.median(np.pad(levels, radius, mode="symmetric"), square)
    inner = levels[radius:-radius, radius:-radius].astype(np.float32)
    return inner * np.float32(range_ / 255) + least
