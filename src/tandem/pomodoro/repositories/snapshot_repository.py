"""Reads one person's sessions out of PostgreSQL in the shape in which the snapshot keeps them."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from tandem.core.database.pool import Database
from tandem.core.errors import OperationalError
from tandem.pomodoro.snapshot import SessionRow, Snapshot
from tandem.pomodoro.snapshot.columns import SESSION_DTYPE
from tandem.pomodoro.snapshot.snapshot import MOST_CATEGORIES, MOST_PRESETS, OVERFLOW, RECENT

# The server strings the columns of all sessions together as NumPy records, so nothing is made into Python objects on
# the way. Names travel as 64-bit hashes, looked up once per name.
_WIRE: Final = np.dtype([
    ("id", "V16"), ("day", ">i4"), ("second", ">i4"), ("preset", ">i8"), ("category", ">i8"), ("minutes", ">i4"),
    ("rating", ">f4"), ("completed", "?"),
])  # fmt: skip

INLINE_ROWS: Final = 5_000
"""Up to so many sessions are looked through and built on the event loop (some 2 ms); more go to a thread."""

MOST_NAMES: Final = 50_000
"""Names of presets and categories remembered per process."""

ATTEMPTS: Final = 3
"""Loads until names and sessions fit together while somebody renames."""

# A day outside the calendar that Python knows cannot be placed; such rows can only be made by hand.
_USABLE: Final = "date BETWEEN DATE '0001-01-01' AND DATE '9999-12-31'"
_DAY: Final = "(date - DATE '0001-01-01' + 1)::int4"
_SECOND: Final = "LEAST(extract(epoch FROM time)::int4, 86399)"
_MINUTES: Final = "LEAST(GREATEST(duration_minutes, 0), 32767)::int4"
# LEAST and GREATEST skip NULL: without the condition a session that nobody rated would count as rated 0.
_RATING: Final = (
    "CASE WHEN productivity_rating IS NOT NULL THEN LEAST(GREATEST(productivity_rating, 0), 100)::float4 END"
)

_DEMO: Final = "origin IS NOT DISTINCT FROM 'demo'"
_MINE: Final = f"user_id = $1 AND ({_DEMO}) = demo AND {_USABLE}"

_RECORD: Final = (
    f"uuid_send(id) || int4send({_DAY}) || int4send({_SECOND}) || int8send(hashtextextended(preset, 0)) || "
    f"int8send(hashtextextended(category, 0)) || int4send({_MINUTES}) || "
    f"float4send(COALESCE({_RATING}, 'NaN'::float4)) || boolsend(completed)"
)
_NAMES_SQL: Final = f"""
    SELECT name, hashtextextended(name, 0) FROM (
        SELECT preset AS name FROM sessions WHERE user_id = $1 AND {_USABLE}
        UNION SELECT category FROM sessions WHERE user_id = $1 AND {_USABLE}
    ) AS named
"""  # noqa: S608 - constants only
_ROW: Final = f"""
    SELECT id::text, {_DAY} AS day, {_SECOND} AS second, preset, category, {_MINUTES} AS minutes, completed,
           {_RATING} AS rating, {_DEMO} AS is_demo, task, notes
"""
# One statement sees one moment of the database without a transaction, and costs one round trip. The newest sessions come
# as JSON: for an array of records asyncpg would ask each new connection for its types, which costs 30 ms.
_LOAD_SQL: Final = f"""
    WITH shown AS MATERIALIZED (
        SELECT NOT EXISTS (SELECT FROM sessions WHERE user_id = $1 AND NOT ({_DEMO})) AS demo
    )
    SELECT (SELECT version FROM data_versions WHERE user_id = $1) AS version, demo,
           (SELECT string_agg({_RECORD}, ''::bytea) FROM sessions WHERE {_MINE}) AS wire,
           (SELECT json_agg(newest) FROM (
               {_ROW} FROM sessions WHERE {_MINE} ORDER BY date DESC, time DESC, id LIMIT {RECENT}
           ) AS newest) AS recent
    FROM shown
"""  # noqa: S608 - constants only
# By id first: before its first ANALYZE PostgreSQL would rather walk through all sessions of the user.
_CHANGED_SQL: Final = f"""
    {_ROW} FROM (SELECT * FROM sessions WHERE id = ANY($2::uuid[]) OFFSET 0) AS named
    WHERE user_id = $1 AND {_USABLE}
"""  # noqa: S608 - constants only
_VERSION_SQL: Final = "SELECT version FROM data_versions WHERE user_id = $1"
# Both steps go by an index or over few rows, however long the table is.
_LATEST_SQL: Final = """
    SELECT user_id FROM (SELECT user_id, date FROM sessions ORDER BY date DESC LIMIT 20000) AS latest
    GROUP BY user_id ORDER BY max(date) DESC, count(*) DESC LIMIT $1
