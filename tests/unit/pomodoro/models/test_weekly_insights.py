"""What a week brings."""

import json
import math
from datetime import date, datetime, timedelta
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.core.errors import InvalidInputError
from tandem.core.i18n import Translator, translator
from tandem.pomodoro.models.session_predictor import predict_week
from tandem.pomodoro.models.weekly_insights import weekly_insights
from tandem.pomodoro.snapshot import Snapshot
from unit.pomodoro.builders import NOW, TODAY, big_snapshot, every_day, session, snapshot_of
from unit.pomodoro.strategies import moments, snapshots, texts

EN = translator("en")
MONDAY = date(2026, 3, 2)


def test_without_sessions_the_default_is_named():
    """Seven times the daily default, no focus, trend 0."""
    answer = weekly_insights(Snapshot.empty("default"), NOW, EN, MONDAY)
    assert answer.predicted_sessions == 42
    assert answer.basis == "default"
    assert answer.recommended_focus is None
    assert answer.productivity_trend == 0
    assert answer.tip


def test_the_prediction_is_a_forecast_of_that_week():
    """Three sessions a day are about 21 a week, not the constant of old."""
    answer = weekly_insights(snapshot_of(every_day(90, per_day=3)), NOW, EN, TODAY + timedelta(days=5))
    assert answer.predicted_sessions == pytest.approx(21, abs=2)
    assert answer.basis == "history"
    assert answer.week_sessions == 0
    assert answer.pace is None


def test_the_trend_counts_sessions():
    """20 sessions after 10 are +100 %, whatever their ratings; after an empty week it is 0."""
    rows = [*every_day(10, per_day=1, first_ago=11), *every_day(4, per_day=5, rating=0.0, first_ago=4)]
    start = TODAY - timedelta(days=7)
    answer = weekly_insights(snapshot_of(rows), NOW, EN, start)
    assert answer.week_sessions == 20
    assert answer.productivity_trend == round(100 * (20 - 4) / 4)
    assert answer.pace == answer.productivity_trend
    assert weekly_insights(snapshot_of(rows), NOW, EN, TODAY - timedelta(days=30)).productivity_trend == 0


def test_a_running_week_is_compared_with_as_many_days():
    """On Wednesday the pace compares Monday and Tuesday with Monday and Tuesday; today is not finished."""
    rows = every_day(40, per_day=3)
    answer = weekly_insights(snapshot_of(rows), NOW, EN, MONDAY)
    assert answer.week_sessions == 6
    assert answer.productivity_trend == round(100 * (6 - 21) / 21)
    assert answer.pace == 0
    assert "fewer" not in answer.tip


def test_the_prediction_is_that_of_the_week():
    """A running week, one to come and one that is over: number, interval and basis of the other answer."""
    snapshot = snapshot_of(every_day(4, per_day=9))
    for ahead in (-40, -7, -4, 0, 3):
        start = TODAY + timedelta(days=ahead)
        answer, week = weekly_insights(snapshot, NOW, EN, start), predict_week(snapshot, NOW, start=start)
        assert answer.predicted_sessions == week.total_predicted_sessions
        assert answer.basis == week.basis
        assert answer.interval_80 == (week.interval_80 if week.basis == "history" else None)
    running = weekly_insights(snapshot, NOW, EN, TODAY - timedelta(days=4))
    assert running.predicted_sessions >= running.week_sessions == 36


def test_the_focus_is_not_one_lucky_session():
    """A category with many good ratings is the focus, not one with a single 100."""
    rows = [*every_day(3, per_day=3, rating=85.0, first_ago=0), session(1, 15, 100.0, category="Mail")]
    answer = weekly_insights(snapshot_of(rows), NOW, EN, MONDAY)
    assert answer.recommended_focus == "Coding"
    assert answer.best_theme_rating == 85.0
    assert "Coding" in answer.tip
    assert "85 %" in answer.tip


def test_midnight_can_be_the_best_hour():
    """Hour 0 is an hour like any other."""
    rows = [session(ago, 0, 95.0) for ago in range(3)] + [session(ago, 9, 40.0) for ago in range(3)]
    assert "0:00" in weekly_insights(snapshot_of(rows), NOW, EN, MONDAY).tip


def test_unrated_weeks_have_a_tip_too():
    """Without a rating there is no focus, and the tip says what to do."""
    answer = weekly_insights(snapshot_of(every_day(20, rating=None)), NOW, EN, MONDAY)
    assert answer.recommended_focus is None
    assert answer.best_theme_rating is None
    assert answer.tip


def test_the_calendar_ends():
    """No week begins on the last day of the year 9999; the first day of the year 1 is fine."""
    with pytest.raises(InvalidInputError):
        weekly_insights(Snapshot.empty("default"), NOW, EN, date.max)
    assert weekly_insights(snapshot_of(every_day(5)), NOW, EN, date.min).predicted_sessions == 42


def test_sixteen_years_are_read_at_once():
    """A few milliseconds once the forecast of the day is there."""
    snapshot = big_snapshot()
    best = math.inf
    for _ in range(10):
        started = perf_counter()
        weekly_insights(snapshot, NOW, EN, MONDAY)
        best = min(best, perf_counter() - started)
    assert best < 0.03


@given(snapshots(), moments, texts, st.integers(-80, 40))
def test_any_history_gives_a_sound_answer(snapshot: Snapshot, now: datetime, text: Translator, ahead: int):
    """Within bounds, valid JSON."""
    answer = json.loads(weekly_insights(snapshot, now, text, TODAY + timedelta(days=ahead)).model_dump_json())
    assert answer["tip"]
    if answer["interval_80"]:
        low, high = answer["interval_80"]
        assert low <= high
