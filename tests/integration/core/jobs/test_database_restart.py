"""PostgreSQL goes away while jobs run, and comes back: what ran is noted, what waits is done."""

import asyncio

import pytest

from integration.servers import PrivateServer
from tandem.core.clock import SystemClock, zone_named
from tandem.core.database import schema
from tandem.core.database.pool import Database
from tandem.core.errors import OperationalError
from tandem.core.jobs import JobKind, Jobs, Queue, RunningJob
from tandem.core.jobs.kinds import Handlers
from tandem.core.jobs.record import JobRecord
from tandem.core.jobs.worker import Limits, Worker

KIND = JobKind("test.restart", Queue.MODELS)


async def finished(jobs: Jobs, job: JobRecord) -> JobRecord:
    async with asyncio.timeout(60):
        while True:
            try:
                found = await jobs.get(job.id)
            except OperationalError:
                found = None
            if found is not None and found.is_over:
                return found
            await asyncio.sleep(0.2)


@pytest.mark.timeout(150)
async def test_a_restart_of_postgresql_loses_no_job(private_server: PrivateServer) -> None:
    await schema.upgrade(private_server.dsn)
    began, go_on = asyncio.Event(), asyncio.Event()

    async def handler(job: RunningJob) -> int:
        began.set()
        await go_on.wait()
        return job.attempt

    async with Database(private_server.dsn) as database:
        jobs = Jobs(database)
        limits = Limits(dict.fromkeys(Queue, 2), lease=30.0, grace=0.5, keep_days=1, keep_most=1000)
        worker = Worker(database, SystemClock(zone_named("UTC")), Handlers({KIND: handler}), limits)
        running = asyncio.create_task(worker.run())
        first = await jobs.enqueue(KIND)
        await asyncio.wait_for(began.wait(), 30)
        await asyncio.to_thread(private_server.kill)
        # The handler ends while there is nothing to note it in.
        go_on.set()
        await asyncio.sleep(1.0)
        await asyncio.to_thread(private_server.start)
        last = await finished(jobs, first)
        assert (last.state, last.result) == ("done", 1)
        assert (await finished(jobs, await jobs.enqueue(KIND))).state == "done"
        worker.stop()
        await asyncio.wait_for(running, 30)
