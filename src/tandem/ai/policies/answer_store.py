"""Answers as bytes, and a bounded place in memory to keep them.

The store is a small protocol, so that a cache with a second level can take its place.
"""

import random
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

import orjson

from tandem.ai.messages import Delta, Origin, Outcome, TokenUsage

SCHEMA: Final = 1
"""Of the bytes; those of another version are as good as none."""

LIFETIME: Final = 300.0
"""Seconds that an answer is kept; with :data:`JITTER` less, so that answers given together do not end together."""
JITTER: Final = 0.1
MEMORY_LIMIT: Final = 32 * 1024**2
"""Bytes of all answers together, per worker."""
_PER_ENTRY: Final = 300
"""Bytes that an entry takes beside its content, about."""


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """A complete answer. ``pieces`` are what was streamed, neighbouring pieces of plain text joined."""

    origin: Origin
    outcome: Outcome
    pieces: tuple[Delta, ...]


def encode(answer: StoredAnswer) -> bytes:
    """Return ``answer`` as bytes; raises TypeError for one that is not JSON."""
    origin, outcome, usage = answer.origin, answer.outcome, answer.outcome.usage
    return orjson.dumps({
        "schema": SCHEMA,
        "origin": [origin.asked, origin.provider, origin.model, origin.fallback, origin.created],
        "outcome": [outcome.text, outcome.finish_reason, outcome.message],
        "usage": [usage.prompt, usage.completion, usage.estimated],
        "pieces": [[piece.text, piece.wire] for piece in answer.pieces],
    }, default=dict)  # fmt: skip


def decode(data: bytes) -> StoredAnswer | None:
    """Return what :func:`encode` wrote, None for anything else."""
    try:
        found: dict[str, Any] = orjson.loads(data)
        if found["schema"] != SCHEMA:
            return None
        asked, provider, model, fallback, created = found["origin"]
        text, finish_reason, message = found["outcome"]
        return StoredAnswer(
            Origin(asked, provider, model, fallback=fallback, cached=True, created=created),
            Outcome(text, finish_reason, TokenUsage(*found["usage"]), 0, 0.0, None, message),
            tuple(Delta(*piece) for piece in found["pieces"]),
        )
    except (ValueError, KeyError, TypeError):
        return None


def joined(pieces: list[Delta]) -> tuple[Delta, ...]:
    """Return ``pieces`` with runs of plain text in one piece each."""
    kept: list[Delta] = []
    run: list[str] = []
    for piece in pieces:
        if piece.wire is None:
            run.append(piece.text)
            continue
        if run:
            kept.append(Delta("".join(run)))
            run = []
        kept.append(piece)
    if run:
        kept.append(Delta("".join(run)))
    return tuple(kept)


class AnswerStore(Protocol):
    """Keeps bytes for a while. Neither method raises: a store that is out of reach keeps nothing."""

    async def get(self, key: bytes) -> bytes | None:
        """Return what is kept under ``key``."""

    async def put(self, key: bytes, value: bytes) -> None:
        """Keep ``value`` under ``key``."""

    def clear(self) -> None:
        """Forget everything."""


@dataclass(frozen=True, slots=True)
class StoreStatistics:
    """One look at a store in memory; per worker."""

    entries: int
    bytes: int
    limit: int
    evicted: int
    """Entries that had to make room since the start."""


class MemoryStore:
    """Keeps what was used last, up to a number of bytes. For one event loop."""

    def __init__(
        self, now: Callable[[], float], *, limit: int = MEMORY_LIMIT, lifetime: float = LIFETIME
    ) -> None:
        """Keep ``limit`` bytes for ``lifetime`` seconds; ``now()`` tells monotonic seconds."""
        self._now = now
        self._limit, self._lifetime = limit, lifetime
        self._entries: OrderedDict[bytes, tuple[float, bytes]] = OrderedDict()
        self._bytes = self._evicted = 0

    async def get(self, key: bytes) -> bytes | None:
        """Return what is kept under ``key`` and not too old."""
        found = self._entries.get(key)
        if found is None:
            return None
        if found[0] <= self._now():
            self._drop(key)
            return None
        self._entries.move_to_end(key)
        return found[1]

    async def put(self, key: bytes, value: bytes) -> None:
        """Keep ``value``; one that would take more than a quarter of all room is not kept."""
        size = len(value) + _PER_ENTRY
        if size > self._limit // 4:
            return
        if key in self._entries:
            self._drop(key)
        until = self._now() + self._lifetime * (1.0 - random.uniform(0.0, JITTER))
        self._entries[key] = until, value
        self._bytes += size
        while self._bytes > self._limit:
            self._drop(next(iter(self._entries)))
            self._evicted += 1

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
        self._bytes = 0

    def statistics(self) -> StoreStatistics:
        """Return one look."""
        return StoreStatistics(len(self._entries), self._bytes, self._limit, self._evicted)

    def _drop(self, key: bytes) -> None:
        self._bytes -= len(self._entries.pop(key)[1]) + _PER_ENTRY
