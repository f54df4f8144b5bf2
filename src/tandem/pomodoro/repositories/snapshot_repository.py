"""Reads one person's sessions out of PostgreSQL in the shape in which the snapshot keeps them."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from tandem.core.database.pool import Database
from tandem.pomodoro.snapshot import SessionRow, Snapshot
from tandem.pomodoro.snapshot.columns import SESSION_DTYPE
from tandem.pomodoro.snapshot.snapshot import MOST_CATEGORIES, MOST_PRESETS, OVERFLOW, RECENT

# Binary COPY of columns that are never null and have a fixed width: each row is then one NumPy record, and
# nothing is made into Python objects on the way. Names travel as 64-bit hashes, looked up once per name.
_WIRE: Final = np.dtype(
    [("fields", ">i2")]
    + [
        entry
        for name, kind in (
            ("id", "V16"), ("day", ">i4"), ("second", ">i4"), ("preset", ">i8"), ("category", ">i8"),
            ("minutes", ">i4"), ("rating", ">f4"), ("completed", "?"),
        )
        for entry in ((f"{name}_length", ">i4"), (name, kind))
    ]
)  # fmt: skip
_HEADER: Final = 19
_TRAILER: Final = 2

# A day outside the calendar that Python knows cannot be placed; such rows can only be made by hand.
_USABLE: Final = "date BETWEEN DATE '0001-01-01' AND DATE '9999-12-31'"
_DAY: Final = "(date - DATE '0001-01-01' + 1)::int4"
_SECOND: Final = "LEAST(extract(epoch FROM time)::int4, 86399)"
_MINUTES: Final = "LEAST(GREATEST(duration_minutes, 0), 32767)::int4"
# LEAST and GREATEST skip NULL: without the condition a session that nobody rated would count as rated 0.
_RATING: Final = (
    "CASE WHEN productivity_rating IS NOT NULL THEN LEAST(GREATEST(productivity_rating, 0), 100)::float4 END"
)

_SHOWN: Final = "user_id = $1 AND (origin IS NOT DISTINCT FROM 'demo') = $2"

_NAMES_SQL: Final = f"""
    SELECT origin IS NOT DISTINCT FROM 'demo' AS demo, preset, category,
           hashtextextended(preset, 0) AS preset_hash, hashtextextended(category, 0) AS category_hash
    FROM sessions WHERE user_id = $1 AND {_USABLE} GROUP BY 1, 2, 3
"""  # noqa: S608 - constants only
_COPY_SQL: Final = f"""
    SELECT id, {_DAY}, {_SECOND}, hashtextextended(preset, 0), hashtextextended(category, 0),
           {_MINUTES}, COALESCE({_RATING}, 'NaN'::float4), completed
    FROM sessions WHERE {_SHOWN} AND {_USABLE}
"""  # noqa: S608 - constants only
_ROW: Final = f"""
    SELECT id, {_DAY} AS day, {_SECOND} AS second, preset, category, {_MINUTES} AS minutes,
           {_RATING} AS rating, completed, origin IS NOT DISTINCT FROM 'demo' AS demo, task, notes
"""  # noqa: S608 - constants only
_RECENT_SQL: Final = f"""
    {_ROW} FROM sessions WHERE {_SHOWN} AND {_USABLE} ORDER BY date DESC, time DESC, id LIMIT {RECENT}
"""
# By id first: before its first ANALYZE PostgreSQL would rather walk through all sessions of the user.
_CHANGED_SQL: Final = f"""
    {_ROW} FROM (SELECT * FROM sessions WHERE id = ANY($2::uuid[]) OFFSET 0) AS named
    WHERE user_id = $1 AND {_USABLE}
"""  # noqa: S608 - constants only
_VERSION_SQL: Final = "SELECT version FROM data_versions WHERE user_id = $1"


@dataclass(frozen=True, slots=True)
class LoadedSessions:
    """The raw material of one snapshot, read at one moment of the database."""

    user: str
    version: int
    demo: bool
    presets: dict[int, str]
    categories: dict[int, str]
    wire: bytes
    recent: Sequence[SessionRow]

    @property
    def rows(self) -> int:
        """How many sessions were read."""
        return max(0, len(self.wire) - _HEADER - _TRAILER) // _WIRE.itemsize

    def build(self) -> Snapshot:
        """Decode and sum; pure computation, about 0.2 s per 200,000 sessions."""
        rows = np.frombuffer(self.wire, _WIRE, count=self.rows, offset=_HEADER)
        table = np.empty(len(rows), SESSION_DTYPE)
        for name in ("id", "day", "second", "minutes", "rating", "completed"):
            table[name] = rows[name]
        preset_names, table["preset"] = _codes(rows["preset"], self.presets, MOST_PRESETS)
        category_names, table["category"] = _codes(rows["category"], self.categories, MOST_CATEGORIES)
        return Snapshot(
            user=self.user, version=self.version, table=table, presets=preset_names, categories=category_names,
            recent=self.recent, demo=self.demo,
        )  # fmt: skip


class SnapshotRepository:
    """Loads sessions for snapshots; raises DatabaseUnavailableError when PostgreSQL is out of reach."""

    def __init__(self, database: Database) -> None:
        """Read through ``database``."""
        self._database = database

    async def version(self, user: str) -> int:
        """Return the user's data version, 0 before the first session."""
        return await self._database.fetchval(_VERSION_SQL, user) or 0

    async def load(self, user: str) -> LoadedSessions:
        """Read everything of one user in one consistent view.

        Demonstration sessions are read only while there is no real one.
        """
        wire = io.BytesIO()
        async with (
            self._database.connection() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            version = await connection.fetchval(_VERSION_SQL, user) or 0
            names = await connection.fetch(_NAMES_SQL, user)
            demo = bool(names) and all(row["demo"] for row in names)
            await connection.copy_from_query(_COPY_SQL, user, demo, output=wire, format="binary")
            recent = await connection.fetch(_RECENT_SQL, user, demo)
        return LoadedSessions(
            user=user, version=version, demo=demo, wire=wire.getvalue(), recent=[_session(row) for row in recent],
            presets={row["preset_hash"]: row["preset"] for row in names if row["demo"] == demo},
            categories={row["category_hash"]: row["category"] for row in names if row["demo"] == demo},
        )  # fmt: skip

    async def changed(self, user: str, ids: Sequence[UUID]) -> list[SessionRow]:
        """Read those sessions among ``ids`` that still exist and belong to ``user``."""
        return [_session(row) for row in await self._database.fetch(_CHANGED_SQL, user, list(ids))]


def _session(row: Any) -> SessionRow:
    # asyncpg has a UUID class of its own; the snapshot compares ids by their bytes.
    return SessionRow(
        id=UUID(bytes=row["id"].bytes), day=row["day"], second=row["second"], preset=row["preset"],
        category=row["category"], minutes=row["minutes"], completed=row["completed"], rating=row["rating"],
        demo=row["demo"], task=row["task"], notes=row["notes"],
    )  # fmt: skip


def _codes(hashes: NDArray[np.int64], names: dict[int, str], most: int) -> tuple[list[str], NDArray[np.intp]]:
    """Number the names; beyond ``most`` the rarest share one number."""
    known, codes, counts = np.unique(hashes, return_inverse=True, return_counts=True)
    if len(known) < most:
        return [names[int(value)] for value in known], codes
    kept = np.sort(np.argsort(-counts, kind="stable")[: most - 1])
    number = np.full(len(known), most - 1, dtype=np.intp)
    number[kept] = np.arange(most - 1)
    return [*(names[int(value)] for value in known[kept]), OVERFLOW], number[codes]
