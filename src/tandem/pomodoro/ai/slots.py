"""The slots that a model may write, and what stands for each: one short phrase that names what it counts.

A phrase carries its own time ("3 sessions yesterday"), so a slot in the wrong place makes an odd sentence, never a false one.
A slot whose fact is unknown is not offered.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from tandem.pomodoro.ai.facts import Facts
from tandem.pomodoro.ai.phrases import hour
from tandem.pomodoro.ai.span import Span
from tandem.pomodoro.presets import PRESETS

Slot = Callable[[Facts], str | None]


def _sessions_today(facts: Facts) -> str:
    return facts.text.count("{n} session today", "{n} sessions today", facts.today.sessions)


def _sessions_yesterday(facts: Facts) -> str:
    return facts.text.count("{n} session yesterday", "{n} sessions yesterday", facts.yesterday.sessions)


def _sessions_week(facts: Facts) -> str:
    return facts.text.count("{n} session this week", "{n} sessions this week", facts.week.sessions)


def _sessions_month(facts: Facts) -> str:
    return facts.text.count(
        "{n} session in the last 30 days", "{n} sessions in the last 30 days", facts.month.sessions
    )


def _minutes_today(facts: Facts) -> str:
    return facts.text("{time} of work today", time=facts.say.duration(facts.today.minutes))


def _minutes_yesterday(facts: Facts) -> str:
    return facts.text("{time} of work yesterday", time=facts.say.duration(facts.yesterday.minutes))


def _rating(span: Span, facts: Facts, message: str) -> str | None:
    return None if span.rating is None else facts.text(message, rating=round(span.rating))


def _expected(facts: Facts) -> str:
    return facts.text.count(
        "{n} session in today's forecast",
        "{n} sessions in today's forecast",
        facts.forecast.predicted_sessions,
    )


def _remaining(facts: Facts) -> str:
    return facts.text.count(
        "{n} more session in today's forecast", "{n} more sessions in today's forecast",
        facts.forecast.remaining_sessions,
    )  # fmt: skip


def _range(facts: Facts) -> str:
    low, high = facts.forecast.interval_80
    return facts.text("{range} in today's forecast", range=facts.say.between(low, high))


def _tomorrow(facts: Facts) -> str:
    return facts.text.count(
        "{n} session in tomorrow's forecast", "{n} sessions in tomorrow's forecast",
        facts.tomorrow.predicted_sessions,
    )  # fmt: skip


def _streak(facts: Facts) -> str:
    return facts.text.count("a streak of {n} day", "a streak of {n} days", facts.streak)


def _best_hours(facts: Facts) -> str | None:
    hours = facts.analysis.best_hours
    return (
        facts.text("best hours {hours}", hours=facts.say.names([hour(each) for each in hours]))
        if hours
        else None
    )


def _usual(facts: Facts) -> str | None:
    usual = facts.usual_per_day
    if usual is None:
        return None
    return facts.text("a usual daily average of {number} sessions", number=facts.say.number(usual))


def _goal(facts: Facts) -> str:
    return facts.text.count("{n} session in a usual week", "{n} sessions in a usual week", facts.weekly_goal)


def _wellness(name: str, message: str) -> Slot:
    def slot(facts: Facts) -> str | None:
        value = getattr(facts.check_in.values, name) if facts.check_in else None
        return None if value is None else facts.text(message, value=round(value))

    return slot


SLOTS: Final[Mapping[str, Slot]] = {
    "sessions_today": _sessions_today,
    "sessions_yesterday": _sessions_yesterday,
    "sessions_this_week": _sessions_week,
    "sessions_last_month": _sessions_month,
    "time_today": _minutes_today,
    "time_yesterday": _minutes_yesterday,
    "rating_today": lambda f: _rating(f.today, f, "an average rating of {rating} % today"),
    "rating_yesterday": lambda f: _rating(f.yesterday, f, "an average rating of {rating} % yesterday"),
    "rating_this_week": lambda f: _rating(f.week, f, "an average rating of {rating} % this week"),
    "rating_last_month": lambda f: _rating(f.month, f, "an average rating of {rating} % in the last 30 days"),
    "expected_sessions": _expected,
    "remaining_sessions": _remaining,
    "expected_range": _range,
    "expected_rating": lambda f: f.text(
        "an expected rating of {rating} % today", rating=round(f.forecast.predicted_productivity)
    ),
    "expected_tomorrow": _tomorrow,
    "streak": _streak,
    "usual_sessions": _usual,
    "usual_week": _goal,
    "best_hours": _best_hours,
    "best_time_today": lambda f: f.text(
        "the best time today {range}", range=f.plan.summary.best_time_range.replace(" - ", "–")
    ),
    "recommended_preset": lambda f: PRESETS[f.recommendation.recommended_preset].name,
    "top_category": lambda f: f.month.top_category,
    "top_category_today": lambda f: f.today.top_category,
    "top_category_yesterday": lambda f: f.yesterday.top_category,
    "risk_score": lambda f: f.text(
        "{score} of 100 points of the workload signal", score=f.burnout.risk_score
    ),
    "xp_today": lambda f: f.text("{xp} XP today", xp=f.today.xp),
    "stress": _wellness("stress_level", "stress {value} %"),
    "energy": _wellness("energy_level", "energy {value} %"),
    "mood": _wellness("mood", "mood {value} %"),
    "sleep": _wellness("sleep_quality", "sleep {value} %"),
}
"""By name; what each says is told to the model beside it."""


def offered(facts: Facts, names: Iterable[str]) -> dict[str, str]:
    """Return those of ``names`` whose fact is known, with the phrase that stands for each."""
    found = {name: SLOTS[name](facts) for name in names}
    return {name: phrase for name, phrase in found.items() if phrase}
