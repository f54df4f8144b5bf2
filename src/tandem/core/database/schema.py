"""Which version of the schema the database has, and bringing it to the one that is needed.

Asking is cheap and done by every service; moving imports Alembic, which only `tandem db upgrade` and the
embedded start need.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from tandem.core.database.dsn import asyncpg_dsn
from tandem.core.database.migrations import HEAD, KNOWN, VERSION_TABLE
from tandem.core.database.pool import Database
from tandem.core.errors import SchemaBehindError


@dataclass(frozen=True, slots=True)
class SchemaState:
    """The version that a database has beside the one that this release needs."""

    current: str | None
    """The database's version; None if it never had one."""
    head: str
    """This release's version."""

    @property
    def is_behind(self) -> bool:
        """Whether `tandem db upgrade` is needed before anything can be served."""
        return self.current != self.head and not self.is_unknown

    @property
    def is_unknown(self) -> bool:
        """Whether a newer release has upgraded the database; versions next to each other get along."""
        return self.current is not None and self.current not in KNOWN

    def require(self) -> None:
        """Raise SchemaBehindError if the database is behind."""
        if self.is_behind:
            raise SchemaBehindError(
                f"the database has schema {self.current or 'none'}, this release needs {self.head}: "
                "run `tandem db upgrade`",
                retry_after=10,
            )


async def state(database: Database) -> SchemaState:
    """Return the state of ``database``; raises DatabaseUnavailableError."""
    async with database.connection() as connection:
        current = None
        if await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", VERSION_TABLE):
            current = await connection.fetchval(f"SELECT version_num FROM {VERSION_TABLE}")  # noqa: S608
    return SchemaState(current, HEAD)


async def upgrade(dsn: str | Callable[[], str], revision: str = "head") -> None:
    """Bring the database at ``dsn`` to ``revision``, all or nothing; nothing happens if it is there already.

    Runs in a thread with an event loop of its own, one migration at a time in this process and, by a lock in
    the database, anywhere. Not to be cancelled: the thread goes on to the end.

    Raises:
        DatabaseUnavailableError: PostgreSQL cannot be reached, or others keep the tables locked.
        ConfigurationError: the role lacks a right, a table of that name is something else, or a newer
            release has upgraded the database.
    """
    await _move(dsn, revision, down=False)


async def downgrade(dsn: str | Callable[[], str], revision: str = "base") -> None:
    """Take the database back to ``revision``; raises as :func:`upgrade` does.

    For a return to the old service. Rows that people entered stay; idempotency keys, settings and versions go.
    """
    await _move(dsn, revision, down=True)


async def _move(dsn: str | Callable[[], str], revision: str, *, down: bool) -> None:
    # Imported when needed: Alembic and SQLAlchemy would be loaded into every serving process.
    from tandem.core.database.migrations import runner  # noqa: PLC0415

    address = asyncpg_dsn(dsn() if callable(dsn) else dsn)
    await asyncio.to_thread(runner.run, address, revision, down=down)
