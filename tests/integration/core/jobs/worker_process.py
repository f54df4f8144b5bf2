"""A worker in a process of its own, which a test may kill: ``python worker_process.py DSN``.

Its kind ``test.note`` writes one line per attempt into the table ``noted`` and then waits for ``payload["seconds"]``.
"""

import asyncio
import sys

from tandem.core.clock import SystemClock, zone_named
from tandem.core.database.pool import Database
from tandem.core.jobs.kinds import Handlers, JobKind, Queue
from tandem.core.jobs.running import RunningJob
from tandem.core.jobs.worker import Limits, Worker

NOTE = JobKind("test.note", Queue.MODELS, attempts=3, pause=0.05)


async def main(dsn: str) -> None:
    async with Database(dsn) as database:

        async def note(job: RunningJob) -> dict[str, int]:
            await database.execute("INSERT INTO noted VALUES ($1, $2)", job.key, job.attempt)
            await job.progress(at=job.attempt)
            await asyncio.sleep(job.payload.get("seconds", 0) if job.attempt == 1 else 0)
            return {"attempt": job.attempt}

        limits = Limits(dict.fromkeys(Queue, 2), lease=2.0, grace=0.5, keep_days=1, keep_most=1000)
        clock = SystemClock(zone_named("UTC"))
        await Worker(database, clock, Handlers({NOTE: note}), limits).run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
