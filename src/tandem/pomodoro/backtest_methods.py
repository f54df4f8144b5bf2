"""The simple forecasts that ours has to beat: each knows only the days before the one it forecasts.

Every method answers with `Points`: entry t holds what it said before day t began, for that day and for the seven days
from t on. Weekdays are 0 (Monday) to 6.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

WEEK = 7
LAST_WEEKS = 8
LAST_DAYS = 56
NO_DATA = 6.0
"""Said by every method that has seen nothing yet: the old service's answer."""


@dataclass(frozen=True, slots=True)
class Points:
    """Point forecasts in sessions: `day` for day t, `week` for days t to t + 6; both of shape (n,)."""

    day: Floats
    week: Floats


def week_totals(counts: Counts) -> Counts:
    """Sum of the seven days from each day on, shape (max(0, n - 6),)."""
    sums = np.concatenate([[0], np.cumsum(counts)])
    return np.asarray(sums[WEEK:] - sums[:-WEEK], dtype=np.int64)


def old_rule(counts: Counts, first_weekday: int) -> Points:
    """Mean over the active days (at least one session) of that weekday so far, rounded half to even.

    A weekday without any active day takes the mean over all active days; without any data the answer is 6.
    """
    weekday = (first_weekday + np.arange(counts.size)) % WEEK
    one_hot = np.eye(WEEK)[weekday]
    sessions = _before(one_hot * counts[:, None])
    active = _before(one_hot * (counts > 0)[:, None])
    overall = _ratio(sessions.sum(axis=1), active.sum(axis=1), np.full(counts.size, NO_DATA))
    table = np.rint(_ratio(sessions, active, np.repeat(overall[:, None], WEEK, axis=1)))
    return Points(table[np.arange(counts.size), weekday], table.sum(axis=1))


def same_weekday_last_week(counts: Counts) -> Points:
    """What happened seven days earlier; 6 in the first week."""
    return _of_last_weeks(counts, 1)


def mean_of_last_eight(counts: Counts) -> Points:
    """Mean of the last eight days with that weekday (fewer at the beginning); 6 in the first week."""
    return _of_last_weeks(counts, LAST_WEEKS)


def constant_zero(counts: Counts) -> Points:
    """No sessions, ever: hard to beat by absolute error where most days are empty."""
    return Points(np.zeros(counts.size), np.zeros(counts.size))


def empirical_quantiles(values: NDArray[np.integer] | Floats, shares: tuple[float, ...]) -> Floats:
    """Quantiles of the values with linear interpolation, shape (len(shares),); zeros if there are none."""
    return np.asarray(np.quantile(values, shares) if values.size else np.zeros(len(shares)), dtype=np.float64)


def median_of_last_days(counts: Counts) -> Points:
    """Median of the last 56 days, and of the seven-day totals inside them; 6 and 42 before there is one."""
    day, week = np.full(counts.size, NO_DATA), np.full(counts.size, NO_DATA * WEEK)
    totals = week_totals(counts)
    for today in range(1, counts.size):
        day[today] = np.median(counts[max(0, today - LAST_DAYS) : today])
        known = totals[max(0, today - LAST_DAYS) : max(0, today - WEEK + 1)]
        week[today] = np.median(known) if known.size else day[today] * WEEK
    return Points(day, week)


def _of_last_weeks(counts: Counts, weeks: int) -> Points:
    """Mean of the days 7, 14, ... days before, as far as there are any, `weeks` at most."""
    size = counts.size
    padded = np.concatenate([np.full(weeks * WEEK, np.nan), counts])
    # Before day t the days t-7 .. t-1 and their predecessors are known: one weekday each, so a week is their sum.
    past = np.lib.stride_tricks.sliding_window_view(padded, weeks * WEEK)[:size].reshape(size, weeks, WEEK)
    known = ~np.isnan(past)
    table = _ratio(np.where(known, past, 0.0).sum(axis=1), known.sum(axis=1), np.full((size, WEEK), NO_DATA))
    return Points(table[:, 0], table.sum(axis=1))


def _before(values: Floats) -> Floats:
    """Sums over all earlier rows."""
    return np.cumsum(values, axis=0) - values


def _ratio(above: Floats, below: NDArray[np.integer] | Floats, otherwise: Floats) -> Floats:
    return np.asarray(np.where(below > 0, above / np.maximum(below, 1), otherwise), dtype=np.float64)
