"""Nobody spends more than his budget, however many call at once, and every reservation ends in the books."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest

from e2e.gateway import Upstream, client, provider, said, tokimeki
from e2e.processes import Server
from tandem.core.database.pool import asyncpg_dsn

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

CALLS = 200
CLEAN, FAULTY = "openai/gpt-4o-mini", "deepseek/deepseek-chat"
TOKENS = 100
MESSAGES = [{"role": "user", "content": "What moved the market today, and why did it?"}]
FAULTS = ("500=0.08", "429=0.04", "broken=0.1", "cut=0.05", "no_finish=0.05", "garbage=0.03", "error=0.05")


@pytest.fixture(scope="module")
def upstreams() -> Iterator[tuple[Upstream, Upstream]]:
    """A provider without faults and one with all kinds of them; both need a third of a second."""
    pace = ("--tokens", str(TOKENS), "--latency", "0.1", "--rate", "400")
    faults = [word for fault in FAULTS for word in ("--fault", fault)]
    with provider(*pace) as clean, provider(*pace, *faults) as faulty:
        yield clean, faulty


def _served(home: Path, upstreams: tuple[Upstream, Upstream], database: str, **settings: str) -> Server:
    clean, faulty = upstreams
    more = {
        "TANDEM_DEEPSEEK_URL": f"http://127.0.0.1:{faulty.port}/v1", "DEEPSEEK_API_KEY": "sk-other",
        "TANDEM_DEEPSEEK_MODELS": "deepseek-chat",
    }  # fmt: skip
    return tokimeki(home, clean, "gpt-4o-mini", database, workers=2, **more, **settings)


@pytest.fixture(scope="module")
def served(
    tmp_path_factory: pytest.TempPathFactory, shared_database: str, upstreams: tuple[Upstream, Upstream]
) -> Iterator[Server]:
    """The service with two workers."""
    with _served(tmp_path_factory.mktemp("money"), upstreams, shared_database) as running:
        yield running


class Books:
    """One user's budget as PostgreSQL has it; looked at through a pool, for two look at once."""

    def __init__(self, connection: asyncpg.Pool, user: str) -> None:
        self.connection, self.user = connection, user
        self.highest = 0

    async def row(self) -> asyncpg.Record:
        """The budget."""
        return await self.connection.fetchrow("SELECT * FROM budgets WHERE name = $1", self.user)

    async def watch(self) -> None:
        """Look at what is spent and reserved as long as others spend."""
        while True:
            row = await self.row()
            assert row["spent_micro"] + row["reserved_micro"] <= row["limit_micro"]
            assert (
                row["reserved_total"] == row["settled_total"] + row["refunded_total"] + row["reserved_micro"]
            )
            self.highest = max(self.highest, row["spent_micro"] + row["reserved_micro"])
            await asyncio.sleep(0.02)

    async def closed(self) -> asyncpg.Record:
        """The budget once nothing is reserved any more, and the records of every call have arrived."""
        deadline = time.monotonic() + 15
        while True:
            row = await self.row()
            paid = await self.connection.fetchval(
                "SELECT coalesce(sum(cost_micro), 0)::bigint FROM usage_events WHERE user_id = $1", self.user
            )
            if row["reserved_micro"] == 0 and paid == row["spent_micro"]:
                break
            assert time.monotonic() < deadline, (
                f"spent {row['spent_micro']}, recorded {paid}, open {row['reserved_micro']}"
            )
            await asyncio.sleep(0.1)
        assert row["reserved_total"] == row["settled_total"] + row["refunded_total"]
        assert row["overrun_total"] == 0
        assert row["spent_micro"] <= row["limit_micro"]
        waiting = "SELECT count(*) FROM budget_reservations WHERE user_id = $1 AND state = 'open'"
        assert await self.connection.fetchval(waiting, self.user) == 0
        return row


@asynccontextmanager
async def books(database: str, user: str, limit: int) -> AsyncIterator[Books]:
    """A budget of ``limit`` micro-dollars for ``user``; both workers know it when the block begins."""
    async with asyncpg.create_pool(asyncpg_dsn(database), min_size=1, max_size=3) as connection:
        await connection.execute(
            "INSERT INTO budgets (scope, name, limit_micro, period, period_start) "
            "VALUES ('user', $1, $2, 'total', '2000-01-01Z')", user, limit,
        )  # fmt: skip
        await asyncio.sleep(2.6)
        yield Books(connection, user)


def _ask(model: str, *, stream: bool) -> dict[str, Any]:
    return {"model": model, "messages": MESSAGES, "max_tokens": TOKENS, "stream": stream, "temperature": 0.7}


async def _call(session: aiohttp.ClientSession, user: str, model: str, *, stream: bool) -> tuple[int, int]:
    """Call once and read to the end; status and the cost told (of whole answers)."""
    headers = {"X-User-ID": user}
    async with session.post(
        "/v1/chat/completions", json=_ask(model, stream=stream), headers=headers
    ) as answer:
        if not stream and answer.status == 200:
            return 200, (await answer.json())["tandem"]["cost_micro_usd"]
        await answer.read()
        return answer.status, 0


