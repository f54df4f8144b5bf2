"""The last days of a person and what is usual for them, cut so that the two never overlap."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tandem.pomodoro.models.chance import floored_spread
from tandem.pomodoro.models.shrinkage import own_mean
from tandem.pomodoro.snapshot import COMPLETED, Rows, Snapshot

BASELINE_DAYS: Final = 14

SHORT: Final = 3
"""Length of the recent period for most detectors, dates, today included."""

LONG: Final = 7
"""Length of the recent period for what changes slowly, dates."""

ENOUGH_SESSIONS: Final = 5
"""Below so many sessions in the baseline nothing is called usual."""

_LEAST_IQR: Final = 2
"""Hours. Somebody who always starts at nine may start at eleven without being told."""


@dataclass(frozen=True, slots=True)
class Period:
    """Completed sessions of some days, oldest first."""

    rows: Rows

    @property
    def ratings(self) -> NDArray[np.float64]:
        """The ratings in the order of time."""
        return self.rows.rating[self.rows.rated].astype(np.float64)

    @property
    def day_counts(self) -> NDArray[np.int64]:
        """Sessions of each day that has one."""
        return np.asarray(np.unique(self.rows.day, return_counts=True)[1])

    @property
    def per_active_day(self) -> float:
        """Sessions per day that has one, 0 without any."""
        counts = self.day_counts
        return float(counts.mean()) if len(counts) else 0.0

    def category_counts(self, categories: int) -> NDArray[np.int64]:
        """Sessions by category code; shape (categories,)."""
        return np.asarray(np.bincount(self.rows.category, minlength=categories))

    def __len__(self) -> int:
        """How many sessions."""
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class Cut:
    """A recent period and the :data:`BASELINE_DAYS` dates before it."""

    recent: Period
    usual: Period

    @property
    def known(self) -> bool:
        """Whether enough is known of what is usual."""
        return len(self.usual) >= ENOUGH_SESSIONS

    @property
    def rated(self) -> bool:
        """Whether enough is known of the usual ratings."""
        return len(self.usual.ratings) >= ENOUGH_SESSIONS

    @property
    def mean(self) -> float:
        """Usual rating; only when :attr:`rated`."""
        return float(self.usual.ratings.mean())

    @property
    def deviation(self) -> float:
        """Standard deviation of the usual ratings, points, never below a slider's step."""
        return floored_spread(self.usual.ratings)


def cut(rows: Rows, today: int, recent: int) -> Cut:
    """Cut ``rows`` (of at least the last ``recent`` + 14 dates) into the last ``recent`` dates and those before."""
    border = today - recent
    known = rows.day > border - BASELINE_DAYS
    return Cut(
        Period(rows.only(known & (rows.day > border))), Period(rows.only(known & (rows.day <= border)))
    )


def usual_hours(counts: NDArray[np.floating]) -> tuple[int, int]:
    """Return the first and the last usual starting hour (0-23, both included) from sessions by hour, shape (24,).

    Tukey's fences: 1.5 interquartile ranges beyond the quartiles, with a floor on that range, widened to one hour
    around those that were used twice.
    """
    hours = np.repeat(np.arange(24), counts.astype(np.intp))
    low, high = int(hours[len(hours) // 4]), int(hours[3 * len(hours) // 4])
    reach = 1.5 * max(_LEAST_IQR, high - low)
    often = np.flatnonzero(counts >= 2)
    first = min([int(np.floor(low - reach)), *(often[:1] - 1).tolist()])
    last = max([int(np.ceil(high + reach)), *(often[-1:] + 1).tolist()])
    return max(0, first), min(23, last)


def hour_counts(period: Period, snapshot: Snapshot) -> NDArray[np.floating]:
    """Return sessions by hour of ``period``, of the whole history where the period holds too few."""
    if len(period) >= ENOUGH_SESSIONS:
        return np.asarray(np.bincount(period.rows.hour, minlength=24), dtype=np.float64)
    return np.asarray(snapshot.statistics.hours()[:, COMPLETED])


def usual_rating(period: Period, snapshot: Snapshot) -> float:
    """Return the mean rating of ``period``, of the whole history where it has none (70 where that has none)."""
    return float(period.ratings.mean()) if len(period.ratings) else own_mean(snapshot.statistics.total())
