"""Notes, their words and their vectors in PostgreSQL.

A vector belongs to a text, not to a session: whatever sessions have that text are found through it, and one whose text
changed is not found through the old one. So nothing here can be out of date, only missing.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import numpy as np

from tandem.core.database.pool import Database
from tandem.pomodoro.search.space import Vectors

_NOTE: Final = "tandem_note(s.task, s.notes)"
_DIGEST: Final = f"md5({_NOTE})::uuid"
_RECENT: Final = f"""
    SELECT s.id, {_DIGEST} AS digest FROM sessions s
    WHERE s.user_id = $1 AND s.created_at >= $2 AND {_NOTE} <> ''
"""  # noqa: S608 - our own names only

MOST_BY_WORD: Final = 40
"""Notes that are looked at for each word of a question, the newest first."""

MOST_BY_MEANING: Final = 200
"""Notes that the ranking by meaning holds."""

WHOLE: Final = 0.65
"""Weight of the whole note beside its best sentence (chosen on other texts than search is judged by)."""


@dataclass(frozen=True, slots=True)
class FoundNote:
    """A session that was found."""

    id: UUID
    date: dt.date
    category: str
    task: str | None
    notes: str | None
    productivity_rating: float | None


@dataclass(frozen=True, slots=True)
class Near:
    """How near notes are to a question."""

    found: list[tuple[UUID, float]]
    """Cosines, the nearest first."""
    missing: int
    """Notes without a vector."""


@dataclass(frozen=True, slots=True)
class MissingText:
    """A text that has no vectors yet."""

    digest: UUID
    text: str


@dataclass(frozen=True, slots=True)
class Comparing:
    """How PostgreSQL compares vectors."""

    schema: str
    """Where pgvector is, quoted; empty without it."""


class SearchRepository:
    """Asks about one user's notes at a time; every method raises DatabaseUnavailableError."""

    def __init__(self, database: Database) -> None:
        """Work through ``database``."""
        self._database = database

    async def by_words(
        self, user: str, since: dt.datetime, patterns: Sequence[str]
    ) -> dict[UUID, list[bool]]:
        """Return which of ``patterns`` each note holds, the newest first, for the newest notes with each of them."""
        rows = await self._database.fetch(
            f"""
            WITH hits AS MATERIALIZED (
                SELECT DISTINCT hit.id FROM unnest($3::text[]) AS wanted(one) CROSS JOIN LATERAL (
                    SELECT s.id FROM sessions s
                    WHERE tandem_words({_NOTE}) @@ wanted.one::tsquery AND s.user_id = $1 AND s.created_at >= $2
                    ORDER BY s.created_at DESC LIMIT {MOST_BY_WORD}
                ) AS hit
            )
            SELECT s.id, ARRAY(
                SELECT note.words @@ one::tsquery FROM unnest($3::text[]) WITH ORDINALITY AS wanted(one, at) ORDER BY at
            ) AS holds
            FROM hits JOIN sessions s ON s.id = hits.id AND s.user_id = $1
            CROSS JOIN LATERAL (SELECT tandem_words({_NOTE}) AS words OFFSET 0) AS note
            ORDER BY s.created_at DESC
            """,  # noqa: S608
            user, since, list(patterns),
        )  # fmt: skip
        return {_uuid(row["id"]): row["holds"] for row in rows}

    async def count(self, user: str, since: dt.datetime) -> int:
        """Return how many sessions there are to search."""
        count: int = await self._database.fetchval(
            "SELECT count(*) FROM sessions WHERE user_id = $1 AND created_at >= $2", user, since
        )
        return count

    async def by_meaning(self, user: str, since: dt.datetime, space: str, question: Vectors) -> Near:
        """Return how near notes are to ``question`` (one row)."""
        comparing = await self._comparing()
        if comparing.schema:
            return await self._compared_there(comparing.schema, user, since, space, question)
        return await self._compared_here(user, since, space, question)

    async def get(self, user: str, sessions: Sequence[UUID]) -> dict[UUID, FoundNote]:
        """Return the sessions that still exist."""
        rows = await self._database.fetch(
            "SELECT id, LEAST(date, DATE '9999-12-31') AS date, category, task, notes,"
            " NULLIF(productivity_rating, 'NaN')::float8 AS productivity_rating"
            " FROM sessions WHERE user_id = $1 AND id = ANY ($2)",
            user, list(sessions),
        )  # fmt: skip
        found = [FoundNote(**{**row, "id": _uuid(row["id"])}) for row in rows]
        return {note.id: note for note in found}

    async def missing(self, user: str, space: str, limit: int) -> list[MissingText]:
        """Return different texts without vectors in ``space``, the newest first."""
        rows = await self._database.fetch(
            f"""
            SELECT digest, min(note) AS note FROM (
                SELECT {_DIGEST} AS digest, {_NOTE} AS note, s.created_at FROM sessions s
                WHERE s.user_id = $1 AND {_NOTE} <> ''
            ) AS notes
            WHERE NOT EXISTS (
                SELECT FROM tandem_vectors v WHERE v.user_id = $1 AND v.space = $2 AND v.digest = notes.digest
            )
            GROUP BY digest ORDER BY max(created_at) DESC LIMIT $3
            """,  # noqa: S608
            user, space, limit, timeout=60,
        )  # fmt: skip
        return [MissingText(_uuid(row["digest"]), row["note"]) for row in rows]

    async def put(
        self, user: str, space: str, digests: Sequence[UUID], places: Sequence[int], vectors: Vectors
    ) -> None:
        """Store vectors, piece 0 of a text being the whole of it; those that are there already stay."""
        comparing = await self._comparing()
        if comparing.schema:
            values: list[Any] = [_literal(row) for row in vectors]
            kinds = f"unnest($5::text[])::{comparing.schema}.vector"
        else:
            values, kinds = [row.astype("<f2").tobytes() for row in vectors], "unnest($5::bytea[])"
        await self._database.execute(
            "INSERT INTO tandem_vectors (user_id, space, digest, piece, vector)"
            f" SELECT $1, $2, unnest($3::uuid[]), unnest($4::smallint[]), {kinds} ON CONFLICT DO NOTHING",
            user, space, list(digests), list(places), values,
        )  # fmt: skip

    async def forget_unused(self, user: str) -> int:
        """Delete vectors of texts that no session has any more, and of other spaces; returns how many."""
        status = await self._database.execute(
            f"""
            DELETE FROM tandem_vectors v WHERE v.user_id = $1 AND NOT EXISTS (
                SELECT FROM (SELECT {_DIGEST} AS digest FROM sessions s WHERE s.user_id = $1) AS used
                WHERE used.digest = v.digest
            )
            """,  # noqa: S608
            user, timeout=60,
        )  # fmt: skip
        return int(status.split()[-1])

    async def behind(self, space: str, limit: int) -> list[str]:
        """Return users whose data changed since their notes were looked through, or were never in ``space``."""
        rows = await self._database.fetch(
            "SELECT v.user_id FROM data_versions v LEFT JOIN tandem_indexed i USING (user_id)"
            " WHERE v.user_id NOT LIKE '#%' AND (i.version IS NULL OR i.version < v.version OR i.space <> $1)"
            " LIMIT $2",
            space, limit,
        )  # fmt: skip
        return [row["user_id"] for row in rows]

    async def version(self, user: str) -> int:
        """Return the user's data version."""
        version: int = await self._database.fetchval(
            "SELECT COALESCE((SELECT version FROM data_versions WHERE user_id = $1), 0)", user
        )
        return version

    async def indexed(self, user: str, space: str, version: int) -> None:
        """Note that all texts up to ``version`` have vectors."""
        await self._database.execute(
            "INSERT INTO tandem_indexed (user_id, space, version) VALUES ($1, $2, $3)"
            " ON CONFLICT (user_id) DO UPDATE SET space = excluded.space, version = excluded.version, at = now()",
            user, space, version,
        )  # fmt: skip

    async def _compared_there(
        self, schema: str, user: str, since: dt.datetime, space: str, question: Vectors
    ) -> Near:
        # As a sub-select the question is read once, not for every row.
        nearness = f"(1 - (v.vector OPERATOR({schema}.<=>) (SELECT $4::text::{schema}.vector)))"
        query = f"""
            WITH recent AS MATERIALIZED ({_RECENT}), scored AS MATERIALIZED (
                SELECT digest, max(near) FILTER (WHERE piece = 0) AS whole, max(near) FILTER (WHERE piece > 0) AS part
                FROM (
                    SELECT v.digest, v.piece, {nearness} AS near FROM tandem_vectors v
                    WHERE v.user_id = $1 AND v.space = $3 AND v.digest IN (SELECT digest FROM recent) OFFSET 0
                ) AS compared
                GROUP BY digest
            )
            SELECT id, {WHOLE} * whole + {1 - WHOLE} * coalesce(part, whole) AS cosine,
                   count(*) FILTER (WHERE whole IS NULL) OVER () AS missing
            FROM recent LEFT JOIN scored USING (digest) ORDER BY cosine DESC NULLS LAST, id LIMIT {MOST_BY_MEANING}
        """  # noqa: S608
        async with self._database.transaction(readonly=True) as connection:
            # Right after an import PostgreSQL knows nothing of the rows and would compare each with each.
            await connection.execute("SET LOCAL enable_nestloop = off")
            rows = await connection.fetch(query, user, since, space, _literal(question[0]))
        found = [(_uuid(row["id"]), row["cosine"]) for row in rows if row["cosine"] is not None]
        return Near(found, rows[0]["missing"] if rows else 0)

    async def _compared_here(self, user: str, since: dt.datetime, space: str, question: Vectors) -> Near:
        recent = await self._database.fetch(_RECENT, user, since)
        rows = await self._database.fetch(
            "SELECT digest, piece, vector FROM tandem_vectors"
            " WHERE user_id = $1 AND space = $2 AND digest = ANY ($3)",
            user, space, list({row["digest"] for row in recent}),
        )  # fmt: skip
        if not rows:
            return Near([], len(recent))
        near = np.stack([np.frombuffer(row["vector"], dtype="<f2") for row in rows]).astype(np.float32)
        cosines = near @ question[0]
        whole: dict[Any, float] = {}
        part: dict[Any, float] = {}
        for row, cosine in zip(rows, cosines, strict=True):
            kept = part if row["piece"] else whole
            kept[row["digest"]] = max(kept.get(row["digest"], -1.0), float(cosine))
        scores = {text: WHOLE * best + (1 - WHOLE) * part.get(text, best) for text, best in whole.items()}
        found = [(_uuid(row["id"]), scores[row["digest"]]) for row in recent if row["digest"] in scores]
        nearest = sorted(found, key=lambda one: -one[1])[:MOST_BY_MEANING]
        return Near(nearest, len(recent) - len(found))

    async def _comparing(self) -> Comparing:
        schema = await self._database.fetchval(
            "SELECT quote_ident(n.nspname) FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid"
            " JOIN pg_namespace n ON n.oid = t.typnamespace"
            " WHERE a.attrelid = to_regclass('tandem_vectors') AND a.attname = 'vector' AND t.typname = 'vector'"
        )
        return Comparing(schema or "")


def _literal(row: Vectors) -> str:
    return f"[{','.join(f'{number:.6g}' for number in row)}]"


def _uuid(value: Any) -> UUID:
    return UUID(bytes=value.bytes)
