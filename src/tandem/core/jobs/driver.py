"""The library's driver on our own pool, so that one driver, one pool and one way of failing serve everything.

Fail mode: a question that PostgreSQL cannot answer is asked again for :data:`PATIENCE` seconds; the listening connection is
made anew whenever it breaks, and meanwhile the library looks by the clock.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from typing import Any, Final, Self, TypeVar

from pgqueuer.core.tm import TaskManager
from pgqueuer.ports.driver import Driver, NotifyCallback

from tandem.core.database.failures import RAISED_BY_ASYNCPG
from tandem.core.database.pool import Database, DatabaseConnection
from tandem.core.errors import OperationalError

log = logging.getLogger(__name__)

T = TypeVar("T")

PATIENCE: Final = 60.0
"""Seconds for which a question is repeated; a restart of PostgreSQL takes a few."""

LONGEST_PAUSE: Final = 2.0
HEARTBEAT: Final = 5.0


async def patiently(ask: Callable[[], Awaitable[T]], seconds: float = PATIENCE) -> T:
    """Return what ``ask`` returns, asking again while PostgreSQL is out of reach, for ``seconds``."""
    loop = asyncio.get_running_loop()
    deadline, pause = loop.time() + seconds, 0.1
    while True:
        try:
            return await ask()
        except OperationalError:
            if loop.time() > deadline:
                raise
        await asyncio.sleep(pause * random.uniform(0.5, 1.0))
        pause = min(LONGEST_PAUSE, pause * 2)


class PoolDriver(Driver):
    """Asks through a :class:`Database`; listens on connections apart from it."""

    def __init__(self, database: Database) -> None:
        """Use ``database``, which somebody else opens and closes."""
        self._database = database
        self._shutdown = asyncio.Event()
        self._tm = TaskManager()
        self._listening: list[asyncio.Task[None]] = []

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        """Return all rows."""
        return [dict(row) for row in await patiently(lambda: self._database.fetch(query, *args))]

    async def execute(self, query: str, *args: object) -> str:
        """Run ``query``."""
        return await patiently(lambda: self._database.execute(query, *args))

    async def notify(self, channel: str, payload: str) -> None:
        """Send a notification."""
        await patiently(lambda: self._database.execute("SELECT pg_notify($1, $2)", channel, payload))

    async def add_listener(self, channel: str, callback: NotifyCallback) -> None:
        """Tell ``callback`` of notifications until the driver is left, on as many connections as that takes."""
        self._listening.append(asyncio.create_task(self._listen(channel, callback), name=f"listen {channel}"))

    async def remove_listener(self, channel: str, callback: NotifyCallback) -> None:
        """Nothing: a listener lives as long as the driver is entered."""

    @property
    def shutdown(self) -> asyncio.Event:
        """Set when no new work is wanted."""
        return self._shutdown

    @property
    def tm(self) -> TaskManager:
        """The driver's own tasks."""
        return self._tm

    async def __aenter__(self) -> Self:
        """Return the driver."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop listening."""
        tasks, self._listening = self._listening, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self, channel: str, callback: NotifyCallback) -> None:
        while True:
            try:
                await self._listen_once(channel, callback)
            except (OperationalError, OSError, *RAISED_BY_ASYNCPG) as error:
                log.info("the queue is not heard at the moment: %s", error)
            await asyncio.sleep(random.uniform(0.2, 1.0))

    async def _listen_once(self, channel: str, callback: NotifyCallback) -> None:
        connection = await self._database.connect_apart("queue")
        lost = asyncio.Event()

        def notified(_: DatabaseConnection, __: int, ___: str, payload: Any) -> None:
            callback(payload)

        try:
            connection.add_termination_listener(lambda _: lost.set())
            await connection.add_listener(channel, notified)
            while not lost.is_set():
                try:
                    async with asyncio.timeout(HEARTBEAT):
                        await lost.wait()
                except TimeoutError:
                    await connection.execute("SELECT 1", timeout=HEARTBEAT)
        finally:
            connection.terminate()
