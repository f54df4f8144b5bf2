"""The provider against a real server: every way to fail, every way to leave, and nothing told that is secret."""

import asyncio
import datetime as dt
import time
import traceback
from contextlib import asynccontextmanager, suppress

import orjson
import pytest
import uvloop
from pydantic import SecretStr

from tandem.ai.client import whole
from tandem.ai.errors import (
    AIError,
    BadAnswerError,
    BrokenStreamError,
    ProviderRateLimitedError,
    ProviderRejectedError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)
from tandem.ai.messages import Asker, ChatRequest, Message, TokenUsage
from tandem.ai.providers.openai_compatible import OpenAICompatible
from tandem.ai.providers.profile import Profile
from tandem.bench.upstreams.llm import LLMUpstream
from tandem.bench.upstreams.script import Script
from tandem.core.clock import SystemClock
from tandem.core.http.client import HttpClient
from tandem.core.http.timeouts import Timeouts

KEY = "sk-or-v1-never-to-be-seen-0123456789"
PROMPT = "private words about my health"
WAITS = Timeouts(connect=1, first_byte=0.4, idle=0.4, total=10)
PATIENT = Timeouts(connect=5, first_byte=30, idle=30, total=30)


def counted(request, text):
    """The estimator of these tests: a hundred for the prompt, one per word of the answer."""
    return TokenUsage(100, len(text.split()), estimated=True)


class Setting:
    """A server, a client, and providers that ask for scripted answers."""

    def __init__(self, upstream, http):
        self.upstream, self.http = upstream, http

    def provider(self, wishes="", timeouts=PATIENT, **profile):
        """A provider whose model makes the server do as wished."""
        made = {
            "name": "openrouter", "base_url": self.upstream.base_url, "models": {"mistral-small": f"m#{wishes}"},
            "api_key": SecretStr(KEY), "timeouts": timeouts, **profile,
        }  # fmt: skip
        return OpenAICompatible(Profile(**made), self.http, SystemClock(dt.UTC), counted)

    async def cancelled(self, number=1, within=1.0):
        """Wait until so many leavings reached the server."""
        await until(lambda: self.upstream.statistics.cancelled >= number, within)


async def until(condition, within=10.0):
    """Wait until something holds."""
    async with asyncio.timeout(within):
        while not condition():
            await asyncio.sleep(0.002)


@asynccontextmanager
async def running(script=None, **client):
    """All of it on a free port."""
    async with LLMUpstream(script) as upstream, HttpClient(**client) as http:
        yield Setting(upstream, http)


@pytest.fixture
async def setting():
    """A server that answers twenty tokens at once."""
    async with running() as made:
        yield made


def ask(stream=False, **more):
    """A request with a prompt that nobody may repeat."""
    asker = Asker("eva", None, "/chat", "r-1")
    return ChatRequest(
        (Message("user", PROMPT),), more.pop("model", "mistral-small"), asker, stream=stream, **more
    )


BOTH = pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])


@BOTH
async def test_an_answer_has_its_text_usage_and_origin(setting, stream):
    """The same outcome in one piece and in twenty."""
    async with await setting.provider().open(ask(stream, temperature=0.1, max_tokens=50)) as answer:
        pieces = [piece.text async for piece in answer]
        assert await answer.next() is None
    outcome = answer.outcome
    assert len(pieces) == (20 if stream else 1)
    assert outcome.text == "".join(pieces) == outcome.message["content"]
    assert outcome.message["role"] == "assistant"
    assert (outcome.finish_reason, outcome.usage) == ("stop", TokenUsage(9, 20))
    assert outcome.cost is None
    assert 0 < outcome.first_token <= outcome.seconds < 10
    assert (answer.origin.asked, answer.origin.provider, answer.origin.fallback) == (
        "mistral-small",
        "openrouter",
        False,
    )
    sent = orjson.loads(setting.upstream.seen[0].body)
    assert sent["messages"] == [{"role": "user", "content": PROMPT}]
    assert (sent["temperature"], sent["max_tokens"], sent["stream"]) == (0.1, 50, stream)
    assert setting.upstream.seen[0].headers["authorization"] == f"Bearer {KEY}"
    statistics = setting.upstream.statistics
    assert (statistics.begun, statistics.finished, statistics.cancelled) == (1, 1, 0)


@BOTH
async def test_an_answer_cut_by_the_limit_says_so(setting, stream):
    """The reason of the end is the provider's."""
    _, outcome = await whole(setting.provider(), ask(stream, max_tokens=3))
    assert (outcome.finish_reason, outcome.usage.completion) == ("length", 3)


