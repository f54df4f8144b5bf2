"""The six signs of a changed or heavy load: what each measures, and how many points it brings.

The bands are the contract's. Two rules keep chance and habit from raising an alarm:

* a fall of ratings and a rise of the load count only beyond chance (:mod:`tandem.pomodoro.models.chance`);
* night work, weekend work and scattered ratings that are usual for this person bring the points of their lowest
  band only. All habits together then stay at 25 points, which is still a low level. They count in full again while
  the load rises and the ratings fall at the same time.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tandem.pomodoro.models.burnout_baseline import WEEK, WINDOW_DAYS, Comparison
from tandem.pomodoro.models.chance import LIKELY, count_rise_z, mean_drop_z, spread_rise_z
from tandem.pomodoro.schemas.burnout import BurnoutFactorKey, FactorSeverity
from tandem.pomodoro.snapshot import Rows

_ENOUGH_RATINGS: Final = 3
_ENOUGH_FOR_HABIT: Final = 10

_DROP_Z: Final = 1.96
"""Two baselines are tried, so each must be exceeded with half the probability of :data:`LIKELY`."""

Bands = tuple[tuple[float, int, FactorSeverity], ...]
"""(lower bound, exclusive; points; severity), the highest band first."""

_DROP: Final[Bands] = ((0.20, 25, "high"), (0.10, 15, "medium"), (0.05, 8, "low"))
_LOAD: Final[Bands] = ((2.0, 20, "high"), (1.5, 12, "medium"), (1.2, 6, "low"))
_NIGHT: Final[Bands] = ((0.30, 15, "high"), (0.20, 10, "medium"), (0.10, 5, "low"))
_WEEKEND: Final[Bands] = ((0.40, 15, "high"), (0.25, 10, "medium"), (0.10, 5, "low"))
_SPREAD: Final[Bands] = ((25.0, 15, "high"), (15.0, 10, "medium"), (8.0, 5, "low"))
_HABIT_POINTS: Final = 5
"""The lowest band of the three signs that can be habits."""

_RUN: Final[Bands] = ((14, 10, "high"), (10, 7, "medium"), (7, 4, "low"))


@dataclass(frozen=True, slots=True)
class Measure:
    """One sign: ``points`` 1-25, ``value`` and ``usual`` in the sign's own unit (``usual`` None: not known).

    ``habit`` says that the value is no more than what is usual for this person.
    """

    factor: BurnoutFactorKey
    points: int
    severity: FactorSeverity
    value: float
    usual: float | None = None
    habit: bool = False


def measure_all(comparison: Comparison) -> list[Measure]:
    """Return the signs that bring points, the heaviest first, equal ones in the contract's order."""
    found = [measure for sign in _SIGNS if (measure := sign(comparison)) is not None]
    if not {measure.factor for measure in found} >= _STRAIN:
        found = [_least(measure) if measure.habit else measure for measure in found]
    return sorted(found, key=lambda measure: -measure.points)


def declining_productivity(comparison: Comparison) -> Measure | None:
    """Fall of the mean rating in the last 7 days, % of the mean before.

    Held against the first week of the window and against the baseline; the larger fall beyond chance counts.
    """
    recent = _ratings(comparison.window.only(comparison.recent))
    before = _ratings(comparison.window.only(~comparison.recent))
    references = [before, _ratings(comparison.usual)]
    drop, usual = max((_drop(reference, recent), _mean(reference)) for reference in references)
    return _banded("declining_productivity", drop, _DROP, value=round(100 * drop, 1), usual=round(usual, 1))


def overwork(comparison: Comparison) -> Measure | None:
    """Sessions per day in the last 7 days over the usual sessions per day, a ratio; free days count in both."""
    load = comparison.load
    if load is None:
        return None
    count = float(comparison.counts[-WEEK:].sum())
    expected = WEEK * load.per_day
    firm = count_rise_z(count, expected, exposure=load.days / WEEK, variance=load.week_variance)
    if firm < LIKELY:
        return None
    ratio = count / expected
    return _banded("overwork", ratio, _LOAD, value=round(ratio, 2), usual=1.0)


