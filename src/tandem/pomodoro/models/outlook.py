"""How many sessions a day or a week of the calendar is going to have, or was expected to have.

Finished days are forecast from the days before them, so nobody is told afterwards what was known only then. Today is
forecast from the finished days and then adjusted to what is done by now.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tandem.pomodoro.models.day_plan import share_done
from tandem.pomodoro.models.day_so_far import given_so_far
from tandem.pomodoro.models.forecast import DEFAULT_SESSIONS, MAX_AHEAD, fit
from tandem.pomodoro.models.forecast_answer import Forecast
from tandem.pomodoro.models.forecast_distribution import quantile
from tandem.pomodoro.schemas.common import Basis
from tandem.pomodoro.snapshot import Snapshot
from tandem.pomodoro.snapshot.days import SESSIONS
from tandem.pomodoro.snapshot.records import weekday_of

LONGEST_PAST: Final = 20 * 365
"""Days looked back at most; one session with a wrong year must not cost the memory."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """A number of sessions: its mean, the chance of any, and the ends of its 80 % interval (both included)."""

    expected: float
    probability_any: float
    low: int
    high: int
    basis: Basis
    sample_days: int


class DailyForecasts:
    """The forecasts that could be made when the day ``origin`` (ordinal) began; each is computed once."""

    def __init__(self, snapshot: Snapshot, origin: int) -> None:
        """Copy the counts of the days before ``origin``, from the first session on."""
        first = snapshot.days.first
        first = origin if first is None else max(first, origin - LONGEST_PAST)
        counts = snapshot.days.window(first, origin - 1)[:, SESSIONS].round().astype(np.int64)
        self._origin = origin
        self._forecaster = fit(counts.clip(0), weekday_of(first))
        self._known: dict[tuple[int, int], Forecast] = {}
        self.sample_days = len(self._forecaster.counts)

    def day(self, day: int) -> Forecast:
        """Return the forecast of ``day`` (ordinal, not before the origin).

        Days beyond the reach of the forecast are given that of the same weekday in the last week within it.
        """
        ahead = day - self._origin
        if ahead >= MAX_AHEAD:
            ahead = MAX_AHEAD - 7 + (ahead - MAX_AHEAD) % 7
        return self._once((ahead, 1), lambda: self._forecaster.day(ahead))

    def prepare(self, days: range) -> None:
        """Get ready for the forecasts of ``days`` (ordinals): cheaper than one by one."""
        self._forecaster.prepare(range(days.start - self._origin, days.stop - self._origin))

    def total(self, days: int) -> Forecast:
        """Return the forecast of the sum of the next ``days`` days (1-28)."""
        return self._once((0, days), lambda: self._forecaster.total(days))

    def _once(self, key: tuple[int, int], compute: Callable[[], Forecast]) -> Forecast:
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = compute()
        return found


def forecasts_before(snapshot: Snapshot, origin: int, today: int) -> DailyForecasts:
    """Return the forecasts made before ``origin``; those before today, and the last others asked for, are kept."""
    key = "forecast" if origin == today else "forecast before an earlier day"
    return snapshot.remember(key, origin, lambda: DailyForecasts(snapshot, origin))


def day_outlook(snapshot: Snapshot, now: datetime, day: int, *, origin: int | None = None) -> Outlook:
    """Return the outlook of ``day`` (ordinal).

    That of a past day as of the beginning of the day ``origin`` (not after ``day``), by default of that day itself.
    """
    today = now.date().toordinal()
    forecasts = forecasts_before(snapshot, min(day if origin is None else origin, today), today)
    forecast = forecasts.day(day)
    done = completed_on(snapshot, day)
    if day == today and (done or forecast.basis == "history"):
        return _given_now(snapshot, now, forecast, done, forecasts.sample_days)
    expected = DEFAULT_SESSIONS if forecast.basis == "default" else forecast.expected
    return Outlook(
        expected, _unit(forecast.p_any), forecast.low, forecast.high, forecast.basis, forecasts.sample_days
    )


def days_outlook(snapshot: Snapshot, now: datetime, start: int) -> list[Outlook]:
    """Return the outlooks of the seven days from ``start`` (ordinal), such that they fit :func:`week_outlook`.

    Of a past week: as of its beginning. Of a running one: what was done on the finished days, and the others as of now.
    """
    today = now.date().toordinal()
    days = range(start, start + 7)
    if start + 6 < today:
        forecasts_before(snapshot, start, today).prepare(days)
        return [day_outlook(snapshot, now, day, origin=start) for day in days]
    forecasts = forecasts_before(snapshot, today, today)
    forecasts.prepare(days)
    return [
        _finished(completed_on(snapshot, day), forecasts.sample_days)
        if day < today
        else day_outlook(snapshot, now, day)
        for day in days
    ]


def week_outlook(snapshot: Snapshot, now: datetime, start: int) -> Outlook:
    """Return the outlook of the sum of the seven days from ``start`` (ordinal).

    Of a past week: as of its beginning. Of a running one: what is done of it plus the rest.
    """
    today = now.date().toordinal()
    end = start + 6
    if end < today:
        forecasts = forecasts_before(snapshot, start, today)
        known = forecasts.total(7)
        return _sum(forecasts, 7, known.expected if known.basis == "history" else 7 * DEFAULT_SESSIONS)
    first = max(start, today)
    days = end - first + 1
    expected = sum(day_outlook(snapshot, now, day).expected for day in range(first, end + 1))
    rest = _sum(forecasts_before(snapshot, today, today), days, expected)
    done = round(float(snapshot.days.window(start, today - 1)[:, SESSIONS].sum())) if start < today else 0
    so_far = done + (completed_on(snapshot, today) if start <= today else 0)
    return Outlook(
        done + rest.expected, 1.0 if so_far else rest.probability_any, max(done + rest.low, so_far),
        max(done + rest.high, so_far), rest.basis, rest.sample_days,
    )  # fmt: skip


def completed_on(snapshot: Snapshot, day: int) -> int:
    """Return the number of completed sessions on ``day`` (ordinal)."""
    return max(0, round(float(snapshot.days.window(day, day)[0, SESSIONS])))


def _finished(done: int, sample_days: int) -> Outlook:
    return Outlook(float(done), float(done > 0), done, done, "history", sample_days)


def _sum(forecasts: DailyForecasts, days: int, expected: float) -> Outlook:
    """Return the distribution of a sum, moved to where the single days expect it."""
    total = forecasts.total(days)
    centre = total.expected if total.basis == "history" else expected
    shift = round(expected - centre)
    # For a person who is always the same both ends meet, and the mean may miss them by a fraction.
    low = max(0, min(total.low + shift, math.floor(expected)))
    high = max(total.high + shift, math.ceil(expected))
    return Outlook(expected, _unit(total.p_any), low, high, total.basis, forecasts.sample_days)


def _given_now(snapshot: Snapshot, now: datetime, forecast: Forecast, done: int, sample_days: int) -> Outlook:
    prior = forecast.probabilities
    posterior = given_so_far(prior, done, share_done(snapshot, now.weekday(), now.hour))
    outside = _left_outside(prior, forecast.low, forecast.high)
    return Outlook(
        expected=float(posterior @ np.arange(len(posterior))),
        probability_any=_unit(1.0 - float(posterior[0])),
        low=quantile(posterior, outside),
        high=quantile(posterior, 1.0 - outside),
        basis=forecast.basis,
        sample_days=sample_days,
    )


def _left_outside(probabilities: NDArray[np.float64], low: int, high: int) -> float:
    """Return the share that an interval leaves on each side, so that the same interval can be found again."""
    below = np.concatenate([[0.0], np.cumsum(probabilities)])
    least = max(below[low], 1.0 - below[high + 1])
    most = min(below[low + 1], 1.0 - below[high])
    return float(min(max((least + most) / 2, 0.001), 0.499))


def _unit(value: float) -> float:
    return min(max(value, 0.0), 1.0)
