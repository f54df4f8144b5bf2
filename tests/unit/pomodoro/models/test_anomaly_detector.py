"""What in the last days is unlike a person's own last weeks."""

import json
import math
from datetime import datetime, timedelta
from time import perf_counter

import pytest
from hypothesis import given

from tandem.core.i18n import Translator, translator
from tandem.pomodoro.models.anomaly_detector import detect
from tandem.pomodoro.schemas.anomalies import AnomalyReport
from tandem.pomodoro.snapshot import SessionRow, Snapshot
from unit.pomodoro.builders import NOW, TODAY, big_snapshot, every_day, session, snapshot_of
from unit.pomodoro.strategies import moments, snapshots, texts

EN = translator("en")


def ask(*sessions: SessionRow | list[SessionRow]) -> AnomalyReport:
    """The report for these sessions on a Wednesday."""
    return detect(snapshot_of(*sessions), NOW, EN)


def found(report: AnomalyReport) -> dict[str, dict[str, object]]:
    """The anomalies by type, as JSON."""
    return {str(anomaly["type"]): anomaly for anomaly in json.loads(report.model_dump_json())["anomalies"]}


def test_under_seven_days_nothing_is_said():
    """The message names the seven days; keys of a full answer are missing or null."""
    body = json.loads(ask(every_day(6), session(ago=30, completed=False)).model_dump_json())
    assert body["overall_status"] == "insufficient_data"
    assert "7" in body["message"]
    assert (body["baseline_summary"], body["patterns"], body["confidence"]) == (None, None, 0.0)
    assert body["metadata"] == {
        "model_version": "1.0", "total_sessions_analyzed": 18, "timestamp": "2026-03-04T10:30:00",
        "unique_days": 6, "required_days": 7,
    }  # fmt: skip


def test_a_steady_person_is_healthy():
    """No anomaly, one kind word, and a baseline of the fourteen dates before the last three."""
    body = json.loads(ask(every_day(30)).model_dump_json())
    assert body["overall_status"] == "healthy"
    assert body["anomalies_detected"] == 0
    assert [tip["type"] for tip in body["proactive_tips"]] == ["positive"]
    assert "message" not in body
    assert "unique_days" not in body["metadata"]
    assert body["metadata"]["analysis_period"] == "14 days"
    assert body["baseline_summary"] == {
        "avg_productivity": 70.0, "typical_hours": {"start": 6, "end": 14}, "top_category": "Coding",
        "avg_sessions_per_day": 3.0, "current_streak": 30, "analysis_period_days": 14, "sessions": 42,
        "basis": "history",
    }  # fmt: skip
    assert body["patterns"] == {
        "productivity_trend": "stable", "work_intensity": "normal", "schedule_regularity": "regular",
    }  # fmt: skip


def test_a_drop_from_a_flat_baseline_is_seen():
    """Always 80, now 60: the floor of the deviation (5 points) gives z = -4, which is critical."""
    report = ask(every_day(30, rating=80.0, first_ago=3), every_day(3, rating=60.0, first_ago=0))
    drop = found(report)["productivity_drop"]
    assert drop["z_score"] == -4.0
    assert (drop["current_value"], drop["baseline_value"], drop["change_percent"]) == (60.0, 80.0, -25.0)
    assert drop["severity"] == "critical"
    assert drop["evidence"]["data_points"] == [60.0] * 5
    assert report.overall_status == "critical"


def test_recent_ratings_do_not_dampen_their_own_baseline():
    """Fourteen dates of 80 before, whatever came in the last three."""
    drop = found(
        ask(every_day(14, rating=80.0, first_ago=3), every_day(3, per_day=12, rating=0.0, first_ago=0))
    )
    assert drop["productivity_drop"]["baseline_value"] == 80.0
    assert drop["productivity_drop"]["change_percent"] == -100.0


def test_small_ratings_are_not_another_scale():
    """Ratings of 5 mean 5 %: a person who rates 5 and now 80 shows no drop."""
    assert "productivity_drop" not in found(
        ask(every_day(14, rating=5.0, first_ago=3), every_day(3, rating=80.0, first_ago=0))
    )


