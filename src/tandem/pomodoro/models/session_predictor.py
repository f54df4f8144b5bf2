"""How many sessions a day and a week are going to have, and how they go."""

from datetime import date, datetime
from math import floor
from typing import Final

from tandem.core.errors import InvalidInputError
from tandem.core.i18n import Translator
from tandem.pomodoro.models.day_plan import energy_at, schedule
from tandem.pomodoro.models.outlook import Outlook, completed_on, day_outlook, days_outlook, week_outlook
from tandem.pomodoro.models.shrinkage import own_mean, shrunk
from tandem.pomodoro.presets import WEEKDAYS_EN
from tandem.pomodoro.schemas.common import Basis
from tandem.pomodoro.schemas.predictions import DayPrediction, TodayPrediction, WeekPrediction
from tandem.pomodoro.snapshot import COMPLETED, RATED, Snapshot
from tandem.pomodoro.snapshot.days import SESSIONS

_CONFIDENCES: Final = ((10, 0.3), (30, 0.5), (100, 0.7))
_MOST_CONFIDENT: Final = 0.85


def predict_today(
    snapshot: Snapshot, now: datetime, text: Translator, *, day: date | None = None
) -> TodayPrediction:
    """Predict the sessions of ``day``, by default today.

    Today's prediction knows what is done by now. A past day's is the one that could be made before it, and it has no
    schedule; that of a day to come begins at midnight.
    """
    asked = now.date() if day is None else day
    outlook = day_outlook(snapshot, now, asked.toordinal())
    done = completed_on(snapshot, asked.toordinal())
    predicted = round(outlook.expected)
    return TodayPrediction(
        date=asked,
        current_hour=now.hour,
        completed_sessions=done,
        predicted_sessions=predicted,
        remaining_sessions=max(0, predicted - done),
        expected_sessions=round(outlook.expected, 1),
        probability_any=round(outlook.probability_any, 2),
        interval_80=(outlook.low, outlook.high),
        predicted_productivity=productivity_on(snapshot, asked.weekday()),
        productivity_basis=productivity_basis(snapshot),
        recommended_schedule=[]
        if asked < now.date()
        else schedule(snapshot, asked.weekday(), now.hour if asked == now.date() else 0),
        confidence=_confidence(snapshot, now, asked),
        energy_forecast=energy_at(now.hour, text),
        basis=outlook.basis,
        sample_days=outlook.sample_days,
    )


def predict_week(snapshot: Snapshot, now: datetime, *, start: date | None = None) -> WeekPrediction:
    """Predict the seven days from ``start``, by default from today.

    A week that is over is predicted as it could be before it began. In a running one the finished days are what was
    done on them, and today is rounded as in :func:`predict_today`; the other days are rounded together.

    Raises:
        InvalidInputError: the seven days would reach beyond the calendar.
    """
    first = now.date() if start is None else start
    check_week(first)
    outlooks = days_outlook(snapshot, now, first.toordinal())
    ahead_of_today = now.date().toordinal() - first.toordinal()
    whole = whole_numbers(
        [each.expected for each in outlooks], alone=ahead_of_today if 0 <= ahead_of_today < 7 else None
    )
    days = [
        _day(snapshot, now, first.toordinal() + ahead, outlook, sessions)
        for ahead, (outlook, sessions) in enumerate(zip(outlooks, whole, strict=True))
    ]
    week = week_outlook(snapshot, now, first.toordinal())
    return WeekPrediction(
        predictions=days,
        total_predicted_sessions=sum(each.predicted_sessions for each in days),
        avg_predicted_productivity=round(sum(each.predicted_productivity for each in days) / 7, 2),
        productivity_basis=productivity_basis(snapshot),
        expected_total=round(week.expected, 1),
        interval_80=(week.low, week.high),
        basis=week.basis,
        sample_days=week.sample_days,
    )


def check_week(start: date) -> None:
    """Raise InvalidInputError if the calendar ends within the seven days from ``start``."""
    if start.toordinal() > date.max.toordinal() - 6:
        raise InvalidInputError(
            f"no week begins on {start.isoformat()}: the calendar ends on {date.max.isoformat()}"
        )


def productivity_on(snapshot: Snapshot, weekday: int) -> float:
    """Return the mean rating to expect on a ``weekday`` (0 = Monday), 0-100, one decimal."""
    days = snapshot.statistics.weekdays()
    return round(shrunk(days[weekday], own_mean(days.sum(axis=0))).value, 1)


def productivity_basis(snapshot: Snapshot) -> Basis:
    """Return ``default`` for a person without a rating, whose expected ratings are then invented."""
    return "history" if float(snapshot.statistics.total()[RATED]) > 0.5 else "default"


def whole_numbers(expected: list[float], *, alone: int | None = None) -> list[int]:
    """Return whole numbers of sessions whose sum is next to that of ``expected``: less than one away.

    Rounding each day by itself would make a week of seven times 0.4 a week of 0. All are rounded down, and those with
    the largest remainders (Hamilton's method; the earlier one of equals) up, as many as the sum needs: a day that
    expects more never gets fewer. Only the day at the index ``alone`` is rounded by itself.
    """
    whole = [floor(each) for each in expected]
    others = [at for at in range(len(expected)) if at != alone]
    if alone is not None:
        whole[alone] = round(expected[alone])
    by_remainder = sorted(others, key=lambda at: whole[at] - expected[at])
    raisable = sum(expected[at] > whole[at] for at in others)
    wanted = round(sum(expected)) - sum(whole)
    for at in by_remainder[: min(max(wanted, 0), raisable)]:
        whole[at] += 1
    return whole


def _day(snapshot: Snapshot, now: datetime, day: int, outlook: Outlook, sessions: int) -> DayPrediction:
    on = date.fromordinal(day)
    return DayPrediction(
        date=on,
        day_name=WEEKDAYS_EN[on.weekday()],
        predicted_sessions=sessions,
        predicted_productivity=productivity_on(snapshot, on.weekday()),
        productivity_basis=productivity_basis(snapshot),
        completed_sessions=completed_on(snapshot, day) if on <= now.date() else 0,
        expected_sessions=round(outlook.expected, 1),
        probability_any=round(outlook.probability_any, 2),
        interval_80=(outlook.low, outlook.high),
    )


def _confidence(snapshot: Snapshot, now: datetime, asked: date) -> float:
    """Judge by how many completed sessions the prediction could know of."""
    known = float(snapshot.statistics.total()[COMPLETED])
    if asked < now.date():
        since = snapshot.days.window(asked.toordinal(), now.date().toordinal())
        known -= float(since[:, SESSIONS].sum())
    return next((confidence for limit, confidence in _CONFIDENCES if known < limit - 0.5), _MOST_CONFIDENT)
