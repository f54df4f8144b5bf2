"""Redis killed, frozen and back: answers go on, in bounded time, and nothing invalidated comes back."""

import asyncio
import signal
import time

from tandem.core.cache.codecs import BYTES
from tandem.core.cache.entry import Lifetime
from tandem.core.cache.memory import MemoryStore
from tandem.core.cache.redis import CONNECTIONS, RedisStore
from tandem.core.cache.tiered import TieredCache
from tandem.core.errors import OperationalError

FOREVER = Lifetime(600, jitter=0.0)
LIMIT = 0.1
NOISE = 1.0
"""Seconds that a busy machine may add to a bounded call."""


def two_levels(url: str) -> TieredCache:
    """A cache as one worker has it."""
    shared = RedisStore(url, "t:", now=time.time, monotonic=time.monotonic, timeout=LIMIT)
    return TieredCache(MemoryStore(time.time), shared, time.time)


async def made(text: bytes) -> bytes:
    """What a loader makes."""
    return text


async def load(cache: TieredCache, key: str, text: bytes, **more):
    """One reader."""
    return await cache.get_or_load(key, lambda: made(text), codec=BYTES, lifetime=FOREVER, **more)


async def comes_back(cache: TieredCache) -> None:
    """Wait until Redis takes part again."""
    deadline = time.monotonic() + 10
    while True:
        try:
            await cache.ping()
        except OperationalError:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
        else:
            return


async def test_processes_share_what_one_made(redis_server) -> None:
    """The second process finds it in Redis, with its age; a version that the reader knows better is asked for."""
    one, two = two_levels(redis_server.url), two_levels(redis_server.url)
    assert (await load(one, "k", b"first", version=3)).state == "miss"
    found = await load(two, "k", b"second", version=2)
    assert (found.value, found.state) == (b"first", "hit")
    assert (await load(two, "k", b"third", version=4)).value == b"third"
    await one.close()
    await two.close()


async def test_killed_and_back(redis_server) -> None:
    """Without Redis memory serves; what was invalidated meanwhile stays invalidated when Redis returns."""
    cache, other = two_levels(redis_server.url), two_levels(redis_server.url)
    await load(cache, "k", b"old", tags=("x",))
    redis_server.signal(signal.SIGSTOP)
    began = time.monotonic()
    assert not await cache.invalidate("x")
    assert (await load(cache, "k", b"new", tags=("x",))).value == b"new"
    for number in range(30):
        assert (await load(cache, f"n{number}", b"v")).value == b"v"
    assert time.monotonic() - began < 10 * LIMIT + NOISE
    assert cache.shared is not None
    assert not cache.shared.statistics().available
    assert cache.shared.statistics().skipped > 10
    redis_server.signal(signal.SIGCONT)
    await comes_back(cache)
    assert (await load(other, "k", b"newest", tags=("x",))).value == b"newest"
    redis_server.kill()
    assert (await load(cache, "dead", b"v")).value == b"v"
    redis_server.start()
    await comes_back(cache)
    await comes_back(other)
    assert (await load(cache, "alive", b"v")).state == "miss"
    assert (await load(other, "alive", b"w")).value == b"v"
    await cache.close()
    await other.close()


async def test_cancelled_readers_leave_no_connections_behind(redis_server) -> None:
    """Calls cut off while Redis hangs free their connections."""
    store = RedisStore(redis_server.url, "t:", now=time.time, monotonic=time.monotonic, timeout=5.0)
    await store.ping()
    redis_server.signal(signal.SIGSTOP)
    readers = [asyncio.create_task(store.look("k", (), BYTES)) for _ in range(3 * CONNECTIONS)]
    await asyncio.sleep(0.2)
    for reader in readers:
        reader.cancel()
    await asyncio.gather(*readers, return_exceptions=True)
    redis_server.signal(signal.SIGCONT)
    looks = await asyncio.gather(*(store.look("k", (), BYTES) for _ in range(2 * CONNECTIONS)))
    assert all(look.mark == (0,) for look in looks)
    clients = await store._command("CLIENT", "LIST")
    assert len(clients if isinstance(clients, list) else clients.splitlines()) <= CONNECTIONS + 1
    await store.close()


async def test_one_process_makes_what_others_wait_for(redis_server) -> None:
    """Four processes and forty readers cost one work; a maker that fails or dies is followed by the next one."""
    processes = [two_levels(redis_server.url) for _ in range(4)]
    count = 0
    lifetime = Lifetime(600, jitter=0.0, alone=5.0)

    async def slow() -> bytes:
        nonlocal count
        count += 1
        await asyncio.sleep(0.2)
        if count == 1:
            raise OperationalError("the first one fails")
        return b"%d" % count

    async def ask(cache: TieredCache) -> bytes:
        return (await cache.get_or_load("k", slow, codec=BYTES, lifetime=lifetime)).value

    answers = await asyncio.gather(
        *(ask(cache) for cache in processes for _ in range(10)), return_exceptions=True
    )
    assert count == 2
    good = [answer for answer in answers if isinstance(answer, bytes)]
    assert good == [b"2"] * 30
    leaver = asyncio.create_task(
        processes[0].get_or_load("k2", slow, codec=BYTES, lifetime=Lifetime(600, alone=0.3))
    )
    await asyncio.sleep(0.05)
    await processes[0].close()
    leaver.cancel()
    await asyncio.gather(leaver, return_exceptions=True)
    assert (await processes[1].get_or_load("k2", slow, codec=BYTES, lifetime=lifetime)).value
    for cache in processes[1:]:
        await cache.close()


async def test_waiting_ends_with_redis(redis_server) -> None:
    """Who waits for another process makes the value itself when Redis is lost."""
    one, two = two_levels(redis_server.url), two_levels(redis_server.url)
    gate = asyncio.Event()

    async def held() -> bytes:
        await gate.wait()
        return b"one"

    lifetime = Lifetime(600, jitter=0.0, alone=60.0)
    first = asyncio.create_task(one.get_or_load("k", held, codec=BYTES, lifetime=lifetime))
    await asyncio.sleep(0.1)
    second = asyncio.create_task(two.get_or_load("k", lambda: made(b"two"), codec=BYTES, lifetime=lifetime))
    await asyncio.sleep(0.1)
    assert not second.done()
    redis_server.kill()
    assert (await asyncio.wait_for(second, 5)).value == b"two"
    gate.set()
    assert (await first).value == b"one"
    await one.close()
    await two.close()