def test_two_late_sessions_are_unusual_and_the_shown_range_is_the_tested_one():
    """Starts between nine and eleven; with a floor of two hours for the spread the range is 6 to 14."""
    report = ask(
        every_day(17, first_ago=3), [session(ago=1, hour=15), session(ago=0, hour=3)], session(ago=1, hour=14)
    )
    unusual = found(report)["unusual_hours"]
    assert unusual["evidence"] == {"normal_range": "6:00 - 14:00", "unusual_sessions": ["03:00", "15:00"]}
    assert unusual["severity"] == "low"
    assert report.baseline_summary is not None
    assert report.baseline_summary.typical_hours.model_dump() == {"start": 6, "end": 14}


def test_the_same_hour_each_day_leaves_room_around_it():
    """An interquartile range of nothing does not make ten o'clock unusual for somebody who starts at nine."""
    usual = every_day(20, per_day=1, first_ago=3)
    assert "unusual_hours" not in found(ask(usual, [session(ago=ago, hour=11) for ago in range(3)]))


def test_a_new_category_is_a_shift():
    """From all Coding to all Learning: a shift by 100 points, of which the largest is reported."""
    shift = found(ask(every_day(14, first_ago=7), every_day(7, first_ago=0, category="Learning")))[
        "category_shift"
    ]
    assert shift["category"] in {"Coding", "Learning"}
    assert shift["change_percent"] == 100.0
    assert shift["evidence"] == {"baseline_top": "Coding", "recent_distribution": {"Learning": 100.0}}


def test_a_shift_in_three_sessions_is_chance():
    """Two of three against one of three is no news."""
    usual = [session(ago=ago, category=("A", "A", "B")[ago % 3]) for ago in range(7, 21)]
    assert "category_shift" not in found(
        ask(usual, [session(1, category="B"), session(2, category="B"), session(3, category="A")])
    )


@pytest.mark.parametrize(
    ("last", "gap"), [(0, None), (1, None), (2, None), (3, 2), (4, 3), (8, 7), (9, None)]
)
def test_the_open_gap_breaks_a_streak(last: int, gap: int | None):
    """The last session was so many days ago: today is no missing day yet, and old gaps are no news."""
    broken = found(ask(every_day(12, first_ago=last))).get("streak_break")
    if gap is None:
        assert broken is None
        return
    assert broken is not None
    assert (broken["gap_days"], broken["streak_days"], broken["severity"]) == (gap, 12, "medium")
    start = (TODAY - timedelta(days=last - 1)).isoformat()
    assert broken["evidence"] == {"streak_length": 12, "gap_start": start, "open": True}


def test_a_closed_gap_has_its_true_length():
    """Eight days in a row, three days off, then back."""
    broken = found(ask(every_day(8, first_ago=6), every_day(3, first_ago=0)))["streak_break"]
    assert (broken["gap_days"], broken["streak_days"], broken["severity"]) == (3, 8, "low")
    assert broken["evidence"]["open"] is False


def test_a_spike_is_told_in_percent_of_what_is_usual():
    """Three a day, now eight: 267 % of the usual, which is 167 % more."""
    spike = found(ask(every_day(14, first_ago=3), every_day(3, per_day=8, first_ago=0)))["overwork_spike"]
    assert (spike["ratio"], spike["current_avg"], spike["baseline_avg"]) == (267, 8.0, 3.0)
    assert spike["severity"] == "medium"
    assert "167 % more" in spike["description"]


def test_one_busier_day_is_no_spike():
    """Five sessions on one day instead of three happen by chance."""
    assert "overwork_spike" not in found(
        ask(every_day(14, first_ago=3), every_day(1, per_day=5, first_ago=0))
    )


def test_a_run_of_low_ratings_is_read_from_the_newest():
    """Five low ratings at the end are a decline; the same five before better ones are none."""
    usual = every_day(20, rating=80.0, first_ago=2)
    low = [session(ago=1, hour=8 + i, rating=60.0 + i) for i in range(5)]
    decline = found(ask(usual, low))["quality_decline"]
    assert decline["consecutive_count"] == 5
    assert decline["severity"] == "medium"
    assert decline["evidence"]["consecutive_ratings"] == [60.0, 61.0, 62.0, 63.0, 64.0]
    assert decline["evidence"]["baseline_threshold"] < decline["baseline_avg"]
    assert "quality_decline" not in found(ask(usual, low, session(ago=0, rating=80.0)))


