"""Hearing that a job changed, on one connection per process, made when somebody first watches.

Fail mode: while nothing is heard, whoever watches looks by the clock instead; nothing is lost but promptness.
"""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final
from uuid import UUID

from tandem.core.database.failures import RAISED_BY_ASYNCPG
from tandem.core.database.pool import Database, DatabaseConnection
from tandem.core.errors import OperationalError

log = logging.getLogger(__name__)

CHANNEL: Final = "tandem_jobs"
"""The channel of the notifications; the trigger of migration 0004 names it too."""

HEARTBEAT: Final = 5.0
"""Seconds between two questions whether the connection lives."""

PAUSE: Final = 1.0
"""Seconds before a lost connection is replaced."""


class Heard:
    """Set when something was heard."""

    def __init__(self) -> None:
        """Begin with nothing heard."""
        self.event = asyncio.Event()

    async def wait(self, seconds: float) -> None:
        """Return when something is heard, or after ``seconds``."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.event.wait()
        self.event.clear()


class JobFeed:
    """Wakes those who follow a job; for one event loop."""

    def __init__(self, database: Database) -> None:
        """Listen through a connection apart from ``database``'s pool."""
        self._database = database
        self._followers: dict[UUID, set[Heard]] = {}
        self._task: asyncio.Task[None] | None = None
        self._lost = asyncio.Event()

    @contextmanager
    def following(self, job: UUID) -> Iterator[Heard]:
        """Lend an event that is set whenever ``job`` changes."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="job-feed")
        heard = Heard()
        self._followers.setdefault(job, set()).add(heard)
        try:
            yield heard
        finally:
            followers = self._followers[job]
            followers.discard(heard)
            if not followers:
                del self._followers[job]

    async def close(self) -> None:
        """Stop listening."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    async def _run(self) -> None:
        while True:
            try:
                await self._listen()
            except (OperationalError, OSError, *RAISED_BY_ASYNCPG) as error:
                log.info("changes of jobs are not heard at the moment: %s", error)
            await asyncio.sleep(PAUSE)

    async def _listen(self) -> None:
        connection = await self._database.connect_apart("jobs")
        try:
            self._lost.clear()
            connection.add_termination_listener(lambda _: self._lost.set())
            await connection.add_listener(CHANNEL, self._notified)
            while not self._lost.is_set():
                with suppress(TimeoutError):
                    async with asyncio.timeout(HEARTBEAT):
                        await self._lost.wait()
                await connection.execute("SELECT 1", timeout=HEARTBEAT)
        finally:
            connection.terminate()

    def _notified(self, _: DatabaseConnection, __: int, ___: str, payload: Any) -> None:
        with suppress(ValueError):
            for heard in self._followers.get(UUID(payload), ()):
                heard.event.set()