def night_sessions(comparison: Comparison) -> Measure | None:
    """Share of sessions that began at 21:00 or later, or before 5:00, %."""
    return _share(comparison, "night_sessions", _NIGHT, _at_night)


def weekend_work(comparison: Comparison) -> Measure | None:
    """Share of sessions on Saturday and Sunday, %."""
    return _share(comparison, "weekend_work", _WEEKEND, lambda rows: rows.weekday >= 5)


def variability(comparison: Comparison) -> Measure | None:
    """Sample standard deviation of the window's ratings, points."""
    ratings, usual = _ratings(comparison.window), _ratings(comparison.usual)
    if len(ratings) < _ENOUGH_RATINGS:
        return None
    deviation = float(np.std(ratings, ddof=1))
    measure = _banded("variability", deviation, _SPREAD, value=round(deviation, 1))
    if measure is None or len(usual) < _ENOUGH_FOR_HABIT:
        return measure
    habit = spread_rise_z(usual, ratings) < LIKELY
    return replace(measure, usual=round(float(np.std(usual, ddof=1)), 1), habit=habit)


def continuous_days(comparison: Comparison) -> Measure | None:
    """Longest run of days with a session that reaches into the window, days (56 at most)."""
    longest = run = 0
    for at, count in enumerate(comparison.counts.tolist()):
        run = run + 1 if count > 0 else 0
        if at >= len(comparison.counts) - WINDOW_DAYS:
            longest = max(longest, run)
    return _banded("continuous_days", longest, _RUN, value=float(longest))


_SIGNS: Final[tuple[Callable[[Comparison], Measure | None], ...]] = (
    declining_productivity,
    overwork,
    night_sessions,
    weekend_work,
    variability,
    continuous_days,
)


_STRAIN: Final[frozenset[BurnoutFactorKey]] = frozenset({"overwork", "declining_productivity"})


def _share(
    comparison: Comparison,
    factor: BurnoutFactorKey,
    bands: Bands,
    which: Callable[[Rows], NDArray[np.bool_]],
) -> Measure | None:
    count = int(which(comparison.window).sum())
    share = count / len(comparison.window)
    measure = _banded(factor, share, bands, value=round(100 * share, 1))
    habit = comparison.habit
    if measure is None or habit is None:
        return measure
    usual_count = int(which(comparison.usual).sum())
    # Numbers are compared, not shares: twice the load at the same share is twice the nights.
    expected = usual_count / habit.days * WINDOW_DAYS
    firm = count_rise_z(count, expected, exposure=habit.days / WINDOW_DAYS)
    return replace(measure, usual=round(100 * usual_count / len(comparison.usual), 1), habit=firm < LIKELY)


def _drop(reference: NDArray[np.float64], recent: NDArray[np.float64]) -> float:
    if min(len(reference), len(recent)) < _ENOUGH_RATINGS or mean_drop_z(reference, recent) < _DROP_Z:
        return 0.0
    usual = float(reference.mean())
    return (usual - float(recent.mean())) / usual


def _banded(
    factor: BurnoutFactorKey, measured: float, bands: Bands, *, value: float, usual: float | None = None
) -> Measure | None:
    for bound, points, severity in bands:
        if measured > bound:
            return Measure(factor, points, severity, value, usual)
    return None


def _least(measure: Measure) -> Measure:
    return replace(measure, points=_HABIT_POINTS, severity="low")


def _at_night(rows: Rows) -> NDArray[np.bool_]:
    return np.asarray((rows.hour >= 21) | (rows.hour < 5))


def _ratings(rows: Rows) -> NDArray[np.float64]:
    return rows.rating[rows.rated].astype(np.float64)


def _mean(ratings: NDArray[np.float64]) -> float:
    return float(ratings.mean()) if len(ratings) else 0.0
