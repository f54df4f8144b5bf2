"""Erasing everything that is kept about one person, in whatever table it stands."""

from typing import Final

from tandem.core.database.answer_keys import user_prefix
from tandem.core.database.pool import Database
from tandem.core.identity import DEFAULT_USER

KEPT: Final = "data_versions"
"""Holds a number only, and the number must never go back while some worker still remembers it."""

# The tables of the old services have no user column: what they hold belongs to the default user. Not all of them
# are there: the old web service made some by itself.
_LEGACY_OF_DEFAULT: Final = (
    "ai_cache",
    "user_profile",
    "category_skills",
    "achievements",
    "wellness_checkins",
    "daily_focus",
    "weekly_plans",
    "weekly_reviews",
    "xp_history",
    "daily_challenges",
    "weekly_quests",
)

_TABLES_SQL: Final = """
    SELECT c.table_name FROM information_schema.columns c
    JOIN information_schema.tables t USING (table_schema, table_name)
    WHERE c.table_schema = current_schema() AND c.column_name = 'user_id' AND t.table_type = 'BASE TABLE'
      AND c.table_name <> ALL ($1::text[])
    ORDER BY c.table_name
"""


async def erase(database: Database, user: str) -> dict[str, int]:
    """Delete every row of ``user`` in one transaction; returns the rows deleted per table.

    Asks the database which tables have users, so that a table that a later release adds cannot be forgotten.
    """
    erased = {}
    async with database.transaction() as connection:
        rows = await connection.fetch(_TABLES_SQL, [KEPT, *_LEGACY_OF_DEFAULT])
        for table in (row["table_name"] for row in rows):
            status = await connection.execute(f'DELETE FROM "{table}" WHERE user_id = $1', user)  # noqa: S608
            erased[table] = int(status.split()[-1])
        status = await connection.execute("DELETE FROM budgets WHERE scope = 'user' AND name = $1", user)
        erased["budgets"] = int(status.split()[-1])
        # The table has no user column; the keys of our rows tell whose they are.
        status = await connection.execute(
            "DELETE FROM ai_cache WHERE starts_with(cache_key, $1)", user_prefix(user)
        )
        erased["ai_cache"] = int(status.split()[-1])
        if user == DEFAULT_USER:
            for table in _LEGACY_OF_DEFAULT:
                if not await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", table):
                    continue
                status = await connection.execute(f"DELETE FROM {table}")  # noqa: S608
                erased[table] = erased.get(table, 0) + int(status.split()[-1])
    return erased
