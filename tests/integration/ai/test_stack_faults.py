"""The whole stack against a server on a real socket that fails in every way it knows."""

import asyncio
import datetime as dt
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tandem.ai.catalog import Catalog
from tandem.ai.chain import Chains
from tandem.ai.errors import (
    AIError,
    BadAnswerError,
    BrokenStreamError,
    CircuitOpenError,
    ProviderRateLimitedError,
    ProviderRejectedError,
    ProviderTimeoutError,
    ProviderUnavailableError,
    QueueFullError,
)
from tandem.ai.gateway import Gateway
from tandem.ai.messages import Asker, ChatRequest, Message
from tandem.ai.metrics import AIMetrics
from tandem.ai.policies.concurrency import Concurrency
from tandem.ai.policies.health import Breaking
from tandem.ai.policies.retry import Retrying
from tandem.ai.policies.timeout import Deadlines
from tandem.ai.pricing import published
from tandem.ai.providers.openai_compatible import OpenAICompatible
from tandem.ai.providers.profile import Profile
from tandem.ai.stack import Parts, Policies, build
from tandem.ai.token_estimate import of_call
from tandem.bench.upstreams.llm import LLMUpstream
from tandem.bench.upstreams.script import Script
from tandem.core.clock import SystemClock
from tandem.core.http.client import HttpClient
from tandem.core.http.timeouts import Timeouts
from tandem.core.observability.metrics import Metrics
from tandem.usage.events import UsageEvent

pytestmark = pytest.mark.timeout(30)

WAITS = Timeouts(connect=2.0, first_byte=0.5, idle=0.5, total=1.5)
LARGE = "deepseek/deepseek-chat"


class Sink:
    """Keeps records in a list."""

    def __init__(self) -> None:
        self.events: list[UsageEvent] = []

    def put(self, event: UsageEvent) -> None:
        self.events.append(event)

    def require_room(self) -> None:
        pass

    @property
    def outcomes(self) -> list[str]:
        return [event.outcome for event in self.events]


class Stage:
    """A gateway over two providers on sockets: a paid one that may fail, and a free one that is well."""

    def __init__(self, faulty: LLMUpstream, well: LLMUpstream, http: HttpClient, policies: Policies) -> None:
        clock, self.sink = SystemClock(dt.UTC), Sink()
        self.faulty, self.well = faulty, well
        profiles = {
            "deepseek": Profile("deepseek", faulty.base_url, {LARGE: "deepseek-chat"}, timeouts=WAITS),
            "local": Profile("local", well.base_url, {"local": "small"}, timeouts=WAITS),
        }
        self.gateway: Gateway = build(Parts(
            providers={name: OpenAICompatible(one, http, clock, of_call) for name, one in profiles.items()},
            route=Chains(Catalog(list(profiles.values())), profiles), sink=self.sink, ledger=None,
            prices=published(), clock=clock, metrics=AIMetrics.declare(Metrics()), policies=policies,
        ))  # fmt: skip

    async def ask(self, script: Script, *, stream: bool = True, exact: bool = False, **more: object) -> tuple:
        """The text, the origin and the outcome of one answer."""
        self.faulty.script = script
        asker = Asker("u", None, "/chat", "r")
        request = ChatRequest((Message("user", "Hello"),), LARGE, asker, stream=stream, **more)
        client = self.gateway.exact if exact else self.gateway.chat
        async with await client.open(request) as answer:
            text = "".join([piece.text async for piece in answer])
        return text, answer.origin, answer.outcome

    async def all_closed(self) -> None:
        """Wait until no answer is under way at either server."""
        async with asyncio.timeout(5):
            while self.faulty.statistics.active or self.well.statistics.active:
                await asyncio.sleep(0.01)
        assert all(one.slots.taken == 0 for one in self.gateway.providers().values())


