"""AI answers in the old table ``ai_cache``, under a prefix of our own: rows of the old services are never touched.

A row that is being made for is announced by a claim, a row of the same table, so that several workers that are asked the
same make one call. A claim expires by itself: a worker that dies keeps nobody waiting longer than that.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from tandem.core.database.answer_keys import PREFIX, user_prefix
from tandem.core.database.pool import Database

CLAIM: Final = "tandem-claim"
"""Type of the rows that announce an answer; outside of :data:`PREFIX`, for they are none."""
LISTED: Final = 500
"""Rows that are listed at most."""

_GET: Final = """
    SELECT response, created_at FROM ai_cache
    WHERE cache_key = $1 AND expires_at > now() AND NOT coalesce(invalidated, false)
"""
_PUT: Final = """
    INSERT INTO ai_cache (cache_key, cache_type, params_hash, response, ttl_hours, expires_at, invalidated, created_at)
    VALUES ($1, $2, $3, $4::jsonb, least($5::float8, 999)::numeric(5,2), now() + make_interval(secs => $5::float8 * 3600), false, now())
    ON CONFLICT (cache_key) DO UPDATE SET response = excluded.response, ttl_hours = excluded.ttl_hours,
        expires_at = excluded.expires_at, invalidated = false, created_at = excluded.created_at
"""
_SWEEP: Final = """
    DELETE FROM ai_cache WHERE cache_key IN (
        SELECT cache_key FROM ai_cache WHERE (starts_with(cache_type, $1) OR cache_type = $2)
        AND expires_at < now() - interval '1 day' LIMIT 100
    )
"""
_CLAIM: Final = """
    INSERT INTO ai_cache (cache_key, cache_type, params_hash, response, expires_at)
    VALUES ($1, $2, $3, '{}'::jsonb, now() + make_interval(secs => $4))
    ON CONFLICT (cache_key) DO UPDATE SET params_hash = excluded.params_hash, expires_at = excluded.expires_at
    WHERE ai_cache.expires_at <= now()
"""
_INVALIDATE: Final = """
    UPDATE ai_cache SET expires_at = now() - interval '1 second', invalidated = true
    WHERE starts_with(cache_type, $1) AND starts_with(cache_key, $2) AND expires_at > now()
"""
_LIST: Final = """
    SELECT substr(cache_type, length($1) + 1) AS type, params_hash AS key, created_at, expires_at,
           expires_at > now() AND NOT coalesce(invalidated, false) AS valid
    FROM ai_cache WHERE starts_with(cache_type, $1) AND starts_with(cache_key, $2)
    ORDER BY created_at DESC LIMIT $3
"""


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """A stored answer and when it was stored."""

    response: dict[str, Any]
    created: datetime


@dataclass(frozen=True, slots=True)
class ListedAnswer:
    """One row as the status tells it."""

    type: str
    key: str
    created: datetime
    expires: datetime
    valid: bool


@dataclass(frozen=True, slots=True)
class AnswerKey:
    """What identifies an answer: whose it is, of which kind, and a digest of everything it depends on."""

    user: str
    kind: str
    digest: str

    @property
    def text(self) -> str:
        """The row's ``cache_key``, which holds no name of a user."""
        return f"{user_prefix(self.user)}{self.kind}:{self.digest}"

    @property
    def type(self) -> str:
        """The row's ``cache_type``."""
        return PREFIX + self.kind


class AIAnswerRepository:
    """Keeps answers; every method raises DatabaseUnavailableError while PostgreSQL is out of reach."""

    def __init__(self, database: Database) -> None:
        """Work through ``database``."""
        self._database = database

    async def get(self, key: AnswerKey) -> KeptAnswer | None:
        """Return the answer while it is valid."""
        row = await self._database.fetchrow(_GET, key.text)
        return None if row is None else KeptAnswer(row["response"], row["created_at"])

    async def put(self, key: AnswerKey, response: dict[str, Any], hours: float) -> None:
        """Keep an answer for ``hours``, and delete some of ours that expired more than a day ago."""
        await self._database.execute(_PUT, key.text, key.type, key.digest, response, hours)
        await self._database.execute(_SWEEP, PREFIX, CLAIM)

    async def claim(self, key: AnswerKey, owner: str, seconds: float) -> bool:
        """Announce that ``owner`` makes this answer within ``seconds``; False when somebody else does."""
        status = await self._database.execute(_CLAIM, _claim(key), CLAIM, owner, seconds)
        return not status.endswith(" 0")

    async def claimed(self, key: AnswerKey) -> bool:
        """Whether somebody is making this answer."""
        query = "SELECT EXISTS (SELECT FROM ai_cache WHERE cache_key = $1 AND expires_at > now())"
        return bool(await self._database.fetchval(query, _claim(key)))

    async def release(self, key: AnswerKey, owner: str) -> None:
        """Take the announcement of ``owner`` back."""
        await self._database.execute(
            "DELETE FROM ai_cache WHERE cache_key = $1 AND params_hash = $2", _claim(key), owner
        )

    async def invalidate(self, user: str) -> int:
        """Make all valid answers of ``user`` unusable and return how many there were."""
        status = await self._database.execute(_INVALIDATE, PREFIX, user_prefix(user))
        return int(status.split()[-1])

    async def listed(self, user: str) -> list[ListedAnswer]:
        """Return the newest answers of ``user``, at most :data:`LISTED`."""
        rows = await self._database.fetch(_LIST, PREFIX, user_prefix(user), LISTED)
        return [
            ListedAnswer(row["type"], row["key"] or "default", row["created_at"], row["expires_at"], row["valid"])
            for row in rows
        ]  # fmt: skip


def _claim(key: AnswerKey) -> str:
    return "claim:" + key.text
