"""Every committed change is heard, whoever made it, or it is known at once that it might not be."""

import asyncio
import time
from uuid import UUID

import asyncpg
import pytest

from tandem.core.database import data_versions
from tandem.core.database.change_event import parse
from tandem.core.database.events import ChangeEvent, ChangeListener
from tandem.core.database.pool import Database
from tandem.core.errors import DatabaseUnavailableError


class Heard:
    """Everything that the listener told, in order, and the versions that a reader would trust."""

    def __init__(self):
        self.told = []
        self.known = None
        self.arrived = {}

    def on_versions(self, versions):
        self.told.append(("versions", versions))
        self.known = dict(versions)

    def on_change(self, event):
        self.told.append(("change", event))
        self.arrived[event.user, event.version] = time.perf_counter()
        self.known[event.user] = event.version

    def on_lost(self):
        self.told.append(("lost", None))
        self.known = None

    @property
    def events(self):
        return [event for kind, event in self.told if kind == "change"]

    @property
    def kinds(self):
        return [kind for kind, _ in self.told]

    async def until(self, condition, seconds=10.0):
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, self.told[-5:]
            await asyncio.sleep(0.005)


@pytest.fixture
async def heard(database):
    """A listener that listens, and what it told."""
    heard = Heard()
    async with listening(database, heard) as listener:
        heard.listener = listener
        yield heard


def listening(database, heard, heartbeat=0.3, **callbacks):
    """A listener as a context: open, listening, closed."""

    class Context:
        async def __aenter__(self):
            given = {"on_versions": heard.on_versions, "on_change": heard.on_change, "on_lost": heard.on_lost}
            self.listener = ChangeListener(database, heartbeat=heartbeat, **{**given, **callbacks})
            await self.listener.open()
            await asyncio.wait_for(self.listener.wait_until_listening(), 10)
            return self.listener

        async def __aexit__(self, *_):
            await self.listener.close()

    return Context()


@pytest.fixture
async def writer(database_url):
    """Another program, with a connection of its own and plain SQL."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def test_every_kind_of_statement_is_one_event_with_the_next_version(heard, writer):
    """INSERT, UPDATE, DELETE name their rows; a COPY of many and a TRUNCATE name none."""
    insert = "INSERT INTO sessions (user_id, task) SELECT $1, 't' FROM generate_series(1, $2) RETURNING id"
    three = tuple(row["id"] for row in await writer.fetch(insert, "eva", 3))
    await writer.execute("UPDATE sessions SET task = 'u' WHERE id = $1", three[0])
    await writer.execute("DELETE FROM sessions WHERE id = ANY($1)", three[1:])
    hundred = await writer.fetch(insert, "eva", 100)
    await writer.copy_records_to_table("sessions", records=[("eva", "c")] * 101, columns=["user_id", "task"])
    await writer.execute("TRUNCATE sessions")
    await heard.until(lambda: len(heard.events) == 6)
    assert [event.version for event in heard.events] == [1, 2, 3, 4, 5, 6]
    named = [None if event.ids is None else set(event.ids) for event in heard.events]
    assert named[:3] == [set(three), {three[0]}, set(three[1:])]
    assert named[3] == {row["id"] for row in hundred}
    assert named[4:] == [None, None]
    assert heard.kinds[0] == "versions"
    assert await writer.fetchval("SELECT version FROM data_versions WHERE user_id = 'eva'") == 6


async def test_what_changes_nothing_is_no_event(heard, writer):
    """No row, no commit, no event; the version stays."""
    await writer.execute("UPDATE sessions SET task = 'x' WHERE false")
    await writer.execute("DELETE FROM sessions")
    await writer.execute("INSERT INTO sessions (task) SELECT 'x' WHERE false")
    await writer.execute("TRUNCATE sessions")
    transaction = writer.transaction()
    await transaction.start()
    await writer.execute("INSERT INTO sessions (task) VALUES ('never')")
    await transaction.rollback()
    await writer.execute("INSERT INTO sessions (task) VALUES ('once')")
    await heard.until(lambda: heard.events)
    assert [(event.user, event.version) for event in heard.events] == [("default", 1)]


async def test_a_move_between_people_and_a_truncate_count_for_all_of_them(heard, writer):
    """In the order of their names, once each; who has no rows is bumped by TRUNCATE too."""
    await writer.execute("INSERT INTO sessions (user_id) VALUES ('b'), ('a'), ('b')")
    await writer.execute("UPDATE sessions SET user_id = 'c' WHERE user_id = 'b'")
    await writer.execute("TRUNCATE sessions")
    await heard.until(lambda: len(heard.events) == 7)
    assert [(event.user, event.version) for event in heard.events] == [
        ("a", 1), ("b", 1), ("b", 2), ("c", 1), ("a", 2), ("b", 3), ("c", 2),
    ]  # fmt: skip
    moved = heard.events[2:4]
    assert len(moved[0].ids) == 2
    assert set(moved[0].ids) == set(moved[1].ids)


async def test_the_longest_name_and_most_ids_fit_into_a_notification(heard, writer):
    """A message of 8000 bytes would fail the writer's transaction."""
    for letter in ("\u0001", "😀", '"', "ž"):
        user = letter * 100
        await writer.execute("INSERT INTO sessions (user_id) SELECT $1 FROM generate_series(1, 100)", user)
        await heard.until(lambda user=user: heard.events and heard.events[-1].user == user)
        assert len(heard.events[-1].ids) == 100


