"""A process that does jobs: hands out, runs, sweeps, schedules, prunes, and says that it lives.

Fail modes: without PostgreSQL everything waits and goes on by itself. A worker that is killed leaves jobs whose heartbeat
stops; after :attr:`Limits.lease` seconds the next worker takes them. One that is stopped gives its jobs a moment to end and puts
the rest back.
"""

import asyncio
import datetime as dt
import os
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from pgqueuer.core.qm import QueueManager

from tandem.core.clock import Clock
from tandem.core.database.pool import Database
from tandem.core.errors import OperationalError
from tandem.core.jobs import repository
from tandem.core.jobs.driver import PoolDriver
from tandem.core.jobs.execution import Execution
from tandem.core.jobs.jobs import Jobs, hand_over
from tandem.core.jobs.kinds import Handlers, Queue
from tandem.core.jobs.queueing import NAMES, queries
from tandem.core.jobs.scheduler import Planner, Scheduler
from tandem.core.observability.logger import get_logger
from tandem.core.owned_tasks import OwnedTasks

log = get_logger(__name__)

SEEN_INTERVAL: Final = 5.0
SWEEP_INTERVAL: Final = 15.0
PRUNE_INTERVAL: Final = 600.0
BATCH: Final = 10
"""Jobs handed out by one question, at most."""

BUSY_INTERVAL: Final = dt.timedelta(seconds=0.5)
"""How often the queue is looked at while all places are taken."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much at once, for how long."""

    at_once: Mapping[Queue, int]
    """Jobs of each queue that run at once, over all workers, which must agree on it."""
    lease: float
    """Seconds without a heartbeat after which a job is given to another worker."""
    grace: float
    """Seconds that running jobs are given to end when the worker stops."""
    keep_days: float
    """Days for which finished jobs are kept."""
    keep_most: int
    """Finished jobs that are kept at most."""


class Worker:
    """Does the jobs of all queues until :meth:`stop`."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        handlers: Handlers,
        limits: Limits,
        planners: Sequence[Planner] = (),
    ) -> None:
        """Work through ``database``, which must allow a few connections besides those of the handlers."""
        self._database, self._limits = database, limits
        self._jobs = Jobs(database)
        self._execution = Execution(database, handlers)
        self._scheduler = Scheduler(database, self._jobs, clock, planners)
        self._id = uuid4()
        self._manager = QueueManager(queries(PoolDriver(database)), NAMES.channel)
        self._manager.min_dequeue_poll_interval = BUSY_INTERVAL
        for queue in Queue:
            limit = limits.at_once[queue]
            self._manager.entrypoint(queue, concurrency_limit=limit, accepts_context=True)(self._execution)

    def stop(self) -> None:
        """Begin no further job and end within the grace; called again, put back what runs at once."""
        if self._manager.shutdown.is_set():
            self._execution.hurry()
        self._manager.shutdown.set()

    async def run(self) -> None:
        """Work until :meth:`stop`; raises only what cannot be mended by waiting."""
        tasks = OwnedTasks(
            self._stay_seen(), self._repeat(self._sweep, SWEEP_INTERVAL), self._repeat(self._prune, PRUNE_INTERVAL),
            self._scheduler.run(), self._end_in_time(),
        )  # fmt: skip
        await tasks.open()
        try:
            while not self._manager.shutdown.is_set():
                try:
                    await self._manager.run(
                        dequeue_timeout=dt.timedelta(seconds=min(5.0, self._limits.lease / 2)), batch_size=BATCH,
                        heartbeat_timeout=dt.timedelta(seconds=self._limits.lease),
                    )  # fmt: skip
                except OperationalError as error:
                    log.warning("the queue is out of reach: %s", error.message)
        finally:
            await tasks.close()
            try:
                await repository.gone(self._database, self._id)
            except OperationalError:
                log.debug("PostgreSQL is gone first; the worker will be taken for dead")

    async def _end_in_time(self) -> None:
        await self._manager.shutdown.wait()
        await asyncio.sleep(self._limits.grace)
        self._execution.hurry()
        await asyncio.Event().wait()

    async def _stay_seen(self) -> None:
        host, pid = socket.gethostname(), os.getpid()

        async def say() -> None:
            await repository.seen(self._database, self._id, host, pid)

        await self._repeat(say, SEEN_INTERVAL)

    async def _repeat(self, action: Callable[[], Awaitable[None]], interval: float) -> None:
        while True:
            try:
                await action()
            except OperationalError as error:
                log.debug("not done for now: %s", error.message)
            await asyncio.sleep(interval)

    async def _sweep(self) -> None:
        """Give jobs that lost their place in the queue a new one."""
        async with self._database.transaction() as connection:
            for job in await repository.stranded(connection):
                record = await repository.put_back(connection, job)
                await hand_over(connection, record)
                log.warning("a job had lost its place in the queue and has a new one")

    async def _prune(self) -> None:
        await repository.prune(self._database, days=self._limits.keep_days, most=self._limits.keep_most)
