"""A worker's keys: known without a query, changed with the database's, never trusted for longer than is said."""

import asyncio
import datetime as dt
import time
from contextlib import asynccontextmanager

import pytest

from tandem.core.auth import directory as directories
from tandem.core.auth import keys, repository
from tandem.core.auth.directory import MAX_AGE, KeyDirectory, KeysUnavailableError
from tandem.core.auth.door import require_key
from tandem.core.auth.scopes import Identity
from tandem.core.clock import FixedClock
from tandem.core.database import schema
from tandem.core.database.pool import Database
from tandem.core.errors import ConfigurationError, DatabaseUnavailableError

NOW = dt.datetime(2026, 3, 4, 10, 30, tzinfo=dt.UTC)


async def make(database, name="k", user="ann", scope="write", expires_at=None):
    return await repository.insert(database, name, user, scope, now=NOW, expires_at=expires_at)


@asynccontextmanager
async def opened(database, clock=None, **more):
    found = KeyDirectory(database, clock or FixedClock(NOW), **more)
    await found.open()
    try:
        yield found
    finally:
        await found.close()


async def becomes(condition, seconds=1.0):
    """Return the seconds until an awaited condition holds."""
    began = time.monotonic()
    while not await condition():
        assert time.monotonic() - began < seconds
        await asyncio.sleep(0.005)
    return time.monotonic() - began


async def test_a_key_is_known_from_its_making_to_its_revocation(database):
    """By notification, well within the promised second; the id alone or another secret opens nothing."""
    async with opened(database) as known:
        assert known.is_empty
        assert await known.identify(keys.create().text) is None
        new = await make(database)

        async def is_valid():
            return await known.identify(new.text) is not None

        async def is_refused():
            return not await is_valid()

        took = await becomes(is_valid)
        assert not known.is_empty
        assert await known.identify(new.text) == Identity("ann", new.id, "write")
        other = keys.create().text.rpartition("_")[2]
        for wrong in (f"tdm_{new.id}_{other}", new.id, new.prefix, "", new.text + "x"):
            assert await known.identify(wrong) is None
        assert await repository.revoke(database, new.id, NOW)
        gone = await becomes(is_refused)
        assert not await repository.revoke(database, new.id, NOW)
        print(f"known after {took * 1000:.1f} ms, refused after {gone * 1000:.1f} ms")


async def test_known_keys_need_no_query(database):
    """Neither valid nor unknown keys take a connection from the pool."""
    new = await make(database)
    async with opened(database) as known:
        before = database.statistics().acquired
        for text in [new.text, keys.create().text, "nonsense"] * 100:
            await known.identify(text)
        assert database.statistics().acquired == before


async def test_a_key_expires_by_the_clock(database):
    """At the moment that was said, without any message."""
    clock = FixedClock(NOW)
    new = await make(database, expires_at=NOW + dt.timedelta(minutes=1))
    await make(database, expires_at=NOW)
    async with opened(database, clock) as known:
        assert len(known._held) == 1
        assert await known.identify(new.text)
        clock.move(dt.timedelta(seconds=59))
        assert await known.identify(new.text)
        clock.move(dt.timedelta(seconds=1))
        assert await known.identify(new.text) is None


async def test_a_changed_key_is_what_it_became(database):
    """User and scopes by SQL, the whole table by TRUNCATE, and a restore by its announcement."""
    new = await make(database)
    async with opened(database) as known:
        await database.execute("UPDATE api_keys SET user_id = 'eva', scopes = '{read,admin}'")

        async def is_eva():
            return await known.identify(new.text) == Identity("eva", new.id, "admin")

        await becomes(is_eva)
        await database.execute("TRUNCATE api_keys")

        async def is_empty():
            return known.is_empty

        await becomes(is_empty)
        await database.execute("ALTER TABLE api_keys DISABLE TRIGGER USER")
        again = await make(database)
        await repository.announce(database)

        async def is_back():
            return await known.identify(again.text) is not None

        await becomes(is_back)


async def test_memory_is_bounded_and_every_key_works_all_the_same(database):
    """Beyond what is held, keys are looked up; unknown ones too, and a revoked one is not kept by a late answer."""
    made = [await make(database, str(number)) for number in range(12)]
    async with opened(database, most=3) as known:
        for key in made * 2:
            assert await known.identify(key.text) == Identity("ann", key.id, "write")
            assert len(known._held) <= 3
        assert await known.identify(keys.create().text) is None
        await repository.revoke(database, made[0].id, NOW)

        async def is_refused():
            return await known.identify(made[0].text) is None

        await becomes(is_refused)


