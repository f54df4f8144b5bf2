"""One user's snapshot as a worker holds it, with the changes that it has heard of and not taken in yet."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from tandem.core.database.events import ChangeEvent
from tandem.pomodoro.snapshot import SessionRow, Snapshot

PENDING_LIMIT: Final = 500
"""More changes or changed sessions than this are loaded anew instead of one by one."""

CHURN_LIMIT: Final = 20_000
"""After so many changes the columns are sorted anew by a fresh load."""


@dataclass(slots=True)
class HeldSnapshot:
    """For one event loop; nothing here waits or fails."""

    snapshot: Snapshot
    verified: datetime
    """When it was last known to be current."""
    known: int
    """The newest version that was heard of."""
    size: int = 0
    """Bytes counted for it."""
    pending: list[ChangeEvent] = field(default_factory=list)

    @property
    def is_behind(self) -> bool:
        """Whether a version was heard of that the snapshot does not hold."""
        return self.known > self.snapshot.version

    @property
    def needs_load(self) -> bool:
        """Whether so much was changed, or is, that reading all sessions is quicker or the only way."""
        snapshot = self.snapshot
        return snapshot.demo or snapshot.churn > CHURN_LIMIT or len(self.pending) > PENDING_LIMIT

    def note(self, event: ChangeEvent) -> None:
        """Take note of a change, which may be heard of twice."""
        if event.version <= self.snapshot.version:
            return
        if len(self.pending) <= PENDING_LIMIT and all(event.version != one.version for one in self.pending):
            self.pending.append(event)
        self.known = max(self.known, event.version)

    def next_changes(self) -> list[ChangeEvent] | None:
        """Return the pending changes in order, None if one between them, or the newest, is missing."""
        version = self.snapshot.version
        events = sorted((one for one in self.pending if one.version > version), key=lambda one: one.version)
        expected = list(range(version + 1, version + 1 + len(events)))
        if not events or [one.version for one in events] != expected or events[-1].version < self.known:
            return None
        return events

    def take_in(self, events: Sequence[ChangeEvent], sessions: set[UUID], rows: Sequence[SessionRow]) -> bool:
        """Bring the snapshot to the last of ``events``: ``rows`` is what became of ``sessions``, those missing are gone.

        False when only a fresh load can help.
        """
        found, snapshot = {row.id: row for row in rows}, self.snapshot
        if any(row.demo for row in rows):
            return False
        for session in sessions:
            if (row := found.get(session)) is not None:
                snapshot.put(row)
            else:
                snapshot.remove(session)
        # An emptied person may have demonstration sessions again, which only a load can tell.
        if len(snapshot) == 0 or snapshot.recent_is_short:
            return False
        snapshot.version = events[-1].version
        self.pending = [event for event in self.pending if event.version > snapshot.version]
        return True


def sessions_of(events: Sequence[ChangeEvent]) -> set[UUID] | None:
    """Return the ids of all sessions that ``events`` changed; None when that is not told, or too many."""
    ids = {session for event in events for session in event.ids or ()}
    return None if len(ids) > PENDING_LIMIT or any(event.ids is None for event in events) else ids