@asynccontextmanager
async def stage(**how: object) -> AsyncIterator[Stage]:
    policies = Policies(**{"retrying": Retrying(retries=0), "breaking": Breaking(consecutive=1_000), **how})
    async with LLMUpstream() as faulty, LLMUpstream(Script(tokens=5)) as well:
        http = HttpClient(limit=64, per_host=64, timeouts=WAITS)
        await http.open()
        try:
            yield Stage(faulty, well, http, policies)
        finally:
            await http.close()


BEFORE = [
    (Script(fault="refused"), ProviderUnavailableError, "unavailable"),
    (Script(fault="reset"), ProviderUnavailableError, "unavailable"),
    (Script(fault="mute"), ProviderTimeoutError, "timeout"),
    (Script(fault="slow"), ProviderTimeoutError, "timeout"),
    (Script(fault="status", status=429, retry_after="30"), ProviderRateLimitedError, "rate_limited"),
    (Script(fault="status", status=500), ProviderUnavailableError, "unavailable"),
    (Script(fault="status", status=503), ProviderUnavailableError, "unavailable"),
    (Script(fault="status", status=400), ProviderRejectedError, "rejected"),
    (Script(fault="status", status=401), ProviderRejectedError, "rejected"),
    (Script(fault="type"), BadAnswerError, "bad_answer"),
    (Script(fault="malformed", after=0), BadAnswerError, "bad_answer"),
    (Script(latency=5.0), ProviderTimeoutError, "timeout"),
]  # fmt: skip
MIDWAY = [
    (Script(fault="broken"), BrokenStreamError, "broken_stream"),
    (Script(fault="silence"), ProviderTimeoutError, "timeout"),
    (Script(fault="error"), BrokenStreamError, "broken_stream"),
    (Script(fault="malformed"), BrokenStreamError, "broken_stream"),
]


def name_of(value: object) -> str:
    return f"{value.fault or 'latency'}-{value.status}" if isinstance(value, Script) else ""


@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
@pytest.mark.parametrize(("script", "error", "outcome"), BEFORE, ids=name_of)
async def test_a_fault_before_the_first_piece(
    script: Script, error: type[AIError], outcome: str, stream: bool
):
    """The exact client gets the right error and record; the chat client gets the other provider's answer."""
    async with stage() as on:
        with pytest.raises(AIError) as raised:
            await on.ask(script, stream=stream, exact=True)
        assert type(raised.value) is error
        assert raised.value.provider == "deepseek"
        assert on.sink.outcomes == [outcome]
        text, origin, told = await on.ask(script, stream=stream)
        assert text
        assert (origin.provider, origin.fallback, origin.asked, told.cost) == ("local", True, LARGE, 0)
        assert on.sink.outcomes == [outcome, outcome, "ok"]
        assert [event.provider for event in on.sink.events] == ["deepseek", "deepseek", "local"]
        await on.all_closed()


@pytest.mark.parametrize(("script", "error", "outcome"), MIDWAY, ids=name_of)
async def test_a_fault_after_the_first_piece(script: Script, error: type[AIError], outcome: str):
    """It is the answer's end: nobody stands in, and what was delivered is recorded and priced."""
    async with stage() as on:
        with pytest.raises(AIError) as raised:
            await on.ask(script)
        assert type(raised.value) is error
        [event] = on.sink.events
        assert (event.outcome, event.provider, event.estimated) == (outcome, "deepseek", True)
        assert event.completion_tokens > 0
        assert event.cost > 0
        assert event.first_token_ms is not None
        assert on.well.statistics.begun == 0
        await on.all_closed()


