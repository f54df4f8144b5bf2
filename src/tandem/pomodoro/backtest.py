"""How good would the forecasts have been? Rolling evaluation over a log of sessions per day, beside simple methods.

Every calendar day from the first to the last session counts, empty ones as 0. The last 40 % of the days are scored:
before each of them every method forecasts that day and the sum of the seven days from it on (weeks that end inside the
log; if none begins among the scored days, the last whole one), from the days before it alone.

* `mae_1d`, `mae_7d`: mean absolute error, in sessions a day and sessions a week.
* `pinball`: mean over the days and over the shares 0.1, 0.5 and 0.9 of `(share - [y < q]) * (y - q)` (R. Koenker and
  G. Bassett, 1978). Ours is scored on its plain quantiles q10, median, q90.
* `coverage80`: share of the days that the 80 % interval held, ends included; ours is the calibrated `low`..`high`.

A simple method has no distribution of its own. It gets the empirical quantiles of its own errors on the last 56 days,
added to its point forecast, never below 0, for the shares 0.1 and 0.9, which are also its interval; its 0.5 is the point
forecast itself. `empirical_56` is no point method: quantiles of the counts of the last 56 days.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from tandem.pomodoro import backtest_methods as methods
from tandem.pomodoro.backtest_methods import Counts, Floats, Points
from tandem.pomodoro.models.forecast import fit

SCORED_SHARE = 0.4
MIN_DAYS = 14
SHARES = (0.1, 0.5, 0.9)
ERROR_DAYS = 56

Progress = Callable[[int, int], None]


class LogTooShortError(ValueError):
    """The log has too few calendar days to be scored: `days` of at least `MIN_DAYS`, `missing` more are needed."""

    def __init__(self, days: int) -> None:
        self.days = days
        self.missing = MIN_DAYS - days
        super().__init__(
            f"the log covers {days} calendar days; {MIN_DAYS} are needed to score forecasts, {self.missing} are missing"
        )


@dataclass(frozen=True, slots=True)
class Scores:
    """Figures of one method over the scored days; units in the module's text."""

    mae_1d: float
    mae_7d: float
    pinball: float
    coverage80: float


@dataclass(frozen=True, slots=True)
class BacktestResult:
    """Figures of all methods over one log of `days` calendar days, of which `scored` were forecast."""

    log: str
    days: int
    scored: int
    methods: dict[str, Scores]

    def as_json(self) -> dict[str, str | int | dict[str, dict[str, float]]]:
        """`{log, days, methods: {name: {mae_1d, mae_7d, pinball, coverage80}}}`, all figures finite."""
        return {
            "log": self.log,
            "days": self.days,
            "methods": {name: asdict(scores) for name, scores in self.methods.items()},
        }


@dataclass(frozen=True, slots=True)
class Forecasts:
    """What one method said before each scored day: `day`, `low`, `high` (n,), `quantiles` (n, 3), `week` (weeks,)."""

    day: Floats
    week: Floats
    quantiles: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class Span:
    """The days a log is scored on: `days` and the first days of its `weeks`, as indices, ascending."""

    days: NDArray[np.intp]
    weeks: NDArray[np.intp]


def daily_counts(days: Iterable[date]) -> tuple[Counts, date]:
    """Sessions per calendar day from the first to the last of the given days, and the first day.

    Raises ValueError without any day.
    """
    ordinals = np.array([day.toordinal() for day in days], dtype=np.int64)
    if not ordinals.size:
        raise ValueError("the log holds no sessions")
    first = int(ordinals.min())
    return np.bincount(ordinals - first).astype(np.int64), date.fromordinal(first)


def span(days: int) -> Span:
    """The scored days and weeks of a log of that many calendar days. Raises LogTooShortError."""
    if days < MIN_DAYS:
        raise LogTooShortError(days)
    first = days - math.floor(SCORED_SHARE * days)
    last_week = days - methods.WEEK
    return Span(np.arange(first, days), np.arange(min(first, last_week), last_week + 1))


