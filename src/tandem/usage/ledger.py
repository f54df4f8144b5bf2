"""Writing usage records into PostgreSQL: many at a time, in one order, each once."""

import asyncio
import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import orjson
from asyncpg import exceptions as pg

from tandem.core.database.pool import Database
from tandem.core.errors import DatabaseUnavailableError
from tandem.usage.events import UsageEvent

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

_UNFIT: Final = (pg.DataError, pg.IntegrityConstraintViolationError)
_COLLIDED: Final = (pg.SerializationError, pg.DeadlockDetectedError)


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a batch."""

    added: int
    """Rows that are new."""
    known: int
    """Records that were there already."""
    refused: tuple[UsageEvent, ...]
    """Records that the table cannot hold."""


async def store(database: Database, events: Sequence[UsageEvent]) -> Stored:
    """Write ``events``, sorted by id so that two writers never wait for each other in a circle.

    A batch that PostgreSQL gave up for another (40P01, 40001) is sent again after a short random pause.
    Raises DatabaseUnavailableError or PoolExhaustedError; what was written until then is harmless to send again.
    """
    unique = sorted({event.id: event for event in events}.values(), key=lambda event: event.id)
    try:
        added = await _patiently(database, unique)
    except _UNFIT:
        return await _one_by_one(database, unique)
    return Stored(added, len(events) - added, ())


async def _one_by_one(database: Database, events: Sequence[UsageEvent]) -> Stored:
    added, refused = 0, []
    for event in events:
        try:
            added += await _patiently(database, [event])
        except _UNFIT as error:
            log.error("a usage record cannot be stored: %s", type(error).__name__)  # noqa: TRY400 - told enough
            refused.append(event)
    return Stored(added, len(events) - added - len(refused), tuple(refused))


async def _patiently(database: Database, events: Sequence[UsageEvent]) -> int:
    rows = _json(events)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            status = await database.execute(_INSERT, rows)
            return int(status.rpartition(" ")[2])
        except DatabaseUnavailableError as error:
            if not isinstance(error.__cause__, _COLLIDED) or attempt == ATTEMPTS:
                raise
            await asyncio.sleep(random.uniform(0.01, 0.05) * attempt)
    raise AssertionError("unreachable")


def _json(events: Sequence[UsageEvent]) -> str:
    try:
        return orjson.dumps([_row(event) for event in events]).decode()
    except TypeError as error:
        # Halves of surrogate pairs, numbers of more than 64 bits.
        raise pg.DataError("a usage record holds what JSON cannot carry") from error


def _row(event: UsageEvent) -> tuple[object, ...]:
    return (
        event.id, event.at, event.user, event.key, event.endpoint, event.request_id, event.asked, event.provider,
        event.model, event.prompt_tokens, event.completion_tokens, event.cost, event.estimated, event.latency_ms,
        event.first_token_ms, event.outcome, event.streamed, event.attempt,
    )  # fmt: skip
