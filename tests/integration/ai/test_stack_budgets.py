"""Budgets in PostgreSQL, records on disk and in PostgreSQL, models behind sockets: the money always adds up."""

import asyncio
import datetime as dt
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import pytest

from tandem.ai.catalog import Catalog
from tandem.ai.chain import Chains
from tandem.ai.errors import AIError
from tandem.ai.gateway import Gateway
from tandem.ai.messages import Asker, ChatRequest, Message
from tandem.ai.metrics import AIMetrics
from tandem.ai.policies.retry import Retrying
from tandem.ai.pricing import published
from tandem.ai.providers.openai_compatible import OpenAICompatible
from tandem.ai.providers.profile import Profile
from tandem.ai.stack import Parts, Policies, build
from tandem.ai.token_estimate import of_call
from tandem.bench.upstreams.llm import LLMUpstream
from tandem.bench.upstreams.script import Script
from tandem.core.clock import SystemClock
from tandem.core.database.pool import Database
from tandem.core.http.client import HttpClient
from tandem.core.observability.metrics import Metrics
from tandem.usage.budgets import Budgets
from tandem.usage.errors import BudgetExceededError
from tandem.usage.recorder import UsageRecorder

pytestmark = pytest.mark.timeout(60)

KEY = "openai/gpt-4o"
CLOCK = SystemClock(dt.UTC)


class Worker:
    """One process's gateway; two of them share a database."""

    def __init__(self, gateway: Gateway, recorder: UsageRecorder, budgets: Budgets) -> None:
        self.gateway, self.recorder, self.budgets = gateway, recorder, budgets

    async def ask(self, number: int, *, stream: bool = True, **more: object) -> None:
        request = ChatRequest(
            (Message("user", f"Hello {number}"),), KEY, Asker("eva", None, "/chat", f"r{number}"),
            max_tokens=100, stream=stream, **more,
        )  # fmt: skip
        async with await self.gateway.chat.open(request) as answer:
            async for _ in answer:
                pass


@asynccontextmanager
async def worker(database: Database, upstream: LLMUpstream, home: Path) -> AsyncIterator[Worker]:
    profile = Profile("openai", upstream.base_url, {KEY: "gpt-4o"})
    recorder, budgets = UsageRecorder(database, home), Budgets(database, CLOCK, home)
    http = HttpClient(limit=300, per_host=300)
    async with AsyncExitStack() as opened:
        for part in (recorder, budgets, http):
            await part.open()
            opened.push_async_callback(part.close)
        gateway = build(Parts(
            providers={"openai": OpenAICompatible(profile, http, CLOCK, of_call)},
            route=Chains(Catalog([profile]), {"openai": profile}), sink=recorder, ledger=budgets, prices=published(),
            clock=CLOCK, metrics=AIMetrics.declare(Metrics()), policies=Policies(retrying=Retrying(retries=0)),
        ))  # fmt: skip
        opened.push_async_callback(gateway.close)
        yield Worker(gateway, recorder, budgets)


async def test_two_hundred_calls_against_a_budget_for_fifty(database, tmp_path):
    """With two workers at once nobody spends more than there is, and each refusal is one of 402."""
    async with (
        LLMUpstream(Script(latency=0.3, tokens=100)) as upstream,
        worker(database, upstream, tmp_path / "1") as one,
        worker(database, upstream, tmp_path / "2") as two,
    ):
        estimate = one.gateway.estimator.most(
            ChatRequest((Message("user", "Hello 100"),), KEY, Asker("eva", None, "", ""), max_tokens=100)
        ).micro
        await one.budgets.put("user", "eva", 50 * estimate, "total")
        await two.budgets.put("user", "eva", 50 * estimate, "total")
        results = await asyncio.gather(
            *((one, two)[n % 2].ask(n) for n in range(100, 300)), return_exceptions=True
        )
        refused = [result for result in results if isinstance(result, BudgetExceededError)]
        assert results.count(None) + len(refused) == 200
        assert 50 <= results.count(None) < 200
        for each in (one, two):
            await each.gateway.close()
            assert await each.recorder.flush(10)
        [budget] = await one.budgets.all()
        paid = await database.fetchval(
            "SELECT sum(cost_micro)::bigint FROM usage_events WHERE outcome = 'ok'"
        )
        assert 0 < budget.spent == paid <= budget.limit
        assert budget.reserved == 0
        balance = await one.budgets.balance()
        assert balance.holds
        assert (balance.open, balance.overrun) == (0, 0)
        counted = await database.fetch(
            "SELECT outcome, count(*)::int AS n FROM usage_events GROUP BY outcome"
        )
        assert {row["outcome"]: row["n"] for row in counted} == {
            "ok": results.count(None), "budget": len(refused),
        }  # fmt: skip


async def test_leaving_failing_and_stopping_calls_are_all_settled(database, tmp_path):
    """Clients that leave at any moment, streams that break, whole answers, shared answers: the books close."""
    dice = random.Random(7)
    script = Script(latency=0.05, rate=200, tokens=30)
    async with (
        LLMUpstream(script, chances={"broken": 0.2, "500": 0.1}, seed=7) as up,
        worker(database, up, tmp_path) as one,
    ):
        await one.budgets.put("user", "eva", 10**9, "total")

        async def some(number: int) -> None:
            task = asyncio.create_task(
                one.ask(number % 40, stream=number % 3 > 0, temperature=0.0 if number % 4 == 0 else None)
            )
            if number % 2:
                # Up to well beyond the reservations of all the others, which wait for one another on a busy machine.
                await asyncio.sleep(dice.uniform(0, 1.0))
                task.cancel()
            with suppress(AIError, asyncio.CancelledError):
                await task

        await asyncio.gather(*map(some, range(120)))
        await one.gateway.close()
        assert await one.recorder.flush(10)
        [budget] = await one.budgets.all()
        balance = await one.budgets.balance()
        assert balance.holds
        assert (balance.open, balance.overrun, budget.reserved) == (0, 0, 0)
        paid = await database.fetchval("SELECT sum(cost_micro)::bigint FROM usage_events")
        assert budget.spent == paid > 0
        outcomes = {
            row["outcome"] for row in await database.fetch("SELECT DISTINCT outcome FROM usage_events")
        }
        assert {"ok", "cancelled"} <= outcomes
        assert one.gateway.providers()["openai"].slots.taken == 0
        async with asyncio.timeout(5):
            while up.statistics.active:
                await asyncio.sleep(0.01)
