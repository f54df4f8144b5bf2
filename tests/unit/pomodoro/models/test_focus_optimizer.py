"""Which hours suit a person, and the plan made of them."""

import json
import math
from datetime import datetime
from itertools import pairwise
from time import perf_counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.core.i18n import Translator, translator
from tandem.pomodoro.models.focus_hours import default_score_at, estimate_hours
from tandem.pomodoro.models.focus_optimizer import optimize
from tandem.pomodoro.presets import PRESET_KEYS, default_preset_at
from tandem.pomodoro.schemas.focus import OptimalSchedule
from tandem.pomodoro.snapshot import SessionRow, Snapshot
from unit.pomodoro.builders import NOW, TODAY, big_snapshot, session, snapshot_of
from unit.pomodoro.strategies import moments, snapshots, texts

EN = translator("en")
NOBODY = Snapshot.empty("default")
WEDNESDAY = 2


def ask(snapshot: Snapshot = NOBODY, sessions: int = 6, weekday: int = WEDNESDAY) -> OptimalSchedule:
    """The schedule of a Wednesday, unless told otherwise."""
    return optimize(snapshot, NOW, EN, sessions=sessions, weekday=weekday)


def weekly(hour: int, rating: float | None, times: int, **more: object) -> list[SessionRow]:
    """One session at ``hour`` on each of the last ``times`` Wednesdays."""
    return [session(7 * week, hour, rating, **more) for week in range(1, times + 1)]  # type: ignore[arg-type]


def test_without_data_the_usual_curve_speaks():
    """All figures are those of the contract's curve, and say that they are defaults."""
    answer = ask()
    for hour in range(24):
        outlook = answer.hourly_breakdown[str(hour)]
        assert outlook.score == outlook.expected_productivity == default_score_at(hour)
        assert outlook.recommended_preset == default_preset_at(hour)
        assert (outlook.productivity, outlook.completion_rate, outlook.confidence) == (None, None, 0.1)
        assert outlook.data_source == "default"
    assert [peak.hour for peak in answer.peak_hours] == [8, 9, 10, 11, 12]
    assert answer.summary.best_time_range == "08:00 - 11:00"
    assert answer.summary.recommended_break_times == [22, 13]
    assert answer.confidence == 0.0
    assert {peak.basis for peak in answer.peak_hours} == {"default"}
    assert all("No ratings of yours" in avoid.reason for avoid in answer.avoid_hours)


@pytest.mark.parametrize(("weekday", "cs", "en"), [(0, "Pondělí", "Monday"), (6, "Neděle", "Sunday")])
def test_day_is_named_and_date_stays_today(weekday: int, cs: str, en: str):
    """The asked weekday is named in both languages; the date is the current day."""
    body = json.loads(ask(weekday=weekday).model_dump_json())
    assert (body["day_of_week"], body["day_of_week_en"], body["day_of_week_num"]) == (cs, en, weekday)
    assert body["date"] == TODAY.isoformat()


def test_one_good_rating_does_not_beat_many():
    """Forty ratings of 85 at ten stay ahead of a single 100 at twenty."""
    rows = [session(ago, 10, 85.0) for ago in range(1, 41)]
    answer = ask(snapshot_of(rows, weekly(20, 100.0, 1)))
    assert answer.peak_hours[0].hour == 10
    assert answer.hourly_breakdown["20"].score < answer.hourly_breakdown["10"].score


def test_a_known_poor_hour_falls_behind_an_unknown_one():
    """Many ratings of 50 at nine, 75 elsewhere: the unknown hour next to it is preferred."""
    rows = [*weekly(9, 50.0, 20), *weekly(15, 75.0, 20)]
    answer = ask(snapshot_of(rows))
    assert answer.hourly_breakdown["9"].score < answer.hourly_breakdown["10"].score


def test_unknown_hours_follow_the_persons_own_level():
    """Somebody who rates everything 30 is not promised 75 in an hour without ratings."""
    rows = [session(ago, hour, 30.0) for ago in range(1, 15) for hour in (9, 14, 17)]
    assert ask(snapshot_of(rows)).hourly_breakdown["11"].score < 45


def test_other_weekdays_speak_for_an_hour_without_own_ratings():
    """Ratings at 19:00 on all other days lift a Wednesday's 19:00, which itself has none."""
    rows = [session(ago, 19, 95.0) for ago in range(1, 60) if (NOW.weekday() - ago) % 7 != WEDNESDAY]
    outlook = ask(snapshot_of(rows, weekly(9, 60.0, 8))).hourly_breakdown["19"]
    assert outlook.score > 80
    assert outlook.confidence == 0.1
    assert outlook.data_source == "default"


@pytest.mark.parametrize(
    ("ratings", "confidence"), [(1, 0.4), (2, 0.4), (3, 0.7), (5, 0.7), (6, 1.0), (30, 1.0)]
)
def test_confidence_of_an_hour_is_a_step_of_its_ratings(ratings: int, confidence: float):
    """Four steps, as the contract has them."""
    outlook = ask(snapshot_of(weekly(9, 70.0, ratings))).hourly_breakdown["9"]
    assert (outlook.confidence, outlook.session_count) == (confidence, ratings)


def test_a_rating_of_zero_is_a_rating():
    """It is neither dropped nor replaced by the score."""
    outlook = ask(snapshot_of(weekly(9, 0.0, 6))).hourly_breakdown["9"]
    assert outlook.productivity == 0.0
    assert outlook.expected_productivity < 40


