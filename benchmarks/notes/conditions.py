"""Under which conditions a note is written and photographed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

Range = tuple[float, float]
LONGEST_LINE, MOST_LINES = 12, 4


@dataclass(frozen=True)
class Conditions:
    """What a note may be like; as it stands, a clean one.

    Each note draws from the ranges anew, some of them for each digit. Lengths are shares of the
    height of its digits, brightnesses run from 0 to 1.

    Attributes
    ----------
    n_lines, n_digits : tuple of int
        Fewest and most lines, and digits in each.
    height : tuple of float
        Pixels of a tall digit, drawn evenly by its logarithm.
    spaces : float
        Probability of a space after a digit.
    size, baseline : float
        Largest deviation of a digit's size, and of its foot from the line.
    line_angle : float
        Largest angle at which a line rises or falls on the page; degrees.
    digit_angle, page_angle : float
        Largest angle of a digit, drawn for each, and of the page; degrees.
    shear : tuple of float
        Pixels that a row moves to the right of the row below it.
    pen : tuple of float
        Width of the pen, as a multiple of what the digits were written with.
    broken : float
        Probability that a digit's stroke has a gap.
    touching : bool
        Whether two digits of each line touch.
    contrast : tuple of float
        Difference between ink and paper.
    uneven_ink : float
        Largest loss of ink along a stroke.
    light_on_dark : float
        Probability of light ink on dark paper.
    colour : float
        Strength of the colours of ink and paper.
    gradient, vignette, shadow : float
        Largest loss of light across the page, towards its corners, and in a shadow with a soft
        edge.
    noise, salt : float
        Largest standard deviation of noise, and share of pixels that are black or white.
    blur : float
        Largest standard deviation of a blur.
    jpeg : int or None
        Lowest quality of a JPEG; None for none.
    ruling : str
        "none", "lines" or "squares".
    ruling_strength : tuple of float
        Difference between a ruling and the paper, as a share of the ink's.
    """

    n_lines: tuple[int, int] = (1, MOST_LINES)
    n_digits: tuple[int, int] = (1, LONGEST_LINE)
    height: Range = (40, 80)
    spaces: float = 0.0
    size: float = 0.0
    baseline: float = 0.0
    line_angle: float = 0.0
    digit_angle: float = 0.0
    page_angle: float = 0.0
    shear: Range = (0.0, 0.0)
    pen: Range = (1.0, 1.0)
    broken: float = 0.0
    touching: bool = False
    contrast: Range = (0.85, 1.0)
    uneven_ink: float = 0.0
    light_on_dark: float = 0.0
    colour: float = 0.0
    gradient: float = 0.0
    vignette: float = 0.0
    shadow: float = 0.0
    noise: float = 0.0
    salt: float = 0.0
    blur: float = 0.0
    jpeg: int | None = None
    ruling: str = "none"
    ruling_strength: Range = (0.0, 0.0)

    def but(self, factors: Iterable[str]) -> Conditions:
        """Return them with factors of ``FACTORS`` changed."""
        changes = (FACTORS[factor] for factor in factors)
        return replace(
            self, **{name: value for change in changes for name, value in change.items()}
        )


FACTORS: dict[str, dict[str, Any]] = {
    "small": {"height": (14, 30)},
    "large": {"height": (90, 200)},
    "spaces": {"spaces": 0.2},
    "uneven sizes and baseline": {"size": 0.15, "baseline": 0.12},
    "digits up and down": {"size": 0.25, "baseline": 0.3},
    "rising lines": {"line_angle": 6.0},
    "turned digits": {"digit_angle": 10.0},
    "turned page": {"page_angle": 10.0},
    "slant": {"shear": (-0.15, 0.35)},
    "thin pen": {"pen": (0.6, 0.8)},
    "thick pen": {"pen": (1.3, 1.6)},
    "broken strokes": {"broken": 0.25},
    "faint ink": {"contrast": (0.3, 0.5)},
    "uneven ink": {"uneven_ink": 0.5},
    "light on dark": {"light_on_dark": 1.0},
    "colour": {"colour": 1.0, "contrast": (0.5, 0.8)},
    "gradient": {"gradient": 0.5},
    "vignette": {"vignette": 0.5},
    "shadow": {"shadow": 0.5},
    "noise": {"noise": 0.08},
    "salt and pepper": {"salt": 0.02},
    "blur": {"blur": 0.05},
    "JPEG": {"jpeg": 25},
    "ruled paper": {"ruling": "lines", "ruling_strength": (0.15, 0.5)},
    "squared paper": {"ruling": "squares", "ruling_strength": (0.15, 0.5)},
    "dark rulings": {"ruling": "lines", "ruling_strength": (0.5, 0.9)},
    "dark squares": {"ruling": "squares", "ruling_strength": (0.5, 0.9)},
}

# Of each group, a note draws one or nothing: half of all notes have each of the groups.
_COMMON = (
    ("turned digits", "turned page"),
    ("thin pen", "thick pen"),
    ("gradient",),
    ("noise",),
    ("ruled paper", "squared paper"),
)
_ALL = (
    ("small", "large"),
    ("spaces",),
    ("uneven sizes and baseline", "digits up and down", "rising lines"),
    ("turned digits", "turned page"),
    ("slant",),
    ("thin pen", "thick pen"),
    ("broken strokes",),
    ("faint ink", "uneven ink"),
    ("light on dark",),
    ("colour",),
    ("gradient", "vignette", "shadow"),
    ("noise", "salt and pepper"),
    ("blur",),
    ("JPEG",),
    ("ruled paper", "squared paper", "dark rulings", "dark squares"),
)

CLEAN = Conditions()


def common(rng: np.random.Generator) -> Conditions:
    """Return conditions of about half of the common factors at once."""
    return _mixed(_COMMON, rng)


def mixed(rng: np.random.Generator) -> Conditions:
    """Return conditions of about half of all factors at once."""
    return _mixed(_ALL, rng)


def _mixed(groups: Sequence[Sequence[str]], rng: np.random.Generator) -> Conditions:
    drawn = [group[int(rng.integers(len(group)))] for group in groups if rng.random() < 0.5]
    return CLEAN.but(drawn)
