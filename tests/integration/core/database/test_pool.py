"""The pool on a real server: it waits, gives up in time, and leaves nothing behind."""

import asyncio
import logging
import time

import asyncpg
import pytest

from tandem.core.database.pool import Database
from tandem.core.errors import DatabaseUnavailableError, PoolExhaustedError

NOBODY_THERE = "postgresql://user:topsecret@127.0.0.1:9/db"


async def test_more_callers_than_connections_wait_their_turn(database_url):
    """Forty callers on two connections are all served."""
    async with Database(database_url, max_size=2) as database:

        async def use(number):
            async with database.connection() as connection:
                await asyncio.sleep(0.01)
                return await connection.fetchval("SELECT $1::int", number)

        assert await asyncio.gather(*(use(number) for number in range(40))) == list(range(40))
        seen = database.statistics()
        assert (seen.size, seen.in_use, seen.waiting, seen.acquired, seen.exhausted) == (2, 0, 0, 40, 0)


async def test_a_full_pool_is_reported_after_the_set_time(database_url):
    """503 with a moment to come back, and the pool serves on."""
    async with Database(database_url, max_size=1, acquire_timeout=0.2) as database:
        async with database.connection():
            began = time.monotonic()
            with pytest.raises(PoolExhaustedError) as caught:
                await database.fetchval("SELECT 1")
            assert 0.15 < time.monotonic() - began < 5
        assert (caught.value.status, caught.value.code, caught.value.retry_after) == (503, "database_busy", 1)
        assert database.statistics().exhausted == 1
        assert await database.fetchval("SELECT 1") == 1


async def test_a_caller_that_stops_waiting_takes_no_connection_along(database_url):
    """Cancelled in the queue, in the query, in the transaction: the pool stays whole."""
    async with Database(database_url, max_size=2) as database:
        for _ in range(5):
            callers = [asyncio.create_task(database.fetchval("SELECT pg_sleep(30)")) for _ in range(8)]
            await asyncio.sleep(0.05)
            for caller in callers:
                caller.cancel()
            await asyncio.gather(*callers, return_exceptions=True)
        assert await asyncio.gather(*(database.fetchval("SELECT 1") for _ in range(4))) == [1, 1, 1, 1]
        seen = database.statistics()
        assert (seen.in_use, seen.waiting) == (0, 0)


async def test_cancelled_queries_leave_no_active_backend(database_url, postgres):
    """Twenty clients that hang up leave nothing working for them."""
    name = database_url.partition("?")[0].rpartition("/")[2]
    async with Database(database_url, max_size=4) as database, postgres.admin() as admin:
        callers = [asyncio.create_task(database.fetchval("SELECT pg_sleep(60)")) for _ in range(20)]
        await _until(lambda: _backends(admin, name, "active"), 4)
        for caller in callers:
            caller.cancel()
        outcomes = await asyncio.gather(*callers, return_exceptions=True)
        assert all(isinstance(outcome, asyncio.CancelledError) for outcome in outcomes)
        await _until(lambda: _backends(admin, name, "active"), 0)
        assert await _backends(admin, name, None) <= 4
        assert await database.fetchval("SELECT 1") == 1


async def test_a_transaction_commits_at_the_end_and_not_on_an_error(database):
    """Nothing of a failed block is seen."""
    async with database.transaction() as connection:
        await connection.execute("INSERT INTO sessions (task) VALUES ('kept')")

    async def fail():
        async with database.transaction() as connection:
            await connection.execute("INSERT INTO sessions (task) VALUES ('dropped')")
            raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        await fail()
    assert [row["task"] for row in await database.fetch("SELECT task FROM sessions")] == ["kept"]


