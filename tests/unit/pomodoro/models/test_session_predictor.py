"""Predictions of a day and of a week."""

import json
import math
from datetime import date, datetime, timedelta
from itertools import pairwise
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.core.errors import InvalidInputError
from tandem.core.i18n import Translator, translator
from tandem.pomodoro.models.session_predictor import predict_today, predict_week, whole_numbers
from tandem.pomodoro.snapshot import Snapshot
from unit.pomodoro.builders import NOW, TODAY, big_snapshot, every_day, session, snapshot_of
from unit.pomodoro.strategies import moments, snapshots, texts

EN = translator("en")
NOBODY = Snapshot.empty("default")


def test_without_sessions_the_named_defaults_hold():
    """No data: six sessions, productivity 70, confidence 0.3, 42 for the week, and it is said so."""
    for hour in (0, 10, 23):
        today = predict_today(NOBODY, NOW.replace(hour=hour), EN)
        assert (today.predicted_sessions, today.completed_sessions, today.remaining_sessions) == (6, 0, 6)
        assert today.predicted_productivity == 70.0
        assert today.confidence == 0.3
        assert today.basis == "default"
        assert today.productivity_basis == "default"
        assert today.sample_days == 0
    week = predict_week(NOBODY, NOW)
    assert week.total_predicted_sessions == 42
    assert week.expected_total == 42
    assert week.basis == "default"
    assert week.productivity_basis == "default"


def test_an_invented_productivity_is_named_so():
    """Many sessions but no rating: the count is from history, the 70 is not."""
    for rating, basis in ((None, "default"), (0.0, "history")):
        snapshot = snapshot_of(every_day(30, rating=rating))
        today, week = predict_today(snapshot, NOW, EN), predict_week(snapshot, NOW)
        assert (today.basis, today.productivity_basis) == ("history", basis)
        assert {week.productivity_basis, *(day.productivity_basis for day in week.predictions)} == {basis}


def test_a_running_week_begins_with_what_was_done():
    """Four finished days of nine, none before: they are what they are, and the total holds them."""
    snapshot = snapshot_of(every_day(4, per_day=9))
    week = predict_week(snapshot, NOW, start=TODAY - timedelta(days=4))
    done, today, *later = week.predictions[:4], *week.predictions[4:]
    assert [(day.predicted_sessions, day.expected_sessions, day.probability_any) for day in done] == [
        (9, 9, 1)
    ] * 4
    assert {day.interval_80 for day in done} == {(9, 9)}
    assert today.predicted_sessions == predict_today(snapshot, NOW, EN).predicted_sessions
    assert len(later) == 2
    assert week.total_predicted_sessions >= 36
    assert week.total_predicted_sessions == pytest.approx(week.expected_total, abs=1.05)
    assert week.interval_80[0] <= week.total_predicted_sessions <= week.interval_80[1]


def test_idle_finished_days_are_empty():
    """A finished day without a session is 0, certainly."""
    week = predict_week(snapshot_of(every_day(60, first_ago=3)), NOW, start=TODAY - timedelta(days=2))
    for day in week.predictions[:2]:
        assert (day.predicted_sessions, day.probability_any, day.interval_80) == (0, 0, (0, 0))


def test_a_week_that_is_over_is_forecast_from_before_it():
    """What came does not change it."""
    calm, start = every_day(60, per_day=2, first_ago=8), TODAY - timedelta(days=7)
    after = predict_week(snapshot_of(calm, every_day(7, per_day=9)), NOW, start=start)
    before = predict_week(snapshot_of(calm), NOW, start=start)
    assert after.total_predicted_sessions == before.total_predicted_sessions == pytest.approx(14, abs=2)


@given(st.lists(st.floats(0, 30), min_size=7, max_size=7), st.none() | st.integers(0, 6))
def test_days_are_rounded_together(expected: list[float], alone: int | None):
    """The sum is next to the exact one, each day next to its own, and who expects more never gets fewer."""
    whole = whole_numbers(expected, alone=alone)
    assert abs(sum(whole) - sum(expected)) < 0.5 + 1e-6
    assert all(abs(got - want) < 1 for got, want in zip(whole, expected, strict=True))
    if alone is not None:
        assert whole[alone] == round(expected[alone])
    others = sorted(
        (want, got) for at, (want, got) in enumerate(zip(expected, whole, strict=True)) if at != alone
    )
    for (less, fewer), (more, others_count) in pairwise(others):
        assert less == more or fewer <= others_count