async def _reserved_for_one(session: aiohttp.ClientSession) -> int:
    """What one call reserves: the estimate before sending tells the same."""
    ask = {"message": MESSAGES[0]["content"], "model": CLEAN, "max_tokens": TOKENS}
    status, estimate = await said(session, "/api/v1/chat/estimate", ask)
    assert status == 200
    return int(estimate["cost_micro_usd"])


@asynccontextmanager
async def _watched(account: Books) -> AsyncIterator[None]:
    watching = asyncio.create_task(account.watch())
    try:
        yield
        await asyncio.sleep(0.05)
        assert not watching.done(), watching.exception()
    finally:
        watching.cancel()


async def test_a_budget_for_fifty_is_never_overspent(served: Server, shared_database: str, user: str) -> None:
    """200 callers at once, whole and streamed, on two workers: some 50 are served, the others hear why not."""
    async with client(served) as session:
        limit = 50 * await _reserved_for_one(session)
        async with books(shared_database, user, limit) as account, _watched(account):
            calls = (_call(session, user, CLEAN, stream=bool(n % 2)) for n in range(CALLS))
            answers = await asyncio.gather(*calls)
            row = await account.closed()
            asked = await account.connection.fetch(
                "SELECT request_id, stream FROM (SELECT request_id, streamed AS stream, cost_micro FROM usage_events"
                " WHERE user_id = $1 AND outcome = 'ok') AS done", user,
            )  # fmt: skip
    served_calls = [cost for status, cost in answers if status == 200]
    print(
        f"limit {limit}: {len(served_calls)} of {CALLS} served, spent {row['spent_micro']}, at most {account.highest} "
        "spent and reserved"
    )
    assert {status for status, _ in answers} == {200, 402}
    assert len(served_calls) == len(asked) >= 40
    assert sum(one["stream"] for one in asked) > 0
    assert account.highest > 0.8 * limit, "the budget was never nearly used up: nothing was shown"


async def test_faults_and_leaving_clients_settle_what_they_cost(
    served: Server, shared_database: str, user: str
) -> None:
    """A provider that fails in every way, and every third client leaves somewhere in the middle."""
    dice = random.Random(4)
    left = 0
    async with client(served) as session:
        limit = 50 * await _reserved_for_one(session)
        async with books(shared_database, user, limit) as account, _watched(account):
            calls = [
                asyncio.create_task(_call(session, user, FAULTY, stream=bool(number % 2)))
                for number in range(CALLS)
            ]
            for call in calls[::3]:
                asyncio.get_running_loop().call_later(dice.uniform(0.0, 0.6), call.cancel)
            answers = await asyncio.gather(*calls, return_exceptions=True)
            row = await account.closed()
            outcomes = await account.connection.fetch(
                "SELECT outcome, count(*) AS n FROM usage_events WHERE user_id = $1 GROUP BY outcome", user
            )
    left = sum(isinstance(one, asyncio.CancelledError) for one in answers)
    statuses = {one[0] for one in answers if isinstance(one, tuple)}
    print(
        f"{left} left, statuses {sorted(statuses)}, spent {row['spent_micro']} of {limit}, {dict(outcomes)}"
    )
    assert left > 20
    assert statuses <= {200, 402, 429, 502, 503}
    assert {"ok", "cancelled"} <= {one["outcome"] for one in outcomes}
    assert len(outcomes) >= 4, "the faults were not met"


async def test_a_stop_in_the_middle_of_streams_settles_them(
    tmp_path: Path, shared_database: str, user: str
) -> None:
    """SIGTERM while 60 streams and 20 whole answers are under way: each is paid for as far as it came."""
    with (
        provider("--tokens", str(TOKENS), "--rate", "10") as slow,
        _served(tmp_path, (slow, slow), shared_database) as running,
    ):
        async with client(running) as session:
            limit = 100 * await _reserved_for_one(session)
            async with books(shared_database, user, limit) as account:
                calls = [
                    asyncio.create_task(_call(session, user, CLEAN, stream=number >= 20))
                    for number in range(80)
                ]
                await asyncio.sleep(3)
                code = await asyncio.to_thread(running.stop)
                await asyncio.gather(*calls, return_exceptions=True)
                row = await account.closed()
                outcomes = dict(await account.connection.fetch(
                    "SELECT outcome, count(*) FROM usage_events WHERE user_id = $1 GROUP BY outcome", user
                ))  # fmt: skip
    print(f"stopped: {outcomes}, spent {row['spent_micro']}, refunded {row['refunded_total']}")
    assert code == 0
    assert outcomes["shutdown"] >= 60
    assert sum(outcomes.values()) == 80
    assert row["refunded_total"] > 0
    assert row["spent_micro"] > 0
