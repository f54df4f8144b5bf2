"""Rows of other programs: none of them may cost a user the list or the export."""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import httpx2
import pytest

from contract.service import Service
from integration.core.database import legacy
from integration.pomodoro.conftest import NOW
from integration.pomodoro.test_sessions_pages import pages
from tandem.core.database import schema

Opened = Callable[[str], httpx2.Client]

ODD = """
INSERT INTO sessions (task, date, time, created_at, updated_at, started_at) VALUES
    ('night', '2026-03-01', '24:00', 'infinity', '-infinity', NULL),
    ('night', '2026-03-01', '24:00', '294000-01-01', '4000-01-01 BC', 'infinity'),
    ('first', '0001-01-01', '00:00', now(), now(), NULL),
    ('last', '9999-12-31', '23:59:59', now(), now(), '9999-12-31 22:59:59+00'),
    ('never', 'infinity', '08:00', now(), now(), NULL),
    ('never', '-infinity', '08:00', now(), now(), NULL),
    ('never', '4000-01-01 BC', '08:00', now(), now(), NULL),
    ('never', '12000-01-01', '08:00', now(), now(), NULL),
    ('usual', '2026-03-02', '08:00', now(), now(), '2026-03-02 07:00+00')
"""


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    """Serve a database: ``opened(dsn)`` is a client of the default user."""
    started: list[tuple[Service, httpx2.Client]] = []

    def begin(dsn: str) -> httpx2.Client:
        service = Service(dsn, NOW, tmp_path).start()
        started.append((service, httpx2.Client(base_url=service.url, timeout=15)))
        return started[-1][1]

    yield begin
    for service, client in started:
        client.close()
        service.stop()


async def execute(dsn: str, sql: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute(sql)
    await connection.close()


def exported(client: httpx2.Client) -> list[dict[str, str]]:
    answer = client.get("/api/sessions/export")
    assert answer.status_code == 200
    return list(csv.DictReader(answer.text.splitlines()))


@pytest.mark.parametrize("limit", [1, 2, 500])
async def test_each_session_that_has_a_day_is_listed_once(
    database_url: str, opened: Opened, limit: int
) -> None:
    """Whatever its time, its moments and the size of the pages."""
    await execute(database_url, ODD)
    rows = [row for page in pages(opened(database_url), limit=limit) for row in page]
    assert [row["task"] for row in rows] == ["last", "usual", "night", "night", "first"]
    night = rows[2]
    assert (night["date"], night["time"], night["hour"], night["created_at"]) == (
        "2026-03-01", "23:59", 23, None,
    )  # fmt: skip
    assert len({row["id"] for row in rows}) == 5


async def test_an_export_leaves_out_what_no_calendar_holds(
    database_url: str, opened: Opened, caplog: pytest.LogCaptureFixture
) -> None:
    """And nothing else; it is counted in the log."""
    await execute(database_url, ODD)
    assert [row["task"] for row in exported(opened(database_url))] == ["night", "night", "usual"]
    assert "6 sessions on days that no calendar has were left out of an export" in caplog.messages


async def test_pages_of_an_export_end_among_equal_times(
    database_url: str, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also at 24:00, which is no time of Python's."""
    monkeypatch.setattr("tandem.pomodoro.services.import_service.EXPORT_BATCH", 2)
    await execute(
        database_url,
        "INSERT INTO sessions (date, time) SELECT '2026-03-01', '24:00' FROM generate_series(1, 7)",
    )
    rows = exported(opened(database_url))
    assert len({row["session_id"] for row in rows}) == len(rows) == 7


async def test_an_adopted_database_with_odd_values_is_listed_and_exported(
    empty_database_url: str, opened: Opened
) -> None:
    """No value that the old table can hold is an error."""
    await execute(empty_database_url, legacy.VARIANTS["odd values"])
    await execute(empty_database_url, "UPDATE sessions SET productivity_rating = 'NaN' WHERE task = 't1'")
    await schema.upgrade(empty_database_url)
    client = opened(empty_database_url)
    rows = [row for page in pages(client, limit=100) for row in page]
    assert len(rows) == 501
    assert len(exported(client)) == 501
