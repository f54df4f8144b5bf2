"""What is kept about a user beside the sessions."""

from tandem.core.database.pool import Database


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

    async def set_categories(self, user: str, categories: list[str]) -> None:
        """Remember the categories of ``user`` until they are configured again."""
        await self._database.execute(
            "INSERT INTO user_settings (user_id, settings) VALUES ($1, jsonb_build_object('categories', $2::jsonb))"
            " ON CONFLICT (user_id) DO UPDATE SET settings = user_settings.settings || excluded.settings,"
            " updated_at = now()",
            user, categories,
        )  # fmt: skip
