"""Snapshots of the people who worked last are loaded before a worker takes requests, so that its first minute is no rush.

Bounds: so many seconds, so many users, and the memory of the store; who is left is loaded when they ask.

Fail mode: without PostgreSQL nothing is loaded and the worker starts all the same.
"""

import asyncio
import logging
from collections.abc import Iterator
from typing import Final

from tandem.core.errors import OperationalError
from tandem.pomodoro.repositories.snapshot_repository import SnapshotRepository
from tandem.pomodoro.services.snapshot_store import SnapshotStore

log = logging.getLogger(__name__)

MOST_USERS: Final = 1_000
AT_ONCE: Final = 4
"""Loads under way: PostgreSQL reads for some while snapshots are built for others."""


async def warm_up(store: SnapshotStore, repository: SnapshotRepository, *, seconds: float) -> int:
    """Load snapshots into ``store`` for up to ``seconds``; returns how many it holds then."""
    if seconds > 0:
        try:
            async with asyncio.timeout(seconds):
                users = iter(await repository.latest_users(MOST_USERS))
                await asyncio.gather(*(_load(store, users) for _ in range(AT_ONCE)))
        except TimeoutError:
            log.info("not everybody's sessions were loaded ahead within %g s", seconds)
        except OperationalError as error:
            log.info("no sessions were loaded ahead: %s", error.message)
    return store.statistics().users


async def _load(store: SnapshotStore, users: Iterator[str]) -> None:
    """Load one user after the other, as long as there is room and a database."""
    for user in users:
        try:
            await store.read(user)
        except OperationalError as error:
            log.info("%s's sessions were not loaded ahead: %s", user, error.message)
            return
        if store.statistics().evictions:
            return
