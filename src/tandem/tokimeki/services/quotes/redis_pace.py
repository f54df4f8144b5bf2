"""The pace that all machines share. See :mod:`.pace`."""

import time
from typing import Final, Protocol

from tandem.core.redis_link import RedisLink
from tandem.tokimeki.services.quotes.rate import Rate

_TAKE: Final = """
local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000
local arrival = tonumber(redis.call('GET', KEYS[1]) or '0')
local pause = tonumber(redis.call('GET', KEYS[2]) or '0')
local interval, burst, patience = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local begin = math.max(arrival, now)
local wait = math.max(begin - now - interval * (burst - 1), pause - now, 0)
if wait > patience then return '-1' end
redis.call('SET', KEYS[1], string.format('%.6f', begin + interval), 'PX', math.ceil((begin - now + interval * burst) * 1000) + 60000)
return string.format('%.6f', wait)
"""
_PAUSE: Final = """
local clock = redis.call('TIME')
local pause = tonumber(clock[1]) + tonumber(clock[2]) / 1000000 + tonumber(ARGV[1])
if pause > tonumber(redis.call('GET', KEYS[1]) or '0') then
    redis.call('SET', KEYS[1], string.format('%.6f', pause), 'PX', math.ceil(tonumber(ARGV[1]) * 1000) + 1000)
end
return 1
"""


class RedisPace:
    """For all machines; time is Redis's own. A failing server is left alone for up to two seconds at a time."""

    def __init__(self, rate: Rate, url: str, host: str, *, timeout: float = 0.1) -> None:
        """Pace calls to ``host``; one step takes at most ``timeout`` seconds."""
        self._link = RedisLink(
            url, name="tandem-pace", consequence="every machine paces its calls alone", monotonic=time.monotonic,
            timeout=timeout,
        )  # fmt: skip
        self._rate = rate
        self._take, self._stop = self._link.script(_TAKE), self._link.script(_PAUSE)
        self._keys = [f"tandem:pace:{{{host}}}:arrival", f"tandem:pace:{{{host}}}:pause"]

    async def take(self) -> float | None:
        """See the protocol."""
        rate = self._rate
        told = await self._call(self._take, self._keys, [rate.interval, rate.burst, rate.patience])
        return None if told is None else float(told)

    async def pause(self, seconds: float) -> None:
        """See the protocol; missed while Redis is out of reach."""
        await self._call(self._stop, self._keys[1:], [seconds])

    async def close(self) -> None:
        """See the protocol."""
        await self._link.close()

    async def _call(self, script: "_Script", keys: list[str], args: list[float]) -> bytes | None:
        told = await self._link.call(lambda: script(keys=keys, args=args))
        if told is None or isinstance(told, bytes):
            return told
        return bytes(str(told), "ascii")


class _Script(Protocol):
    async def __call__(self, *, keys: list[str], args: list[float]) -> bytes | int: ...
