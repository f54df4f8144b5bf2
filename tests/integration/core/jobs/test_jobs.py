"""Jobs on a real PostgreSQL: once, again, in time, by whoever lives."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from tandem.core.clock import SystemClock, zone_named
from tandem.core.database.pool import Database, DatabaseConnection
from tandem.core.errors import InvalidInputError
from tandem.core.jobs import HopelessJobError, JobKind, Jobs, Queue, QueueFullError, RunningJob, repository
from tandem.core.jobs.kinds import Handler, Handlers
from tandem.core.jobs.record import JobRecord
from tandem.core.jobs.worker import Limits, Worker

from integration.core.jobs.worker_process import NOTE  # isort: skip

KIND = JobKind("test.work", Queue.MODELS, attempts=3, pause=0.05, patience=20)
SMALL = JobKind("test.small", Queue.LANGUAGE, most_waiting=3)
LIMITS = Limits(dict.fromkeys(Queue, 2), lease=2.0, grace=0.3, keep_days=1, keep_most=1000)


@asynccontextmanager
async def working(database: Database, handler: Handler, kind: JobKind = KIND) -> AsyncIterator[Worker]:
    worker = Worker(database, SystemClock(zone_named("UTC")), Handlers({kind: handler}), LIMITS)
    task = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        worker.stop()
        await asyncio.wait_for(task, 20)


async def end_of(jobs: Jobs, job: JobRecord) -> JobRecord:
    last = job
    async with asyncio.timeout(30):
        async for record in jobs.watch(job.id):
            last = record
    return last


@pytest.fixture
async def jobs(database: Database) -> AsyncIterator[Jobs]:
    opened = Jobs(database)
    await opened.open()
    yield opened
    await opened.close()


async def test_a_job_runs_tells_its_progress_and_keeps_its_result(database: Database, jobs: Jobs) -> None:
    async def handler(job: RunningJob) -> dict[str, object]:
        for done in range(3):
            await job.progress(done=done + 1, total=3)
            await asyncio.sleep(0.25)
        return {"sum": sum(job.payload["numbers"]), "user": job.user}

    async with working(database, handler):
        job = await jobs.enqueue(KIND, {"numbers": [1, 2, 3]}, user="ann")
        seen = [record async for record in jobs.watch(job.id)]
    assert seen[-1].state == "done"
    assert seen[-1].result == {"sum": 6, "user": "ann"}
    assert {"done": 1, "total": 3} in [record.progress for record in seen]
    assert seen[-1].started_at is not None
    assert seen[-1].finished_at is not None
    assert await jobs.get(job.id, "bob") is None


async def test_a_job_exists_if_and_only_if_its_transaction_is_committed(
    database: Database, jobs: Jobs
) -> None:
    connection: DatabaseConnection
    try:
        async with database.transaction() as connection:
            lost = await jobs.enqueue(KIND, connection=connection)
            raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    async with database.transaction() as connection:
        kept = await jobs.enqueue(KIND, connection=connection)
    assert await jobs.get(lost.id) is None
    assert (await jobs.get(kept.id)) is not None
    assert await database.fetchval("SELECT count(*) FROM tandem_queue") == 1


async def test_a_waiting_job_of_the_same_key_is_the_same_job(jobs: Jobs) -> None:
    first = await jobs.enqueue(KIND, {"n": 1}, key="ann")
    second, third = await asyncio.gather(*(jobs.enqueue(KIND, {"n": 2}, key="ann") for _ in range(2)))
    other = await jobs.enqueue(KIND, key="bob")
    assert first.id == second.id == third.id != other.id


async def test_what_fails_is_tried_again_and_then_given_up(database: Database, jobs: Jobs) -> None:
    attempts: list[int] = []

    async def handler(job: RunningJob) -> None:
        attempts.append(job.attempt)
        raise RuntimeError("the secret part of a fault")

    async with working(database, handler):
        last = await end_of(jobs, await jobs.enqueue(KIND))
    assert attempts == [1, 2, 3]
    assert last.state == "failed"
    assert last.error is not None
    assert "RuntimeError" in last.error
    assert "secret" not in last.error
    assert await database.fetchval("SELECT count(*) FROM tandem_queue") == 0


@pytest.mark.parametrize("error", [HopelessJobError("no such file"), InvalidInputError("too short")])
async def test_what_is_hopeless_is_tried_once(database: Database, jobs: Jobs, error: Exception) -> None:
    async def handler(_: RunningJob) -> None:
        raise error

    async with working(database, handler):
        last = await end_of(jobs, await jobs.enqueue(KIND))
    assert (last.state, last.attempt, last.error) == ("failed", 1, str(error))


async def test_a_job_that_takes_too_long_is_interrupted(database: Database, jobs: Jobs) -> None:
    quick = JobKind("test.quick", Queue.MODELS, attempts=1, patience=0.2)

    async def handler(_: RunningJob) -> None:
        await asyncio.sleep(60)

    async with working(database, handler, quick):
        last = await end_of(jobs, await jobs.enqueue(quick))
    assert (last.state, last.error) == ("failed", "it took longer than 0.2 s")


async def test_cancelling_reaches_a_job_that_waits_and_one_that_runs(database: Database, jobs: Jobs) -> None:
    began, ended = asyncio.Event(), asyncio.Event()

    async def handler(_: RunningJob) -> None:
        began.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    waiting = await jobs.enqueue(KIND, delay=60)
    assert await jobs.cancel(waiting.id)
    assert not await jobs.cancel(waiting.id)
    async with working(database, handler):
        running = await jobs.enqueue(KIND, files={"audio": b"x" * 10})
        await asyncio.wait_for(began.wait(), 20)
        assert await jobs.cancel(running.id)
        await asyncio.wait_for(ended.wait(), 20)
    assert (await end_of(jobs, running)).state == "cancelled"
    assert await database.fetchval("SELECT count(*) FROM tandem_job_files") == 0


async def test_a_large_file_arrives_whole_and_goes_with_its_job(database: Database, jobs: Jobs) -> None:
    data = bytes(range(256)) * 8192  # 2 MiB, four parts

    async def handler(job: RunningJob) -> bool:
        return await job.file("audio") == data

    async with working(database, handler):
        last = await end_of(jobs, await jobs.enqueue(KIND, files={"audio": data}))
    assert last.result is True
    assert await database.fetchval("SELECT count(*) FROM tandem_job_files") == 0


async def test_a_stopped_worker_puts_its_job_back_uncounted(database: Database, jobs: Jobs) -> None:
    began = asyncio.Event()

    async def slow(_: RunningJob) -> None:
        began.set()
        await asyncio.sleep(60)

    async def quick(job: RunningJob) -> int:
        return job.attempt

    job = await jobs.enqueue(KIND)
    async with working(database, slow):
        await asyncio.wait_for(began.wait(), 20)
    back = await jobs.get(job.id)
    assert back is not None
    assert (back.state, back.attempt) == ("waiting", 0)
    async with working(database, quick):
        assert (await end_of(jobs, job)).result == 1


async def test_no_more_wait_than_may(jobs: Jobs) -> None:
    for _ in range(3):
        await jobs.enqueue(SMALL)
    with pytest.raises(QueueFullError):
        await jobs.enqueue(SMALL)


async def test_no_more_of_a_queue_run_at_once_than_may_over_all_workers(
    database: Database, jobs: Jobs
) -> None:
    running = most = 0

    async def handler(_: RunningJob) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.05)
        running -= 1

    entered = [await jobs.enqueue(KIND) for _ in range(12)]
    async with working(database, handler), working(database, handler):
        for job in entered:
            assert (await end_of(jobs, job)).state == "done"
    assert most == 2


async def test_a_job_of_a_killed_worker_is_done_by_another(
    database: Database, database_url: str, jobs: Jobs, start_worker: Callable[[], subprocess.Popen[bytes]]
) -> None:
    await database.execute("CREATE TABLE noted (key text, attempt int)")
    killed = start_worker()
    job = await jobs.enqueue(NOTE, {"seconds": 60}, key="once")
    async with asyncio.timeout(30):
        while await database.fetchval("SELECT count(*) FROM noted") == 0:
            await asyncio.sleep(0.05)
    killed.kill()
    killed.wait()
    start_worker()
    last = await end_of(jobs, job)
    assert (last.state, last.result) == ("done", {"attempt": 2})


async def test_a_job_that_kills_every_worker_is_given_up(database: Database, jobs: Jobs) -> None:
    job = await jobs.enqueue(KIND)
    await database.execute("UPDATE tandem_jobs SET attempt = 3, state = 'running'")

    async def handler(_: RunningJob) -> None:
        raise AssertionError("never begun")

    async with working(database, handler):
        last = await end_of(jobs, job)
    assert (last.state, last.error) == ("failed", "its worker died each time")


async def test_a_job_that_lost_its_place_in_the_queue_gets_a_new_one(database: Database, jobs: Jobs) -> None:
    async def handler(_: RunningJob) -> str:
        return "done"

    job = await jobs.enqueue(KIND)
    await database.execute("DELETE FROM tandem_queue")
    await database.execute("UPDATE tandem_jobs SET created_at = created_at - interval '1 minute'")
    async with working(database, handler):
        assert (await end_of(jobs, job)).state == "done"


async def test_an_attempt_that_was_given_away_changes_nothing(database: Database, jobs: Jobs) -> None:
    job = await jobs.enqueue(KIND)
    first = await repository.begin(database, job.id)
    second = await repository.begin(database, job.id)
    assert first is not None
    assert second is not None
    assert not await repository.finish(database, first, "late")
    assert not await repository.progress(database, first, {"late": True})
    assert await repository.finish(database, second, "right")
    found = await jobs.get(job.id)
    assert found is not None
    assert found.result == "right"


async def test_finished_jobs_are_kept_for_a_while_and_counted(database: Database, jobs: Jobs) -> None:
    async def handler(_: RunningJob) -> None:
        return None

    async with working(database, handler):
        done = [await end_of(jobs, await jobs.enqueue(KIND)) for _ in range(3)]
        overview = await jobs.overview()
        assert len(overview.workers) == 1
        assert await jobs.worker_lives()
    assert overview.count("done", Queue.MODELS) == 3
    assert not await jobs.worker_lives()
    assert await repository.prune(database, days=1, most=2) == 1
    await database.execute("UPDATE tandem_jobs SET finished_at = finished_at - interval '2 days'")
    await jobs.enqueue(KIND, key="waits")
    assert await repository.prune(database, days=1, most=100) == 2
    assert await jobs.get(done[0].id) is None
    assert (await jobs.overview()).count("waiting") == 1
    assert await jobs.get(uuid4()) is None


@pytest.fixture
def start_worker(database_url: str) -> object:
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        script = Path(__file__).with_name("worker_process.py")
        started.append(subprocess.Popen([sys.executable, str(script), database_url]))
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()
