"""How a change in somebody's work is told from chance.

Each function returns a z score: how many standard errors lie between the recent days and what is usual, with the
uncertainty of both sides counted. A person in whom nothing changes exceeds :data:`LIKELY` in about one look out
of twenty and :data:`FIRM` in about one out of a hundred (one-sided normal quantiles). Ratings of one person that
hang together from day to day make such chance findings more frequent.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

LIKELY: Final = 1.645
"""Exceeded by chance in 5 % of looks."""

FIRM: Final = 2.326
"""Exceeded by chance in 1 % of looks."""

DEFAULT_SPREAD: Final = 10.0
"""Standard deviation of ratings of which nothing is known, points."""

LEAST_SPREAD: Final = 5.0
"""No ratings are taken to be steadier than one step of the slider they are given with, points."""

_SPREAD_WEIGHT: Final = 3.0


def floored_spread(*groups: NDArray[np.floating]) -> float:
    """Return the common standard deviation within ``groups`` of ratings, points, at least :data:`LEAST_SPREAD`.

    The pooled variance is pulled towards ``DEFAULT_SPREAD ** 2`` with the weight of three degrees of freedom
    (the posterior mean under a scaled inverse chi-squared prior, Gelman et al., Bayesian Data Analysis, 3rd ed.,
    section 2.6), so that two equal ratings do not look like perfect steadiness. Unlike ``spread.spread``, which serves
    intervals and comparisons of long histories, it has a floor and assumes less: here a few days of one person are
    told from a few others, where ratings hang together.
    """
    freedom = sum(max(0, len(group) - 1) for group in groups)
    squares = sum(float(((group - group.mean()) ** 2).sum()) for group in groups if len(group))
    variance = (squares + _SPREAD_WEIGHT * DEFAULT_SPREAD**2) / (freedom + _SPREAD_WEIGHT)
    return max(LEAST_SPREAD, float(np.sqrt(variance)))


def mean_drop_z(usual: NDArray[np.floating], recent: NDArray[np.floating]) -> float:
    """Return how firmly the mean of ``recent`` lies below that of ``usual``; both hold ratings, neither is empty."""
    error = floored_spread(usual, recent) * np.sqrt(1 / len(usual) + 1 / len(recent))
    return float((usual.mean() - recent.mean()) / error)


def count_rise_z(count: float, expected: float, *, exposure: float, variance: float = 0.0) -> float:
    """Return how firmly ``count`` lies above ``expected``.

    ``exposure`` is the length of the baseline in units of the counted period: the expectation is itself estimated,
    which widens the variance by ``1 / exposure``. The count varies at least like a Poisson count, more where
    ``variance`` (per period) was seen to be larger.
    """
    spread_of_count = max(expected, variance, 1.0) * (1 + 1 / exposure)
    return float((count - expected) / np.sqrt(spread_of_count))


def share_shift_z(count: int, n: int, usual_count: int, usual_n: int) -> float:
    """Return how firmly two shares differ (absolute value), ``count`` of ``n`` and ``usual_count`` of ``usual_n``."""
    # Half a case is added to each cell (Agresti & Caffo 2000), or shares of 0 and 1 would seem certain.
    pooled = (count + usual_count + 1) / (n + usual_n + 2)
    error = np.sqrt(pooled * (1 - pooled) * (1 / (n + 1) + 1 / (usual_n + 1)))
    shift = (count + 0.5) / (n + 1) - (usual_count + 0.5) / (usual_n + 1)
    return float(abs(shift) / error)


def spread_rise_z(usual: NDArray[np.floating], recent: NDArray[np.floating]) -> float:
    """Return how firmly ``recent`` ratings vary more than ``usual`` ones; both hold at least two.

    The logarithm of a sample standard deviation has a standard error of about ``1 / sqrt(2 (n - 1))``.
    """
    error = np.sqrt(1 / (2 * (len(usual) - 1)) + 1 / (2 * (len(recent) - 1)))
    return float(np.log(floored_spread(recent) / floored_spread(usual)) / error)
