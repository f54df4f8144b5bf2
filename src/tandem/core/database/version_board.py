"""Which version each user's data has, known in memory for as long as every change is heard.

Key: the user; names that begin with ``#`` are tags, whose versions an operator raises to make cached answers of many
users unusable. Bound: ``most`` users; beyond that a user's version is read when it is first asked for.

Fail mode: while changes are not heard no version is current, and callers must ask the database.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from itertools import islice
from typing import Final

from tandem.core.clock import Clock
from tandem.core.database.change_event import ChangeEvent

MOST: Final = 200_000
"""Users, about 25 MiB."""

TAG: Final = "#"
"""No user's name begins so."""


class VersionBoard:
    """Fed by the change listener, and by this process's own writes before it hears of them. For one event loop."""

    def __init__(
        self,
        *,
        listening: Callable[[], bool],
        read: Callable[[str], Awaitable[int]],
        clock: Clock,
        most: int = MOST,
    ) -> None:
        """``listening`` tells whether changes are heard, ``read`` asks the database for one user's version."""
        self._listening, self._read, self._clock, self._most = listening, read, clock, most
        self._versions: dict[str, int] = {}
        self._complete = False
        self._learning: dict[str, int] = {}
        self._losses = 0
        self.tags: dict[str, int] = {}
        """Versions of tags, by name without the sign."""
        self.on_tags: Callable[[], None] = lambda: None
        """Called after :attr:`tags` changed."""
        self.lost_at: datetime | None = None
        """When changes were last known to be heard, if they are not any more."""

    @property
    def listening(self) -> bool:
        """Whether what the board says is current."""
        return self._listening()

    def __len__(self) -> int:
        """Return how many users it knows."""
        return len(self._versions)

    def current(self, user: str) -> int | None:
        """Return the user's version right now; None if it is not known for certain."""
        if not self._listening():
            return None
        version = self._versions.get(user)
        return 0 if version is None and self._complete else version

    def last(self, user: str) -> int:
        """Return the last version that was heard of."""
        return self._versions.get(user, 0)

    async def learn(self, user: str) -> int | None:
        """Return the user's version, asking the database if need be; None if changes are not heard.

        Raises DatabaseUnavailableError.
        """
        known = self.current(user)
        if known is None and not self._listening():
            # Something may have arrived that the loop has not read yet; two turns later it has.
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            known = self.current(user)
        if known is not None or not self._listening():
            return known
        losses = self._losses
        self._learning.setdefault(user, 0)
        try:
            version = await self._read(user)
        finally:
            heard = self._learning.pop(user, None)
        if losses != self._losses or not self._listening():
            return None
        if heard is not None or user in self._versions:
            version = max(version, heard or 0, self._versions.get(user, 0))
            self._note(user, version)
        return version

    def on_change(self, event: ChangeEvent) -> None:
        """Take note of a change, from a notification or from a write of this process; either may come first."""
        user, version = event.user, event.version
        if user.startswith(TAG):
            tag = user.removeprefix(TAG)
            if version > self.tags.get(tag, 0):
                self.tags[tag] = version
                self.on_tags()
            return
        if user in self._learning:
            self._learning[user] = max(self._learning[user], version)
        if self._complete or user in self._versions:
            self._note(user, max(version, self._versions.get(user, 0)))

    def on_versions(self, versions: dict[str, int]) -> None:
        """Take over the versions of all users, just before changes are heard again."""
        self.lost_at = None
        self.tags = {user.removeprefix(TAG): one for user, one in versions.items() if user.startswith(TAG)}
        if len(versions) <= self._most:
            self._versions = {user: one for user, one in versions.items() if not user.startswith(TAG)}
            self._complete = True
        else:
            kept = islice(self._versions, self._most // 2)
            self._versions = {user: versions.get(user, 0) for user in kept}
            self._complete = False
        self.on_tags()

    def on_lost(self) -> None:
        """Remember until when all changes were heard."""
        self._losses += 1
        self.lost_at = self._clock.now()

    def _note(self, user: str, version: int) -> None:
        self._versions[user] = version
        if len(self._versions) > self._most:
            del self._versions[next(iter(self._versions))]
            self._complete = False
