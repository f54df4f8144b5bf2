"""`cache-ops`: one read of a cached value, as the old service's synchronous client does it and as the two levels do."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from time import perf_counter_ns, time
from typing import Any, Final

import orjson
import redis as synchronous

from tandem.bench.limits import run_loop
from tandem.bench.measure.figures import median, quantile, ratio
from tandem.bench.scenario import Bench, Scenario
from tandem.bench.scenarios.mixed_requests import READS
from tandem.core.cache.codecs import TypedCodec
from tandem.core.cache.entry import Lifetime
from tandem.core.cache.memory import MemoryStore
from tandem.core.cache.redis import RedisStore
from tandem.core.cache.tiered import TieredCache

USERS: Final = 500
VALUE: Final = {
    "recommended_preset": "deep_work",
    "all_scores": dict.fromkeys("abcd", 71.25),
    "reason": "x" * 400,
}
CONDITION: Final = "reads of the mixed scenario's keys"
NAMES: Final = ("two levels", "Redis level alone", "synchronous client")


def run(bench: Bench) -> None:
    """Read the same keys in the same order, in alternating rounds; raises RedisMissingError without a Redis."""
    server = bench.world.redis
    keys = [f"{user}:{read.path}" for user in range(USERS) for read in READS]
    dice = random.Random(3)
    order = [dice.choice(keys) for _ in range(bench.pace.pick(20_000, 5_000))]
    client = synchronous.Redis.from_url(server.url(3))
    for key in keys:
        client.setex(f"old:{key}", 300, orjson.dumps(VALUE))
    for number in range(bench.pace.rounds):
        bench.say(f"round {number + 1} of {bench.pace.rounds}")
        run_loop(_ours(bench, server.url(4), keys, order))
        took = []
        for key in order:
            began = perf_counter_ns()
            kept = client.get(f"old:{key}")
            orjson.loads(kept)  # type: ignore[arg-type]  # the synchronous client's type says that it might be awaitable
            took.append((perf_counter_ns() - began) / 1e3)
        _note(bench, "synchronous client", took)
    client.close()
    values = {name: bench.outcome.row(name, CONDITION).values["us"] for name in NAMES}
    bench.outcome.figures["of_synchronous"] = ratio(values["two levels"], values["synchronous client"])
    bench.outcome.figures["redis_level_of_synchronous"] = ratio(
        values["Redis level alone"], values["synchronous client"]
    )


async def _ours(bench: Bench, url: str, keys: list[str], order: list[str]) -> None:
    shared = RedisStore(
        url, "bench:", now=time, monotonic=lambda: asyncio.get_running_loop().time(), timeout=1.0
    )
    cache = TieredCache(MemoryStore(time, size=64 * 1024 * 1024), shared, time)
    codec: TypedCodec[dict[str, Any]]
    codec, lifetime = TypedCodec(dict[str, Any]), Lifetime(300)
    try:
        for key in keys:
            await cache.put(key, VALUE, codec=codec, lifetime=lifetime)
        await asyncio.sleep(0)
        bare = TieredCache(MemoryStore(time, size=1024), shared, time)
        _note(bench, "two levels", await _timed(lambda key: cache.get(key, codec), order))
        _note(
            bench,
            "Redis level alone",
            await _timed(lambda key: bare.get(key, codec), order[: len(order) // 4]),
        )
    finally:
        await cache.close()


async def _timed(read: Callable[[str], Awaitable[object]], order: list[str]) -> list[float]:
    took = []
    for key in order:
        began = perf_counter_ns()
        found = await read(key)
        took.append((perf_counter_ns() - began) / 1e3)
        if found is None:
            raise RuntimeError(f"{key} is not in the cache")
    return took


def _note(bench: Bench, name: str, took: list[float]) -> None:
    bench.outcome.row(name, CONDITION).add(us=median(took), p99_us=quantile(took, 0.99))


SCENARIO = Scenario("cache-ops", "Median of one read of the cache", run, limit=240)