async def test_a_good_answer_is_priced_by_the_table():
    """The server counts; 0.14 and 0.28 dollars per million tokens, rounded up."""
    async with stage() as on:
        for stream in (True, False):
            _, origin, told = await on.ask(Script(tokens=40), stream=stream)
            usage = told.usage
            assert not usage.estimated
            assert told.cost == -(-(usage.prompt * 140_000 + usage.completion * 280_000) // 1_000_000) > 0
            assert (origin.provider, origin.fallback) == ("deepseek", False)
        assert on.sink.outcomes == ["ok", "ok"]


async def test_a_429_is_retried_after_the_time_it_names():
    """Once, with a second in between, and both attempts are recorded."""
    async with stage(retrying=Retrying(retries=1)) as on:
        began = time.monotonic()
        _, origin, _ = await on.ask(Script(fault="status", status=429, retry_after="1", first=1))
        assert time.monotonic() - began >= 1.0
        assert (origin.provider, origin.attempts, origin.fallback) == ("deepseek", 2, False)
        assert [(event.outcome, event.attempt) for event in on.sink.events] == [
            ("rate_limited", 1),
            ("ok", 2),
        ]


async def test_a_provider_that_keeps_failing_is_left_alone():
    """After three failures the server sees no request any more."""
    async with stage(breaking=Breaking(consecutive=3)) as on:
        for _ in range(3):
            with pytest.raises(ProviderUnavailableError):
                await on.ask(Script(fault="status", status=500), exact=True)
        seen = on.faulty.statistics.begun
        with pytest.raises(CircuitOpenError):
            await on.ask(Script(), exact=True)
        assert on.faulty.statistics.begun == seen == 3
        assert on.sink.outcomes == ["unavailable"] * 3 + ["circuit_open"]


async def test_a_server_that_is_gone_is_unavailable():
    """Nobody listens on its port."""
    async with stage() as on:
        await on.faulty.refuse()
        with pytest.raises(ProviderUnavailableError):
            await on.ask(Script(), exact=True)
        _, origin, _ = await on.ask(Script())
        assert origin.provider == "local"


async def test_leaving_closes_the_upstream_at_once():
    """Mid-stream, and before the first token."""
    async with stage(deadlines=Deadlines(first_piece=20)) as on:
        task = asyncio.create_task(on.ask(Script(rate=5, tokens=100), exact=True))
        await _open_at(on.faulty, 1)
        await asyncio.sleep(0.3)
        await _left_within(on, task)
        waiting = asyncio.create_task(on.ask(Script(latency=10), exact=True, timeout=20.0))
        await _open_at(on.faulty, 1)
        await _left_within(on, waiting)
        assert on.sink.outcomes == ["cancelled", "cancelled"]


async def test_too_many_callers_are_told_so():
    """One place, one in the queue; the third is refused at once, and all of it is recorded."""
    async with stage(concurrency=Concurrency(limit=1, queue=1, wait=10)) as on:
        first = asyncio.create_task(on.ask(Script(rate=20, tokens=10), exact=True))
        await _open_at(on.faulty, 1)
        second = asyncio.create_task(on.ask(Script(tokens=3), exact=True))
        await asyncio.sleep(0.05)
        with pytest.raises(QueueFullError):
            await on.ask(Script(tokens=3), exact=True)
        await asyncio.gather(first, second)
        assert sorted(on.sink.outcomes) == ["ok", "ok", "queue_full"]
        await on.all_closed()


async def test_fifty_equal_questions_at_once_are_one_request():
    """The server sees one; everybody gets the same text."""
    async with stage() as on:
        script = Script(latency=0.2, tokens=10)
        answers = await asyncio.gather(*(on.ask(script, temperature=0.0) for _ in range(50)))
        assert len({text for text, _, _ in answers}) == 1
        assert sum(origin.cached for _, origin, _ in answers) == 49
        assert on.faulty.statistics.begun == 1
        assert sorted(set(on.sink.outcomes)) == ["cached", "ok"]


async def _open_at(server: LLMUpstream, number: int) -> None:
    async with asyncio.timeout(5):
        while server.statistics.active != number:
            await asyncio.sleep(0.005)


async def _left_within(on: Stage, task: asyncio.Task) -> None:
    task.cancel()
    began = time.monotonic()
    with pytest.raises(asyncio.CancelledError):
        await task
    await on.all_closed()
    # 100 ms is promised; the bound leaves room for a busy machine.
    assert time.monotonic() - began < 0.5
