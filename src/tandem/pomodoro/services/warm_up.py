"""Before a worker takes requests, the sessions of those who worked last are loaded and their weeks are forecast: what costs
most in a person's first minute. So the worker's own first minute is no rush.

Bounds: so many seconds, so many users, and the memory of the store; who is left is served when they ask.

Fail mode: without PostgreSQL nothing is loaded, a log that cannot be forecast is passed by, and the worker starts all the same.
"""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from typing import Final

from tandem.core.clock import Clock
from tandem.core.errors import OperationalError
from tandem.pomodoro.models import session_predictor
from tandem.pomodoro.repositories.snapshot_repository import SnapshotRepository
from tandem.pomodoro.services.snapshot_store import SnapshotStore

log = logging.getLogger(__name__)

MOST_USERS: Final = 1_000
AT_ONCE: Final = 4
"""Loads under way: PostgreSQL reads for some while snapshots are built for others."""


async def warm_up(
    store: SnapshotStore, repository: SnapshotRepository, clock: Clock, *, seconds: float
) -> int:
    """Load snapshots into ``store`` and forecast from ``clock``'s today, for up to ``seconds``; returns how many it holds then."""
    if seconds > 0:
        try:
            async with asyncio.timeout(seconds):
                latest = await repository.latest_users(MOST_USERS)
                users = iter(latest)
                await asyncio.gather(*(_load(store, users) for _ in range(AT_ONCE)))
                await _forecast(store, latest, clock)
        except TimeoutError:
            log.info("not everybody's sessions were made ready ahead within %g s", seconds)
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


async def _forecast(store: SnapshotStore, users: Sequence[str], clock: Clock) -> None:
    """Compute the week of everybody who is loaded; the snapshot remembers it for the day."""
    for user in users:
        snapshot = store.held(user)
        if snapshot is not None:
            try:
                session_predictor.predict_week(snapshot, clock.now())
            except Exception:
                # Whatever is wrong with one person's log, they will be told when they ask; the service starts.
                log.exception("the week of %s was not forecast ahead", user)
            await asyncio.sleep(0)
