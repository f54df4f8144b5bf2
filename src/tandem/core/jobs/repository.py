"""Jobs in PostgreSQL: plain SQL, one function per question.

Times are the database's own, so that workers whose clocks differ agree. Whatever an attempt writes names the attempt: when a
job was given to another worker meanwhile, the older attempt finds no row and learns that it no longer counts.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from tandem.core.database.pool import Database, DatabaseConnection
from tandem.core.jobs.queue_tables import LOG_TABLE, QUEUE_TABLE, STATISTICS_TABLE
from tandem.core.jobs.record import JobRecord, JobsOverview, QueueCount, WorkerSeen

SEEN_SECONDS: Final = 20.0
"""A worker that was not seen for so long is taken for dead."""

_COLUMNS: Final = (
    "id, kind, queue, key, user_id, payload, state, attempt, attempts, progress, result, error,"
    " created_at, run_after, started_at, finished_at"
)
_ADD: Final = f"""
    INSERT INTO tandem_jobs (kind, queue, key, user_id, payload, attempts, run_after)
    SELECT $1, $2, $3, $4, $5, $6, clock_timestamp() + $7::interval
    WHERE (SELECT count(*) FROM (
        SELECT FROM tandem_jobs WHERE kind = $1 AND state = 'waiting' LIMIT $8::int
    ) AS waiting) < $8::int
    ON CONFLICT (kind, key) WHERE state = 'waiting' AND key <> '' DO NOTHING
    RETURNING {_COLUMNS}
"""  # noqa: S608 - our own names only
_BEGIN: Final = f"""
    UPDATE tandem_jobs SET state = 'running', attempt = attempt + 1, started_at = clock_timestamp(), progress = NULL
    WHERE id = $1 AND state IN ('waiting', 'running')
    RETURNING {_COLUMNS}
"""  # noqa: S608


async def add(  # noqa: PLR0913 - one row
    connection: DatabaseConnection, *, kind: str, queue: str, key: str, user: str, payload: dict[str, Any],
    attempts: int, delay: dt.timedelta, most: int,
) -> JobRecord | None:  # fmt: skip
    """Add a job; None when one with this key waits already, or as many wait as may."""
    row = await connection.fetchrow(_ADD, kind, queue, key, user, payload, attempts, delay, most)
    return _record(row) if row else None


async def waiting(connection: DatabaseConnection, kind: str, key: str) -> JobRecord | None:
    """Return the job of this key that has not begun."""
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM tandem_jobs WHERE kind = $1 AND key = $2 AND state = 'waiting'", kind, key  # noqa: S608
    )  # fmt: skip
    return _record(row) if row else None


async def link(connection: DatabaseConnection, job: UUID, queue_id: int) -> None:
    """Remember which entry of the queue stands for the job."""
    await connection.execute("UPDATE tandem_jobs SET queue_id = $2 WHERE id = $1", job, queue_id)


async def put_part(connection: DatabaseConnection, job: UUID, name: str, part: int, data: bytes) -> None:
    """Store one part of a file."""
    await connection.execute("INSERT INTO tandem_job_files VALUES ($1, $2, $3, $4)", job, name, part, data)


async def file_part(database: Database, job: UUID, name: str, part: int) -> bytes | None:
    """Return one part of a file, None after the last."""
    data: bytes | None = await database.fetchval(
        "SELECT data FROM tandem_job_files WHERE job_id = $1 AND name = $2 AND part = $3", job, name, part
    )
    return data


async def get(database: Database, job: UUID) -> JobRecord | None:
    """Return one job."""
    row = await database.fetchrow(f"SELECT {_COLUMNS} FROM tandem_jobs WHERE id = $1", job)  # noqa: S608
    return _record(row) if row else None


async def newest(database: Database, kind: str, user: str, limit: int) -> list[JobRecord]:
    """Return a user's newest jobs of one kind."""
    rows = await database.fetch(
        f"SELECT {_COLUMNS} FROM tandem_jobs WHERE user_id = $1 AND kind = $2 ORDER BY created_at DESC LIMIT $3",  # noqa: S608
        user, kind, limit,
    )  # fmt: skip
    return [_record(row) for row in rows]