@BOTH
async def test_tools_go_through_and_calls_come_back_as_one_message(setting, stream):
    """Streamed in pieces or whole, the final message is the same."""
    tools = [{"type": "function", "function": {"name": "weather", "parameters": {}}}]
    options = {"tools": tools, "response_format": {"type": "json_object"}, "seed": 7}
    async with await setting.provider("call=1").open(ask(stream, options=options)) as answer:
        pieces = [piece async for piece in answer]
    call = {
        "id": "call_0",
        "type": "function",
        "function": {"name": "weather", "arguments": '{"city": "Brno"}'},
    }
    assert answer.outcome.message == {"role": "assistant", "content": None, "tool_calls": [call]}
    assert answer.outcome.finish_reason == "tool_calls"
    assert all("tool_calls" in piece.wire for piece in pieces)
    sent = orjson.loads(setting.upstream.seen[0].body)
    assert {name: sent[name] for name in options} == options


@BOTH
async def test_tokens_are_estimated_where_the_provider_does_not_count(setting, stream):
    """And marked so."""
    _, outcome = await whole(setting.provider("usage=no"), ask(stream))
    assert outcome.usage == TokenUsage(100, 20, estimated=True)


async def test_usage_is_not_asked_of_a_provider_that_does_not_know_it(setting):
    """A flag of the profile."""
    _, outcome = await whole(setting.provider(supports_usage_in_stream=False), ask(stream=True))
    assert outcome.usage.estimated
    assert "stream_options" not in orjson.loads(setting.upstream.seen[0].body)


async def test_a_stream_without_done_is_complete_when_it_has_a_reason(setting):
    """Many servers leave the marker out."""
    _, outcome = await whole(setting.provider("fault=no_done"), ask(stream=True))
    assert (outcome.finish_reason, outcome.usage.completion) == ("stop", 20)


async def test_content_that_fits_no_schema_is_still_an_answer(setting):
    """Whoever asked for a schema checks it; the protocol was kept."""
    _, outcome = await whole(setting.provider("fault=schema"), ask())
    assert outcome.text == '{"unexpected": true}'


async def test_heartbeats_are_no_first_piece(setting):
    """Comments and the role keep a connection alive; they are no answer, and silence before it is bounded apart."""
    waits = Timeouts(connect=1, first_byte=5, idle=0.2, total=10)
    provider = setting.provider("comments=3,latency=0.7", waits)
    async with await provider.open(ask(stream=True)) as answer:
        assert answer.outcome.first_token >= 0.7
    waits = Timeouts(connect=1, first_byte=0.3, idle=5, total=10)
    with pytest.raises(ProviderTimeoutError, match="begin"):
        await setting.provider("comments=3,latency=5", waits).open(ask(stream=True))
    await setting.cancelled(1)


AT_OPEN = [
    ("429,retry_after=7", ProviderRateLimitedError), ("fault=status,status=500", ProviderUnavailableError),
    ("503", ProviderUnavailableError), ("529", ProviderUnavailableError), ("400", ProviderRejectedError),
    ("401", ProviderRejectedError), ("402", ProviderRejectedError), ("404", ProviderRejectedError),
    ("408", ProviderTimeoutError), ("refused", ProviderUnavailableError), ("reset", ProviderUnavailableError),
    ("garbage", BadAnswerError), ("type", BadAnswerError), ("redirect", ProviderRejectedError),
    ("malformed,after=0", BadAnswerError), ("half,after=0", BadAnswerError), ("shape,after=0", BadAnswerError),
    ("null,after=0", BadAnswerError), ("no_choices,after=0", BadAnswerError),
    ("error,after=0,status=429", ProviderRateLimitedError), ("error,after=0,status=502", ProviderUnavailableError),
    ("error,after=0,status=401", ProviderRejectedError), ("broken,after=0", ProviderUnavailableError),
    ("cut,after=0", ProviderUnavailableError),
]  # fmt: skip


@BOTH
@pytest.mark.parametrize(("wish", "kind"), AT_OPEN, ids=[wish for wish, _ in AT_OPEN])
async def test_a_failure_before_the_first_piece_is_raised_by_open(setting, stream, wish, kind, caplog):
    """So it may be tried again or elsewhere; the error says who failed and repeats nothing."""
    caplog.set_level("DEBUG")
    wishes = wish if wish.startswith("fault=") else f"fault={wish}"
    with pytest.raises(kind) as caught:
        await setting.provider(wishes).open(ask(stream))
    error = caught.value
    assert type(error) is kind
    assert error.provider == "openrouter"
    if "retry_after" in wish:
        assert error.retry_after == 7
    told = "".join(traceback.format_exception(error)) + repr(error) + repr(error.extra) + caplog.text
    assert error.__cause__ is error.__context__ is None
    for secret in (KEY, PROMPT, "quoted"):
        assert secret not in told
    assert setting.http.statistics().open_answers == setting.http.statistics().in_use == 0


