"""Hears of every committed change of sessions and has the person's notes embedded, in the process that does jobs.

Fail mode: while changes are not heard nothing is enqueued; whoever is behind is found by comparing versions as soon as they are
heard again, and every minute besides.
"""

import asyncio
from contextlib import suppress
from typing import Final

from tandem.core.database.change_event import ChangeEvent
from tandem.core.database.events import ChangeListener
from tandem.core.database.pool import Database
from tandem.core.database.version_board import TAG
from tandem.core.errors import OperationalError
from tandem.core.jobs import Jobs
from tandem.core.observability.logger import get_logger
from tandem.core.owned_tasks import OwnedTasks
from tandem.pomodoro.jobs import EMBED
from tandem.pomodoro.services.indexing_service import IndexingService

log = get_logger(__name__)

GATHER_SECONDS: Final = 0.5
"""Changes that follow each other within it make one job."""

LOOK_SECONDS: Final = 60.0

MOST: Final = 1000
"""Users remembered by name; beyond that, versions are compared instead."""


class IndexWatch:
    """Enqueues one job per user with changes."""

    def __init__(self, database: Database, jobs: Jobs, indexing: IndexingService) -> None:
        """Listen through a connection apart from ``database``'s pool."""
        self._jobs, self._indexing = jobs, indexing
        self._changed: set[str] = set()
        self._compare = True
        self._attention = asyncio.Event()
        self._listener = ChangeListener(
            database, on_versions=self._on_versions, on_change=self._on_change, on_lost=lambda: None
        )
        self._tasks = OwnedTasks(self._run())

    async def open(self) -> None:
        """Begin to listen."""
        await self._listener.open()
        await self._tasks.open()

    async def close(self) -> None:
        """Stop."""
        await self._tasks.close()
        await self._listener.close()

    async def ping(self) -> None:
        """Raise while changes are not heard."""
        await self._listener.ping()
        await self._tasks.ping()

    def _on_versions(self, _: dict[str, int]) -> None:
        self._compare = True
        self._attention.set()

    def _on_change(self, event: ChangeEvent) -> None:
        if event.user.startswith(TAG):
            return
        if len(self._changed) < MOST:
            self._changed.add(event.user)
        else:
            self._compare = True
        self._attention.set()

    async def _run(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._attention.wait()
            self._compare |= not self._attention.is_set()
            await asyncio.sleep(GATHER_SECONDS)
            self._attention.clear()
            try:
                await self._enqueue()
            except OperationalError as error:
                log.info("nothing can be enqueued at the moment: %s", error)
                self._compare = True
                self._attention.set()

    async def _enqueue(self) -> None:
        users, self._changed = self._changed, set()
        if self._compare:
            self._compare = False
            users |= set(await self._indexing.behind(MOST))
        for user in sorted(users):
            await self._jobs.enqueue(EMBED, key=user, user=user)
