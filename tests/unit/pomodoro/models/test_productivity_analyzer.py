"""When and at what a person works well."""

import json
import math
from datetime import datetime
from time import perf_counter

import numpy as np
from hypothesis import given

from tandem.core.i18n import Translator, translator
from tandem.pomodoro.models.productivity_analyzer import analyze, train
from tandem.pomodoro.schemas.analysis import NothingToTrain
from tandem.pomodoro.snapshot import Snapshot
from unit.pomodoro.builders import NOW, big_snapshot, every_day, session, snapshot_of
from unit.pomodoro.strategies import moments, snapshots, texts


def test_without_sessions_everything_is_empty_but_complete():
    """No data: empty lists and objects, stable trend, and a full heat map of zeros."""
    answer = analyze(Snapshot.empty("default"), NOW)
    assert answer.analysis.best_hours == []
    assert answer.analysis.worst_hours == []
    assert answer.analysis.best_day is None
    assert answer.analysis.productivity_by_hour == {}
    assert answer.analysis.productivity_by_category == {}
    assert answer.analysis.trend == "stable"
    assert answer.analysis.total_sessions_analyzed == 0
    assert [len(hours) for hours in answer.heatmap.values()] == [24] * 7


def test_means_are_plain_and_carry_their_sample_size():
    """What is shown as a mean is the mean; a rating of 0 counts, 5 is five per cent."""
    answer = analyze(snapshot_of(session(1, 9, 0.0), session(1, 9, 5.0), session(1, 10, None)), NOW).analysis
    assert answer.productivity_by_hour == {"9": 2.5}
    assert answer.ratings_by_hour == {"9": 2}
    assert answer.productivity_by_category["Coding"].model_dump() == {"avg_rating": 2.5, "session_count": 2}
    assert answer.total_sessions_analyzed == 2


def test_weekdays_come_from_the_date():
    """A session of Tuesday, 3 March 2026, counts on Tuesday."""
    answer = analyze(snapshot_of(session(1, 9, 80.0)), NOW)
    assert answer.analysis.best_day == "Tuesday"
    assert answer.analysis.productivity_by_day == {"Tuesday": 80.0}
    assert answer.heatmap["Tuesday"]["9"].model_dump() == {"sessions": 1, "avg_rating": 80.0, "rated": 1}
    assert answer.heatmap["Monday"]["9"].sessions == 0


def test_one_lucky_session_does_not_make_a_best_hour():
    """Twenty ratings of 85 at ten o'clock outrank a single 100 in the evening."""
    rows = [*every_day(20, per_day=1, rating=60.0), session(3, 20, 100.0)]
    rows += [session(ago, 10, 85.0) for ago in range(1, 21)]
    analysis = analyze(snapshot_of(rows), NOW).analysis
    assert analysis.best_hours[0] == 10
    assert analysis.productivity_by_hour["20"] == 100.0


def test_no_hour_is_both_best_and_worst():
    """With four known hours there are three best and one worst."""
    rows = [session(ago, 8 + k, 90.0 - 10 * k) for k in range(4) for ago in range(1, 10)]
    analysis = analyze(snapshot_of(rows), NOW).analysis
    assert analysis.best_hours == [8, 9, 10]
    assert analysis.worst_hours == [11]


def test_the_true_best_hours_are_found():
    """In a simulated year the three truly best hours are named, whatever the noise."""
    rng = np.random.default_rng(3)
    truth = {hour: 60.0 + (15 if hour in {8, 9, 15} else 0) for hour in range(7, 19)}
    rows = [
        session(ago, hour, float(np.clip(rng.normal(mean, 12), 0, 100)))
        for ago in range(1, 200)
        for hour, mean in truth.items()
        if rng.random() < 0.4
    ]
    assert set(analyze(snapshot_of(rows), NOW).analysis.best_hours) == {8, 9, 15}


def test_the_trend_follows_time():
    """Better ratings in the last seven days than before are an upward trend, and the other way round."""
    up = [*every_day(7, rating=85.0, first_ago=0), *every_day(20, rating=60.0, first_ago=7)]
    down = [*every_day(7, rating=60.0, first_ago=0), *every_day(20, rating=85.0, first_ago=7)]
    assert analyze(snapshot_of(up), NOW).analysis.trend == "up"
    assert analyze(snapshot_of(list(reversed(down))), NOW).analysis.trend == "down"


def test_seven_recent_days_are_seven_dates():
    """The session of six days ago is recent, the one of seven days ago is not."""
    old = every_day(10, per_day=1, rating=50.0, first_ago=7)
    assert analyze(snapshot_of(old), NOW).analysis.trend == "stable"
    assert analyze(snapshot_of(old, [session(6, 9 + k, 95.0) for k in range(4)]), NOW).analysis.trend == "up"


def test_noise_is_seldom_a_trend():
    """Without any change a trend is told in about one case in ten."""
    rng = np.random.default_rng(5)
    told = 0
    for _ in range(100):
        rows = [session(ago, 9, float(np.clip(rng.normal(70, 12), 0, 100))) for ago in range(40)]
        told += analyze(snapshot_of(rows), NOW).analysis.trend != "stable"
    assert told <= 22


def test_train_reports_what_there_is():
    """Completed sessions and ratings are counted; without any session there is nothing to train on."""
    text = translator("en")
    report = train(snapshot_of(session(), session(rating=None), session(completed=False)), text)
    assert report.model_dump() == {
        "status": "success",
        "sessions_analyzed": 2,
        "sessions_with_rating": 1,
        "job": None,
    }
    nothing = train(Snapshot.empty("default"), text)
    assert isinstance(nothing, NothingToTrain)
    assert nothing.status == "no_data"
    assert nothing.message


def test_sixteen_years_are_analysed_at_once():
    """200,000 sessions cost no more than a few milliseconds."""
    snapshot = big_snapshot()
    best = math.inf
    for _ in range(10):
        started = perf_counter()
        analyze(snapshot, NOW)
        best = min(best, perf_counter() - started)
    assert best < 0.02


@given(snapshots(), moments, texts)
def test_any_history_gives_a_sound_answer(snapshot: Snapshot, now: datetime, text: Translator):
    """No history breaks it, and nothing is not a number."""
    answer = analyze(snapshot, now)
    assert "NaN" not in answer.model_dump_json()
    assert (
        sum(c.sessions for d in answer.heatmap.values() for c in d.values()) == snapshot.statistics.total()[1]
    )
    assert json.loads(train(snapshot, text).model_dump_json())["status"] in {"success", "no_data"}
