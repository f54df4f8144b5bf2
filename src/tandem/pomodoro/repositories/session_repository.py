"""Sessions in PostgreSQL: plain SQL, one method per question.

All methods raise DatabaseUnavailableError (503) when PostgreSQL is out of reach. A write returns the new data
version of its user, read in the same transaction, so that the worker that wrote also reads its own write.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from tandem.core.database.pool import Database

# Other programs write into this table too. PostgreSQL's calendar is larger than Python's and its day has a 24:00;
# a moment that Python cannot hold in every zone reads as unknown, and a row whose day it cannot hold is left out.
_MOMENTS: Final = ", ".join(
    f"CASE WHEN {name} BETWEEN '0001-01-03 00:00+00' AND '9999-12-29 00:00+00' THEN {name} END AS {name}"
    for name in ("started_at", "created_at", "updated_at")
)
_COLUMNS: Final = (
    "id, COALESCE(preset, '') AS preset, COALESCE(category, '') AS category, task, notes,"
    " COALESCE(duration_minutes, 0) AS duration_minutes, duration_seconds, COALESCE(completed, TRUE) AS completed,"
    " NULLIF(productivity_rating, 'NaN')::float8 AS productivity_rating, date,"
    f" LEAST(time, TIME '23:59:59.999999') AS time, time::text AS clock, {_MOMENTS}, origin"
)
_USABLE: Final = "date BETWEEN DATE '0001-01-01' AND DATE '9999-12-31'"
_VERSION: Final = "SELECT COALESCE((SELECT version FROM data_versions WHERE user_id = $1), 0)"
_WRITABLE: Final = (
    "preset", "category", "task", "notes", "duration_minutes", "duration_seconds", "completed",
    "productivity_rating", "date", "time", "started_at",
)  # fmt: skip
KEY_LIFETIME: Final = dt.timedelta(hours=24)
"""How long the answer to an Idempotency-Key is kept."""


@dataclass(frozen=True, slots=True)
class StoredSession:
    """One row of ``sessions``; ``date`` and ``time`` are local, ``started_at`` is null in rows of the old web.

    ``clock`` is the time exactly as it is stored, which may be 24:00:00: the place of the row in a list.
    """

    id: UUID
    preset: str
    category: str
    task: str | None
    notes: str | None
    duration_minutes: int
    duration_seconds: int | None
    completed: bool
    productivity_rating: float | None
    date: dt.date
    time: dt.time
    clock: str
    started_at: dt.datetime | None
    created_at: dt.datetime | None
    updated_at: dt.datetime | None
    origin: str | None

    def start_in(self, zone: dt.tzinfo) -> dt.datetime:
        """Return when it began, in ``zone``; never raises."""
        local = dt.datetime.combine(self.date, self.time, zone)
        return local if self.started_at is None else self.started_at.astimezone(zone)


@dataclass(frozen=True, slots=True)
class Written:
    """What a write left behind: the row and the user's data version that contains it."""

    session: StoredSession
    version: int


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """The answer that was given to an Idempotency-Key before."""

    request_hash: str
    response: dict[str, Any]


Answer = Callable[[StoredSession], dict[str, Any]]
"""Turns a stored session into the JSON that is answered."""


@dataclass(frozen=True, slots=True)
class Page:
    """A place in the list: the position of the last session seen.

    Day and time travel as text: asyncpg takes Python's last day for ``infinity``, and Python has no 24:00.
    """

    date: dt.date
    clock: str
    id: UUID


@dataclass(frozen=True, slots=True)
class Filter:
    """Which sessions to list: days are local and both ends are included."""

    first: dt.date | None = None
    last: dt.date | None = None
    category: str | None = None
    after: Page | None = None


