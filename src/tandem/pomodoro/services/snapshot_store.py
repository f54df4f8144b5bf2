"""Each worker's snapshots: found warm, brought up to date by events, or served stale and marked so.

Key: the user. Concurrency: one event loop; concurrent readers of one user share one build or update, and a
reader that leaves harms nobody. Bound: ``budget`` bytes, the least recently read users leave first.

Fail mode: while the listening connection is broken no snapshot is trusted; its version is compared with the
database on each read. While PostgreSQL is out of reach a warm snapshot is served and marked ``X-Cache:
stale`` with ``Age`` and ``X-Data-As-Of``; without one, the reader gets DatabaseUnavailableError. A server that
hangs counts as out of reach too, and one reader at a time tries it again.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tandem.core.clock import Clock
from tandem.core.database.events import ChangeEvent
from tandem.core.errors import OperationalError
from tandem.core.garbage import give_back
from tandem.core.turns import Turns
from tandem.pomodoro.repositories.snapshot_repository import INLINE_ROWS, SnapshotRepository
from tandem.pomodoro.services.held_snapshot import HeldSnapshot, sessions_of
from tandem.pomodoro.snapshot import Snapshot

MANY_ROWS: Final = 10_000
"""Reading more sessions than that leaves megabytes behind, which are given back to the system."""

GAP_SECONDS: Final = 0.1
"""How long an update waits for a notification that a later one has overtaken."""

ROUNDS: Final = 20
"""How often a reader tries to catch up with others' writes before it gives up with a 503."""

RETRY_SECONDS: Final = 0.5
"""After PostgreSQL failed, readers with a warm snapshot do not ask it again for so long."""

PATIENCE_SECONDS: Final = 2.0
"""How long a reader with a warm snapshot waits for a PostgreSQL whose changes are not heard either."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A snapshot and how far it can be trusted: ``as_of`` is when it was last known to be current."""

    snapshot: Snapshot
    stale: bool
    as_of: datetime


@dataclass(frozen=True, slots=True)
class StoreStatistics:
    """Counts since the start of the worker, and what is held now."""

    users: int
    """Users whose snapshot is held."""
    bytes: int
    """Approximate size of those snapshots."""
    builds: int
    """Snapshots loaded from the database."""
    updates: int
    """Snapshots brought up to date by events."""
    stale_reads: int
    """Readings served while PostgreSQL was out of reach."""
    evictions: int
    """Snapshots dropped to stay within the budget."""


