"""Repeated attempts, their pauses and their budget."""

import asyncio
import datetime as dt

import pytest

from tandem.ai.errors import (
    BrokenStreamError,
    ProviderRateLimitedError,
    ProviderRejectedError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)
from tandem.ai.policies.call import CALL, Call
from tandem.ai.policies.retry import Retrying, RetryPolicy, without_waiting
from tandem.ai.policies.retry_budget import RetryBudget
from unit.ai.policies.scripted import Kit, Script, Scripted, Sink, asked, fixed, read, recorder_for

DOWN = ProviderUnavailableError("down", provider="one")


def repeated(client: Scripted, budget: RetryBudget | None = None, **how: float) -> RetryPolicy:
    clock = fixed()
    metrics = recorder_for(Sink()).metrics
    return RetryPolicy(client, budget or RetryBudget(clock), Retrying(**how), clock, metrics, "one")


async def test_a_passing_failure_is_repeated():
    """Two failures, then an answer: the caller sees only the answer."""
    client = Scripted(Script(error=DOWN), Script(error=ProviderTimeoutError("late")), Script())
    with without_waiting():
        assert await read(await repeated(client).open(asked())) == "one two three"
    assert len(client.asked) == 3


async def test_the_last_error_is_raised():
    """When all attempts fail."""
    client = Scripted(Script(error=DOWN), Script(error=DOWN), Script(error=ProviderTimeoutError("late")))
    with without_waiting(), pytest.raises(ProviderTimeoutError):
        await repeated(client).open(asked())
    assert len(client.asked) == 3


@pytest.mark.parametrize("error", [ProviderRejectedError("no"), RuntimeError("a bug")])
async def test_what_will_not_pass_is_not_repeated(error: Exception):
    """A refusal stays one, and a bug is no refusal."""
    client = Scripted(Script(error=error))
    with without_waiting(), pytest.raises(type(error)):
        await repeated(client).open(asked())
    assert len(client.asked) == 1


async def test_nothing_is_repeated_after_the_first_piece():
    """A stream that breaks stays broken: its reader has text already."""
    client = Scripted(Script(broken=BrokenStreamError("cut")))
    with without_waiting(), pytest.raises(BrokenStreamError):
        await read(await repeated(client).open(asked()))
    assert len(client.asked) == 1


async def test_retry_after_is_honoured_up_to_a_bound():
    """A provider that asks for a minute is not asked again by this call."""
    client = Scripted(Script(error=ProviderRateLimitedError("slow down", retry_after=60)))
    with without_waiting(), pytest.raises(ProviderRateLimitedError):
        await repeated(client, longest_retry_after=5).open(asked())
    assert len(client.asked) == 1


def test_pauses_grow_within_bounds_and_hold_what_the_provider_asked_for():
    """Jitter below a doubling end; Retry-After is a lower end."""
    policy = repeated(
        Scripted(), RetryBudget(fixed(), floor=50), first_pause=0.1, longest_pause=0.3, retries=9
    )
    pauses = [[policy._pause(DOWN, made) for _ in range(3)] for made in range(4)]
    for made, some in enumerate(pauses):
        assert all(0 <= pause <= min(0.3, 0.1 * 2**made) for pause in some)
    asked_for = policy._pause(ProviderRateLimitedError("slow", retry_after=2), 0)
    assert 2 <= asked_for <= 2.1
    assert policy._pause(ProviderUnavailableError("down", retry_after=4), 0) >= 4


async def test_it_really_waits():
    """Outside of tests' mode the second attempt comes after the pause."""
    client = Scripted(Script(error=ProviderRateLimitedError("slow", retry_after=1)), Script())
    began = asyncio.get_running_loop().time()
    await read(await repeated(client, first_pause=0.01).open(asked()))
    assert asyncio.get_running_loop().time() - began >= 0.99


def test_no_pause_goes_beyond_the_deadline():
    """Who has half a second left is not made to wait for two."""
    policy = repeated(Scripted())
    token = CALL.set(Call(0.0, deadline=0.5))
    assert policy._pause(ProviderRateLimitedError("slow", retry_after=2), 0) is None
    CALL.reset(token)


async def test_each_attempt_has_its_record_and_number():
    """Two attempts, two records; the answer says that it took two."""
    kit = Kit(Scripted(Script(error=DOWN), Script()))
    with without_waiting():
        answer = await kit.client.open(asked())
    assert await read(answer) == "one two three"
    assert [(event.outcome, event.attempt) for event in kit.sink.events] == [("unavailable", 1), ("ok", 2)]
    assert (answer.origin.attempts, answer.origin.fallback) == (2, False)
    assert kit.registry.value("tandem_ai_retries_total", provider="one") == 1


async def test_an_outage_is_not_answered_with_a_flood():
    """A hundred calls into an outage cost their own attempts, the floor, and a tenth more."""
    clock = fixed()
    budget = RetryBudget(clock, share=0.1, floor=10)
    client = Scripted(Script(error=DOWN))
    policy = repeated(client, budget)
    with without_waiting():
        for _ in range(100):
            with pytest.raises(ProviderUnavailableError):
                await policy.open(asked())
    assert 100 + 10 <= len(client.asked) <= 100 + 10 + 10
    assert not budget.take()


def test_the_floor_comes_back_with_time_and_savings_with_calls():
    """A quiet process may retry again after a while; a busy one cannot save up for ever."""
    clock = fixed()
    budget = RetryBudget(clock, share=0.5, floor=2, most=3)
    assert [budget.take() for _ in range(3)] == [True, True, False]
    clock.move(dt.timedelta(seconds=5))
    assert budget.left == pytest.approx(1.0)
    for _ in range(100):
        budget.call()
    assert budget.left == pytest.approx(4.0)
