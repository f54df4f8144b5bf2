"""Whether the last two days were all of one kind."""

import json
from dataclasses import replace
from datetime import datetime

from hypothesis import given

from tandem.core.i18n import Translator, translator
from tandem.pomodoro.models.diversity_detector import debug, detect
from tandem.pomodoro.schemas.diversity import Diversity
from tandem.pomodoro.snapshot import SessionRow, Snapshot
from unit.pomodoro.builders import NOW, session, snapshot_of
from unit.pomodoro.strategies import moments, snapshots, texts

EN = translator("en")
OWN = ["SOAP", "REST API", "Frontend", "Database", "Coding"]


def ask(*sessions: SessionRow | list[SessionRow], categories: list[str] | None = None) -> Diversity:
    """The judgement of these sessions on a Wednesday morning."""
    return detect(snapshot_of(*sessions), NOW, EN, categories=OWN if categories is None else categories)


def on(category: str, ago: int = 0, hour: int = 8, notes: str | None = None) -> SessionRow:
    """One session of a category."""
    return replace(session(ago, hour, category=category), notes=notes)


def test_without_sessions_nothing_is_overloaded():
    """The first three of the user's categories are proposed, with confidence 0."""
    answer = ask()
    assert answer.overloaded_categories == answer.avoid_categories == []
    assert answer.recommended_alternatives == ["SOAP", "REST API", "Frontend"]
    assert (answer.confidence, answer.overload_reason, answer.category_distribution) == (0.0, "", {})
    assert answer.analysis_days == 2


def test_one_session_is_no_overload():
    """A single one is always 100 %; three on different days neither."""
    assert ask(on("SOAP")).overloaded_categories == []
    assert ask(on("SOAP"), on("SOAP", hour=7), on("SOAP", ago=1)).overloaded_categories == []


def test_a_large_share_is_an_overload():
    """Three of four on two days: 75 %, and the reason says so."""
    answer = ask(on("SOAP"), on("SOAP", hour=7), on("Coding", ago=1), on("SOAP", ago=1, hour=7))
    assert answer.overloaded_categories == answer.avoid_categories == ["SOAP"]
    assert "75 %" in answer.overload_reason
    assert answer.category_distribution == {"SOAP": 3, "Coding": 1}
    assert "SOAP" not in answer.recommended_alternatives
    assert answer.confidence == 0.9


def test_three_in_a_row_are_an_overload():
    """The last three of yesterday were the same, though the share over both days is 60 %."""
    rows = [on("SOAP", ago=1, hour=h) for h in (15, 16, 17)]
    answer = ask(rows, on("Coding"), on("Database", hour=7))
    assert answer.overloaded_categories == ["SOAP"]
    assert "three sessions" in answer.overload_reason


def test_only_today_and_yesterday_count():
    """Exactly two dates; what was two days ago is left out, and so are unfinished sessions."""
    answer = ask(
        [on("SOAP", ago=2, hour=h) for h in range(8, 14)], on("Coding"), session(0, 9, completed=False)
    )
    assert answer.overloaded_categories == []
    assert answer.total_sessions_analyzed == 1


def test_alternatives_are_the_users_own_the_longest_unused_first():
    """Never used before used long ago before used lately; names are compared without regard to case."""
    rows = [on("soap", hour=h) for h in range(5, 9)]
    rows += [on("Coding", ago=3), on("Database", ago=9), on("frontend", ago=5)]
    answer = ask(rows)
    assert answer.overloaded_categories == ["soap"]
    assert answer.recommended_alternatives == ["REST API", "Database", "Frontend"]


def test_a_person_with_one_category_has_nothing_to_avoid():
    """There is nothing else to turn to."""
    answer = ask([on("SOAP", hour=h) for h in range(4, 9)], categories=["SOAP"])
    assert answer.avoid_categories == []
    assert answer.recommended_alternatives == ["SOAP"]


def test_a_topic_of_three_notes_is_named_whole():
    """A Czech word with diacritics is not split."""
    rows = [
        on("SOAP", hour=5, notes="Přihlašování uživatelů"),
        on("Coding", hour=6, notes="zase přihlašování"),
    ]
    answer = ask(rows, on("Database", hour=7, notes="přihlašování hotovo"))
    assert answer.repeated_topic is not None
    assert answer.repeated_topic.model_dump() == {"word": "přihlašování", "sessions": 3}
    assert "přihlašování" in answer.reasoning
    assert ask(rows).repeated_topic is None


def test_debug_shows_what_was_seen():
    """Cut-off, newest sessions and the judgement itself."""
    snapshot = snapshot_of([on("SOAP", ago=ago, hour=h) for ago in range(5) for h in (6, 7, 8)])
    body = json.loads(debug(snapshot, NOW, EN, categories=OWN).model_dump_json())
    assert (body["status"], body["cutoff_date"], body["total_sessions_in_db"]) == ("ok", "2026-03-03", 15)
    assert len(body["recent_sessions"]) == 10
    assert body["recent_sessions"][0] == {"date": "2026-03-04", "category": "SOAP"}
    assert body["total_sessions_analyzed"] == 6
    assert body["detector_categories"] == body["ai_generator_categories"] == OWN
    assert body["diversity_result"]["overloaded_categories"] == ["SOAP"]


@given(snapshots(), moments, texts)
def test_any_history_gives_a_sound_judgement(snapshot: Snapshot, now: datetime, text: Translator):
    """No history breaks it; nothing overloaded is recommended."""
    answer = detect(snapshot, now, text, categories=["Coding", "Learning", "Sociální sítě"])
    assert json.loads(answer.model_dump_json())["avoid_categories"] == answer.overloaded_categories
    assert set(answer.recommended_alternatives).isdisjoint(answer.overloaded_categories)
    assert sum(answer.category_distribution.values()) == answer.total_sessions_analyzed <= 20
    assert (answer.confidence == 0.0) == (answer.total_sessions_analyzed == 0)
