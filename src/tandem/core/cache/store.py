"""What a level of the cache can do; memory and Redis pass the same tests."""

from dataclasses import dataclass
from typing import Protocol, TypeVar

from tandem.core.cache.codecs import Codec
from tandem.core.cache.entry import Entry, Look, Mark

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StoreStatistics:
    """Counts since the start of the process, and what is held now as far as that is known."""

    hits: int
    misses: int
    stored: int
    refused: int
    """Puts that lost against a newer version or an invalidation."""
    evicted: int
    """Entries dropped to stay within the bounds."""
    errors: int
    """Calls that failed or took too long."""
    skipped: int
    """Calls that were not tried while the breaker was open."""
    entries: int
    bytes: int
    available: bool


class Store(Protocol):
    """One level. No call raises because the level is out of order: it is then empty and takes nothing."""

    async def look(self, key: str, tags: tuple[str, ...], codec: Codec[T]) -> Look[T]:
        """Return what is kept under ``key``, which was put with the same ``tags``."""

    async def put(
        self, key: str, entry: Entry[T], tags: tuple[str, ...], mark: Mark, codec: Codec[T]
    ) -> bool:
        """Keep ``entry`` unless a newer version is there or a tag was invalidated since ``mark``."""

    async def invalidate(self, tag: str) -> bool:
        """Make everything with ``tag`` unusable, also what is being made now; False if that must be repeated."""

    async def clear(self) -> int | None:
        """Drop all entries of ours and return how many; None if that did not work."""

    def statistics(self) -> StoreStatistics:
        """Return counts and sizes."""
