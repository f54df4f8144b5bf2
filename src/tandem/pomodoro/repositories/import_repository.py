"""Many sessions at once: copied beside the table, then moved in by one statement."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from tandem.core.database.pool import Database

BULK_SECONDS: Final = 300.0
"""How long one bulk statement may take; a request's own limit is far shorter."""

_STAGE: Final = """
    CREATE TEMP TABLE incoming (
        session_id uuid, preset text, category text, task text, notes text, duration_minutes int,
        duration_seconds int, completed bool, productivity_rating numeric(5,2), date date, time time,
        started_at timestamptz, import_key text
    ) ON COMMIT DROP
"""
_COLUMNS: Final = (
    "session_id", "preset", "category", "task", "notes", "duration_minutes", "duration_seconds", "completed",
    "productivity_rating", "date", "time", "started_at", "import_key",
)  # fmt: skip
# A session of our own export is known by its id; one whose id belongs to somebody else gets a new id.
_MOVE: Final = """
    INSERT INTO sessions (id, user_id, origin, preset, category, task, notes, duration_minutes,
                          duration_seconds, completed, productivity_rating, date, time, started_at, import_key)
    SELECT CASE WHEN i.session_id IS NULL OR taken.id IS NOT NULL THEN gen_random_uuid() ELSE i.session_id END,
           $1::varchar, $2, i.preset, i.category, i.task, i.notes, i.duration_minutes, i.duration_seconds, i.completed,
           i.productivity_rating, i.date, i.time, i.started_at, i.import_key
    FROM incoming i LEFT JOIN sessions taken ON taken.id = i.session_id
    WHERE taken.id IS NULL OR taken.user_id <> $1::varchar
    ON CONFLICT (user_id, import_key) WHERE import_key IS NOT NULL DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class IncomingSession:
    """One row to add, in the order of the staging table."""

    session_id: UUID | None
    preset: str
    category: str
    task: str | None
    notes: str | None
    duration_minutes: int
    duration_seconds: int
    completed: bool
    productivity_rating: float | None
    date: dt.date
    time: dt.time
    started_at: dt.datetime
    import_key: str | None

    def record(self) -> tuple[object, ...]:
        """Return the values in the order of the columns."""
        return tuple(getattr(self, name) for name in _COLUMNS)


@dataclass(frozen=True, slots=True)
class BulkResult:
    """How many rows were new, and the user's data version that contains them."""

    added: int
    version: int


class ImportRepository:
    """Adds sessions in bulk, all or none; rows that are already there are left alone."""

    def __init__(self, database: Database) -> None:
        """Write through ``database``."""
        self._database = database

    async def add(self, user: str, sessions: Iterable[IncomingSession], origin: str) -> BulkResult:
        """Store ``sessions`` of ``user``; raises DatabaseUnavailableError, in which case none was added."""
        async with self._database.transaction() as connection:
            await connection.execute(f"SET LOCAL statement_timeout = {int(BULK_SECONDS * 1000)}")
            await connection.execute(_STAGE)
            await connection.copy_records_to_table(
                "incoming", records=(s.record() for s in sessions), columns=_COLUMNS, timeout=BULK_SECONDS
            )
            status = await connection.execute(_MOVE, user, origin, timeout=BULK_SECONDS)
            version = await connection.fetchval(
                "SELECT COALESCE((SELECT version FROM data_versions WHERE user_id = $1), 0)", user
            )
        return BulkResult(int(status.split()[-1]), version)
