"""A person's recent level of activity, seen through windows of several lengths.

The level of a half-life H before day i is the weighted mean of all earlier days, a day that is a days old weighing
0.5 ** (a / H), plus the prior day (`prior_mean` sessions, the weight of `PRIOR_DAYS` days) in front of the history.
It is the exponentially weighted mean of R. G. Brown (1956) with the start-up bias divided out.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

HALF_LIVES = (2.0, 7.0, 28.0, 120.0, 36500.0)
"""Days after which a past day weighs half: yesterday, the week, the month, the season, and the plain mean."""

LEVEL_SHARES = (0.05, 0.20, 0.30, 0.25, 0.20)
"""What each level counts for (in the logarithm) as long as the person's own days have not taught otherwise."""

PRIOR_DAYS = 1.0
"""Weight of the assumed level, in days: after three real days the person's own mean has three quarters."""

SEASON = 3
SEASON_SHARE = 0.25
"""Share of the season's level added to each level before its logarithm, so that a pause of a week stays finite."""

FLOOR = 0.02
"""Sessions a day below which a season's level does not count as lower."""


def levels(counts: Counts, prior_mean: float) -> Floats:
    """Every level before each day and before the day after the last: shape (n + 1, len(HALF_LIVES)), never negative.

    Args:
        counts: sessions per calendar day, oldest first, shape (n,).
        prior_mean: sessions a day assumed in front of the history.
    """
    keep = 0.5 ** (1.0 / np.array(HALF_LIVES))[:, None]
    days = np.arange(counts.size + 1)
    sums = np.zeros((len(HALF_LIVES), days.size))
    sums[:, 0], sums[:, 1:] = PRIOR_DAYS * prior_mean, counts
    reach = 1
    while reach < days.size:  # running sums by doubling: after each round an entry holds twice as many days
        sums[:, reach:] += keep**reach * sums[:, :-reach]
        reach *= 2
    faded = keep**days
    return np.asarray((sums / ((1.0 - faded) / (1.0 - keep) + PRIOR_DAYS * faded)).T, dtype=np.float64)


def log_levels(counts: Counts, prior_mean: float) -> Floats:
    """Logarithms of the levels, each mixed with some of the season's, shape (n + 1, len(HALF_LIVES))."""
    plain = levels(counts, prior_mean)
    season = plain[:, SEASON, None] + FLOOR
    return np.asarray(np.log((plain + SEASON_SHARE * season) / (1.0 + SEASON_SHARE)), dtype=np.float64)


def weekdays(first_weekday: int, days: int) -> Floats:
    """One column per weekday, 1.0 on that weekday: shape (days, 7); `first_weekday` 0 is Monday."""
    table: Floats = np.eye(7)[(first_weekday + np.arange(days)) % 7]
    return table