async def test_a_key_revoked_during_its_lookup_is_not_kept(database, monkeypatch):
    """The answer that was read before the change must not outlive it."""
    made = [await make(database, str(number)) for number in range(3)]
    async with opened(database, most=1) as known:
        missing = next(key for key in made if key.id not in known._held)
        real = repository.read

        async def slow(source, ids, now, seconds):
            found = await real(source, ids, now, seconds)
            if source is database:
                changes = known._changes
                await repository.revoke(database, missing.id, NOW)

                async def is_heard():
                    return known._changes > changes

                await becomes(is_heard)
            return found

        monkeypatch.setattr(directories.repository, "read", slow)
        await known.identify(missing.text)
        monkeypatch.undo()
        assert missing.id not in known._held
        assert await known.identify(missing.text) is None


async def test_the_last_use_is_stamped_coarsely(database):
    """At the end at the latest, and not again within five minutes; nobody is told."""
    new, unused = await make(database), await make(database)
    clock = FixedClock(NOW)
    for minutes, stamp in ((1, 1), (3, 1), (5, 9)):
        clock.move(dt.timedelta(minutes=minutes))
        async with opened(database, clock) as known:
            assert await known.identify(new.text)
        found = {key.id: key.last_used_at for key in await repository.find_all(database)}
        assert found == {new.id: NOW + dt.timedelta(minutes=stamp), unused.id: None}


async def test_a_cut_connection_is_made_anew_and_everything_read_again(database):
    """A revocation that nobody heard is found within a second."""
    new = await make(database)
    async with opened(database) as known:
        await database.execute("ALTER TABLE api_keys DISABLE TRIGGER USER")
        await repository.revoke(database, new.id, NOW)
        assert await known.identify(new.text)
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE '%keys%' AND pid <> pg_backend_pid()"
        assert await database.fetchval(cut)

        async def is_refused():
            try:
                return await known.identify(new.text) is None
            except KeysUnavailableError:
                return False

        await becomes(is_refused)


@pytest.mark.timeout(90)
@pytest.mark.parametrize("fault", ["kill", "freeze"])
async def test_without_postgresql_known_keys_go_on_for_a_minute(private_server, fault):
    """Killed or frozen: then nobody is let in, not even with a key that was known; and all by itself back again."""
    clock = FixedClock(NOW)
    await schema.upgrade(private_server.dsn())
    async with Database(private_server.dsn(), connect_timeout=1.0) as database:
        new, other = await make(database), keys.create()
        async with opened(database, clock) as known:
            getattr(private_server, fault)()

            async def is_lost():
                return not known._listening

            await becomes(is_lost, 10)
            with pytest.raises(DatabaseUnavailableError):
                await known.ping()
            assert await known.identify(new.text)
            clock.move(dt.timedelta(seconds=MAX_AGE))
            assert await known.identify(new.text)
            with pytest.raises(KeysUnavailableError):
                await known.identify(other.text)
            assert known.usable
            clock.move(dt.timedelta(seconds=1))
            assert not known.usable
            for text in (new.text, other.text):
                with pytest.raises(KeysUnavailableError):
                    await known.identify(text)
            assert await known.identify("nonsense") is None
            private_server.thaw()
            if fault == "kill":
                private_server.start()

            async def is_back():
                return known._listening

            await becomes(is_back, 15)
            assert await known.identify(new.text)
            assert await known.identify(other.text) is None


async def test_a_start_without_postgresql_lets_nobody_in(private_server):
    """It does not fail and does not take long; whether there is any key is not known."""
    private_server.kill()
    async with Database(private_server.dsn(), connect_timeout=1.0) as database:
        async with opened(database) as known:
            assert not known.is_empty
            assert not known.usable
            with pytest.raises(KeysUnavailableError):
                await known.identify(keys.create().text)
        with pytest.raises(DatabaseUnavailableError):
            await require_key(database, NOW)


async def test_the_door_needs_a_usable_key(database):
    """Expired and revoked ones do not count; the remedy is in the message."""
    await make(database, expires_at=NOW)
    revoked = await make(database)
    await repository.revoke(database, revoked.id, NOW)
    with pytest.raises(ConfigurationError, match="tandem keys create"):
        await require_key(database, NOW)
    await make(database, scope="read")
    await require_key(database, NOW)


async def test_no_secret_is_kept_anywhere(database):
    """Neither in the database nor in what is printed of a key or of the directory."""
    new = await make(database)
    secret = new.text.rpartition("_")[2]
    async with opened(database) as known:
        assert await known.identify(new.text)
        shown = repr([await repository.find_all(database), known._held, known.__dict__])
    rows = await database.fetch("SELECT api_keys::text FROM api_keys")
    assert secret not in repr(rows) + shown
    assert new.digest.hex() not in shown
