"""What changed within the last days."""

import json
import math
from datetime import datetime
from time import perf_counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.pomodoro.models.session_trends import trends
from tandem.pomodoro.snapshot import Snapshot
from unit.pomodoro.builders import NOW, big_snapshot, every_day, session, snapshot_of
from unit.pomodoro.strategies import moments, snapshots


@pytest.mark.parametrize("rows", [[], [session(1), session(2)], every_day(10, rating=None)])
def test_fewer_than_three_ratings_say_nothing(rows: list):
    """Without three ratings in the window both trends are unknown and the mean is 0."""
    answer = trends(Snapshot.of(rows), NOW)
    assert (answer.session_trend, answer.productivity_trend) == ("insufficient_data", "insufficient_data")
    assert answer.avg_productivity == 0
    assert answer.total_sessions == len(rows)


def test_trends_follow_time():
    """Newer 85 after older 60 is improving, whatever the order of the rows."""
    newer, older = every_day(7, rating=85.0, first_ago=0), every_day(7, rating=60.0, first_ago=7)
    assert trends(snapshot_of(newer, older), NOW).productivity_trend == "improving"
    assert trends(snapshot_of(older, newer), NOW).productivity_trend == "improving"
    swapped = [*every_day(7, rating=60.0, first_ago=0), *every_day(7, rating=85.0, first_ago=7)]
    assert trends(snapshot_of(swapped), NOW).productivity_trend == "declining"


def test_a_window_of_n_days_has_n_dates():
    """The session of 13 days ago is in a window of 14 days, the one of 14 days ago is not."""
    assert trends(snapshot_of(session(0), session(13), session(14)), NOW, days=14).total_sessions == 2
    assert trends(snapshot_of(session(0), session(1)), NOW, days=1).total_sessions == 1


def test_halves_are_of_days_not_of_sessions():
    """Ten sessions on the last day do not push it over both halves."""
    rows = [session(13 - day, 9, 60.0) for day in range(7)] + [
        session(0, 9, 95.0, minute=m) for m in range(10)
    ]
    answer = trends(snapshot_of(rows), NOW)
    assert answer.productivity_trend == "improving"
    assert answer.session_change_percent == 43


def test_small_changes_are_noise():
    """A third of a point is no trend."""
    rows = [*every_day(7, rating=70.0, first_ago=7), *every_day(7, rating=70.5, first_ago=0)]
    assert trends(snapshot_of(rows), NOW).productivity_trend == "stable"


def test_noise_is_seldom_a_trend_and_a_real_change_nearly_always():
    """In simulated fortnights of three sessions a day: false alarms near 10 %, 15 points found."""
    rng = np.random.default_rng(9)

    def told(step: float) -> int:
        found = 0
        for _ in range(60):
            rows = [
                session(ago, 9 + k, float(np.clip(rng.normal(65 + (step if ago < 7 else 0), 14), 0, 100)))
                for ago in range(14)
                for k in range(3)
            ]
            found += trends(snapshot_of(rows), NOW).productivity_trend == "improving"
        return found

    assert told(0.0) <= 9
    assert told(15.0) >= 50


@pytest.mark.parametrize("days", [0, -5, 10**9, 10**30])
def test_any_number_of_days_is_answered(days: int):
    """The old parameter has no bounds; a longer window than the history is the whole history."""
    answer = trends(snapshot_of(every_day(20, first_ago=0)), NOW, days=days)
    assert answer.total_sessions == (60 if days > 0 else 0)


def test_sixteen_years_are_read_at_once():
    """Whatever the window, a few milliseconds at most."""
    snapshot = big_snapshot()
    best = math.inf
    for _ in range(10):
        started = perf_counter()
        trends(snapshot, NOW, days=10_000)
        best = min(best, perf_counter() - started)
    assert best < 0.02


@given(snapshots(), moments, st.integers(-3, 400))
def test_any_history_gives_a_sound_answer(snapshot: Snapshot, now: datetime, days: int):
    """Within bounds, valid JSON."""
    answer = trends(snapshot, now, days=days)
    assert json.loads(answer.model_dump_json())["total_sessions"] <= len(snapshot)
    assert "NaN" not in answer.model_dump_json()
