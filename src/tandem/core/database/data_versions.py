"""The number that each change of a person's sessions raises by one: read for all, renewed after a restore."""

from typing import Final

from tandem.core.database.change_event import CHANNEL
from tandem.core.database.pool import Database, DatabaseConnection

BATCH: Final = 2000
"""Versions read at a time; other tasks run between batches."""

RENEWAL: Final = 1_000_000_000
"""How far :func:`renew` moves on: more changes than anybody makes between a backup and its return."""


async def read_all(connection: DatabaseConnection) -> dict[str, int]:
    """Return the version of every user who ever had a session, all of one moment."""
    versions: dict[str, int] = {}
    async with connection.transaction(readonly=True):
        cursor = await connection.cursor("SELECT user_id, version FROM data_versions")
        while rows := await cursor.fetch(BATCH):
            versions.update((user, version) for user, version in rows)
    return versions


async def read_one(database: Database, user: str) -> int:
    """Return the version of ``user``, 0 for one who never had a session; raises DatabaseUnavailableError."""
    return await database.fetchval("SELECT version FROM data_versions WHERE user_id = $1", user) or 0


async def raise_one(connection: DatabaseConnection, user: str) -> int:
    """Raise and tell the version of ``user``, as a change of a session does; returns the new one."""
    await connection.execute("SELECT tandem_bump($1, '{}'::uuid[])", user)
    version: int = await connection.fetchval("SELECT version FROM data_versions WHERE user_id = $1", user)
    return version


async def renew(database: Database) -> int:
    """Make every user's version one that was never used, and return for how many; after restoring a backup.

    A backup holds old numbers. The changes after it would count again over numbers under which answers
    computed from the lost rows may still be cached.
    """
    async with database.transaction() as connection:
        status = await connection.execute(
            "UPDATE data_versions SET version = (version / $1 + 1) * $1", RENEWAL
        )
        # A message without content means that anything may have changed: listeners read all versions again.
        await connection.execute("SELECT pg_notify($1, '')", CHANNEL)
    return int(status.rpartition(" ")[2])
