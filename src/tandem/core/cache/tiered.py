"""The cache that services use: memory first, then Redis where there is one, then the work itself, done once.

A value is *fresh*, then for a while *stale* (given at once while one task makes a new one), then only better than an
error. A reader names the version of the data that it knows: an older value is never given as current.

Fail mode: without Redis, memory alone. Redis can make an answer later by its time limit, never wrong and never
an error. An invalidation reaches other processes' memory only when what they hold there has ended: give values that
several processes invalidate a version instead, or keep ``fresh`` short (docs/adr/0013). With Redis and a lifetime's ``alone``
one process makes a value that others wait for.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, Literal, TypeVar

from tandem.core.cache.codecs import Codec
from tandem.core.cache.entry import Entry, Lifetime, Mark, new_entry
from tandem.core.cache.flight import Flights
from tandem.core.cache.memory import MemoryStore
from tandem.core.cache.redis import RedisStore
from tandem.core.cache.store import StoreStatistics
from tandem.core.errors import OperationalError

T = TypeVar("T")

State = Literal["hit", "miss", "stale"]


class UnansweredError(Exception):
    """For work that fails in a way of its own, and may be stood in for."""


FIRST_LOOK: Final = 0.005
LONGEST_LOOK: Final = 0.1
"""Seconds between looks for what another process is making."""

WORTH_HIDING = (OperationalError, OSError, TimeoutError, UnansweredError)
"""Errors instead of which an old value is given; everything else is a mistake of ours or of the caller."""


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """A value and where it came from: found and current, made for this call, or older than asked for."""

    value: T
    state: State
    made: float
    """Seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class CacheStatistics:
    """Counts since the start of the process."""

    hits: int
    """Readers that were given a current value without work."""
    misses: int
    """Values that had to be made."""
    stale: int
    """Readers that were given an old value."""
    joined: int
    """Readers that waited for work that another had begun."""
    waited: int
    """Values that another process was making, and that were waited for."""
    failed: int
    """Work that ended in an error."""
    under_way: int
    memory: StoreStatistics
    shared: StoreStatistics | None


