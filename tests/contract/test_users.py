"""Whose sessions an answer is about, and how soon a foreign writer's rows are seen."""

import asyncio
import time
import uuid

import asyncpg
import pytest

from contract.checks import PROBLEM
from contract.datasets import LEGACY_INSERT, row, write
from contract.routes import READS


def until(ask, wanted, seconds=5.0):
    """Ask until the answer is as wanted; a foreign write takes a notification to be seen."""
    deadline = time.monotonic() + seconds
    while (seen := ask()) != wanted and time.monotonic() < deadline:
        time.sleep(0.02)
    assert seen == wanted


def done_today(service, user=None):
    headers = {"x-user-id": user} if user else {}
    return service.ask("/api/prediction/today", headers=headers)["completed_sessions"]


@pytest.mark.parametrize("path", READS)
def test_strangers_see_nothing_of_the_default_user(running, path):
    """Rows of the old web service belong to ``default``; another user gets the empty-data answer."""
    mine, none = running("large"), running("empty")
    assert mine.ask(path, headers={"x-user-id": "somebody-else"}) == none.ask(path)
    assert mine.ask(path, headers={"x-user-id": "default"}) == mine.ask(path)


@pytest.mark.parametrize("name", ["", "a b", "../etc", "x" * 101, "žluť"])
def test_a_malformed_user_is_refused(running, name):
    """A user's name that cannot be one: 400."""
    running("empty").ask("/api/analysis", PROBLEM, status=400, headers={"x-user-id": name.encode()})


def test_one_users_session_changes_nobody_elses_answer(person):
    """A session that was stored for one user is seen by that user at once and by no one else."""
    service = person([row(0, 8, 80)])
    before = service.ask("/api/analysis")
    body = {"preset": "learning", "category": "Database", "date": "2026-03-04", "time": "09:00",
            "duration_minutes": 45, "productivity_rating": 60}  # fmt: skip
    service.ask("/api/sessions", method="POST", status=201, json=body, headers={"x-user-id": "u2"})
    until(lambda: done_today(service, "u2"), 1)
    assert done_today(service) == 1
    assert service.ask("/api/analysis") == before
    assert done_today(service, "u3") == 0


def test_the_old_writer_is_heard(person):
    """INSERT, UPDATE, DELETE and TRUNCATE by a program that knows no users change the answers."""
    service = person()
    assert done_today(service) == 0
    asyncio.run(write(service.dsn, [row(0, 8, 80), row(0, 9, 0)]))
    until(lambda: done_today(service), 2)

    async def run(statement):
        connection = await asyncpg.connect(service.dsn, timeout=10)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(run("UPDATE sessions SET completed = false WHERE time = '09:00'"))
    until(lambda: done_today(service), 1)
    asyncio.run(run("UPDATE sessions SET category = 'Renamed' WHERE category = 'Learning'"))
    until(lambda: service.ask("/api/theme-productivity")["themes"][0]["theme"], "Renamed")
    asyncio.run(run("DELETE FROM sessions WHERE time = '08:00'"))
    until(lambda: done_today(service), 0)
    asyncio.run(write(service.dsn, [row(0, 7, 50)]))
    until(lambda: done_today(service), 1)
    asyncio.run(run("TRUNCATE sessions"))
    until(lambda: done_today(service), 0)


def test_the_old_columns_mean_what_they_meant(person):
    """The old writer's row gets an id, hour 9, and weekday 0 for a Sunday, as that program reads it."""
    service = person()

    async def look():
        connection = await asyncpg.connect(service.dsn, timeout=10)
        try:
            await connection.execute(LEGACY_INSERT, *row(3, 9, 62.5))
            return dict(await connection.fetchrow("SELECT * FROM sessions"))
        finally:
            await connection.close()

    stored = asyncio.run(look())
    assert stored["date"].isoformat() == "2026-03-01"
    assert (stored["hour"], stored["day_of_week"], stored["user_id"]) == (9, 0, "default")
    assert uuid.UUID(str(stored["id"]))
    assert stored["created_at"] is not None
