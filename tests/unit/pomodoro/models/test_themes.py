"""Themes: which there are, which goes best, which fits a weekday."""

import json
import math
from datetime import date, timedelta
from time import perf_counter

from hypothesis import given
from hypothesis import strategies as st

from tandem.core.i18n import Translator, translator
from tandem.pomodoro.models.themes import recommend_theme, theme_productivity
from tandem.pomodoro.snapshot import Snapshot
from unit.pomodoro.builders import TODAY, big_snapshot, every_day, session, snapshot_of
from unit.pomodoro.strategies import snapshots, texts

EN = translator("en")
NOBODY = Snapshot.empty("default")


def test_without_sessions_there_is_no_theme():
    """No data: empty list and null, no recommendation with confidence 0."""
    answer = theme_productivity(NOBODY)
    assert answer.themes == []
    assert answer.best_theme is None
    advice = recommend_theme(NOBODY, TODAY, EN)
    assert advice.recommended_theme is None
    assert advice.confidence == 0
    assert advice.reason


def test_themes_are_sorted_by_sessions():
    """Completed sessions count, rated or not; unfinished ones do not."""
    rows = [
        *every_day(5, per_day=2, category="Coding"),
        *every_day(9, per_day=2, rating=None, category="Other"),
        session(1, category="Planning", completed=False),
    ]
    answer = theme_productivity(snapshot_of(rows))
    assert [theme.model_dump() for theme in answer.themes] == [
        {"theme": "Other", "sessions": 18, "avg_rating": 0.0, "rated_count": 0},
        {"theme": "Coding", "sessions": 10, "avg_rating": 70.0, "rated_count": 10},
    ]


def test_the_best_theme_needs_three_ratings():
    """Two lucky ratings do not make a best theme; a rating of 0 counts as one."""
    rows = [
        *every_day(10, per_day=1, rating=75.0, category="Coding"),
        *[session(ago, rating=100.0, category="Reading") for ago in (1, 2)],
        *[session(ago, rating=0.0, category="Mail") for ago in (1, 2, 3)],
    ]
    answer = theme_productivity(snapshot_of(rows))
    assert answer.best_theme == "Coding"
    assert answer.best_avg_rating == 75.0
    assert [theme.rated_count for theme in answer.themes if theme.theme == "Mail"] == [3]


def test_the_weekday_comes_from_the_date():
    """What is done on Mondays is recommended on Monday, 2 March 2026, and only then."""
    monday = date(2026, 3, 2)
    rows = [session((TODAY - monday).days + 7 * week, category="Planning", rating=90.0) for week in range(6)]
    rows += [session(1 + 7 * week, category="Coding", rating=60.0) for week in range(6)]
    snapshot = snapshot_of(rows)
    on_monday = recommend_theme(snapshot, monday, EN)
    assert on_monday.recommended_theme == "Planning"
    assert on_monday.day_of_week == "pondělí"
    assert on_monday.sessions == 6
    assert "90 %" in on_monday.reason
    assert recommend_theme(snapshot, monday + timedelta(days=1), EN).recommended_theme == "Coding"
    assert recommend_theme(snapshot, monday + timedelta(days=2), EN).recommended_theme is None


def test_confidence_is_habit_and_rating():
    """Five sessions of 100 give at most 100; two unrated ones 12 plus 70 % of the usual rating."""
    always = [session(7 * week, rating=100.0) for week in range(40)]
    assert recommend_theme(snapshot_of(always), TODAY, EN).confidence == 100
    twice = recommend_theme(snapshot_of([session(7, rating=None), session(14, rating=None)]), TODAY, EN)
    assert twice.confidence == round(12 + 0.7 * 70)


def test_sixteen_years_are_read_at_once():
    """A few milliseconds at most."""
    snapshot = big_snapshot()
    best = math.inf
    for _ in range(10):
        started = perf_counter()
        theme_productivity(snapshot)
        recommend_theme(snapshot, TODAY, EN)
        best = min(best, perf_counter() - started)
    assert best < 0.02


@given(snapshots(), st.dates(), texts)
def test_any_history_gives_a_sound_answer(snapshot: Snapshot, day: date, text: Translator):
    """Within bounds, valid JSON, and each completed session belongs to one theme."""
    answer = theme_productivity(snapshot)
    assert sum(theme.sessions for theme in answer.themes) == snapshot.statistics.total()[1]
    advice = json.loads(recommend_theme(snapshot, day, text).model_dump_json())
    assert 0 <= advice["confidence"] <= 100