class TieredCache:
    """See the module's text. For one event loop."""

    def __init__(self, memory: MemoryStore, shared: RedisStore | None, now: Callable[[], float]) -> None:
        """Put ``memory`` before ``shared``; ``now`` gives seconds since the epoch."""
        self.memory = memory
        self.shared = shared
        self._now = now
        self._flights = Flights()
        self._hits = self._misses = self._stale = self._failed = self._waited = 0

    async def open(self) -> None:
        """Nothing to open: connections are made when they are needed."""

    async def close(self) -> None:
        """Cancel what is being made and close the connections."""
        await self._flights.close()
        if self.shared is not None:
            await self.shared.close()

    async def ping(self) -> None:
        """Raise OperationalError while Redis is configured and does not answer."""
        if self.shared is not None:
            await self.shared.ping()

    async def get(
        self, key: str, codec: Codec[T], *, version: int = 0, tags: tuple[str, ...] = ()
    ) -> Found[T] | None:
        """Return the value if it is fresh and of at least ``version``; None otherwise (a cached None is Found)."""
        entry = self._fresh(self.memory.peek(key), version) or await self._fetch(key, codec, version, tags)
        return None if entry is None else self._hit(entry)

    async def get_or_load(  # noqa: PLR0913 - what, how it is kept, and for whom
        self, key: str, load: Callable[[], Awaitable[T]], *, codec: Codec[T], lifetime: Lifetime, version: int = 0,
        tags: tuple[str, ...] = (),
    ) -> Found[T]:  # fmt: skip
        """Return the value, made by ``load`` if it is not there; at most one ``load`` per key and version runs.

        ``version`` is what the reader knew before; the value that ``load`` makes is taken to be of that version.
        Raises what ``load`` raises, unless an older value may stand in for :data:`WORTH_HIDING`.
        """
        entry: Entry[T] | None = self.memory.peek(key)
        if (fresh := self._fresh(entry, version)) is not None:
            return self._hit(fresh)
        request = _Request(key, load, codec, lifetime, version, tags)
        flight = f"{version}:{key}"
        if entry is not None and entry.version >= version and self._now() < entry.stale_until:
            self._flights.start(flight, lambda: self._load(request))
            self._stale += 1
            return Found(entry.value, "stale", entry.made)
        return await self._flights.run(flight, lambda: self._load(request))

    async def put(  # noqa: PLR0913 - as above
        self, key: str, value: T, *, codec: Codec[T], lifetime: Lifetime, version: int = 0,
        tags: tuple[str, ...] = (), marks: tuple[Mark, Mark | None] | None = None,
    ) -> Entry[T]:  # fmt: skip
        """Keep ``value`` in both levels; each refuses it if it holds a newer version or ``marks`` are outdated."""
        size = len(codec.encode(value))
        entry = new_entry(value, size=size, version=version, now=self._now(), lifetime=lifetime)
        mine, theirs = marks or (self.memory.mark(tags), None)
        await self.memory.put(key, entry, tags, mine, codec)
        if self.shared is not None:
            if marks is None:
                theirs = (await self.shared.look(key, tags, codec)).mark
            if theirs is not None:
                await self.shared.put(key, entry, tags, theirs, codec)
        return entry

    async def invalidate(self, tag: str) -> bool:
        """Make everything with ``tag`` unusable; False if Redis missed it and will be told later."""
        await self.memory.invalidate(tag)
        return self.shared is None or await self.shared.invalidate(tag)

    async def clear(self) -> int | None:
        """Drop everything of ours in both levels; the number of entries, None if Redis did not answer."""
        count = await self.memory.clear()
        if self.shared is None:
            return count
        shared = await self.shared.clear()
        return None if shared is None else max(count, shared)

    def statistics(self) -> CacheStatistics:
        """Return counts of this process."""
        return CacheStatistics(
            hits=self._hits, misses=self._misses, stale=self._stale, joined=self._flights.joined, waited=self._waited,
            failed=self._failed, under_way=len(self._flights), memory=self.memory.statistics(),
            shared=None if self.shared is None else self.shared.statistics(),
        )  # fmt: skip

    def _hit(self, entry: Entry[T]) -> Found[T]:
        self._hits += 1
        return Found(entry.value, "hit", entry.made)

    def _fresh(self, entry: Entry[T] | None, version: int) -> Entry[T] | None:
        if entry is None or entry.version < version or self._now() >= entry.fresh_until:
            return None
        return entry

    async def _fetch(self, key: str, codec: Codec[T], version: int, tags: tuple[str, ...]) -> Entry[T] | None:
        """Look into Redis and keep what is found there in memory."""
        if self.shared is None:
            return None
        mark = self.memory.mark(tags)
        entry = self._fresh((await self.shared.look(key, tags, codec)).entry, version)
        if entry is not None:
            await self.memory.put(key, entry, tags, mark, codec)
        return entry

    async def _load(self, request: "_Request[T]") -> Found[T]:
        key, codec, tags = request.key, request.codec, request.tags
        old: Entry[T] | None = self.memory.peek(key)
        mine, theirs = self.memory.mark(tags), None
        if self.shared is not None:
            look = await self.shared.look(key, tags, codec)
            theirs = look.mark
            if (entry := self._fresh(look.entry, request.version)) is not None:
                await self.memory.put(key, entry, tags, mine, codec)
                return self._hit(entry)
            old = old or look.entry
            if theirs is not None and request.lifetime.alone:
                return await self._alone(self.shared, request, old, (mine, theirs))
        return await self._make(request, old, (mine, theirs))

    async def _alone(
        self,
        shared: RedisStore,
        request: "_Request[T]",
        old: Entry[T] | None,
        marks: tuple[Mark, Mark | None],
    ) -> Found[T]:
        """Make the value as the only process, or wait for the one that does.

        Who waits looks again after 5 ms, then at growing and random times. When the other's claim ends without a value
        (it failed, or died), the next one claims; without Redis, each makes its own.
        """
        pause = FIRST_LOOK
        while (token := await shared.claim(request.key, request.lifetime.alone)) == "":
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))
            pause = min(LONGEST_LOOK, pause * 1.5)
            look = await shared.look(request.key, request.tags, request.codec)
            if (entry := self._fresh(look.entry, request.version)) is not None:
                await self.memory.put(request.key, entry, request.tags, marks[0], request.codec)
                self._waited += 1
                return self._hit(entry)
            if look.mark is None:
                break
        try:
            return await self._make(request, old, marks)
        finally:
            if token:
                # A caller that is cancelled must not leave the others waiting for the claim's end.
                self._flights.start(f"release:{token}", lambda: shared.release(request.key, token or ""))

    async def _make(
        self, request: "_Request[T]", old: Entry[T] | None, marks: tuple[Mark, Mark | None]
    ) -> Found[T]:
        key, codec = request.key, request.codec
        try:
            value = await request.load()
        except WORTH_HIDING:
            self._failed += 1
            if old is None or self._now() >= old.kept_until:
                raise
            self._stale += 1
            return Found(old.value, "stale", old.made)
        except BaseException:
            self._failed += 1
            raise
        self._misses += 1
        put = await self.put(
            key, value, codec=codec, lifetime=request.lifetime, version=request.version, tags=request.tags,
            marks=marks,
        )  # fmt: skip
        return Found(value, "miss", put.made)


@dataclass(frozen=True, slots=True)
class _Request(Generic[T]):
    key: str
    load: Callable[[], Awaitable[T]]
    codec: Codec[Any]
    lifetime: Lifetime
    version: int
    tags: tuple[str, ...]
