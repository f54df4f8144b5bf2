"""Usage records reach PostgreSQL exactly once, whoever is killed."""

import asyncio
import os
import sys
import time
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest

from tandem.core.database import schema
from tandem.core.database.pool import Database
from tandem.core.errors import DatabaseUnavailableError
from tandem.usage import ledger
from tandem.usage.line import encode, line_of
from tandem.usage.recorder import UsageRecorder
from tandem.usage.segments import listed
from unit.usage.records import line, record

TESTS = Path(__file__).parents[2]
QUICK = {"interval": 0.02, "claim_seconds": 0.1}


async def _start_writer(dsn, root, count=1000):
    environment = os.environ | {"PYTHONPATH": str(TESTS)}
    command = [sys.executable, "-m", "integration.usage.writer", dsn, str(root), str(count)]
    return await asyncio.create_subprocess_exec(*command, env=environment, stdout=asyncio.subprocess.PIPE)


async def _ids(writer, count=None):
    """The ids of the next ``count`` records that the writer put, or of all until it ends."""
    found = []
    while count is None or len(found) < count:
        line = await asyncio.wait_for(writer.stdout.readline(), 20)
        if not line.endswith(b"\n"):
            break
        found.append(UUID(line.decode().strip()))
    return found


async def _stored(database):
    return [row[0] for row in await database.fetch("SELECT id FROM usage_events")]


async def _until(condition, seconds=15.0):
    deadline = time.monotonic() + seconds
    while not await condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


def _spilled(root):
    return [path for directory in root.iterdir() if directory.is_dir() for path in listed(directory)]


async def test_records_are_stored_as_they_were_put(database, tmp_path):
    """All fields, in a moment, and the spill is empty again."""
    recorder = UsageRecorder(database, tmp_path)
    await recorder.open()
    events = [
        record(key=f"k{number}", cost=None if number % 3 else 7, attempt=number + 1) for number in range(20)
    ]
    for event in events:
        recorder.put(event)
    assert await recorder.flush(5)
    rows = await database.fetch("SELECT * FROM usage_events ORDER BY attempt")
    names = {"user_id": "user", "key_id": "key", "cost_micro": "cost"}
    for row, event in zip(rows, events, strict=True):
        assert all(row[name] == getattr(event, names.get(name, name)) for name in row.keys())  # noqa: SIM118
    statistics = recorder.statistics()
    assert (statistics.stored, statistics.pending, statistics.spill_bytes) == (20, 0, 0)
    await recorder.close()
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


async def test_records_are_stored_without_anybody_asking(database, tmp_path):
    """After the interval, or as soon as many wait."""
    recorder = UsageRecorder(database, tmp_path)
    await recorder.open()
    for _ in range(1200):
        recorder.put(record())

    async def all_there():
        return len(await _stored(database)) == 1200

    await _until(all_there, 10)
    await recorder.close()
    assert recorder.statistics().failures == 0


async def test_a_record_put_twice_is_stored_once(database, tmp_path):
    """In one batch and in another, by the same worker and by another."""
    event = record()
    for _ in range(2):
        recorder = UsageRecorder(database, tmp_path, **QUICK)
        await recorder.open()
        recorder.put(event)
        recorder.put(event)
        assert await recorder.flush(5)
        recorder.put(event)
        await recorder.close()
    assert await _stored(database) == [event.id]
    assert recorder.statistics().known == 3


@pytest.mark.timeout(90)
async def test_no_record_is_lost_or_doubled_when_the_writer_and_postgres_are_killed(private_server, tmp_path):
    """750 puts and more; PostgreSQL is killed in the middle, comes back, the writer is killed; another worker takes over."""
    dsn = private_server.dsn()
    await schema.upgrade(dsn)
    writer = await _start_writer(dsn, tmp_path, 20_000)  # more than it will get to
    put = await _ids(writer, 250)
    private_server.kill()
    put += await _ids(writer, 250)
    private_server.start()
    put += await _ids(writer, 200)
    private_server.kill()
    put += await _ids(writer, 50)
    writer.kill()
    put += await _ids(writer)
    await writer.wait()
    assert 750 <= len(put) < 20_000
    assert _spilled(tmp_path)
    private_server.start()
    async with Database(dsn) as database:
        recorder = UsageRecorder(database, tmp_path, **QUICK)
        await recorder.open()

        async def empty():
            return not _spilled(tmp_path)

        await _until(empty)
        stored = await _stored(database)
        # The one record whose put was under way may be there, too.
        assert len(stored) == len(set(stored))
        assert set(put) <= set(stored)
        assert len(stored) - len(put) <= 1
        assert recorder.statistics().lost == recorder.statistics().rejected == 0
        await recorder.close()


@pytest.mark.timeout(90)
async def test_a_living_writer_stores_everything_after_postgres_was_killed(private_server, tmp_path):
    """The same worker goes on; nothing waits for a restart."""
    dsn = private_server.dsn()
    await schema.upgrade(dsn)
    async with Database(dsn, connect_timeout=0.5, command_timeout=2.0) as database:
        recorder = UsageRecorder(database, tmp_path, **QUICK)
        await recorder.open()
        events = [record() for _ in range(1000)]
        for number, event in enumerate(events):
            recorder.put(event)
            if number == 300:
                private_server.kill()
            if number == 700:
                private_server.start()
            await asyncio.sleep(0.0005)
        await _until(lambda: recorder.flush(1.0))
        assert sorted(await _stored(database)) == sorted(event.id for event in events)
        statistics = recorder.statistics()
        assert (statistics.pending, statistics.lost, statistics.spill_bytes) == (0, 0, 0)
        await recorder.close()


