"""What a forecast says: a distribution over session counts and the figures read from it."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tandem.pomodoro.models.forecast_distribution import quantiles

Floats = NDArray[np.float64]
Basis = Literal["default", "history"]


@dataclass(frozen=True, slots=True)
class Forecast:
    """The number of sessions on `days` days that begin `ahead` days after the next one.

    Attributes:
        ahead: 0 for the day after the last known one.
        days: how many days are summed; 1 for a single day.
        expected: mean, sessions; what a person is shown.
        p_any: probability of at least one session, 0..1.
        median: the count with the least expected absolute error; 0 for whoever is idle on most days.
        low: lower end of the 80 % interval, included.
        high: upper end of the 80 % interval, included.
        outside: probability left out on each side of the interval, 0..0.5, as calibrated on the person's own days.
        q10: smallest count whose cumulative probability reaches 0.1.
        q90: the same for 0.9.
        basis: `default` if there was no history at all.
        probabilities: entry k is the chance of exactly k sessions (the last: of k or more), sum 1.
    """

    ahead: int
    days: int
    expected: float
    p_any: float
    median: int
    low: int
    high: int
    outside: float
    q10: int
    q90: int
    basis: Basis
    probabilities: Floats = field(repr=False, compare=False)


def answer(probabilities: Floats, outside: float, basis: Basis, *, ahead: int = 0, days: int = 1) -> Forecast:
    """Read all figures from a distribution over 0, 1, 2, ... sessions (sum 1); `outside` as in `Forecast`."""
    q10, median, q90, low, high = quantiles(probabilities, (0.1, 0.5, 0.9, outside, 1.0 - outside))
    return Forecast(
        ahead=ahead,
        days=days,
        expected=float(probabilities @ np.arange(probabilities.size)),
        p_any=min(1.0, max(0.0, float(1.0 - probabilities[0]))),
        median=median,
        low=low,
        high=high,
        outside=outside,
        q10=q10,
        q90=q90,
        basis=basis,
        probabilities=probabilities,
    )