def test_little_chances_add_up():
    """Seven days of 0.4 are three sessions; the earlier of equal days get them."""
    assert whole_numbers([0.4] * 7) == [1, 1, 1, 0, 0, 0, 0]
    assert whole_numbers([0.4] * 7, alone=0) == [0, 1, 1, 1, 0, 0, 0]
    assert whole_numbers([0.3, 0.6, 0.3]) == [0, 1, 0]


@given(snapshots(), moments, st.integers(-6, 6))
def test_a_week_that_is_not_over_agrees_with_itself_and_with_today(
    snapshot: Snapshot, now: datetime, first: int
):
    """Total, expected total, interval and days fit each other; today is the today of the other answer."""
    start = TODAY + timedelta(days=first)
    week = predict_week(snapshot, now, start=start)
    total = week.total_predicted_sessions
    assert total == sum(day.predicted_sessions for day in week.predictions)
    assert week.interval_80[0] <= total <= week.interval_80[1]
    assert total == pytest.approx(week.expected_total, abs=1.05)
    assert week.expected_total == pytest.approx(
        sum(day.expected_sessions for day in week.predictions), abs=0.41
    )
    so_far = [day for day in week.predictions if day.date <= TODAY]
    assert total >= sum(day.completed_sessions for day in so_far)
    for day in so_far:
        today = predict_today(snapshot, now, EN)
        wanted = today.predicted_sessions if day.date == TODAY else day.completed_sessions
        assert day.predicted_sessions == wanted


def test_idle_days_count():
    """Somebody who works two days a week is not predicted to work every day."""
    rows = [session(ago, 9 + k) for ago in range(1, 120) if session(ago).weekday in {0, 1} for k in range(5)]
    week = predict_week(snapshot_of(rows), NOW)
    by_name = {day.day_name: day for day in week.predictions}
    assert by_name["Monday"].expected_sessions > 3
    assert by_name["Saturday"].expected_sessions < 1.5
    assert 6 <= week.expected_total <= 15
    assert by_name["Saturday"].probability_any < by_name["Monday"].probability_any


def test_what_is_done_today_is_part_of_the_prediction():
    """More sessions than usual: the prediction is not below them, and nothing remains but what may still come."""
    history = every_day(60, per_day=2)
    done = [session(0, 8, minute=m) for m in range(7)]
    answer = predict_today(snapshot_of(history, done), NOW.replace(hour=22), EN)
    assert answer.completed_sessions == 7
    assert answer.predicted_sessions >= 7
    assert answer.interval_80[0] >= 7
    assert answer.probability_any == 1.0
    assert answer.remaining_sessions == answer.predicted_sessions - 7


def test_late_in_an_idle_day_little_is_expected():
    """At 23:00 without a session the day is not going to be a usual one."""
    snapshot = snapshot_of(every_day(60, per_day=4))
    morning = predict_today(snapshot, NOW.replace(hour=0), EN)
    night = predict_today(snapshot, NOW.replace(hour=23), EN)
    assert morning.expected_sessions == pytest.approx(4, abs=0.8)
    assert night.expected_sessions < 1


def test_a_past_day_shows_what_was_predicted_and_what_came():
    """The prediction does not know the outcome; the schedule is empty."""
    snapshot = snapshot_of(every_day(60, per_day=3, first_ago=6), [session(5, 9, minute=m) for m in range(9)])
    answer = predict_today(snapshot, NOW, EN, day=TODAY - timedelta(days=5))
    assert answer.date == TODAY - timedelta(days=5)
    assert answer.completed_sessions == 9
    assert answer.predicted_sessions == 3
    assert answer.remaining_sessions == 0
    assert answer.recommended_schedule == []
    assert answer.confidence == 0.85


def test_a_day_to_come_is_forecast():
    """Nothing is done of it yet and the whole day can be planned."""
    snapshot = snapshot_of(every_day(60, per_day=3))
    answer = predict_today(snapshot, NOW.replace(hour=20), EN, day=TODAY + timedelta(days=3))
    assert answer.completed_sessions == 0
    assert answer.predicted_sessions == 3
    assert answer.recommended_schedule
    assert answer.recommended_schedule[0].hour < 12