@pytest.mark.timeout(90)
async def test_several_workers_share_what_two_dead_ones_left(database, database_url, tmp_path):
    """Each directory is claimed by one of them; no record is missing or there twice."""
    writers = [await _start_writer("postgresql://user:secret@127.0.0.1:9/db", tmp_path) for _ in range(2)]
    put = []
    for writer in writers:
        put += await _ids(writer, 150)
        writer.kill()
        put += await _ids(writer)
        await writer.wait()
    living = [UsageRecorder(database, tmp_path, **QUICK) for _ in range(3)]
    await asyncio.gather(*(recorder.open() for recorder in living))

    async def empty():
        return not _spilled(tmp_path)

    await _until(empty)
    stored = await _stored(database)
    assert set(put) <= set(stored)
    assert len(put) <= len(stored) <= len(put) + 2
    assert sum(recorder.statistics().stored for recorder in living) == len(stored)
    assert sum(recorder.statistics().known for recorder in living) == 0
    await asyncio.gather(*(recorder.close() for recorder in living))
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


async def test_a_torn_line_costs_nothing_but_itself(database, tmp_path):
    """What a power cut left of a dead worker's file."""
    events = [record() for _ in range(3)]
    dead = tmp_path / "4711-dead"
    dead.mkdir()
    lines = [line(event) for event in events]
    (dead / "00000001.jsonl").write_bytes(lines[0] + lines[1][:40] + b"\n" + lines[2] + line(record())[:70])
    recorder = UsageRecorder(database, tmp_path, **QUICK)
    await recorder.open()

    async def taken():
        return recorder.statistics().torn == 2

    await _until(taken)
    assert sorted(await _stored(database)) == sorted([events[0].id, events[2].id])
    await recorder.close()
    assert not dead.exists()


async def test_a_whole_line_of_another_form_is_set_aside(database, tmp_path):
    """What another release wrote, with too few fields or a date that is none: kept to be looked at, and in nobody's way."""
    good = record()
    other = [line_of(b'["%b",1]' % str(uuid4()).encode()), line_of(b'["no id","x"]')]
    dead = tmp_path / "4711-dead"
    dead.mkdir()
    (dead / "00000001.jsonl").write_bytes(other[0] + line(good) + other[1])
    recorder = UsageRecorder(database, tmp_path, **QUICK)
    await recorder.open()

    async def taken():
        return recorder.statistics().rejected == 2

    await _until(taken)
    assert await _stored(database) == [good.id]
    assert sorted((tmp_path / "rejected.jsonl").read_bytes().splitlines(keepends=True)) == sorted(other)
    await recorder.close()


async def test_a_record_that_the_table_refuses_holds_up_no_other(database, tmp_path):
    """It is set aside where it can be looked at."""
    await database.execute("ALTER TABLE usage_events ADD CHECK (asked <> 'forbidden')")
    recorder = UsageRecorder(database, tmp_path, **QUICK)
    await recorder.open()
    good = [record() for _ in range(5)]
    bad = record(asked="forbidden")
    for event in (*good[:3], bad, *good[3:]):
        recorder.put(event)
    assert await recorder.flush(5)
    assert sorted(await _stored(database)) == sorted(event.id for event in good)
    assert recorder.statistics().rejected == 1
    assert (tmp_path / "rejected.jsonl").read_bytes() == line(bad)
    await recorder.close()


async def test_a_database_without_the_table_is_waited_for(empty_database_url, tmp_path):
    """The schema comes later; until then everything is kept."""
    async with Database(empty_database_url) as database:
        recorder = UsageRecorder(database, tmp_path, **QUICK)
        await recorder.open()
        event = record()
        recorder.put(event)
        assert not await recorder.flush(0.3)
        await schema.upgrade(empty_database_url)
        await _until(lambda: recorder.flush(1.0))
        assert await _stored(database) == [event.id]
        await recorder.close()


async def test_a_batch_that_collides_is_sent_again(database):
    """A deadlock that PostgreSQL ends at our cost (40P01) is not the end of the batch."""
    await database.execute("CREATE SEQUENCE tries")
    await database.execute(
        "CREATE FUNCTION collide() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF nextval('tries') <= 2 THEN RAISE EXCEPTION USING ERRCODE = '40P01'; END IF; RETURN NEW; END $$"
    )
    await database.execute(
        "CREATE TRIGGER collide BEFORE INSERT ON usage_events FOR EACH STATEMENT EXECUTE FUNCTION collide()"
    )
    event = record()
    stored = await ledger.store(database, [encode(event)])
    assert (stored.added, stored.known, stored.refused) == (1, 0, ())
    await database.execute("ALTER SEQUENCE tries RESTART MINVALUE -1000 START -1000")
    with pytest.raises(DatabaseUnavailableError):
        await ledger.store(database, [encode(record())])


async def test_two_writers_of_the_same_records_do_not_deadlock(database):
    """All take them in one order."""
    records = [encode(record(id=uuid4())) for _ in range(400)]
    outcomes = await asyncio.gather(
        *(ledger.store(database, records if number % 2 else records[::-1]) for number in range(8))
    )
    assert sum(one.added for one in outcomes) == 400
    assert sum(one.known for one in outcomes) == 7 * 400
    with pytest.raises(asyncpg.UniqueViolationError):
        await database.execute("INSERT INTO usage_events SELECT * FROM usage_events LIMIT 1")