@BOTH
@pytest.mark.parametrize("wish", ["mute", "slow", "silence,after=0"])
async def test_a_provider_that_does_not_begin_is_given_up_and_left(setting, stream, wish):
    """In time, and its connection is closed."""
    waits = WAITS if stream else Timeouts(connect=1, total=0.4)
    begun = time.monotonic()
    with pytest.raises(ProviderTimeoutError):
        await setting.provider(f"fault={wish}", waits).open(ask(stream))
    assert time.monotonic() - begun < 3
    await setting.cancelled()


async def test_the_deadline_of_the_request_goes_before_the_configured_one(setting):
    """For whole answers and for streams, also in the middle."""
    begun = time.monotonic()
    with pytest.raises(ProviderTimeoutError, match="deadline"):
        await setting.provider("latency=20").open(ask(timeout=0.3))
    with pytest.raises(ProviderTimeoutError, match="deadline"):
        await whole(setting.provider("rate=10,tokens=100"), ask(stream=True, timeout=0.5))
    assert time.monotonic() - begun < 5
    await setting.cancelled(2)


MIDWAY = [
    ("broken", BrokenStreamError), ("cut", BrokenStreamError), ("malformed", BrokenStreamError),
    ("half", BrokenStreamError), ("shape", BrokenStreamError), ("error", BrokenStreamError),
    ("no_finish", BrokenStreamError), ("no_choices", BrokenStreamError), ("flood", BrokenStreamError),
    ("silence", ProviderTimeoutError),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "kind"), MIDWAY, ids=[fault for fault, _ in MIDWAY])
async def test_a_failure_after_the_first_piece_is_raised_by_the_iteration(setting, fault, kind):
    """What was delivered until then is in the outcome."""
    waits = Timeouts(connect=1, first_byte=20, idle=0.5 if fault == "silence" else 20, total=30)
    answer = await setting.provider(f"fault={fault},after=3,rate=100", waits).open(ask(stream=True))
    pieces = [(await answer.next()).text for _ in range(3)]
    with pytest.raises(kind) as caught:
        await answer.next()
    assert type(caught.value) is kind
    assert caught.value.__cause__ is caught.value.__context__ is None
    assert answer.outcome.text == "".join(pieces)
    assert answer.outcome.finish_reason == "error"
    assert answer.outcome.usage == TokenUsage(100, 3, estimated=True)
    assert await answer.next() is None
    assert setting.http.statistics().open_answers == 0


async def test_a_real_refusal_and_an_unknown_name_are_unavailable(setting):
    """Nobody listens on the port any more."""
    await setting.upstream.refuse()
    with pytest.raises(ProviderUnavailableError, match="refused"):
        await setting.provider().open(ask())
    with pytest.raises(ProviderUnavailableError, match="refused"):
        await setting.provider().ping()
    await setting.upstream.open()
    await setting.provider().ping()
    _, outcome = await whole(setting.provider(), ask())
    assert outcome.finish_reason == "stop"


@BOTH
async def test_cancelling_before_the_first_token_reaches_the_upstream(setting, stream):
    """The stop button works while nothing is there to be seen yet."""
    task = asyncio.create_task(setting.provider("latency=20").open(ask(stream)))
    await until(lambda: setting.upstream.statistics.active)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await setting.cancelled()
    assert setting.http.statistics().in_use == setting.http.statistics().open_answers == 0


@pytest.mark.parametrize("reason", [None, "cancelled", "shutdown"])
async def test_leaving_midway_reaches_the_upstream(setting, reason):
    """The block's end or close; what was delivered is kept, and counted."""
    async with await setting.provider("rate=50,tokens=1000").open(ask(stream=True)) as answer:
        await answer.next()
        await answer.next()
        left_at = time.monotonic()
        await answer.close(reason)
    await setting.cancelled()
    assert time.monotonic() - left_at < 1
    assert answer.outcome.finish_reason == (reason or "cancelled")
    assert answer.outcome.text == "The market "
    assert answer.outcome.usage == TokenUsage(100, 2, estimated=True)
    assert await answer.next() is None


