"""Running Alembic: one at a time, in one transaction, patient with locks, with errors that say what to do."""

import asyncio
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from typing import Final

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import Connection, NullPool
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from tandem.core.database.failures import CONNECTING, unavailable, while_connecting
from tandem.core.database.migrations import HEAD, KNOWN, VERSION_TABLE
from tandem.core.database.migrations.catalog import Catalog
from tandem.core.database.migrations.vector import add_embeddings, take_up_vectors
from tandem.core.errors import ConfigurationError, DatabaseUnavailableError

log = logging.getLogger(__name__)

CONNECT_TIMEOUT: Final = 5.0
"""Seconds in which the server must answer."""

LOCK_TIMEOUT: Final = 3.0
"""Seconds to wait for a table in one attempt: while we wait, everybody who comes later waits behind us."""

PATIENCE: Final = 60.0
"""Seconds for all attempts together; another process may be migrating, or a writer hold a table."""

PAUSE: Final = 0.5
"""Seconds between attempts, in which writers get their turn."""

ADVISORY_LOCK: Final = 0x7A6E64656D
"""The lock that migrations of one database share; ``pg_locks`` shows it."""

# Alembic keeps its context in module globals.
_one_at_a_time = threading.Lock()


def run(dsn: str, revision: str, *, down: bool) -> None:
    """Move the database at ``dsn`` (as asyncpg reads it) to ``revision``; blocks, to be called in a thread."""
    with _one_at_a_time:
        asyncio.run(_run(dsn, revision, down=down))


async def _run(dsn: str, revision: str, *, down: bool) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            await _attempt(dsn, revision, down=down)
        except asyncpg.LockNotAvailableError as error:
            if time.monotonic() > deadline:
                raise DatabaseUnavailableError(
                    f"others kept the tables locked for {PATIENCE:g} s; see pg_locks, or stop the writers"
                ) from error
            log.info("the database is locked by somebody else; trying again")
            await asyncio.sleep(PAUSE)
        else:
            return


async def _attempt(dsn: str, revision: str, *, down: bool) -> None:
    async def connect() -> asyncpg.Connection:
        settings = {
            "application_name": "tandem-migration",
            "lock_timeout": str(int(LOCK_TIMEOUT * 1000)),
            # An index over many rows takes its time; a database-wide default must not end it.
            "statement_timeout": "0",
            "idle_in_transaction_session_timeout": "0",
        }
        try:
            return await asyncpg.connect(dsn, timeout=CONNECT_TIMEOUT, server_settings=settings)
        except CONNECTING as error:
            raise while_connecting(error) from error

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool)
    try:
        with _told():
            async with engine.begin() as connection:
                await connection.run_sync(_migrate, revision, down=down)
    finally:
        await engine.dispose()


def _migrate(connection: Connection, revision: str, *, down: bool) -> None:
    Catalog(connection).value(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})")
    _refuse_newer(connection)
    with as_file(files("tandem.core.database.migrations")) as scripts:
        config = Config()
        config.set_main_option("script_location", str(scripts).replace("%", "%%"))
        config.attributes["connection"] = connection
        (command.downgrade if down else command.upgrade)(config, revision)
    if not down and _version(connection) == HEAD:
        _take_up_embeddings(Catalog(connection))


def _refuse_newer(connection: Connection) -> None:
    current = _version(connection)
    if current is not None and current not in KNOWN:
        raise ConfigurationError(
            f"a newer release has brought the database to schema {current}; this one knows {HEAD} and older"
        )


def _version(connection: Connection) -> str | None:
    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
    return context.get_current_revision()


def _take_up_embeddings(catalog: Catalog) -> None:
    take_up_vectors(catalog)
    if add_embeddings(catalog):
        catalog.run("UPDATE tandem_meta SET value = 'true' WHERE key = 'embedding_added'")


@contextmanager
def _told() -> Iterator[None]:
    """Say what a failure means: SQLAlchemy wraps asyncpg's errors, whose type tells."""
    try:
        yield
    except CommandError as error:
        raise ConfigurationError(str(error)) from error
    except DBAPIError as error:
        cause = getattr(error.orig, "__cause__", None)
        if isinstance(cause, asyncpg.LockNotAvailableError):
            raise cause from error
        if isinstance(cause, asyncpg.InsufficientPrivilegeError):
            raise ConfigurationError(
                f"the database role lacks a right ({cause.args[0]}); migrations run as the tables' owner"
            ) from error
        told = unavailable(cause, closed=error.connection_invalidated) if cause is not None else None
        if told is None:
            raise
        raise told from error
