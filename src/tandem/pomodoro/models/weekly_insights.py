"""What a week of the calendar brings: how many sessions, on what to focus, and what to know about it."""

from datetime import date, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tandem.core.i18n import Translator
from tandem.pomodoro.models.forecast import DEFAULT_SESSIONS
from tandem.pomodoro.models.ranking import best_of
from tandem.pomodoro.models.session_predictor import check_week, predict_week
from tandem.pomodoro.models.session_trends import percent_change
from tandem.pomodoro.models.shrinkage import own_mean
from tandem.pomodoro.schemas.themes import WeeklyInsights
from tandem.pomodoro.snapshot import COMPLETED, Rows, Snapshot
from tandem.pomodoro.snapshot.days import SESSIONS

WORTH_TELLING: Final = 10
"""Per cent by which the number of sessions must differ for the tip to mention it."""


def weekly_insights(snapshot: Snapshot, now: datetime, text: Translator, start: date) -> WeeklyInsights:
    """Return forecast, focus, tip and trend of the seven days from ``start``, whatever weekday that is.

    Raises:
        InvalidInputError: the seven days would reach beyond the calendar.
    """
    check_week(start)
    if snapshot.statistics.total()[COMPLETED] < 0.5:
        return _without_sessions(text)
    first = start.toordinal()
    rows = snapshot.window(first, first + 6)
    prior = own_mean(snapshot.statistics.total())
    category = best_of(*_by_code(rows.category, rows, len(snapshot.categories)), prior)
    week = predict_week(snapshot, now, start=start)
    pace = _pace(snapshot, now, first)
    focus = None if category is None else snapshot.categories[category]
    rating = None if category is None else _mean(rows, category)
    hour = best_of(*_by_code(rows.hour, rows, 24), prior)
    return WeeklyInsights(
        predicted_sessions=week.total_predicted_sessions,
        interval_80=None if week.basis == "default" else week.interval_80,
        basis=week.basis,
        recommended_focus=focus,
        tip=_tip(text, focus, rating, pace, hour),
        productivity_trend=percent_change(_sessions(snapshot, first - 7, 7), _sessions(snapshot, first, 7))
        or 0,
        pace=pace,
        week_sessions=len(rows),
        best_theme_rating=rating,
    )


def _without_sessions(text: Translator) -> WeeklyInsights:
    return WeeklyInsights(
        predicted_sessions=round(7 * DEFAULT_SESSIONS),
        interval_80=None,
        basis="default",
        recommended_focus=None,
        tip=text("Complete a few sessions first; then there will be something to tell."),
        productivity_trend=0,
        pace=None,
        week_sessions=0,
        best_theme_rating=None,
    )


def _sessions(snapshot: Snapshot, first: int, days: int) -> float:
    return float(snapshot.days.window(first, first + days - 1)[:, SESSIONS].sum())


def _pace(snapshot: Snapshot, now: datetime, first: int) -> int | None:
    """Compare the finished days of the week with the same days of the week before, %."""
    days = min(now.date().toordinal() - first, 7)
    if days < 1:
        return None
    return percent_change(_sessions(snapshot, first - 7, days), _sessions(snapshot, first, days))


def _by_code(codes: NDArray[np.integer], rows: Rows, size: int) -> tuple[range, NDArray[np.float64]]:
    """Return the codes 0..size-1 and the moments of the sessions that carry them, shape (size, 5)."""
    rated = rows.rated.astype(np.float64)
    ratings = np.where(rows.rated, rows.rating, 0.0).astype(np.float64)
    ones = np.ones(len(rows))
    columns = [
        np.bincount(codes, weights, size) for weights in (ones, ones, rated, ratings, ratings * ratings)
    ]
    return range(size), np.stack(columns, axis=-1)


def _mean(rows: Rows, category: int) -> float:
    ratings = rows.rating[(rows.category == category) & rows.rated].astype(np.float64)
    return round(min(max(float(ratings.mean()), 0.0), 100.0), 1)


def _tip(
    text: Translator, focus: str | None, rating: float | None, pace: int | None, hour: int | None
) -> str:
    sentences = []
    if focus is not None and rating is not None:
        sentences.append(
            text("{theme} goes best, with {rating} % on average.", theme=focus, rating=round(rating))
        )
    if pace is not None and pace > WORTH_TELLING:
        sentences.append(text("You do {percent} % more sessions than a week before.", percent=pace))
    if pace is not None and pace < -WORTH_TELLING:
        sentences.append(text("You do {percent} % fewer sessions than a week before.", percent=-pace))
    if hour is not None:
        sentences.append(text("Your best hour is {hour}:00.", hour=hour))
    return " ".join(sentences) or text("Rate your sessions to learn when and at what you work best.")
