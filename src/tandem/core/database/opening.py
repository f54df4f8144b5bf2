"""The configured database, embedded or not, for whoever needs it: services, commands, jobs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tandem.core.database import schema
from tandem.core.database.dsn import asyncpg_dsn
from tandem.core.database.embedded import EmbeddedPostgres
from tandem.core.database.pool import Database
from tandem.core.settings import Settings


@dataclass(frozen=True, slots=True)
class Source:
    """Where the database is, and who keeps it alive when it is our own."""

    dsn: Callable[[], str]
    ensure: Callable[[], Awaitable[None]] | None
    embedded: EmbeddedPostgres | None

    @classmethod
    def of(cls, settings: Settings) -> "Source":
        """Return the configured source; nothing is started. Raises ConfigurationError for a malformed URL."""
        if settings.database_url is not None:
            dsn = asyncpg_dsn(settings.database_url.get_secret_value())
            return cls(lambda: dsn, None, None)
        server = EmbeddedPostgres(settings.home_path)
        return cls(lambda: server.dsn, server.ensure_async, server)

    async def start(self) -> None:
        """Start the embedded server; raises EmbeddedDatabaseError with the remedy. Nothing to do for another."""
        if self.embedded is not None:
            await self.embedded.ensure_async()

    async def release(self) -> None:
        """Stop keeping the embedded server alive."""
        if self.embedded is not None:
            await asyncio.to_thread(self.embedded.release)

    async def ping(self) -> None:
        """Nothing to say here: the pool's ping says whether the database answers."""

    def pool(self, settings: Settings, *, application_name: str) -> Database:
        """Return a pool on this database, not yet open."""
        return Database(
            self.dsn, max_size=settings.db_pool_max, acquire_timeout=settings.db_acquire_timeout,
            command_timeout=settings.db_command_timeout, application_name=application_name, ensure=self.ensure,
        )  # fmt: skip


@asynccontextmanager
async def opened(
    settings: Settings, *, application_name: str, check_schema: bool = True
) -> AsyncIterator[Database]:
    """Open the configured database for a command.

    An embedded one is started and its schema brought up to date; another one's schema must fit: raises
    SchemaBehindError naming the command that upgrades it, DatabaseUnavailableError when it does not answer.
    """
    source = Source.of(settings)
    try:
        await source.start()
        async with source.pool(settings, application_name=application_name) as database:
            if check_schema:
                await fit_schema(source, database)
            yield database
    finally:
        await source.release()


async def fit_schema(source: Source, database: Database) -> None:
    """Upgrade an embedded database whose schema is behind; raises SchemaBehindError for another one."""
    state = await schema.state(database)
    if state.is_behind and source.embedded is not None:
        await schema.upgrade(source.dsn)
    else:
        state.require()
