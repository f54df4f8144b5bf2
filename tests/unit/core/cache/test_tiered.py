"""The rules of the cache that need no server: single flight, staleness, versions, tags."""

import asyncio
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem.core.cache.breaker import FAILURES, LONGEST_PAUSE, Breaker
from tandem.core.cache.codecs import BYTES
from tandem.core.cache.entry import Lifetime, new_entry
from tandem.core.cache.memory import MemoryStore
from tandem.core.cache.tiered import TieredCache
from tandem.core.errors import InvalidInputError, OperationalError


class Time:
    """Seconds that go on when told to."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def cache_at(now) -> TieredCache:
    """A cache of memory alone."""
    return TieredCache(MemoryStore(now), None, now)


class Work:
    """Makes values, counts how often, and can be held up or fail."""

    def __init__(self) -> None:
        self.count = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.error: Exception | None = None

    async def __call__(self) -> bytes:
        self.count += 1
        number = self.count
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return b"%d" % number


async def test_a_hundred_readers_cost_one_work() -> None:
    """They all get the same value, made once."""
    cache, work = cache_at(time.time), Work()
    found = await asyncio.gather(
        *(cache.get_or_load("k", work, codec=BYTES, lifetime=Lifetime(60)) for _ in range(100))
    )
    assert work.count == 1
    assert {one.value for one in found} == {b"1"}
    assert cache.statistics().joined == 99


@pytest.mark.parametrize("leaver", [0, 1])
async def test_a_reader_that_leaves_harms_nobody(leaver: int) -> None:
    """Neither the first one, who began the work, nor another takes the answer along."""
    cache, work = cache_at(time.time), Work()
    work.gate.clear()
    readers = [
        asyncio.create_task(cache.get_or_load("k", work, codec=BYTES, lifetime=Lifetime(60)))
        for _ in range(3)
    ]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    readers[leaver].cancel()
    await asyncio.sleep(0)
    work.gate.set()
    answers = await asyncio.gather(*readers, return_exceptions=True)
    assert isinstance(answers.pop(leaver), asyncio.CancelledError)
    assert [one.value for one in answers] == [b"1", b"1"]
    assert work.count == 1


async def test_all_readers_leaving_leaves_the_value() -> None:
    """The work goes on without them and its value is kept; an error nobody waited for does no harm."""
    cache, work = cache_at(time.time), Work()
    work.gate.clear()
    reader = asyncio.create_task(cache.get_or_load("k", work, codec=BYTES, lifetime=Lifetime(60)))
    await asyncio.sleep(0.01)
    reader.cancel()
    await asyncio.gather(reader, return_exceptions=True)
    work.gate.set()
    for _ in range(10):
        await asyncio.sleep(0)
    assert cache.statistics().under_way == 0
    found = await cache.get("k", BYTES)
    assert found is not None
    assert found.value == b"1"


async def test_a_newer_reader_does_not_join_older_work() -> None:
    """Who knows version 2 is not answered with what was begun for version 1, and the late old value loses."""
    cache, old, new = cache_at(time.time), Work(), Work()
    old.gate.clear()
    first = asyncio.create_task(cache.get_or_load("k", old, codec=BYTES, lifetime=Lifetime(60), version=1))
    await asyncio.sleep(0.01)
    new.count = 10
    second = await cache.get_or_load("k", new, codec=BYTES, lifetime=Lifetime(60), version=2)
    assert second.value == b"11"
    old.gate.set()
    assert (await first).value == b"1"
    found = await cache.get("k", BYTES, version=2)
    assert found is not None
    assert found.value == b"11"


async def test_stale_while_revalidate() -> None:
    """After its fresh time the old value is given at once and made anew once; after that readers wait."""
    now, work = Time(), Work()
    cache, lifetime = cache_at(now), Lifetime(10, stale=10, jitter=0.0)
    load = lambda: cache.get_or_load("k", work, codec=BYTES, lifetime=lifetime)  # noqa: E731
    assert (await load()).state == "miss"
    now.now += 11
    work.gate.clear()
    old = [await load() for _ in range(5)]
    assert {(one.value, one.state) for one in old} == {(b"1", "stale")}
    work.gate.set()
    await asyncio.sleep(0.01)
    assert work.count == 2
    assert (await load()).value == b"2"
    now.now += 21
    assert (await load()).value == b"3"


async def test_stale_if_error() -> None:
    """An outage is bridged for as long as was allowed; a caller's mistake never is."""
    now, work = Time(), Work()
    cache, lifetime = cache_at(now), Lifetime(10, errors=100, jitter=0.0)
    load = lambda version=0: cache.get_or_load("k", work, codec=BYTES, lifetime=lifetime, version=version)  # noqa: E731
    await load()
    now.now += 50
    work.error = OperationalError("away")
    assert ((found := await load(version=5)).value, found.state) == (b"1", "stale")
    work.error = InvalidInputError("wrong")
    with pytest.raises(InvalidInputError):
        await load()
    work.error = OperationalError("away")
    now.now += 100
    with pytest.raises(OperationalError):
        await load()


