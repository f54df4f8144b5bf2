"""What is left of today, given the sessions done so far and how much of a usual day has passed.

If each of the n sessions of a day falls before now with a probability around s, the number done by now is
beta-binomial, with mean n * s (J. Skellam, 1948). Bayes' rule turns the forecast for the day into

    P(n | done) ~ P(n) * BetaBinomial(done; n, CONCENTRATION * s, CONCENTRATION * (1 - s)),    n >= done.

Nothing done at a time when most of the day's sessions are usually over speaks for an idle day, but not beyond doubt:
people's days shift. That is what the concentration stands for; an infinite one would mean that they never do.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tandem.pomodoro.models.forecast_answer import Forecast, answer

Floats = NDArray[np.float64]

CONCENTRATION = 10.0
"""How alike a person's days are in their hours: the weight of this many sessions."""

PRIOR_SESSIONS = 12.0
PRIOR_HOURS = (8, 20)
"""Assumed hours in front of a person's own: one session in each hour from 8 to 20 o'clock."""

HOURS = 24


@dataclass(frozen=True, slots=True)
class TodayForecast:
    """Today's total (a `Forecast`, never below `done`) and the rest: `remaining` sessions expected, `p_more` (0..1)."""

    total: Forecast
    done: int
    share: float
    remaining: float
    p_more: float


def share_passed(by_hour: NDArray[np.integer], hour: float) -> float:
    """Share of a day's sessions usually begun before this time of day, 0..1.

    Args:
        by_hour: the person's sessions by hour of beginning, shape (24,), counts.
        hour: local time of day in hours, 0..24, e.g. 13.5; within an hour sessions are taken as evenly spread.

    Raises:
        ValueError: `by_hour` does not have 24 entries or `hour` is outside 0..24.
    """
    if by_hour.shape != (HOURS,) or not 0.0 <= hour <= HOURS:
        raise ValueError(
            f"24 hourly counts and an hour from 0 to 24 are needed, not {by_hour.shape} and {hour}"
        )
    weights = by_hour.astype(np.float64)
    first, end = PRIOR_HOURS
    weights[first:end] += PRIOR_SESSIONS / (end - first)
    passed = np.concatenate([[0.0], np.cumsum(weights)]) / weights.sum()
    return float(np.interp(hour, np.arange(HOURS + 1), passed))


def given_so_far(forecast: Forecast, done: int, share: float) -> TodayForecast:
    """The forecast for a day, updated by the sessions done.

    Args:
        forecast: the forecast for that day, its distribution reaching beyond `done`.
        done: sessions completed so far, >= 0.
        share: share of a day's sessions usually begun by now, 0..1; see `share_passed`.

    Raises:
        ValueError: `done` is negative or beyond the distribution, or `share` is outside 0..1.
    """
    if not 0 <= done < forecast.probabilities.size or not 0.0 <= share <= 1.0:
        raise ValueError(
            f"done must be 0 to {forecast.probabilities.size - 1} and share 0 to 1, not {done} and {share}"
        )
    mass = forecast.probabilities * _likelihood(done, share, forecast.probabilities.size)
    if mass.sum() <= np.finfo(np.float64).tiny:  # never so many before, and the day is over
        mass[done] = 1.0
    total = answer(mass / mass.sum(), forecast.outside, forecast.basis, ahead=forecast.ahead)
    more = float(total.probabilities[done + 1 :].sum())
    return TodayForecast(total, done, share, max(0.0, total.expected - done), min(1.0, more))


def _likelihood(done: int, share: float, size: int) -> Floats:
    """Beta-binomial chance of `done` out of n, for n = 0..size-1, up to a factor: by its ratio from n to n + 1."""
    totals = np.arange(done, size - 1)
    late = CONCENTRATION * (1.0 - share)
    ratios = (totals + 1.0) / (totals + 1.0 - done) * (totals - done + late) / (totals + CONCENTRATION)
    return np.concatenate([np.zeros(done), [1.0], np.cumprod(ratios)])
