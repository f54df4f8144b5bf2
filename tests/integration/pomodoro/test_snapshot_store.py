"""The snapshots of one worker on a real database: shared loads, events in any order, bounds, stale mode."""

import asyncio
import datetime as dt
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from integration.servers import PrivateServer
from tandem.core.clock import SystemClock
from tandem.core.database import schema
from tandem.core.database.events import ChangeEvent, ChangeListener
from tandem.core.database.pool import Database
from tandem.core.errors import DatabaseUnavailableError
from tandem.pomodoro.repositories.snapshot_repository import LoadedSessions, SnapshotRepository
from tandem.pomodoro.services import held_snapshot, snapshot_store
from tandem.pomodoro.services.snapshot_store import Reading, SnapshotStore
from tandem.pomodoro.services.warm_up import warm_up
from tandem.pomodoro.snapshot import Snapshot

UTC_CLOCK = SystemClock(dt.UTC)
MIB = 1024 * 1024


class Counted(SnapshotRepository):
    """The real repository, which counts and can be made to wait before or after it reads."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.loads = self.changes = self.versions = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def load(self, user: str) -> LoadedSessions:
        self.loads += 1
        loaded = await super().load(user)
        await self.gate.wait()
        return loaded

    async def changed(self, user: str, ids: Any) -> Any:
        self.changes += 1
        return await super().changed(user, ids)

    async def version(self, user: str) -> int:
        self.versions += 1
        return await super().version(user)


class Worker:
    """A store that hears only what its test tells it."""

    def __init__(self, database: Database, budget: int = 100 * MIB) -> None:
        self.database = database
        self.repository = Counted(database)
        self.listening = True
        self.store = SnapshotStore(
            self.repository, UTC_CLOCK, budget=budget, listening=lambda: self.listening
        )

    async def write(self, user: str = "ann", minutes: int = 25, **event: Any) -> ChangeEvent:
        """Store one session and return the event of it, untold."""
        session = uuid.uuid4()
        async with self.database.transaction() as connection:
            await connection.execute(
                "INSERT INTO sessions (id, user_id, duration_minutes, date, time) VALUES ($1, $2, $3, $4, $5)",
                session, user, minutes, dt.date(2026, 3, 2), dt.time(9, 0),
            )  # fmt: skip
            version = await connection.fetchval("SELECT version FROM data_versions WHERE user_id = $1", user)
        return ChangeEvent(user, version, (session,))

    async def delete(self, user: str, session: UUID) -> ChangeEvent:
        async with self.database.transaction() as connection:
            await connection.execute("DELETE FROM sessions WHERE id = $1", session)
            version = await connection.fetchval("SELECT version FROM data_versions WHERE user_id = $1", user)
        return ChangeEvent(user, version, (session,))

    async def size(self, user: str = "ann") -> int:
        """How many sessions a fresh reading holds."""
        reading = await self.store.read(user)
        assert not reading.stale
        return len(reading.snapshot)


@pytest.fixture
def worker(database: Database) -> Worker:
    """A worker on an empty database."""
    return Worker(database)


async def test_a_hundred_first_readers_share_one_load(worker: Worker) -> None:
    """One query, one snapshot, the same for all."""
    await worker.write()
    readings = await asyncio.gather(*(worker.store.read("ann") for _ in range(100)))
    assert worker.repository.loads == 1
    assert {id(reading.snapshot) for reading in readings} == {id(readings[0].snapshot)}
    assert await worker.size() == 1
    assert worker.repository.loads == 1


async def test_a_reader_that_leaves_takes_nothing_along(worker: Worker) -> None:
    """The load goes on for the others, whichever of them began it; also when all left."""
    await worker.write()
    worker.repository.gate.clear()
    readers = [asyncio.create_task(worker.store.read("ann")) for _ in range(10)]
    await asyncio.sleep(0.05)
    for leaving in (readers[0], readers[5]):
        leaving.cancel()
    await asyncio.sleep(0)
    worker.repository.gate.set()
    outcomes = await asyncio.gather(*readers, return_exceptions=True)
    assert [isinstance(one, asyncio.CancelledError) for one in outcomes].count(True) == 2
    assert {len(one.snapshot) for one in outcomes if not isinstance(one, BaseException)} == {1}
    assert worker.repository.loads == 1

    worker.repository.gate.clear()
    only = asyncio.create_task(worker.store.read("bob"))
    await asyncio.sleep(0.05)
    only.cancel()
    worker.repository.gate.set()
    await asyncio.gather(only, return_exceptions=True)
    assert await worker.size("bob") == 0
    assert worker.repository.loads == 2


async def test_events_update_without_another_load(worker: Worker) -> None:
    """Ten changes between two readings are one small query."""
    await worker.write()
    assert await worker.size() == 1
    events = [await worker.write() for _ in range(10)]
    events.append(await worker.delete("ann", events[3].ids[0]))
    for event in events:
        worker.store.on_change(event)
        worker.store.on_change(event)
    assert await worker.size() == 10
    assert (worker.repository.loads, worker.repository.changes) == (1, 1)
    assert (await worker.store.read("ann")).snapshot.version == events[-1].version


async def test_an_own_write_may_be_known_before_an_earlier_notification(worker: Worker) -> None:
    """The reader waits a moment for the event between, and needs no load once it came."""
    await worker.write()
    await worker.size()
    others, own = await worker.write(), await worker.write()
    worker.store.on_change(own)
    reader = asyncio.create_task(worker.size())
    await asyncio.sleep(0.02)
    worker.store.on_change(others)
    assert await reader == 3
    worker.store.on_change(own)
    assert await worker.size() == 3
    assert worker.repository.loads == 1


async def test_a_gap_that_never_closes_is_loaded(worker: Worker) -> None:
    """An event that was lost costs a load, not a session."""
    await worker.write()
    await worker.size()
    await worker.write()
    worker.store.on_change(await worker.write())
    assert await worker.size() == 3
    assert worker.repository.loads == 2


async def test_changes_without_names_are_loaded(worker: Worker) -> None:
    """A bulk write tells no ids."""
    await worker.write()
    await worker.size()
    event = await worker.write()
    worker.store.on_change(ChangeEvent("ann", event.version, None))
    assert await worker.size() == 2
    assert worker.repository.loads == 2


async def test_a_change_during_the_first_load_is_not_missed(worker: Worker) -> None:
    """A reader that comes after the change gets it, although the load had begun before."""
    await worker.write()
    worker.repository.gate.clear()
    early = asyncio.create_task(worker.size())
    await asyncio.sleep(0.05)
    worker.store.on_change(await worker.write())
    late = asyncio.create_task(worker.size())
    await asyncio.sleep(0.01)
    worker.repository.gate.set()
    assert await late == 2
    assert await early == 2


async def test_unread_changes_take_bounded_memory(worker: Worker) -> None:
    """Somebody who is written to all day and never read costs a load, not a growing list."""
    await worker.write()
    await worker.size()
    version = (await worker.store.read("ann")).snapshot.version
    for step in range(1, 5001):
        worker.store.on_change(ChangeEvent("ann", version + step, (uuid.uuid4(),)))
    entry = worker.store._entries["ann"]
    assert len(entry.pending) <= held_snapshot.PENDING_LIMIT + 1
    await worker.database.execute("UPDATE data_versions SET version = version + 5000 WHERE user_id = 'ann'")
    assert await worker.size() == 1
    assert worker.repository.loads == 2
    worker.store.on_change(await worker.write())
    assert await worker.size() == 2
    assert worker.repository.loads == 2


async def test_a_lost_listener_is_replaced_by_a_question(worker: Worker) -> None:
    """While no changes are heard each reading asks for the version, and none is stale."""
    await worker.write()
    await worker.size()
    worker.listening = False
    worker.store.on_lost()
    assert await worker.size() == 1
    assert (worker.repository.loads, worker.repository.versions) == (1, 1)
    await worker.write()
    assert await worker.size() == 2
    worker.store.on_versions({"ann": 2})
    worker.listening = True
    await worker.write()
    worker.store.on_versions({"ann": 3})
    assert await worker.size() == 3


async def test_demonstration_sessions_are_told_from_own_ones(worker: Worker) -> None:
    """The first own session replaces them; the last one deleted brings them back."""
    await worker.database.execute(
        "INSERT INTO sessions (user_id, origin) SELECT 'ann', 'demo' FROM generate_series(1, 7)"
    )
    assert await worker.size() == 7
    own = await worker.write()
    worker.store.on_change(own)
    assert await worker.size() == 1
    assert not (await worker.store.read("ann")).snapshot.demo
    worker.store.on_change(await worker.delete("ann", own.ids[0]))
    assert await worker.size() == 7


async def test_the_least_recently_read_leave_when_the_budget_is_full(database: Database) -> None:
    """What is held stays within the budget, also when snapshots grow by updates."""
    worker = Worker(database, budget=2 * MIB)
    users = [f"user{number}" for number in range(60)]
    await database.execute(
        "INSERT INTO sessions (user_id, date) SELECT u, DATE '2015-01-01' + n FROM unnest($1::text[]) u,"
        " generate_series(1, 300) n", users,
    )  # fmt: skip
    await worker.size("user0")
    single = worker.store.statistics().bytes
    for user in users:
        assert await worker.size("user0") == 300
        assert await worker.size(user) == 300
    held = worker.store.statistics()
    assert held.bytes <= 2 * MIB
    assert held.users == held.bytes // single
    assert held.evictions == 60 - held.users > 0
    loads = worker.repository.loads
    assert await worker.size("user0") == 300
    assert worker.repository.loads == loads
    assert await worker.size("user1") == 300
    assert worker.repository.loads == loads + 1


async def test_the_size_is_counted_anew_after_updates(worker: Worker) -> None:
    """A snapshot that grows is not still counted as the small one that it was."""
    await worker.write()
    await worker.size()
    before = worker.store.statistics().bytes
    for _ in range(3):
        events = [await worker.write() for _ in range(100)]
        for event in events:
            worker.store.on_change(event)
        await worker.size()
    after = worker.store.statistics()
    snapshot = (await worker.store.read("ann")).snapshot
    assert after.bytes == snapshot.nbytes > before
    worker.store.forget("ann")
    assert worker.store.statistics().bytes == 0


@asynccontextmanager
async def opened(server: PrivateServer) -> AsyncIterator[tuple[SnapshotStore, ChangeListener, Database]]:
    """A store with a real listener."""
    async with Database(server.dsn(), command_timeout=4) as database:
        store = SnapshotStore(
            SnapshotRepository(database), UTC_CLOCK, budget=MIB * 100, listening=lambda: listener.listening
        )
        listener = ChangeListener(
            database,
            on_versions=store.on_versions,
            on_change=store.on_change,
            on_lost=store.on_lost,
            heartbeat=0.3,
        )
        await listener.open()
        try:
            async with asyncio.timeout(10):
                await listener.wait_until_listening()
            yield store, listener, database
        finally:
            await listener.close()


async def until(condition: Callable[[], bool], seconds: float = 15) -> None:
    """Return when ``condition`` holds."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


