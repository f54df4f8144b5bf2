"""Conversations and their turns."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tandem.core.database.pool import Database
from tandem.core.database.storable import storable

_HEAD = """
    SELECT c.id, NULLIF(c.title, '') AS title, c.model, c.created_at, c.updated_at,
           (SELECT count(*) FROM conversation_messages m WHERE m.conversation_id = c.id) AS messages
    FROM conversations c
"""


@dataclass(frozen=True, slots=True)
class StoredHead:
    """A conversation without its turns."""

    id: UUID
    title: str | None
    model: str | None
    created_at: dt.datetime
    updated_at: dt.datetime
    messages: int


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """One turn; ``model`` and ``provider`` are null for what a person said."""

    role: str
    content: str
    model: str | None
    provider: str | None
    usage: dict[str, Any] | None
    created_at: dt.datetime


class ConversationRepository:
    """Raises DatabaseUnavailableError when PostgreSQL is out of reach."""

    def __init__(self, database: Database) -> None:
        """Work through ``database``."""
        self._database = database

    async def create(self, user: str, title: str | None, model: str | None, now: dt.datetime) -> StoredHead:
        """Begin a conversation."""
        row = await self._database.fetchrow(
            "INSERT INTO conversations (user_id, title, model, created_at, updated_at) VALUES ($1, COALESCE($2, ''), $3, $4, $4)"
            " RETURNING id, NULLIF(title, '') AS title, model, created_at, updated_at, 0 AS messages",
            user, title, model, now,
        )  # fmt: skip
        return _head(row)

    async def find(self, user: str, limit: int) -> list[StoredHead]:
        """Return the user's conversations, the last used first."""
        rows = await self._database.fetch(
            f"{_HEAD} WHERE c.user_id = $1 ORDER BY c.updated_at DESC, c.id LIMIT $2", user, limit
        )
        return [_head(row) for row in rows]

    async def head(self, user: str, conversation: UUID) -> StoredHead | None:
        """Return one conversation of ``user``."""
        row = await self._database.fetchrow(f"{_HEAD} WHERE c.user_id = $1 AND c.id = $2", user, conversation)
        return _head(row) if row else None

    async def turns(self, conversation: UUID, newest: int) -> list[StoredTurn]:
        """Return the ``newest`` turns, oldest first."""
        rows = await self._database.fetch(
            "SELECT role, content, model, provider, usage, created_at FROM conversation_messages"
            " WHERE conversation_id = $1 ORDER BY seq DESC LIMIT $2",
            conversation, newest,
        )  # fmt: skip
        return [StoredTurn(**dict(row)) for row in reversed(rows)]

    async def append(
        self, user: str, conversation: UUID, turns: Sequence[StoredTurn], now: dt.datetime
    ) -> bool:
        """Add turns at the end; False if ``user`` has no such conversation."""
        async with self._database.transaction() as connection:
            # The row is locked, so that two answers to one conversation cannot take the same place.
            found = await connection.fetchval(
                "UPDATE conversations SET updated_at = $3 WHERE user_id = $1 AND id = $2 RETURNING id",
                user, conversation, now,
            )  # fmt: skip
            if found is None:
                return False
            last = await connection.fetchval(
                "SELECT COALESCE(max(seq), 0) FROM conversation_messages WHERE conversation_id = $1",
                conversation,
            )
            await connection.executemany(
                "INSERT INTO conversation_messages (conversation_id, seq, role, content, model, provider, usage,"
                " created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                [
                    (
                        conversation,
                        last + at,
                        t.role,
                        storable(t.content),
                        t.model,
                        t.provider,
                        t.usage,
                        t.created_at,
                    )
                    for at, t in enumerate(turns, start=1)
                ],
            )
        return True

    async def delete(self, user: str, conversation: UUID) -> bool:
        """Delete a conversation with its turns; False if ``user`` has no such."""
        status = await self._database.execute(
            "DELETE FROM conversations WHERE user_id = $1 AND id = $2", user, conversation
        )
        return status.endswith("1")


def _head(row: Any) -> StoredHead:
    return StoredHead(**{**dict(row), "id": UUID(bytes=row["id"].bytes)})
