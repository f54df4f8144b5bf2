"""How often a host may be asked, by all workers together.

The rule is GCRA, a token bucket kept as one moment: the theoretical arrival time of the next call. Whoever comes takes
the next place and is told how long to wait for it; whoever would wait longer than his patience takes none. A host that
says "too many requests" pauses everybody.

Three places hold that moment. Redis, where it is configured: all machines. Else a file in the directory that the
workers of one server share: one machine. Else the process. Fail mode: a place that is lost is replaced by the next
smaller one, so the host may then be asked more often by as many times as there are workers or machines, never without
any bound; no call fails because a place is lost.
"""

import asyncio
import fcntl
import logging
import os
import struct
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, Self

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from tandem.core.cache.breaker import Breaker

log = logging.getLogger(__name__)

REFUSED: Final = -1.0
"""Told to whoever would have to wait too long."""


@dataclass(frozen=True, slots=True)
class Rate:
    """``per_minute`` calls, of which ``burst`` may come at once; nobody waits longer than ``patience`` seconds."""

    per_minute: float
    burst: int
    patience: float

    @property
    def interval(self) -> float:
        """Seconds between two calls."""
        return 60.0 / self.per_minute

    def place(self, arrival: float, pause: float, now: float) -> tuple[float, float]:
        """Return (seconds to wait or REFUSED, the new arrival time); ``pause``: nobody calls before."""
        # No honest arrival lies further ahead; one that does was written by another clock.
        begin = max(min(arrival, now + self.interval * self.burst + self.patience), now)
        wait = max(begin - now - self.interval * (self.burst - 1), pause - now, 0.0)
        if wait > self.patience:
            return REFUSED, arrival
        return wait, begin + self.interval


class Pace(Protocol):
    """One place that holds the moment."""

    async def take(self) -> float | None:
        """Return the seconds to wait, REFUSED, or None while this place is out of reach."""

    async def pause(self, seconds: float) -> None:
        """Let nobody call for ``seconds``."""

    async def close(self) -> None:
        """Let go of everything."""


class ProcessPace:
    """For one process."""

    def __init__(self, rate: Rate) -> None:
        """Begin with a full bucket."""
        self._rate = rate
        self._arrival = self._pause = 0.0

    async def take(self) -> float | None:
        """See the protocol."""
        wait, self._arrival = self._rate.place(self._arrival, self._pause, time.monotonic())
        return wait

    async def pause(self, seconds: float) -> None:
        """See the protocol."""
        self._pause = max(self._pause, time.monotonic() + seconds)

    async def close(self) -> None:
        """See the protocol."""


class FilePace:
    """For the workers of one server: two moments of the machine's monotonic clock in a locked file."""

    _FORM: Final = struct.Struct("<dd")

    def __init__(self, rate: Rate, path: Path) -> None:
        """Use ``path``; made when it is missing."""
        self._rate, self._path = rate, path

    async def take(self) -> float | None:
        """See the protocol; the lock is held for microseconds."""
        try:
            with _Locked(self._path) as file:
                arrival, pause = self._read(file)
                wait, arrival = self._rate.place(arrival, pause, time.monotonic())
                os.pwrite(file, self._FORM.pack(arrival, pause), 0)
        except OSError:
            return None
        return wait

    async def pause(self, seconds: float) -> None:
        """See the protocol."""
        try:
            with _Locked(self._path) as file:
                arrival, pause = self._read(file)
                os.pwrite(file, self._FORM.pack(arrival, max(pause, time.monotonic() + seconds)), 0)
        except OSError:
            log.warning("the shared pace cannot be written; this worker alone pauses")

    async def close(self) -> None:
        """See the protocol."""

    def _read(self, file: int) -> tuple[float, float]:
        content = os.pread(file, self._FORM.size, 0)
        if len(content) < self._FORM.size:
            return 0.0, 0.0
        arrival, pause = self._FORM.unpack(content)
        return arrival, pause


class _Locked:
    """An open file that nobody else has locked."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = -1

    def __enter__(self) -> int:
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        return self._file

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._file)  # and with it the lock


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


class HostPace:
    """The places in their order; see the module's text."""

    def __init__(self, *places: Pace) -> None:
        """Ask the first of ``places`` that can be reached; the last one is the process's own."""
        self._places = places

    @classmethod
    def of(cls, rate: Rate, host: str, *, redis_url: str | None, shared: Path | None) -> Self:
        """Build for ``host``; ``shared``: the directory of one server's workers."""
        places: list[Pace] = [ProcessPace(rate)]
        if shared is not None:
            places.insert(0, FilePace(rate, shared / "quotes-pace"))
        if redis_url is not None:
            places.insert(0, RedisPace(rate, redis_url, host))
        return cls(*places)

    async def take(self) -> float:
        """Return the seconds to wait before the call, or REFUSED."""
        for place in self._places:
            wait = await place.take()
            if wait is not None:
                return wait
        raise AssertionError("the process's own pace is always there")

    async def pause(self, seconds: float) -> None:
        """Let nobody call for ``seconds``."""
        for place in self._places:
            await place.pause(seconds)

    async def close(self) -> None:
        """Let go of everything."""
        for place in self._places:
            await place.close()