async def test_fifty_writers_of_one_user_get_fifty_consecutive_versions(database_url, heard, postgres):
    """They follow one another on the row lock; nobody is lost and no number is given twice."""
    async with Database(database_url, max_size=20, acquire_timeout=20) as database:

        async def write(number):
            async with database.transaction() as connection:
                await connection.execute(
                    "INSERT INTO sessions (user_id, duration_minutes) VALUES ('eva', $1)", number
                )
                return await connection.fetchval("SELECT version FROM data_versions WHERE user_id = 'eva'")

        versions = await asyncio.gather(*(write(number) for number in range(50)))
    assert sorted(versions) == list(range(1, 51))
    await heard.until(lambda: len(heard.events) == 50)
    assert [event.version for event in heard.events] == list(range(1, 51))


async def test_statements_over_several_people_do_not_deadlock(database_url, heard):
    """Each takes the people in the same order, however its rows are ordered."""
    async with Database(database_url, max_size=10, acquire_timeout=20) as database:
        users = [f"u{number}" for number in range(8)]
        insert = "INSERT INTO sessions (user_id) SELECT * FROM unnest($1::text[])"
        orders = [users[n % 8 :] + users[: n % 8] for n in range(40)]
        await asyncio.gather(
            *(database.execute(insert, order[:: -1 if n % 2 else 1]) for n, order in enumerate(orders))
        )
    await heard.until(lambda: len(heard.events) == 320)
    assert heard.known == dict.fromkeys(users, 40)


async def test_a_change_is_heard_soon(heard, writer):
    """Within a millisecond on an idle machine; the bound only tells a broken path from a loaded one."""
    taken = []
    for number in range(1, 201):
        await writer.execute("INSERT INTO sessions (user_id) VALUES ('eva')")
        committed = time.perf_counter()
        await heard.until(lambda number=number: ("eva", number) in heard.arrived)
        taken.append((heard.arrived["eva", number] - committed) * 1000)
    assert sorted(taken)[100] < 1000


async def test_nothing_is_missed_when_the_listening_connection_is_killed(
    heard, writer, postgres, database_url
):
    """Said at once; and when it listens again, the versions hold all that was written meanwhile."""
    stop = asyncio.Event()
    written = 0

    async def write():
        nonlocal written
        while not stop.is_set():
            await writer.execute("INSERT INTO sessions (user_id) VALUES ('eva')")
            written += 1

    writing = asyncio.create_task(write())
    async with postgres.admin() as admin:
        for round_ in range(1, 6):
            await heard.until(lambda: heard.listener.listening)
            assert await _kill_listener(admin, database_url) == 1
            await heard.until(lambda n=round_: heard.kinds.count("lost") == n)
            await heard.until(lambda: heard.listener.listening)
    stop.set()
    await writing
    await heard.until(lambda: heard.known and heard.known.get("eva") == written)
    _check_story(heard.told)
    seen = heard.listener.statistics()
    assert (seen.listening, seen.losses, seen.connects, seen.unclear) == (True, 5, 6, 0)


async def test_a_message_that_cannot_be_read_counts_as_any_change(heard, writer):
    """Nothing is trusted until all versions were read again."""
    await writer.execute("INSERT INTO sessions (user_id) VALUES ('eva')")
    await heard.until(lambda: len(heard.events) == 1)
    for payload in ("{not json", "", '{"u": 5, "v": 1, "ids": null}', '{"u": "a", "v": 1, "ids": ["x"]}'):
        heard.told.clear()
        await writer.execute("SELECT pg_notify('tandem_sessions', $1)", payload)
        await heard.until(lambda: heard.kinds == ["lost", "versions"])
        assert heard.known == {"eva": 1}
        await heard.until(lambda: heard.listener.listening)
    await writer.execute("INSERT INTO sessions (user_id) VALUES ('eva')")
    await heard.until(lambda: heard.known == {"eva": 2})
    assert heard.listener.statistics().unclear == 4


async def test_a_callback_that_raises_ends_nothing(database, writer):
    """The change that it missed is made up for by reading all versions."""
    heard = Heard()
    bad = {"UUID": 1}

    def on_change(event):
        if bad.pop("UUID", None):
            raise RuntimeError("a defect")
        heard.on_change(event)

    def on_lost():
        heard.on_lost()
        raise RuntimeError("another defect")

    async with listening(database, heard, on_change=on_change, on_lost=on_lost) as listener:
        await writer.execute("INSERT INTO sessions (user_id) VALUES ('eva')")
        await heard.until(lambda: heard.kinds == ["versions", "lost", "versions"])
        await heard.until(lambda: heard.known == {"eva": 1})
        await writer.execute("INSERT INTO sessions (user_id) VALUES ('eva')")
        await heard.until(lambda: heard.known == {"eva": 2})
        assert listener.statistics().failed_callbacks == 2