class SnapshotStore:
    """See the module's text."""

    def __init__(
        self, repository: SnapshotRepository, clock: Clock, *, budget: int, listening: Callable[[], bool],
        also: Callable[[ChangeEvent], None] = lambda _: None,
    ) -> None:  # fmt: skip
        """Load through ``repository``; ``listening`` tells whether change events arrive right now.

        ``also`` hears of each change that this store hears of.
        """
        self._also = also
        self._repository = repository
        self._clock = clock
        self._budget = budget
        self._listening = listening
        self._entries: OrderedDict[str, HeldSnapshot] = OrderedDict()
        self._work: dict[str, asyncio.Task[HeldSnapshot]] = {}
        self._seen: dict[str, int] = {}
        self._failed_at = float("-inf")
        self._size = 0
        self.turns = Turns()
        """What computes with these snapshots on the event loop takes turns."""
        self._builds = self._updates = self._stale = self._evictions = 0

    @property
    def is_warm(self) -> bool:
        """Whether at least one user could be served without the database."""
        return bool(self._entries)

    def statistics(self) -> StoreStatistics:
        """Return counts and sizes."""
        return StoreStatistics(
            len(self._entries), self._size, self._builds, self._updates, self._stale, self._evictions
        )  # fmt: skip

    def on_change(self, event: ChangeEvent) -> None:
        """Take note of a change, from a notification or from a write of this worker; either may come first."""
        self._also(event)
        if event.user in self._work:
            self._seen[event.user] = max(self._seen.get(event.user, 0), event.version)
        entry = self._entries.get(event.user)
        # Whoever tells of a change has just heard from PostgreSQL.
        self._failed_at = float("-inf")
        if entry is not None:
            entry.note(event)

    def on_versions(self, versions: dict[str, int]) -> None:
        """Take note of the versions of all users after the listening connection came back."""
        now = self._clock.now()
        self._failed_at = float("-inf")
        for user, entry in self._entries.items():
            entry.known = max(entry.known, versions.get(user, 0))
            if entry.known == entry.snapshot.version:
                entry.verified = now

    def on_lost(self) -> None:
        """Remember until when the snapshots were known to be current."""
        now = self._clock.now()
        for entry in self._entries.values():
            if entry.known == entry.snapshot.version:
                entry.verified = now

    def held(self, user: str) -> Snapshot | None:
        """Return the user's snapshot as it lies here, None if there is none; whether it is current is not looked at."""
        entry = self._entries.get(user)
        return None if entry is None else entry.snapshot

    async def read(self, user: str) -> Reading:
        """Return the user's snapshot, current unless marked stale.

        Raises DatabaseUnavailableError (or another OperationalError) when nothing can be answered.
        """
        entry = self._entries.get(user)
        if entry is None:
            return self._fresh_reading(await self._current(user))
        if self._listening() and not entry.is_behind:
            self._entries.move_to_end(user)
            return self._fresh_reading(entry)
        now = self._clock.monotonic()
        if now - self._failed_at < RETRY_SECONDS:
            return self._stale_reading(entry)
        if self._failed_at > float("-inf"):
            # This reader tries PostgreSQL again; the others need not wait for how that ends.
            self._failed_at = now
        try:
            entry = await self._current_or_lost(user)
        except OperationalError:
            self._failed_at = self._clock.monotonic()
            return self._stale_reading(self._entries.get(user, entry))
        self._failed_at = float("-inf")
        return self._fresh_reading(entry)

    def forget(self, user: str) -> None:
        """Drop one user's snapshot."""
        entry = self._entries.pop(user, None)
        if entry is not None:
            self._size -= entry.size

    def _fresh_reading(self, entry: HeldSnapshot) -> Reading:
        return Reading(entry.snapshot, stale=False, as_of=self._clock.now())

    def _stale_reading(self, entry: HeldSnapshot) -> Reading:
        self._stale += 1
        return Reading(entry.snapshot, stale=True, as_of=entry.verified)

    async def _current_or_lost(self, user: str) -> HeldSnapshot:
        """Bring the user's entry up to date, unless PostgreSQL neither answers nor tells of changes."""
        work = asyncio.ensure_future(self._current(user))
        try:
            while not (await asyncio.wait((work,), timeout=PATIENCE_SECONDS))[0]:
                if not self._listening():
                    raise OperationalError("PostgreSQL took too long")
            return work.result()
        finally:
            work.cancel()

    async def _current(self, user: str) -> HeldSnapshot:
        """Bring the user's entry up to date, as often as it takes while others write."""
        entry = self._entries.get(user)
        for _ in range(ROUNDS):
            if entry is not None and await self._is_current(user, entry):
                return entry
            task = self._work.get(user)
            if task is None:
                task = asyncio.create_task(self._bring_up(user), name=f"snapshot {user}")
                self._work[user] = task
                task.add_done_callback(lambda _: self._done(user))
            # Shielded: the work belongs to all readers, so one that is cancelled must not take it along.
            entry = await asyncio.shield(task)
        raise OperationalError("these sessions are changing faster than they can be read")

    async def _is_current(self, user: str, entry: HeldSnapshot) -> bool:
        if not self._listening():
            entry.known = max(entry.known, await self._repository.version(user))
        if entry.is_behind:
            return False
        entry.verified = self._clock.now()
        return True

    def _done(self, user: str) -> None:
        task = self._work.pop(user, None)
        self._seen.pop(user, None)
        if task is not None and not task.cancelled():
            task.exception()  # marks it as seen when every reader has left

    async def _bring_up(self, user: str) -> HeldSnapshot:
        entry = self._entries.get(user)
        if entry is not None and await self._update(user, entry):
            self._updates += 1
            self._keep(user, entry)
            return entry
        return await self._load(user)

    async def _update(self, user: str, held: HeldSnapshot) -> bool:
        """Take in pending changes; False when only a fresh load can help."""
        if held.needs_load:
            return False
        events = held.next_changes()
        if events is None and held.pending and self._listening():
            await asyncio.sleep(GAP_SECONDS)
            events = held.next_changes()
        sessions = None if events is None else sessions_of(events)
        if events is None or sessions is None:
            return False
        return held.take_in(events, sessions, await self._repository.changed(user, list(sessions)))

    async def _load(self, user: str) -> HeldSnapshot:
        loaded = await self._repository.load(user)
        if loaded.rows > INLINE_ROWS:
            snapshot = await asyncio.to_thread(loaded.build)
            if loaded.rows > MANY_ROWS:
                del loaded
                await asyncio.to_thread(give_back)
        else:
            await self.turns.mine()
            snapshot = loaded.build()
        self._builds += 1
        old = self._entries.get(user)
        pending = [event for event in old.pending if event.version > snapshot.version] if old else []
        known = max(snapshot.version, self._seen.get(user, 0))
        entry = HeldSnapshot(snapshot, self._clock.now(), known, pending=pending)
        self._keep(user, entry)
        return entry

    def _keep(self, user: str, entry: HeldSnapshot) -> None:
        """Hold ``entry`` as the one used last, and drop others until all fit into the budget."""
        self.forget(user)
        entry.size = entry.snapshot.nbytes
        self._entries[user] = entry
        self._size += entry.size
        # One that is being brought up to date must stay: its readers rely on hearing of further changes.
        spare = [name for name in self._entries if name != user and name not in self._work]
        for name in spare if self._size > self._budget else ():
            self.forget(name)
            self._evictions += 1
            if self._size <= self._budget:
                break
