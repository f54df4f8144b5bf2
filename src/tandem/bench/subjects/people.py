"""People with sessions: the same rows for every server that is compared."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import asyncpg

from tandem.core.auth import repository
from tandem.core.auth.scopes import KeyScope
from tandem.core.database import schema
from tandem.core.database.pool import Database, asyncpg_dsn

FILL_SECONDS: Final = 240.0

OPERATOR: Final = "operator"
"""Has an admin's key and no sessions."""

_INDEXES: Final = (
    "SELECT indexdef, indexname FROM pg_indexes WHERE tablename = 'sessions' AND schemaname = current_schema() "
    "AND indexname LIKE 'tandem_sessions_%' AND indexdef NOT LIKE 'CREATE UNIQUE%'"
)
_FILL: Final = """
    INSERT INTO sessions (user_id, preset, category, task, notes, duration_minutes, completed, productivity_rating, date, time)
    SELECT who.name,
           (ARRAY['deep_work', 'learning', 'quick_tasks', 'flow_mode'])[1 + floor(random() * 4)::int],
           (ARRAY['Learning', 'Frontend', 'Database', 'REST API', 'Other'])[1 + floor(random() * 5)::int],
           'task ' || n % 97, CASE WHEN n % 5 = 0 THEN 'went well, mostly quiet, one long call' END,
           25 + 5 * floor(random() * 10)::int, true, 40 + floor(random() * 12) * 5,
           CURRENT_DATE - 1 - n / greatest(6, (who.sessions + 3649) / 3650),
           time '08:00' + floor(random() * 720) * interval '1 minute'
    FROM unnest($1::text[], $2::int[]) AS who(name, sessions), generate_series(0, who.sessions - 1) AS n
"""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with so many sessions."""

    name: str
    sessions: int


def crowd(count: int, *, low: int = 200, high: int = 2000, seed: int = 7) -> list[Person]:
    """Return ``count`` people with ``low`` to ``high`` sessions each, evenly spread."""
    dice = random.Random(seed)
    return [Person(f"user{number:04d}", dice.randint(low, high)) for number in range(count)]


def populate(dsn: str, people: Sequence[Person]) -> dict[str, str]:
    """Migrate the database, fill in the sessions, and return a key for each person and one for the operator."""
    return asyncio.run(_populate(dsn, people))


async def _populate(dsn: str, people: Sequence[Person]) -> dict[str, str]:
    await schema.upgrade(dsn)
    connection = await asyncpg.connect(asyncpg_dsn(dsn), timeout=10)
    try:
        indexes = await connection.fetch(_INDEXES)
        for one in indexes:
            await connection.execute(f'DROP INDEX "{one["indexname"]}"')
        await connection.execute("SELECT setseed(0.5)")
        await connection.execute(
            _FILL, [one.name for one in people], [one.sessions for one in people], timeout=FILL_SECONDS
        )
        for one in indexes:
            await connection.execute(one["indexdef"], timeout=FILL_SECONDS)
        await connection.execute("ANALYZE sessions")
    finally:
        await connection.close()
    async with Database(dsn) as database:
        scopes: dict[str, KeyScope] = dict.fromkeys((one.name for one in people), "write")
        scopes[OPERATOR] = "admin"
        return {name: await _key(database, name, scope) for name, scope in scopes.items()}


async def _key(database: Database, name: str, scope: KeyScope) -> str:
    now = datetime.now(UTC)
    return (await repository.insert(database, "bench", name, scope, now=now, expires_at=None)).text
