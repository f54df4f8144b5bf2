"""Several workers, one limit: what each of them took is told to Redis off the request path.

A worker gives out at most one *lease* (5 % of a quota, or 100 ms' worth where that is more) before it has told so;
what it took is told after 100 ms, or at once when half of the lease is gone. Whoever needs more than the lease waits for
the answer that is under way, for the time limit of one call at most. So ``n`` workers together give out at most the
quota and ``n`` leases: 110 % with two. Redis's own clock refills the buckets.

Fail mode: Redis absent, slow or dying: each worker goes on with what it knows, so ``n`` of them may give out ``n`` times as
much; a gauge and one warning say so. When it returns, what was taken meanwhile is taken off there too, so a restart of
Redis makes nobody's account full. Never an error, never a wait beyond the time limit.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from tandem.core.limits.account import Account
from tandem.core.owned_tasks import ended
from tandem.core.redis_link import RedisLink

log = logging.getLogger(__name__)

TELL_SECONDS: Final = 0.1
BATCH: Final = 400
PREFIX: Final = "{tandem:limits}:"
"""In braces, so that a cluster keeps all of them in one place and one script may touch them."""

_TELL: Final = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local out = {}
for i, key in ipairs(KEYS) do
    local at = (i - 1) * 5
    local amount, seconds, window = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), ARGV[at + 3] == '1'
    local taken, most = tonumber(ARGV[at + 4]), tonumber(ARGV[at + 5])
    local kept = redis.call('GET', key)
    local level, since = amount, now
    if kept then
        local a, b = string.match(kept, '^(%S+) (%S+)$')
        level, since = tonumber(a), tonumber(b)
        if window then
            if since <= now then level, since = amount, now + seconds end
        else
            level = math.min(amount, level + math.max(0, now - since) * amount / seconds)
            since = now
        end
    elseif window then
        since = now + seconds
    end
    if most >= 0 and most < level then level = most end
    level = math.min(amount, level - taken)
    local lasts = window and (since - now) or ((amount - level) * seconds / amount + 1)
    redis.call('SET', key, string.format('%.6f %.6f', level, since), 'PX', math.max(1, math.ceil(lasts * 1000)))
    out[#out + 1] = string.format('%.6f', level)
    out[#out + 1] = string.format('%.6f', window and (since - now) or 0)
end
return out
"""


class Sharing:
    """Tells what was taken, and learns what is left; a resource. For one event loop."""

    def __init__(self, link: RedisLink, monotonic: Callable[[], float]) -> None:
        """Share through ``link``."""
        self._link = link
        self._monotonic = monotonic
        self._script = link.script(_TELL)
        self._untold: dict[Account, None] = {}
        self._some, self._urgent = asyncio.Event(), asyncio.Event()
        self._round: asyncio.Future[None] | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def is_up(self) -> bool:
        """Whether the others are in reach."""
        return self._link.is_up

    async def open(self) -> None:
        """Begin to tell; does not wait for Redis."""
        self._task = asyncio.create_task(self._run(), name="limits-sharing")

    async def close(self) -> None:
        """Tell what is untold, then stop."""
        task, self._task = self._task, None
        if task is not None:
            await ended(task)
            await self._tell()
        await self._link.close()

    async def ping(self) -> None:
        """Raise OperationalError while Redis does not answer."""
        await self._link.ping()

    def took(self, account: Account, cost: float) -> None:
        """Note that ``cost`` was taken from ``account``; a negative one was given back."""
        account.untold += cost
        self.mention(account)
        if account.untold * 2 >= account.quota.lease:
            self._urgent.set()

    def mention(self, account: Account) -> None:
        """Have ``account`` told with the next ones."""
        if not self._untold:
            self._some.set()
        self._untold[account] = None

    def must_wait(self, account: Account, cost: float) -> bool:
        """Whether taking ``cost`` more would exceed what may be given out untold."""
        given = account.untold + account.telling
        return given > 0 and given + cost > account.quota.lease

    async def told(self, account: Account) -> None:
        """Return when what was taken so far is told, or could not be."""
        self.mention(account)
        waiting = self._round or asyncio.get_running_loop().create_future()
        self._round = waiting
        self._urgent.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(2 * self._link.timeout + TELL_SECONDS):
                await asyncio.shield(waiting)

    async def _run(self) -> None:
        while True:
            await self._some.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(TELL_SECONDS):
                    await self._urgent.wait()
            self._some.clear()
            self._urgent.clear()
            try:
                await self._tell()
            except Exception:
                log.exception("limits could not be shared")
                await asyncio.sleep(TELL_SECONDS)

    async def _tell(self) -> None:
        """Tell everything that is untold now, batch by batch."""
        waiting, self._round = self._round, None
        untold = list(self._untold)
        self._untold.clear()
        try:
            for start in range(0, len(untold), BATCH):
                await self._tell_some(untold[start : start + BATCH])
        finally:
            if waiting is not None and not waiting.done():
                waiting.set_result(None)

    async def _tell_some(self, batch: list[Account]) -> None:
        now, keys, words = self._monotonic(), [], []
        for account in batch:
            most = max(0.0, account.left(now) + account.untold + account.telling) if account.alone else -1
            account.telling, account.untold = account.telling + account.untold, 0.0
            quota = account.quota
            keys.append(PREFIX + account.key)
            words += [quota.amount, quota.seconds, int(quota.window), account.telling, most]
        found: list[Any] | None = await self._link.call(lambda: self._script(keys=keys, args=words))
        now = self._monotonic()
        if found is None:
            for account in batch:
                account.take(0.0, account.left(now), now)
                account.alone = True
            return
        for place, account in enumerate(batch):
            account.learn(float(found[2 * place]), now, float(found[2 * place + 1]))
