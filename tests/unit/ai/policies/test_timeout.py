"""Deadlines of the first piece and of the whole call."""

import asyncio
import time

import pytest

from tandem.ai.errors import ProviderTimeoutError
from tandem.ai.policies.call import CALL, Call
from tandem.ai.policies.timeout import Deadlines, TimeoutPolicy
from tandem.core.clock import SystemClock
from unit.ai.policies.scripted import NOON, Kit, Script, Scripted, asked, read

CLOCK = SystemClock(NOON.tzinfo)


def bounded(client: Scripted, **deadlines: float) -> TimeoutPolicy:
    return TimeoutPolicy(client, Deadlines(**deadlines), CLOCK, "one")


async def test_a_stream_that_does_not_begin_is_given_up():
    """The upstream is closed, and the error names the provider."""
    client = Scripted(Script(gate=asyncio.Event()))
    with pytest.raises(ProviderTimeoutError, match="did not begin") as raised:
        await bounded(client, first_piece=0.05).open(asked())
    assert (raised.value.provider, client.live) == ("one", 0)


async def test_a_whole_answer_has_a_wait_of_its_own():
    """It has no first piece before its end, so the wait for streams is not for it."""
    gate = asyncio.Event()
    client = Scripted(Script(gate=gate))
    asyncio.get_running_loop().call_later(0.1, gate.set)
    policy = bounded(client, first_piece=0.01, whole_answer=5)
    assert await read(await policy.open(asked(stream=False))) == "one two three"


async def test_the_requests_own_deadline_counts():
    """Whatever the settings allow."""
    client = Scripted(Script(gate=asyncio.Event()))
    with pytest.raises(ProviderTimeoutError, match="deadline"):
        await bounded(client, first_piece=30).open(asked(timeout=0.05))


async def test_the_deadline_of_the_call_covers_its_earlier_attempts():
    """What is left of the call is all that an attempt gets."""
    client = Scripted(Script(gate=asyncio.Event()))
    token = CALL.set(Call(CLOCK.monotonic() - 10, deadline=CLOCK.monotonic() + 0.05))
    began = time.monotonic()
    with pytest.raises(ProviderTimeoutError):
        await bounded(client).open(asked(timeout=10))
    CALL.reset(token)
    assert time.monotonic() - began < 5


async def test_a_stream_that_stalls_ends_at_the_deadline():
    """Whoever waits for the next piece is woken with the error; the pieces before it were delivered."""
    client = Scripted(Script(gates={1: asyncio.Event()}))
    async with await bounded(client, call=0.1).open(asked()) as answer:
        assert (await answer.next()).text == "one "
        with pytest.raises(ProviderTimeoutError, match="completed"):
            await answer.next()
        assert await answer.next() is None
    assert client.live == 0
    assert asyncio.current_task().cancelling() == 0


async def test_a_deadline_passed_while_nobody_reads_is_told_at_the_next_read():
    """A slow reader learns of it too."""
    client = Scripted()
    async with await bounded(client, call=0.05).open(asked()) as answer:
        await answer.next()
        await asyncio.sleep(0.1)
        with pytest.raises(ProviderTimeoutError):
            await answer.next()


async def test_a_cancelled_reader_is_cancelled_and_not_timed_out():
    """Even in the moment of the deadline somebody else's cancellation is not swallowed."""
    client = Scripted(Script(gates={0: asyncio.Event()}))
    answer = await bounded(client, call=0.05).open(asked())
    task = asyncio.create_task(answer.next())
    await asyncio.sleep(0)
    answer._expire()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await answer.close()
    assert client.live == 0


async def test_an_error_of_the_provider_that_looks_like_a_timeout_is_not_renamed():
    """Only our own deadline is a deadline."""
    with pytest.raises(TimeoutError) as raised:
        await bounded(Scripted(Script(error=TimeoutError("a bug")))).open(asked())
    assert not isinstance(raised.value, ProviderTimeoutError)


async def test_a_timeout_is_recorded_as_such():
    """In the whole stack, with the estimated prompt, since the provider may charge for it."""
    kit = Kit(Scripted(Script(gates={1: asyncio.Event()})))
    answer = await kit.client.open(asked(timeout=0.05))
    with pytest.raises(ProviderTimeoutError):
        await read(answer)
    assert kit.sink.outcomes == ["timeout"]
    assert kit.sink.events[0].prompt_tokens > 0
    assert kit.slots_taken() == 0
