"""PostgreSQL through a pool that waits for a free connection instead of failing, and never for ever."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, Self

import asyncpg

from tandem.core.database.connection import DatabaseConnection
from tandem.core.database.connector import ConnectionLimits, Connector
from tandem.core.database.dsn import asyncpg_dsn, safe_dsn
from tandem.core.database.failures import RAISED_BY_ASYNCPG, unavailable
from tandem.core.database.statistics import PoolStatistics
from tandem.core.errors import DatabaseUnavailableError, PoolExhaustedError

__all__ = ["Database", "DatabaseConnection", "PoolStatistics", "asyncpg_dsn", "safe_dsn"]

log = logging.getLogger(__name__)

RELEASE_TIMEOUT: Final = 1.0
"""Seconds that a connection is given to end a cancelled query; then it is cut."""

CLOSE_TIMEOUT: Final = 5.0
"""Seconds that connections in use are given at :meth:`Database.close`; then they are cut."""

IDLE_LIFETIME: Final = 300.0
"""Seconds after which a connection that nobody used is closed, so that a quiet worker holds none."""


class Database:
    """A pool of connections to one PostgreSQL database.

    Opening never fails: a database that is down is found at the first query, and connecting is tried again
    with each one. Every failure of the server is raised as DatabaseUnavailableError, a pool that stays full
    for ``acquire_timeout`` as PoolExhaustedError. To be used from one event loop; safe for many tasks.
    """

    def __init__(  # noqa: PLR0913 - each is a limit with a name
        self,
        dsn: str | Callable[[], str],
        *,
        min_size: int = 0,
        max_size: int = 10,
        acquire_timeout: float = 5.0,
        connect_timeout: float = 2.0,
        command_timeout: float = 10.0,
        lock_timeout: float = 5.0,
        statement_cache_size: int = 100,
        application_name: str = "tandem",
        ensure: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Prepare the pool; nothing is connected yet. All times in seconds.

        Args:
            dsn: where the database is; a function is asked anew for each connection.
            min_size: connections made ahead, in the background, when opening.
            max_size: connections open at once; with all workers and jobs below the server's limit.
            acquire_timeout: how long a caller waits for a free connection.
            connect_timeout: how long making one connection may take.
            command_timeout: how long one command may take; the server itself gives up a little earlier.
            lock_timeout: how long a command waits for a lock.
            statement_cache_size: prepared statements kept per connection; 0 behind PgBouncer's transaction
                pooling.
            application_name: how ``pg_stat_activity`` names the connections.
            ensure: called in the background when connecting fails, one call at a time; used to start the
                embedded server again.

        Raises:
            ConfigurationError: ``dsn`` is a text that does not name a PostgreSQL database.
        """
        self._connector = Connector(
            dsn,
            ConnectionLimits(connect_timeout, command_timeout, lock_timeout),
            application_name=application_name,
            statement_cache_size=statement_cache_size,
            ensure=ensure,
        )
        self._min_size, self._max_size = min(min_size, max_size), max_size
        self._acquire_timeout = acquire_timeout
        self._connect_timeout = connect_timeout
        self._pool: Any = None
        self._warming: asyncio.Task[None] | None = None
        self._waiting = self._acquired = self._exhausted = 0

    async def __aenter__(self) -> Self:
        """Open."""
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close."""
        await self.close()

    async def open(self) -> None:
        """Get ready to lend connections; does not fail when the server is down."""
        if self._pool is not None:
            return
        self._pool = await asyncpg.create_pool(
            min_size=0,
            max_size=self._max_size,
            max_inactive_connection_lifetime=IDLE_LIFETIME,
            connect=self._for_pool,
            connection_class=DatabaseConnection,
        )
        if self._min_size:
            self._warming = asyncio.create_task(self._warm(), name="database-warm")

    async def close(self) -> None:
        """Wait a little for connections in use, then close all; later queries find the database unavailable."""
        await self._connector.recovery.close()
        if self._warming is not None:
            self._warming.cancel()
            await asyncio.wait([self._warming])
        pool, self._pool = self._pool, None
        if pool is None:
            return
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await pool.close()
        except TimeoutError:
            log.warning("connections were still in use after %g s and were cut", CLOSE_TIMEOUT)
        except (OSError, *RAISED_BY_ASYNCPG):
            log.debug("the pool was cut: the server is gone", exc_info=True)

    async def ping(self) -> None:
        """Raise DatabaseUnavailableError or PoolExhaustedError unless a trivial query is answered."""
        await self.execute("SELECT 1", timeout=self._connect_timeout)

    def statistics(self) -> PoolStatistics:
        """Return one look at the pool."""
        pool = self._pool
        size = pool.get_size() if pool else 0
        return PoolStatistics(
            max_size=self._max_size,
            size=size,
            in_use=size - pool.get_idle_size() if pool else 0,
            waiting=self._waiting,
            acquired=self._acquired,
            exhausted=self._exhausted,
            failed_connects=self._connector.failures,
            wakings=self._connector.recovery.attempts,
        )

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[DatabaseConnection]:
        """Lend a connection; it goes back when the block ends, also when its task is cancelled.

        Raises PoolExhaustedError or DatabaseUnavailableError. Never keep one over a call to anything else.
        """
        pool = self._pool
        if pool is None:
            raise DatabaseUnavailableError("the database pool is not open")
        held = await self._acquire(pool)
        try:
            yield held
        except RAISED_BY_ASYNCPG as error:
            # Cursors and prepared statements are not wrapped call by call.
            told = unavailable(error, closed=_is_gone(held))
            if told is None:
                raise
            raise told from error
        finally:
            await _release(pool, held)

    @asynccontextmanager
    async def transaction(self, **options: Any) -> AsyncIterator[DatabaseConnection]:
        """Lend a connection inside a transaction, committed at the end of the block, rolled back on an error.

        ``options`` are asyncpg's: ``isolation``, ``readonly``, ``deferrable``.
        """
        async with self.connection() as connection, connection.transaction(**options):
            yield connection

    async def fetch(self, query: str, *args: Any, timeout: float | None = None) -> list[Any]:  # noqa: ASYNC109
        """Return all records of ``query``."""
        async with self.connection() as connection:
            return await connection.fetch(query, *args, timeout=timeout)

    async def fetchrow(self, query: str, *args: Any, timeout: float | None = None) -> Any:  # noqa: ASYNC109
        """Return the first record of ``query``, None without one."""
        async with self.connection() as connection:
            return await connection.fetchrow(query, *args, timeout=timeout)

    async def fetchval(self, query: str, *args: Any, timeout: float | None = None) -> Any:  # noqa: ASYNC109
        """Return the first value of the first record of ``query``, None without one."""
        async with self.connection() as connection:
            return await connection.fetchval(query, *args, timeout=timeout)

    async def execute(self, query: str, *args: Any, timeout: float | None = None) -> str:  # noqa: ASYNC109
        """Run ``query`` and return PostgreSQL's status, such as ``INSERT 0 1``."""
        async with self.connection() as connection:
            return await connection.execute(query, *args, timeout=timeout)

    async def connect_apart(self, purpose: str) -> DatabaseConnection:
        """Return a new connection outside the pool, named after ``purpose``; the caller closes it."""
        return await self._connector.connect(purpose)

    async def _for_pool(self, *_: object, **options: Any) -> DatabaseConnection:
        return await self._connector.connect(**options)

    async def _acquire(self, pool: Any) -> DatabaseConnection:
        self._waiting += 1
        try:
            async with asyncio.timeout(self._acquire_timeout):
                held: DatabaseConnection = await pool.acquire()
        except TimeoutError as error:
            self._exhausted += 1
            raise PoolExhaustedError(
                f"no database connection became free within {self._acquire_timeout:g} s"
            ) from error
        except RAISED_BY_ASYNCPG as error:
            raise DatabaseUnavailableError("the database pool is closing") from error
        finally:
            self._waiting -= 1
        self._acquired += 1
        return held

    async def _warm(self) -> None:
        pool, held = self._pool, []
        try:
            for _ in range(self._min_size):
                held.append(await self._acquire(pool))  # noqa: PERF401 - what was got must be given back
        except (DatabaseUnavailableError, PoolExhaustedError):
            log.info("connections were not made ahead: PostgreSQL is not there yet")
        finally:
            for connection in held:
                await _release(pool, connection)


def _is_gone(held: DatabaseConnection) -> bool:
    try:
        return bool(held.is_closed())
    except asyncpg.InterfaceError:
        # asyncpg takes a connection that died away from its user, who has not given it back himself.
        return True


async def _release(pool: Any, held: DatabaseConnection) -> None:
    try:
        await pool.release(held, timeout=RELEASE_TIMEOUT)
    except (OSError, DatabaseUnavailableError, *RAISED_BY_ASYNCPG):
        # asyncpg has cut the connection; what the caller did with it is decided already.
        log.debug("a connection could not be cleaned for reuse and was cut", exc_info=True)
