"""The second level: Redis or Valkey, shared by all processes of one namespace.

Key ``<namespace>e:<key>`` holds an entry, ``<namespace>g:<tag>`` how often a tag was invalidated, ``<namespace>c:<key>`` who makes a value just now, ``<namespace>t:...`` what
an operator's test wrote for some seconds; an entry whose
generations are not the present ones is no entry. Nothing else is touched, and ``clear`` removes these only.

Fail mode: every call is bounded in time; a failing server is left alone for up to two seconds at a time (it is
then as if it were empty) and found again by itself. Invalidations that it missed are repeated before it is
believed again.
"""

import secrets
from collections.abc import Callable
from typing import Any, Final, TypeVar

import orjson

from tandem.core.cache.codecs import Codec
from tandem.core.cache.entry import LONGEST_SECONDS, Entry, Look, Mark
from tandem.core.cache.store import StoreStatistics
from tandem.core.errors import OperationalError
from tandem.core.redis_link import CONNECTIONS, TIMEOUT, RedisLink, Work

T = TypeVar("T")
R = TypeVar("R")

__all__ = ["CONNECTIONS", "EVERYTHING", "RedisStore"]

EVERYTHING: Final = "*"
"""The tag that every entry has."""

MOST_MISSED: Final = 1_000
"""Missed invalidations remembered one by one; more become one of everything."""

BATCH: Final = 500
GENERATION_MS: Final = int((LONGEST_SECONDS + 86_400) * 1000)