def test_unfinished_sessions_lower_an_hour():
    """Two hours rated alike: the one where most sessions are abandoned scores less, and says why."""
    rows = [*weekly(9, 70.0, 10), *weekly(16, 70.0, 10), *weekly(16, None, 20, completed=False, minute=30)]
    rows += [session(ago, hour, 70.0) for ago in (1, 2, 3, 4) for hour in range(6, 16)]
    answer = ask(snapshot_of(rows))
    poor, good = answer.hourly_breakdown["16"], answer.hourly_breakdown["9"]
    assert (poor.completion_rate, good.completion_rate) == (33.3, 100.0)
    assert poor.score < good.score - 10
    assert "33 %" in next(avoid.reason for avoid in answer.avoid_hours if avoid.hour == 16)


def test_the_best_rated_preset_of_an_hour_is_recommended():
    """Only the four presets, however well an old one was rated."""
    rows = [
        *weekly(9, 60.0, 5, preset="deep_work"),
        *weekly(9, 90.0, 5, preset="flow_mode", minute=1),
        *weekly(9, 100.0, 5, preset="standard", minute=2),
    ]
    outlook = ask(snapshot_of(rows)).hourly_breakdown["9"]
    assert outlook.recommended_preset == "flow_mode"
    assert outlook.preset_name == "Flow Mode"
    assert outlook.preset_rating == 90.0


def test_no_two_planned_sessions_overlap_and_the_count_is_true():
    """Nothing but 90-minute sessions: twelve are asked for, eight fit, and both numbers are given."""
    rows = [session(ago, hour, 80.0, preset="flow_mode") for ago in range(1, 8) for hour in range(6, 22)]
    answer = ask(snapshot_of(rows), sessions=12)
    plan = answer.optimal_schedule
    assert answer.summary.recommended_sessions == 12
    assert plan.sessions_count == len(plan.sessions) <= 8
    assert all(slot.work_minutes == 90 for slot in plan.sessions)


def test_a_short_session_is_not_put_before_the_end_of_a_long_one():
    """The gap before a slot depends on the slot before it: after ninety minutes at nine, ten o'clock is taken."""
    rows = [*weekly(9, 95.0, 30, preset="flow_mode"), *weekly(10, 90.0, 30, preset="quick_tasks")]
    hours = [slot.hour for slot in ask(snapshot_of(rows), sessions=12).optimal_schedule.sessions]
    assert 9 in hours
    assert 10 not in hours


@pytest.mark.parametrize(("asked", "taken"), [(-3, 1), (0, 1), (1, 1), (12, 12), (99, 12)])
def test_the_number_of_sessions_is_clamped(asked: int, taken: int):
    """One to twelve."""
    assert ask(sessions=asked).summary.recommended_sessions == taken


def test_the_best_range_has_no_hole():
    """Best hours 9, 10 and 17: the range around the best one is 9-11, not 9-18."""
    rows = [*weekly(9, 95.0, 30), *weekly(10, 93.0, 30), *weekly(17, 92.0, 30), *weekly(13, 40.0, 30)]
    assert ask(snapshot_of(rows)).summary.best_time_range == "09:00 - 11:00"


def test_the_best_hours_are_found_in_a_known_truth():
    """Noisy ratings, three truly better hours, eight weeks: the expected ratings come close to the truth."""
    rng = np.random.default_rng(11)
    truth = {hour: 85.0 if hour in {7, 8, 9} else 60.0 for hour in range(6, 23)}
    rows = [
        session(ago, hour, float(np.clip(rng.normal(truth[hour], 12), 0, 100)))
        for ago in range(1, 57)
        for hour in truth
        if rng.random() < 0.5
    ]
    hours = estimate_hours(snapshot_of(rows), WEDNESDAY)
    best = sorted(range(6, 23), key=lambda hour: -hours[hour].score)[:3]
    assert set(best) == {7, 8, 9}
    errors = [abs(hours[hour].expected - mean) for hour, mean in truth.items()]
    assert sum(errors) / len(errors) < 4


def test_sixteen_years_are_planned_at_once():
    """200,000 sessions cost no more than a few milliseconds."""
    snapshot = big_snapshot()
    best = math.inf
    for _ in range(10):
        started = perf_counter()
        ask(snapshot)
        best = min(best, perf_counter() - started)
    assert best < 0.02


@given(snapshots(), moments, texts, st.integers(1, 12), st.integers(0, 6))
def test_any_history_gives_a_sound_plan(
    snapshot: Snapshot, now: datetime, text: Translator, sessions: int, weekday: int
):
    """No history breaks it, and no two planned sessions overlap."""
    answer = optimize(snapshot, now, text, sessions=sessions, weekday=weekday)
    assert "NaN" not in answer.model_dump_json()
    assert len(answer.hourly_breakdown) == 24
    assert {peak.hour for peak in answer.peak_hours}.isdisjoint(avoid.hour for avoid in answer.avoid_hours)
    assert all(peak.recommended_preset in PRESET_KEYS for peak in answer.peak_hours)
    scores = [peak.score for peak in answer.peak_hours]
    assert scores == sorted(scores, reverse=True)
    planned = answer.optimal_schedule.sessions
    assert [slot.slot for slot in planned] == list(range(1, len(planned) + 1))
    assert len(planned) <= sessions
    for one, other in pairwise(planned):
        assert one.hour * 60 + one.work_minutes + one.break_minutes <= other.hour * 60
