"""What is kept about a user beside the sessions."""

from typing import Final

from tandem.core.database import data_versions
from tandem.core.database.pool import Database

_SET_SQL: Final = (
    "INSERT INTO user_settings (user_id, settings) VALUES ($1, jsonb_build_object('categories', $2::jsonb))"
    " ON CONFLICT (user_id) DO UPDATE SET settings = user_settings.settings || excluded.settings,"
    " updated_at = now()"
)


class UserRepository:
    """Settings by user; raises DatabaseUnavailableError when PostgreSQL is out of reach."""

    def __init__(self, database: Database) -> None:
        """Work through ``database``."""
        self._database = database

    async def categories(self, user: str) -> list[str] | None:
        """Return the categories that a client configured, None if it never did."""
        found: list[str] | None = await self._database.fetchval(
            "SELECT settings -> 'categories' FROM user_settings WHERE user_id = $1", user
        )
        return found

    async def set_categories(self, user: str, categories: list[str]) -> int:
        """Remember the categories of ``user`` until they are configured again.

        Answers depend on them as they do on sessions: returns the user's data version that holds them.
        """
        async with self._database.transaction() as connection:
            await connection.execute(_SET_SQL, user, categories)
            return await data_versions.raise_one(connection, user)
