"""POST /api/train fits anew, as a job whose status tells what came of it."""

import asyncio
import datetime as dt
import uuid
from collections.abc import Callable

import httpx2

from contract.service import Service
from tandem.core.clock import FixedClock
from tandem.core.database.pool import Database
from tandem.core.jobs import Jobs, RunningJob, repository
from tandem.pomodoro.jobs import FIT
from tandem.pomodoro.services.training_service import FitService

from integration.pomodoro.conftest import NOW  # isort: skip

SESSIONS = """
    INSERT INTO sessions (user_id, date, time, productivity_rating)
    SELECT 'ann', DATE '2026-03-04' - n / 3, TIME '09:00' + (n % 3) * INTERVAL '1 hour', 50 + n % 40
    FROM generate_series(0, 179) n
"""


async def do(database: Database, job: uuid.UUID) -> None:
    """What a worker does."""
    record = await repository.begin(database, job)
    assert record is not None
    result = await FitService(database, FixedClock(NOW)).fit(RunningJob(record, database))
    await repository.finish(database, record, result)


async def test_a_fit_is_a_job_with_a_status_and_a_score(
    database: Database, start: Callable[..., Service]
) -> None:
    await database.execute(SESSIONS)
    served = await asyncio.to_thread(start)
    async with httpx2.AsyncClient(base_url=served.url, timeout=15, headers={"X-User-ID": "ann"}) as client:
        answer = (await client.post("/api/train", content=b"{nonsense")).json()
        assert (answer["status"], answer["sessions_analyzed"], answer["sessions_with_rating"]) == (
            "success",
            180,
            180,
        )
        assert (answer["job"]["state"], answer["job"]["worker"]) == ("waiting", False)
        again = (await client.post("/api/train")).json()
        assert again["job"]["id"] == answer["job"]["id"], "one that waits is enough"
        url = answer["job"]["status_url"]
        assert (await client.get(url)).json()["result"] is None
        before = await database.fetchval("SELECT version FROM data_versions WHERE user_id = 'ann'")
        await do(database, uuid.UUID(answer["job"]["id"]))
        status = (await client.get(url)).json()
        assert status["state"] == "done"
        result = status["result"]
        assert result["sessions_analyzed"] == 180
        assert result["forecast"]["days"] == 59
        assert result["forecast"]["low"] <= result["forecast"]["sessions"] <= result["forecast"]["high"]
        assert result["backtest"]["tandem"]["scored_days"] > 20
        assert result["backtest"]["tandem"]["mae_1d"] < 0.5, "three sessions every day are easy to forecast"
        assert set(result["backtest"]) >= {"tandem", "old_rule"}
        # Every worker reads all sessions anew.
        assert result["data_version"] == before + 1
        assert (await client.get(url, headers={"X-User-ID": "bob"})).status_code == 404
        assert (await client.get(f"/api/train/{uuid.uuid4()}")).status_code == 404
        assert (await client.get("/api/train/nonsense")).status_code == 400


async def test_little_data_is_fitted_and_says_what_is_missing(database: Database) -> None:
    await database.execute("INSERT INTO sessions (user_id, date) VALUES ('ann', DATE '2026-03-01')")
    jobs = Jobs(database)

    job = await jobs.enqueue(FIT, key="ann", user="ann")
    await do(database, job.id)
    done = await jobs.get(job.id)
    assert done is not None
    assert done.result["backtest"] is None
    assert done.result["backtest_missing_days"] == 11
    assert done.result["forecast"]["days"] == 3
    assert dt.date.fromisoformat(done.result["forecast"]["date"]) == NOW.date()