async def test_mistakes_of_the_caller_are_not_called_unavailable(database):
    """Neither in one call nor inside a block."""
    with pytest.raises(asyncpg.UndefinedTableError):
        await database.fetch("SELECT * FROM nowhere")
    with pytest.raises(asyncpg.DataError):
        await database.fetchval("SELECT $1::int", "many")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await database.execute("SELECT 1 / 0")
    with pytest.raises(FileNotFoundError):
        async with database.connection():
            raise FileNotFoundError
    with pytest.raises(TimeoutError):
        async with database.connection(), asyncio.timeout(0.01):
            await asyncio.sleep(1)


async def test_json_is_read_and_written_as_values(database):
    """Both types, nested, with text beyond ASCII."""
    value = {"žluťoučký": [1, 2.5, None, True], "nested": {"a": "b"}}
    row = await database.fetchrow("SELECT $1::jsonb AS b, $1::json AS j, NULL::jsonb AS n", value)
    assert (row["b"], row["j"], row["n"]) == (value, value, None)


async def test_the_server_is_told_our_limits(database_url):
    """Names, timeouts and no compiler, also without prepared statements."""
    async with Database(
        database_url, command_timeout=4, lock_timeout=1.5, application_name="tested", statement_cache_size=0
    ) as database:
        shown = [
            await database.fetchval(f"SHOW {name}")
            for name in (
                "application_name", "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "jit",
            )
        ]  # fmt: skip
        assert shown == ["tested", "3600ms", "1500ms", "12s", "off"]
        apart = await database.connect_apart("listener")
        assert await apart.fetchval("SHOW application_name") == "tested-listener"
        await apart.close()


async def test_a_slow_query_and_a_held_lock_end_in_time(database_url):
    """Both mean unavailable; the connection is used again."""
    async with Database(database_url, command_timeout=0.5, lock_timeout=0.2) as database:
        with pytest.raises(DatabaseUnavailableError, match="too long"):
            await database.execute("SELECT pg_sleep(20)")
        async with database.transaction() as holder:
            await holder.execute("LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE")
            with pytest.raises(DatabaseUnavailableError, match="too long"):
                await database.fetch("SELECT * FROM sessions")
        assert await database.fetchval("SELECT count(*) FROM sessions") == 0


async def test_opening_does_not_need_the_server_and_no_error_shows_the_password(caplog):
    """The service starts; each query says that the database is out of reach, quickly."""
    caplog.set_level(logging.DEBUG)
    async with Database(NOBODY_THERE, min_size=2) as database:
        began = time.monotonic()
        for _ in range(20):
            with pytest.raises(DatabaseUnavailableError) as caught:
                await database.fetchval("SELECT 1")
            assert "topsecret" not in f"{caught.value!r} {caught.value.__cause__!r} {caught.value.extra}"
        with pytest.raises(DatabaseUnavailableError):
            await database.ping()
        assert time.monotonic() - began < 5
        assert 0 < database.statistics().failed_connects < 20
    with pytest.raises(DatabaseUnavailableError, match="not open"):
        await database.fetchval("SELECT 1")
    assert "topsecret" not in caplog.text


async def test_the_server_is_woken_once_however_many_callers_fail():
    """One action at a time, and not again within its interval."""
    running = 0
    most = 0

    async def ensure():
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.3)
        running -= 1
        raise RuntimeError("cannot be woken")

    async with Database(NOBODY_THERE, ensure=ensure) as database:
        for _ in range(5):
            await asyncio.gather(*(database.fetchval("SELECT 1") for _ in range(20)), return_exceptions=True)
            await asyncio.sleep(0.12)
        assert (most, database.statistics().wakings) == (1, 1)


async def test_a_killed_server_is_noticed_and_found_again(private_server):
    """Idle, waiting and working connections fail as unavailable; the same pool serves after the start."""
    async with Database(private_server.dsn(), max_size=3) as database:
        working = asyncio.create_task(database.fetchval("SELECT pg_sleep(30)"))
        assert await database.fetchval("SELECT 1") == 1
        await asyncio.sleep(0.1)
        private_server.kill()
        with pytest.raises(DatabaseUnavailableError, match="lost"):
            await asyncio.wait_for(working, 5)
        with pytest.raises(DatabaseUnavailableError):
            await database.fetchval("SELECT 1")
        private_server.start()
        assert await _served_again(database) == 1