async def test_an_invalidation_during_the_work_is_not_lost() -> None:
    """What began before the tag was invalidated is given to those who waited, and not kept."""
    cache, work = cache_at(time.time), Work()
    work.gate.clear()
    ask = lambda: cache.get_or_load("k", work, codec=BYTES, lifetime=Lifetime(60), tags=("x",))  # noqa: E731
    reader = asyncio.create_task(ask())
    await asyncio.sleep(0.01)
    await cache.invalidate("x")
    work.gate.set()
    assert (await reader).value == b"1"
    assert await cache.get("k", BYTES, tags=("x",)) is None
    assert (await ask()).value == b"2"


def test_lifetimes_are_jittered_and_checked() -> None:
    """What is made together does not end together, and never later than asked; nonsense is refused."""
    ends = {
        new_entry(b"", size=0, version=0, now=0.0, lifetime=Lifetime(100, jitter=0.2)).fresh_until
        for _ in range(50)
    }
    assert len(ends) > 40
    assert all(80 <= end <= 100 for end in ends)
    with pytest.raises(ValueError, match="jitter"):
        Lifetime(10, jitter=1.5)
    with pytest.raises(ValueError, match="longer"):
        Lifetime(10**9)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("begin"), st.integers(0, 5)),
            st.tuples(st.just("put"), st.integers(0, 5)),
            st.tuples(st.just("invalidate"), st.just(0)),
            st.tuples(st.just("read"), st.integers(0, 6)),
        ),
        max_size=40,
    )
)
def test_versions_and_tags_against_a_model(steps: list[tuple[str, int]]) -> None:
    """Writers that begin and end in any order: no older version wins, nothing invalidated is read."""

    async def play() -> None:
        store = MemoryStore(lambda: 0.0)
        begun: dict[int, tuple[tuple[int, ...], int]] = {}
        kept: int | None = None
        invalidations = 0
        for step, version in steps:
            if step == "begin":
                begun[version] = (store.mark(("x",)), invalidations)
            elif step == "put" and version in begun:
                mark, seen = begun.pop(version)
                made = new_entry(b"%d" % version, size=1, version=version, now=0.0, lifetime=Lifetime(60))
                expected = seen == invalidations and (kept is None or version >= kept)
                assert await store.put("k", made, ("x",), mark, BYTES) == expected
                kept = version if expected else kept
            elif step == "invalidate":
                await store.invalidate("x")
                invalidations, kept = invalidations + 1, None
            elif step == "read":
                found = (await store.look("k", ("x",), BYTES)).entry
                assert (found.version if found else None) == kept

    asyncio.run(play())


def test_the_breaker_lets_one_try_at_a_time() -> None:
    """Closed until failures in a row; then one caller per pause; a success closes, a cancelled trial decides nothing."""
    now = Time()
    breaker = Breaker(now)
    for _ in range(FAILURES):
        assert breaker.admits()
        breaker.failed()
    assert not breaker.is_closed
    assert not breaker.admits()
    now.now += LONGEST_PAUSE
    assert breaker.admits()
    assert not breaker.admits()
    breaker.left()
    assert breaker.admits()
    breaker.failed()
    assert not breaker.admits()
    now.now += LONGEST_PAUSE
    assert breaker.admits()
    assert breaker.succeeded()
    assert breaker.admits()