class SessionRepository:
    """See the module's text."""

    def __init__(self, database: Database) -> None:
        """Work through ``database``."""
        self._database = database

    async def kept_answer(self, user: str, key: str, now: dt.datetime) -> KeptAnswer | None:
        """Return what was answered to this key within the :data:`KEY_LIFETIME` before ``now``."""
        row = await self._database.fetchrow(
            "SELECT request_hash, response FROM idempotency_keys"
            " WHERE user_id = $1 AND key = $2 AND created_at >= $3",
            user, key, now - KEY_LIFETIME,
        )  # fmt: skip
        return KeptAnswer(row["request_hash"], row["response"]) if row else None

    async def create(  # noqa: PLR0913 - one write and all that belongs to it
        self, user: str, values: Mapping[str, Any], *, origin: str, key: tuple[str, str] | None, now: dt.datetime,
        answer: Answer,
    ) -> Written | None:  # fmt: skip
        """Store one session; with a ``key`` (name, request hash) also what is answered to it.

        None when the key is already taken: the caller then looks at the kept answer.
        """
        names = list(values)
        slots = ", ".join(f"${at}" for at in range(3, len(names) + 3))
        sql = (
            f"INSERT INTO sessions (user_id, origin, {', '.join(names)}) VALUES ($1, $2, {slots})"  # noqa: S608
            f" RETURNING {_COLUMNS}"
        )
        async with self._database.transaction() as connection:
            if key is not None and not await self._take_key(connection, user, key, now):
                return None
            row = await connection.fetchrow(sql, user, origin, *values.values())
            session = _stored(row)
            version = await connection.fetchval(_VERSION, user)
            if key is not None:
                await connection.execute(
                    "UPDATE idempotency_keys SET response = $3 WHERE user_id = $1 AND key = $2",
                    user, key[0], answer(session),
                )  # fmt: skip
        return Written(session, version)

    async def get(self, user: str, session: UUID) -> StoredSession | None:
        """Return one session of ``user``."""
        row = await self._database.fetchrow(
            f"SELECT {_COLUMNS} FROM sessions WHERE user_id = $1 AND id = $2 AND {_USABLE}", user, session  # noqa: S608
        )  # fmt: skip
        return _stored(row) if row else None

    async def change(self, user: str, session: UUID, values: Mapping[str, Any]) -> Written | None:
        """Change the named columns of one session; None if ``user`` has no such session."""
        if not set(values) <= set(_WRITABLE):
            raise ValueError(f"not writable: {sorted(set(values) - set(_WRITABLE))}")
        changes = ", ".join(f"{name} = ${at}" for at, name in enumerate(values, start=3))
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(
                f"UPDATE sessions SET {changes} WHERE user_id = $1 AND id = $2 RETURNING {_COLUMNS}",  # noqa: S608
                user, session, *values.values(),
            )  # fmt: skip
            if row is None:
                return None
            return Written(_stored(row), await connection.fetchval(_VERSION, user))

    async def delete(self, user: str, session: UUID) -> int | None:
        """Delete one session and return the new version; None if ``user`` has no such session."""
        async with self._database.transaction() as connection:
            found = await connection.fetchval(
                "DELETE FROM sessions WHERE user_id = $1 AND id = $2 RETURNING id", user, session
            )
            version: int = await connection.fetchval(_VERSION, user)
            return version if found else None

    async def page(self, user: str, chosen: Filter, limit: int) -> list[StoredSession]:
        """Return up to ``limit`` sessions, newest first."""
        conditions, values = ["user_id = $1", _USABLE], [user]
        for condition, value in (
            ("date >= ${}", chosen.first), ("date <= ${}", chosen.last), ("category = ${}", chosen.category),
        ):  # fmt: skip
            if value is not None:
                values.append(value)  # type: ignore[arg-type]
                conditions.append(condition.format(len(values)))
        if chosen.after is not None:
            at = len(values) + 1
            conditions.append(f"(date, time, id) < (${at}::text::date, ${at + 1}::text::time, ${at + 2})")
            values += [chosen.after.date.isoformat(), chosen.after.clock, chosen.after.id]  # type: ignore[list-item]
        rows = await self._database.fetch(
            f"SELECT {_COLUMNS} FROM sessions WHERE {' AND '.join(conditions)}"  # noqa: S608
            f" ORDER BY date DESC, time DESC, id DESC LIMIT {limit:d}",
            *values,
        )
        return [_stored(row) for row in rows]

    async def oldest(self, user: str, limit: int, after: Page | None) -> list[StoredSession]:
        """Return up to ``limit`` real sessions following ``after``, oldest first; for exports.

        Page by page, so that a slow reader of an export never holds a connection.
        """
        place = (after.date.isoformat(), after.clock, after.id) if after else (None, None, None)
        rows = await self._database.fetch(
            f"SELECT {_COLUMNS} FROM sessions WHERE user_id = $1 AND origin IS DISTINCT FROM 'demo'"  # noqa: S608
            f" AND {_USABLE} AND ($2::text IS NULL OR (date, time, id) > ($2::text::date, $3::text::time, $4))"
            f" ORDER BY date, time, id LIMIT {limit:d}",
            user, *place,
        )  # fmt: skip
        return [_stored(row) for row in rows]

    async def outside_calendar(self, user: str) -> int:
        """Return how many real sessions are on a day that cannot be written, such as ``infinity``."""
        count: int = await self._database.fetchval(
            "SELECT count(*) FROM sessions WHERE user_id = $1 AND origin IS DISTINCT FROM 'demo'"  # noqa: S608
            f" AND NOT {_USABLE}",
            user,
        )  # fmt: skip
        return count

    async def remove_demo(self, user: str | None = None) -> int:
        """Delete the demonstration sessions of ``user`` (of everybody: None); returns how many."""
        status = await self._database.execute(
            "DELETE FROM sessions WHERE origin = 'demo' AND ($1::text IS NULL OR user_id = $1)", user
        )
        return int(status.split()[-1])

    async def _take_key(self, connection: Any, user: str, key: tuple[str, str], now: dt.datetime) -> bool:
        # The sweep rides on the writes, so the table stays as small as one day's keys.
        await connection.execute("DELETE FROM idempotency_keys WHERE created_at < $1", now - KEY_LIFETIME)
        taken = await connection.fetchval(
            "INSERT INTO idempotency_keys (user_id, key, request_hash, status, response, created_at)"
            " VALUES ($1, $2, $3, 201, '{}', $4) ON CONFLICT DO NOTHING RETURNING key",
            user, key[0], key[1], now,
        )  # fmt: skip
        return taken is not None


def _stored(row: Any) -> StoredSession:
    # asyncpg has a UUID class of its own, which JSON encoders do not all know.
    values = dict(row)
    values["id"] = UUID(bytes=row["id"].bytes)
    return StoredSession(**values)
