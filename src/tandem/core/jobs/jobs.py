"""What a service does with jobs: enqueue, look, wait, cancel. Running them is :mod:`tandem.core.jobs.worker`'s business.

Fail mode: without PostgreSQL nothing can be enqueued or read (DatabaseUnavailableError); without a worker jobs wait, and
:meth:`Jobs.worker_lives` says so.
"""

import asyncio
import datetime as dt
import importlib
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from tandem.core.database.pool import Database, DatabaseConnection
from tandem.core.identity import DEFAULT_USER
from tandem.core.jobs import repository
from tandem.core.jobs.errors import QueueFullError
from tandem.core.jobs.feed import JobFeed
from tandem.core.jobs.kinds import JobKind
from tandem.core.jobs.record import JobRecord, JobsOverview

if TYPE_CHECKING:
    from pgqueuer.adapters.persistence.queries import Queries

_QUEUEING: Final = "tandem.core.jobs.queueing"

PART: Final = 512 * 1024
"""Bytes of a file that travel in one message."""

LOOK_SECONDS: Final = 2.0
"""How often a watched job is looked at when nothing is heard of it."""


class Jobs:
    """One process's view of all jobs. Open it to watch; enqueueing and looking need no opening."""

    def __init__(self, database: Database) -> None:
        """Work through ``database``."""
        self._database = database
        self._feed = JobFeed(database)

    async def open(self) -> None:
        """Get ready; nothing is connected before somebody watches."""

    async def close(self) -> None:
        """Stop listening."""
        await self._feed.close()

    async def ping(self) -> None:
        """Nothing to say: jobs are as well as the database is."""

    async def enqueue(  # noqa: PLR0913 - what a job is
        self,
        kind: JobKind,
        payload: Mapping[str, Any] | None = None,
        *,
        key: str = "",
        user: str = DEFAULT_USER,
        delay: float = 0.0,
        files: Mapping[str, bytes] | None = None,
        connection: DatabaseConnection | None = None,
    ) -> JobRecord:
        """Add a job and return it; within the transaction of ``connection``, if one is given.

        With a ``key`` two requests become one job for as long as it has not begun: the one that waits is returned.
        ``files`` hold what is too large for the JSON of ``payload``; they are forgotten when the job is over.

        Raises QueueFullError, DatabaseUnavailableError.
        """
        async with self._transaction(connection) as held:
            record = await repository.add(
                held, kind=kind.name, queue=kind.queue, key=key, user=user, payload=dict(payload or {}),
                attempts=kind.attempts, delay=dt.timedelta(seconds=delay), most=kind.most_waiting,
            )  # fmt: skip
            if record is None:
                return await self._one_that_waits(held, kind, key)
            for name, data in (files or {}).items():
                for part, start in enumerate(range(0, len(data), PART)):
                    await repository.put_part(held, record.id, name, part, data[start : start + PART])
            await hand_over(held, record, delay)
            return record

    async def get(self, job: UUID, user: str | None = None) -> JobRecord | None:
        """Return a job, None if there is none; with ``user``, only one of theirs."""
        record = await repository.get(self._database, job)
        return record if record and user in (None, record.user) else None

    async def newest(self, kind: JobKind, user: str, limit: int = 1) -> list[JobRecord]:
        """Return a user's newest jobs of one kind."""
        return await repository.newest(self._database, kind.name, user, limit)

    async def cancel(self, job: UUID) -> bool:
        """Cancel a job: one that waits never begins, one that runs is interrupted. False if it is over."""
        async with self._database.transaction() as connection:
            queue_id = await repository.cancel(connection, job)
            if queue_id:
                # One by one: the library would ask twice at once, which one connection cannot.
                queue = await _queue(connection)
                await queue.notify_job_cancellation([queue_id])  # type: ignore[list-item]
                await connection.execute("DELETE FROM tandem_queue WHERE id = $1", queue_id)
        return queue_id is not None

    async def watch(self, job: UUID) -> AsyncIterator[JobRecord]:
        """Give the job now and after every change, until it is over; ends at once if there is none.

        Changes that follow each other closely are given as one.
        """
        with self._feed.following(job) as heard:
            while (record := await repository.get(self._database, job)) is not None:
                yield record
                if record.is_over:
                    return
                await heard.wait(LOOK_SECONDS)

    async def overview(self) -> JobsOverview:
        """Return counts per queue and state, and who works."""
        return await repository.overview(self._database)

    async def worker_lives(self) -> bool:
        """Tell whether anybody would do a job that is enqueued now."""
        return await repository.worker_lives(self._database)

    async def _one_that_waits(self, connection: DatabaseConnection, kind: JobKind, key: str) -> JobRecord:
        record = await repository.waiting(connection, kind.name, key) if key else None
        if record is None:
            raise QueueFullError(f"as many jobs of kind {kind.name} wait as may wait", retry_after=30)
        return record

    @asynccontextmanager
    async def _transaction(self, given: DatabaseConnection | None) -> AsyncIterator[DatabaseConnection]:
        if given is not None:
            yield given
            return
        async with self._database.transaction() as connection:
            yield connection


async def hand_over(connection: DatabaseConnection, record: JobRecord, delay: float = 0.0) -> None:
    """Give the job to the queue, in the transaction of ``connection``."""
    queue = await _queue(connection)
    [queue_id] = await queue.enqueue(record.queue, record.id.bytes, execute_after=dt.timedelta(seconds=delay))
    await repository.link(connection, record.id, queue_id)


async def _queue(connection: DatabaseConnection) -> "Queries":
    """Return the library's questions inside the transaction of ``connection``.

    The library is large and many servers enqueue nothing, so it is loaded with the first job, in a thread.
    """
    if _QUEUEING not in sys.modules:
        await asyncio.to_thread(importlib.import_module, _QUEUEING)
    from tandem.core.jobs.queueing import queries_on  # noqa: PLC0415

    return queries_on(connection)