async def failures(database: Database, limit: int) -> list[JobRecord]:
    """Return the jobs that failed last."""
    rows = await database.fetch(
        f"SELECT {_COLUMNS} FROM tandem_jobs WHERE state = 'failed' AND finished_at IS NOT NULL"  # noqa: S608
        " ORDER BY finished_at DESC LIMIT $1",
        limit,
    )
    return [_record(row) for row in rows]


async def begin(database: Database, job: UUID) -> JobRecord | None:
    """Begin an attempt; None for a job that is over or gone."""
    row = await database.fetchrow(_BEGIN, job)
    return _record(row) if row else None


async def progress(database: Database, record: JobRecord, said: dict[str, Any]) -> bool:
    """Note how far the attempt is; false when it no longer counts."""
    return await _touch(database, record, "progress = $3", said)


async def finish(database: Database, record: JobRecord, result: Any) -> bool:
    """Note that the job is done and forget its files; false when the attempt no longer counts."""
    async with database.transaction() as connection:
        counts = await _touch(
            connection, record, "state = 'done', result = $3, error = NULL, finished_at = clock_timestamp()", result
        )  # fmt: skip
        await _forget_files(connection, record, counts=counts)
    return counts


async def fail(database: Database, record: JobRecord, error: str) -> bool:
    """Note that the job failed for good; false when the attempt no longer counts."""
    async with database.transaction() as connection:
        counts = await _touch(
            connection, record, "state = 'failed', error = $3, finished_at = clock_timestamp()", error
        )
        await _forget_files(connection, record, counts=counts)
    return counts


async def again(
    database: Database, record: JobRecord, error: str | None, delay: dt.timedelta, *, charged: bool
) -> bool:
    """Let the job wait for another attempt; one that is not ``charged`` does not count as one of them.

    A newer job of the same key that waits already does this one's work too: then this one ends.
    """  # fmt: skip
    status = await database.execute(
        """
        UPDATE tandem_jobs job SET
            state = CASE WHEN twin.id IS NULL THEN 'waiting' ELSE 'cancelled' END,
            finished_at = CASE WHEN twin.id IS NULL THEN NULL ELSE clock_timestamp() END,
            attempt = attempt - CASE WHEN $5 THEN 0 ELSE 1 END,
            error = coalesce($3, job.error), run_after = clock_timestamp() + $4::interval
        FROM (SELECT 1) AS one LEFT JOIN LATERAL (
            SELECT other.id FROM tandem_jobs other WHERE other.kind = $6 AND other.key = $7 AND other.key <> ''
              AND other.state = 'waiting' AND other.id <> $1
        ) AS twin ON true
        WHERE job.id = $1 AND job.attempt = $2 AND job.state = 'running'
        """,
        record.id, record.attempt, error, delay, charged, record.kind, record.key,
    )  # fmt: skip
    return _changed(status)


async def cancel(connection: DatabaseConnection, job: UUID) -> int | None:
    """Cancel a job that is not over; returns its entry in the queue, None when there was nothing to cancel."""
    queue_id: int | None = await connection.fetchval(
        "UPDATE tandem_jobs SET state = 'cancelled', finished_at = clock_timestamp()"
        " WHERE id = $1 AND state IN ('waiting', 'running') RETURNING coalesce(queue_id, 0)",
        job,
    )
    if queue_id is not None:
        await connection.execute("DELETE FROM tandem_job_files WHERE job_id = $1", job)
    return queue_id


async def stranded(connection: DatabaseConnection) -> Sequence[UUID]:
    """Return open jobs without an entry in the queue, locked: a crash between two notes leaves them."""
    rows = await connection.fetch(
        f"""
        SELECT id FROM tandem_jobs job WHERE state IN ('waiting', 'running')
          AND created_at < clock_timestamp() - interval '10 seconds'
          AND NOT EXISTS (SELECT FROM {QUEUE_TABLE} entry WHERE entry.id = job.queue_id)
        ORDER BY id LIMIT 100 FOR UPDATE SKIP LOCKED
        """  # noqa: S608
    )
    return [UUID(bytes=row["id"].bytes) for row in rows]


async def put_back(connection: DatabaseConnection, job: UUID) -> JobRecord:
    """Let a stranded job wait again."""
    row = await connection.fetchrow(
        f"UPDATE tandem_jobs SET run_after = clock_timestamp() WHERE id = $1 RETURNING {_COLUMNS}",  # noqa: S608
        job,
    )
    return _record(row)


