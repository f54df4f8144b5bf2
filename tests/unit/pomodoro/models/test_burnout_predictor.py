"""The workload-change signal."""

import json
import math
from datetime import datetime
from time import perf_counter

import pytest
from hypothesis import given

from tandem.core.i18n import Translator, translator
from tandem.pomodoro.models.burnout_predictor import assess
from tandem.pomodoro.schemas.burnout import BurnoutFactor, BurnoutRisk
from tandem.pomodoro.snapshot import SessionRow, Snapshot
from unit.pomodoro.builders import NOW, big_snapshot, every_day, session, snapshot_of
from unit.pomodoro.strategies import moments, snapshots, texts

EN = translator("en")


def ask(*sessions: SessionRow | list[SessionRow]) -> BurnoutRisk:
    """The signal for these sessions on a Wednesday."""
    return assess(snapshot_of(*sessions), NOW, EN)


def factors(answer: BurnoutRisk) -> dict[str, BurnoutFactor]:
    """The factors by key."""
    return {factor.factor: factor for factor in answer.risk_factors}


def test_with_too_little_data_it_says_so():
    """Four sessions in the window: unknown, with a message and one recommendation."""
    answer = ask(every_day(4, per_day=1), session(ago=14), session(ago=20))
    body = answer.model_dump(mode="json")
    assert body["risk_level"] == "unknown"
    assert body["risk_score"] == 0
    assert body["confidence"] == 0.0
    assert body["risk_factors"] == []
    assert body["total_sessions_analyzed"] == 4
    assert len(body["recommendations"]) == 1
    assert "4 completed sessions" in body["message"]


def test_a_known_answer_has_no_message_key():
    """`message` belongs to the answer without data only."""
    body = json.loads(ask(every_day(5, per_day=1)).model_dump_json())
    assert "message" not in body
    assert body["analyzed_period"] == "14 days"
    assert "not a diagnosis" in body["scope"]


def test_the_window_is_exactly_fourteen_dates():
    """The session of 13 days ago counts, the one of 14 days ago and unfinished ones do not."""
    answer = ask(
        [session(ago=13), session(ago=14), session(ago=0)], every_day(4, per_day=1), session(completed=False)
    )
    assert answer.total_sessions_analyzed == 6


