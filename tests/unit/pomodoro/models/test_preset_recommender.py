"""Which preset fits now."""

import json
import math
from datetime import datetime
from time import perf_counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.core.i18n import Translator, translator
from tandem.pomodoro.models.preset_recommender import recommend
from tandem.pomodoro.models.preset_stats import preset_stats
from tandem.pomodoro.presets import PRESET_KEYS
from tandem.pomodoro.snapshot import Snapshot
from unit.pomodoro.builders import NOW, big_snapshot, every_day, session, snapshot_of
from unit.pomodoro.strategies import CATEGORIES, moments, snapshots, texts

EN = translator("en")


@pytest.mark.parametrize(
    ("hour", "preset"),
    [(3, "learning"), (8, "deep_work"), (12, "quick_tasks"), (15, "learning"), (18, "quick_tasks")],
)
def test_without_sessions_the_hour_decides(hour: int, preset: str):
    """No data: the hour's default, no alternative, confidence 0.3, and no scores at all."""
    answer = recommend(Snapshot.empty("default"), NOW, EN, hour=hour)
    assert answer.recommended_preset == answer.preset == preset
    assert answer.alternative is None
    assert answer.confidence == 0.3
    assert answer.basis == "default"
    assert answer.reason
    assert "all_scores" not in json.loads(answer.model_dump_json())


def test_unrated_sessions_leave_the_default():
    """Sessions without a rating say nothing about presets, so the hour still decides."""
    answer = recommend(snapshot_of(every_day(30, rating=None, preset="flow_mode")), NOW, EN, hour=13)
    assert answer.recommended_preset == "quick_tasks"
    assert answer.confidence == 0.3
    assert set(answer.all_scores or ()) == set(PRESET_KEYS)
    assert answer.alternative in PRESET_KEYS


def test_the_winner_has_the_best_score_and_the_alternative_the_second():
    """`all_scores` is what the ranking goes by."""
    rows = [
        *every_day(20, preset="learning", rating=85.0),
        *every_day(20, preset="deep_work", rating=70.0),
        *every_day(20, preset="quick_tasks", rating=50.0),
    ]
    answer = recommend(snapshot_of(rows), NOW, EN)
    ranked = sorted((answer.all_scores or {}).items(), key=lambda item: -item[1])
    assert ranked[0][0] == answer.recommended_preset == "learning"
    assert ranked[1][0] == answer.alternative == "deep_work"
    assert answer.basis == "history"
    assert "85 %" in answer.reason
    assert "/5" not in answer.reason


def test_one_lucky_session_does_not_win():
    """A single 100 for flow mode does not beat forty sessions of 80."""
    rows = [*every_day(40, per_day=1, rating=80.0), session(2, 9, 100.0, preset="flow_mode")]
    assert recommend(snapshot_of(rows), NOW, EN).recommended_preset == "deep_work"


def test_a_preset_never_tried_can_win_over_bad_experience():
    """Where the tried preset does clearly worse than the person's usual, another is worth a try."""
    rows = [
        *[session(ago, 9, 90.0, preset="deep_work", category="Coding") for ago in range(1, 40)],
        *[session(ago, 22, 15.0, preset="deep_work", category="Coding") for ago in range(1, 40)],
        *[session(ago, 22, 25.0, preset="learning", category="Coding") for ago in range(1, 40)],
    ]
    at_nine = recommend(snapshot_of(rows), NOW, EN, hour=9)
    at_night = recommend(snapshot_of(rows), NOW, EN, hour=22)
    assert at_nine.recommended_preset == "deep_work"
    assert at_night.recommended_preset != "deep_work"


def test_a_bad_hour_is_not_blamed_on_the_preset():
    """The only preset somebody uses stays recommended at an hour that is bad for them altogether."""
    rows = [
        *[session(ago, 9, 85.0, preset="quick_tasks") for ago in range(1, 60)],
        *[session(ago, 21, 55.0, preset="quick_tasks") for ago in range(1, 60)],
    ]
    assert recommend(snapshot_of(rows), NOW, EN, hour=21).recommended_preset == "quick_tasks"


