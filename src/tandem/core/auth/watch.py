"""Hears of every committed change of the API keys, on a connection of its own.

All keys are read whenever a connection is made, and again every :data:`REREAD_SECONDS`: a pooler that drops
notifications without a sign delays a revocation by no more than that.
"""

import asyncio
import logging
import time
from collections.abc import Collection
from contextlib import suppress
from typing import Any, Final, Protocol

from tandem.core.auth import repository
from tandem.core.auth.repository import CHANNEL, Key
from tandem.core.clock import Clock
from tandem.core.database.persistence import Persistence
from tandem.core.database.pool import Database, DatabaseConnection
from tandem.core.errors import DatabaseUnavailableError

log = logging.getLogger(__name__)

HEARTBEAT: Final = 1.0
"""Seconds between two questions whether the connection lives, and for each answer to come."""

REREAD_SECONDS: Final = 60.0
REREAD_PAUSE: Final = 0.05
"""Seconds between two readings, so that messages without an id cause no storm."""

READ_SECONDS: Final = 10.0
"""In which all keys must be read."""

LONGEST_PAUSE: Final = 1.0
"""Seconds between attempts to connect, at most; the first follows a loss at once, the second after 50 ms."""

MOST_CHANGED: Final = 1000
"""Keys told one by one; beyond that all are read."""


class Follower(Protocol):
    """Whoever wants to know; nothing of it may block or raise."""

    @property
    def most(self) -> int:
        """How many keys to read at most."""

    def on_all(self, found: Collection[Key]) -> None:
        """Take ``found`` for all usable keys."""

    def on_changed(self, ids: Collection[str], found: Collection[Key]) -> None:
        """Take ``found`` for what is usable of ``ids``."""

    def on_confirmed(self) -> None:
        """Everything up to now was heard."""

    def on_lost(self) -> None:
        """From now on nothing is heard."""


class KeyWatch:
    """Tells a follower of all keys and of each change; makes a new connection whenever one breaks."""

    def __init__(self, database: Database, follower: Follower, clock: Clock) -> None:
        """Listen through a connection apart from ``database``'s pool."""
        self._database, self._follower, self._clock = database, follower, clock
        self._task: asyncio.Task[None] | None = None
        self._connection: DatabaseConnection | None = None
        self._attention = asyncio.Event()
        self._heard = asyncio.Event()
        self._changed: set[str] = set()
        self._all = False
        self._persistence = Persistence(log, "changes of API keys", LONGEST_PAUSE)

    async def open(self) -> None:
        """Begin in the background."""
        self._task = asyncio.create_task(self._persistence.run(self._listen), name="key-watch")

    async def close(self) -> None:
        """Stop listening."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def wait_until_heard(self, seconds: float) -> None:
        """Return after the first reading, or after ``seconds``."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._heard.wait()

    async def _listen(self) -> None:
        connection = await self._database.connect_apart("keys")
        self._connection = connection
        self._heard.clear()
        try:
            connection.add_termination_listener(self._terminated)
            await connection.add_listener(CHANNEL, self._notified)
            while True:
                self._all = False
                async with asyncio.timeout(READ_SECONDS):
                    found = await repository.read_usable(connection, self._clock.now(), self._follower.most)
                self._follower.on_all(found)
                self._heard.set()
                self._persistence.works()
                await self._follow(connection)
                await asyncio.sleep(REREAD_PAUSE)
        except asyncio.CancelledError:
            with suppress(Exception):
                await connection.close(timeout=1.0)
            raise
        finally:
            self._connection = None
            self._follower.on_lost()
            connection.terminate()

    async def _follow(self, connection: DatabaseConnection) -> None:
        """Tell changes until all keys must be read again; raises when the connection no longer lives."""
        until = time.monotonic() + REREAD_SECONDS
        while not self._all and time.monotonic() < until:
            try:
                async with asyncio.timeout(HEARTBEAT):
                    await self._attention.wait()
            except TimeoutError:
                await connection.execute("SELECT 1", timeout=HEARTBEAT)
                self._persistence.lasts()
            if connection.is_closed():
                raise DatabaseUnavailableError("the listening connection was lost")
            self._attention.clear()
            changed, self._changed = self._changed, set()
            if changed:
                found = await repository.read(connection, changed, self._clock.now(), HEARTBEAT)
                self._follower.on_changed(changed, found)
            self._follower.on_confirmed()

    def _terminated(self, connection: Any) -> None:
        if connection is self._connection:
            self._follower.on_lost()
            self._attention.set()

    def _notified(self, connection: Any, _pid: int, _channel: str, payload: str) -> None:
        if connection is not self._connection:
            return
        if payload and len(self._changed) < MOST_CHANGED:
            self._changed.add(payload)
        else:
            self._all = True
        self._attention.set()