_PUT: Final = """
for i = 2, #KEYS do
    if (redis.call('GET', KEYS[i]) or '0') ~= ARGV[i + 2] then return 0 end
end
local kept = tonumber(string.match(redis.call('GETRANGE', KEYS[1], 0, 19), '^(%d+)\\n'))
if kept and kept > tonumber(ARGV[3]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""

_RELEASE: Final = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end return 1"


class RedisStore:
    """See the module's text, and :class:`~tandem.core.cache.store.Store` for the methods."""

    def __init__(
        self, url: str, namespace: str, *, now: Callable[[], float], monotonic: Callable[[], float],
        timeout: float = TIMEOUT,
    ) -> None:  # fmt: skip
        """Use ``url`` under keys that begin with ``namespace``; ``now`` gives seconds since the epoch."""
        self._link = RedisLink(
            url, name="tandem-cache", consequence="every process caches for itself", monotonic=monotonic, timeout=timeout
        )  # fmt: skip
        self._release = self._link.script(_RELEASE)
        self._command = self._link.command
        self._namespace = namespace
        self._now = now
        self._missed: set[str] = set()
        self._hits = self._misses = self._stored = self._refused = 0

    async def close(self) -> None:
        """Close all connections."""
        await self._link.close()

    async def ping(self) -> None:
        """Raise OperationalError while Redis does not answer."""
        if await self._call(lambda: self._command("PING")) is None:
            raise OperationalError("Redis does not answer; every process caches for itself")

    async def round_trip(self, value: bytes) -> tuple[str, bytes]:
        """Write ``value`` under a key of its own for ten seconds, read it back; raises OperationalError."""
        key = f"{self._namespace}t:{secrets.token_hex(8)}"

        async def work() -> bytes:
            await self._command("SET", key, value, "EX", 10)
            return bytes(await self._command("GET", key) or b"")

        read = await self._call(work)
        if read is None:
            raise OperationalError("Redis does not answer")
        return key, read

    async def look(self, key: str, tags: tuple[str, ...], codec: Codec[T]) -> Look[T]:
        """See :class:`~tandem.core.cache.store.Store`."""
        names = [self._entry(key), *self._generations(tags)]
        found = await self._call(lambda: self._command("MGET", *names))
        if found is None:
            return Look(None, None)
        mark = tuple([int(one or 0) for one in found[1:]])
        entry = _read(found[0], mark, codec) if found[0] is not None else None
        if entry is not None and entry.kept_until <= self._now():
            entry = None
        if entry is None:
            self._misses += 1
        else:
            self._hits += 1
        return Look(entry, mark)

    async def claim(self, key: str, seconds: float) -> str | None:
        """Claim the making of ``key`` for ``seconds``: a token, empty if another has the claim; None without Redis."""
        token = secrets.token_hex(8)

        async def work() -> str:
            words = (self._claim(key), token, "NX", "PX", int(seconds * 1000))
            return token if await self._command("SET", *words) else ""

        return await self._call(work)

    async def release(self, key: str, token: str) -> None:
        """Give a claim back, unless it has ended and is another's by now."""
        await self._call(lambda: self._release(keys=[self._claim(key)], args=[token]))

    async def put(
        self, key: str, entry: Entry[T], tags: tuple[str, ...], mark: Mark, codec: Codec[T]
    ) -> bool:
        """See :class:`~tandem.core.cache.store.Store`."""
        lasts = int((entry.kept_until - self._now()) * 1000)
        if lasts <= 0:
            return False
        names = [self._entry(key), *self._generations(tags)]
        content = _written(entry, mark, codec)
        done = await self._call(
            # The text each time: a script that is only named cannot travel with others, for it may be unknown.
            lambda: self._command(
                "EVAL", _PUT, len(names), *names, content, lasts, entry.version, *map(str, mark)
            )
        )
        if done is not None:
            self._stored, self._refused = self._stored + int(done), self._refused + 1 - int(done)
        return bool(done)

    async def invalidate(self, tag: str) -> bool:
        """See :class:`~tandem.core.cache.store.Store`; what could not be told now is told later."""
        if await self._call(lambda: self._raise([tag])) is not None:
            return True
        if len(self._missed) >= MOST_MISSED:
            self._missed = {EVERYTHING}
        self._missed.add(tag)
        return False

    async def clear(self) -> int | None:
        """Drop everything of this namespace, batch by batch; returns how many entries."""
        if not await self.invalidate(EVERYTHING):
            return None
        pattern = "".join(f"\\{one}" if one in "*?[]\\^-" else one for one in self._namespace) + "e:*"
        cursor, dropped = b"0", 0
        while True:
            found = await self._call(self._scan(cursor, pattern))
            if found is None:
                return None
            cursor, names = found
            if names:
                dropped += int(await self._call(self._unlink(names)) or 0)
            if int(cursor) == 0:
                return dropped

    def statistics(self) -> StoreStatistics:
        """Return counts; what Redis holds in all is not asked."""
        return StoreStatistics(
            hits=self._hits, misses=self._misses, stored=self._stored, refused=self._refused, evicted=0,
            errors=self._link.errors, skipped=self._link.skipped, entries=0, bytes=0, available=self._link.is_up,
        )  # fmt: skip

    def _scan(self, cursor: Any, pattern: str) -> Work[Any]:
        return lambda: self._command("SCAN", cursor, "MATCH", pattern, "COUNT", BATCH)

    def _unlink(self, names: list[bytes]) -> Work[Any]:
        return lambda: self._command("UNLINK", *names)

    def _entry(self, key: str) -> str:
        return f"{self._namespace}e:{key}"

    def _claim(self, key: str) -> str:
        return f"{self._namespace}c:{key}"

    def _generations(self, tags: tuple[str, ...]) -> list[str]:
        return [f"{self._namespace}g:{tag}" for tag in (EVERYTHING, *tags)]

    async def _raise(self, tags: list[str]) -> bool:
        async with self._link.client.pipeline(transaction=True) as pipeline:
            for tag in tags:
                name = f"{self._namespace}g:{tag}"
                pipeline.incr(name)
                pipeline.pexpire(name, GENERATION_MS)
            await pipeline.execute()
        return True

    async def _call(self, work: Work[R]) -> R | None:
        """Do ``work`` within the time limit, after invalidations that were missed; None when it failed or was not tried."""

        async def after_missed() -> R:
            if self._missed:
                missed = list(self._missed)
                await self._raise(missed)
                self._missed.difference_update(missed)
            return await work()

        return await self._link.call(after_missed)


def _written(entry: Entry[T], mark: Mark, codec: Codec[T]) -> bytes:
    head = orjson.dumps(
        {
            "s": codec.schema, "g": mark, "m": entry.made, "f": entry.fresh_until, "u": entry.stale_until,
            "k": entry.kept_until,
        }
    )  # fmt: skip
    return b"%d\n%b\n%b" % (entry.version, head, codec.encode(entry.value))


def _read(content: bytes, mark: Mark, codec: Codec[T]) -> Entry[T] | None:
    """Return the entry, None for one that was invalidated, has another form, or is not ours at all."""
    try:
        version, head, value = content.split(b"\n", 2)
        told = orjson.loads(head)
        if told["s"] != codec.schema or tuple(told["g"]) != mark:
            return None
        moments = [float(told[name]) for name in "mfuk"]
        return Entry(codec.decode(value), len(value), int(version), *moments)
    except (ValueError, TypeError, KeyError):
        return None