@pytest.mark.parametrize(
    ("sessions", "step"), [(14, 0.3), (15, 0.5), (29, 0.5), (30, 0.7), (49, 0.7), (50, 0.85)]
)
def test_confidence_is_a_step_of_the_sample(sessions: int, step: float):
    """Five steps, as the contract has them."""
    assert ask([session(ago=1 + i % 13, hour=8 + i // 13) for i in range(sessions)]).confidence == step


def test_weekend_is_saturday_and_sunday():
    """On a Wednesday, Saturday was four days ago and Friday five."""
    weekend = ask(
        [session(ago=4, hour=h) for h in range(8, 14)], [session(ago=3, hour=h) for h in range(8, 12)]
    )
    assert factors(weekend)["weekend_work"].value == 100.0
    assert factors(weekend)["weekend_work"].score == 15
    assert "weekend_work" not in factors(ask([session(ago=5, hour=h) for h in range(8, 18)]))


@pytest.mark.parametrize(
    ("hour", "night"), [(20, False), (21, True), (23, True), (0, True), (4, True), (5, False)]
)
def test_night_is_from_nine_to_five(hour: int, night: bool):
    """Also the hours after midnight are night."""
    found = factors(ask([session(ago=1 + i % 5, hour=hour, minute=i) for i in range(10)]))
    assert ("night_sessions" in found) is night


def test_ratings_of_zero_count():
    """From 80 to 0 within the window is a fall by 100 %."""
    fall = factors(ask(every_day(7, rating=80.0, first_ago=7), every_day(7, rating=0.0, first_ago=0)))
    assert fall["declining_productivity"].value == 100.0
    assert fall["declining_productivity"].score == 25
    assert fall["declining_productivity"].usual == 80.0


def test_small_ratings_are_not_another_scale():
    """A fall from 5 % to 4 % is one point, far within chance."""
    assert "declining_productivity" not in factors(
        ask(every_day(7, rating=5.0, first_ago=7), every_day(7, rating=4.0, first_ago=0))
    )


def test_overwork_counts_days_off_and_leaves_the_recent_week_out():
    """Three sessions every second day, now every day: twice the load, though an active day is as it was."""
    usual = [row for ago in range(14, 56, 2) for row in every_day(1, first_ago=ago)]
    quiet = [row for ago in range(7, 14, 2) for row in every_day(1, first_ago=ago)]
    found = factors(ask(usual, quiet, every_day(7, first_ago=0)))
    assert found["overwork"].value == pytest.approx(2.0, abs=0.1)
    assert found["overwork"].score in {12, 20}


def test_a_holiday_does_not_lower_what_is_usual():
    """Four weeks away before three usual weeks: coming back to the old load is no overwork."""
    rows = [*every_day(14, first_ago=0), *every_day(7, first_ago=14), *every_day(14, first_ago=49)]
    answer = ask(rows)
    assert "overwork" not in factors(answer)
    assert answer.baseline.sessions_per_day == 3.0
    assert answer.baseline.days == 14


def test_a_person_of_two_weeks_is_held_against_the_first_week():
    """Without a longer past the recent week is compared with what came before it."""
    answer = ask(every_day(9, per_day=2, first_ago=7), every_day(7, per_day=6, first_ago=0))
    assert factors(answer)["overwork"].value == pytest.approx(3.0)
    assert answer.baseline.days == 9


def test_a_run_is_counted_beyond_the_window():
    """Twenty days in a row are twenty, although the window has fourteen."""
    found = factors(ask(every_day(20, per_day=1, first_ago=0)))
    assert found["continuous_days"].value == 20
    assert found["continuous_days"].score == 10


def test_habits_alone_stay_low():
    """Nights, weekends, scattered ratings and no day off, but always so: 25 points, which is low."""
    rows = [
        session(ago, hour, 20.0 if (ago + hour) % 2 else 95.0) for ago in range(60) for hour in (10, 22, 23)
    ]
    answer = ask(rows)
    assert set(factors(answer)) == {"night_sessions", "weekend_work", "variability", "continuous_days"}
    assert answer.risk_score == 25
    assert answer.risk_level == "low"
    assert factors(answer)["night_sessions"].usual == pytest.approx(66.7)


def test_new_nights_count_in_full():
    """The same share of nights is heavy when it is new."""
    usual = every_day(42, first_ago=14)
    now = [session(ago, hour) for ago in range(14) for hour in (10, 22, 23)]
    night = factors(ask(usual, now))["night_sessions"]
    assert (night.score, night.severity, night.usual) == (15, "high", 0.0)


def test_twice_the_load_with_falling_ratings_is_high():
    """What the signal is for."""
    answer = ask(every_day(40, rating=80.0, first_ago=7), every_day(7, per_day=7, rating=50.0, first_ago=0))
    assert answer.risk_level in {"high", "critical"}
    assert list(factors(answer))[:2] == ["declining_productivity", "overwork"]
    assert answer.risk_score == sum(factor.score for factor in answer.risk_factors)
    assert len(answer.recommendations) == 3


def test_an_even_load_is_met_with_one_kind_word():
    """Nothing stands out: no factor, one recommendation."""
    rows = [row for ago in range(60) if (NOW.weekday() - ago) % 7 < 5 for row in every_day(1, first_ago=ago)]
    answer = ask(rows)
    assert answer.risk_factors == []
    assert answer.risk_score == 0
    assert len(answer.recommendations) == 1


def test_sixteen_years_are_judged_at_once():
    """200,000 sessions cost no more than a few milliseconds."""
    snapshot = big_snapshot()
    best = math.inf
    for _ in range(10):
        started = perf_counter()
        assess(snapshot, NOW, EN)
        best = min(best, perf_counter() - started)
    assert best < 0.02


@given(snapshots(), moments, texts)
def test_any_history_gives_a_sound_answer(snapshot: Snapshot, now: datetime, text: Translator):
    """No history breaks it; the score is the sum of the factors."""
    answer = assess(snapshot, now, text)
    assert "NaN" not in answer.model_dump_json()
    assert answer.risk_score == min(100, sum(factor.score for factor in answer.risk_factors))
    assert (answer.risk_level == "unknown") == (answer.total_sessions_analyzed < 5)
    assert all(math.isfinite(factor.value) for factor in answer.risk_factors)
