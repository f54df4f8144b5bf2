"""Making one connection to PostgreSQL: quickly, with our limits set on the server, or with a clear error."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import asyncpg

from tandem.core.database.connection import DatabaseConnection, prepare
from tandem.core.database.dsn import asyncpg_dsn
from tandem.core.database.failures import CONNECTING, while_connecting
from tandem.core.database.recovery import Recovery
from tandem.core.errors import OperationalError


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """How long things may take, in seconds."""

    connect: float
    """Making one connection, ready for use."""
    command: float
    """One command, as the client waits; the server gives up a little earlier."""
    lock: float
    """Waiting for a lock inside a command."""

    def server_settings(self, application_name: str) -> dict[str, str]:
        """Return what the server is told when a connection begins."""
        return {
            "application_name": application_name,
            # Before the client's own patience ends, so that the server is not left working for nobody.
            "statement_timeout": _milliseconds(self.command * 0.9),
            "idle_in_transaction_session_timeout": _milliseconds(self.command * 3),
            "lock_timeout": _milliseconds(self.lock),
            # Compiling costs more than any query here runs.
            "jit": "off",
        }


class Connector:
    """Makes connections; a failure wakes the server in the background and answers for the next moment too."""

    def __init__(
        self,
        dsn: str | Callable[[], str],
        limits: ConnectionLimits,
        *,
        application_name: str,
        statement_cache_size: int,
        ensure: Callable[[], Awaitable[None]] | None,
    ) -> None:
        """Connect to ``dsn``; raises ConfigurationError for a text that names no PostgreSQL database."""
        self._dsn = dsn if callable(dsn) else _constant(asyncpg_dsn(dsn))
        self._limits = limits
        self._name = application_name
        self._statement_cache_size = statement_cache_size
        self.recovery = Recovery(ensure)
        self.failures = 0
        """Attempts that failed."""

    async def connect(self, purpose: str | None = None, **options: Any) -> DatabaseConnection:
        """Return a new connection that reads and writes JSON; raises DatabaseUnavailableError.

        ``purpose`` is added to the name in ``pg_stat_activity``; ``options`` are asyncpg's.
        """
        self.recovery.check()
        try:
            async with asyncio.timeout(self._limits.connect):
                return await self._attempt(f"{self._name}-{purpose}" if purpose else self._name, options)
        except CONNECTING as error:
            told = while_connecting(error)
            self._note(told)
            raise told from error
        except OperationalError as error:
            # Where the database is could not be told: the embedded one has not been started yet.
            self._note(error)
            raise

    def _note(self, error: OperationalError) -> None:
        self.failures += 1
        self.recovery.failed(error)

    async def _attempt(self, name: str, options: dict[str, Any]) -> DatabaseConnection:
        connection: DatabaseConnection = await asyncpg.connect(
            asyncpg_dsn(self._dsn()),
            # The limit around both steps is the one that counts; asyncpg's own would be a minute.
            timeout=None,
            command_timeout=self._limits.command,
            statement_cache_size=self._statement_cache_size,
            server_settings=self._limits.server_settings(name),
            **{"connection_class": DatabaseConnection, **options},
        )
        try:
            await prepare(connection)
        except BaseException:
            connection.terminate()
            raise
        return connection


def _constant(dsn: str) -> Callable[[], str]:
    return lambda: dsn


def _milliseconds(seconds: float) -> str:
    return str(max(1, round(seconds * 1000)))
