"""A briefing that was prepared before the morning is there at once, on each user's own clock."""

import asyncio
import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx2
import pytest
from pydantic import SecretStr

from contract.service import Service
from integration.pomodoro.conftest import NOW
from integration.pomodoro.drafting import draft
from integration.tokimeki.serving import Upstream
from tandem.core.clock import FixedClock
from tandem.core.database.pool import Database
from tandem.core.errors import OperationalError
from tandem.core.jobs import Jobs, RunningJob, repository
from tandem.core.jobs.contribution import Workshop
from tandem.core.resources import Resources
from tandem.core.settings import Settings
from tandem.pomodoro.briefings import Briefings
from tandem.pomodoro.jobs import BRIEF
from tandem.pomodoro.models.ai_analyzer.morning_briefing import MORNING_BRIEFING


@pytest.fixture
def model() -> Iterator[Upstream]:
    upstream = Upstream()
    yield upstream
    upstream.stop()


async def test_a_prepared_briefing_is_given_at_once(
    database: Database, database_url: str, start: Callable[..., Service], model: Upstream, tmp_path: Path
) -> None:
    told = {"ai_api_key": "sk-test", "ai_api_url": model.base_url, "ai_cloud_model": "writer"}
    await database.execute(
        "INSERT INTO sessions (user_id, date, time, productivity_rating)"
        " SELECT who, DATE '2026-03-03', TIME '09:00', 80 FROM unnest(ARRAY['ann', 'bob']) who"
    )
    await database.execute("INSERT INTO sessions (user_id, date) VALUES ('gone', DATE '2025-01-01')")
    await database.execute("INSERT INTO user_settings (user_id, timezone) VALUES ('bob', 'Asia/Tokyo')")
    settings = Settings(
        home=tmp_path / "worker", database_url=SecretStr(database_url), timezone="Europe/Prague",
        ai_api_key=SecretStr("sk-test"), ai_api_url=model.base_url, ai_cloud_model="writer",
    )  # fmt: skip
    served = await asyncio.to_thread(start, **told)
    jobs = Jobs(database)
    async with Resources() as resources:
        workshop = Workshop(settings, FixedClock(NOW), database, jobs, resources)
        briefings = Briefings(workshop, dt.time(6))
        await resources.add("briefings", open=briefings.open, close=briefings.close, ping=briefings.ping)
        planned = {one.user: one.rhythm.latest(NOW) for one in await briefings.plan()}
        assert planned == {
            "ann": dt.datetime(2026, 3, 4, 6, tzinfo=ZoneInfo("Europe/Prague")),
            "bob": dt.datetime(2026, 3, 4, 6, tzinfo=ZoneInfo("Asia/Tokyo")),
        }
        job = await jobs.enqueue(BRIEF, key="ann", user="ann")
        record = await repository.begin(database, job.id)
        assert record is not None
        model.answers(status=500)
        with pytest.raises(OperationalError):
            await briefings.prepare(RunningJob(record, database))
        model.answers(content=draft(MORNING_BRIEFING))
        assert (await briefings.prepare(RunningJob(record, database)))["ai_generated"] is True
        asked = len(model.seen)
        async with httpx2.AsyncClient(base_url=served.url, timeout=20) as client:
            headers = {"X-User-ID": "ann", "Accept-Language": "cs"}
            answer = (await client.get("/api/ai/morning-briefing", headers=headers)).json()
        assert answer["from_cache"] is True, answer.get("error")
        assert len(model.seen) == asked