def test_hour_weekday_and_category_each_matter():
    """What is known of a context changes the recommendation for it."""
    rows = []
    for ago in range(1, 120):
        weekend = session(ago).weekday >= 5
        rows.append(session(ago, 9, 90.0, preset="deep_work", category="Coding"))
        rows.append(session(ago, 20, 50.0, preset="deep_work", category="Coding"))
        rows.append(session(ago, 9, 60.0, preset="learning", category="Reading"))
        rows.append(session(ago, 20, 85.0 + (10 if weekend else 0), preset="learning", category="Reading"))
    snapshot = snapshot_of(rows)
    assert recommend(snapshot, NOW, EN, hour=9).recommended_preset == "deep_work"
    assert recommend(snapshot, NOW, EN, hour=20).recommended_preset == "learning"
    monday = recommend(snapshot, NOW, EN, hour=20, weekday=0).all_scores or {}
    sunday = recommend(snapshot, NOW, EN, hour=20, weekday=6).all_scores or {}
    assert sunday["learning"] > monday["learning"]
    assert "Coding" in recommend(snapshot, NOW, EN, hour=9, category="Coding").reason


def test_the_better_preset_is_found_in_noise():
    """With 40 ratings each, ten points of difference are found in nearly all simulated people."""
    rng = np.random.default_rng(11)
    right = 0
    for _ in range(40):
        rows = [
            session(
                ago, int(rng.integers(8, 18)), float(np.clip(rng.normal(mean, 15), 0, 100)), preset=preset
            )
            for preset, mean in (("learning", 75.0), ("deep_work", 65.0))
            for ago in range(1, 41)
        ]
        right += recommend(snapshot_of(rows), NOW, EN).recommended_preset == "learning"
    assert right >= 34


def test_confidence_grows_with_ratings():
    """More ratings in the context, more confidence; never below the default's."""
    seen = [
        recommend(snapshot_of(every_day(days, per_day=2)), NOW, EN, hour=9).confidence
        for days in (1, 5, 20, 100)
    ]
    assert seen == sorted(seen)
    assert seen[0] >= 0.3
    assert seen[-1] > 0.9


def test_statistics_name_each_rated_preset():
    """Unknown presets of old data appear; unrated ones do not; single ratings do not make a best hour."""
    rows = [
        *[session(ago, 9, 80.0, preset="deep_work", category="Coding") for ago in range(1, 15)],
        session(1, 20, 100.0, preset="deep_work", category="Other"),
        session(1, 11, 0.0, preset="standard"),
        session(1, 12, None, preset="flow_mode"),
    ]
    stats = preset_stats(snapshot_of(rows)).root
    assert set(stats) == {"deep_work", "standard"}
    assert stats["deep_work"].best_hour == 9
    assert stats["deep_work"].best_category == "Coding"
    assert stats["standard"].avg_rating == 0.0
    assert json.loads(preset_stats(Snapshot.empty("default")).model_dump_json()) == {}


def test_sixteen_years_are_read_at_once():
    """200,000 sessions cost a few milliseconds at most."""
    snapshot = big_snapshot()
    best = math.inf
    for _ in range(10):
        started = perf_counter()
        recommend(snapshot, NOW, EN, category="Category 3")
        preset_stats(snapshot)
        best = min(best, perf_counter() - started)
    assert best < 0.02


@given(snapshots(), moments, texts, st.sampled_from([None, *CATEGORIES, "never seen"]), st.integers(0, 6))
def test_any_history_gives_a_sound_answer(
    snapshot: Snapshot, now: datetime, text: Translator, category: str | None, weekday: int
):
    """One of the four presets, numbers within bounds, valid JSON."""
    answer = recommend(snapshot, now, text, category=category, weekday=weekday)
    assert answer.recommended_preset in PRESET_KEYS
    assert answer.recommended_preset != answer.alternative
    assert 0.3 <= answer.confidence <= 1
    assert answer.reason
    if len(snapshot):
        assert answer.all_scores is not None
        assert max(answer.all_scores.values()) == answer.all_scores[answer.recommended_preset]
    assert "NaN" not in answer.model_dump_json() + preset_stats(snapshot).model_dump_json()
