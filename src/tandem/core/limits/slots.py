"""How many streams one caller holds at once, in all workers.

Where workers share, each keeps its own count in Redis, renewed every few seconds, so the streams of a worker that was
killed are free again after :data:`LASTS`. Beginning a stream asks Redis once: a handful cannot be leased in parts.

Fail mode: without Redis each worker counts its own; ``n`` workers may hold ``n`` times as many. Never an error.
"""

import asyncio
import os
import secrets
from collections.abc import Callable
from typing import Any, Final

from tandem.core.limits.sharing import PREFIX
from tandem.core.owned_tasks import ended
from tandem.core.redis_link import RedisLink

LASTS: Final = 15.0
"""Seconds that a worker's word counts."""
RENEWED: Final = 5.0

_SET: Final = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local others = 0
for _, word in ipairs(redis.call('HVALS', KEYS[1])) do
    local count, till = string.match(word, '^(%S+) (%S+)$')
    if tonumber(till) > now then others = others + tonumber(count) end
end
local mine = redis.call('HGET', KEYS[1], ARGV[1])
if mine then
    local count, till = string.match(mine, '^(%S+) (%S+)$')
    if tonumber(till) > now then others = others - tonumber(count) end
end
local wanted = tonumber(ARGV[2])
if ARGV[4] == '1' and others + wanted > tonumber(ARGV[5]) then return -1 - others end
if wanted > 0 then
    redis.call('HSET', KEYS[1], ARGV[1], string.format('%d %.3f', wanted, now + tonumber(ARGV[3])))
    redis.call('PEXPIRE', KEYS[1], math.ceil(tonumber(ARGV[3]) * 1000))
else
    redis.call('HDEL', KEYS[1], ARGV[1])
end
return others
"""


class Slots:
    """The streams of this worker, by holder; a resource. For one event loop."""

    def __init__(self, link: Callable[[], RedisLink | None]) -> None:
        """Share through what ``link`` returns, if anything."""
        self._link = link
        self._held: dict[str, int] = {}
        self._worker = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._changed: dict[str, None] = {}
        self._wake = asyncio.Event()
        self._asking = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin to renew."""
        self._task = asyncio.create_task(self._run(), name="limits-slots")

    async def close(self) -> None:
        """Give up what is held."""
        task, self._task = self._task, None
        if task is not None:
            await ended(task)
        for holder in list(self._held):
            self._held[holder] = 0
            await self._tell(holder)

    def held(self, holder: str) -> int:
        """Return how many ``holder`` has here."""
        return self._held.get(holder, 0)

    async def take(self, holder: str, most: int) -> bool:
        """Take one of ``most``; False if all are taken."""
        # One at a time: counts of this worker must reach Redis in the order in which they came about.
        async with self._asking:
            wanted = self._held.get(holder, 0) + 1
            link = self._link()
            if wanted > most:
                return False
            if link is not None and link.is_up:
                try:
                    others = await self._set(link, holder, wanted, most)
                except BaseException:
                    self._mention(holder)
                    raise
                if others is not None and others < 0:
                    return False
            self._held[holder] = wanted
            return True

    def give_back(self, holder: str) -> None:
        """Free one."""
        left = self._held.get(holder, 0) - 1
        if left > 0:
            self._held[holder] = left
        else:
            self._held.pop(holder, None)
        self._mention(holder)

    def _mention(self, holder: str) -> None:
        self._changed[holder] = None
        self._wake.set()

    async def _set(self, link: RedisLink, holder: str, count: int, most: int | None) -> int | None:
        script = link.script(_SET)
        words: list[Any] = [self._worker, count, LASTS, 0 if most is None else 1, most or 0]
        found = await link.call(lambda: script(keys=[f"{PREFIX}streams:{holder}"], args=words))
        return None if found is None else int(found)

    async def _tell(self, holder: str) -> None:
        async with self._asking:
            if (link := self._link()) is not None:
                await self._set(link, holder, self._held.get(holder, 0), None)

    async def _run(self) -> None:
        while True:
            try:
                async with asyncio.timeout(RENEWED):
                    await self._wake.wait()
            except TimeoutError:
                self._changed.update(dict.fromkeys(self._held))
            self._wake.clear()
            changed = list(self._changed)
            self._changed.clear()
            for holder in changed:
                await self._tell(holder)
