"""The first level: this process's memory, bounded by entries and bytes, the least recently used leave first.

For one event loop's thread. Values are kept as they are and shared among readers: they must not be changed.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final, TypeVar

from tandem.core.cache.codecs import Codec
from tandem.core.cache.entry import Entry, Look, Mark
from tandem.core.cache.store import StoreStatistics

T = TypeVar("T")

OVERHEAD: Final = 400
"""Bytes that an entry takes beside its value and key."""

MOST_TAGS: Final = 10_000
"""Invalidated tags remembered one by one; beyond that everything is dropped once."""


class MemoryStore:
    """See the module's text. The methods of :class:`~tandem.core.cache.store.Store` never wait."""

    def __init__(
        self, now: Callable[[], float], *, entries: int = 20_000, size: int = 64 * 1024 * 1024
    ) -> None:
        """Hold at most ``entries`` of together ``size`` bytes; ``now`` gives seconds since the epoch."""
        self._now = now
        self._most, self._limit = entries, size
        self._entries: OrderedDict[str, Entry[Any]] = OrderedDict()
        # Only of the entries that have any: each object that is kept is one more for the collector to walk through.
        self._tags: dict[str, tuple[str, ...]] = {}
        self._by_tag: dict[str, set[str]] = {}
        self._generations: dict[str, int] = {}
        self._floor = self._cleared = 0
        self._size = 0
        self._hits = self._misses = self._stored = self._refused = self._evicted = 0

    def peek(self, key: str) -> Entry[Any] | None:
        """Return what is kept under ``key``, usable or not, as the one used last."""
        found = self._entries.get(key)
        if found is None:
            return None
        self._entries.move_to_end(key)
        return found

    def glance(self, key: str) -> Entry[Any] | None:
        """Return what is kept under ``key``, usable or not, and leave it where it is in the order of leaving."""
        return self._entries.get(key)

    def mark(self, tags: tuple[str, ...]) -> Mark:
        """Return how often all and each tag was invalidated."""
        return (self._cleared, *[self._generations.get(tag, self._floor) for tag in tags])

    async def look(self, key: str, tags: tuple[str, ...], codec: Codec[T]) -> Look[T]:  # noqa: ARG002
        """See :class:`~tandem.core.cache.store.Store`."""
        entry = self.peek(key)
        if entry is not None and entry.kept_until <= self._now():
            self.drop(key)
            entry = None
        if entry is None:
            self._misses += 1
        else:
            self._hits += 1
        return Look(entry, self.mark(tags))

    async def put(
        self, key: str, entry: Entry[T], tags: tuple[str, ...], mark: Mark, codec: Codec[T],  # noqa: ARG002
    ) -> bool:  # fmt: skip
        """See :class:`~tandem.core.cache.store.Store`; refuses also what alone is larger than the bounds."""
        old = self._entries.get(key)
        newer = old is not None and old.version > entry.version and old.kept_until > self._now()
        if newer or mark != self.mark(tags) or _weight(key, entry) > self._limit:
            self._refused += 1
            return False
        self.drop(key)
        self._entries[key] = entry
        if tags:
            self._tags[key] = tags
        self._size += _weight(key, entry)
        for tag in tags:
            self._by_tag.setdefault(tag, set()).add(key)
        self._stored += 1
        while len(self._entries) > self._most or self._size > self._limit:
            self.drop(next(iter(self._entries)))
            self._evicted += 1
        return True

    async def invalidate(self, tag: str) -> bool:
        """See :class:`~tandem.core.cache.store.Store`."""
        if len(self._generations) >= MOST_TAGS and tag not in self._generations:
            self._floor = max(self._generations.values()) + 1
            self._generations.clear()
            self._empty()
        self._generations[tag] = self._generations.get(tag, self._floor) + 1
        for key in self._by_tag.pop(tag, set()).copy():
            self.drop(key)
        return True

    async def clear(self) -> int:
        """See :class:`~tandem.core.cache.store.Store`."""
        return self.empty()

    def empty(self) -> int:
        """Drop everything, also what is being made now; returns how many entries there were."""
        self._cleared += 1
        return self._empty()

    def drop(self, key: str) -> None:
        """Drop one entry."""
        entry = self._entries.pop(key, None)
        if entry is None:
            return
        self._size -= _weight(key, entry)
        for tag in self._tags.pop(key, ()):
            keys = self._by_tag.get(tag)
            if keys is not None:
                keys.discard(key)
                if not keys:
                    del self._by_tag[tag]

    def statistics(self) -> StoreStatistics:
        """Return counts and sizes."""
        return StoreStatistics(
            hits=self._hits, misses=self._misses, stored=self._stored, refused=self._refused, evicted=self._evicted,
            errors=0, skipped=0, entries=len(self._entries), bytes=self._size, available=True,
        )  # fmt: skip

    def _empty(self) -> int:
        count = len(self._entries)
        self._entries.clear()
        self._tags.clear()
        self._by_tag.clear()
        self._size = 0
        return count


def _weight(key: str, entry: Entry[Any]) -> int:
    return entry.size + len(key) + OVERHEAD
