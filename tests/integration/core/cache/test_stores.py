"""What memory and Redis promise alike: one suite, run on both."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from pydantic import BaseModel

from tandem.core.cache.codecs import BYTES, TypedCodec
from tandem.core.cache.entry import Lifetime, new_entry
from tandem.core.cache.memory import MemoryStore
from tandem.core.cache.redis import RedisStore
from tandem.core.cache.store import Store


def entry(
    value: object, version: int = 0, fresh: float = 60.0, errors: float = 0.0, now: float | None = None
):
    """An entry made now."""
    lifetime = Lifetime(fresh, errors=errors, jitter=0.0)
    return new_entry(value, size=10, version=version, now=now or time.time(), lifetime=lifetime)


@pytest.fixture(params=["memory", "redis"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    """Each level in turn."""
    if request.param == "memory":
        yield MemoryStore(time.time)
        return
    server = request.getfixturevalue("redis_server")
    opened = RedisStore(server.url, "test*[a]:", now=time.time, monotonic=time.monotonic, timeout=1.0)
    yield opened
    await opened.close()


async def put(store: Store, key: str, made, tags: tuple[str, ...] = (), codec=BYTES) -> bool:
    """Look and put, as a loader does."""
    mark = (await store.look(key, tags, codec)).mark
    assert mark is not None
    return await store.put(key, made, tags, mark, codec)


async def value(store: Store, key: str, tags: tuple[str, ...] = (), codec=BYTES):
    """What is kept, None for nothing."""
    found = (await store.look(key, tags, codec)).entry
    return None if found is None else found.value


async def test_what_was_put_is_found(store: Store) -> None:
    """Value, version and moments come back as they went in; an unknown key is nothing."""
    made = entry(b"a\nb\x00", version=7)
    assert await put(store, "k", made)
    found = (await store.look("k", (), BYTES)).entry
    assert found is not None
    assert (found.value, found.version, found.fresh_until) == (b"a\nb\x00", 7, made.fresh_until)
    assert await value(store, "other") is None


async def test_an_older_version_never_wins(store: Store) -> None:
    """A late writer of old data is refused; the same version and a newer one replace."""
    assert await put(store, "k", entry(b"new", version=2))
    assert not await put(store, "k", entry(b"late", version=1))
    assert await value(store, "k") == b"new"
    assert await put(store, "k", entry(b"again", version=2))
    assert await put(store, "k", entry(b"newer", version=10))
    assert await value(store, "k") == b"newer"


async def test_tags_reach_all_their_entries_and_no_others(store: Store) -> None:
    """An invalidated tag makes its entries unusable, and they can be made anew."""
    assert await put(store, "a", entry(b"1"), ("x", "y"))
    assert await put(store, "b", entry(b"2"), ("y",))
    assert await store.invalidate("x")
    assert await value(store, "a", ("x", "y")) is None
    assert await value(store, "b", ("y",)) == b"2"
    assert await put(store, "a", entry(b"3"), ("x", "y"))
    assert await value(store, "a", ("x", "y")) == b"3"


async def test_what_was_being_made_while_its_tag_was_invalidated_is_refused(store: Store) -> None:
    """The mark is taken before the work begins, so an invalidation in between is noticed."""
    mark = (await store.look("k", ("x",), BYTES)).mark
    await store.invalidate("x")
    assert not await store.put("k", entry(b"old"), ("x",), mark, BYTES)
    cleared = (await store.look("k", (), BYTES)).mark
    await store.clear()
    assert not await store.put("k", entry(b"old"), (), cleared, BYTES)
    assert await value(store, "k") is None


async def test_clear_drops_all_and_counts(store: Store) -> None:
    """Everything of ours is gone."""
    for number in range(20):
        assert await put(store, f"k{number}", entry(b"v"))
    assert await store.clear() == 20
    assert await value(store, "k3") is None
    assert await store.clear() == 0


async def test_an_entry_ends(store: Store) -> None:
    """Past its last use it is nothing, and puts of what has ended keep nothing; until then errors may use it."""
    now = time.time()
    made = replace(entry(b"v"), kept_until=now + 0.3, fresh_until=now + 0.1)
    assert await put(store, "k", made)
    assert await value(store, "k") == b"v"
    await asyncio.sleep(now + 0.32 - time.time())
    assert await value(store, "k") is None


class Told(BaseModel):
    name: str
    count: int | None = None


class Retold(BaseModel):
    name: str
    count: str = ""


async def test_typed_values_keep_their_type(store: Store) -> None:
    """A model comes back as a model; None is a value and not a miss."""
    codec = TypedCodec[Told | None](Told | None)
    assert await put(store, "k", entry(Told(name="č", count=3)), codec=codec)
    assert await value(store, "k", codec=codec) == Told(name="č", count=3)
    assert await put(store, "none", entry(None), codec=codec)
    found = (await store.look("none", (), codec)).entry
    assert found is not None
    assert found.value is None


async def test_another_form_is_a_miss(redis_server) -> None:
    """Bytes of another type, of an older form of it, or of a stranger are not read as ours."""
    store = RedisStore(redis_server.url, "t:", now=time.time, monotonic=time.monotonic, timeout=1.0)
    assert await put(store, "k", entry(Told(name="a")), codec=TypedCodec[Told](Told))
    assert await value(store, "k", codec=TypedCodec[Retold](Retold)) is None
    assert await value(store, "k") is None
    await store._link.client.set("t:e:k", b"\x80\x04\x95pickle")
    assert await value(store, "k") is None
    await store.close()


async def test_clear_touches_own_keys_only(redis_server) -> None:
    """Another namespace and strangers' keys stay, also where the name looks like a pattern."""
    ours = RedisStore(redis_server.url, "a*:", now=time.time, monotonic=time.monotonic, timeout=1.0)
    theirs = RedisStore(redis_server.url, "ab:", now=time.time, monotonic=time.monotonic, timeout=1.0)
    for one in (ours, theirs):
        assert await put(one, "k", entry(b"v"))
    await ours._link.client.set("stranger", b"1")
    assert await ours.clear() == 1
    assert await value(theirs, "k") == b"v"
    assert await ours._link.client.get("stranger") == b"1"
    await ours.close()
    await theirs.close()


async def test_memory_stays_within_its_bounds() -> None:
    """The least recently used leave first, by number and by size; what is too large is not taken."""
    store = MemoryStore(time.time, entries=3, size=10_000)
    for key in "abc":
        assert await put(store, key, entry(b"v"))
    assert store.peek("a") is not None
    assert await put(store, "d", entry(b"v"))
    assert [key for key in "abcd" if store.peek(key)] == ["a", "c", "d"]
    assert not await put(store, "big", replace(entry(b"v"), size=20_000))
    for key in "efg":
        assert await put(store, key, replace(entry(b"v"), size=4_000), ("t",))
    assert store.statistics().bytes <= 10_000
    await store.invalidate("t")
    assert store.statistics().bytes >= 0
    assert not store._by_tag
