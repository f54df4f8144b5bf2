"""How small samples are kept from winning: every mean is pulled towards the person's own.

A mean of ``n`` ratings is reported as ``(sum + K * prior) / (n + K)``, the posterior mean of a normal
likelihood with a normal prior whose weight is ``K`` pseudo-ratings (Gelman et al., Bayesian Data Analysis,
3rd ed., section 2.5). The prior of a cell (an hour, a preset, ...) is the person's overall mean; the prior of
that overall mean is the named default :data:`DEFAULT_PRODUCTIVITY`, with the weight of one rating.

Its ``confidence`` is ``n / (n + K)``: the share of the estimate that comes from the person's own ratings in
that cell and not from the prior. 0 means nothing is known, 0.5 is reached at ``K`` ratings, 1 never.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tandem.pomodoro.snapshot import RATED, RATING_SQUARES, RATING_SUM

DEFAULT_PRODUCTIVITY: Final = 70.0
"""What is expected of a person without any rating, 0-100 (``basis: "default"``)."""

PRIOR_RATINGS: Final = 5.0
"""K: as many ratings as a cell needs to weigh as much as the person's own mean."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean on the rating scale: ``value`` 0-100, ``n`` ratings behind it, ``confidence`` 0-1."""

    value: float
    n: int
    confidence: float


def shrunk(moments: NDArray[np.float64], prior: float, weight: float = PRIOR_RATINGS) -> Estimate:
    """Return the mean rating of a cell, ``moments`` of shape (5,), pulled towards ``prior``."""
    n = float(moments[RATED])
    value = (float(moments[RATING_SUM]) + weight * prior) / (n + weight)
    return Estimate(min(max(value, 0.0), 100.0), round(n), n / (n + weight))


def shrunk_all(
    moments: NDArray[np.float64], prior: float, weight: float = PRIOR_RATINGS
) -> NDArray[np.float64]:
    """Return the pulled means of many cells at once: moments (..., 5) to values (...)."""
    values = (moments[..., RATING_SUM] + weight * prior) / (moments[..., RATED] + weight)
    return np.asarray(np.clip(values, 0.0, 100.0))


def own_mean(total: NDArray[np.float64]) -> float:
    """Return the person's overall mean rating, ``total`` of shape (5,); the default where none is rated."""
    return shrunk(total, DEFAULT_PRODUCTIVITY, weight=1.0).value


def raw_mean(moments: NDArray[np.float64]) -> float | None:
    """Return the plain mean rating of a cell, None where nothing is rated."""
    n = float(moments[RATED])
    return float(moments[RATING_SUM]) / n if round(n) else None


def deviation(moments: NDArray[np.float64]) -> float | None:
    """Return the sample standard deviation of a cell's ratings, None for fewer than two."""
    n = float(moments[RATED])
    if n < 1.5:
        return None
    mean = float(moments[RATING_SUM]) / n
    return float(np.sqrt(max(0.0, (float(moments[RATING_SQUARES]) - n * mean * mean) / (n - 1))))
