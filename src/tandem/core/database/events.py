"""Hearing of every committed change of sessions, and knowing at any moment whether all of them are heard.

A notification that nobody listened for is lost. So a listener that comes back reads the versions of all users
before it says that it listens, and says at once when it no longer does: between the two, nothing that
was cached may be taken for current.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from tandem.core.database import data_versions
from tandem.core.database.change_event import CHANNEL, ChangeEvent, parse
from tandem.core.database.persistence import Persistence
from tandem.core.database.pool import Database, DatabaseConnection
from tandem.core.database.statistics import ListenerStatistics
from tandem.core.database.unread import Unread
from tandem.core.errors import DatabaseUnavailableError

__all__ = ["CHANNEL", "ChangeEvent", "ChangeListener", "ListenerStatistics"]

log = logging.getLogger(__name__)

HEARTBEAT: Final = 2.0
"""Seconds between two questions whether the connection still lives, and for each answer to come."""

LONGEST_PAUSE: Final = 2.0
"""Seconds between attempts to connect, at most; the first follows a loss at once, the second after 50 ms."""

REREAD_PAUSE: Final = 0.05
"""Seconds between two readings of all versions on one connection, so that senseless messages cause no storm."""

MOST_PENDING: Final = 10_000
"""Events kept while versions are read; beyond that, they are read once more instead."""


class ChangeListener:
    """Listens on a connection of its own and makes a new one whenever it breaks.

    The callbacks run on the event loop and must not block. ``on_versions`` gets the versions of all users
    (one that is missing has none: 0) just before :attr:`listening` becomes true; ``on_change`` each
    change after that, in the order of commits; ``on_lost`` is called once as soon as :attr:`listening` becomes false.
    A callback that raises is logged; what it should have noted counts as unclear and all versions are read again.

    Needs a connection to PostgreSQL itself: a pooler that shares connections between transactions drops
    notifications without a sign.
    """

    def __init__(
        self,
        database: Database,
        *,
        on_versions: Callable[[dict[str, int]], None],
        on_change: Callable[[ChangeEvent], None],
        on_lost: Callable[[], None],
        heartbeat: float = HEARTBEAT,
    ) -> None:
        """Listen through a connection apart from ``database``'s pool; ``heartbeat`` in seconds."""
        self._database = database
        self._on_versions, self._on_change, self._on_lost = on_versions, on_change, on_lost
        self._heartbeat = heartbeat
        self._task: asyncio.Task[None] | None = None
        self._connection: DatabaseConnection | None = None
        self._heard = asyncio.Event()
        self._attention = asyncio.Event()
        self._unclear = False
        # None while changes are told as they come; a list while all versions are being read.
        self._pending: list[ChangeEvent] | None = None
        self._persistence = Persistence(log, "changes in PostgreSQL", LONGEST_PAUSE)
        self._unread: Unread | bool = False
        self._connects = self._losses = self._changes = self._unclears = self._failed = self._users = 0

    @property
    def listening(self) -> bool:
        """Whether every change is heard right now, and taken in: false too while something has arrived and is unread."""
        return self._heard.is_set() and not self._unread

    @property
    def connected(self) -> bool:
        """Whether changes are heard, be it a moment later."""
        return self._heard.is_set()

    async def open(self) -> None:
        """Begin to listen in the background; does not wait and does not fail when PostgreSQL is down."""
        if self._task is None:
            self._task = asyncio.create_task(self._persistence.run(self._listen), name="change-listener")

    async def close(self) -> None:
        """Stop listening."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    async def ping(self) -> None:
        """Raise DatabaseUnavailableError while changes are not heard."""
        if not self.connected:
            raise DatabaseUnavailableError("changes in PostgreSQL are not heard at the moment")

    async def wait_until_listening(self) -> None:
        """Return as soon as changes are heard."""
        await self._heard.wait()

    def statistics(self) -> ListenerStatistics:
        """Return one look at the listener."""
        return ListenerStatistics(
            listening=self.connected,
            connects=self._connects,
            losses=self._losses,
            changes=self._changes,
            unclear=self._unclears,
            failed_callbacks=self._failed,
            users=self._users,
        )

    async def _listen(self) -> None:
        connection = await self._database.connect_apart("listener")
        self._connection, self._unread = connection, Unread(connection)
        try:
            connection.add_termination_listener(self._terminated)
            await connection.add_listener(CHANNEL, self._notified)
            self._connects += 1
            while True:
                await self._catch_up(connection)
                await self._watch(connection)
                await asyncio.sleep(REREAD_PAUSE)
        except asyncio.CancelledError:
            with suppress(Exception):
                await connection.close(timeout=1.0)
            raise
        finally:
            self._connection = None
            if isinstance(self._unread, Unread):
                self._unread.close()
            self._unread = False
            self._lose()
            connection.terminate()

    async def _catch_up(self, connection: DatabaseConnection) -> None:
        """Read all versions, tell them, and from here on tell each change."""
        self._unclear, self._pending = False, []
        versions = await data_versions.read_all(connection)
        if self._unclear:
            # Told apart from this reading it could be older or newer; the next one holds it for certain.
            return
        self._users = len(versions)
        self._on_versions(versions)
        pending, self._pending = self._pending, None
        self._attention.clear()
        self._heard.set()
        self._persistence.works()
        for event in pending:
            if event.version > versions.get(event.user, 0):
                self._tell(event)

    async def _watch(self, connection: DatabaseConnection) -> None:
        """Return when all versions must be read again; raises when the connection no longer lives."""
        while not self._unclear:
            try:
                async with asyncio.timeout(self._heartbeat):
                    await self._attention.wait()
            except TimeoutError:
                await connection.execute("SELECT 1", timeout=self._heartbeat)
                self._persistence.lasts()
            if connection.is_closed():
                raise DatabaseUnavailableError("the listening connection was lost")

    def _terminated(self, connection: Any) -> None:
        if connection is self._connection:
            self._lose()
            self._attention.set()

    def _notified(self, connection: Any, _pid: int, _channel: str, payload: str) -> None:
        if connection is not self._connection:
            return
        if isinstance(self._unread, Unread):
            self._unread.forget()
        event = parse(payload)
        if event is None:
            self._unclears += 1
            # An empty one is sent on purpose, after a restore.
            if payload:
                log.warning("a notification could not be read; all versions are read again")
            self._doubt()
        elif self._pending is None:
            self._tell(event)
        elif len(self._pending) < MOST_PENDING:
            self._pending.append(event)
        else:
            self._doubt()

    def _tell(self, event: ChangeEvent) -> None:
        try:
            self._on_change(event)
        except Exception:
            self._failed += 1
            log.exception("a change was not taken up; all versions are read again")
            self._doubt()
        else:
            self._changes += 1

    def _doubt(self) -> None:
        """See to it that all versions are read again before anything is trusted."""
        self._unclear = True
        self._lose()
        self._attention.set()

    def _lose(self) -> None:
        if not self.connected:
            return
        self._heard.clear()
        self._losses += 1
        try:
            self._on_lost()
        except Exception:
            self._failed += 1
            log.exception("the loss of the listening connection was not taken up")