def run(counts: Counts, first_day: date, log: str, progress: Progress | None = None) -> BacktestResult:
    """Score every method on a log.

    Args:
        counts: sessions per calendar day, oldest first, shape (n,).
        first_day: date of the first count.
        log: name for the report.
        progress: called with (days done, days in all) after each day forecast.

    Raises:
        LogTooShortError: fewer than `MIN_DAYS` days.
    """
    where = span(counts.size)
    weekday = first_day.weekday()
    points = {
        "old_rule": methods.old_rule(counts, weekday),
        "same_weekday_last_week": methods.same_weekday_last_week(counts),
        "mean_of_last_eight": methods.mean_of_last_eight(counts),
        "zero": methods.constant_zero(counts),
    }
    said = {"tandem": _ours(counts, weekday, where, progress)}
    said |= {name: _with_errors(point, counts, where) for name, point in points.items()}
    said["empirical_56"] = _empirical(counts, where)
    scores = {name: score(forecasts, counts, where) for name, forecasts in said.items()}
    return BacktestResult(log, int(counts.size), int(where.days.size), scores)


def score(said: Forecasts, counts: Counts, where: Span) -> Scores:
    """Compare what a method said with what happened."""
    happened = counts[where.days].astype(np.float64)
    weeks = methods.week_totals(counts)[where.weeks]
    return Scores(
        mae_1d=float(np.abs(said.day - happened).mean()),
        mae_7d=float(np.abs(said.week - weeks).mean()),
        pinball=pinball(happened, said.quantiles),
        coverage80=float(((happened >= said.low) & (happened <= said.high)).mean()),
    )


def pinball(happened: Floats, quantiles: Floats) -> float:
    """Mean pinball loss of quantiles (n, 3) for the shares 0.1, 0.5, 0.9 against what happened (n,), in sessions."""
    over = happened[:, None] - quantiles
    shares = np.array(SHARES)
    return float(np.maximum(shares * over, (shares - 1.0) * over).mean())


def _ours(counts: Counts, first_weekday: int, where: Span, progress: Progress | None) -> Forecasts:
    days, weeks = [], []
    start = int(min(where.days[0], where.weeks[0]))
    for today in range(start, counts.size):
        forecaster = fit(counts[:today], first_weekday)
        if today >= where.days[0]:
            days.append(forecaster.day())
        if today <= where.weeks[-1]:
            weeks.append(float(forecaster.total().median))
        if progress is not None:
            progress(today + 1 - start, counts.size - start)
    quantiles = np.array([(day.q10, day.median, day.q90) for day in days], dtype=np.float64)
    ends = np.array([(day.low, day.high) for day in days], dtype=np.float64)
    return Forecasts(quantiles[:, 1], np.array(weeks), quantiles, ends[:, 0], ends[:, 1])


def _with_errors(points: Points, counts: Counts, where: Span) -> Forecasts:
    errors = counts - points.day
    # The first week has no forecast worth the name: its errors are left out.
    recent = [errors[max(methods.WEEK, today - ERROR_DAYS) : today] for today in where.days]
    around = np.array([methods.empirical_quantiles(error, (SHARES[0], SHARES[-1])) for error in recent])
    day = points.day[where.days]
    ends = np.maximum(day[:, None] + around, 0.0)
    quantiles = np.stack([ends[:, 0], day, ends[:, 1]], axis=1)
    return Forecasts(day, points.week[where.weeks], quantiles, ends[:, 0], ends[:, 1])


def _empirical(counts: Counts, where: Span) -> Forecasts:
    recent = [counts[max(0, today - methods.LAST_DAYS) : today] for today in where.days]
    quantiles = np.array([methods.empirical_quantiles(window, SHARES) for window in recent])
    week = methods.median_of_last_days(counts).week[where.weeks]
    return Forecasts(quantiles[:, 1], week, quantiles, quantiles[:, 0], quantiles[:, 2])
