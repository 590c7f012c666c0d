"""The form of MNIST's digits: ink in a box of 20 x 20 pixels, centred by its mass in 28 x 28."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE = 28
BOX = 20
_FAINTEST_INK = 0.1  # of the darkest, that still counts for the box around a digit


def normal_digit(ink: NDArray[Any]) -> NDArray[np.float32]:
    """Return one digit as MNIST has its digits (LeCun et al. 1998, section III.A).

    The rectangle around the ink is scaled, with its proportions kept, until it just fits into 20 x
    20 pixels, and moved by whole pixels until its centre of mass lies on the pixel (14, 14).

    Parameters
    ----------
    ink : ndarray of shape (height, width), float
        From 0 (paper) to 1 (ink).

    Returns
    -------
    ndarray of shape (28, 28), float32
        From 0 to 1; all 0 where there is no ink.

    References
    ----------
    Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to document
    recognition", Proceedings of the IEEE 86(11), 2278-2324, 1998.
    """
    image = np.zeros((SIDE, SIDE), np.float32)
    digit = _cut_out(np.asarray(ink, np.float32))
    if digit is None:
        return image
    boxed = _fitted_into_box(digit)
    top, left = (_start(boxed, axis) for axis in (0, 1))
    image[top : top + boxed.shape[0], left : left + boxed.shape[1]] = boxed
    return image


def _cut_out(ink: NDArray[np.float32]) -> NDArray[np.float32] | None:
    """Return the rectangle around the ink, None where there is none."""
    if not ink.size or ink.max() <= 0:
        return None
    inked = ink > _FAINTEST_INK * ink.max()
    rows, columns = (np.flatnonzero(inked.any(axis)) for axis in (1, 0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _fitted_into_box(digit: NDArray[np.float32]) -> NDArray[np.float32]:
    scale = BOX / max(digit.shape)
    height, width = (max(1, round(side * scale)) for side in digit.shape)
    picture = Image.fromarray(np.ascontiguousarray(digit))
    resized = picture.resize((width, height), Image.Resampling.BICUBIC)
    return np.clip(np.asarray(resized), 0, 1)


def _start(boxed: NDArray[np.float32], axis: int) -> int:
    """Return where the rectangle begins along an axis, so that its mass lies in the middle."""
    masses = boxed.sum(axis=1 - axis)
    centre = (masses * np.arange(len(masses))).sum() / masses.sum()
    return int(np.clip(round(SIDE // 2 - centre), 0, SIDE - len(masses)))
