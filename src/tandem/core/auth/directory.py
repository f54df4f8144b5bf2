"""The keys that this worker knows, checked without asking the database.

While changes are heard, what is known here is what is stored. Once they no longer are, known keys go on for
:data:`MAX_AGE`, unknown ones are told to try again; after that everybody is. The door never opens by itself.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Iterable
from contextlib import suppress
from typing import Final

from tandem.core.auth import keys, repository
from tandem.core.auth.repository import Key
from tandem.core.auth.scopes import Identity
from tandem.core.auth.watch import KeyWatch
from tandem.core.clock import Clock
from tandem.core.database.failures import RAISED_BY_ASYNCPG
from tandem.core.database.pool import Database
from tandem.core.errors import DatabaseUnavailableError, OperationalError
from tandem.core.observability.logger import get_logger

log = get_logger(__name__)

MAX_AGE: Final = 60.0
"""Seconds for which known keys are trusted without hearing of changes."""

MOST: Final = 20_000
"""Keys held at once, about 10 MiB; the others are looked up when they are shown."""

MOST_LOOKUPS: Final = 4
"""Keys looked up at once, so that strangers cannot keep the pool busy."""

LOOKUP_SECONDS: Final = 2.0
START_SECONDS: Final = 2.0
"""How long a start waits for the first reading."""

STAMP_SECONDS: Final = 60.0
"""Between two writings of who was used."""


class KeysUnavailableError(OperationalError):
    """Whether a key is valid cannot be told right now."""

    code = "keys_unavailable"


class KeyDirectory:
    """Tells who a key belongs to; a resource with :meth:`open`, :meth:`close` and :meth:`ping`."""

    def __init__(self, database: Database, clock: Clock, *, most: int = MOST) -> None:
        """Know at most ``most`` keys of ``database``; ages are measured by ``clock``."""
        self._database, self._clock, self._most = database, clock, most
        self._watch = KeyWatch(database, self, clock)
        self._held: OrderedDict[str, Key] = OrderedDict()
        self._complete = self._listening = False
        self._confirmed: float | None = None
        # Counts changes, so that an answer that was on its way meanwhile is not kept.
        self._changes = 0
        self._used: set[str] = set()
        self._lookups = asyncio.Semaphore(MOST_LOOKUPS)
        self._stamping: asyncio.Task[None] | None = None

    @property
    def usable(self) -> bool:
        """Whether known keys are still trusted."""
        if self._listening:
            return True
        return self._confirmed is not None and self._clock.monotonic() - self._confirmed <= MAX_AGE

    @property
    def is_empty(self) -> bool:
        """Whether it is certain that no key opens anything."""
        return self._listening and self._complete and not self._held

    async def open(self) -> None:
        """Begin to follow the keys; does not fail when PostgreSQL is down."""
        await self._watch.open()
        self._stamping = asyncio.create_task(self._stamp_regularly(), name="key-stamps")
        await self._watch.wait_until_heard(START_SECONDS)

    async def close(self) -> None:
        """Stop following, and write down who was used last."""
        if self._stamping is not None:
            self._stamping.cancel()
            await asyncio.wait([self._stamping])
        await self._watch.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                await self._stamp()

    async def ping(self) -> None:
        """Raise DatabaseUnavailableError while changes of keys are not heard."""
        if not self._listening:
            raise DatabaseUnavailableError("changes of API keys are not heard at the moment")

    def held(self, text: str) -> Key | None:
        """Return the key that ``text`` is if that is known without waiting; None: :meth:`identify` tells more."""
        parts = keys.parse(text)
        key = None if parts is None else self._held.get(parts[0])
        if parts is None or key is None or not keys.matches(parts[1], key.digest):
            return None
        return key if self.still_holds(key) else None

    def still_holds(self, key: Key) -> bool:
        """Whether ``key``, which :meth:`held` returned before, opens what it opened then; it counts as used."""
        if self._held.get(key.id) is not key or not (self._listening or self.usable):
            return False
        if key.expires_at is not None and key.expires_at <= self._clock.now():
            return False
        self._used.add(key.id)
        return True

    async def identify(self, text: str) -> Identity | None:
        """Return whom the key ``text`` belongs to, None for one that opens nothing.

        Raises KeysUnavailableError when that cannot be told.
        """
        parts = keys.parse(text)
        if parts is None:
            return None
        if not self._listening and not self.usable:
            raise KeysUnavailableError("API keys cannot be checked while the database is away", retry_after=2)
        held = self._held.get(parts[0]) or await self._look_up(parts[0])
        if held is None or not keys.matches(parts[1], held.digest):
            return None
        if held.expires_at is not None and held.expires_at <= self._clock.now():
            return None
        self._used.add(held.id)
        return held.identity

    async def _look_up(self, key: str) -> Key | None:
        """Find a key that is not held."""
        if not self._listening:
            raise KeysUnavailableError(
                "this API key cannot be checked while the database is away", retry_after=2
            )
        if self._complete:
            return None
        async with self._lookups:
            changes = self._changes
            try:
                found = await repository.read(self._database, [key], self._clock.now(), LOOKUP_SECONDS)
            except OperationalError as error:
                raise KeysUnavailableError("this API key cannot be checked at the moment") from error
        if found and changes == self._changes:
            self._keep(found)
        return found[0] if found else None

    def _keep(self, found: Iterable[Key]) -> None:
        for key in found:
            self._held[key.id] = key
            self._held.move_to_end(key.id)
        while len(self._held) > self._most:
            self._complete = False
            self._held.popitem(last=False)

    # What the watch tells; see :class:`tandem.core.auth.watch.Follower`.

    @property
    def most(self) -> int:
        """How many keys to read at most: one more than are held tells that there are more."""
        return self._most + 1

    def on_all(self, found: Collection[Key]) -> None:
        """Know these keys and no others."""
        self._changes += 1
        self._held = OrderedDict()
        self._complete = True
        # The last used ones come first and are to be dropped last.
        self._keep(reversed(list(found)))
        self.on_confirmed()

    def on_changed(self, ids: Collection[str], found: Collection[Key]) -> None:
        """Know that of ``ids`` only ``found`` are usable now."""
        self._changes += 1
        for key in ids:
            self._held.pop(key, None)
        self._keep(found)

    def on_confirmed(self) -> None:
        """Note that every change up to now was heard."""
        self._listening = True
        self._confirmed = self._clock.monotonic()

    def on_lost(self) -> None:
        """Note that changes are not heard from now on."""
        self._changes += 1
        self._listening = False

    async def _stamp_regularly(self) -> None:
        while True:
            await asyncio.sleep(STAMP_SECONDS)
            await self._stamp()

    async def _stamp(self) -> None:
        used, self._used = self._used, set()
        if not used:
            return
        try:
            await repository.touch(self._database, used, self._clock.now())
        except (OperationalError, *RAISED_BY_ASYNCPG) as error:
            log.warning("the last use of API keys is not written down: %s", type(error).__name__)
