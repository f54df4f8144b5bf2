"""The pace that all machines share. See :mod:`.pace`."""

import asyncio
import logging
import time
from typing import Final, Protocol

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from tandem.core.cache.breaker import Breaker
from tandem.tokimeki.services.quotes.rate import Rate

log = logging.getLogger(__name__)

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
        pool = BlockingConnectionPool.from_url(
            url, max_connections=4, timeout=timeout, socket_timeout=timeout, socket_connect_timeout=timeout,
            retry=Retry(NoBackoff(), 1), health_check_interval=0, client_name="tandem-pace",
        )  # fmt: skip
        self._rate, self._pool, self._timeout = rate, pool, timeout
        client: Redis = Redis(connection_pool=pool)
        self._take, self._stop = client.register_script(_TAKE), client.register_script(_PAUSE)
        self._keys = [f"tandem:pace:{{{host}}}:arrival", f"tandem:pace:{{{host}}}:pause"]
        self._breaker = Breaker(time.monotonic)

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
        await self._pool.disconnect()

    async def _call(self, script: "_Script", keys: list[str], args: list[float]) -> bytes | None:
        if not self._breaker.admits():
            return None
        try:
            async with asyncio.timeout(self._timeout):
                told = await script(keys=keys, args=args)
        except (RedisError, OSError, TimeoutError) as error:
            if self._breaker.failed():
                log.warning(
                    "Redis is out of reach (%s); every machine paces its calls alone", type(error).__name__
                )
            return None
        except BaseException:
            self._breaker.left()
            raise
        self._breaker.succeeded()
        return bytes(str(told), "ascii") if isinstance(told, int) else bytes(told)


class _Script(Protocol):
    async def __call__(self, *, keys: list[str], args: list[float]) -> bytes | int: ...
