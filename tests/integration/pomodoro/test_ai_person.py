"""What is known of a person beside the sessions reaches the answers: of `default` from the old tables, of others from ours."""

import asyncio
from collections.abc import Callable
from typing import Any

import asyncpg
import httpx2
import pytest

from contract.service import Service

DEFAULT = (
    "INSERT INTO wellness_checkins (date, sleep_quality, energy_level, mood, stress_level) VALUES ('2026-03-04', 30, 35, 45, 85)",
    "INSERT INTO user_profile (user_id, level, total_xp_earned) VALUES ('default', 7, 4900)",
    (
        "INSERT INTO achievements (achievement_id, progress, unlocked) VALUES ('early_bird', 3, false), ('first', 1, true),"
        " ('marathon', 9, false)"
    ),
    "INSERT INTO category_skills (category, level, xp) VALUES ('Learning', 4, 400)",
)
ANN = (
    "INSERT INTO person_check_ins (user_id, date, stress_level) VALUES ('ann', '2026-03-04', 20)",
    "INSERT INTO person_achievements (user_id, achievement_id, progress) VALUES ('ann', 'night_owl', 1)",
)


def run(dsn: str, *statements: str) -> None:
    async def go() -> None:
        connection = await asyncpg.connect(dsn, timeout=10)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(go())


@pytest.fixture
def known(start: Callable[..., Service]) -> Service:
    service = start()
    run(service.dsn, *DEFAULT, *ANN)
    return service


def ask(service: Service, path: str, user: str = "default", **more: Any) -> Any:
    return service.ask(path, headers={"Accept-Language": "en", "X-User-ID": user}, **more)


def test_a_strained_person_gets_a_lighter_day(known: Service):
    briefing = ask(known, "/api/ai/morning-briefing")
    assert briefing["wellbeing_check"]["status"] == "concern"
    assert briefing["wellbeing_check"]["observation"] == (
        "Today's check-in shows high stress, poor sleep, low energy and low mood."
    )
    assert len(briefing["optimal_schedule"]) <= 3
    assert briefing["daily_challenge"]["target"] == 1
    assert ask(known, "/api/ai/next-session-suggestion")["preset"] == "quick_tasks"
    assert "rest" in ask(known, "/api/ai/motivation")["message"]


def test_others_have_their_own(known: Service):
    briefing = ask(known, "/api/ai/morning-briefing", "ann")
    assert briefing["wellbeing_check"]["status"] == "good"
    assert briefing["wellbeing_check"]["observation"] == "Today's check-in looks good."
    focus = ask(known, "/api/ai/achievement-focus", "ann")
    assert (focus["achievement_id"], focus["name"]) == ("night_owl", "Night owl")
    assert ask(known, "/api/ai/achievement-focus", "ben")["achievement_id"] is None


def test_the_nearest_achievement_is_the_one_with_most_progress(known: Service):
    focus = ask(known, "/api/ai/achievement-focus")
    assert (focus["achievement_id"], focus["name"], focus["progress"]) == ("marathon", "Marathon", 9)
    assert "None" not in focus["reason"]


def test_erasing_a_person_erases_their_kept_answers(known: Service):
    from tandem.core.database import erasure  # noqa: PLC0415
    from tandem.core.database.answer_keys import user_prefix  # noqa: PLC0415
    from tandem.core.database.pool import Database  # noqa: PLC0415

    async def go() -> dict[str, int]:
        async with Database(known.dsn) as database:
            for user in ("ann", "ben"):
                await database.execute(
                    "INSERT INTO ai_cache (cache_key, cache_type, response, expires_at)"
                    " VALUES ($1, 'tandem:motivation', '{}', now() + interval '1 hour')",
                    f"{user_prefix(user)}motivation:1",
                )
            erased = await erasure.erase(database, "ann")
            erased["left"] = await database.fetchval("SELECT count(*) FROM ai_cache")
            return erased

    erased = asyncio.run(go())
    assert (erased["ai_cache"], erased["person_check_ins"], erased["left"]) == (1, 1, 1)


@pytest.mark.parametrize(
    "date", ["0001-01-01", "0001-01-02", "1969-12-31", "2024-02-29", "2027-12-31", "9999-12-31"]
)
def test_a_briefing_of_any_day_is_an_answer(client: httpx2.Client, date: str):
    answer = client.post("/api/ai/morning-briefing", json={"date": date})
    assert answer.status_code in {200, 400}, answer.text
    if answer.status_code == 200:
        assert answer.json()["date"] == date


@pytest.mark.parametrize("date", ["2026-02-30", "tomorrow", "20260304", "2026-3-4", ""])
def test_what_is_no_date_is_refused(client: httpx2.Client, date: str):
    assert client.post("/api/ai/morning-briefing", json={"date": date}).status_code == 400