async def test_a_stopped_transaction_and_an_ended_backend_mean_unavailable(database, postgres):
    """Also when it is the commit that fails."""

    async def write_and_die():
        async with database.transaction() as connection:
            victim = await connection.fetchval("SELECT pg_backend_pid()")
            await connection.execute("INSERT INTO sessions (task) VALUES ('never')")
            async with postgres.admin() as admin:
                await admin.execute("SELECT pg_terminate_backend($1)", victim)

    with pytest.raises(DatabaseUnavailableError):
        await write_and_die()
    assert await database.fetchval("SELECT count(*) FROM sessions") == 0


@pytest.mark.parametrize("tcp", [False, True], ids=["socket", "tcp"])
async def test_a_server_that_hangs_is_bounded(private_server, tcp):
    """A process that is stopped answers neither queries nor connects; everybody is told in time."""
    limits = {"max_size": 2, "connect_timeout": 0.5, "command_timeout": 1.0, "acquire_timeout": 3.0}
    async with Database(private_server.dsn(tcp=tcp), **limits) as database:
        assert await database.fetchval("SELECT 1") == 1
        private_server.freeze()
        try:
            began = time.monotonic()
            outcomes = await asyncio.gather(
                *(database.fetchval("SELECT 1") for _ in range(30)), return_exceptions=True
            )
            assert all(isinstance(o, DatabaseUnavailableError | PoolExhaustedError) for o in outcomes)
            assert time.monotonic() - began < 8
            with pytest.raises(DatabaseUnavailableError):
                await database.ping()
        finally:
            private_server.thaw()
        assert await _served_again(database) == 1


async def test_a_server_without_free_connections_means_unavailable(private_server):
    """And the connections that we hold go on serving."""
    private_server.kill()
    private_server.start("-c", "max_connections=4", "-c", "superuser_reserved_connections=0")
    others = [await asyncpg.connect(private_server.dsn()) for _ in range(4)]
    async with Database(private_server.dsn()) as database:
        with pytest.raises(DatabaseUnavailableError, match="no free connection"):
            await database.fetchval("SELECT 1")
        await others.pop().close()
        assert await _served_again(database) == 1
        for other in others:
            await other.close()


async def test_closing_cuts_what_is_still_in_use(database_url, monkeypatch):
    """A query that does not end keeps the process from ending only so long."""
    monkeypatch.setattr("tandem.core.database.pool.CLOSE_TIMEOUT", 0.3)
    database = Database(database_url, command_timeout=60)
    await database.open()
    working = asyncio.create_task(database.fetchval("SELECT pg_sleep(50)"))
    await asyncio.sleep(0.1)
    await asyncio.wait_for(database.close(), 5)
    with pytest.raises(DatabaseUnavailableError):
        await asyncio.wait_for(working, 5)


async def test_connections_made_ahead_and_every_spelling_of_the_address(database_url):
    """What other drivers' URLs look like is understood; a function is asked for each connection."""
    asked = []

    def dsn():
        asked.append(1)
        return database_url.replace("postgresql://", "postgresql+psycopg2://") + "&connect_timeout=3"

    async with Database(dsn, min_size=3) as database:
        await _until_equal(lambda: (database.statistics().size, database.statistics().in_use), (3, 0))
        assert await database.fetchval("SELECT 1") == 1
        assert len(asked) == 3


async def _served_again(database):
    deadline = time.monotonic() + 10
    while True:
        try:
            return await database.fetchval("SELECT 1")
        except DatabaseUnavailableError:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)


async def _backends(admin, name, state):
    return await admin.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND ($2::text IS NULL OR state = $2)",
        name,
        state,
    )


async def _until(read, expected):
    deadline = time.monotonic() + 10
    while (found := await read()) != expected:
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.02)


async def _until_equal(read, expected):
    async def found():
        return read()

    await _until(found, expected)