@pytest.mark.parametrize(
    ("sessions", "confidence"), [(1, 0.3), (9, 0.3), (10, 0.5), (29, 0.5), (30, 0.7), (99, 0.7), (100, 0.85)]
)
def test_confidence_goes_by_the_number_of_sessions(sessions: int, confidence: float):
    """The steps of the contract."""
    rows = [session(1 + n // 10, n % 10) for n in range(sessions)]
    assert predict_today(snapshot_of(rows), NOW, EN).confidence == confidence


def test_the_schedule_names_the_weekdays_best_hours():
    """Best hours have high priority, midday is for small things, nothing is proposed after six."""
    rows = [
        session(ago, hour, 90.0 if hour in {10, 16} else 50.0)
        for ago in range(1, 60)
        for hour in range(7, 20)
    ]
    plan = predict_today(snapshot_of(rows), NOW, EN).recommended_schedule
    assert [slot.hour for slot in plan] == sorted({slot.hour for slot in plan})
    assert {slot.hour for slot in plan if slot.priority == "high"} >= {10, 16}
    assert [slot.recommended_preset for slot in plan if slot.hour == 13] == ["quick_tasks"]
    assert predict_today(snapshot_of(rows), NOW.replace(hour=19), EN).recommended_schedule == []


def test_the_default_schedule():
    """Without ratings the hours are 8, 9, 10, 11, 14, 15, and midday; six at most."""
    plan = predict_today(NOBODY, NOW.replace(hour=0), EN).recommended_schedule
    assert [(slot.hour, slot.priority) for slot in plan] == [
        (8, "high"), (9, "high"), (10, "high"), (11, "high"), (12, "medium"), (13, "medium"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("hour", "level"),
    [(3, "moderate"), (8, "high"), (11, "high"), (12, "low"), (14, "moderate"), (15, "declining")],
)
def test_energy_goes_by_the_hour(hour: int, level: str):
    """The steps of the contract."""
    forecast = predict_today(NOBODY, NOW.replace(hour=hour), EN).energy_forecast
    assert forecast.level == level
    assert forecast.message


def test_productivity_is_of_the_weekday_of_the_date():
    """Good Mondays make the prediction of Mondays better; a rating of 0 counts."""
    rows = [session(ago, 9, 95.0 if session(ago).weekday == 0 else 0.0) for ago in range(1, 120)]
    week = {
        day.day_name: day.predicted_productivity for day in predict_week(snapshot_of(rows), NOW).predictions
    }
    assert week["Monday"] > 70
    assert week["Tuesday"] < 10


def test_a_week_has_seven_days_and_adds_up():
    """The first is today or the day asked for; the total is the sum of what is shown."""
    snapshot = snapshot_of(every_day(60, per_day=3, first_ago=0))
    for start in (None, date(2026, 3, 2), date(2025, 12, 1), date(2026, 12, 31), date(2030, 1, 1)):
        week = predict_week(snapshot, NOW, start=start)
        assert [day.date for day in week.predictions] == [
            (start or TODAY) + timedelta(days=ahead) for ahead in range(7)
        ]
        assert week.total_predicted_sessions == sum(day.predicted_sessions for day in week.predictions)
        assert week.interval_80[0] <= week.expected_total <= week.interval_80[1]
    assert predict_week(snapshot, NOW).predictions[0].day_name == "Wednesday"
    assert predict_week(snapshot, NOW, start=date(2026, 3, 2)).predictions[1].completed_sessions == 3


def test_the_calendar_ends():
    """A week that would reach beyond the year 9999 is refused with a reason."""
    with pytest.raises(InvalidInputError):
        predict_week(NOBODY, NOW, start=date(9999, 12, 30))
    assert len(predict_week(NOBODY, NOW, start=date(9999, 12, 25)).predictions) == 7
    assert predict_today(NOBODY, NOW, EN, day=date.max).predicted_sessions == 6
    assert predict_today(NOBODY, NOW, EN, day=date.min).predicted_sessions == 6


def test_after_the_first_question_of_the_day_it_is_quick():
    """The forecasts of 200,000 sessions are made once; then a few milliseconds are enough."""
    snapshot = big_snapshot()
    best = math.inf
    for _ in range(10):
        started = perf_counter()
        predict_today(snapshot, NOW, EN)
        predict_week(snapshot, NOW)
        best = min(best, perf_counter() - started)
    assert best < 0.03


@given(snapshots(), moments, texts, st.integers(-70, 400))
def test_any_history_gives_a_sound_answer(snapshot: Snapshot, now: datetime, text: Translator, ahead: int):
    """Within bounds, consistent, valid JSON."""
    day = TODAY + timedelta(days=ahead)
    for asked in (None, day):
        answer = predict_today(snapshot, now, text, day=asked)
        assert answer.remaining_sessions == max(0, answer.predicted_sessions - answer.completed_sessions)
        assert answer.interval_80[0] <= answer.interval_80[1]
        assert "NaN" not in answer.model_dump_json()
    today = predict_today(snapshot, now, text)
    assert today.completed_sessions <= today.expected_sessions + 0.05
    week = json.loads(predict_week(snapshot, now, start=day).model_dump_json())
    assert len(week["predictions"]) == 7
    assert week["interval_80"][0] <= week["interval_80"][1]
