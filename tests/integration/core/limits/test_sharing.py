"""Two workers and one Redis: what they give out together, what a loss of Redis changes, and what a restart does not."""

import asyncio
import signal
import time
from dataclasses import dataclass
from typing import Self

from tandem.core.auth.scopes import IDENTITY, Identity
from tandem.core.limits.account import Account
from tandem.core.limits.caller import Refusal
from tandem.core.limits.classes import RouteClasses
from tandem.core.limits.limits import Limits
from tandem.core.limits.slots import Slots
from tandem.core.observability.metrics import Metrics
from tandem.core.redis_link import RedisLink
from tandem.core.settings import Settings

CLASSES = RouteClasses(model=("POST /chat",))
QUOTA = 200


@dataclass
class Monotonic:
    """The real clock, as a service has it."""

    def monotonic(self) -> float:
        return time.monotonic()


class Worker:
    """One process's limits, asked as the middleware asks them."""

    def __init__(self, url: str, **settings: object) -> None:
        told = {"limit_requests": QUOTA, "redis_url": url, "auth": "on", "cache_timeout": 1.0, **settings}
        self.limits = Limits(Settings(_env_file=None, **told), CLASSES, Monotonic(), Metrics())
        self.waits = 0

    async def __aenter__(self) -> Self:
        await self.limits.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.limits.close()

    async def ask(self, key: str = "one", user: str = "ann") -> bool:
        """Whether one request may go on."""
        limiter = self.limits.limiter
        scope = {"method": "GET", "headers": [], IDENTITY: Identity(user=user, key=key, scope="read")}
        plan = limiter.plan(scope, "/x")
        assert plan is not None
        for _ in range(4):
            taken = limiter.take(plan, limiter.caller(scope))
            if not isinstance(taken, Account):
                return not isinstance(taken, Refusal)
            self.waits += 1
            assert limiter.sharing is not None
            await limiter.sharing.told(taken)
        return not isinstance(limiter.take(plan, limiter.caller(scope), patient=False), Refusal)

    async def burst(self, times: int) -> int:
        """How many of so many requests passed, as fast as they can be asked."""
        passed = 0
        for _ in range(times):
            passed += await self.ask()
            await asyncio.sleep(0)
        return passed


async def test_two_workers_give_out_one_quota(redis_server) -> None:
    """Together the quota, and no more than a lease (5 %) of each worker and what refills meanwhile beyond it."""
    async with Worker(redis_server.url) as one, Worker(redis_server.url) as two:
        began = time.monotonic()
        passed = await asyncio.gather(one.burst(400), two.burst(400))
        refilled = (time.monotonic() - began) * QUOTA / 60
        assert QUOTA <= sum(passed) <= QUOTA * 1.10 + refilled + 1
        assert min(passed) > 0


async def test_what_one_worker_gave_out_the_other_knows_soon(redis_server) -> None:
    """A caller who exhausted one worker is refused by the other within moments."""
    async with Worker(redis_server.url) as one, Worker(redis_server.url) as two:
        assert await two.ask()
        await one.burst(300)
        await asyncio.sleep(0.3)
        # The first answer may still come from the lease; it is told, and the level of all comes back.
        passed = await two.burst(100)
        assert passed <= QUOTA * 0.05 + 5


async def test_nothing_is_refused_while_redis_is_away(redis_server) -> None:
    """Killed, frozen, back: each worker limits for itself, nobody waits long, and a restart refills nobody."""
    async with Worker(redis_server.url, cache_timeout=0.1) as worker:
        assert await worker.burst(50) == 50
        redis_server.kill()
        began = time.monotonic()
        assert await worker.burst(100) == 100
        assert time.monotonic() - began < 3
        assert await worker.burst(200) <= 60
        redis_server.start()
        deadline = time.monotonic() + 10
        while True:
            await worker.ask()
            if worker.limits.limiter.sharing.is_up:
                break
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.3)
        async with Worker(redis_server.url) as other:
            await other.ask()
            await asyncio.sleep(0.3)
            assert await other.burst(100) < 60
        redis_server.signal(signal.SIGSTOP)
        began = time.monotonic()
        await worker.burst(20)
        assert time.monotonic() - began < 3
        redis_server.signal(signal.SIGCONT)


async def test_streams_are_counted_over_workers(redis_server) -> None:
    """Exactly so many in all; those of a worker that is gone are free again when its word ends."""
    links = [
        RedisLink(redis_server.url, name="t", consequence="", monotonic=time.monotonic, timeout=1.0)
        for _ in range(2)
    ]
    one, two = (Slots(lambda link=link: link) for link in links)
    taken = await asyncio.gather(*(slots.take("k:one", 4) for slots in (one, two) for _ in range(4)))
    assert sum(taken) == 4
    await one.close()
    assert await two.take("k:one", 4) == (taken[:4] != [False] * 4)
    await two.close()
    for link in links:
        await link.close()
