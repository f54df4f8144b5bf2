"""Jobs by the clock: once per slot, whatever the number of workers, and not at odd hours."""

import asyncio
import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from tandem.core.clock import FixedClock
from tandem.core.database.pool import Database
from tandem.core.jobs import JobKind, Jobs, Queue
from tandem.core.jobs.rhythms import Daily
from tandem.core.jobs.scheduler import Appointment, Scheduler

KIND = JobKind("test.morning", Queue.LANGUAGE)
PRAGUE = ZoneInfo("Europe/Prague")
TOKYO = ZoneInfo("Asia/Tokyo")


async def plan() -> Sequence[Appointment]:
    return [
        Appointment("morning:ann", Daily(dt.time(6), PRAGUE), KIND, key="ann", user="ann"),
        Appointment("morning:bob", Daily(dt.time(6), TOKYO), KIND, key="bob", user="bob"),
    ]


async def test_each_slot_fires_once_over_all_workers_in_each_users_own_morning(database: Database) -> None:
    jobs = Jobs(database)
    clock = FixedClock(dt.datetime(2026, 11, 20, 5, 0, tzinfo=PRAGUE))
    workers = [Scheduler(database, jobs, clock, [plan]) for _ in range(3)]
    fired = []
    for _ in range(48):
        fired.append((clock.now().hour, sum(await asyncio.gather(*(worker.look() for worker in workers)))))
        clock.move(dt.timedelta(minutes=30))
    assert sum(count for _, count in fired) == 2
    # Six o'clock in Tokyo is ten in the evening in Prague.
    assert [hour for hour, count in fired if count] == [6, 22]
    assert {job.payload["slot"] for job in await jobs.newest(KIND, "ann", 5)} == {"2026-11-20T05:00:00+00:00"}


async def test_a_slot_that_was_slept_through_is_left_out(database: Database) -> None:
    clock = FixedClock(dt.datetime(2026, 11, 20, 11, 0, tzinfo=PRAGUE))
    assert await Scheduler(database, Jobs(database), clock, [plan]).look() == 0