def test_without_ratings_nothing_is_said_about_them():
    """A mean that nobody gave is not a baseline."""
    report = ask(every_day(20, rating=None, first_ago=3), every_day(3, rating=5.0, first_ago=0))
    assert set(found(report)) <= {"overwork_spike"}
    assert report.patterns is not None
    assert report.patterns.productivity_trend == "unknown"


def test_tips_follow_the_anomalies():
    """At most three, each naming its anomaly."""
    report = ask(every_day(30, rating=80.0, first_ago=3), every_day(3, per_day=9, rating=40.0, first_ago=0))
    tips = json.loads(report.model_dump_json())["proactive_tips"]
    assert len(tips) == 3
    assert {tip["related_anomaly"] for tip in tips} <= set(found(report))


def test_after_a_long_pause_the_summary_still_knows_the_person():
    """Nothing in the last three weeks: typical hours and load come from the whole history."""
    summary = ask(every_day(30, first_ago=40, rating=90.0)).baseline_summary
    assert summary is not None
    assert summary.sessions == 0
    assert summary.typical_hours.start <= 9 <= summary.typical_hours.end
    assert summary.avg_sessions_per_day == 3.0
    assert summary.avg_productivity == pytest.approx(90, abs=1)
    assert summary.top_category is None
    assert summary.basis == "default"


def test_where_nothing_was_done_nothing_is_certain():
    """Three weeks without a session: confidence 0, and the tip says that there was nothing to look at."""
    report = ask(every_day(30, first_ago=40))
    assert report.overall_status == "healthy"
    assert report.confidence == 0.0
    [tip] = report.proactive_tips
    assert "nothing to look at" in tip.message
    assert "nothing to look at" not in ask(every_day(30)).proactive_tips[0].message


def test_few_sessions_in_the_windows_lower_the_confidence():
    """In full from ten sessions on, half of it without a baseline; the long history before counts no more than that."""
    past = every_day(60, first_ago=40)
    sessions = [session(ago) for ago in range(4, 17)]
    told = [ask([*past, *sessions[:n]]).confidence for n in (0, 1, 4, 5, 8, 10, 13)]
    assert told == [0.0, 0.05, 0.18, 0.45, 0.72, 0.9, 0.9]
    assert ask([*past, *every_day(3, per_day=5, first_ago=0)]).confidence == 0.45


def test_unrated_baselines_are_told_apart_from_rated_ones():
    """Without any rating the mean is the invented 70, and marked so."""
    summary = ask(every_day(30, rating=None)).baseline_summary
    assert summary is not None
    assert (summary.avg_productivity, summary.basis) == (70.0, "default")


@pytest.mark.parametrize(
    ("n", "form"), [(31, "31 procentních bodů"), (1, "1 procentní bod "), (3, "3 procentní body ")]
)
def test_percentage_points_have_czech_plurals(n: int, form: str):
    """One, a few, many."""
    said = translator("cs").count(
        "{category} takes {n} percentage point more of your sessions than before.",
        "{category} takes {n} percentage points more of your sessions than before.",
        n,
        category="Coding",
    )
    assert form in said


def test_the_snapshot_is_left_as_it_was():
    """Asking twice gives the same answer, and the figures of the snapshot do not change."""
    snapshot = snapshot_of(every_day(30), session(ago=1, hour=23, rating=3.0))
    before = snapshot.statistics.total().tolist()
    assert detect(snapshot, NOW, EN) == detect(snapshot, NOW, EN)
    assert snapshot.statistics.total().tolist() == before


def test_sixteen_years_are_searched_at_once():
    """200,000 sessions cost no more than a few milliseconds."""
    snapshot = big_snapshot()
    best = math.inf
    for _ in range(10):
        started = perf_counter()
        detect(snapshot, NOW, EN)
        best = min(best, perf_counter() - started)
    assert best < 0.02


@given(snapshots(), moments, texts)
def test_any_history_gives_a_sound_report(snapshot: Snapshot, now: datetime, text: Translator):
    """No history breaks it; count and status agree with the list."""
    report = detect(snapshot, now, text)
    assert "NaN" not in report.model_dump_json()
    assert report.anomalies_detected == len(report.anomalies)
    assert 0 <= report.confidence <= 0.9
    if report.overall_status != "insufficient_data":
        assert (report.overall_status == "healthy") == (not report.anomalies)
        assert 1 <= len(report.proactive_tips) <= 3