"""


@dataclass(frozen=True, slots=True)
class LoadedSessions:
    """The raw material of one snapshot, read at one moment of the database."""

    user: str
    version: int
    demo: bool
    names: Mapping[int, str]
    """Of presets and categories, by hash."""
    wire: bytes
    recent: Sequence[SessionRow]

    @property
    def rows(self) -> int:
        """How many sessions were read."""
        return len(self.wire) // _WIRE.itemsize

    def build(self) -> Snapshot:
        """Decode and sum; pure computation, about 0.2 s per 200,000 sessions."""
        rows = np.frombuffer(self.wire, _WIRE)
        table = np.empty(len(rows), SESSION_DTYPE)
        for name in ("id", "day", "second", "minutes", "rating", "completed"):
            table[name] = rows[name]
        preset_names, table["preset"] = _codes(rows["preset"], self.names, MOST_PRESETS)
        category_names, table["category"] = _codes(rows["category"], self.names, MOST_CATEGORIES)
        return Snapshot(
            user=self.user, version=self.version, table=table, presets=preset_names, categories=category_names,
            recent=self.recent, demo=self.demo,
        )  # fmt: skip


class SnapshotRepository:
    """Loads sessions for snapshots; raises DatabaseUnavailableError when PostgreSQL is out of reach."""

    def __init__(self, database: Database) -> None:
        """Read through ``database``."""
        self._database = database
        self._names: dict[int, str] = {}

    async def version(self, user: str) -> int:
        """Return the user's data version, 0 before the first session."""
        return await self._database.fetchval(_VERSION_SQL, user) or 0

    async def load(self, user: str) -> LoadedSessions:
        """Read everything of one user in one consistent view.

        Demonstration sessions are read only while there is no real one.
        """
        for _ in range(ATTEMPTS):
            row = await self._database.fetchrow(_LOAD_SQL, user)
            wire: bytes = row["wire"] or b""
            if await self._know(user, wire):
                return LoadedSessions(
                    user=user, version=row["version"] or 0, demo=bool(wire) and row["demo"], wire=wire,
                    recent=[_session(each) for each in row["recent"] or ()], names=self._names,
                )  # fmt: skip
        raise OperationalError("these sessions are changing faster than they can be read")

    async def _know(self, user: str, wire: bytes) -> bool:
        """Learn the names in ``wire``; False if somebody has renamed one meanwhile."""
        large = len(wire) > INLINE_ROWS * _WIRE.itemsize
        hashes = await asyncio.to_thread(_hashes, wire) if large else _hashes(wire)
        if hashes <= self._names.keys():
            return True
        # A new dictionary: what was loaded before may still be built from the old one.
        kept = self._names if len(self._names) < MOST_NAMES else {}
        learned = {value: name for name, value in await self._database.fetch(_NAMES_SQL, user)}
        self._names = kept | learned
        return hashes <= self._names.keys()

    async def latest_users(self, most: int) -> list[str]:
        """Return up to ``most`` users, those with the newest sessions first."""
        return [row[0] for row in await self._database.fetch(_LATEST_SQL, most)]

    async def changed(self, user: str, ids: Sequence[UUID]) -> list[SessionRow]:
        """Read those sessions among ``ids`` that still exist and belong to ``user``."""
        return [_session(row) for row in await self._database.fetch(_CHANGED_SQL, user, list(ids))]


def _session(row: Mapping[str, Any]) -> SessionRow:
    """Return a row of ``_ROW``, which names its columns."""
    return SessionRow(
        id=UUID(row["id"]), day=row["day"], second=row["second"], preset=row["preset"], category=row["category"],
        minutes=row["minutes"], completed=row["completed"], rating=row["rating"], demo=row["is_demo"],
        task=row["task"], notes=row["notes"],
    )  # fmt: skip


def _hashes(wire: bytes) -> set[int]:
    rows = np.frombuffer(wire, _WIRE)
    # With counts, for without them numpy loads its masked arrays: 10 MB and a tenth of a second in each worker.
    distinct, _ = np.unique(np.concatenate([rows["preset"], rows["category"]]), return_counts=True)
    return set(distinct.tolist())


def _codes(
    hashes: NDArray[np.int64], names: Mapping[int, str], most: int
) -> tuple[list[str], NDArray[np.intp]]:
    """Number the names; beyond ``most`` the rarest share one number."""
    known, codes, counts = np.unique(hashes, return_inverse=True, return_counts=True)
    if len(known) < most:
        return [names[int(value)] for value in known], codes
    kept = np.sort(np.argsort(-counts, kind="stable")[: most - 1])
    number = np.full(len(known), most - 1, dtype=np.intp)
    number[kept] = np.arange(most - 1)
    return [*(names[int(value)] for value in known[kept]), OVERFLOW], number[codes]