async def prune(database: Database, *, days: float, most: int) -> int:
    """Delete finished jobs older than ``days`` and beyond the newest ``most``, and the library's logs of the same age.

    Returns how many jobs went.
    """
    age = dt.timedelta(days=days)
    status = await database.execute(
        """
        DELETE FROM tandem_jobs WHERE finished_at < greatest(
            clock_timestamp() - $1::interval,
            (SELECT finished_at FROM tandem_jobs WHERE finished_at IS NOT NULL
             ORDER BY finished_at DESC OFFSET greatest($2::int - 1, 0) LIMIT 1)
        )
        """,
        age, most,
    )  # fmt: skip
    for table in (LOG_TABLE, STATISTICS_TABLE):
        await database.execute(
            f"DELETE FROM {table} WHERE created < now() - $1::interval",  # noqa: S608
            min(age, dt.timedelta(days=1)),
        )
    await database.execute("DELETE FROM tandem_job_slots WHERE slot < now() - interval '60 days'")
    await database.execute("DELETE FROM tandem_job_workers WHERE seen_at < now() - interval '1 day'")
    return int(status.split()[-1])


async def take_slot(connection: DatabaseConnection, name: str, slot: dt.datetime, user: str) -> bool:
    """Take the right to fire ``name`` at ``slot``; false when somebody has it."""
    status = await connection.execute(
        "INSERT INTO tandem_job_slots (name, slot, user_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        name, slot, user,
    )  # fmt: skip
    return _changed(status)


async def seen(database: Database, worker: UUID, host: str, pid: int) -> None:
    """Note that a worker lives."""
    await database.execute(
        "INSERT INTO tandem_job_workers (id, host, pid) VALUES ($1, $2, $3)"
        " ON CONFLICT (id) DO UPDATE SET seen_at = now()",
        worker, host, pid,
    )  # fmt: skip


async def gone(database: Database, worker: UUID) -> None:
    """Note that a worker has ended."""
    await database.execute("DELETE FROM tandem_job_workers WHERE id = $1", worker)


async def overview(database: Database) -> JobsOverview:
    """Return counts per queue and state, the age of the oldest waiting job, and the workers that live."""
    counts = await database.fetch(
        "SELECT queue, state, count(*) AS count FROM tandem_jobs GROUP BY queue, state ORDER BY queue, state"
    )
    oldest = await database.fetchval(
        "SELECT extract(epoch FROM clock_timestamp() - min(run_after))::float8 FROM tandem_jobs"
        " WHERE state = 'waiting' AND run_after < clock_timestamp()"
    )
    workers = await database.fetch(
        "SELECT id, host, pid, started_at, seen_at FROM tandem_job_workers WHERE seen_at > now() - $1::interval"
        " ORDER BY started_at",
        dt.timedelta(seconds=SEEN_SECONDS),
    )
    return JobsOverview(
        tuple(QueueCount(**row) for row in counts),
        oldest,
        tuple(WorkerSeen(**{**row, "id": UUID(bytes=row["id"].bytes)}) for row in workers),
    )


async def worker_lives(database: Database) -> bool:
    """Tell whether any worker was seen lately."""
    lives: bool = await database.fetchval(
        "SELECT EXISTS (SELECT FROM tandem_job_workers WHERE seen_at > now() - $1::interval)",
        dt.timedelta(seconds=SEEN_SECONDS),
    )
    return lives


async def _touch(where: Database | DatabaseConnection, record: JobRecord, change: str, value: Any) -> bool:
    status = await where.execute(
        f"UPDATE tandem_jobs SET {change} WHERE id = $1 AND attempt = $2 AND state = 'running'",  # noqa: S608
        record.id, record.attempt, value,
    )  # fmt: skip
    return _changed(status)


async def _forget_files(connection: DatabaseConnection, record: JobRecord, *, counts: bool) -> None:
    if counts:
        await connection.execute("DELETE FROM tandem_job_files WHERE job_id = $1", record.id)


def _changed(status: str) -> bool:
    return status.rsplit(maxsplit=1)[-1] != "0"


def _record(row: Any) -> JobRecord:
    values = dict(row)
    values["user"] = values.pop("user_id")
    values["id"] = UUID(bytes=row["id"].bytes)
    return JobRecord(**values)
