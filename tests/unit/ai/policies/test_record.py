"""One record per attempt, written in time, with the right figures."""

import asyncio
import datetime as dt
import logging

import pytest

from tandem.ai.client import Answer
from tandem.ai.errors import (
    BadAnswerError,
    BrokenStreamError,
    ProviderNotConfiguredError,
    ProviderRateLimitedError,
    ProviderRejectedError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)
from tandem.ai.messages import TokenUsage
from tandem.ai.policies.record import RecordPolicy
from tandem.usage.errors import UsageSpillError
from unit.ai.policies.scripted import Script, Scripted, Sink, asked, fixed, read, recorder_for, until


def recorded(*scripts: Script, **how: object) -> tuple[RecordPolicy, Sink, Scripted]:
    sink, client = Sink(), Scripted(*scripts)
    return RecordPolicy(client, recorder_for(sink, **how), "one", lambda key: f"model of {key}"), sink, client


async def test_a_complete_answer_is_recorded_with_all_its_figures():
    """Who asked what, who answered, tokens, money, times."""
    clock = fixed()
    policy, sink, _ = recorded(clock=clock)
    request = asked(stream=True)
    answer = await policy.open(request)
    clock.move(dt.timedelta(seconds=1.5))
    assert await read(answer) == "one two three"
    [event] = sink.events
    assert (event.user, event.endpoint, event.request_id) == ("u", "/chat", request.asker.request_id)
    assert (event.asked, event.provider, event.model, event.outcome) == ("key", "one", "m-one", "ok")
    assert (event.prompt_tokens, event.completion_tokens, event.estimated, event.cost) == (10, 3, False, 16)
    assert (event.latency_ms, event.first_token_ms, event.streamed, event.attempt) == (1_500, 10, True, 1)
    assert event.at == clock.now()
    assert answer.outcome.cost == 16


async def test_a_stream_is_recorded_before_its_end_is_told():
    """When the reader gets None the record is there; not before, since the answer was not complete."""
    policy, sink, _ = recorded()
    answer = await policy.open(asked())
    for _ in range(3):
        assert await answer.next() is not None
        assert sink.events == []
    assert await answer.next() is None
    assert sink.outcomes == ["ok"]
    await answer.close()
    assert len(sink.events) == 1


async def test_a_whole_answer_is_recorded_before_its_piece_is_handed_over():
    """Who gets the text and dies has the record already."""
    policy, sink, _ = recorded()
    answer = await policy.open(asked(stream=False))
    assert sink.events == []
    assert (await answer.next()).text == "one two three"
    assert sink.outcomes == ["ok"]
    assert await answer.next() is None
    await answer.close()
    assert len(sink.events) == 1


@pytest.mark.parametrize(
    ("error", "outcome"),
    [(ProviderTimeoutError("x"), "timeout"), (ProviderRateLimitedError("x"), "rate_limited"),
     (ProviderUnavailableError("x"), "unavailable"), (ProviderRejectedError("x"), "rejected"),
     (BadAnswerError("x"), "bad_answer"), (ProviderNotConfiguredError("x"), "not_configured"),
     (RuntimeError("a bug"), "bad_answer")],
)  # fmt: skip
async def test_an_attempt_that_fails_at_once_is_recorded_by_its_kind(error: Exception, outcome: str):
    """Under the model that was configured; nothing was charged unless the provider may have worked."""
    policy, sink, _ = recorded(Script(error=error))
    with pytest.raises(type(error)):
        await policy.open(asked())
    [event] = sink.events
    assert (event.outcome, event.model, event.first_token_ms) == (outcome, "model of key", None)
    assert event.completion_tokens == 0
    assert (event.prompt_tokens > 0) == (outcome == "timeout")


async def test_a_broken_stream_is_recorded_with_what_was_delivered():
    """Estimated, because the provider never told its count."""
    policy, sink, _ = recorded(Script(broken=BrokenStreamError("cut")))
    with pytest.raises(BrokenStreamError):
        await read(await policy.open(asked()))
    [event] = sink.events
    assert (event.outcome, event.estimated) == ("broken_stream", True)
    assert event.completion_tokens > 0
    assert event.cost > 0


