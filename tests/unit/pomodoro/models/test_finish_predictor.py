"""When so many more sessions will be done."""

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from tandem.pomodoro.models.finish_predictor import MOST_SESSIONS, elapsed, predict_finish
from tandem.pomodoro.models.session_spans import Spans
from tandem.pomodoro.snapshot import Snapshot
from unit.pomodoro.builders import NOW, big_snapshot, session, snapshot_of

NOBODY = Snapshot.empty("nobody")


def test_without_history_it_is_the_preset_and_says_so() -> None:
    found = predict_finish(NOBODY, NOW, sessions=1)
    assert (found.basis, found.method, found.sample_sessions) == ("default", "default", 0)
    assert found.starts_at == NOW
    assert 45 <= found.total_minutes <= 60  # the usual preset works 52 minutes
    exact = predict_finish(NOBODY, NOW, sessions=2, preset="quick_tasks")
    assert exact.work_minutes == 50
    assert 53 <= exact.total_minutes <= 58  # two times 25 and a break of about 5
    assert len(exact.plan) == 2


def test_own_breaks_count() -> None:
    """Fifty-two minutes of work, twenty-eight of rest, day after day."""
    rows = [session(ago, 9 + (k * 80) // 60, minute=(k * 80) % 60) for ago in range(1, 60) for k in range(4)]
    found = predict_finish(snapshot_of(rows), NOW, sessions=3)
    assert found.method == "runs"
    assert found.total_minutes == 52 * 3 + 28 * 2
    assert found.finishes_at == NOW + dt.timedelta(minutes=212)
    assert found.interval_minutes == (212, 212)
    assert [one.ends_at - NOW for one in found.plan] == [dt.timedelta(minutes=m) for m in (52, 132, 212)]
    assert (found.work_minutes, found.break_minutes) == (156, 56)
    assert not found.past_midnight


def test_a_running_session_is_waited_for() -> None:
    running = session(0, NOW.hour, minute=NOW.minute - 10)
    found = predict_finish(snapshot_of(running), NOW, sessions=1)
    assert found.starts_at == NOW + dt.timedelta(minutes=42)
    assert found.completed_today == 1


def test_more_sessions_never_end_earlier() -> None:
    for snapshot in (NOBODY, big_snapshot()):
        ends = [predict_finish(snapshot, NOW, sessions=n).finishes_at for n in range(1, MOST_SESSIONS + 1)]
        assert ends == sorted(ends)
        plan = predict_finish(snapshot, NOW, sessions=MOST_SESSIONS).plan
        moments = [moment for one in plan for moment in (one.starts_at, one.ends_at)]
        assert moments == sorted(moments)


def test_minutes_really_pass_when_the_clocks_change() -> None:
    """On 29 March 2026 in Prague it is three o'clock right after two."""
    before = dt.datetime(2026, 3, 29, 1, 30, tzinfo=ZoneInfo("Europe/Prague"))
    found = predict_finish(NOBODY, before, sessions=1, preset="flow_mode")
    assert found.finishes_at.isoformat() == "2026-03-29T04:00:00+02:00"
    assert found.total_minutes == 90


def test_an_end_after_midnight_is_told() -> None:
    late = NOW.replace(hour=23, minute=30)
    found = predict_finish(NOBODY, late, sessions=1)
    assert found.past_midnight
    assert found.finishes_at.date() == late.date() + dt.timedelta(days=1)


@pytest.mark.parametrize("sessions", [2, 3, 5])
def test_four_of_five_ends_lie_within(sessions: int) -> None:
    """Simulated days whose breaks are long or short all day: single breaks alone would make the interval too narrow."""
    rng = np.random.default_rng(20260304)
    day, start, length = [], [], []
    for number in range(1, 400):
        at, pace = 8 * 60.0, rng.lognormal(2.8, 0.4)
        for _ in range(6):
            day.append(number)
            start.append(at)
            length.append(float(rng.integers(40, 60)))
            at += length[-1] + rng.gamma(4.0, pace / 4.0)
    log = Spans(np.array(day), np.array(start), np.array(length))
    known, later = log.day < 200, log.day >= 200
    _, (low, _, high) = elapsed(Spans(log.day[known], log.start[known], log.length[known]), sessions, None)
    real = Spans(log.day[later], log.start[later], log.length[later]).runs(sessions)
    assert 0.72 <= np.mean((real >= low) & (real <= high)) <= 0.88


def test_one_odd_break_decides_nothing() -> None:
    rows = [session(3, 8), session(3, 20)]
    found = predict_finish(snapshot_of(rows), NOW, sessions=2)
    assert found.method == "pieces"
    assert found.total_minutes < 180
