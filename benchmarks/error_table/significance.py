"""What differences of errors mean: an interval for one error, a test for two."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest


class Interval(NamedTuple):
    """Both ends of an interval."""

    low: float
    high: float


def wilson_interval(share: float, n: int, confidence: float = 0.95) -> Interval:
    """Return Wilson's score interval for a share that was seen in ``n`` trials.

    With ``z`` the normal quantile, its ends are the two shares that a score test at that level
    would just not reject::

        (share + z^2 / 2n  -+  z * sqrt(share * (1 - share) / n + z^2 / 4n^2)) / (1 + z^2 / n)

    Parameters
    ----------
    share : float
        From 0 to 1; a mean of several shares need not be a multiple of 1/n.
    n : int
        Trials, at least 1.
    confidence : float, default=0.95
        How often such an interval covers the true share.

    Returns
    -------
    Interval
        Its ends, from 0 to 1.

    References
    ----------
    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal
    of the American Statistical Association 22(158), 209-212, 1927.
    """
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    scale = 1 + z**2 / n
    centre = (share + z**2 / (2 * n)) / scale
    half_width = z * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / scale
    return Interval(max(0.0, centre - half_width), min(1.0, centre + half_width))


class McNemar(NamedTuple):
    """How often exactly one of two classifiers was wrong, and what chance makes of that.

    Attributes
    ----------
    only_first_wrong, only_second_wrong : int
        Samples that one of them got wrong and the other one right.
    p : float
        Probability of a split at least as uneven, if neither is better.
    """

    only_first_wrong: int
    only_second_wrong: int
    p: float

    @property
    def p_text(self) -> str:
        """The probability to two digits, which is never 0 but may be too small for a float."""
        return f"{self.p:.2g}" if self.p > 0 else "<1e-300"


def mcnemar(y: NDArray[Any], first: NDArray[Any], second: NDArray[Any]) -> McNemar:
    """Test by the exact binomial test whether two classifiers err equally often.

    Only samples on which exactly one of them is wrong tell the two apart.  If they err equally
    often, each of these is the fault of either one with probability 1/2.

    Parameters
    ----------
    y, first, second : ndarray of shape (n,)
        The labels, and those that each classifier predicted.

    References
    ----------
    Q. McNemar, "Note on the sampling error of the difference between correlated proportions or
    percentages", Psychometrika 12(2), 153-157, 1947.
    """
    first_wrong, second_wrong = first != y, second != y
    only_first = int(np.count_nonzero(first_wrong & ~second_wrong))
    only_second = int(np.count_nonzero(second_wrong & ~first_wrong))
    discordant = only_first + only_second
    p = float(binomtest(only_first, discordant).pvalue) if discordant else 1.0
    return McNemar(only_first, only_second, p)