async def eventually(store: SnapshotStore, user: str, seconds: float = 5) -> Reading:
    """Read as soon as the database is there again: an attempt that failed answers for the next 0.1 s too."""
    async with asyncio.timeout(seconds):
        while True:
            try:
                return await store.read(user)
            except DatabaseUnavailableError:
                await asyncio.sleep(0.05)


@pytest.mark.slow
@pytest.mark.timeout(60)
async def test_a_lost_or_hanging_server_is_served_stale_in_bounded_time(
    private_server: PrivateServer,
) -> None:
    """Warm users are answered and told how old it is, others hear that it is unavailable; then all is fresh."""
    await schema.upgrade(private_server.dsn())
    loop = asyncio.get_running_loop()
    async with opened(private_server) as (store, listener, database):
        await database.execute("INSERT INTO sessions (user_id) VALUES ('ann')")
        known = await store.read("ann")
        assert (len(known.snapshot), known.stale) == (1, False)

        for lose, bring_back in (
            (private_server.kill, private_server.start), (private_server.freeze, private_server.thaw),
        ):  # fmt: skip
            lose()
            # Nothing is trusted from the first sign of the loss on; a moment later it is taken up.
            await until(lambda: not listener.connected)
            began = UTC_CLOCK.now()
            took = []
            for _ in range(5):
                before = loop.time()
                readings = await asyncio.gather(*(store.read("ann") for _ in range(20)))
                took.append(loop.time() - before)
                assert all(reading.stale and len(reading.snapshot) == 1 for reading in readings)
                assert all(known.as_of <= reading.as_of <= began for reading in readings)
            with pytest.raises(DatabaseUnavailableError):
                async with asyncio.timeout(10):
                    await store.read(f"bob {lose.__name__}")
            print(f"{lose.__name__}: 20 stale reads took {[f'{t:.3f}' for t in took]} s")
            assert max(took) < snapshot_store.PATIENCE_SECONDS + 2
            bring_back()
            await until(lambda: listener.listening)
            assert not (await store.read("ann")).stale
            assert not (await eventually(store, f"bob {lose.__name__}")).stale
            known = await store.read("ann")


