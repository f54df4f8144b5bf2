"""Writing usage records into PostgreSQL: many at a time, in one order, each once."""

import asyncio
import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from asyncpg import exceptions as pg

from tandem.core.database.pool import Database
from tandem.core.errors import DatabaseUnavailableError

log = logging.getLogger(__name__)

ATTEMPTS: Final = 6
"""How often a batch that collided with another writer is sent before the caller hears of it."""

_COLUMNS: Final = {
    "id": "uuid", '"at"': "timestamptz", "user_id": "text", "key_id": "text", "endpoint": "text", "request_id": "text",
    "asked": "text", "provider": "text", "model": "text", "prompt_tokens": "int", "completion_tokens": "int",
    "cost_micro": "bigint", "estimated": "bool", "latency_ms": "int", "first_token_ms": "int", "outcome": "text",
    "streamed": "bool", "attempt": "int",
}  # fmt: skip
_INSERT: Final = (
    f"INSERT INTO usage_events ({', '.join(_COLUMNS)}) SELECT "  # noqa: S608 - our own names
    + ", ".join(f"(record ->> {place})::{kind}" for place, kind in enumerate(_COLUMNS.values()))
    + " FROM jsonb_array_elements($1::text::jsonb) WITH ORDINALITY AS given (record, place) ORDER BY place"
    " ON CONFLICT (id) DO NOTHING"
)
"""Takes all records as one JSON text: the driver looks at each element of an array of its own several times."""

_ID: Final = slice(2, 38)
"""Where the id stands in a record: ``["xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx",...``."""

_UNFIT: Final = (pg.DataError, pg.IntegrityConstraintViolationError)
_COLLIDED: Final = (pg.SerializationError, pg.DeadlockDetectedError)


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a batch."""

    added: int
    """Rows that are new."""
    known: int
    """Records that were there already."""
    refused: tuple[bytes, ...]
    """Records that the table cannot hold."""


async def store(database: Database, records: Sequence[bytes]) -> Stored:
    """Write ``records`` as they stand in their lines, sorted by id so that two writers never wait for each other in a circle.

    A batch that PostgreSQL gave up for another (40P01, 40001) is sent again after a short random pause.
    Raises DatabaseUnavailableError or PoolExhaustedError; what was written until then is harmless to send again.
    """
    unique = [record for _, record in sorted({record[_ID]: record for record in records}.items())]
    try:
        added = await _patiently(database, unique)
    except _UNFIT:
        return await _one_by_one(database, unique)
    return Stored(added, len(records) - added, ())


async def _one_by_one(database: Database, records: Sequence[bytes]) -> Stored:
    added, refused = 0, []
    for record in records:
        try:
            added += await _patiently(database, [record])
        except _UNFIT as error:
            log.error("a usage record cannot be stored: %s", type(error).__name__)  # noqa: TRY400 - told enough
            refused.append(record)
    return Stored(added, len(records) - added - len(refused), tuple(refused))


async def _patiently(database: Database, records: Sequence[bytes]) -> int:
    rows = (b"[" + b",".join(records) + b"]").decode()
    for attempt in range(1, ATTEMPTS + 1):
        try:
            status = await database.execute(_INSERT, rows)
            return int(status.rpartition(" ")[2])
        except DatabaseUnavailableError as error:
            if not isinstance(error.__cause__, _COLLIDED) or attempt == ATTEMPTS:
                raise
            await asyncio.sleep(random.uniform(0.01, 0.05) * attempt)
    raise AssertionError("unreachable")
