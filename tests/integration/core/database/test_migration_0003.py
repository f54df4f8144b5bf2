"""The table of API keys: added beside the others, never dropped with keys in it, and each change of a key is told."""

import asyncio

import asyncpg
import pytest

from tandem.core.auth import repository
from tandem.core.database import schema
from tandem.core.database.migrations.r0003.tables import CHANNEL, MOST_IDS
from tandem.core.database.pool import Database
from tandem.core.errors import ConfigurationError

INSERT = "INSERT INTO api_keys (id, name, user_id, scopes, hash, prefix) "
ROW = INSERT + "VALUES ($1, 'n', 'ann', '{write}', decode(repeat('ab', 32), 'hex'), 'tdm')"
ROWS = INSERT + (
    "SELECT 'k' || n, 'n', 'ann', '{read}', decode(repeat('ab', 32), 'hex'), '' FROM generate_series(1, $1::int) n"
)


class Heard(list):
    """What was told on the channel, in the order in which it came."""

    ended = None

    def note(self, *told):
        if told[-1] == "end":
            self.ended.set()
        else:
            self.append(told[-1])

    async def take(self, database):
        """What was told up to now: a message of the test's own comes after everything before it."""
        self.ended = asyncio.Event()
        await database.execute("SELECT pg_notify($1, 'end')", CHANNEL)
        async with asyncio.timeout(5):
            await self.ended.wait()
        told = sorted(self)
        self.clear()
        return told


@pytest.fixture
async def heard(database):
    """Listens on the channel."""
    connection = await database.connect_apart("test")
    found = Heard()
    await connection.add_listener(CHANNEL, found.note)
    yield found
    await connection.close()


async def test_every_change_of_a_key_is_told_by_its_id(database, heard):
    """Whoever makes it and however; but not the stamp of its last use, which is no change."""
    assert repository.CHANNEL == CHANNEL
    for name in ("a", "b", "c"):
        await database.execute(ROW, name)
    assert await heard.take(database) == ["a", "b", "c"]
    await database.execute("UPDATE api_keys SET last_used_at = now()")
    assert await heard.take(database) == []
    await database.execute("UPDATE api_keys SET revoked_at = now() WHERE id <> 'b'")
    assert await heard.take(database) == ["a", "c"]
    await database.execute("UPDATE api_keys SET id = 'd' WHERE id = 'c'")
    assert await heard.take(database) == ["c", "d"]
    await database.execute("DELETE FROM api_keys WHERE id = 'a'")
    assert await heard.take(database) == ["a"]
    await database.execute("DELETE FROM api_keys WHERE false")
    assert await heard.take(database) == []
    await database.execute("TRUNCATE api_keys")
    assert await heard.take(database) == [""]


@pytest.mark.parametrize(("rows", "told"), [(MOST_IDS, MOST_IDS), (MOST_IDS + 1, 1)])
async def test_many_changes_at_once_are_told_as_one(database, heard, rows, told):
    """Beyond a hundred the message is empty: any key may have changed."""
    await database.execute(ROWS, rows)
    said = await heard.take(database)
    assert len(said) == told
    assert (said == [""]) is (told == 1)


async def test_what_is_rolled_back_is_not_told(database, heard):
    """A revocation counts when it is committed."""
    await database.execute(ROW, "a")
    await heard.take(database)
    async with database.connection() as connection:
        change = connection.transaction()
        await change.start()
        await connection.execute("UPDATE api_keys SET revoked_at = now()")
        await change.rollback()
    assert await heard.take(database) == []


async def test_nonsense_is_not_stored(database):
    """A scope that nobody knows, none at all, or a hash of another length."""
    for scopes, digest in (("{owner}", "ab" * 32), ("{}", "ab" * 32), ("{read}", "ab")):
        with pytest.raises(asyncpg.CheckViolationError):
            await database.execute(
                INSERT + "VALUES ('x', 'n', 'u', $1::text::text[], decode($2, 'hex'), '')", scopes, digest
            )


async def test_keys_outlive_the_way_back(empty_database_url):
    """An empty table goes; one with keys stays, still tells its changes, and is taken up again."""
    async with Database(empty_database_url) as database:
        await schema.upgrade(empty_database_url)
        await schema.downgrade(empty_database_url, "0002")
        assert await database.fetchval("SELECT to_regclass('api_keys')") is None
        assert not await database.fetchval(
            "SELECT count(*) FROM pg_proc WHERE proname = 'tandem_keys_changed'"
        )
        await schema.upgrade(empty_database_url)
        await database.execute(ROW, "a")
        await schema.downgrade(empty_database_url, "0002")
        await schema.upgrade(empty_database_url)
        assert await database.fetchval("SELECT id FROM api_keys") == "a"
        triggers = "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'api_keys'::regclass AND NOT tgisinternal"
        assert await database.fetchval(triggers) == 4


async def test_a_table_of_somebody_else_is_refused(empty_database_url):
    """Such a name is likely in a database that is shared."""
    async with Database(empty_database_url) as database:
        await schema.upgrade(empty_database_url, "0002")
        await database.execute("CREATE TABLE api_keys (id int)")
        with pytest.raises(ConfigurationError, match="api_keys exists"):
            await schema.upgrade(empty_database_url)
