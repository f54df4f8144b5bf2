"""One Redis or Valkey, asked in bounded time and left alone while it fails.

Fail mode: :meth:`RedisLink.call` returns None for a call that failed, took too long, or was not tried because of the last
failures; a failing server is left alone for up to two seconds at a time and found again by itself. Commands that travel
together fail together when the connection does; each of their callers has its own time limit.

The library is loaded with the first link, off no request's path: whoever has no Redis shall not wait for it at every start.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

from tandem.core.cache.breaker import Breaker
from tandem.core.errors import OperationalError

if TYPE_CHECKING:
    from redis.asyncio import BlockingConnectionPool
    from redis.driver_info import DriverInfo

R = TypeVar("R")
Work = Callable[[], Awaitable[R]]

log = logging.getLogger(__name__)

TIMEOUT: Final = 0.1
"""Seconds that one call may take, connecting included."""

CONNECTIONS: Final = 16

TOGETHER: Final = 64
"""Commands of one pipeline at most."""


class RedisLink:
    """See the module's text. For one event loop."""

    def __init__(
        self, url: str, *, name: str, consequence: str, monotonic: Callable[[], float], timeout: float = TIMEOUT,
    ) -> None:  # fmt: skip
        """Connect to ``url`` as ``name`` when first needed; ``consequence`` is what a loss means, for the log."""
        from redis.asyncio import Redis  # noqa: PLC0415 - see the module's text
        from redis.exceptions import RedisError  # noqa: PLC0415

        self._pool = _pool(url, name, timeout)
        self.client: Redis = Redis(connection_pool=self._pool)
        self._failures = (RedisError, OSError, TimeoutError, ValueError)
        self.timeout = timeout
        self.errors = self.skipped = 0
        """Calls that failed or took too long; calls that were not tried."""
        self._waiting: deque[tuple[tuple[Any, ...], asyncio.Future[Any]]] = deque()
        self._carrier: asyncio.Task[None] | None = None
        self._closed = False
        self._consequence = consequence
        self._breaker = Breaker(monotonic)

    @property
    def is_up(self) -> bool:
        """Whether it is taken to be well."""
        return self._breaker.is_closed

    async def close(self) -> None:
        """Close all connections; commands under way and later ones fail."""
        self._closed = True
        if self._carrier is not None:
            self._carrier.cancel()
            await asyncio.gather(self._carrier, return_exceptions=True)
        await self._pool.disconnect()

    async def ping(self) -> None:
        """Raise OperationalError while it does not answer."""
        if await self.call(lambda: self.command("PING")) is None:
            raise OperationalError(f"Redis does not answer; {self._consequence}")

    def script(self, text: str) -> Any:
        """Return ``text`` as something to call with ``keys`` and ``args``."""
        return self.client.register_script(text)

    async def command(self, *words: Any) -> Any:
        """Do one command, within :meth:`call`.

        What is asked while others are under way travels together: the client spends more on a round trip than Redis does.
        """
        if self._closed:
            raise ConnectionError("the connection to Redis was closed")
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((words, answer))
        if self._carrier is None:
            self._carrier = asyncio.create_task(self._carry(), name="redis")
        return await answer

    async def _carry(self) -> None:
        """Take what waits to Redis, until nothing does."""
        taken: list[tuple[tuple[Any, ...], asyncio.Future[Any]]] = []
        try:
            while self._waiting:
                taken = [self._waiting.popleft() for _ in range(min(TOGETHER, len(self._waiting)))]
                # A caller whose time is over has gone.
                taken = [one for one in taken if not one[1].done()]
                for (_, answer), result in zip(taken, await self._results(taken), strict=True):
                    if not answer.done():
                        if isinstance(result, Exception):
                            answer.set_exception(result)
                        else:
                            answer.set_result(result)
        finally:
            self._carrier = None
            for _, answer in taken:
                if not answer.done():
                    answer.set_exception(ConnectionError("the connection to Redis was closed"))

    async def _results(self, taken: list[tuple[tuple[Any, ...], asyncio.Future[Any]]]) -> list[Any]:
        """Return what Redis answers to each command, or the error that took its place."""
        try:
            if len(taken) == 1:
                return [await self.client.execute_command(*taken[0][0])]  # type: ignore[no-untyped-call]  # redis-py has no types here
            async with self.client.pipeline(transaction=False) as pipeline:
                for words, _ in taken:
                    pipeline.execute_command(*words)
                return list(await pipeline.execute(raise_on_error=False))
        except self._failures as error:
            return [error] * len(taken)

    async def call(self, work: Work[R]) -> R | None:
        """Do ``work`` within the time limit; None when it failed or was not tried."""
        if not self._breaker.admits():
            self.skipped += 1
            return None
        try:
            async with asyncio.timeout(self.timeout):
                result = await work()
        except self._failures as error:
            self.errors += 1
            if self._breaker.failed():
                log.warning("Redis is out of reach (%s); %s", type(error).__name__, self._consequence)
            return None
        except BaseException:
            self._breaker.left()
            raise
        if self._breaker.succeeded():
            log.warning("Redis is back")
        return result


def _pool(url: str, name: str, timeout: float) -> "BlockingConnectionPool":
    from redis.asyncio import BlockingConnectionPool  # noqa: PLC0415 - see the module's text
    from redis.asyncio.retry import Retry  # noqa: PLC0415
    from redis.backoff import NoBackoff  # noqa: PLC0415

    return BlockingConnectionPool.from_url(
        url, max_connections=CONNECTIONS, timeout=timeout, socket_timeout=timeout, socket_connect_timeout=timeout,
        retry=Retry(NoBackoff(), 1), health_check_interval=0, client_name=name, driver_info=_driver(),
    )  # fmt: skip


@cache
def _driver() -> "DriverInfo":
    """Made once: the library would read its package's files for every new connection, on the event loop."""
    from redis.driver_info import DriverInfo  # noqa: PLC0415 - see the module's text

    return DriverInfo()