async def test_it_waits_for_a_server_and_a_schema_that_come_later(private_server):
    """Opening does not fail; ping says what is wrong until changes are heard."""
    private_server.kill()
    heard = Heard()
    async with Database(private_server.dsn()) as database:
        listener = ChangeListener(
            database, on_versions=heard.on_versions, on_change=heard.on_change, on_lost=heard.on_lost
        )
        await listener.open()
        await asyncio.sleep(0.3)
        with pytest.raises(DatabaseUnavailableError, match="not heard"):
            await listener.ping()
        private_server.start()
        await asyncio.sleep(0.3)
        assert (listener.listening, heard.told) == (False, [])
        await database.execute("CREATE TABLE data_versions (user_id varchar, version bigint)")
        await database.execute(
            "INSERT INTO data_versions SELECT 'u' || n, n FROM generate_series(1, 5000) AS n"
        )
        await asyncio.wait_for(listener.wait_until_listening(), 10)
        await listener.ping()
        assert len(heard.known) == 5000
        assert listener.statistics().users == 5000
        await listener.close()
        assert heard.kinds == ["versions", "lost"]


async def test_a_server_that_dies_or_hangs_is_noticed(private_server):
    """A closed connection at once, a silent one by the heartbeat; both times everything is found again."""
    heard = Heard()
    async with Database(private_server.dsn(), connect_timeout=0.5) as database:
        await database.execute("CREATE TABLE data_versions (user_id varchar, version bigint)")
        async with listening(database, heard) as listener:
            private_server.kill()
            await heard.until(lambda: heard.kinds == ["versions", "lost"], 2)
            private_server.start()
            await heard.until(lambda: heard.kinds == ["versions", "lost", "versions"])
            private_server.freeze()
            try:
                began = time.monotonic()
                await heard.until(lambda: heard.kinds[-1] == "lost", 5)
                assert time.monotonic() - began < 5
            finally:
                private_server.thaw()
            await heard.until(lambda: listener.listening)
            assert heard.kinds == ["versions", "lost", "versions", "lost", "versions"]


async def test_many_changes_while_the_versions_are_read_arrive_after_them(database, writer, monkeypatch):
    """Those that the reading holds already are not told a second time; too many are read instead."""
    monkeypatch.setattr("tandem.core.database.events.MOST_PENDING", 5)
    real = data_versions.read_all
    slow = {"reads": 0}

    async def read_all(connection):
        slow["reads"] += 1
        versions = await real(connection)
        if slow["reads"] == 1:
            for _ in range(20):
                await writer.execute("INSERT INTO sessions (user_id) VALUES ('eva')")
            await connection.execute("SELECT 1")
            await asyncio.sleep(0.1)
        if slow["reads"] == 2:
            await writer.execute("INSERT INTO sessions (user_id) VALUES ('eva')")
            await connection.execute("SELECT 1")
            await asyncio.sleep(0.1)
        return versions

    monkeypatch.setattr(data_versions, "read_all", read_all)
    heard = Heard()
    async with listening(database, heard):
        await heard.until(lambda: heard.known == {"eva": 21})
        assert slow["reads"] == 2
        assert heard.told[0] == ("versions", {"eva": 20})
        assert [event.version for event in heard.events] == [21]


async def test_closing_leaves_no_connection_and_no_task(database, writer):
    """Also when it is closed twice."""
    heard = Heard()
    async with listening(database, heard) as listener:
        before = {task.get_name() for task in asyncio.all_tasks()}
        assert "change-listener" in before
    await listener.close()
    assert "change-listener" not in {task.get_name() for task in asyncio.all_tasks()}
    async with asyncio.timeout(5):
        while await writer.fetchval(LISTENERS):
            await asyncio.sleep(0.02)


def test_an_event_is_read_from_its_message():
    """Ids may be missing, anything else may not."""
    one = "0190a3a4-0000-7000-8000-000000000001"
    assert parse(f'{{"u": "eva", "v": 7, "ids": ["{one}"]}}') == ChangeEvent("eva", 7, (UUID(one),))
    assert parse('{"u": "eva", "v": 7, "ids": null}') == ChangeEvent("eva", 7, None)
    for bad in ("[]", "7", "null", '{"u": "eva", "v": 7}', '{"u": "eva", "v": true, "ids": null}', '{"u":1'):
        assert parse(bad) is None


LISTENERS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE '%listener'"


async def _kill_listener(admin, database_url):
    name = database_url.partition("?")[0].rpartition("/")[2]
    return await admin.fetchval(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
        "WHERE datname = $1 AND application_name LIKE '%listener'",
        name,
    )


def _check_story(told):
    """Between a loss and the next versions nothing is told; events follow on without a gap."""
    known = None
    for kind, what in told:
        if kind == "versions":
            known = what.get("eva", 0)
        elif kind == "lost":
            assert known is not None
            known = None
        else:
            assert known is not None
            assert what.version == known + 1
            known = what.version
