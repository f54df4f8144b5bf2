"""The tables of usage, budgets and conversations: added beside the old ones, and never dropped with rows in them."""

import pytest

from tandem.core.database import schema
from tandem.core.database.pool import Database
from tandem.core.errors import ConfigurationError
from tandem.usage import ledger
from tandem.usage.line import encode
from unit.usage.records import record

TABLES = {
    "usage_events", "usage_months", "usage_resets", "budgets", "budget_reservations", "conversations",
    "conversation_messages", "comparisons",
}  # fmt: skip


async def _tables(database):
    return {
        row[0] for row in await database.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    }


async def test_the_version_before_goes_on_beside_it(empty_database_url):
    """Nothing that 0001 made is touched, and going back to it gives it back."""
    async with Database(empty_database_url) as database:
        await schema.upgrade(empty_database_url, "0001")
        before = await _tables(database)
        assert not before & TABLES
        await schema.upgrade(empty_database_url, "0002")
        assert await _tables(database) == before | TABLES
        await schema.downgrade(empty_database_url, "0001")
        assert await _tables(database) == before


async def test_tables_with_rows_outlive_the_way_back_and_are_taken_up_again(empty_database_url):
    """What was said and spent cannot be had again."""
    async with Database(empty_database_url) as database:
        await schema.upgrade(empty_database_url)
        event = record()
        await ledger.store(database, [encode(event)])
        talk = await database.fetchval("INSERT INTO conversations (user_id) VALUES ('eva') RETURNING id")
        await database.execute(
            "INSERT INTO conversation_messages (conversation_id, seq, role, content) VALUES ($1, 0, 'user', 'Hi')",
            talk,
        )
        await schema.downgrade(empty_database_url, "0001")
        assert await _tables(database) & TABLES == {"usage_events", "conversations", "conversation_messages"}
        await schema.upgrade(empty_database_url)
        assert await _tables(database) >= TABLES
        assert await database.fetchval("SELECT id FROM usage_events") == event.id
        await database.execute("DELETE FROM conversations")
        assert await database.fetchval("SELECT count(*) FROM conversation_messages") == 0


async def test_a_table_of_somebody_else_is_refused_and_left_alone(empty_database_url):
    """Such a name is likely in a database that is shared."""
    async with Database(empty_database_url) as database:
        await schema.upgrade(empty_database_url, "0001")
        await database.execute("CREATE TABLE conversations (id int)")
        before = await _tables(database)
        with pytest.raises(ConfigurationError, match="conversations exists"):
            await schema.upgrade(empty_database_url)
        assert await _tables(database) == before