@pytest.mark.slow
@pytest.mark.alone
async def test_two_hundred_thousand_sessions_are_quick(database_url: str, database: Database) -> None:
    """First build within 1.5 s and an update within 5 ms, both doubled here for noisy machines."""
    connection = await asyncpg.connect(database_url)
    for name in (
        "notes",
        "hour",
        "day_of_week",
        "preset",
        "category",
        "completed",
        "created_at",
        "date_completed",
    ):
        # They play no part here and would take most of the time.
        await connection.execute(f"DROP INDEX tandem_sessions_{name}")
    await connection.execute(
        "INSERT INTO sessions (user_id, preset, category, date, time, duration_minutes, completed, productivity_rating)"
        " SELECT 'big', (ARRAY['deep_work','learning','quick_tasks','flow_mode'])[1 + n % 4], 'Category ' || n % 30,"
        " DATE '2010-01-01' + n % 5800, TIME '06:00' + (n % 960) * interval '1 minute', 25 + n % 60, n % 20 > 0,"
        " CASE WHEN n % 3 > 0 THEN n % 101 END FROM generate_series(1, 200000) n"
    )
    await connection.close()
    worker = Worker(database)
    loop = asyncio.get_running_loop()
    builds, updates = [], []
    for _ in range(2):
        worker.store.forget("big")
        before = loop.time()
        assert await worker.size("big") == 200_000
        builds.append(loop.time() - before)
    for _ in range(20):
        worker.store.on_change(await worker.write("big"))
        before = loop.time()
        await worker.store.read("big")
        updates.append(loop.time() - before)
    assert await worker.size("big") == 200_020
    updates.sort()
    print(
        f"first build {min(builds):.2f} s of {builds}, update {1000 * updates[10]:.1f} ms (median), {1000 * updates[-1]:.1f} ms (most)"
    )
    assert min(builds) <= 3.0
    assert updates[10] <= 0.010