@pytest.mark.parametrize(
    ("reason", "outcome"), [(None, "cancelled"), ("cancelled", "cancelled"), ("shutdown", "shutdown")]
)
async def test_an_answer_that_is_left_is_recorded_by_the_reason(reason: str | None, outcome: str):
    """With its tokens until then; closing again changes nothing."""
    policy, sink, _ = recorded()
    answer = await policy.open(asked())
    await answer.next()
    await answer.close(reason)
    await answer.close("shutdown")
    assert sink.outcomes == [outcome]
    assert sink.events[0].completion_tokens > 0
    assert await answer.next() is None


@pytest.mark.parametrize(("draining", "outcome"), [(False, "cancelled"), (True, "shutdown")])
async def test_a_wait_that_is_cancelled_is_recorded(draining: bool, outcome: str):
    """As the shutdown's doing when the process is about to stop."""
    policy, sink, client = recorded(Script(gate=asyncio.Event()), draining=draining)
    task = asyncio.create_task(policy.open(asked()))
    await until(lambda: client.live == 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sink.outcomes == [outcome]


async def test_a_cancelled_read_is_not_the_end():
    """Who waits with a time limit may go on reading; one record all the same."""
    gate = asyncio.Event()
    policy, sink, _ = recorded(Script(gates={1: gate}))
    answer: Answer = await policy.open(asked())
    await answer.next()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(answer.next(), 0.01)
    assert sink.events == []
    gate.set()
    assert await read(answer) == "two three"
    assert sink.outcomes == ["ok"]


async def test_without_room_for_the_record_nothing_is_asked():
    """Cost that nobody could account for is not caused."""
    policy, sink, client = recorded()
    sink.full = UsageSpillError("full")
    with pytest.raises(UsageSpillError):
        await policy.open(asked())
    assert (client.asked, sink.events) == ([], [])


async def test_a_sink_that_breaks_does_not_spoil_the_answer(caplog: pytest.LogCaptureFixture):
    """It is logged and counted."""
    policy, sink, _ = recorded()
    sink.broken = UsageSpillError("disk gone")
    with caplog.at_level(logging.ERROR):
        assert await read(await policy.open(asked())) == "one two three"
    assert "could not be put down" in caplog.text
    assert policy._recorder.metrics.registry.value("tandem_ai_lost_records_total") == 1


async def test_an_unknown_price_is_unknown_and_a_free_model_is_free():
    """None and 0 are different things."""
    sink = Sink()
    for model, provider in (("never heard of", "one"), ("anything", "local")):
        policy = RecordPolicy(Scripted(model=model, name=provider), recorder_for(sink), provider)
        await read(await policy.open(asked()))
    assert [event.cost for event in sink.events] == [None, 0]


async def test_the_providers_own_word_about_the_cost_counts():
    """It knows its discounts."""
    policy, sink, _ = recorded(Script(cost=3))
    answer = await policy.open(asked())
    await read(answer)
    assert (sink.events[0].cost, answer.outcome.cost) == (3, 3)


async def test_a_provider_that_does_not_count_is_counted_for():
    """And the record says that it is an estimate."""
    policy, sink, _ = recorded(Script(usage=TokenUsage(0, 0)))
    answer = await policy.open(asked())
    await read(answer)
    assert sink.events[0].estimated
    assert sink.events[0].completion_tokens > 0
    assert answer.outcome.usage.estimated


async def test_what_is_counted_as_metrics():
    """Requests, errors, tokens, money, times; no user's name anywhere."""
    policy, _, _ = recorded(Script(), Script(error=ProviderTimeoutError("late")))
    await read(await policy.open(asked(user="somebody")))
    with pytest.raises(ProviderTimeoutError):
        await policy.open(asked(user="somebody"))
    registry = policy._recorder.metrics.registry
    assert registry.value("tandem_ai_requests_total", provider="one", model="m-one", outcome="ok") == 1
    assert registry.value("tandem_ai_errors_total", provider="one", kind="timeout") == 1
    assert (
        registry.value("tandem_ai_tokens_total", provider="one", model="m-one", direction="completion") == 3
    )
    assert registry.value("tandem_ai_cost_usd_total", provider="one", model="m-one") == pytest.approx(16e-6)
    assert registry.value("tandem_ai_first_token_seconds_count", provider="one") == 1
    assert b"somebody" not in registry.render()
