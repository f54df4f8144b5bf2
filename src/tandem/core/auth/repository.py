"""The keys in the database."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Final

import asyncpg

from tandem.core.auth import keys
from tandem.core.auth.scopes import Identity, KeyScope, highest
from tandem.core.database.pool import Database, DatabaseConnection

CHANNEL: Final = "tandem_keys"
"""The channel on which changed keys are named; the trigger of migration 0003 names it too."""

COARSE: Final = dt.timedelta(minutes=5)
"""The last use is stamped no more often than this."""

BATCH: Final = 500
"""Keys read at a time; other tasks run between batches."""

_COLUMNS: Final = "id, name, user_id, scopes, hash, prefix, created_at, last_used_at, expires_at, revoked_at"
_USABLE: Final = "revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $1)"

# Rows that another worker stamps right now are left to it: two workers never wait for each other in a circle.
_TOUCH: Final = """
    WITH used AS (
        SELECT id FROM api_keys WHERE id = ANY($1) AND (last_used_at IS NULL OR last_used_at < $3)
        FOR UPDATE SKIP LOCKED
    )
    UPDATE api_keys SET last_used_at = $2 FROM used WHERE api_keys.id = used.id
"""


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is kept: everything but its secret."""

    id: str
    name: str
    user: str
    scope: KeyScope
    digest: bytes = field(repr=False)
    prefix: str
    created_at: dt.datetime
    last_used_at: dt.datetime | None
    expires_at: dt.datetime | None
    revoked_at: dt.datetime | None
    identity: Identity
    """Made once, for it is handed out with every request."""

    def is_usable(self, now: dt.datetime) -> bool:
        """Whether it opens anything at ``now``."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)


async def insert(  # noqa: PLR0913 - each is a column
    database: Database, name: str, user: str, scope: KeyScope, *, now: dt.datetime, expires_at: dt.datetime | None
) -> keys.NewKey:  # fmt: skip
    """Keep a new key and return it; its text is nowhere to be had again."""
    while True:
        new = keys.create()
        try:
            await database.execute(
                "INSERT INTO api_keys (id, name, user_id, scopes, hash, prefix, created_at, expires_at) "
                "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                new.id, name, user, [scope], new.digest, new.prefix, now, expires_at,
            )  # fmt: skip
        except asyncpg.UniqueViolationError:
            continue
        return new


async def revoke(database: Database, key: str, now: dt.datetime) -> bool:
    """Revoke a key for good; False if there is no such key or it was revoked before."""
    status = await database.execute(
        "UPDATE api_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL", key, now
    )
    return status == "UPDATE 1"


async def find_all(database: Database) -> list[Key]:
    """Return all keys, the newest first."""
    rows = await database.fetch(f"SELECT {_COLUMNS} FROM api_keys ORDER BY created_at DESC, id")  # noqa: S608
    return [key for row in rows if (key := _key(row)) is not None]


async def exists(database: Database, key: str) -> bool:
    """Tell whether there is a key with the id ``key``, usable or not."""
    return bool(await database.fetchval("SELECT EXISTS (SELECT FROM api_keys WHERE id = $1)", key))


async def has_usable(database: Database, now: dt.datetime) -> bool:
    """Tell whether any key opens anything at ``now``."""
    return bool(await database.fetchval(f"SELECT EXISTS (SELECT FROM api_keys WHERE {_USABLE})", now))  # noqa: S608


async def read_usable(connection: DatabaseConnection, now: dt.datetime, most: int) -> list[Key]:
    """Return the usable keys of one moment, at most ``most``: those used last."""
    found: list[Key] = []
    async with connection.transaction(readonly=True):
        cursor = await connection.cursor(
            f"SELECT {_COLUMNS} FROM api_keys WHERE {_USABLE} "  # noqa: S608
            "ORDER BY last_used_at DESC NULLS LAST, created_at DESC LIMIT $2",
            now, most,
        )  # fmt: skip
        while rows := await cursor.fetch(BATCH):
            found += [key for row in rows if (key := _key(row)) is not None]
    return found


async def read(
    source: Database | DatabaseConnection, ids: Collection[str], now: dt.datetime, seconds: float
) -> list[Key]:
    """Return those of ``ids`` that are usable; gives up after ``seconds``."""
    rows = await source.fetch(
        f"SELECT {_COLUMNS} FROM api_keys WHERE id = ANY($2) AND {_USABLE}",  # noqa: S608
        now, list(ids), timeout=seconds,
    )  # fmt: skip
    return [key for row in rows if (key := _key(row)) is not None]


async def touch(database: Database, ids: Collection[str], now: dt.datetime) -> None:
    """Stamp the last use of ``ids``, coarsely."""
    await database.execute(_TOUCH, list(ids), now, now - COARSE)


async def announce(database: Database) -> None:
    """Have every worker read all keys again; after a restore, which fires no trigger."""
    await database.execute("SELECT pg_notify($1, '')", CHANNEL)


def _key(row: Any) -> Key | None:
    scope = highest(row["scopes"])
    if scope is None:
        # Of a later release; a key that allows nothing known is no key here.
        return None
    return Key(
        row["id"], row["name"], row["user_id"], scope, row["hash"], row["prefix"], row["created_at"],
        row["last_used_at"], row["expires_at"], row["revoked_at"], Identity(row["user_id"], row["id"], scope),
    )  # fmt: skip