async def test_those_who_worked_last_are_loaded_ahead(database: Database) -> None:
    worker = Worker(database)
    for user in ("ann", "ben", "eva"):
        await worker.write(user)
    assert await warm_up(worker.store, worker.repository, UTC_CLOCK, seconds=0) == 0
    assert await warm_up(worker.store, worker.repository, UTC_CLOCK, seconds=5) == 3
    assert worker.repository.loads == 3
    await worker.store.read("eva")
    assert worker.repository.loads == 3


async def test_a_log_that_cannot_be_forecast_does_not_stop_the_others(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    worker, forecast = Worker(database), []
    for user in ("ann", "ben", "eva"):
        await worker.write(user)

    def broken_for_ben(snapshot: Snapshot, _: dt.datetime) -> None:
        if snapshot.user == "ben":
            raise ZeroDivisionError("odd log")
        forecast.append(snapshot.user)

    monkeypatch.setattr("tandem.pomodoro.services.warm_up.session_predictor.predict_week", broken_for_ben)
    assert await warm_up(worker.store, worker.repository, UTC_CLOCK, seconds=5) == 3
    assert sorted(forecast) == ["ann", "eva"]
    assert "the week of ben was not forecast ahead" in caplog.text


async def test_loading_ahead_ends_in_time_and_when_the_memory_is_full(database: Database) -> None:
    slow = Worker(database)
    await slow.write("ann")
    slow.repository.gate.clear()
    assert await warm_up(slow.store, slow.repository, UTC_CLOCK, seconds=0.05) == 0
    slow.repository.gate.set()
    tight = Worker(database, budget=1)
    for user in ("ben", "eva", "jan", "ota", "pia", "zoe", "max", "leo"):
        await tight.write(user)
    assert await warm_up(tight.store, tight.repository, UTC_CLOCK, seconds=5) == 1
    assert tight.repository.loads < 9


async def test_without_a_database_nothing_is_loaded_ahead() -> None:
    async with Database("postgresql://nobody@127.0.0.1:1/none", connect_timeout=0.2) as nowhere:
        worker = Worker(nowhere)
        assert await warm_up(worker.store, worker.repository, UTC_CLOCK, seconds=5) == 0


async def test_a_new_name_is_learned_and_the_old_ones_stay(database: Database) -> None:
    worker = Worker(database)
    await worker.write("ann")
    first = await worker.repository.load("ann")
    await database.execute("UPDATE sessions SET category = 'Brewing' WHERE user_id = 'ann'")
    again = await worker.repository.load("ann")
    assert first.build().categories == ["Other"]
    assert again.build().categories == ["Brewing"]
    assert [row.category for row in again.recent] == ["Brewing"]
