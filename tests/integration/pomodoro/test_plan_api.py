"""The integration and performance tests that the migration plan wrote down, on a real database."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx2
import pytest

from contract.datasets import large, write
from tandem.core.clock import FixedClock
from tandem.core.settings import Settings
from tandem.pomodoro.app import create_app

NOW = dt.datetime(2026, 3, 4, 10, 15, tzinfo=ZoneInfo("Europe/Prague"))


@pytest.fixture
async def client(database_url: str, tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    """A client inside the application's own process, as in the plan; two thousand sessions are stored."""
    await write(database_url, large())
    app = create_app(Settings(auth="off", database_url=database_url, home=tmp_path), FixedClock(NOW))
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://test") as opened,
    ):
        yield opened


async def test_get_recommendation(client: httpx2.AsyncClient) -> None:
    """The recommendation endpoint answers with a preset and a confidence."""
    response = await client.get("/api/recommendation")
    assert response.status_code == 200
    data = response.json()
    assert "preset" in data
    assert "confidence" in data
    assert data["preset"] == data["recommended_preset"]
    assert 0 <= data["confidence"] <= 1


async def test_a_given_hour_and_day(client: httpx2.AsyncClient) -> None:
    """``current_hour`` and ``current_day`` (Monday is 0) default to now."""
    now = (await client.get("/api/recommendation")).json()
    given = (await client.get("/api/recommendation", params={"current_hour": 10, "current_day": 2})).json()
    assert given == now
    later = await client.get("/api/recommendation", params={"current_hour": 21, "current_day": 6})
    assert later.status_code == 200


async def test_get_predictions(client: httpx2.AsyncClient) -> None:
    """Today and the week default to today; another date can be given."""
    today = (await client.get("/api/prediction/today")).json()
    assert today == (await client.get("/api/prediction/today", params={"date": "2026-03-04"})).json()
    week = (await client.get("/api/prediction/week", params={"start_date": "2026-03-09"})).json()
    assert week["predictions"][0]["day_name"] == "Monday"
    assert len(week["predictions"]) == 7


@pytest.mark.parametrize("cold", [True, False])
async def test_concurrent_requests(client: httpx2.AsyncClient, cold: bool) -> None:
    """A hundred requests at once all succeed with the same answer, computed from sessions."""
    if not cold:
        await client.get("/api/recommendation")
    responses = await asyncio.gather(*(client.get("/api/recommendation") for _ in range(100)))
    assert all(r.status_code == 200 for r in responses)
    assert len({r.content for r in responses}) == 1
    assert responses[0].json()["basis"] == "history"


async def test_concurrent_users(client: httpx2.AsyncClient) -> None:
    """A hundred people at once, more than there are connections: each waits for one, none is told "no data"."""
    headers = [{"X-User-ID": f"user-{number % 50}" if number % 2 else "default"} for number in range(100)]
    responses = await asyncio.gather(*(client.get("/api/prediction/today", headers=h) for h in headers))
    assert all(r.status_code == 200 for r in responses)
    for sent, response in zip(headers, responses, strict=True):
        assert response.json()["basis"] == ("history" if sent["X-User-ID"] == "default" else "default")
