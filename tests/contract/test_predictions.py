"""/api/prediction/today, /api/prediction/week and /api/trends."""

import datetime as dt

import pytest

from contract.checks import (
    COUNT,
    ENGLISH_DAY,
    ENGLISH_DAYS,
    HOUR,
    ISO_DAY,
    PRESET,
    TRENDS,
    check,
    exactly,
    integer,
    many,
    number,
    one_of,
    rating,
    text,
)
from contract.datasets import NOW, TODAY, facts

TODAY_SHAPE = {
    "date": ISO_DAY,
    "current_hour": HOUR,
    "completed_sessions": COUNT,
    "predicted_sessions": COUNT,
    "remaining_sessions": COUNT,
    "predicted_productivity": rating(),
    "recommended_schedule": many(
        {"hour": HOUR, "recommended_preset": PRESET, "priority": text("high", "medium")}, most=6
    ),
    "confidence": one_of(0.3, 0.5, 0.7, 0.85),
    "energy_forecast": {"level": text("declining", "low", "high", "moderate"), "message": text()},
}
WEEK_SHAPE = {
    "predictions": exactly(
        7,
        {
            "date": ISO_DAY,
            "day_name": ENGLISH_DAY,
            "predicted_sessions": COUNT,
            "predicted_productivity": rating(),
        },
    ),
    "total_predicted_sessions": COUNT,
    "avg_predicted_productivity": rating(2),
}


def test_today(service, case):
    """The forecast of today has the contract's shape and its figures fit each other."""
    answer = service.ask("/api/prediction/today", TODAY_SHAPE)
    now = service.clock.now()
    assert answer["date"] == now.date().isoformat()
    assert answer["current_hour"] == now.hour
    assert answer["remaining_sessions"] == max(0, answer["predicted_sessions"] - answer["completed_sessions"])
    hours = [slot["hour"] for slot in answer["recommended_schedule"]]
    assert hours == sorted(set(hours))
    assert all(now.hour <= hour <= 18 for hour in hours)


def test_completed_sessions_are_those_of_today(service, case):
    """Only completed sessions with today's date count as done."""
    wanted = sum(1 for session in facts(case) if session["date"] == service.today)
    assert service.ask("/api/prediction/today")["completed_sessions"] == wanted


@pytest.mark.parametrize(
    ("name", "level"), [("large", "high"), ("empty", "high"), ("large at night", "declining"),
                        ("large on a Sunday", "moderate")],
)  # fmt: skip
def test_energy_follows_the_hour(running, name, level):
    """Energy is high from 8 to 11, low from 12 to 13, declining from 15 on, otherwise moderate."""
    assert running(name).ask("/api/prediction/today")["energy_forecast"]["level"] == level


def test_nothing_is_planned_after_the_working_day(running):
    """After 18 o'clock the schedule of the day is empty; before, it is not."""
    assert running("large at night").ask("/api/prediction/today")["recommended_schedule"] == []
    assert running("large").ask("/api/prediction/today")["recommended_schedule"]


@pytest.mark.parametrize("name", ["empty", "empty at night"])
def test_without_sessions_named_defaults_are_told(running, name):
    """Nothing known: six sessions, productivity 70, confidence 0.3, marked as a default."""
    answer = running(name).ask("/api/prediction/today", TODAY_SHAPE)
    assert answer["predicted_sessions"] == 6
    assert answer["remaining_sessions"] == 6
    assert answer["predicted_productivity"] == 70.0
    assert answer["confidence"] == 0.3
    assert answer["basis"] == "default"
    week = running(name).ask("/api/prediction/week", WEEK_SHAPE)
    assert week["total_predicted_sessions"] == 42
    assert week["avg_predicted_productivity"] == 70.0
    assert week["basis"] == "default"


def test_known_people_get_no_default(running):
    """Two thousand sessions: the forecast stands on them and says so."""
    today, week = running("large").ask("/api/prediction/today"), running("large").ask("/api/prediction/week")
    assert today["basis"] != "default"
    assert week["basis"] != "default"
    assert today["confidence"] == 0.85


def test_week(service, case):
    """Seven days from today on, each named after its date, and a total that is their sum."""
    answer = service.ask("/api/prediction/week", WEEK_SHAPE)
    for ahead, day in enumerate(answer["predictions"]):
        date = service.today + dt.timedelta(days=ahead)
        assert (day["date"], day["day_name"]) == (date.isoformat(), ENGLISH_DAYS[date.weekday()])
    assert answer["total_predicted_sessions"] == sum(
        day["predicted_sessions"] for day in answer["predictions"]
    )
    mean = sum(day["predicted_productivity"] for day in answer["predictions"]) / 7
    assert abs(answer["avg_predicted_productivity"] - mean) <= 0.1


@pytest.mark.parametrize("date", ["2026-03-04", "2026-03-05", "2026-02-11", "2024-02-29", "2030-12-31"])
@pytest.mark.parametrize("name", ["empty", "small", "large"])
def test_another_day_can_be_asked_about(running, name, date):
    """``date`` and ``start_date``, the plan's own parameters, name another day."""
    today = running(name).ask(f"/api/prediction/today?date={date}", TODAY_SHAPE)
    assert today["date"] == date
    assert today["remaining_sessions"] == max(0, today["predicted_sessions"] - today["completed_sessions"])
    week = running(name).ask(f"/api/prediction/week?start_date={date}", WEEK_SHAPE)
    first = dt.date.fromisoformat(date)
    assert [day["date"] for day in week["predictions"]] == [
        (first + dt.timedelta(days=ahead)).isoformat() for ahead in range(7)
    ]


def test_a_past_day_tells_what_was_done(running):
    """The completed sessions of an earlier day are that day's."""
    date = TODAY - dt.timedelta(days=9)
    wanted = sum(1 for session in facts("large") if session["date"] == date)
    assert running("large").ask(f"/api/prediction/today?date={date}")["completed_sessions"] == wanted


@pytest.mark.parametrize("query", ["", "?days=14", "?days=1", "?days=90", "?days=3650"])
def test_trends(service, query):
    """Trends have the contract's shape for any number of days."""
    answer = service.ask(f"/api/trends{query}", TRENDS)
    if answer["productivity_trend"] == "insufficient_data":
        assert answer["avg_productivity"] == 0


@pytest.mark.parametrize("name", ["empty", "one", "unrated"])
def test_fewer_than_three_ratings_make_no_trend(running, name):
    """A productivity trend needs three rated sessions in the window."""
    answer = running(name).ask("/api/trends", TRENDS)
    assert answer["productivity_trend"] == "insufficient_data"


def test_trends_count_the_window(running):
    """The last fourteen days are fourteen dates, today included."""
    first = NOW.date() - dt.timedelta(days=13)
    rated = [s for s in facts("large") if s["date"] >= first and s["rating"] is not None]
    answer = running("large").ask("/api/trends?days=14")
    assert answer["total_sessions"] in (len(rated), sum(1 for s in facts("large") if s["date"] >= first))
    mean = sum(s["rating"] for s in rated) / len(rated)
    assert answer["avg_productivity"] == pytest.approx(mean, abs=0.01)


def test_shapes_are_strict():
    """The shapes themselves refuse what the contract forbids."""
    with pytest.raises(AssertionError, match="is missing"):
        check(TRENDS, {})
    with pytest.raises(AssertionError, match="an integer expected"):
        check(integer(), 1.0)
    with pytest.raises(AssertionError, match="a number expected"):
        check(number(), True)