async def test_a_cancelled_reader_leaves_nothing_open(setting):
    """A task that is cancelled while it waits for the next piece."""

    async def read():
        async with await setting.provider("fault=silence,after=2").open(ask(stream=True)) as answer:
            async for _ in answer:
                pass

    task = asyncio.create_task(read())
    await until(lambda: setting.upstream.statistics.tokens == 2)
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await setting.cancelled()


async def test_closing_from_another_task_ends_the_reading(setting):
    """A cancel route and the reader are different tasks: the reader sees the end, not a failure."""
    answer = await setting.provider("fault=silence,after=1").open(ask(stream=True))
    assert (await answer.next()).text
    waiting = asyncio.create_task(answer.next())
    await asyncio.sleep(0.05)
    await answer.close("cancelled")
    async with asyncio.timeout(2):
        assert await waiting is None
    assert answer.outcome.finish_reason == "cancelled"
    await setting.cancelled()


async def test_a_hundred_leaving_clients_are_all_seen(setting):
    """Half before their first token, half after it; nothing is left behind."""

    async def leave(number):
        provider = setting.provider("latency=20" if number % 2 else "rate=5,tokens=500")
        with suppress(TimeoutError):
            async with asyncio.timeout(0.5), await provider.open(ask(stream=True)) as answer:
                async for _ in answer:
                    pass

    await asyncio.gather(*(leave(number) for number in range(100)))
    await setting.cancelled(100, within=2)
    assert setting.upstream.statistics.active == 0
    assert setting.http.statistics().open_answers == setting.http.statistics().in_use == 0


@BOTH
async def test_two_hundred_parallel_calls_share_the_bounded_pool(stream):
    """Ten connections serve them all, and are the same ten at the end."""
    async with running(Script(latency=0.01), per_host=10) as setting:
        provider = setting.provider("latency=0.01")
        outcomes = await asyncio.gather(*(whole(provider, ask(stream)) for _ in range(200)))
        assert {outcome.finish_reason for _, outcome in outcomes} == {"stop"}
        assert setting.upstream.statistics.most_connections == 10
        assert setting.upstream.statistics.connections == 10
        assert setting.http.statistics().failures == 0


async def test_the_key_of_another_provider_is_answered_and_marked(setting):
    """That is what a fallback looks like from inside."""
    origin, _ = await whole(setting.provider(), ask(model="qwen3-8b"))
    assert (origin.asked, origin.model, origin.fallback) == ("qwen3-8b", "m#", True)


async def test_a_document_in_place_of_a_stream_is_taken_as_the_answer(setting):
    """Some servers ignore the wish to stream."""
    setting.upstream.script = Script(content="a whole answer")
    provider = setting.provider(headers={"X-Upstream": "document=1"})
    _, outcome = await whole(provider, ask(stream=True))
    assert outcome.text == "a whole answer"


async def test_errors_are_all_ai_errors_whatever_happens():
    """With every fault drawn at random, no other exception gets out and nothing stays open."""
    chances = dict.fromkeys(
        ("429", "500", "refused", "reset", "garbage", "type", "malformed", "half", "cut", "broken", "error",
         "no_finish", "no_choices", "null", "shape"), 0.06,
    )  # fmt: skip
    async with (
        LLMUpstream(Script(rate=2000), chances=chances, seed=3) as upstream,
        HttpClient(per_host=20) as http,
    ):
        provider = Setting(upstream, http).provider()
        results = await asyncio.gather(
            *(whole(provider, ask(bool(number % 2))) for number in range(300)), return_exceptions=True
        )
        failures = [result for result in results if isinstance(result, BaseException)]
        assert failures
        assert all(isinstance(failure, AIError) for failure in failures)
        assert len(failures) < 300
        statistics = upstream.statistics
        assert (http.statistics().open_answers, http.statistics().in_use, statistics.active) == (0, 0, 0)
        assert statistics.begun == 300 == statistics.finished + statistics.faulted + statistics.cancelled


def test_the_loop_of_the_servers_makes_no_difference():
    """Under uvloop as under asyncio: a whole stream, a fault, and leaving before and after the first token."""

    async def scenario():
        async with running() as setting:
            _, outcome = await whole(setting.provider(), ask(stream=True))
            assert outcome.usage == TokenUsage(9, 20)
            with pytest.raises(BrokenStreamError):
                await whole(setting.provider("fault=broken"), ask(stream=True))
            with pytest.raises(ProviderTimeoutError):
                await setting.provider("fault=mute", WAITS).open(ask(stream=True))
            async with await setting.provider("rate=50,tokens=999").open(ask(stream=True)) as answer:
                await answer.next()
            await setting.cancelled(2)
            assert setting.http.statistics().in_use == 0

    uvloop.run(scenario())
